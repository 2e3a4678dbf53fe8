"""What the shop adds to the instance: stock, commitments, shipping later, promises, channels, closed days, freezing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvest_schedule.planner.atp import overpromised
from tests.unit.planner.builders import instance, solved
from tests.unit.planner.test_planner_plan import spot, supply


def lot(qty: float, age: int, **more: Any) -> dict[str, Any]:
    return {"hub": "H1", "produce": "apple", "grade": "1", "mode": "cold", "age": age, "qty": qty, **more}


def committed(first: int, last: int, qty: float, penalty: float) -> dict[str, Any]:
    return {"produce": "apple", "grade": "1", "from": first, "to": last, "qty": qty, "short_penalty": penalty}


def test_stock_on_hand_sells_while_its_age_allows() -> None:
    # Life 2, one bucket old: it may ship in buckets 0 and 1, not in 2. 10 · 7 in bucket 1 less 0.5 a unit held.
    data = instance(supply=[], on_hand=[lot(10, 1)], demand=[spot(1, 10, 7), spot(2, 10, 99)])

    assert solved(data).objective == pytest.approx(65)
    assert solved(data | {"on_hand": [lot(10, 2)]}).objective == 0
    assert solved(data | {"on_hand": [lot(10, 3)]}).objective == 0


def test_stock_on_hand_takes_its_room_until_it_ships() -> None:
    # The store holds 30; 25 on hand wait for bucket 1 at 9, so of the new harvest only 5 fit for bucket 1 at 7.
    data = instance(on_hand=[lot(25, 0)], demand=[spot(1, 25, 9), spot(1, 60, 7)])

    # 25 · 8.5 + 5 · (7 - 1 - 0.5).
    assert solved(data).objective == pytest.approx(212.5 + 27.5)


def test_what_is_committed_ships_first_where_falling_short_is_dearer() -> None:
    # 10 on hand: 6 are owed at 20 a unit in buckets 0 … 1, the other 4 sell at 5.
    data = instance(supply=[], on_hand=[lot(10, 0)], demand=[spot(0, 10, 5)], committed=[committed(0, 1, 6, 20)])

    result = solved(data)

    assert result.objective == pytest.approx(20)
    assert result.short() == []


def test_a_commitment_that_cannot_ship_is_short_and_paid_for() -> None:
    result = solved(instance(supply=[], demand=[], committed=[committed(1, 2, 6, 20)]))

    assert result.objective == pytest.approx(-120)
    assert result.short() == [
        {"kind": "committed", "index": 0, "produce": "apple", "grade": "1", "from": 1, "to": 2, "qty": 6.0}
    ]
    assert result.status == "optimal"


def test_presale_is_sold_before_its_harvest_and_ships_after() -> None:
    # Harvest in bucket 2, sold in bucket 0, to ship two or three buckets later: bucket 2 it is (3 is past the end).
    data = instance(
        supply=[supply(2, 10)],
        demand=[spot(0, 10, 5, ship_after=2, ship_within=1)],
        listing={"apple": {"cost_bucket": 1}},
    )

    result = solved(data)

    assert result.objective == pytest.approx(49)
    assert result.plan.listed["apple"] == (1, 0, 0)
    assert [(row.bucket, row.qty) for row in result.plan.shipments] == [(2, 10)]


def test_a_sale_that_would_ship_past_the_horizon_is_not_made() -> None:
    assert solved(instance(demand=[spot(2, 10, 5, ship_after=1)])).objective == 0


def test_no_more_is_promised_than_is_sure() -> None:
    # 100 are expected, 40 sure: 40 are sold, 30 of them from the store at 5.5 and 10 at once at 4.
    result = solved(instance(supply=[supply(0, 100, cost=1, promise_qty=40)]))

    assert result.objective == pytest.approx(30 * 5.5 + 10 * 4)
    assert result.dual("promise", "supply[0].promise_qty") == pytest.approx(4)


def test_what_is_sure_early_covers_what_is_promised_late_while_it_keeps() -> None:
    # Sure: 50 in bucket 0, nothing of the 50 in bucket 1. Demand 30 in both; 20 of bucket 1 are covered by bucket 0's
    # surplus, which keeps, though the plan ships bucket 1's own fruit.
    data = instance(
        buckets=2,
        supply=[supply(0, 50), supply(1, 50, promise_qty=0)],
        demand=[spot(0, 30, 5), spot(1, 30, 5)],
    )
    result = solved(data)
    assert result.objective == pytest.approx(250)
    assert result.plan.uptake == pytest.approx({0: 30, 1: 20})

    # Where it does not keep, nothing of bucket 1 is sure.
    data["produce"] = [{"id": "apple", "life": {"cold": 0}}]
    assert solved(data).objective == pytest.approx(150)


def test_a_fallen_forecast_stops_new_promises_and_not_the_old_ones() -> None:
    # 100 expected, 40 sure, 60 committed already: the 60 ship, and nothing new is sold although 40 more are expected.
    data = instance(
        buckets=1,
        supply=[supply(0, 100, promise_qty=40)],
        demand=[spot(0, 60, 5)],
        committed=[committed(0, 0, 60, 20)],
    )

    result = solved(data)

    assert result.objective == 0
    assert result.short() == []
    # With 70 sure, ten more are sold.
    data["supply"] = [supply(0, 100, promise_qty=70)]
    assert solved(data).objective == pytest.approx(50)


def test_a_far_channel_needs_younger_goods() -> None:
    # Life 2. Two buckets of transit: only what is fresh may leave for the far channel; near takes the stored.
    data = instance(
        storage=[{"id": "cold", "mode": "cold"}],
        supply=[supply(0, 10)],
        demand=[
            spot(1, 10, 9, channel="far"),
            spot(1, 10, 5, channel="near"),
        ],
        channels={"far": {"transit": 1, "life_at_arrival": 1}},
    )

    result = solved(data)

    assert result.objective == pytest.approx(50)
    # Ten of bucket 1's own harvest go far.
    assert solved(data | {"supply": [supply(0, 10), supply(1, 10)]}).objective == pytest.approx(140)


def test_young_goods_also_serve_the_near_channel() -> None:
    data = instance(
        supply=[supply(1, 10)],
        demand=[spot(1, 4, 9, channel="far"), spot(1, 10, 5, channel="near")],
        channels={"far": {"transit": 2}},
    )

    assert solved(data).objective == pytest.approx(4 * 9 + 6 * 5)


def test_nothing_ships_while_the_hub_is_closed() -> None:
    # Closed in bucket 0: what is sold then with one bucket's grace ships in bucket 1 out of the store.
    data = instance(
        supply=[supply(0, 10)],
        demand=[spot(0, 10, 5), spot(0, 10, 4, ship_within=1)],
        closed={"H1": [0]},
    )

    result = solved(data)

    assert result.objective == pytest.approx(10 * (4 - 0.5))
    assert {row.bucket for row in result.plan.shipments} == {1}


def test_no_more_ships_than_can_be_packed() -> None:
    result = solved(instance(buckets=1, demand=[spot(0, 60, 5)], pack_capacity={"H1": 20}))

    assert result.objective == pytest.approx(80)
    assert result.dual("packing", "H1@0") == pytest.approx(4)


def test_packing_takes_more_than_it_yields() -> None:
    # 100 picked yield 80 packed.
    products = [{"id": "box", "produce": "apple", "net_weight": 5, "packing_yield": 0.8}]
    data = instance(buckets=1, demand=[spot(0, 90, 5, product="box")], products=products)

    assert solved(data).objective == pytest.approx(80 * 5 - 100)


def test_what_is_frozen_stays_as_it_is() -> None:
    # The plan in force lists bucket 0 for nothing and takes 20 in it; both stay, bucket 1 is planned anew.
    data = instance(
        supply=[supply(0, 50, cost=1, uptake_in_force=20), supply(1, 50, cost=1, uptake_in_force=20)],
        demand=[spot(0, 5, 5), spot(1, 50, 5)],
        storage=[],
        listing={"apple": {"cost_bucket": 30}},
        replan={"previous": {"apple": [1, 0, 0]}, "change_cost": 10},
        frozen_until=1,
    )

    result = solved(data)

    assert result.plan.uptake == pytest.approx({0: 20, 1: 50})
    # 25 - 20 - 30 in bucket 0; 250 - 50 - 30 - 10 in bucket 1.
    assert result.objective == pytest.approx(-25 + 160)


def test_a_listing_that_must_go_on_without_goods_is_marked_and_still_a_plan() -> None:
    data = instance(supply=[], listing={"apple": {"min_run": 3, "min_qty": 8}}, initial_run={"apple": 1})

    result = solved(data)

    assert result.status == "invalid"
    assert [(row.kind, row.where, row.amount) for row in result.violations] == [
        ("unmet_min_qty", "apple@0", 8.0),
        ("unmet_min_qty", "apple@1", 8.0),
    ]
    assert result.to_json()["bound"] is None


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=5),
    life=st.integers(0, 3),
)
def test_what_is_sold_can_be_served_from_what_is_sure(rows: list[tuple[int, int, int]], life: int) -> None:
    data = instance(
        buckets=len(rows),
        produce=[{"id": "apple", "life": {"cold": life}}],
        storage=[{"id": "cold", "mode": "cold"}],
        supply=[supply(b, row[0] + row[1], promise_qty=row[0]) for b, row in enumerate(rows)],
        demand=[spot(b, row[2], 1 + b % 3) for b, row in enumerate(rows)],
    )

    result = solved(data)

    sold = [0.0] * len(rows)
    for row in result.plan.shipments:
        sold[row.bucket] += row.qty
    assert result.violations == ()
    assert sold == pytest.approx([round(qty) for qty in sold])
    assert overpromised([row[0] for row in rows], [round(qty) for qty in sold], life) is None
