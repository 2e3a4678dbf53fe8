"""Cases open, are counted again and close by what a plan says it cannot deliver."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from catalog.partner.models import StockRecord
from harvest_schedule.models import PlanRequest, SeasonPlan, ShortfallCase
from harvest_schedule.planner.shortfall.policy import Policy
from harvest_schedule.planner_io import bucket_of, week_start
from harvest_schedule.services.harvests import harvest_report
from harvest_schedule.services.plans import plan_season
from harvest_schedule.services.shortfalls import shortfalls_update
from harvest_schedule.states import ShortfallStatus
from logistics.services.stock import lot_spoil
from marketplace.customer.models import BuyerProfile
from marketplace.foundation.models import OutboxMessage
from marketplace.foundation.outbox import outbox_sweep
from marketplace.order.models import Line
from marketplace.order.processing import lines_move
from marketplace.order.states import LineStatus
from tests.factories import NOW, TODAY, PoolProductFactory, ProductFactory, WindowFactory
from tests.factories.harvests import KG
from tests.factories.orders import order_paid
from tests.factories.shortfalls import SHIPS_BY, SHIPS_FROM, ShortSeason

pytestmark = pytest.mark.django_db

MONDAY = week_start(TODAY)


@pytest.fixture
def season() -> ShortSeason:
    season = ShortSeason()
    SeasonPlan.objects.filter(pk=season.plan.pk).update(starts_on=MONDAY)
    return season


def says(season: ShortSeason, *missing_kg: float, week: int | None = None, at: Any = NOW) -> None:
    """Let the plan say what it misses of the oranges' grade, in the week in which their window ships."""
    due = bucket_of(MONDAY, SHIPS_BY) if week is None else week
    plan = SeasonPlan.objects.get(pk=season.plan.pk)
    plan.result = {
        "short": [
            {"kind": "committed", "grade": str(season.grade.pk), "from": 0, "to": due, "qty": kilograms}
            for kilograms in missing_kg
        ]
    }
    plan.save()
    shortfalls_update(plan=plan, product_ids=[*season_products(season)], at=at)


def season_products(season: ShortSeason) -> list[int]:
    return list(season.pool.pool_products.values_list("product_id", flat=True))


def large_boxes(season: ShortSeason, packs: int) -> StockRecord:
    """Return a window of boxes of 5 kg of the same grade, sold for the same week."""
    product = ProductFactory(produce=season.pool.produce, grade=season.grade, net_weight_g=5000)
    PoolProductFactory(pool=season.pool, product=product)
    window: StockRecord = WindowFactory(
        product=product, partner=season.pool.seller, ships_from=SHIPS_FROM, ships_by=SHIPS_BY
    )
    order_paid((window, packs))
    return window


def test_a_case_opens_with_what_was_counted_and_officers_are_told_once_each(season: ShortSeason) -> None:
    BuyerProfile.objects.create(user=season.packer, phone="13900009999", language="en")
    season.buy(8, hours_ago=9)

    says(season, 7.6)
    says(season, 7.6)

    case = ShortfallCase.objects.get()
    # A box of which a part is missing is missing: 7.6 kg are four boxes of 2.5 kg.
    assert (case.window, case.short_packs, case.promised_packs, case.coming_packs) == (season.window, 4, 8, 4)
    for _sweep in range(3):
        outbox_sweep(at=NOW)
    told = {message.to[0]: message for message in mail.outbox}
    assert set(told) == {season.officer.email, season.packer.email}
    assert len(mail.outbox) == 2
    assert told[season.officer.email].subject == "不够发：秭归脐橙 5斤装 缺 4 箱"
    assert "8 boxes are promised for 30 Nov – 6 Dec, and by the plan 4 come." in told[season.packer.email].body
    assert f"/dashboard/schedule/shortfalls/{case.pk}/" in told[season.packer.email].body


def test_no_size_of_box_bears_it_alone(season: ShortSeason) -> None:
    season.buy(8, hours_ago=9)
    large = large_boxes(season, 4)

    says(season, 20)

    short = dict(ShortfallCase.objects.values_list("window_id", "short_packs"))
    assert short == {season.window.pk: 4, large.pk: 2}


