"""Lateness of a county's harvests: what is common, what a neighbour's word says, and what waiting says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harvest_schedule.planner.forecast import ForecastParams, HarvestInput, HarvestWindow, forecast
from harvest_schedule.planner.lateness import Dates, latenesses

COUNT = 40_000


def drawn(*rows: Dates, common: float = 0.5) -> np.ndarray:
    return latenesses(rows, common, np.random.default_rng(5), COUNT)


def test_neighbours_share_a_part_of_their_lateness() -> None:
    found = drawn(Dates(1.0, 2.0), Dates(0.0, 3.0), common=0.4)

    assert found.mean(axis=0) == pytest.approx([1.0, 0.0], abs=0.05)
    assert found.std(axis=0) == pytest.approx([2.0, 3.0], rel=0.02)
    assert np.corrcoef(found.T)[0, 1] == pytest.approx(0.4, abs=0.02)


def test_a_neighbour_who_tells_of_four_days_moves_those_not_heard_of() -> None:
    # Spread 2, half of the variance in common: covariance 2, variance 4. Told exactly (to a quarter of a day):
    # the other's mean is 2 / 4.0625 · 4 = 1.97 and its variance 4 - 2² / 4.0625 = 3.015.
    told, other = Dates(0.0, 2.0, told=4.0), Dates(0.0, 2.0)

    found = drawn(told, other)

    assert found[:, 0] == pytest.approx(4.0, abs=1.2)
    assert found[:, 1].mean() == pytest.approx(1.97, abs=0.05)
    assert found[:, 1].var() == pytest.approx(3.015, rel=0.04)


def test_a_word_that_may_err_as_much_as_the_dates_counts_for_half() -> None:
    found = drawn(Dates(0.0, 2.0, told=4.0, told_sd=2.0))

    # Precision 1/4 + 1/4: mean 2, variance 2.
    assert found.mean() == pytest.approx(2.0, abs=0.04)
    assert found.var() == pytest.approx(2.0, rel=0.04)


def test_all_words_together_are_the_normal_that_linear_algebra_gives() -> None:
    rows = [Dates(1.0, 2.0, 5.0, 1.0), Dates(0.0, 3.0), Dates(2.0, 1.5, -1.0, 2.0), Dates(0.0, 2.0)]
    sd = np.array([row.sd for row in rows])
    prior = 0.6 * np.outer(sd, sd) + 0.4 * np.diag(sd**2)
    mean = np.array([row.mean for row in rows])
    seen = [0, 2]
    error = np.diag([1.0, 4.0])
    gain = prior[:, seen] @ np.linalg.inv(prior[np.ix_(seen, seen)] + error)
    expected = mean + gain @ (np.array([5.0, -1.0]) - mean[seen])
    spread = prior - gain @ prior[seen, :]

    found = drawn(*rows, common=0.6)

    assert found.mean(axis=0) == pytest.approx(expected, abs=0.05)
    assert np.cov(found.T) == pytest.approx(spread, abs=0.1)


def test_a_harvest_that_has_not_begun_is_late_and_so_are_its_neighbours() -> None:
    # Of a normal with spread 2 what lies above 3 has the mean 2 · φ(1.5) / (1 - Φ(1.5)) = 2 · 0.1295 / 0.0668 = 3.877;
    # half of that is common.
    found = drawn(Dates(0.0, 2.0, least=3.0), Dates(0.0, 2.0))

    assert found[:, 0].min() >= 3.0 - 1e-9
    assert found[:, 0].mean() == pytest.approx(3.877, abs=0.04)
    assert found[:, 1].mean() == pytest.approx(3.877 / 2, abs=0.05)


def test_waiting_far_ahead_of_the_dates_says_nothing() -> None:
    assert np.array_equal(drawn(Dates(0.0, 2.0, least=-40.0)), drawn(Dates(0.0, 2.0)))


def test_the_longest_wait_is_no_error() -> None:
    found = drawn(Dates(0.0, 1.0, least=60.0), Dates(0.0, 1.0))

    assert np.isfinite(found).all()
    assert found[:, 0] == pytest.approx(60.0, abs=0.5)


def test_without_anything_in_common_a_neighbour_s_word_says_nothing() -> None:
    found = drawn(Dates(0.0, 2.0, told=6.0), Dates(0.0, 2.0), common=0.0)

    assert found[:, 1].mean() == pytest.approx(0.0, abs=0.05)


def test_dates_without_a_spread_stay_as_they_are() -> None:
    found = drawn(Dates(3.0, 0.0), Dates(0.0, 0.0, told=-2.0))

    assert found.min(axis=0).tolist() == found.max(axis=0).tolist() == [3.0, -2.0]


def harvest(name: str, county: str = "620826", **changes: object) -> HarvestInput:
    fields: dict[str, object] = {
        "id": name,
        "coop": name,
        "county": county,
        "window": HarvestWindow(20, 20, 30, 30),
        "low_g": 100_000,
        "likely_g": 100_000,
        "high_g": 100_000,
        "timing_sd": 3.0,
    }
    return HarvestInput(**(fields | changes))  # type: ignore[arg-type]


def test_a_county_that_begins_late_lowers_the_neighbour_s_first_week_but_not_another_county_s() -> None:
    # A's window was moved by six days already.
    late = harvest("A", window=HarvestWindow(26, 26, 36, 36), told_days=6.0, told_sd=0.0)
    pool = [late, harvest("B"), harvest("C", county="520623")]

    found = forecast(pool, [0, 25, 60], seed=1, params=ForecastParams(num_scenarios=4000))
    first = [found.expected_g(index, "1")[0] for index in range(3)]

    # B is expected 3 days late: of ten days from day 23 on two lie before day 25, of C's five.
    assert first[0] == 0
    assert first[1] == pytest.approx(23_000, abs=3000)
    assert first[2] == pytest.approx(50_000, abs=2000)


def test_lateness_in_common_makes_a_pool_less_sure_of_its_first_week() -> None:
    pool = [harvest(str(number)) for number in range(6)]

    sure = {
        common: forecast(
            pool, [0, 25, 60], seed=2, params=ForecastParams(num_scenarios=4000, common_late=common)
        ).promise_g(0.2, "1")[0]
        for common in (0.0, 0.5)
    }

    assert sure[0.5] < 0.9 * sure[0.0]


def test_what_has_not_begun_is_not_lost_with_the_days_that_are_over() -> None:
    found = forecast([harvest("A", not_before=27)], [27, 60], seed=3, params=ForecastParams(num_scenarios=2000))

    assert found.expected_g(0, "1") == [pytest.approx(100_000, rel=1e-6)]
    assert math.isclose(found.total_g(0.2), 100_000, rel_tol=1e-6)
