"""Buyers who may come or not: what is planned for them counts by its chance, and is never told as if it were sold."""

from __future__ import annotations

import pytest

from harvest_schedule.planner.explain import explain
from harvest_schedule.planner.season_figures import season_figures
from harvest_schedule.planner.windows import windows_from
from tests.unit.planner.builders import instance, solved
from tests.unit.planner.test_planner_plan import spot, supply


def test_what_may_be_wanted_earns_its_chance_and_is_picked_where_that_pays() -> None:
    # 60 are usual at 5; 20 more are wanted with a chance of 0.3, which is 1.5 a unit and more than the cost of 1.
    data = instance(storage=[], demand=[spot(0, 60, 5), spot(0, 20, 5, chance=0.3)])

    result = solved(data)

    assert result.plan.uptake[0] == pytest.approx(80)
    assert result.breakdown.revenue == pytest.approx(60 * 5 + 20 * 1.5)
    assert result.objective == pytest.approx(60 * 4 + 20 * 0.5)
    assert result.bound == pytest.approx(result.objective)
    # At a cost of 2 it does not pay.
    dearer = solved(data | {"supply": [supply(0, 100, cost=2)]})
    assert dearer.plan.uptake[0] == pytest.approx(60)


def test_what_nobody_buys_is_still_worth_something_where_it_keeps() -> None:
    data = instance(
        storage=[],
        supply=[supply(0, 100, cost=2)],
        demand=[spot(0, 60, 5), spot(0, 20, 5, chance=0.25, unsold_worth=4)],
    )

    result = solved(data)

    # A unit is sold for 5 once in four times, and is worth 4 otherwise: 1.25 and 3.
    assert result.plan.uptake[0] == pytest.approx(80)
    assert result.breakdown.revenue == pytest.approx(60 * 5 + 20 * 1.25)
    assert result.breakdown.kept == pytest.approx(20 * 3)
    assert result.objective == pytest.approx(325 + 60 - 160)
    figures = season_figures(result)
    assert figures.revenue == figures.money == pytest.approx(325)
    assert figures.by_row == {0: pytest.approx(325)}


def test_a_later_sale_that_is_sure_comes_before_a_nearer_one_that_is_not() -> None:
    data = instance(
        supply=[supply(0, 70, cost=1)],
        storage=[{"id": "cold", "mode": "cold"}],
        demand=[spot(0, 40, 5), spot(0, 20, 5, chance=0.3), spot(1, 30, 4)],
    )

    assert solved(data).plan.sold("spot") == {0: pytest.approx(40), 2: pytest.approx(30)}


def test_one_window_has_the_true_price_and_room_for_all_that_is_planned() -> None:
    data = instance(
        storage=[],
        demand=[spot(0, 60, 5, product="box"), spot(0, 20, 5, product="box", chance=0.3)],
        products=[{"id": "box", "produce": "apple", "net_weight": 2}],
    )
    result = solved(data)

    (window,) = windows_from(result)

    assert (window.price, window.price_floor) == (pytest.approx(5), 5)
    assert window.packs == (("box", 40),)
    said = {row.key: row for row in explain(result, [window])}
    assert said["window.cap_beyond"].numbers == {
        "qty": pytest.approx(80),
        "demand": 60,
        "extra": pytest.approx(20),
    }
    assert said["window.cap_beyond"].en == (
        "That covers the 60 expected to sell, and 20 more in case buyers want more than usual."
    )


def test_the_steps_of_one_product_are_one_window_also_where_one_is_fresh_and_one_is_stored() -> None:
    # 12 are picked in bucket 1, and 8 kept from bucket 0: one step is mostly fresh, the other all stored.
    data = instance(
        supply=[supply(0, 8), supply(1, 12)],
        storage=[{"id": "cold", "mode": "cold"}],
        demand=[spot(1, 12, 5, product="box"), spot(1, 8, 5, product="box", chance=0.5)],
        products=[{"id": "box", "produce": "apple", "net_weight": 2}],
    )

    (window,) = windows_from(solved(data))

    assert (window.phase, window.packs) == ("fresh", (("box", 10),))
