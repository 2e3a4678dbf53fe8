from oscar.apps.shipping.apps import ShippingConfig as OscarShippingConfig


class ShippingConfig(OscarShippingConfig):
    name = "marketplace.shipping"
    label = "shipping"
