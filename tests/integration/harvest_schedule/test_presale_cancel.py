"""A buyer cancels a paid presale until somebody agreed to pick for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from catalog.partner.models import Phase
from harvest_schedule.models import PickCall, PickCallLine
from harvest_schedule.selectors.cancellation import order_can_be_cancelled
from harvest_schedule.services.cancellation import NotAPaidPresale, TooLateToCancel, presale_cancel
from harvest_schedule.services.pick_calls import pick_call_accept, pick_call_refuse, pick_calls_make
from harvest_schedule.states import PickCallStatus
from marketplace.order.models import Line, Order
from marketplace.order.processing import lines_move
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.payment.models import Refund
from tests.factories import NOW, TODAY
from tests.factories.harvests import KG, Village, paid_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def village() -> Village:
    return Village(
        12_000,
        phase=Phase.PRESALE,
        ships_from=TODAY + timedelta(days=1),
        ships_by=TODAY + timedelta(days=1),
        num_in_stock=400,
    )


def test_a_presale_nobody_was_asked_for_is_cancelled_and_refunded(village: Village) -> None:
    order = paid_order(village.window, packs=4)
    assert order_can_be_cancelled(order.pk)

    for _ in range(2):
        cancelled = presale_cancel(order_id=order.pk, at=NOW, actor=None, reason="changed my mind")

    assert cancelled.status == OrderStatus.CANCELLED
    assert Line.objects.get().status == LineStatus.CANCELLED
    assert Refund.objects.get().amount_fen == order.total_fen
    village.window.refresh_from_db()
    assert village.window.num_allocated == 0
    assert not order_can_be_cancelled(order.pk)


def test_cancelling_makes_an_unanswered_call_smaller(village: Village) -> None:
    order = paid_order(village.window, packs=4)
    paid_order(village.window, packs=2)
    pick_calls_make(hub_id=village.hub.pk, day=TODAY, at=NOW)
    assert PickCall.objects.get().asked_g == 15 * KG

    presale_cancel(order_id=order.pk, at=NOW, actor=None)

    call = PickCall.objects.get()
    assert (call.status, call.asked_g) == (PickCallStatus.CALLED, 5 * KG)
    assert PickCallLine.objects.get().line.order_id != order.pk


def test_cancelling_the_only_order_withdraws_the_call(village: Village) -> None:
    order = paid_order(village.window, packs=4)
    pick_calls_make(hub_id=village.hub.pk, day=TODAY, at=NOW)

    presale_cancel(order_id=order.pk, at=NOW, actor=None)

    assert PickCall.objects.get().status == PickCallStatus.WITHDRAWN


def test_once_accepted_it_is_too_late(village: Village) -> None:
    order = paid_order(village.window, packs=4)
    pick_calls_make(hub_id=village.hub.pk, day=TODAY, at=NOW)
    pick_call_accept(pick_call_id=PickCall.objects.get().pk, actor=None, at=NOW)
    assert not order_can_be_cancelled(order.pk)

    with translation.override("en"), pytest.raises(TooLateToCancel, match="agreed to pick"):
        presale_cancel(order_id=order.pk, at=NOW, actor=None)

    assert Order.objects.get().status == OrderStatus.PAID
    assert PickCallLine.objects.count() == 1
    assert not Refund.objects.exists()


def test_after_a_refusal_it_can_be_cancelled_again(village: Village) -> None:
    order = paid_order(village.window, packs=4)
    pick_calls_make(hub_id=village.hub.pk, day=TODAY, at=NOW)
    pick_call_refuse(pick_call_id=PickCall.objects.get().pk, reason="霜冻", actor=None, at=NOW)

    assert order_can_be_cancelled(order.pk)
    assert presale_cancel(order_id=order.pk, at=NOW, actor=None).status == OrderStatus.CANCELLED


def test_fresh_orders_are_not_cancelled_by_their_buyers() -> None:
    order = paid_order(Village(12_000).window)
    assert not order_can_be_cancelled(order.pk)

    with pytest.raises(NotAPaidPresale):
        presale_cancel(order_id=order.pk, at=NOW, actor=None)

    assert Order.objects.get().status == OrderStatus.PAID


def test_an_unpaid_order_is_not_cancelled_here(village: Village) -> None:
    order = paid_order(village.window)
    Order.objects.update(status=OrderStatus.AWAITING_PAYMENT)
    assert not order_can_be_cancelled(order.pk)

    with pytest.raises(NotAPaidPresale):
        presale_cancel(order_id=order.pk, at=NOW, actor=None)


def test_goods_in_preparation_are_not_cancelled(village: Village) -> None:
    order = paid_order(village.window)
    lines_move(order.lines.all(), LineStatus.DRAWN, at=NOW)
    assert not order_can_be_cancelled(order.pk)

    with pytest.raises(TooLateToCancel):
        presale_cancel(order_id=order.pk, at=NOW, actor=None)

    Order.objects.update(status=OrderStatus.SHIPPED)
    with pytest.raises(TooLateToCancel):
        presale_cancel(order_id=order.pk, at=NOW, actor=None)
