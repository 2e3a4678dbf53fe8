"""
What must be told after a commit.

`outbox_put` writes the row inside the caller's transaction and, after the commit, offers it to the worker. If the
broker is away the offer is dropped and the sweeper on Celery beat finds the row: the request never waits for Redis.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from marketplace.foundation.models import OutboxMessage

logger = logging.getLogger(__name__)

Handler = Callable[..., None]
_handlers: dict[str, Handler] = {}
#: Topics whose handlers ask somebody outside: they run in no transaction and make their own.
_asking: set[str] = set()
#: After a process died with such a message, the sweeper tries it again so much later.
_LEASE_S = 120
_RETRY_CAP_S = 3600
#: After the broker was found away, no request tries it again for so long: each try may cost a second.
BROKER_PAUSE_S = 30
BROKER_ERRORS = (OperationalError, OSError)


def handles(topic: str, *, asks: bool = False) -> Callable[[Handler], Handler]:
    """
    Register the one function that carries out a topic; it is called as ``handler(at=..., **payload)``.

    ``asks`` is for those that wait for an answer from outside (the payment provider): no row may be locked meanwhile.
    """

    def register(handler: Handler) -> Handler:
        if topic in _handlers and _handlers[topic] is not handler:
            raise RuntimeError(f"two handlers for {topic}")
        _handlers[topic] = handler
        if asks:
            _asking.add(topic)
        return handler

    return register


def outbox_put(*, topic: str, key: str, payload: dict[str, Any], at: datetime, delay_s: int = 0) -> None:
    """Write a message once (by key) and offer it to the worker after the commit."""
    message, created = OutboxMessage.objects.get_or_create(
        key=key,
        defaults={
            "topic": topic,
            "payload": payload,
            "created_at": at,
            "available_at": at + timedelta(seconds=delay_s),
        },
    )
    if created and not delay_s:
        transaction.on_commit(lambda: _offer(message.pk))


def _offer(message_id: int) -> None:
    if _offering.is_off or time.monotonic() < _offering.broker_away_until:
        return
    try:
        current_app.send_task("foundation.outbox_deliver", kwargs={"message_id": message_id}, retry=False)
    except BROKER_ERRORS:
        _offering.broker_away_until = time.monotonic() + BROKER_PAUSE_S
        logger.warning("outbox: broker away, message %s waits for the sweeper", message_id)


class _Offering:
    """Whether this process offers messages to the worker now."""

    def __init__(self) -> None:
        self.is_off = False
        self.broker_away_until = 0.0


_offering = _Offering()


@contextmanager
def outbox_without_worker() -> Iterator[None]:
    """Leave all messages to `outbox_sweep`: for history that is made at past moments, where the worker has no place."""
    _offering.is_off = True
    try:
        yield
    finally:
        _offering.is_off = False


def outbox_deliver(*, message_id: int, at: datetime) -> bool:
    """
    Carry out one message; True when it is done. Safe to call twice.

    A handler runs in the same transaction as the mark, so its rows and the mark stand or fall together, and the
    locked row lets nobody else at it. One that asks outside runs in no transaction: the message is put off for
    others first and marked when it is done, so it may be carried out twice, and must be safe to repeat.
    """
    try:
        if OutboxMessage.objects.filter(pk=message_id, done_at=None, topic__in=_asking).exists():
            return _ask(message_id, at)
        with transaction.atomic():
            message = (
                OutboxMessage.objects.select_for_update(skip_locked=True).filter(pk=message_id, done_at=None).first()
            )
            if message is None:
                return False
            _handlers[message.topic](at=at, **message.payload)
            _mark_done(message, at)
            return True
    except Exception as error:
        logger.exception("outbox: message %s failed", message_id)
        message = OutboxMessage.objects.get(pk=message_id)
        wait_s = min(_RETRY_CAP_S, 5 * 2**message.attempts)
        OutboxMessage.objects.filter(pk=message_id, done_at=None).update(
            attempts=message.attempts + 1,
            last_error=f"{type(error).__name__}: {error}"[:2000],
            available_at=at + timedelta(seconds=wait_s),
        )
        return False


def _ask(message_id: int, at: datetime) -> bool:
    mine = OutboxMessage.objects.filter(pk=message_id, done_at=None, available_at__lte=at).update(
        available_at=at + timedelta(seconds=_LEASE_S)
    )
    if not mine:
        return False
    message = OutboxMessage.objects.get(pk=message_id)
    _handlers[message.topic](at=at, **message.payload)
    _mark_done(message, at)
    return True


def _mark_done(message: OutboxMessage, at: datetime) -> None:
    message.done_at = at
    message.attempts += 1
    message.last_error = ""
    message.save(update_fields=["done_at", "attempts", "last_error"])


def outbox_sweep(*, at: datetime, limit: int = 200) -> int:
    """Deliver what is due; returns how many were done. Run by beat, by the simulation, and by tests."""
    due = OutboxMessage.objects.filter(done_at=None, available_at__lte=at).order_by("available_at", "pk")
    return sum(outbox_deliver(message_id=pk, at=at) for pk in due.values_list("pk", flat=True)[:limit])
