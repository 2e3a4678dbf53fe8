"""A buyer cancels while the cooperative accepts: one of the two wins, never both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.query import QuerySet

from catalog.partner.models import Phase
from harvest_schedule.models import PickCall, PickCallLine
from harvest_schedule.services.cancellation import TooLateToCancel, presale_cancel
from harvest_schedule.services.pick_calls import pick_call_accept, pick_calls_make
from harvest_schedule.states import PickCallStatus
from marketplace.order.models import Order
from marketplace.order.states import OrderStatus
from tests.factories import NOW, TODAY
from tests.factories.harvests import Village, paid_order

pytestmark = pytest.mark.django_db(transaction=True)

WAIT_S = 10


@pytest.fixture
def presale() -> tuple[int, int]:
    """A paid presale and the call that waits for an answer: order id, call id."""
    village = Village(
        12_000, phase=Phase.PRESALE, ships_from=TODAY + timedelta(days=1), ships_by=TODAY + timedelta(days=1)
    )
    order = paid_order(village.window, packs=4)
    pick_calls_make(hub_id=village.hub.pk, day=TODAY, at=NOW)
    return order.pk, PickCall.objects.get().pk


@pytest.fixture
def beside() -> Iterator[Callable[[Callable[[], None]], threading.Thread]]:
    """Run something on a connection of its own."""
    started: list[threading.Thread] = []

    def run(what: Callable[[], None]) -> threading.Thread:
        def on_its_own_connection() -> None:
            try:
                what()
            finally:
                connection.close()

        thread = threading.Thread(target=on_its_own_connection)
        thread.start()
        started.append(thread)
        return thread

    yield run
    for thread in started:
        thread.join(WAIT_S)


def cancel_while_accepting(
    presale: tuple[int, int], beside: Callable[[Callable[[], None]], threading.Thread]
) -> list[str]:
    """Accept, and before it is committed let the buyer cancel; returns what the buyer met."""
    order_id, call_id = presale
    met: list[str] = []
    accepted, ended = threading.Event(), threading.Event()

    def accept() -> None:
        with transaction.atomic():
            pick_call_accept(pick_call_id=call_id, actor=None, at=NOW)
            accepted.set()
            # Long enough for the buyer to come through where nothing holds them back.
            ended.wait(1)

    def cancel() -> None:
        try:
            presale_cancel(order_id=order_id, at=NOW, actor=None)
        except TooLateToCancel:
            met.append("too late")
        else:
            met.append("cancelled")
        ended.set()

    first = beside(accept)
    assert accepted.wait(WAIT_S)
    second = beside(cancel)
    first.join(WAIT_S)
    second.join(WAIT_S)
    return met


def test_the_buyer_waits_for_the_answer_and_comes_too_late(
    presale: tuple[int, int], beside: Callable[[Callable[[], None]], threading.Thread]
) -> None:
    assert cancel_while_accepting(presale, beside) == ["too late"]

    assert Order.objects.get().status == OrderStatus.PAID
    assert PickCall.objects.get().status == PickCallStatus.ACCEPTED
    assert PickCallLine.objects.count() == 1


def test_without_the_lock_on_calls_a_cancelled_order_would_be_picked_for(
    presale: tuple[int, int],
    beside: Callable[[Callable[[], None]], threading.Thread],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock = QuerySet.select_for_update

    def only_other_rows(rows: QuerySet, *args: object, **kwargs: object) -> QuerySet:
        return rows.all() if rows.model is PickCall and kwargs.get("of") == ("self",) else lock(rows, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", only_other_rows)
    # Making the call smaller locks it too, so that goes as well.
    monkeypatch.setattr("harvest_schedule.services.cancellation.calls_shrink", lambda *args, **kwargs: None)

    assert cancel_while_accepting(presale, beside) == ["cancelled"]
    assert Order.objects.get().status == OrderStatus.CANCELLED
    assert PickCall.objects.get().status == PickCallStatus.ACCEPTED


def test_two_runs_at_once_ask_once(
    presale: tuple[int, int], beside: Callable[[Callable[[], None]], threading.Thread]
) -> None:
    PickCall.objects.all().delete()
    hub_id = Order.objects.get().lines.get().product.pool_product.pool.hub_id
    start = threading.Barrier(2)

    def make() -> None:
        start.wait(WAIT_S)
        pick_calls_make(hub_id=hub_id, day=TODAY, at=NOW)

    for thread in [beside(make), beside(make)]:
        thread.join(WAIT_S)

    assert PickCall.objects.get().asked_g == 10_000
    assert PickCallLine.objects.count() == 1
