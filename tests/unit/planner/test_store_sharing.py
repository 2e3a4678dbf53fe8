"""One store, several pools: what lies there is covered, the plan comes next, and no gram is given twice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvest_schedule.planner.decompose import solve_in_parts
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.stop import MaxRuntime
from harvest_schedule.planner.store_sharing import apportioned, kept_by_pool, problem_of_pools, shares_g
from tests.unit.planner.builders import instance, solved
from tests.unit.planner.test_planner_plan import spot

grams = st.integers(0, 5000)
pools = st.sampled_from("abcd")


def test_what_lies_there_comes_first_then_the_plan_then_the_need() -> None:
    shares = shares_g(100, {"a": 10}, {"a": 30, "b": 20}, {"a": 1, "b": 4})

    # 10 lie there, 20 more and 20 are planned; 50 are left and divided 1 to 4.
    assert shares == {"a": 30 + 10, "b": 20 + 40}


def test_a_store_that_is_too_full_is_divided_as_it_is_filled() -> None:
    assert shares_g(90, {"a": 80, "b": 40}, {"a": 50}, {"a": 1, "b": 1}) == {"a": 60, "b": 30}


def test_without_any_need_parts_are_equal() -> None:
    assert shares_g(7, {}, {}, {"a": 0, "b": 0}) == {"a": 4, "b": 3}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    capacity=grams,
    lying=st.dictionaries(pools, grams),
    kept=st.dictionaries(pools, grams),
    need=st.dictionaries(pools, grams, min_size=1),
)
def test_shares_add_up_to_the_store_and_cover_what_fits(
    capacity: int, lying: dict[str, int], kept: dict[str, int], need: dict[str, int]
) -> None:
    lying = {name: qty for name, qty in lying.items() if name in need}

    shares = shares_g(capacity, lying, kept, need)

    assert sum(shares.values()) == capacity
    assert all(qty >= 0 for qty in shares.values())
    if sum(lying.values()) <= capacity:
        assert all(shares[name] >= qty for name, qty in lying.items())
        if sum(max(kept.get(name, 0), lying.get(name, 0)) for name in need) <= capacity:
            assert all(shares[name] >= kept.get(name, 0) for name in need)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(total=grams, weights=st.lists(grams, min_size=1, max_size=6))
def test_parts_are_whole_and_within_one_of_their_due(total: int, weights: list[int]) -> None:
    parts = apportioned(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        due = total * weight / sum(weights) if any(weights) else total / len(weights)
        assert abs(part - due) < 1


def pool(price: int, **changes: Any) -> dict[str, Any]:
    """A pool that may sell in bucket 1 what it keeps; two of them want the one store of 30."""
    rows = {"demand": [spot(0, 20, 4), {**spot(1, 60, price), "channel": "late"}], "initial_run": {"apple": 1}}
    storage = [{"id": "cold", "mode": "cold", "capacity": 30, "hold_cost": 0.5, "loss": 0.0}]
    return instance(**(rows | {"storage": storage, "listing": {"apple": {"min_run": 1}}} | changes))


def test_pools_with_the_same_produce_stay_two_and_the_dearer_gets_the_store() -> None:
    merged = problem_of_pools({"7": pool(6), "9": pool(8)})

    result = solve_in_parts(problem_read(merged), MaxRuntime(10))

    # 20·3 each at once, and 30 places at 8 - 1 - 0.5.
    assert result.objective == pytest.approx(2 * 60 + 30 * 6.5)
    assert kept_by_pool(result) == {("9", "cold", 0): pytest.approx(30)}


def test_each_pool_inside_its_share_earns_what_the_common_plan_gives_it() -> None:
    alone = [solved(pool(price, storage=[pool(price)["storage"][0] | {"capacity": [share, share, share]}]))
             for price, share in ((6, 0), (8, 30))]  # fmt: skip

    assert sum(row.objective for row in alone) == pytest.approx(2 * 60 + 30 * 6.5)
    # Fifteen places each bring less.
    equal = [solved(pool(price, storage=[pool(price)["storage"][0] | {"capacity": 15}])) for price in (6, 8)]
    assert sum(row.objective for row in equal) == pytest.approx(2 * 60 + 15 * 4.5 + 15 * 6.5)


def test_channels_of_pools_are_not_mixed_up() -> None:
    late = {"channels": {"late": {"life_at_arrival": 2}}}

    result = solve_in_parts(problem_read(problem_of_pools({"7": pool(6), "9": pool(8, **late)})), MaxRuntime(10))

    # Goods of pool 9 would be too old for its own channel, so pool 7 has the store.
    assert set(kept_by_pool(result)) == {("7", "cold", 0)}


def test_a_store_loses_the_least_that_it_loses_for_any_pool() -> None:
    lossy = pool(8, storage=[{"id": "cold", "mode": "cold", "capacity": 30, "hold_cost": 0.5, "loss": 0.1}])

    merged = problem_of_pools({"7": lossy, "9": pool(6)})

    assert [store["loss"] for store in merged["storage"]] == [0.0]
