"""Planning again after a little has changed, against planning afresh."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvest_schedule.planner.decompose import DecomposeParams
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.resolve import Season, resolve, solve_and_keep
from harvest_schedule.planner.solve import SolveParams
from harvest_schedule.planner.stop import MaxIterations, MaxRuntime
from tests.unit.planner.builders import solved
from tests.unit.planner.test_planner_decompose import orchard
from tests.unit.planner.test_planner_oracle import instances, shop_instances
from tests.unit.planner.test_planner_plan import spot, supply

some = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def planned(data: dict[str, Any], rel_gap: float = 1e-6) -> Season:
    return solve_and_keep(problem_read(data), MaxRuntime(60), params=SolveParams(rel_gap=rel_gap))


def again(before: Season, data: dict[str, Any], rel_gap: float = 1e-6) -> Season:
    return resolve(before, problem_read(data), MaxRuntime(60), params=SolveParams(rel_gap=rel_gap))


def three_at_one_store(**changes: Any) -> dict[str, Any]:
    """Apples, pears and plums at one store for 15 and trucks for 25."""
    names = ("apple", "pear", "plum")
    rows = {
        "produce": [{"id": name, "life": {"cold": 2}} for name in names],
        "storage": [{"id": "one", "mode": "cold", "capacity": 15}],
        "supply": [supply(0, 30, cost=1, produce=name) for name in names],
        "demand": [
            spot(bucket, 20, price, produce=name)
            for name, price in (("apple", 4), ("pear", 5), ("plum", 9))
            for bucket in (0, 1)
        ],
        "freight": {"capacity": 25, "cost": 10},
    }
    return orchard(**(rows | changes))


def test_what_has_not_changed_is_kept_whole() -> None:
    before = planned(orchard())

    after = again(before, orchard())

    assert (after.num_kept, after.num_patched) == (2, 0)
    assert after.result.plan == before.result.plan
    assert after.result.duals == before.result.duals
    assert after.result.bound == before.result.bound


def test_only_the_part_with_the_change_is_solved() -> None:
    before = planned(orchard())
    changed = orchard()
    changed["supply"][2]["qty"] = 10

    after = again(before, changed)

    # The cherries were 20·8 + 10·8; now ten of them are left.
    assert after.num_kept == 1
    assert after.result.objective == pytest.approx(before.result.objective - 240 + 80)


def test_neighbours_at_the_store_keep_their_plans_while_one_is_planned_anew() -> None:
    before = planned(three_at_one_store(), rel_gap=0.05)
    changed = three_at_one_store()
    changed["supply"][0]["qty"] = 28

    after = again(before, changed, rel_gap=0.05)

    whole = solved(changed)
    assert after.num_patched == 1
    assert after.result.is_feasible
    assert after.result.objective >= whole.objective * (1 - after.result.gap) - 1e-6
    assert after.result.bound >= whole.objective - 1e-6
    kept = [row for row in after.result.plan.shipments if row.kind == "spot" and row.index >= 2]
    assert kept == [row for row in before.result.plan.shipments if row.kind == "spot" and row.index >= 2]


def test_more_room_for_all_is_not_answered_by_what_was_known_of_less() -> None:
    before = planned(three_at_one_store(), rel_gap=0.05)

    after = again(before, three_at_one_store(storage=[{"id": "one", "mode": "cold", "capacity": 60}]), rel_gap=1e-6)

    assert after.num_kept == after.num_patched == 0
    assert after.result.objective > before.result.objective


def test_produce_that_comes_and_goes_is_planned_beside_those_that_stay() -> None:
    before = planned(three_at_one_store(), rel_gap=0.05)
    data = three_at_one_store()
    for key in ("produce", "supply", "demand"):
        data[key] = [row for row in data[key] if "apple" not in (row.get("id"), row.get("produce"))]
    fewer = again(before, data, rel_gap=0.05)
    more = again(fewer, three_at_one_store(), rel_gap=0.05)

    for season, instance in ((fewer, data), (more, three_at_one_store())):
        best = solved(instance).objective
        assert season.result.is_feasible
        assert season.result.bound >= best - 1e-6
        assert season.result.objective >= best - season.result.gap * abs(season.result.objective) - 1e-6


def test_a_season_can_be_put_away_and_taken_up_again() -> None:
    kept = pickle.dumps(planned(three_at_one_store()))

    assert again(pickle.loads(kept), three_at_one_store()).num_kept == 1  # noqa: S301  our own bytes of a line ago


def test_without_time_a_changed_season_is_still_a_plan() -> None:
    before = planned(three_at_one_store())
    changed = three_at_one_store()
    changed["supply"][0]["qty"] = 1

    after = resolve(before, problem_read(changed), MaxIterations(0), params=SolveParams(rel_gap=1e-6))

    assert after.result.is_feasible


@st.composite
def changes(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """An instance, and the same with one row changed."""
    before = draw(instances() | instances(with_freight=True) | shop_instances())
    after = copy.deepcopy(before)
    rows = [
        (key, row, name)
        for key, name in (("supply", "qty"), ("demand", "qty"), ("demand", "price"))
        for row in after[key]
    ]
    rows += [("storage", row, "capacity") for row in after["storage"]]
    _, row, name = draw(st.sampled_from(rows))
    row[name] = draw(st.integers(0, 14))
    if draw(st.booleans()) and after["supply"]:
        after["supply"].insert(0, after["supply"][-1] | {"qty": draw(st.integers(0, 12))})
    return before, after


@some
@given(pair=changes(), rel_gap=st.sampled_from([1e-6, 0.02, 0.3]), max_produce=st.sampled_from([1, 9]))
def test_planning_again_is_within_its_gap_of_planning_afresh(
    pair: tuple[dict[str, Any], dict[str, Any]], rel_gap: float, max_produce: int
) -> None:
    params, decompose = SolveParams(rel_gap=rel_gap), DecomposeParams(max_produce=max_produce)
    before = solve_and_keep(problem_read(pair[0]), MaxRuntime(60), params=params, decompose=decompose)
    best = solved(pair[1])

    after = resolve(before, problem_read(pair[1]), MaxRuntime(60), params=params, decompose=decompose)

    tolerance = 1e-6 * max(1.0, abs(best.objective))
    assert (after.result.status == "invalid") == (best.status == "invalid")
    if best.status != "invalid":
        assert after.result.violations == ()
        assert after.result.bound >= best.objective - tolerance
        assert after.result.objective <= best.objective + tolerance
        assert after.result.gap <= rel_gap + 1e-6
        assert after.result.objective >= best.objective - rel_gap * max(abs(after.result.objective), 1.0) - tolerance
        assert after.result.breakdown.objective == pytest.approx(after.result.objective)
