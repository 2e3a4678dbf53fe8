"""Buyers answer: a substitute is taken or paid back, moved boxes may be given back until they are prepared."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import translation

from catalog.partner.models import StockRecord
from harvest_schedule.models import ShortfallPart
from harvest_schedule.planner.shortfall.policy import Policy
from harvest_schedule.planner.shortfall.problem import LATER, OTHER_LOT, SUBSTITUTE
from harvest_schedule.selectors.shortfalls import order_changes, part_for_token
from harvest_schedule.services.cancellation import TooLateToCancel, presale_cancel
from harvest_schedule.services.shortfall_answers import UnableToAnswer, answers_sweep, part_answer
from harvest_schedule.states import AnswerStatus, PartKind
from logistics.services.shipping import shipment_deliver
from marketplace.checkout.services.refunds import refunds_sweep
from marketplace.foundation.outbox import outbox_sweep
from marketplace.ledger.services import account_balance_fen
from marketplace.order.models import Line, Order
from marketplace.order.processing import lines_move
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.payment.accounts import held_for_order
from marketplace.payment.models import Refund
from marketplace.settlement.models import LineSettlement
from marketplace.settlement.services import settlements_run
from tests.factories import NOW, TODAY
from tests.factories.orders import DELIVERED_AT, SETTLES_AT
from tests.factories.shortfalls import ShortSeason
from tests.integration.harvest_schedule.test_shortfall_deciding import assert_books_agree, caps
from tests.provider import MemoryProvider

pytestmark = pytest.mark.django_db

LATE = NOW + timedelta(hours=49)


@pytest.fixture
def season() -> ShortSeason:
    return ShortSeason()


def offered(season: ShortSeason, price: str = "45.00", **order: object) -> ShortfallPart:
    """Return the offer of three boxes of pomelo for three of oranges that do not come; two come."""
    season.pomelo(price)
    season.buy(5, hours_ago=9, freight_fen=500, **order)
    season.decide(season.open(coming=2), Policy(unserved=(SUBSTITUTE,)))
    return ShortfallPart.objects.get()


def moved(season: ShortSeason) -> ShortfallPart:
    season.buy(5, hours_ago=9, freight_fen=500)
    season.decide(season.open(coming=2), Policy(unserved=(LATER,)))
    return ShortfallPart.objects.get()


def line_of(part: ShortfallPart) -> Line:
    return Line.objects.get(pk=part.line_id)


def test_a_dearer_substitute_is_sent_at_no_extra_cost(season: ShortSeason) -> None:
    part = offered(season)
    before = line_of(part)
    assert (before.status, before.name, before.unit_price_fen) == (LineStatus.OFFERED, "宜昌蜜柚 5斤装", 3980)

    for _press in range(2):
        answered = part_answer(token=part.token, accept=True, at=NOW + timedelta(hours=1))

    assert (answered.answer, answered.answered_at) == (AnswerStatus.ACCEPTED, NOW + timedelta(hours=1))
    line = line_of(part)
    assert (line.status, line.quantity, line.unit_price_fen) == (LineStatus.PAID, 3, 3980)
    assert not Refund.objects.exists()
    assert_books_agree()


def test_the_difference_to_a_cheaper_substitute_goes_back_when_it_is_agreed_to(season: ShortSeason) -> None:
    part = offered(season, "39.00")
    assert not Refund.objects.exists()

    part = part_answer(token=part.token, accept=True, at=NOW)

    assert (part.difference_refund, line_of(part).unit_price_fen) == (Refund.objects.get(amount_fen=240), 3900)
    order = Order.objects.get()
    assert sum(line.line_total_fen for line in order.lines.all()) == order.goods_fen
    assert_books_agree()


def test_a_declined_offer_is_paid_back_as_what_was_bought(season: ShortSeason) -> None:
    part = offered(season)
    pomelo = StockRecord.objects.get(pk=part.window_id)
    assert caps(pomelo)[0] == 3

    for _press in range(2):
        part = part_answer(token=part.token, accept=False, at=NOW)

    line = line_of(part)
    assert (line.status, line.name, line.stockrecord) == (LineStatus.CANCELLED, "秭归脐橙 5斤装", season.window)
    # Three of five boxes with 3.00 of 5.00 freight.
    assert part.refund == Refund.objects.get(amount_fen=3 * 3980 + 300)
    assert (caps(pomelo)[0], caps(season.window)) == (0, (2, 2))
    assert_books_agree()
    with translation.override("en"), pytest.raises(UnableToAnswer, match="on its way back"):
        part_answer(token=part.token, accept=True, at=NOW)


def test_an_offer_nobody_answers_ends_in_money_back_once(season: ShortSeason) -> None:
    part = offered(season, language="en")
    outbox_sweep(at=NOW)
    assert answers_sweep(at=NOW + timedelta(hours=47)) == 0

    assert [answers_sweep(at=LATE), answers_sweep(at=LATE)] == [1, 0]

    part.refresh_from_db()
    assert (part.answer, part.answered_at) == (AnswerStatus.LAPSED, LATE)
    assert line_of(part).status == LineStatus.CANCELLED
    assert Refund.objects.get().amount_fen == 3 * 3980 + 300
    outbox_sweep(at=LATE)
    assert "We had no answer to our offer in time. ¥122.40 goes back the way you paid." in mail.outbox[-1].body
    assert_books_agree()


def test_an_answer_after_the_deadline_is_too_late_even_before_the_sweep(season: ShortSeason) -> None:
    part = offered(season)

    with translation.override("en"), pytest.raises(UnableToAnswer, match="time for answering is over"):
        part_answer(token=part.token, accept=True, at=LATE)

    assert line_of(part).status == LineStatus.OFFERED


def test_nobody_draws_or_plans_away_what_is_offered(season: ShortSeason) -> None:
    part = offered(season)
    season.receive()
    season.draw(day=TODAY + timedelta(days=20))

    assert line_of(part).status == LineStatus.OFFERED
    with translation.override("zh-hans"):
        assert line_of(part).status_label == "等您答复"


def test_moved_boxes_may_be_given_back_even_after_they_were_agreed_to(season: ShortSeason) -> None:
    part = moved(season)
    assert caps(season.later)[0] == 3
    part_answer(token=part.token, accept=True, at=NOW)

    part = part_answer(token=part.token, accept=False, at=NOW + timedelta(days=5))

    assert part.answer == AnswerStatus.DECLINED
    assert part.refund == Refund.objects.get(amount_fen=3 * 3800 + 300)
    # The difference went back when they were moved, so in all it is what was paid for three boxes.
    assert sum(Refund.objects.values_list("amount_fen", flat=True)) == 3 * 3980 + 300
    assert caps(season.later) == (0, 5)
    assert_books_agree()


def test_once_they_are_prepared_or_due_they_come(season: ShortSeason) -> None:
    part = moved(season)
    assert part.answer_by is not None
    with translation.override("en"), pytest.raises(UnableToAnswer, match="time for answering"):
        part_answer(token=part.token, accept=False, at=part.answer_by)
    lines_move([line_of(part)], LineStatus.DRAWN, at=NOW)
    with translation.override("en"), pytest.raises(UnableToAnswer, match="being prepared already"):
        part_answer(token=part.token, accept=False, at=NOW)

    assert answers_sweep(at=part.answer_by) == 1

    part.refresh_from_db()
    assert part.answer == AnswerStatus.LAPSED
    assert line_of(part).status == LineStatus.DRAWN
    assert not Refund.objects.filter(amount_fen__gt=600).exists()


def test_a_buyer_who_gave_up_everything_has_a_cancelled_order(season: ShortSeason) -> None:
    season.buy(3, hours_ago=9)
    season.decide(season.open(coming=0), Policy(unserved=(LATER,)))

    part_answer(token=ShortfallPart.objects.get().token, accept=False, at=NOW)

    order = Order.objects.get()
    assert order.status == OrderStatus.CANCELLED
    assert sum(Refund.objects.values_list("amount_fen", flat=True)) == order.total_fen
    assert_books_agree()


def test_what_a_buyer_gave_back_once_is_not_tried_on_them_again(season: ShortSeason) -> None:
    part = moved(season)
    part_answer(token=part.token, accept=False, at=NOW)
    case = season.open(coming=1)

    preview = season.preview(case, Policy(unserved=(LATER,)))

    assert (preview.served_packs, preview.later_packs, preview.refund_packs) == (1, 0, 1)


def test_a_link_opens_what_it_is_for_and_nothing_else(season: ShortSeason) -> None:
    part = offered(season)

    view = part_for_token(part.token, NOW)

    assert view is not None
    assert (view.was_name, view.can_accept, view.can_decline, view.refund_fen) == ("秭归脐橙 5斤装", True, True, 12240)
    assert [change.part for change in order_changes(view.order.pk, NOW)] == [part]
    late = part_for_token(part.token, LATE)
    assert late is not None
    assert (late.can_accept, late.can_decline) == (False, False)
    for token in ("", "x", "\x00", "x" * 500, part.token[:-1]):
        assert part_for_token(token, NOW) is None
        with pytest.raises(ShortfallPart.DoesNotExist):
            part_answer(token=token, accept=True, at=NOW)


def test_settlement_pays_what_was_delivered_and_nothing_is_left_held(season: ShortSeason) -> None:
    other = season.other_pool()
    order = season.buy(5, hours_ago=9, freight_fen=500)
    case = season.open(coming=2)
    season.decide(case, Policy(unserved=(OTHER_LOT,)))
    part_answer(token=ShortfallPart.objects.get(kind=PartKind.OTHER_LOT).token, accept=False, at=NOW)
    assert other.product.pool_product.pool_id != season.pool.pk
    outbox_sweep(at=NOW)

    provider = MemoryProvider()
    refunds_sweep(port=provider, at=LATE)  # type: ignore[arg-type]
    season.receive(picked_on=TODAY)
    season.draw(day=TODAY + timedelta(days=6), at=NOW + timedelta(days=1))
    shipment = season.ship(season.pack(order, at=NOW + timedelta(days=1)), at=NOW + timedelta(days=1))
    shipment_deliver(shipment_id=shipment.pk, at=DELIVERED_AT, actor=season.packer)
    settlements_run(at=SETTLES_AT)

    settled = LineSettlement.objects.get()
    assert (settled.goods_fen, settled.freight_fen, settled.refunded_fen) == (2 * 3980, 200, 0)
    assert sum(request.amount_fen for request in provider.refunds.values()) == 3 * 3980 + 300
    assert account_balance_fen(held_for_order(order.number)) == 0
    order.refresh_from_db()
    assert order.status == OrderStatus.SETTLED
    assert_books_agree()


def test_boxes_that_fall_short_twice_are_paid_back_once(season: ShortSeason) -> None:
    order = season.buy(6, hours_ago=9, freight_fen=601)
    season.decide(season.open(coming=0), Policy(unserved=(LATER,)))
    first = ShortfallPart.objects.get(kind=PartKind.LATER)
    season.window = season.later

    season.decide(season.open(coming=2), Policy())
    assert_books_agree()
    assert [(line.status, line.quantity, line.unit_price_fen) for line in order.lines.order_by("pk")] == [
        (LineStatus.PAID, 2, 3800),
        (LineStatus.CANCELLED, 1, 3980),
        (LineStatus.CANCELLED, 1, 5 * 180),
        (LineStatus.CANCELLED, 3, 3800),
    ]
    # The first link is still good for what is left of what it was about.
    part_answer(token=first.token, accept=False, at=NOW + timedelta(days=1))

    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert sum(Refund.objects.values_list("amount_fen", flat=True)) == order.total_fen
    assert caps(season.later) == (0, 2)
    assert_books_agree()


def test_an_order_with_an_open_offer_is_answered_before_it_is_cancelled(season: ShortSeason) -> None:
    part = offered(season)
    order_id = line_of(part).order_id

    with translation.override("en"), pytest.raises(TooLateToCancel, match="answer first"):
        presale_cancel(order_id=order_id, at=NOW, actor=None)
    part_answer(token=part.token, accept=False, at=NOW)
    cancelled = presale_cancel(order_id=order_id, at=NOW, actor=None)

    assert cancelled.status == OrderStatus.CANCELLED
    assert sum(Refund.objects.values_list("amount_fen", flat=True)) == cancelled.total_fen
    assert_books_agree()
