"""Messages whose handlers ask somebody outside: no transaction meanwhile, nobody beside, and safe after a death."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from marketplace.foundation import outbox
from marketplace.foundation.models import OutboxMessage
from marketplace.foundation.outbox import handles, outbox_deliver, outbox_put, outbox_sweep
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)
TOPIC = "test.question"


@pytest.fixture
def asked() -> Iterator[list[Any]]:
    """What the handler was asked; put a callable in to have it called."""
    calls: list[Any] = []

    @handles(TOPIC, asks=True)
    def ask(*, at: datetime, what: str) -> None:
        if calls and callable(calls[0]):
            calls.pop(0)()
        with transaction.atomic(durable=True):
            calls.append((what, at, connection.in_atomic_block))

    yield calls
    del outbox._handlers[TOPIC]
    outbox._asking.discard(TOPIC)


def put() -> int:
    with outbox.outbox_without_worker():
        outbox_put(topic=TOPIC, key="one", payload={"what": "paid?"}, at=NOW)
    return OutboxMessage.objects.get().pk


def test_a_question_is_asked_once_and_in_no_transaction_of_the_outbox(asked: list[Any]) -> None:
    message_id = put()

    answers = [outbox_deliver(message_id=message_id, at=NOW) for _ in range(2)]

    # the durable transaction inside would have refused to be nested
    assert answers == [True, False]
    assert [what for what, _at, _atomic in asked] == ["paid?"]
    assert OutboxMessage.objects.get().done_at == NOW


def test_while_one_asks_no_other_asks_the_same(asked: list[Any]) -> None:
    message_id = put()
    beside: list[bool] = []
    asked.append(lambda: beside.append(outbox_deliver(message_id=message_id, at=NOW)))

    outbox_deliver(message_id=message_id, at=NOW)

    assert beside == [False]
    assert len(asked) == 1


def test_who_dies_while_asking_leaves_it_to_the_sweeper(asked: list[Any]) -> None:
    message_id = put()

    def die() -> None:
        raise SystemExit

    asked.append(die)
    with pytest.raises(SystemExit):
        outbox_deliver(message_id=message_id, at=NOW)

    assert outbox_sweep(at=NOW + timedelta(seconds=60)) == 0
    assert outbox_sweep(at=NOW + timedelta(seconds=121)) == 1
    assert OutboxMessage.objects.get().done_at == NOW + timedelta(seconds=121)


def test_a_question_without_an_answer_is_asked_again_later(asked: list[Any]) -> None:
    message_id = put()

    def no_answer() -> None:
        raise TimeoutError("nobody there")

    asked.append(no_answer)

    assert outbox_deliver(message_id=message_id, at=NOW) is False
    message = OutboxMessage.objects.get()
    assert (message.attempts, message.last_error, message.done_at) == (1, "TimeoutError: nobody there", None)
    assert message.available_at == NOW + timedelta(seconds=5)
    assert outbox_sweep(at=NOW + timedelta(seconds=5)) == 1
