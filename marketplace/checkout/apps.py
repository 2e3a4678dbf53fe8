from oscar.apps.checkout.apps import CheckoutConfig as OscarCheckoutConfig


class CheckoutConfig(OscarCheckoutConfig):
    name = "marketplace.checkout"
    label = "checkout"

    def ready(self) -> None:
        super().ready()
        from marketplace.checkout import mails, notices  # noqa: F401  (they register what the outbox delivers)
