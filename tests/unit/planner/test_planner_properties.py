"""What must hold for every instance: more of anything good never earns less, money scales, and seeds decide."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.planner.builders import solved
from tests.unit.planner.test_planner_oracle import instances

MONEY = {
    "supply": ("cost",),
    "demand": ("price",),
    "contracts": ("price", "short_penalty"),
    "storage": ("hold_cost",),
}
some = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def earns(data: dict[str, Any]) -> float:
    return solved(data).objective


def change_rooms(store: dict[str, Any], change: Callable[[float], float]) -> None:
    """Change a store's capacity, whether it is one figure, one a bucket or none."""
    room = store["capacity"]
    if room is not None:
        store["capacity"] = [change(entry) for entry in room] if isinstance(room, list) else change(room)


@some
@given(data=instances(), more=st.integers(0, 10), which=st.integers(0, 1))
def test_more_storage_never_earns_less(data: dict[str, Any], more: int, which: int) -> None:
    larger = copy.deepcopy(data)
    change_rooms(larger["storage"][which], lambda room: room + more)

    assert earns(larger) >= earns(data) - 1e-6


@some
@given(data=instances(), more=st.integers(1, 10), which=st.integers(0, 7))
def test_more_demand_never_earns_less(data: dict[str, Any], more: int, which: int) -> None:
    larger = copy.deepcopy(data)
    if larger["demand"]:
        larger["demand"][which % len(larger["demand"])]["qty"] += more

    assert earns(larger) >= earns(data) - 1e-6


@some
@given(data=instances(), factor=st.sampled_from([0.01, 3.7, 1000]))
def test_scaling_money_scales_the_answer(data: dict[str, Any], factor: float) -> None:
    scaled = copy.deepcopy(data)
    for key, names in MONEY.items():
        for row in scaled[key]:
            for name in names:
                row[name] *= factor
    scaled["salvage"] *= factor
    for rules in scaled["listing"].values():
        rules["cost_start"] *= factor
        rules["cost_bucket"] *= factor
    if "replan" in scaled:
        scaled["replan"]["change_cost"] *= factor

    assert earns(scaled) == pytest.approx(factor * earns(data), rel=1e-6, abs=1e-6 * factor)


@some
@given(data=instances(), factor=st.sampled_from([0.001, 2.5, 1e6]))
def test_scaling_quantities_scales_what_is_sold(data: dict[str, Any], factor: float) -> None:
    # Listing costs and changes are paid by the bucket, so they scale with the quantities to keep the same choice.
    scaled = copy.deepcopy(data)
    for key in ("supply", "demand", "contracts"):
        for row in scaled[key]:
            row["qty"] *= factor
    for store in scaled["storage"]:
        change_rooms(store, lambda room: room * factor)
    for rules in scaled["listing"].values():
        for name in ("min_qty", "cost_start", "cost_bucket"):
            rules[name] *= factor
    if "replan" in scaled:
        scaled["replan"]["change_cost"] *= factor

    assert earns(scaled) == pytest.approx(factor * earns(data), rel=1e-6, abs=1e-6 * factor)


@some
@given(data=instances(), seed=st.integers(0, 5))
def test_the_same_seed_gives_the_same_plan(data: dict[str, Any], seed: int) -> None:
    assert solved(data, seed=seed).plan == solved(data, seed=seed).plan


@some
@given(data=instances())
def test_no_supply_is_still_a_plan(data: dict[str, Any]) -> None:
    result = solved(data | {"supply": []})

    assert result.status == "optimal"
    assert result.plan.uptake == {}
    assert result.plan.shipments == ()
