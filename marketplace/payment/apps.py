from oscar.apps.payment.apps import PaymentConfig as OscarPaymentConfig


class PaymentConfig(OscarPaymentConfig):
    name = "marketplace.payment"
    label = "payment"
