"""Background work of the foundation: deliver the outbox and show signs of life."""

from celery import shared_task

from marketplace.foundation import clock, outbox
from marketplace.foundation.models import Heartbeat


@shared_task(name="foundation.outbox_deliver")
def outbox_deliver(*, message_id: int, **_: object) -> None:
    outbox.outbox_deliver(message_id=message_id, at=clock.now())


@shared_task(name="foundation.outbox_sweep")
def outbox_sweep(**_: object) -> None:
    outbox.outbox_sweep(at=clock.now())


@shared_task(name="foundation.heartbeat")
def heartbeat(**_: object) -> None:
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": clock.now()})
