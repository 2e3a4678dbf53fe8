"""A delivered line's money is split once its claim window is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import translation

from marketplace.checkout.services.refunds import refund_request, refund_send
from marketplace.foundation.models import StatusChange
from marketplace.ledger.models import LedgerTransaction
from marketplace.ledger.services import account_balance_fen
from marketplace.order.models import Line, Order
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.payment.accounts import (
    FREIGHT,
    PAYMENT_FEE,
    PROVIDER,
    held_for_order,
    payable_to_cooperative,
    payable_to_hub,
    payable_to_seller,
)
from marketplace.payment.models import PaymentAnomaly, Refund, RefundStatus
from marketplace.payment.port import PaymentRefused
from marketplace.settlement.models import LineSettlement, SettlementShare
from marketplace.settlement.services import UnableToSettle, line_settle, settlements_run
from tests.factories.orders import DELIVERED_AT, SETTLES_AT, Market, refund_done
from tests.provider import MemoryProvider

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Read the reasons in English, whatever is compiled."""
    with translation.override("en"):
        yield


def line_of(order: Order) -> Line:
    return order.lines.get()


def shares_of(line: Line) -> dict[tuple[str, str], int]:
    rows = SettlementShare.objects.filter(settlement__line=line)
    return {
        (row.purpose, row.lot.number if row.lot else ""): row.amount_fen for row in rows.select_related("lot").all()
    }


def assert_untouched(line: Line) -> None:
    line.refresh_from_db()
    assert line.status != LineStatus.SETTLED
    assert not LineSettlement.objects.exists()
    assert not LedgerTransaction.objects.filter(purpose="SETTLED").exists()


def test_a_line_of_two_lots_is_split_and_booked_to_the_fen() -> None:
    market = Market(6_000, 6_000)
    # Three boxes of 2.5 kg at 39.80: two from the first cooperative's lot, one from the second's.
    order = market.delivered(3, grams=(5_000, 2_500), freight_fen=900)
    line = line_of(order)

    line_settle(line_id=line.pk, at=SETTLES_AT)

    # 11940 + 900 paid; payment fee 77.04, packing 1050, seller's fee 477.60; 10335.36 by grams 2 : 1.
    first, second = (draw.lot for draw in line.draws.select_related("lot").order_by("lot_id"))
    assert shares_of(line) == {
        ("COOPERATIVE", first.number): 6890,
        ("COOPERATIVE", second.number): 3445,
        ("FREIGHT", ""): 900,
        ("PACKING", ""): 1050,
        ("SELLER_FEE", ""): 478,
        ("PAYMENT_FEE", ""): 77,
    }
    assert account_balance_fen(payable_to_cooperative(first.cooperative_id)) == -6890
    assert account_balance_fen(payable_to_cooperative(second.cooperative_id)) == -3445
    assert account_balance_fen(FREIGHT) == -900
    assert account_balance_fen(payable_to_hub(market.hub.pk)) == -1050
    assert account_balance_fen(payable_to_seller(line.partner_id)) == -478
    assert account_balance_fen(PAYMENT_FEE) == -77
    assert account_balance_fen(held_for_order(order.number)) == 0
    assert account_balance_fen(PROVIDER) == 12840


def test_the_last_line_settles_its_order() -> None:
    market = Market()
    order = market.delivered(1, 2)
    first, second = order.lines.order_by("pk")

    line_settle(line_id=first.pk, at=SETTLES_AT)
    order.refresh_from_db()
    assert order.status == OrderStatus.DELIVERED

    line_settle(line_id=second.pk, at=SETTLES_AT)
    order.refresh_from_db()
    assert (order.status, order.closed_at) == (OrderStatus.SETTLED, SETTLES_AT)
    assert set(order.lines.values_list("status", flat=True)) == {LineStatus.SETTLED}
    change = StatusChange.objects.get(subject_type="order.Line", subject_id=first.pk, to_status="SETTLED")
    assert (change.from_status, change.at) == (LineStatus.DELIVERED, SETTLES_AT)


def test_settling_again_changes_nothing() -> None:
    line = line_of(Market().delivered(1))
    settled = line_settle(line_id=line.pk, at=SETTLES_AT)

    again = line_settle(line_id=line.pk, at=SETTLES_AT + timedelta(days=1))

    assert again.pk == settled.pk
    assert again.settled_at == SETTLES_AT
    assert SettlementShare.objects.filter(settlement=settled).count() == 5
    assert LedgerTransaction.objects.filter(purpose="SETTLED").count() == 1


