"""Where one week's windows meet the next week's, and how far the parcels of a hub have to go."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from catalog.partner.models import Phase, StockRecord
from catalog.selectors.offers import offers_at
from harvest_schedule.models import PlanWindow, SeasonPlan
from harvest_schedule.planner_io import TRANSIT_DAYS
from harvest_schedule.selectors.pool_input import pool_input_read
from harvest_schedule.services.plans import plan_season
from marketplace.foundation.clock import shanghai
from tests.factories import NOW
from tests.factories.harvests import Village
from tests.factories.lots import TariffFactory, province

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 30)


def old_week(pool: Village) -> list[StockRecord]:
    return list(StockRecord.objects.filter(product=pool.product, closes_at=shanghai(MONDAY, 8)).order_by("pk"))


def test_a_plan_of_monday_morning_leaves_last_weeks_windows_open_until_they_close() -> None:
    pool = Village(7000, 7000)
    plan_season(pool_id=pool.pool.pk, at=NOW)
    before = {window.phase: window for window in old_week(pool) if window.num_left}

    plan = plan_season(pool_id=pool.pool.pk, at=shanghai(MONDAY, 5))

    after = {window.phase: window for window in old_week(pool) if window.num_left}
    assert after.keys() == before.keys() == {Phase.FRESH, Phase.PRESALE}
    asked = {row["window"]: row for row in plan.instance["problem"]["open_before"]}
    for phase, window in after.items():
        # Sixty boxes in a usual week, so one or a few in three hours; the rest is for the new week.
        assert 0 < window.num_left < 10 < before[phase].num_left
        assert window in offers_at(shanghai(MONDAY, 7))
        assert (window.opens_at, window.price) == (before[phase].opens_at, before[phase].price)
        assert asked[window.partner_sku or ""]["packs"] == window.num_left
    fresh, presale = (asked[after[phase].partner_sku or ""] for phase in (Phase.FRESH, Phase.PRESALE))
    # What is bought in these hours ships with this week's orders, and what is bought ahead when it was to ship.
    assert (fresh["from"], fresh["to"]) == (0, 0)
    assert (presale["from"], presale["to"]) == (1, 1)
    assert PlanWindow.objects.filter(plan=plan, opens_at=shanghai(MONDAY, 8)).exists()


def test_the_same_hour_asks_the_same_question_and_after_opening_nothing_of_last_week_is_left() -> None:
    pool = Village(7000, 7000)
    plan_season(pool_id=pool.pool.pk, at=NOW)
    first = plan_season(pool_id=pool.pool.pk, at=shanghai(MONDAY, 5))
    windows = list(StockRecord.objects.order_by("pk").values())

    again = plan_season(pool_id=pool.pool.pk, at=shanghai(MONDAY, 5))
    assert again.pk == first.pk
    assert list(StockRecord.objects.order_by("pk").values()) == windows

    later = plan_season(pool_id=pool.pool.pk, at=shanghai(MONDAY, 9))
    assert later.instance["problem"]["open_before"] == []
    assert not [window for window in offers_at(shanghai(MONDAY, 9)) if window.closes_at <= shanghai(MONDAY, 9)]
    assert SeasonPlan.objects.filter(pool=pool.pool, status="PUBLISHED").get() == later


def test_the_road_is_as_long_as_to_the_farthest_province_that_is_served() -> None:
    pool = Village(7000)
    origin = province(pool.hub.region_id[:2] + "0000", "湖北")
    assert pool_input_read(pool_id=pool.pool.pk, at=NOW).transit_days == TRANSIT_DAYS

    for code, days, is_served in (("310000", 3, True), ("440000", 6, True), ("650000", 11, False)):
        TariffFactory(origin=origin, destination=province(code, code), transit_days_max=days, is_served=is_served)

    data = pool_input_read(pool_id=pool.pool.pk, at=NOW + timedelta(minutes=1))
    assert data.transit_days == 6
