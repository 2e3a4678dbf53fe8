"""Deciding a shortfall: exactly what was shown, in one transaction, once; lines, packs, refunds and words to buyers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from catalog.partner.models import StockRecord
from harvest_schedule.models import (
    PickCall,
    PickCallLine,
    PlanRequest,
    ShortfallCase,
    ShortfallDecision,
    ShortfallPart,
    ShortfallShare,
    StandingBuyer,
)
from harvest_schedule.planner.shortfall.policy import PRO_RATA, Policy
from harvest_schedule.planner.shortfall.problem import LATER, OTHER_LOT, SUBSTITUTE
from harvest_schedule.selectors.shortfalls import shortfall_case_get, shortfall_cases
from harvest_schedule.services import shortfall_deciding
from harvest_schedule.services.pick_calls import pick_calls_make
from harvest_schedule.services.shortfall_deciding import ShortfallChanged, UnableToDecide
from harvest_schedule.states import AnswerStatus, BuyerKind, PartKind, ShortfallStatus
from marketplace.cooperatives.models import SupplyPool
from marketplace.foundation.models import OutboxMessage, StatusChange
from marketplace.foundation.outbox import outbox_sweep
from marketplace.order.models import Line, Order
from marketplace.order.processing import lines_move
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.payment.models import Refund
from marketplace.settlement.books.check import books_check
from marketplace.settlement.books.every import CHECKS
from tests.factories import NOW
from tests.factories.shortfalls import SHIPS_BY, SHIPS_FROM, ShortSeason

pytestmark = pytest.mark.django_db


@pytest.fixture
def season() -> ShortSeason:
    return ShortSeason()


def assert_books_agree() -> None:
    wrong = [(finding.check.key, finding.breaches) for finding in books_check(CHECKS) if finding.num_breaches]
    assert not wrong


def lines_of(order: Order) -> list[tuple[str, int, int]]:
    """State, packs and window of each line of an order."""
    return [(line.status, line.quantity, line.stockrecord_id) for line in order.lines.order_by("pk")]


def caps(window: StockRecord) -> tuple[int, int]:
    window.refresh_from_db()
    return window.num_allocated, window.num_in_stock


def everything() -> list[object]:
    models = (Order, Line, StockRecord, Refund, ShortfallCase, ShortfallDecision, ShortfallShare, ShortfallPart)
    rows: list[object] = [list(model.objects.order_by("pk").values()) for model in models]
    return [*rows, OutboxMessage.objects.count(), StatusChange.objects.count(), PickCallLine.objects.count()]


def test_earliest_first_serves_splits_and_pays_back(season: ShortSeason) -> None:
    first, second, third = (season.buy(5, hours_ago=hours, freight_fen=1000) for hours in (30, 20, 10))
    case = season.open(coming=7)

    decision = season.decide(case, Policy())

    window = season.window.pk
    assert lines_of(first) == [("PAID", 5, window)]
    assert lines_of(second) == [("PAID", 2, window), ("CANCELLED", 3, window)]
    assert lines_of(third) == [("CANCELLED", 5, window)]
    # Three of five boxes at 39.80 with 6.00 of 10.00 freight; and a whole order.
    assert list(Refund.objects.order_by("pk").values_list("order_id", "amount_fen", "purpose", "status")) == [
        (second.pk, 3 * 3980 + 600, "SHORTFALL", "REQUESTED"),
        (third.pk, 5 * 3980 + 1000, "SHORTFALL", "REQUESTED"),
    ]
    third.refresh_from_db()
    assert (third.status, third.closed_at) == (OrderStatus.CANCELLED, NOW)
    # What does not come is not promised to anybody else either.
    assert caps(season.window) == (7, 7)
    assert (decision.served_packs, decision.refund_packs, decision.refund_fen) == (7, 8, 8 * 3980 + 1600)
    assert (decision.why, decision.decided_by) == ("霜冻，先到先得", season.officer)
    case.refresh_from_db()
    assert (case.status, case.closed_at) == (ShortfallStatus.DECIDED, NOW)
    assert [kind["kind"] for kind in decision.fairness_after["kinds"]] == ["CONSUMER"]
    assert_books_agree()


def test_a_mix_moves_offers_and_refunds_and_the_books_agree(season: ShortSeason) -> None:
    other = season.other_pool()
    pomelo = season.pomelo("45.00", num_in_stock=1)
    season.buy(4, hours_ago=30)
    order = season.buy(12, hours_ago=20, freight_fen=1100)
    case = season.open(coming=5)

    decision = season.decide(case, Policy(unserved=(OTHER_LOT, LATER, SUBSTITUTE)))

    assert [(part.kind, part.packs, part.window_id, part.answer) for part in ShortfallPart.objects.order_by("pk")] == [
        (PartKind.OTHER_LOT, 3, other.pk, AnswerStatus.OPEN),
        (PartKind.LATER, 5, season.later.pk, AnswerStatus.OPEN),
        (PartKind.SUBSTITUTE, 1, pomelo.pk, AnswerStatus.OPEN),
        (PartKind.REFUND, 2, None, AnswerStatus.NONE),
    ]
    lines = {line.stockrecord_id: line for line in order.lines.filter(status__in=["PAID", "OFFERED"])}
    assert {pk: (line.status, line.quantity) for pk, line in lines.items()} == {
        season.window.pk: (LineStatus.PAID, 1),
        other.pk: (LineStatus.PAID, 3),
        season.later.pk: (LineStatus.PAID, 5),
        pomelo.pk: (LineStatus.OFFERED, 1),
    }
    moved = lines[season.later.pk]
    assert (moved.ships_from, moved.ships_by) == (SHIPS_FROM + timedelta(days=14), SHIPS_BY + timedelta(days=14))
    assert moved.arrives_by == moved.ships_by + timedelta(days=3)
    # The later week costs 38.00, so the difference to 39.80 goes back; the dearer pomelo costs nothing more.
    assert (moved.unit_price_fen, lines[pomelo.pk].unit_price_fen) == (3800, 3980)
    difference = ShortfallPart.objects.get(kind=PartKind.LATER).difference_refund
    assert difference is not None
    assert difference.amount_fen == 5 * 180
    assert [caps(window)[0] for window in (season.window, other, season.later, pomelo)] == [5, 3, 5, 1]
    order.refresh_from_db()
    assert sum(line.line_total_fen for line in order.lines.all()) == order.goods_fen
    assert sum(line.freight_fen for line in order.lines.all()) == order.freight_fen == 1100
    assert decision.refund_fen == sum(Refund.objects.values_list("amount_fen", flat=True))
    assert_books_agree()


def test_in_proportion_and_contracts_first_by_who_buys(season: ShortSeason) -> None:
    canteen = StandingBuyer.objects.create(
        user=season.packer, kind=BuyerKind.CONTRACT, name_zh="宜昌一中食堂", since=NOW.date()
    )
    households = [season.buy(3, hours_ago=hours) for hours in (40, 30)]
    institution = season.buy(8, hours_ago=20)
    contract = season.buy(6, hours_ago=10, user=canteen.user)
    case = season.open(coming=13)

    preview = season.preview(case, Policy(PRO_RATA, contracts_first=True))

    # Seven boxes for fourteen after the contract: 1.5, 1.5 and 4, and the odd one to the earlier of the two.
    assert [(row.order_number, row.buyer_kind, row.served_packs) for row in preview.rows] == [
        (households[0].number, BuyerKind.CONSUMER, 2),
        (households[1].number, BuyerKind.CONSUMER, 1),
        (institution.number, BuyerKind.INSTITUTION, 4),
        (contract.number, BuyerKind.CONTRACT, 6),
    ]
    assert [kind.share_permille for kind in preview.after.kinds] == [500, 500, 1000]
    assert preview.after.jain_permille < 1000
    # With no decision the boxes are drawn line by line, and the contract, last in, goes without.
    assert [kind.share_permille for kind in preview.before.kinds] == [1000, 875, 0]


def test_a_preview_writes_nothing(season: ShortSeason) -> None:
    season.buy(3, hours_ago=3)
    case = season.open(coming=1)
    before = everything()

    preview = season.preview(case, Policy(unserved=(LATER,)))

    assert (preview.promised_packs, preview.coming_packs, preview.short_packs, preview.later_packs) == (3, 1, 2, 2)
    assert everything() == before


@pytest.mark.parametrize("change", ["another order", "a line drawn", "the other window sold"])
def test_what_changed_since_the_preview_is_refused_and_nothing_is_written(season: ShortSeason, change: str) -> None:
    order = season.buy(4, hours_ago=9)
    case = season.open(coming=2)
    policy = Policy(unserved=(LATER,))
    digest = season.preview(case, policy).digest
    if change == "another order":
        StockRecord.objects.filter(pk=season.window.pk).update(num_in_stock=9)
        season.buy(1, hours_ago=1)
    elif change == "a line drawn":
        lines_move(order.lines.all(), LineStatus.DRAWN, at=NOW)
    else:
        StockRecord.objects.filter(pk=season.later.pk).update(num_allocated=4)
    before = everything()

    with translation.override("en"), pytest.raises(ShortfallChanged, match="Things have changed"):
        season.decide(case, policy, digest=digest)

    assert everything() == before


def test_what_changed_for_nobody_is_no_reason_to_refuse(season: ShortSeason) -> None:
    season.buy(4, hours_ago=9)
    case = season.open(coming=2)
    digest = season.preview(case, Policy()).digest
    StockRecord.objects.filter(pk=season.later.pk).update(num_allocated=4)

    assert season.decide(case, Policy(), digest=digest).refund_packs == 2


def test_the_same_key_decides_once_and_another_comes_too_late(season: ShortSeason) -> None:
    season.buy(4, hours_ago=9)
    case = season.open(coming=2)
    digest = season.preview(case, Policy()).digest

    first = season.decide(case, Policy(), digest=digest, key="the-same-key")
    before = everything()
    again = season.decide(case, Policy(), digest=digest, key="the-same-key")
    with translation.override("en"), pytest.raises(UnableToDecide, match="decided already") as late:
        season.decide(case, Policy(), digest=digest, key="another-key")

    assert again == first
    assert late.value.field == "case"
    assert everything() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"why": "  "}, "why"), ({"why": "x" * 401}, "why"), ({"key": "short"}, "key"), ({"key": "k" * 65}, "key")],
)
def test_a_decision_without_a_reason_or_a_key_is_refused(
    season: ShortSeason, changes: dict[str, Any], field: str
) -> None:
    season.buy(2, hours_ago=9)
    case = season.open(coming=1)

    with pytest.raises(UnableToDecide) as refused:
        season.decide(case, Policy(), **changes)

    assert refused.value.field == field
    assert not ShortfallDecision.objects.exists()


def test_drawn_lines_are_never_touched_and_are_taken_off_what_comes(season: ShortSeason) -> None:
    drawn, waiting = season.buy(3, hours_ago=9), season.buy(4, hours_ago=8)
    case = season.open(coming=5)
    lines_move(drawn.lines.all(), LineStatus.DRAWN, at=NOW)
    before = list(Line.objects.filter(order=drawn).values())

    season.decide(case, Policy())

    assert list(Line.objects.filter(order=drawn).values()) == before
    assert [(status, packs) for status, packs, _window in lines_of(waiting)] == [("PAID", 2), ("CANCELLED", 2)]


def test_pick_calls_ask_for_no_more_than_is_still_waited_for(season: ShortSeason) -> None:
    StockRecord.objects.filter(pk=season.window.pk).update(ships_from=NOW.date() + timedelta(days=1))
    season.window.refresh_from_db()
    order = season.buy(8, hours_ago=9)
    Line.objects.update(ships_by=NOW.date() + timedelta(days=1))
    pick_calls_make(hub_id=season.hub.pk, day=NOW.date(), at=NOW)
    assert PickCall.objects.get().asked_g == 20_000
    case = season.open(coming=2)

    season.decide(case, Policy())

    assert PickCall.objects.get().asked_g == 5_000
    waiting = PickCallLine.objects.get()
    assert (waiting.grams, waiting.line) == (5_000, order.lines.get(status=LineStatus.PAID))


def test_each_buyer_is_told_in_the_language_of_the_order_with_amounts_and_links(season: ShortSeason) -> None:
    season.buy(2, hours_ago=30)
    chinese = season.buy(3, hours_ago=20)
    english = season.buy(4, hours_ago=10, language="en")
    case = season.open(coming=3)

    season.decide(case, Policy(unserved=(LATER,)))
    outbox_sweep(at=NOW)
    outbox_sweep(at=NOW + timedelta(hours=1))

    mails = {
        message.to[0]: message for message in mail.outbox if "采收不足" in message.subject or "fell" in message.subject
    }
    assert set(mails) == {chinese.guest_email, english.guest_email}
    in_chinese, in_english = mails[chinese.guest_email].body, mails[english.guest_email].body
    later, *_rest = ShortfallPart.objects.filter(share__line__order=english, kind=PartKind.LATER)
    assert "1 箱按原定时间发出" in in_chinese
    assert "2 箱改在12月14–20日发出" in in_chinese
    assert "3 boxes are sent later" in in_english
    assert "1 box cannot be sent: ¥39.80 goes back" in in_english
    assert f"/orders/changes/{later.token}/" in in_english
    assert "￥" not in in_chinese


def test_the_pools_that_gave_and_took_are_planned_again(season: ShortSeason) -> None:
    other = season.other_pool()
    season.buy(3, hours_ago=30)
    case = season.open(coming=1)

    season.decide(case, Policy(unserved=(OTHER_LOT,)))
    outbox_sweep(at=NOW)

    pools = {season.pool.pk, other.product.pool_product.pool_id}
    assert set(PlanRequest.objects.values_list("pool_id", flat=True)) == pools


STEPS = ["packs_withdraw", "packs_take", "line_split", "line_rebook", "lines_move", "line_pay_back",
         "line_lower_price", "calls_shrink", "order_follow", "outbox_put", "move"]  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_a_fault_between_any_two_steps_leaves_nothing(
    season: ShortSeason, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    season.pomelo("45.00")
    season.buy(9, hours_ago=30)
    season.later.num_in_stock = 2
    season.later.save()
    season.buy(9, hours_ago=20)
    case = season.open(coming=1)
    policy = Policy(unserved=(LATER, SUBSTITUTE))
    digest = season.preview(case, policy).digest
    before = everything()
    real: Callable[..., Any] = getattr(shortfall_deciding, step)

    def carry_out_and_fail(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise ConnectionError(step)

    monkeypatch.setattr(shortfall_deciding, step, carry_out_and_fail)
    with pytest.raises(ConnectionError, match=step):
        season.decide(case, policy, digest=digest)

    assert everything() == before


def test_an_option_that_does_not_cover_its_growers_floor_is_none(season: ShortSeason) -> None:
    other = season.other_pool()
    season.buy(3, hours_ago=30)
    case = season.open(coming=1)
    assert other.pk in {option.window.pk for option in season.preview(case, Policy()).options}

    # 39.80 less 4.6 % of fees and 3.50 of packing leave 34.47 for 2.5 kg: 13.79 a kilogram.
    other.product.pool_product.pool.members.update(floor_fen_per_kg=1378)
    assert other.pk in {option.window.pk for option in season.preview(case, Policy()).options}
    other.product.pool_product.pool.members.update(floor_fen_per_kg=1379)
    assert other.pk not in {option.window.pk for option in season.preview(case, Policy()).options}


def test_substitutes_weigh_no_less_and_the_nearest_that_is_not_cheaper_comes_first(season: ShortSeason) -> None:
    cheaper, dearer, dearest = (season.pomelo(price) for price in ("39.00", "45.00", "60.00"))
    season.pomelo("39.80", grams=2000)
    season.buy(3, hours_ago=30)
    case = season.open(coming=1)

    options = [option for option in season.preview(case, Policy()).options if option.kind == SUBSTITUTE]

    assert [option.window.pk for option in options] == [dearer.pk, dearest.pk, cheaper.pk]
    assert [(option.gap_fen, option.back_fen) for option in options] == [(520, 0), (2020, 0), (0, 80)]


def test_nobody_is_sent_what_no_carrier_brings_them(season: ShortSeason) -> None:
    season.other_pool()
    season.tariff.is_served = False
    season.tariff.save()
    season.buy(3, hours_ago=30)
    case = season.open(coming=1)

    preview = season.preview(case, Policy(unserved=(OTHER_LOT, LATER)))

    assert (preview.other_lot_packs, preview.later_packs) == (0, 2)


def test_a_preview_and_a_list_ask_the_database_as_often_for_many_as_for_few(season: ShortSeason) -> None:
    season.other_pool()
    season.buy(2, hours_ago=3)
    case = season.open(coming=1)
    pools = SupplyPool.objects.filter(pk=season.pool.pk)

    def statements() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as preview:
            season.preview(case, Policy(PRO_RATA, unserved=(OTHER_LOT, LATER)))
        with CaptureQueriesContext(connection) as listed:
            (row,) = shortfall_cases(pools)
        assert row.num_orders == Order.objects.count()
        return len(preview), len(listed)

    few = statements()
    StockRecord.objects.filter(pk=season.window.pk).update(num_in_stock=99)
    for hours in range(4, 24):
        season.buy(1, hours_ago=hours)

    assert statements() == few == (8, 1)


def test_cases_are_listed_for_whose_pools_they_are(season: ShortSeason) -> None:
    case = season.open(coming=0)
    mine, others = (SupplyPool.objects.filter(pk=season.pool.pk), SupplyPool.objects.exclude(pk=season.pool.pk))

    assert [row.case for row in shortfall_cases(mine, status=ShortfallStatus.OPEN)] == [case]
    assert shortfall_cases(mine, status=ShortfallStatus.DECIDED) == shortfall_cases(others) == []
    assert shortfall_case_get(mine, case.pk) == case
    with pytest.raises(ShortfallCase.DoesNotExist):
        shortfall_case_get(others, case.pk)