def test_an_accepted_claim_is_borne_by_the_cooperatives_of_all_lots() -> None:
    market = Market(6_000, 6_000)
    order = market.delivered(2, grams=(2_500, 2_500), freight_fen=0)
    line = line_of(order)
    market.claim_accepted(line, spoilt_g=1_000)

    line_settle(line_id=line.pk, at=SETTLES_AT)

    # 7960 for 5 kg; 1 kg spoilt is 1592. 7960 − 1592 − 47.76 − 700 − 318.40 = 5301.84, half each: 2650.92.
    shares = shares_of(line)
    assert [fen for (purpose, _lot), fen in sorted(shares.items()) if purpose == "COOPERATIVE"] == [2651, 2651]
    assert (shares["PACKING", ""], shares["SELLER_FEE", ""], shares["PAYMENT_FEE", ""]) == (700, 318, 48)
    assert sum(shares.values()) == 7960 - 1592
    assert account_balance_fen(held_for_order(order.number)) == 0


def test_a_line_refunded_whole_settles_without_a_booking() -> None:
    order = Market().delivered(1, freight_fen=0)
    line = line_of(order)
    refund_done(line, 3980)

    line_settle(line_id=line.pk, at=SETTLES_AT)

    line.refresh_from_db()
    assert line.status == LineStatus.SETTLED
    assert list(shares_of(line).values()) == [0]
    assert not LedgerTransaction.objects.filter(purpose="SETTLED").exists()
    assert account_balance_fen(held_for_order(order.number)) == 0


def test_the_claim_window_is_waited_for_to_the_moment() -> None:
    line = line_of(Market().delivered(1))
    over_at = DELIVERED_AT + timedelta(hours=48)

    with pytest.raises(UnableToSettle, match="can still report"):
        line_settle(line_id=line.pk, at=over_at - timedelta(microseconds=1))
    assert_untouched(line)

    assert line_settle(line_id=line.pk, at=over_at).settled_at == over_at


def test_a_line_on_its_way_is_not_settled() -> None:
    market = Market()
    order = market.sell(1)
    market.receive()
    market.draw()
    market.ship(market.pack(order))
    line = line_of(order)

    with pytest.raises(UnableToSettle, match="not been delivered"):
        line_settle(line_id=line.pk, at=SETTLES_AT)
    assert_untouched(line)


def test_an_unanswered_claim_holds_the_money() -> None:
    market = Market()
    line = line_of(market.delivered(1))
    market.claim(line, spoilt_g=500)

    with pytest.raises(UnableToSettle, match="claim"):
        line_settle(line_id=line.pk, at=SETTLES_AT)
    assert settlements_run(at=SETTLES_AT).num_settled == 0
    assert_untouched(line)


@pytest.mark.parametrize("is_of_line", [True, False], ids=["of the line", "of the whole order"])
def test_a_refund_under_way_holds_the_money(is_of_line: bool) -> None:
    line = line_of(Market().delivered(1))
    refund = refund_done(line, 500)
    Refund.objects.filter(pk=refund.pk).update(status=RefundStatus.REQUESTED, line=line if is_of_line else None)

    with pytest.raises(UnableToSettle, match="refund"):
        line_settle(line_id=line.pk, at=SETTLES_AT)
    assert settlements_run(at=SETTLES_AT).num_settled == 0
    assert_untouched(line)


def test_a_refused_refund_holds_the_money_until_a_person_has_resolved_it() -> None:
    line = line_of(Market().delivered(1))
    refund = refund_request(
        order_id=line.order_id, line_id=line.pk, amount_fen=500, purpose="CLAIM", key="refused-1", at=DELIVERED_AT
    )
    refund_send(refund_id=refund.pk, port=MemoryProvider(PaymentRefused("no")), at=DELIVERED_AT)

    with pytest.raises(UnableToSettle, match="refund"):
        line_settle(line_id=line.pk, at=SETTLES_AT)
    assert settlements_run(at=SETTLES_AT).num_settled == 0
    assert_untouched(line)

    PaymentAnomaly.objects.filter(key="refund-failed:refused-1").update(resolved_at=SETTLES_AT)
    assert settlements_run(at=SETTLES_AT).num_settled == 1


def test_another_orders_refund_holds_nobody_elses_money() -> None:
    market = Market()
    held, free = market.delivered(1), market.delivered(1)
    refund = refund_done(line_of(held), 500)
    Refund.objects.filter(pk=refund.pk).update(status=RefundStatus.REQUESTED, line=None)

    assert settlements_run(at=SETTLES_AT).num_settled == 1
    assert line_of(free).status == LineStatus.SETTLED
    assert line_of(held).status == LineStatus.DELIVERED


def test_a_run_settles_the_longest_delivered_first_and_keeps_its_limit() -> None:
    market = Market()
    late = market.sell(1)
    market.receive()
    market.bring(late, delivered_at=DELIVERED_AT)
    early = market.sell(1)
    market.bring(early, delivered_at=DELIVERED_AT - timedelta(hours=5))

    run = settlements_run(at=SETTLES_AT, limit=1)

    assert run.num_settled == 1
    assert line_of(early).status == LineStatus.SETTLED
    assert line_of(late).status == LineStatus.DELIVERED
    assert settlements_run(at=SETTLES_AT).num_settled == 1
    assert settlements_run(at=SETTLES_AT).num_settled == 0
