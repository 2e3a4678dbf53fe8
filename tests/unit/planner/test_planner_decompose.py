"""Parts solved alone and blocks brought together by prices, against the whole in one program."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvest_schedule.planner import coordination
from harvest_schedule.planner.decompose import DecomposeParams, solve_in_parts
from harvest_schedule.planner.parts import parts_of
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.solve import SolveParams
from harvest_schedule.planner.stop import MaxIterations, MaxRuntime
from tests.unit.planner.builders import instance, solved
from tests.unit.planner.oracle import best_objective
from tests.unit.planner.test_planner_oracle import instances, shop_instances
from tests.unit.planner.test_planner_plan import spot, supply

some = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def in_parts(data: dict[str, Any], max_produce: int = 1, rel_gap: float = 1e-7) -> Result:
    return solve_in_parts(
        problem_read(data),
        MaxRuntime(60),
        params=SolveParams(rel_gap=rel_gap),
        decompose=DecomposeParams(max_produce=max_produce),
    )


def orchard(**changes: Any) -> dict[str, Any]:
    """Apples and pears at one hub, cherries at another; only apples and pears fit the one limited store."""
    names = {"apple": "H1", "pear": "H1", "cherry": "H2"}
    rows = {
        "produce": [{"id": name, "life": {"cold": 2}} for name in names],
        "storage": [{"id": "one", "mode": "cold", "capacity": 15}, {"id": "two", "hub": "H2", "mode": "cold"}],
        "supply": [supply(0, 30, cost=1, produce=name, hub=hub) for name, hub in names.items()],
        "demand": [
            spot(bucket, 20, price, produce=name)
            for name, price in (("apple", 4), ("pear", 5), ("cherry", 9))
            for bucket in (0, 1)
        ],
    }
    return instance(**(rows | changes))


def test_produce_that_share_nothing_limited_are_parts_of_their_own() -> None:
    parts = parts_of(problem_read(orchard()))

    assert [[row.id for row in part.data.produce] for part in parts] == [["apple", "pear"], ["cherry"]]
    assert parts[1].rows["demand"] == (4, 5)


def test_a_rule_in_common_binds_produce_of_different_hubs() -> None:
    fairness = [{"coops": ["A"], "min_uptake": 0.1}]

    assert len(parts_of(problem_read(orchard(fairness=fairness)))) == 1


def test_parts_keep_the_names_of_the_whole() -> None:
    whole, parts = solved(orchard()), in_parts(orchard(), max_produce=9)

    assert parts.objective == pytest.approx(whole.objective)
    assert parts.dual("supply", "supply[2]") == pytest.approx(whole.dual("supply", "supply[2]"))
    assert parts.plan.uptake == pytest.approx(whole.plan.uptake)
    assert parts.status == "optimal"


def test_the_dearer_produce_gets_the_room_that_is_short() -> None:
    # 20 pears sell at once, 10 wait in the store; 20 apples sell at once and 5 fit beside the pears.
    # 20·3 + 5·3 + 20·4 + 10·4 + 20·8 + 10·8 = 435.
    result = in_parts(orchard())

    assert result.objective == pytest.approx(435)
    assert result.bound == pytest.approx(435)
    assert result.violations == ()


@some
@given(data=instances() | shop_instances())
def test_parts_earn_as_much_as_the_whole(data: dict[str, Any]) -> None:
    whole = solved(data)

    result = in_parts(data, max_produce=9)

    assert result.violations == ()
    assert result.objective == pytest.approx(whole.objective, rel=1e-6, abs=1e-6)
    assert result.bound == pytest.approx(whole.bound, rel=1e-6, abs=1e-6)


@some
@given(
    data=instances() | instances(with_freight=True) | shop_instances(),
    packed=st.none() | st.integers(1, 12),
    has_time=st.booleans(),
)
def test_the_second_solver_lies_between_the_plan_and_the_bound_of_coordination(
    data: dict[str, Any], packed: int | None, has_time: bool
) -> None:
    if packed is not None:
        data = data | {"pack_capacity": {"H1": packed}}
    best = best_objective(data)

    with pytest.MonkeyPatch.context() as patched:
        if not has_time:
            # As where the whole program is too large even without whole numbers: prices by column generation.
            patched.setattr(coordination, "prices_relaxed", lambda *_: None)
        # So loose a gap that the plan of the prices stands as it is, without the whole program after it.
        result = in_parts(data, rel_gap=0.999)

    assert result.violations == ()
    assert result.objective <= best + 1e-6 * max(1, abs(best))
    assert result.bound >= best - 1e-6 * max(1, abs(best))


def test_trucks_that_are_shared_bound_what_their_users_can_earn() -> None:
    # Each fills a third of a truck; one truck at 20 takes all three: 3·10·(5 - 1) - 20 = 100.
    names = ("apple", "pear", "plum")
    data = orchard(
        produce=[{"id": name, "life": {}} for name in names],
        supply=[supply(0, 10, cost=1, produce=name) for name in names],
        demand=[spot(0, 10, 5, produce=name) for name in names],
        freight={"capacity": 30, "cost": 20},
    )

    result = in_parts(data, rel_gap=0.999)

    assert result.objective <= 100 + 1e-6
    assert result.bound >= 100 - 1e-6
    assert in_parts(data).objective == pytest.approx(100)


@some
@given(data=instances())
def test_what_coordination_leaves_of_the_gap_the_whole_program_closes(data: dict[str, Any]) -> None:
    result = in_parts(data)

    assert result.violations == ()
    assert result.objective == pytest.approx(solved(data).objective, rel=1e-6, abs=1e-6)


def test_two_processes_find_what_one_finds() -> None:
    data = problem_read(orchard())
    answers = [
        solve_in_parts(data, MaxRuntime(60), decompose=DecomposeParams(max_produce=1, num_workers=workers)).plan
        for workers in (1, 2)
    ]

    assert answers[0] == answers[1]


def test_no_iterations_still_give_a_plan() -> None:
    result = solve_in_parts(problem_read(orchard()), MaxIterations(0), decompose=DecomposeParams(max_produce=1))

    assert result.violations == ()


def test_no_workers_are_refused() -> None:
    with pytest.raises(ValueError, match="num_workers"):
        DecomposeParams(num_workers=0)
