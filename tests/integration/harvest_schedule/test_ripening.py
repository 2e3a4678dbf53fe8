"""Weather and bloom in the shop's rows: they move what is expected, and never a word that is younger than they are."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from harvest_schedule.models import DailyTemperature, Harvest, HarvestReport
from harvest_schedule.planner_io import instance_build
from harvest_schedule.selectors.pool_input import pool_input_read
from harvest_schedule.selectors.ripening import ripening_news
from harvest_schedule.services.harvests import harvest_report
from tests.factories import NOW, TODAY
from tests.factories.harvests import Village

pytestmark = pytest.mark.django_db

PLANTED = TODAY - timedelta(days=60)
DECLARED = NOW - timedelta(days=40)


def potatoes(*, counts_from: str = "planting", biofix_on: date | None = PLANTED) -> tuple[Village, Harvest]:
    """A harvest that begins in 20 days, declared 40 days ago; ripe after 800 degree-days above 2 °C."""
    village = Village(12_000)
    harvest = village.harvests[0]
    harvest.starts_on = harvest.declared_starts_on = TODAY + timedelta(days=20)
    harvest.ends_on = harvest.declared_ends_on = TODAY + timedelta(days=47)
    harvest.declared_at = DECLARED
    harvest.biofix_on = biofix_on
    harvest.save()
    produce = harvest.produce
    if counts_from == "planting":
        produce.gdd_base_c, produce.gdd_to_harvest = 2, 800
    else:
        produce.bloom_days_low, produce.bloom_days_high = 170, 180
    produce.save()
    return village, harvest


def measured(harvest: Harvest, this_year_dc: int) -> None:
    """Past years at 11 and 13 °C, this season until yesterday at another temperature."""
    rows = [
        DailyTemperature(
            region=harvest.cooperative.region, day=PLANTED - timedelta(days=365 * back - index), mean_dc=mean
        )
        for back, mean in ((1, 110), (2, 130))
        for index in range(200)
    ]
    rows += [
        DailyTemperature(region=harvest.cooperative.region, day=PLANTED + timedelta(days=index), mean_dc=this_year_dc)
        for index in range(60)
    ]
    DailyTemperature.objects.bulk_create(rows)


def first_weeks_kg(village: Village, at: datetime = NOW) -> list[float]:
    """What is expected in the first weeks of picking."""
    supply = instance_build(pool_input_read(pool_id=village.pool.pk, at=at), at).problem["supply"]
    by_week: dict[int, float] = {}
    for row in supply:
        by_week[row["bucket"]] = by_week.get(row["bucket"], 0.0) + row["qty"]
    return [by_week[week] for week in sorted(by_week)[:2]]


def test_without_temperatures_nothing_changes() -> None:
    village, harvest = potatoes()
    assert ripening_news([harvest], NOW) == {}
    told = first_weeks_kg(village)

    Harvest.objects.update(biofix_on=None)

    assert first_weeks_kg(village) == told


def test_a_cool_season_since_the_declaration_makes_potatoes_later() -> None:
    village, harvest = potatoes()
    before = first_weeks_kg(village)

    measured(harvest, this_year_dc=90)

    news = ripening_news([harvest], NOW)[harvest.pk]
    assert 3 < news.days < 12
    assert first_weeks_kg(village)[0] < 0.7 * before[0]


def test_a_season_like_the_others_leaves_the_dates_where_they_are() -> None:
    _village, harvest = potatoes()
    measured(harvest, this_year_dc=120)

    assert abs(ripening_news([harvest], NOW)[harvest.pk].days) < 0.5


def test_the_field_s_own_word_of_today_stands_against_the_weather() -> None:
    _village, harvest = potatoes()
    measured(harvest, this_year_dc=90)

    harvest_report(harvest_id=harvest.pk, key="report-dates", actor=None, at=NOW, shift_days=1)

    harvest.refresh_from_db()
    assert ripening_news([harvest], NOW) == {}


def test_another_county_s_weather_says_nothing() -> None:
    _village, harvest = potatoes()
    elsewhere = Village(5000).harvests[0]
    assert elsewhere.cooperative.region != harvest.cooperative.region
    measured(elsewhere, this_year_dc=90)

    assert ripening_news([harvest], NOW) == {}


def test_temperatures_after_the_moment_are_not_known_then() -> None:
    _village, harvest = potatoes()
    measured(harvest, this_year_dc=90)

    earlier = ripening_news([harvest], NOW - timedelta(days=30))[harvest.pk]

    assert earlier.days < ripening_news([harvest], NOW)[harvest.pk].days


def test_a_bloom_reported_after_the_declaration_moves_apples_and_is_no_word_on_dates() -> None:
    _village, harvest = potatoes(counts_from="bloom", biofix_on=None)
    assert ripening_news([harvest], NOW) == {}
    middle = harvest.starts_on + timedelta(days=13)
    # Ripe 175 days after bloom, eight days after the middle that was declared: 8 · 25 / (25 + 15.22) = 4.97.
    bloom = middle + timedelta(days=8 - 175)

    harvest_report(harvest_id=harvest.pk, key="report-bloom", actor=None, at=NOW, biofix_on=bloom)

    harvest.refresh_from_db()
    assert HarvestReport.objects.get().biofix_on == harvest.biofix_on == bloom
    assert ripening_news([harvest], NOW)[harvest.pk].days == pytest.approx(4.97, abs=0.01)
    # Whoever confirms the dates the day after has seen the bloom.
    day_after = NOW + timedelta(days=1)
    harvest_report(harvest_id=harvest.pk, key="report-word", actor=None, at=day_after, note="dates stand")
    assert ripening_news([harvest], day_after) == {}


def test_a_harvest_that_is_being_picked_is_not_moved() -> None:
    _village, harvest = potatoes()
    measured(harvest, this_year_dc=90)
    harvest_report(harvest_id=harvest.pk, key="picked", actor=None, at=NOW, picked_on=TODAY, picked_g=5000)

    harvest.refresh_from_db()
    assert ripening_news([harvest], NOW + timedelta(days=2)) == {}