def test_only_lines_due_in_the_week_bear_it_until_they_are_all_short(season: ShortSeason) -> None:
    season.buy(4, hours_ago=9)
    order_paid((season.later, 4))

    says(season, 5)
    assert dict(ShortfallCase.objects.values_list("window_id", "short_packs")) == {season.window.pk: 2}
    says(season, 15)

    assert dict(ShortfallCase.objects.values_list("window_id", "short_packs")) == {
        season.window.pk: 4,
        season.later.pk: 2,
    }


def test_it_is_counted_again_and_closes_by_itself_when_covered(season: ShortSeason) -> None:
    season.buy(8, hours_ago=9)
    says(season, 10)
    season.buy(2, hours_ago=8)

    says(season, 5, at=NOW + timedelta(hours=1))
    case = ShortfallCase.objects.get()
    assert (case.short_packs, case.promised_packs, case.coming_packs) == (2, 10, 8)
    assert case.counted_at == NOW + timedelta(hours=1)
    says(season, at=NOW + timedelta(hours=2))

    case.refresh_from_db()
    assert (case.status, case.closed_at) == (ShortfallStatus.CLOSED, NOW + timedelta(hours=2))
    assert OutboxMessage.objects.filter(topic="mail.shortfall_opened").count() == 1


def test_lines_drawn_before_the_count_are_no_part_of_what_comes(season: ShortSeason) -> None:
    drawn, waiting = season.buy(3, hours_ago=9), season.buy(5, hours_ago=8)
    lines_move(drawn.lines.all(), LineStatus.DRAWN, at=NOW)
    says(season, 5)
    case = ShortfallCase.objects.get()
    assert (case.promised_packs, case.coming_packs, case.drawn_packs) == (5, 3, 3)

    preview = season.preview(case, Policy())

    assert [(row.order_number, row.served_packs) for row in preview.rows] == [(waiting.number, 3)]


def test_a_plan_made_before_the_decision_opens_no_second_case(season: ShortSeason) -> None:
    season.buy(8, hours_ago=9)
    says(season, 10)
    season.decide(ShortfallCase.objects.get(), Policy())

    says(season, 10)
    assert ShortfallCase.objects.count() == 1
    SeasonPlan.objects.filter(pk=season.plan.pk).update(created_at=NOW + timedelta(minutes=1))
    says(season, 2.5, at=NOW + timedelta(minutes=2))

    # A plan made after it knows what was decided; what it misses is new.
    assert ShortfallCase.objects.filter(status=ShortfallStatus.OPEN).get().short_packs == 1


def test_a_harvest_that_fails_opens_a_case_through_the_plan_that_follows(season: ShortSeason) -> None:
    season.buy(20, hours_ago=9)
    harvest_report(
        harvest_id=season.harvests[0].pk, key="frost", actor=None, at=NOW, low_g=KG, likely_g=2 * KG, high_g=3 * KG
    )
    outbox_sweep(at=NOW)
    assert PlanRequest.objects.filter(pool=season.pool).exists()

    plan_season(pool_id=season.pool.pk, at=NOW + timedelta(hours=1))

    case = ShortfallCase.objects.get(window=season.window)
    assert case.coming_packs < case.promised_packs == 20
    assert season.preview(case, Policy()).short_packs == case.short_packs


def test_stock_written_off_opens_a_case_through_the_plan_that_follows(season: ShortSeason) -> None:
    season.harvests[0].status = "CLOSED"
    season.harvests[0].save()
    lot = season.receive(60, picked_on=TODAY)
    season.buy(20, hours_ago=9)
    Line.objects.update(ships_from=TODAY + timedelta(days=1), ships_by=TODAY + timedelta(days=5))
    plan_season(pool_id=season.pool.pk, at=NOW)
    assert not ShortfallCase.objects.exists()

    lot_spoil(lot_id=lot.pk, grams=40 * KG, reason="rot", key="spoilt-40", actor=None, at=NOW)
    outbox_sweep(at=NOW)
    assert PlanRequest.objects.filter(pool=season.pool).exists()
    plan_season(pool_id=season.pool.pk, at=NOW + timedelta(hours=1))

    # 20 kg are eight boxes of the twenty.
    assert ShortfallCase.objects.get().coming_packs <= 8
