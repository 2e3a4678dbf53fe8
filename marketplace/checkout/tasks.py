"""What beat asks for about payments: what the webhook did not bring, and holds that lapsed."""

from celery import shared_task

from marketplace.checkout.services import paying, refunds
from marketplace.foundation import clock
from marketplace.payment.stripe_adapter import get_port


@shared_task(name="checkout.payments_sweep")
def payments_sweep(**_: object) -> None:
    at = clock.now()
    paying.payments_sweep(port=get_port(), at=at)
    refunds.refunds_sweep(port=get_port(), at=at)


@shared_task(name="checkout.holds_sweep")
def holds_sweep(**_: object) -> None:
    paying.holds_sweep(port=get_port(), at=clock.now())
