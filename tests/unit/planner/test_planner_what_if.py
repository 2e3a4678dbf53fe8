"""Changes to a season's question: what each does to the best plan, in figures worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvest_schedule.planner.fields import InstanceError
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.season_figures import season_figures
from harvest_schedule.planner.what_if import changed, changes_read
from tests.unit.planner.builders import instance, solved
from tests.unit.planner.test_planner_oracle import shop_instances
from tests.unit.planner.test_planner_plan import spot, supply

SMALL = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def what_if(data: dict[str, Any], *changes: dict[str, Any]) -> Result:
    return solved(changed(data, changes_read(list(changes), data)).instance)


@dataclass(frozen=True)
class Case:
    """A change to the instance of `builders`, which earns 60·(5-1) + 30·(7-1-0.5) = 405, and what it earns then."""

    label: str
    change: dict[str, Any]
    earns: float


CASES = [
    # 20 sold at once for 4 each, 30 kept for 5.5 each
    Case("half is lost", {"kind": "lose", "rows": [0], "share": 0.5}, 20 * 4 + 30 * 5.5),
    Case("all is lost", {"kind": "lose", "rows": [0], "share": 1}, 0),
    # the 10 that were left unpicked find no more use than before
    Case("more comes than can be used", {"kind": "more", "rows": [0], "qty": 20}, 405),
    Case("ten places more", {"kind": "storage", "store": "cold", "more": 10}, 60 * 4 + 40 * 5.5),
    # all is there in bucket 1 only, where 60 are asked for
    Case("a bucket later", {"kind": "move", "rows": [0], "buckets": 1}, 60 * 6),
    # 50 and 50: bucket 1 sells its own 50 and 10 that were kept, bucket 0 the other 40
    Case("half a bucket later", {"kind": "move", "rows": [0], "buckets": 0.5}, 50 * 6 + 10 * 5.5 + 40 * 4),
    # nothing can be picked before bucket 0
    Case("a bucket earlier", {"kind": "move", "rows": [0], "buckets": -1}, 405),
    # 20 each at 6: 5 at once, 4.5 out of the store, whose other 10 places earn 5.5; 50 are left for spot at once
    Case(
        "a contract",
        {"kind": "contract", "produce": "apple", "from": 0, "to": 1, "qty": 20, "price": 6, "short_penalty": 2},
        20 * 5 + 20 * 4.5 + 10 * 5.5 + 50 * 4,
    ),
    # both buckets sell the 30 that the store can carry over
    Case("the same every bucket", {"kind": "band", "produce": "apple", "beta": 0}, 30 * 4 + 30 * 5.5),
    Case("half the buyers", {"kind": "demand", "produce": "apple", "factor": 0.5}, 30 * 4 + 30 * 5.5),
    Case("twice the price", {"kind": "price", "produce": "apple", "factor": 2}, 60 * 9 + 30 * 12.5),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_a_change_earns_what_is_worked_out_by_hand(case: Case) -> None:
    assert what_if(instance(), case.change).objective == pytest.approx(case.earns)


def test_dropping_the_band_gives_back_what_steadiness_cost() -> None:
    banded = instance(band=[{"produce": "apple", "beta": 0}])

    assert solved(banded).objective == pytest.approx(285)
    assert what_if(banded, {"kind": "band", "produce": "apple"}).objective == pytest.approx(405)


def test_a_contract_that_cannot_be_met_is_an_answer_with_what_is_short() -> None:
    result = what_if(
        instance(supply=[supply(0, 100, cost=1)]),
        {"kind": "contract", "produce": "apple", "from": 2, "to": 2, "qty": 50, "price": 9, "short_penalty": 3},
    )

    # The store carries 30 of them; the other 20 cost their penalty.
    assert season_figures(result).contract_short == pytest.approx(20)
    assert result.objective == pytest.approx(60 * 4 + 30 * (9 - 1 - 1) - 20 * 3)


def test_what_falls_due_while_nothing_ships_goes_out_afterwards() -> None:
    data = instance(closed={"H1": [0]})
    change = {"kind": "contract", "produce": "apple", "from": 0, "to": 2, "qty": 10, "price": 6}

    rows = changed(data, changes_read([change], data)).instance["contracts"]

    assert [(row["bucket"], row["ship_within"]) for row in rows] == [(0, 1), (1, 0), (2, 0)]


def test_a_move_of_three_days_splits_every_week_in_seven_parts() -> None:
    data = instance(supply=[supply(0, 70, cost=1, promise_qty=35, uptake_in_force=9)])

    found = changed(data, changes_read([{"kind": "move", "rows": [0], "buckets": 3 / 7}], data))

    rows = [(row["bucket"], row["qty"], row["promise_qty"]) for row in found.instance["supply"]]
    assert rows == [(0, pytest.approx(40), pytest.approx(20)), (1, pytest.approx(30), pytest.approx(15))]
    assert found.origin == (0, 0)
    # What was asked for in the old week is not asked for in the new ones.
    assert all("uptake_in_force" not in row for row in found.instance["supply"])


def test_what_moves_past_the_horizon_is_left_out_and_what_moves_before_it_is_picked_first() -> None:
    data = instance(supply=[supply(0, 10), supply(2, 30)])

    later = changed(data, changes_read([{"kind": "move", "rows": [0, 1], "buckets": 1}], data))
    earlier = changed(data, changes_read([{"kind": "move", "rows": [0, 1], "buckets": -2.5}], data))

    assert [(row["bucket"], row["qty"]) for row in later.instance["supply"]] == [(1, 10)]
    assert [(row["bucket"], row["qty"]) for row in earlier.instance["supply"]] == [(0, 5), (0, 5), (0, 15), (0, 15)]


def test_changes_add_up_and_name_rows_as_they_were_before() -> None:
    data = instance(supply=[supply(0, 80), supply(0, 60, coop="B")])
    changes = [
        {"kind": "move", "rows": [0], "buckets": 0.5},
        {"kind": "lose", "rows": [1], "share": 0.5},
        {"kind": "lose", "rows": [0, 1], "share": 0.5},
    ]

    found = changed(data, changes_read(changes, data))

    assert found.origin == (0, 0, 1)
    assert [(row["coop"], row["bucket"], row["qty"]) for row in found.instance["supply"]] == [
        ("A", 0, 20),
        ("A", 1, 20),
        ("B", 0, 15),
    ]


def test_the_instance_that_is_asked_about_stays_as_it_is() -> None:
    data, untouched = instance(), instance()
    changes = [case.change for case in CASES]

    changed(data, changes_read(changes, data))

    assert data == untouched


@SMALL
@given(shop_instances())
def test_moving_by_nothing_and_losing_nothing_is_the_same_question(data: dict[str, Any]) -> None:
    rows = list(range(len(data["supply"])))
    changes = [
        {"kind": "move", "rows": rows, "buckets": 0},
        {"kind": "lose", "rows": rows, "share": 0},
        {"kind": "more", "rows": rows, "qty": 0},
    ]

    found = changed(data, changes_read(changes, data))

    assert found.instance == data
    assert found.origin == tuple(rows)


@SMALL
@given(shop_instances(), st.floats(0, 100))
def test_more_storage_never_earns_less(data: dict[str, Any], more: float) -> None:
    changes = [{"kind": "storage", "store": row["id"], "more": more} for row in data["storage"]]
    before = solved(data)

    after = what_if(data, *changes)

    assert after.objective >= before.objective - 1e-6 * max(abs(before.objective), 1)


@SMALL
@given(shop_instances(), st.floats(-2, 2))
def test_a_move_keeps_every_unit_that_stays_inside_the_horizon(data: dict[str, Any], buckets: float) -> None:
    rows = [index for index, row in enumerate(data["supply"]) if row["bucket"] + buckets <= data["buckets"] - 1]

    found = changed(data, changes_read([{"kind": "move", "rows": rows, "buckets": buckets}], data))

    before = sum(row["qty"] for row in data["supply"])
    assert sum(row["qty"] for row in found.instance["supply"]) == pytest.approx(before)


@dataclass(frozen=True)
class Refusal:
    label: str
    changes: Any
    path: str


REFUSALS = [
    Refusal("no list", {"kind": "lose"}, "changes"),
    Refusal("no object", [3], "changes[0]"),
    Refusal("no kind", [{}], "changes[0].kind"),
    Refusal("unknown kind", [{"kind": "pray"}], "changes[0].kind"),
    Refusal("no rows", [{"kind": "lose", "share": 0.5}], "changes[0].rows"),
    Refusal("unknown row", [{"kind": "lose", "rows": [0, 1], "share": 0.5}], "changes[0].rows[1]"),
    Refusal("row below zero", [{"kind": "lose", "rows": [-1], "share": 0.5}], "changes[0].rows[0]"),
    Refusal("more than all", [{"kind": "lose", "rows": [0], "share": 1.2}], "changes[0].share"),
    Refusal("a share in words", [{"kind": "lose", "rows": [0], "share": "half"}], "changes[0].share"),
    Refusal("no days", [{"kind": "move", "rows": [0]}], "changes[0].buckets"),
    Refusal("days without number", [{"kind": "move", "rows": [0], "buckets": float("nan")}], "changes[0].buckets"),
    Refusal("yes as a number", [{"kind": "move", "rows": [0], "buckets": True}], "changes[0].buckets"),
    Refusal("further than the horizon", [{"kind": "move", "rows": [0], "buckets": -4}], "changes[0].buckets"),
    Refusal("unknown store", [{"kind": "storage", "store": "attic", "more": 1}], "changes[0].store"),
    Refusal("less room", [{"kind": "storage", "store": "cold", "more": -1}], "changes[0].more"),
    Refusal(
        "the second of two",
        [{"kind": "price", "produce": "apple", "factor": 1}, {"kind": "price", "produce": "pear", "factor": 1}],
        "changes[1].produce",
    ),
    Refusal("a hundred times", [{"kind": "demand", "produce": "apple", "factor": 100}], "changes[0].factor"),
    Refusal("band above one", [{"kind": "band", "produce": "apple", "beta": 2}], "changes[0].beta"),
    Refusal(
        "a contract that ends before it begins",
        [{"kind": "contract", "produce": "apple", "from": 2, "to": 1, "qty": 1, "price": 1}],
        "changes[0].to",
    ),
    Refusal(
        "a contract over nothing",
        [{"kind": "contract", "produce": "apple", "from": 0, "to": 1, "qty": 0, "price": 1}],
        "changes[0].qty",
    ),
]


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.label)
def test_a_malformed_change_is_refused_with_the_path_of_its_field(case: Refusal) -> None:
    with pytest.raises(InstanceError) as refused:
        changes_read(case.changes, instance())

    assert refused.value.path == case.path


def test_a_malformed_instance_is_refused_with_its_own_path() -> None:
    with pytest.raises(InstanceError) as refused:
        changes_read([], instance(supply=[supply(0, -4)]))

    assert refused.value.path == "supply[0].qty"


# --- the figures of a season -----------------------------------------------------------------------------------------


def test_the_figures_of_a_season_are_those_worked_out_by_hand() -> None:
    figures = season_figures(solved(instance()))

    # 60 at 5 and 30 at 7, of which half a unit each for the store; 10 of 100 are left on the tree.
    assert figures.revenue == pytest.approx(510)
    assert figures.money == pytest.approx(495)
    assert figures.by_row == {0: pytest.approx(495)}
    assert (figures.there, figures.picked, figures.unpicked) == (100, pytest.approx(90), pytest.approx(10))
    assert figures.share_sold == pytest.approx(0.9)
    assert (figures.buckets_on_sale, figures.num_runs) == (2, 1)
    # A mean of 45 with 15 up and down, and 90 of the 120 that are asked for.
    assert figures.variation == pytest.approx(1 / 3)
    assert figures.fill_rate == pytest.approx(0.75)
    assert figures.weekly_sold == (pytest.approx(60), pytest.approx(30), 0)
    assert figures.weekly_stored == (pytest.approx(30), 0, 0)
    assert figures.weekly_picked == (pytest.approx(90), 0, 0)


def test_money_goes_to_those_whose_fruit_served_the_sale() -> None:
    data = instance(
        supply=[supply(0, 30, cost=1), supply(1, 60, cost=1, coop="B"), supply(1, 20, cost=1, coop="C")],
        on_hand=[{"hub": "H1", "produce": "apple", "grade": "1", "mode": "cold", "age": 0, "qty": 10}],
        demand=[spot(0, 40, 5), spot(1, 40, 7)],
    )

    figures = season_figures(solved(data))

    # 30 of A and the 10 in store at 5; 40 of the 80 of B and C at 7, by what each could bring.
    assert figures.by_row == {0: pytest.approx(150), 1: pytest.approx(210), 2: pytest.approx(70)}
    assert figures.from_stock == pytest.approx(50)


def test_what_is_sold_already_earns_nothing_more_and_is_told_where_it_falls_short() -> None:
    data = instance(
        supply=[supply(0, 10, cost=1)],
        committed=[{"produce": "apple", "from": 0, "to": 1, "qty": 25, "short_penalty": 50}],
    )

    figures = season_figures(solved(data))

    assert figures.committed_short == pytest.approx(15)
    assert (figures.revenue, figures.sold, figures.buckets_on_sale) == (0, 0, 0)
    assert figures.variation is None


def test_a_season_without_supply_has_no_shares() -> None:
    figures = season_figures(solved(instance(supply=[])))

    assert (figures.share_sold, figures.fill_rate, figures.variation) == (None, None, None)
    assert figures.money == 0


@SMALL
@given(shop_instances())
def test_the_money_of_all_rows_and_of_the_stock_is_what_is_earned(data: dict[str, Any]) -> None:
    result = solved(data)

    figures = season_figures(result)

    earned = result.breakdown.revenue - result.breakdown.holding
    assert sum(figures.by_row.values()) + figures.from_stock == pytest.approx(earned, rel=1e-6, abs=1e-3)
    assert figures.picked + figures.unpicked == pytest.approx(figures.there)
