"""`manage.py backtest_forecast`: finished harvests replayed with what was known when they were declared."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from harvest_schedule.models import Harvest, HarvestReport
from harvest_schedule.selectors.past_seasons import past_seasons
from harvest_schedule.states import HarvestStatus
from tests.factories import NOW, TODAY, CooperativeFactory
from tests.factories.harvests import KG, HarvestFactory

pytestmark = pytest.mark.django_db


def _finished(years_ago: int, picked_kg: int, **changes: object) -> Harvest:
    back = timedelta(days=365 * years_ago)
    harvest: Harvest = HarvestFactory(
        status=HarvestStatus.CLOSED,
        starts_on=TODAY - back,
        ends_on=TODAY - back + timedelta(days=27),
        declared_at=NOW - back - timedelta(days=40),
        low_g=80 * KG,
        likely_g=100 * KG,
        high_g=120 * KG,
        **changes,
    )
    HarvestReport.objects.create(
        harvest=harvest, reported_at=NOW - back, picked_on=TODAY - back, picked_g=picked_kg * KG, key=f"r-{harvest.pk}"
    )
    return harvest


def test_a_season_knows_those_before_it_and_none_after() -> None:
    first = _finished(3, 90)
    same = {"cooperative": first.cooperative, "produce": first.produce}
    _finished(2, 80, **same)
    neighbour = CooperativeFactory(region=first.cooperative.region)
    _finished(2, 70, cooperative=neighbour, produce=first.produce)
    _finished(1, 60, **same)
    rows = past_seasons(NOW)[first.produce.slug]
    assert [row.came_g // KG for row in rows] == [90, 80, 70, 60]
    assert [row.own for row in rows] == [(), (0.9,), (), (0.9, 0.8)]
    assert [row.peers for row in rows] == [(), (), (0.9,), (0.7,)]
    assert [row.last_g for row in rows] == [None, 90 * KG, None, 80 * KG]


def test_what_was_declared_is_scored_and_not_what_reports_made_of_it() -> None:
    harvest = _finished(1, 50, declared_likely_g=200 * KG, declared_starts_on=TODAY - timedelta(days=370))
    (row,) = past_seasons(NOW)[harvest.produce.slug]
    assert (row.low_g, row.likely_g, row.high_g) == (160 * KG, 200 * KG, 240 * KG)
    assert row.first_day == (TODAY - timedelta(days=370)).toordinal()


def test_the_command_prints_the_scores_of_what_is_finished(capsys: pytest.CaptureFixture[str]) -> None:
    harvest = _finished(2, 90)
    _finished(1, 80, cooperative=harvest.cooperative, produce=harvest.produce)
    HarvestFactory(produce=harvest.produce)
    call_command("backtest_forecast", by_produce=True)
    said = capsys.readouterr().out
    assert said.count("pinball loss at 0.2") == 2
    assert "harvests                             2             2             1" in said
    for words in ("CRPS", "bias", "came inside P20-P80", "skill against declared", "skill against last season"):
        assert words in said


def test_without_a_finished_harvest_the_command_says_so() -> None:
    harvest = HarvestFactory()
    with pytest.raises(CommandError, match="no finished harvest"):
        call_command("backtest_forecast")
    with pytest.raises(CommandError, match=f"of {harvest.produce.slug}"):
        call_command("backtest_forecast", produce=harvest.produce.slug)
