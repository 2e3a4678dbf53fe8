"""Stopping: limits, watching, and the plan that is there all the same."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any

import pytest

from harvest_schedule.planner.fallback import nothing_plan
from harvest_schedule.planner.feasibility import violations
from harvest_schedule.planner.objective import evaluate
from harvest_schedule.planner.plan import Plan
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.solve import SolveParams, solve
from harvest_schedule.planner.stop import FirstOf, MaxIterations, MaxRuntime, NoImprovement, Watched
from tests.unit.planner.builders import instance
from tests.unit.planner.test_planner_plan import spot, supply


def hard(seed: int = 1) -> Problem:
    """Many produce that compete for one store, with runs that are dear to begin: no optimum in a moment."""
    rng = random.Random(seed)
    names = [f"p{number}" for number in range(14)]
    rows: dict[str, list[dict[str, Any]]] = {"supply": [], "demand": []}
    for name in names:
        first = rng.randrange(20)
        rows["supply"] += [
            supply(bucket, rng.randint(20, 90), cost=1, produce=name) for bucket in range(first, first + 6)
        ]
        rows["demand"] += [spot(bucket, rng.randint(5, 30), rng.uniform(2, 9), produce=name) for bucket in range(30)]
    return problem_read(
        instance(
            buckets=30,
            produce=[{"id": name, "life": {"cold": 9}} for name in names],
            storage=[{"id": "cold", "mode": "cold", "capacity": 300, "hold_cost": 0.05, "loss": 0.01}],
            listing={name: {"min_run": 4, "min_qty": 6, "cost_start": 90, "cost_bucket": 7} for name in names},
            freight={"capacity": 70, "cost": 60},
            **rows,
        )
    )


def test_time_that_runs_out_ends_in_the_best_plan_so_far() -> None:
    result = solve(hard(), MaxRuntime(1.0))

    assert result.status == "time_limit"
    assert result.violations == ()
    assert 0 < result.objective < result.bound
    assert result.gap == pytest.approx((result.bound - result.objective) / result.objective)


def test_no_time_at_all_gives_the_plan_in_force() -> None:
    data = hard()
    first = solve(data, MaxRuntime(1.0))

    again = solve(data, MaxIterations(0), initial=first.plan)

    assert again.status == "time_limit"
    assert again.objective >= first.objective * (1 - 1e-9)


def test_no_time_and_no_plan_is_still_a_plan() -> None:
    result = solve(hard(), MaxRuntime(0))

    assert result.status == "time_limit"
    assert result.violations == ()
    assert result.objective >= 0


def test_selling_nothing_takes_what_fairness_asks_and_keeps_what_is_on() -> None:
    data = problem_read(
        instance(
            salvage=2,
            fairness=[{"coops": ["A"], "min_uptake": 0.25}],
            listing={"apple": {"min_run": 3, "cost_bucket": 4}},
            initial_run={"apple": 1},
        )
    )

    plan = nothing_plan(data)

    # 25 are taken for fairness at 1 each, the other 75 fetch 2; two buckets more of the run that is on cost 4 each.
    assert evaluate(data, plan).objective == pytest.approx(75 * 2 - 25 - 8)
    assert violations(data, plan) == ()


def test_a_plan_handed_in_is_judged_by_the_same_objective() -> None:
    data = problem_read(instance())

    assert evaluate(data, Plan()).objective == 0
    assert solve(data, MaxRuntime(10), initial=Plan()).objective == pytest.approx(405)


def test_a_person_may_watch_and_cancel() -> None:
    seen: list[tuple[float, float]] = []

    def cancel(best: float, bound: float) -> bool:
        seen.append((best, bound))
        return len(seen) > 2

    result = solve(hard(), FirstOf([MaxRuntime(20), Watched(cancel)]))

    assert result.status == "time_limit"
    assert result.violations == ()
    assert len(seen) >= 3


def test_a_looser_gap_is_optimal_sooner_and_says_its_bound() -> None:
    data = hard(2)

    result = solve(data, MaxRuntime(30), params=SolveParams(rel_gap=0.2))

    assert result.status == "optimal"
    assert result.objective <= result.bound <= result.objective * 1.25


def test_no_improvement_counts_questions_since_the_best() -> None:
    stop = NoImprovement(2)

    assert [stop(best, 9.0) for best in (1.0, 1.0, 2.0, 2.0, 2.0)] == [False, False, False, False, True]


def test_the_first_criterion_that_is_met_stops() -> None:
    stop = FirstOf([MaxRuntime(100), MaxIterations(7), NoImprovement(5)])

    assert stop.limits().nodes == 7
    assert stop.limits().time_s <= 100
    assert stop.is_watching
    assert not stop(1.0, 2.0)


@pytest.mark.parametrize(
    "wrong",
    [lambda: MaxRuntime(-1), lambda: MaxRuntime(float("nan")), lambda: MaxIterations(-1), lambda: NoImprovement(0)],
)
def test_limits_that_make_no_sense_are_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="must"):
        wrong()


def test_a_gap_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="rel_gap"):
        SolveParams(rel_gap=1.0)


def test_a_program_without_whole_numbers_may_be_watched_and_cancelled_too() -> None:
    data = replace(hard(), listing={}, freight=None)
    seen: list[tuple[float, float]] = []

    def cancel(best: float, bound: float) -> bool:
        seen.append((best, bound))
        return True

    result = solve(data, Watched(cancel))

    # Nothing is known of a linear program before its end; so what is left is to sell nothing.
    assert seen == [(-math.inf, math.inf)]
    assert (result.status, result.objective) == ("time_limit", 0)
    assert solve(data, MaxRuntime(20)).objective > 0


def test_who_said_stop_is_asked_no_more_and_leaves_no_time() -> None:
    asked: list[float] = []
    stop = FirstOf([MaxRuntime(20), Watched(lambda best, _bound: asked.append(best) or True)])

    assert 0 < stop.limits().time_s <= 20
    assert stop(1.0, 2.0)
    assert stop(3.0, 4.0)

    assert asked == [1.0]
    assert stop.limits().time_s == 0
