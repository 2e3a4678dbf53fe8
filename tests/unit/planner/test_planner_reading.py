"""Malformed instances are refused with the path of the field, whatever is wrong with it."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import Any

import pytest

from harvest_schedule.planner.fields import InstanceError
from harvest_schedule.planner.reading import problem_read
from tests.unit.planner.builders import instance

NAN = float("nan")


def complete() -> dict[str, Any]:
    """An instance with every key there is."""
    sale = {"produce": "apple", "grade": "1", "channel": "web", "bucket": 1, "qty": 5, "price": 3}
    return instance(
        contracts=[sale | {"short_penalty": 2}],
        committed=[{"produce": "apple", "grade": "1", "from": 0, "to": 1, "qty": 2, "short_penalty": 9}],
        on_hand=[{"hub": "H1", "produce": "apple", "grade": "1", "mode": "cold", "age": 1, "qty": 3, "cost": 0}],
        products=[{"id": "box", "produce": "apple", "grade": "1", "net_weight": 2.5, "packing_yield": 0.95}],
        grade_substitution=[{"from": "1", "to": "2"}],
        salvage=0.5,
        listing={"apple": {"min_run": 2, "min_qty": 1, "cost_start": 1, "cost_bucket": 1, "max_runs": 2}},
        band=[{"produce": "apple", "beta": 0.3}],
        fairness=[{"coops": ["A"], "min_uptake": 0.2}],
        freight={"capacity": 50, "cost": 4},
        replan={"previous": {"apple": [0, 1, 1]}, "change_cost": 1},
        channels={"web": {"transit": 0, "life_at_arrival": 1}},
        closed={"H1": [2]},
        pack_capacity={"H1": 80},
        initial_run={"apple": 1},
        open_end=True,
        frozen_until=1,
        promise_rule="windows",
        open_before=[{"produce": "apple", "grade": "1", "from": 0, "to": 0, "qty": 4}],
    )


@dataclass(frozen=True)
class Malformed:
    case: str
    change: tuple[Any, ...]
    value: Any
    path: str


ABSENT = object()
CASES = [
    Malformed("no horizon", ("buckets",), ABSENT, "buckets"),
    Malformed("horizon of nothing", ("buckets",), 0, "buckets"),
    Malformed("endless horizon", ("buckets",), 10**9, "buckets"),
    Malformed("horizon in words", ("buckets",), "3", "buckets"),
    Malformed("half a bucket", ("buckets",), 2.5, "buckets"),
    Malformed("no produce", ("produce",), ABSENT, "produce"),
    Malformed("produce is an object", ("produce",), {}, "produce"),
    Malformed("produce without id", ("produce", 0, "id"), ABSENT, "produce[0].id"),
    Malformed("produce with empty id", ("produce", 0, "id"), "", "produce[0].id"),
    Malformed("produce twice", ("produce",), [{"id": "apple", "life": {}}] * 2, "produce[1].id"),
    Malformed("no life", ("produce", 0, "life"), ABSENT, "produce[0].life"),
    Malformed("life below zero", ("produce", 0, "life", "cold"), -1, "produce[0].life.cold"),
    Malformed("life is true", ("produce", 0, "life", "cold"), True, "produce[0].life.cold"),
    Malformed("no storage", ("storage",), ABSENT, "storage"),
    Malformed("store without mode", ("storage", 0, "mode"), ABSENT, "storage[0].mode"),
    Malformed("store is a text", ("storage", 0), "cold", "storage[0]"),
    Malformed("capacity below zero", ("storage", 0, "capacity"), -1, "storage[0].capacity"),
    Malformed("one capacity too few", ("storage", 0, "capacity"), [30, 30], "storage[0].capacity"),
    Malformed("one capacity below zero", ("storage", 0, "capacity"), [30, -1, 30], "storage[0].capacity[1]"),
    Malformed("one capacity left out", ("storage", 0, "capacity"), [30, 30, None], "storage[0].capacity[2]"),
    Malformed("capacity as a text", ("storage", 0, "capacity"), "much", "storage[0].capacity"),
    Malformed("loss above one", ("storage", 0, "loss"), 1.01, "storage[0].loss"),
    Malformed("endless hold cost", ("storage", 0, "hold_cost"), float("inf"), "storage[0].hold_cost"),
    Malformed("no supply", ("supply",), ABSENT, "supply"),
    Malformed("supply without quantity", ("supply", 0, "qty"), ABSENT, "supply[0].qty"),
    Malformed("supply below zero", ("supply", 0, "qty"), -0.5, "supply[0].qty"),
    Malformed("supply is no number", ("supply", 0, "qty"), NAN, "supply[0].qty"),
    Malformed("supply is true", ("supply", 0, "qty"), True, "supply[0].qty"),
    Malformed("supply is a text", ("supply", 0, "qty"), "100", "supply[0].qty"),
    Malformed("supply is null", ("supply", 0, "qty"), None, "supply[0].qty"),
    Malformed("supply beyond counting", ("supply", 0, "qty"), 10**400, "supply[0].qty"),
    Malformed("supply of unknown produce", ("supply", 0, "produce"), "pear", "supply[0].produce"),
    Malformed("supply after the end", ("supply", 0, "bucket"), 3, "supply[0].bucket"),
    Malformed("supply before the beginning", ("supply", 0, "bucket"), -1, "supply[0].bucket"),
    Malformed("cooperative is a number", ("supply", 0, "coop"), 7, "supply[0].coop"),
    Malformed("grade is a number", ("supply", 0, "grade"), 1, "supply[0].grade"),
    Malformed("promise below zero", ("supply", 0, "promise_qty"), -1, "supply[0].promise_qty"),
    Malformed("uptake in force is a list", ("supply", 0, "uptake_in_force"), [], "supply[0].uptake_in_force"),
    Malformed("no demand", ("demand",), ABSENT, "demand"),
    Malformed("demand without channel", ("demand", 1, "channel"), ABSENT, "demand[1].channel"),
    Malformed("demand without price", ("demand", 1, "price"), ABSENT, "demand[1].price"),
    Malformed("price below zero", ("demand", 1, "price"), -3, "demand[1].price"),
    Malformed("shipping before the sale", ("demand", 1, "ship_after"), -1, "demand[1].ship_after"),
    Malformed("demand of unknown product", ("demand", 1, "product"), "bag", "demand[1].product"),
    Malformed("contract without penalty", ("contracts", 0, "short_penalty"), ABSENT, "contracts[0].short_penalty"),
    Malformed("contract of unknown produce", ("contracts", 0, "produce"), "pear", "contracts[0].produce"),
    Malformed("commitment ends before it begins", ("committed", 0, "from"), 2, "committed[0].to"),
    Malformed("commitment without penalty", ("committed", 0, "short_penalty"), ABSENT, "committed[0].short_penalty"),
    Malformed("stock in no store", ("on_hand", 0, "mode"), "shed", "on_hand[0].mode"),
    Malformed("stock at an unknown hub", ("on_hand", 0, "hub"), "H9", "on_hand[0].mode"),
    Malformed("stock of negative age", ("on_hand", 0, "age"), -1, "on_hand[0].age"),
    Malformed("pack of no weight", ("products", 0, "net_weight"), 0, "products[0].net_weight"),
    Malformed("yield of nothing", ("products", 0, "packing_yield"), 0, "products[0].packing_yield"),
    Malformed("substitution to nowhere", ("grade_substitution", 0, "to"), ABSENT, "grade_substitution[0].to"),
    Malformed("salvage is no number", ("salvage",), NAN, "salvage"),
    Malformed("listing of unknown produce", ("listing",), {"pear": {}}, "listing.pear"),
    Malformed("run of no length", ("listing", "apple", "min_run"), 0, "listing.apple.min_run"),
    Malformed("half a run", ("listing", "apple", "max_runs"), 0.5, "listing.apple.max_runs"),
    Malformed("listing in words", ("listing", "apple"), "always", "listing.apple"),
    Malformed("band wider than all", ("band", 0, "beta"), 1.5, "band[0].beta"),
    Malformed("band of unknown produce", ("band", 0, "produce"), "pear", "band[0].produce"),
    Malformed("band twice", ("band",), [{"produce": "apple", "beta": 0}] * 2, "band[1].produce"),
    Malformed("more than all is fair", ("fairness", 0, "min_uptake"), 1.1, "fairness[0].min_uptake"),
    Malformed("fair to the unknown", ("fairness", 0, "coops"), ["A", "B"], "fairness[0].coops[1]"),
    Malformed("fair to a text", ("fairness", 0, "coops"), "A", "fairness[0].coops"),
    Malformed("truck without room", ("freight", "capacity"), 0, "freight.capacity"),
    Malformed("freight without cost", ("freight", "cost"), ABSENT, "freight.cost"),
    Malformed("previous too short", ("replan", "previous", "apple"), [0, 1], "replan.previous.apple"),
    Malformed("previous half listed", ("replan", "previous", "apple", 1), 2, "replan.previous.apple[1]"),
    Malformed("previous of unknown produce", ("replan", "previous"), {"pear": [0, 0, 0]}, "replan.previous.pear"),
    Malformed("replan without cost", ("replan", "change_cost"), ABSENT, "replan.change_cost"),
    Malformed("replan without previous", ("replan", "previous"), ABSENT, "replan.previous"),
    Malformed("transit backwards", ("channels", "web", "transit"), -1, "channels.web.transit"),
    Malformed("unknown hub closed", ("closed",), {"H9": [0]}, "closed.H9"),
    Malformed("closed after the end", ("closed", "H1"), [0, 3], "closed.H1[1]"),
    Malformed("unknown hub packs", ("pack_capacity",), {"H9": 1}, "pack_capacity.H9"),
    Malformed("unknown run", ("initial_run",), {"pear": 1}, "initial_run.pear"),
    Malformed("open end is a number", ("open_end",), 1, "open_end"),
    Malformed("frozen past the end", ("frozen_until",), 4, "frozen_until"),
    Malformed("chance above one", ("demand", 1, "chance"), 1.5, "demand[1].chance"),
    Malformed("chance in words", ("demand", 1, "chance"), "often", "demand[1].chance"),
    Malformed("unsold goods worth less than nothing", ("demand", 0, "unsold_worth"), -1, "demand[0].unsold_worth"),
    Malformed("unknown promise rule", ("promise_rule",), "shelf", "promise_rule"),
    Malformed("promise rule is a number", ("promise_rule",), 1, "promise_rule"),
    Malformed("open before of unknown produce", ("open_before", 0, "produce"), "pear", "open_before[0].produce"),
    Malformed("open before without quantity", ("open_before", 0, "qty"), ABSENT, "open_before[0].qty"),
    Malformed("open before ends too soon", ("open_before", 0, "from"), 2, "open_before[0].to"),
]


def changed(change: tuple[Any, ...], value: Any) -> dict[str, Any]:
    data = copy.deepcopy(complete())
    place: Any = data
    for step in change[:-1]:
        place = place[step]
    if value is ABSENT:
        del place[change[-1]]
    else:
        place[change[-1]] = value
    return data


def test_a_complete_instance_is_read() -> None:
    data = problem_read(complete())

    assert data.buckets == 3
    assert data.listing["apple"].max_runs == 2
    assert data.replan is not None
    assert data.replan.previous["apple"] == (0, 1, 1)
    assert data.supply[0].promise_qty == 100
    assert data.closed["H1"] == frozenset({2})


@pytest.mark.parametrize("malformed", CASES, ids=lambda row: row.case)
def test_a_malformed_field_is_refused_with_its_path(malformed: Malformed) -> None:
    with pytest.raises(InstanceError) as refused:
        problem_read(changed(malformed.change, malformed.value))

    assert refused.value.path == malformed.path
    assert str(refused.value).startswith(f"{malformed.path}: ")


@pytest.mark.parametrize("value", [None, [], "instance", 3, True])
def test_an_instance_is_an_object(value: object) -> None:
    with pytest.raises(InstanceError) as refused:
        problem_read(value)

    assert refused.value.path == "$"


def test_a_pack_of_another_grade_is_refused() -> None:
    data = complete()
    data["products"][0]["grade"] = "2"
    data["demand"][0]["product"] = "box"

    with pytest.raises(InstanceError, match=r"^demand\[0\]\.product: is a pack of another"):
        problem_read(data)


def test_keys_that_are_not_known_are_left_alone() -> None:
    data = instance(note="from the county's own sheet")

    assert problem_read(data) == problem_read(instance())


def test_listing_rules_may_be_rows_as_well() -> None:
    rows = instance(listing=[{"produce": "apple", "min_run": 2}])

    assert problem_read(rows) == problem_read(instance(listing={"apple": {"min_run": 2}}))


def test_whole_numbers_may_be_written_with_a_point() -> None:
    assert problem_read(json.loads(json.dumps(instance(buckets=3.0)))).buckets == 3
