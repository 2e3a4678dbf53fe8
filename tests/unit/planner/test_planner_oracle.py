"""The planner against a second solver that tries every listing, on random tiny instances."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.planner.builders import solved
from tests.unit.planner.oracle import best_objective

GRADES = ("1", "2")


@st.composite
def instances(draw: st.DrawFn, with_freight: bool = False) -> dict[str, Any]:
    buckets = draw(st.integers(2, 3 if with_freight else 5))
    small = st.integers(0, 12)
    produce = draw(st.sampled_from([["apple"], ["apple", "pear"]]))
    rows = {
        "produce": st.sampled_from(produce),
        "grade": st.sampled_from(GRADES),
        "bucket": st.integers(0, buckets - 1),
        "qty": small,
    }
    hub = st.just("H1") if with_freight else st.sampled_from(["H1", "H2"])
    sale = st.fixed_dictionaries({**rows, "channel": st.just("web"), "price": small})
    data: dict[str, Any] = {
        "buckets": buckets,
        "produce": [
            {"id": name, "life": draw(st.dictionaries(st.sampled_from(["ambient", "cold"]), st.integers(0, 3)))}
            for name in produce
        ],
        "storage": [
            {
                "id": name,
                "hub": draw(hub),
                "mode": mode,
                "capacity": draw(
                    st.none() | st.integers(0, 10) | st.lists(st.integers(0, 10), min_size=buckets, max_size=buckets)
                ),
                "loss": draw(st.sampled_from([0, 0.1, 0.5])),
                "hold_cost": draw(st.sampled_from([0, 0.25, 1])),
            }
            for name, mode in (("s1", "ambient"), ("s2", "cold"))
        ],
        "supply": draw(
            st.lists(
                st.fixed_dictionaries({**rows, "coop": st.sampled_from("AB"), "hub": hub, "cost": st.integers(0, 4)}),
                max_size=4 if with_freight else 6,
            )
        ),
        "demand": draw(st.lists(sale, max_size=4 if with_freight else 8)),
        "contracts": [{**row, "short_penalty": draw(st.integers(0, 6))} for row in draw(st.lists(sale, max_size=2))],
        "salvage": draw(st.sampled_from([0, 1])),
    }
    if draw(st.booleans()):
        data["grade_substitution"] = [{"from": "1", "to": "2"}]
    if with_freight:
        data["freight"] = {"capacity": draw(st.sampled_from([12, 20])), "cost": draw(st.integers(0, 30))}
        return data
    data["listing"] = {
        name: {
            "min_run": draw(st.integers(1, 3)),
            "min_qty": draw(st.sampled_from([0, 1, 4])),
            "cost_start": draw(st.sampled_from([0, 5])),
            "cost_bucket": draw(st.sampled_from([0, 2])),
        }
        | ({"max_runs": draw(st.integers(0, 2))} if draw(st.booleans()) else {})
        for name in draw(st.lists(st.sampled_from(produce), unique=True))
    }
    if draw(st.booleans()):
        data["band"] = [{"produce": "apple", "beta": draw(st.sampled_from([0, 0.2, 1]))}]
    if data["listing"] and draw(st.booleans()):
        name = next(iter(data["listing"]))
        states = draw(st.lists(st.integers(0, 1), min_size=buckets, max_size=buckets))
        data["replan"] = {"previous": {name: states}, "change_cost": draw(st.integers(0, 5))}
    coops = sorted({row["coop"] for row in data["supply"]})
    if coops and draw(st.booleans()):
        data["fairness"] = [{"coops": coops[:1], "min_uptake": draw(st.sampled_from([0.5, 1]))}]
    return data


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=instances())
def test_the_optimum_is_that_of_trying_every_listing(data: dict[str, Any]) -> None:
    result = solved(data)

    assert result.status == "optimal"
    assert result.violations == ()
    assert result.objective == pytest.approx(best_objective(data), rel=1e-6, abs=1e-6)
    assert result.bound == pytest.approx(result.objective, rel=1e-6, abs=1e-6)


@st.composite
def shop_instances(draw: st.DrawFn) -> dict[str, Any]:
    """Instances with the shop's keys: stock, commitments, shipping later, far channels, closed days, packing."""
    data = draw(instances())
    buckets = data["buckets"]
    for row in (*data["demand"], *data["contracts"]):
        row["channel"] = draw(st.sampled_from(["web", "far"]))
        row["ship_after"] = draw(st.sampled_from([0, 0, 1, 2]))
        row["ship_within"] = draw(st.integers(0, 2))
    life = {row["id"]: row["life"] for row in data["produce"]}
    data["on_hand"] = [
        {
            "hub": store["hub"],
            "produce": name,
            "grade": draw(st.sampled_from(GRADES)),
            "mode": store["mode"],
            "age": draw(st.integers(0, 3)),
            "qty": draw(st.integers(0, 12)),
            "cost": draw(st.integers(0, 2)),
        }
        for store in data["storage"]
        for name in life
        if store["mode"] in life[name] and draw(st.booleans())
    ]
    for _ in range(draw(st.integers(0, 2))):
        first = draw(st.integers(0, buckets - 1))
        row = {"produce": draw(st.sampled_from(sorted(life))), "grade": draw(st.sampled_from(GRADES)), "from": first}
        row |= {"to": first + draw(st.integers(0, 2)), "qty": draw(st.integers(0, 9))}
        data.setdefault("committed", []).append(row | {"short_penalty": draw(st.integers(0, 9))})
    data["channels"] = {"far": {"transit": draw(st.integers(0, 2)), "life_at_arrival": draw(st.integers(0, 1))}}
    data["closed"] = {"H1": draw(st.lists(st.integers(0, buckets - 1), max_size=1))}
    if draw(st.booleans()):
        data["pack_capacity"] = {"H1": draw(st.integers(0, 15))}
    return data


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=shop_instances())
def test_the_optimum_with_the_keys_of_the_shop_is_that_of_trying_every_listing(data: dict[str, Any]) -> None:
    result = solved(data)

    assert result.status == "optimal"
    assert result.violations == ()
    assert result.objective == pytest.approx(best_objective(data), rel=1e-6, abs=1e-6)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=instances(with_freight=True))
def test_the_optimum_is_that_of_trying_every_number_of_trucks(data: dict[str, Any]) -> None:
    result = solved(data)

    assert result.status == "optimal"
    assert result.violations == ()
    assert result.objective == pytest.approx(best_objective(data), rel=1e-6, abs=1e-6)
