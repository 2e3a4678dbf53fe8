"""What beat asks for every hour: settle what is due, pay out on payout days, ask again about what got no answer."""

from celery import shared_task

from marketplace.foundation import clock
from marketplace.payment.stripe_adapter import get_port
from marketplace.settlement import services


@shared_task(name="settlement.settlements_run")
def settlements_run(**_: object) -> None:
    services.settlements_run(at=clock.now(), port=get_port())
