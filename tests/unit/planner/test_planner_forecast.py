"""Forecasts: the declared spread, the record of a cooperative, weather in common, and what may be promised."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harvest_schedule.planner.forecast import ForecastParams, HarvestInput, HarvestWindow, forecast, shares, spread
from harvest_schedule.planner.record import bias, coverage, crps, pinball, shrunk, skill, spread_learnt

MANY = ForecastParams(num_scenarios=20_000)


def harvest(**changes: object) -> HarvestInput:
    fields: dict[str, object] = {
        "id": "h",
        "coop": "A",
        "county": "620826",
        "window": HarvestWindow(10, 10, 12, 12),
        "low_g": 80_000,
        "likely_g": 100_000,
        "high_g": 125_000,
    }
    return HarvestInput(**(fields | changes))


def test_a_trapezoid_shares_out_the_whole_harvest() -> None:
    # Ramp over 2 days, level for 2, tail over 2: areas 1 + 2 + 1 = 4. Day 0 holds 0.25, day 1 0.75, days 2 and 3 one
    # each, then 0.75 and 0.25.
    parts = shares(HarvestWindow(0, 2, 4, 6), np.arange(6.0), np.zeros(1))

    assert parts[0] == pytest.approx([0.25 / 4, 0.75 / 4, 0.25, 0.25, 0.75 / 4, 0.25 / 4])


def test_a_late_window_moves_by_its_days() -> None:
    parts = shares(HarvestWindow(0, 0, 2, 2), np.arange(4.0), np.array([0.0, 1.0]))

    assert parts[0] == pytest.approx([0.5, 0.5, 0, 0])
    assert parts[1] == pytest.approx([0, 0.5, 0.5, 0])


def test_the_declared_range_is_read_as_tenth_and_ninetieth_percentile() -> None:
    found = forecast([harvest()], [10, 11, 12], seed=1, params=MANY)

    assert found.total_g(0.1) == pytest.approx(80_000, rel=0.01)
    assert found.total_g(0.5) == pytest.approx(100_000, rel=0.01)
    assert found.total_g(0.9) == pytest.approx(125_000, rel=0.01)


def test_the_spread_of_a_certain_harvest_is_nothing() -> None:
    assert spread(100, 100, 100) == 0.0
    assert spread(0, 0, 0) == 0.0
    assert spread(0, 100, 100) == pytest.approx(math.log(20) / (2 * 1.2815515655446004))


def test_a_record_is_shrunk_towards_the_peers() -> None:
    # One own season of 0.5, peers at 0.9 weigh four seasons: (0.5 + 4 · 0.9) / 5 = 0.82.
    assert shrunk([0.5], [0.8, 1.0], prior=1.0) == pytest.approx(0.82)
    assert shrunk([], [0.8, 1.0], prior=1.0) == pytest.approx(0.9)
    assert shrunk([], [], prior=1.0) == 1.0
    # Four own seasons weigh as much as the peers: (4 · 0.5 + 4 · 1) / 8 = 0.75.
    assert shrunk([0.5] * 4, [], prior=1.0) == pytest.approx(0.75)


def test_a_band_is_as_wide_as_the_past_was_off() -> None:
    # Declared 0.1 weighs four seasons; two seasons were off by ln 1.25 = 0.22314 each:
    # (4 · 0.01 + 2 · 0.049793) / 6 = 0.0232643; with 1 + 1/3 for the centre and 1.2 of calibration σ = 0.21135.
    assert spread_learnt(0.1, [1.25, 0.8], 1.0) == pytest.approx(0.21135, abs=1e-4)
    assert spread_learnt(0.1, [], 1.0) == 0.1
    # Nothing came once: that counts as a twentieth and is no error.
    assert spread_learnt(0.1, [0.0], 1.0) == pytest.approx(1.2 * math.sqrt((0.04 + math.log(20) ** 2) / 5 * 1.5))


def test_a_long_picking_season_has_the_declared_spread_as_a_whole() -> None:
    month = harvest(window=HarvestWindow(0, 0, 28, 28))

    found = forecast([month], [0, 28], seed=1, params=MANY)

    assert found.total_g(0.1) == pytest.approx(80_000, rel=0.015)
    assert found.total_g(0.9) == pytest.approx(125_000, rel=0.015)


def test_the_record_scales_and_moves_the_next_forecast() -> None:
    # Certain harvest of 1,000 g over days 10 and 11; factor (0.5 + 4) / 5 = 0.9; five days late once: 5 / 5 = 1 day.
    row = harvest(low_g=1000, likely_g=1000, high_g=1000, own_factors=[0.5], own_shifts=[5.0])

    found = forecast([row], [10, 11, 12, 13], params=MANY)

    # The past makes the figure less sure and leaves its mean.
    assert found.expected_g(0, "1") == [0, pytest.approx(450, rel=0.01), pytest.approx(450, rel=0.01)]
    assert found.total_g(0.2) < 800 < found.total_g(0.5) < 900


def test_neighbours_share_their_weather() -> None:
    pool = [harvest(), harvest(id="near"), harvest(id="far", county="520000")]
    totals = forecast(pool, [10, 12], seed=2, params=MANY).picked_g[:, :, 0]

    logs = np.log(totals)
    assert np.corrcoef(logs[:, 0], logs[:, 1])[0, 1] == pytest.approx(0.5, abs=0.03)
    assert np.corrcoef(logs[:, 0], logs[:, 2])[0, 1] == pytest.approx(0.0, abs=0.03)


def test_a_pool_is_surer_than_the_sum_of_its_members() -> None:
    pool = [harvest(id=str(number), county=str(number)) for number in range(6)]
    found = forecast(pool, [10, 12], seed=3, params=MANY)

    alone = sum(found.total_g(0.2, harvests=[index]) for index in range(6))

    assert found.total_g(0.2) > 1.03 * alone


def test_the_promise_is_the_quantile_of_the_running_total() -> None:
    pool = [harvest(), harvest(id="later", county="520000", window=HarvestWindow(12, 12, 14, 14))]
    found = forecast(pool, [10, 12, 14], seed=4, params=MANY)

    promise = found.promise_g(0.2, "1")

    assert all(isinstance(grams, int) and grams >= 0 for grams in promise)
    assert sum(promise) == pytest.approx(found.total_g(0.2), abs=2)
    assert promise[0] == found.quantile_g(0.2)[0]


def test_the_promise_of_the_rows_is_that_of_the_pool() -> None:
    pool = [harvest(grades={"1": 0.6, "2": 0.3}), harvest(id="b", likely_g=90_001, grades={"1": 0.5, "2": 0.5})]
    found = forecast(pool, [9, 10, 11, 12], seed=5)

    rows = found.promise_rows_g(0.3, "2")

    assert [sum(parts) for parts in zip(*rows, strict=True)] == found.promise_g(0.3, "2")
    assert found.grades() == ["1", "2"]


def test_the_same_seed_gives_the_same_scenarios() -> None:
    pool = [harvest(timing_sd=2.0), harvest(id="b")]

    first = forecast(pool, [0, 7, 14, 21], seed=6)

    assert np.array_equal(first.picked_g, forecast(pool, [0, 7, 14, 21], seed=6).picked_g)
    assert not np.array_equal(first.picked_g, forecast(pool, [0, 7, 14, 21], seed=7).picked_g)


def test_a_report_takes_the_past_out_and_moves_the_rest() -> None:
    # Certain 1,000 g over four days. After two of them 400 g are picked where 500 g were expected: ratio 0.8, half
    # the season seen, so the rest comes at 1 + 0.5 · (0.8 - 1) = 0.9 of 250 g a day.
    row = harvest(
        window=HarvestWindow(10, 10, 14, 14), low_g=1000, likely_g=1000, high_g=1000, picked_g=400, known_until=12
    )

    found = forecast([row], [10, 11, 12, 13, 14], params=ForecastParams(num_scenarios=3))

    assert found.expected_g(0, "1") == [0, 0, 225, 225]


def test_no_harvest_is_a_forecast_of_nothing() -> None:
    found = forecast([], [0, 7, 14])

    assert found.promise_g(0.2, "1") == [0, 0]
    assert found.promise_rows_g(0.2, "1") == []


@pytest.mark.parametrize(
    "changes",
    [{"low_g": 200_000}, {"high_g": 1}, {"grades": {"1": 0.7, "2": 0.7}}, {"grades": {}}, {"timing_sd": -1.0}],
)
def test_a_harvest_that_contradicts_itself_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"^h: "):
        harvest(**changes)


def test_scores_are_those_of_their_definitions() -> None:
    # Pinball at 0.2: 10 too little costs 2, 10 too much costs 8.
    assert pinball(0.2, 90, 100) == pytest.approx(2)
    assert pinball(0.2, 110, 100) == pytest.approx(8)
    # Sample 0, 2 against 1: E|X - y| = 1, E|X - X'| / 2 = (0 + 2 + 2 + 0) / 4 / 2 = 0.5.
    assert crps(np.array([0.0, 2.0]), 1.0) == pytest.approx(0.5)
    assert coverage([1, 1], [3, 3], [2, 5]) == 0.5
    assert bias([110, 100], [100, 100]) == pytest.approx(0.05)
    assert skill(1.0, 4.0) == 0.75
