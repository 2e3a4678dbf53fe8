"""An answer that was written down is the same result when it is read back."""

from __future__ import annotations

import json
import math
from dataclasses import astuple, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvest_schedule.planner.explain import explain
from harvest_schedule.planner.feasibility import violations
from harvest_schedule.planner.objective import evaluate
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.result import INVALID, Result
from harvest_schedule.planner.result_reading import UnreadableAnswer, result_read
from harvest_schedule.planner.windows import windows_from
from tests.unit.planner.builders import instance, solved


def read_back(data: dict[str, Any], result: Result) -> Result:
    return result_read(problem_read(data), json.loads(json.dumps(result.to_json(), allow_nan=False)))


def in_order(result: Result) -> Result:
    """The same plan with its rows in one order; an answer groups them by what they are."""
    flows = sorted(result.plan.flows, key=lambda row: (row.lot, row.store or "", row.ship_bucket))
    return replace(
        result,
        plan=replace(result.plan, flows=tuple(flows), shipments=tuple(sorted(result.plan.shipments, key=astuple))),
    )


def rich(**changes: Any) -> dict[str, Any]:
    """Two cooperatives, stock on hand, what is sold already, a contract, trucks, listing rules and a lossy store."""
    return instance(
        storage=[{"id": "cold", "mode": "cold", "capacity": 30, "hold_cost": 0.5, "loss": 0.1}],
        supply=[
            {"coop": "A", "produce": "apple", "bucket": 0, "qty": 70, "promise_qty": 50, "cost": 1},
            {"coop": "B", "produce": "apple", "bucket": 0, "qty": 30, "promise_qty": 20, "cost": 1},
        ],
        on_hand=[{"produce": "apple", "mode": "cold", "age": 1, "qty": 7.3}],
        committed=[{"produce": "apple", "from": 0, "to": 1, "qty": 11.1, "short_penalty": 20}],
        contracts=[
            {"produce": "apple", "channel": "school", "bucket": 1, "qty": 9, "price": 6, "short_penalty": 30},
            {"produce": "apple", "channel": "school", "bucket": 2, "qty": 500, "price": 6, "short_penalty": 3},
        ],
        freight={"capacity": 25, "cost": 10},
        listing={"apple": {"min_run": 2, "cost_start": 1, "cost_bucket": 1}},
        open_end=True,
        **changes,
    )


def test_everything_of_an_answer_comes_back_to_the_last_digit() -> None:
    data = rich()
    result = solved(data)
    assert result.duals
    assert result.short()

    again = read_back(data, result)

    assert in_order(again) == in_order(result)
    assert again.to_json() == result.to_json()
    assert windows_from(again) == windows_from(result)
    assert explain(again, windows_from(again)) == explain(result, windows_from(result))


def test_what_is_infinite_is_written_as_null_and_comes_back_infinite() -> None:
    # A listing that must go on sells at least ten apples a bucket, and there are none.
    data = instance(
        supply=[], listing={"apple": {"min_run": 3, "min_qty": 10}}, initial_run={"apple": 1}, open_end=True
    )
    result = solved(data)
    assert result.status == INVALID

    again = read_back(data, result)

    assert result.to_json()["bound"] is None
    assert math.isinf(again.bound)
    assert again.violations == result.violations != ()
    assert in_order(again) == in_order(result)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    qty=st.lists(st.floats(0, 300, allow_nan=False), min_size=1, max_size=4),
    asked=st.lists(st.floats(0.01, 200, allow_nan=False), min_size=3, max_size=3),
    stock=st.floats(0, 50),
)
def test_whatever_the_season_its_answer_comes_back(qty: list[float], asked: list[float], stock: float) -> None:
    data = instance(
        supply=[
            {"coop": f"coop-{k}", "produce": "apple", "bucket": k % 3, "qty": amount, "promise_qty": amount / 2}
            for k, amount in enumerate(qty)
        ],
        on_hand=[{"produce": "apple", "mode": "cold", "age": 0, "qty": stock}],
        demand=[
            {"produce": "apple", "channel": "web", "bucket": k, "qty": amount, "price": 5 + k}
            for k, amount in enumerate(asked)
        ],
    )
    result = solved(data)

    again = read_back(data, result)

    assert in_order(again) == in_order(result)
    assert evaluate(again.data, again.plan).objective == pytest.approx(result.objective)
    assert windows_from(again) == windows_from(result)
    assert violations(again.data, again.plan) == ()


@pytest.mark.parametrize("missing", ["uptake", "drawn", "at_once", "storage", "sales", "listed", "duals", "breakdown"])
def test_an_answer_without_a_part_of_the_plan_is_refused(missing: str) -> None:
    data = rich()
    answer = solved(data).to_json()
    del answer[missing]

    with pytest.raises(UnreadableAnswer, match=missing):
        result_read(problem_read(data), answer)


def test_an_answer_to_another_question_is_refused() -> None:
    answer = solved(rich()).to_json()

    with pytest.raises(UnreadableAnswer, match="does not have"):
        result_read(problem_read(instance(supply=[])), answer)
