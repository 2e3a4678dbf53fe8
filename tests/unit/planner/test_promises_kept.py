"""What is on sale when less comes than was thought: what can be kept is kept, and nothing is moved."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.promises_kept import OnSale, promises_kept
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.stop import MaxRuntime
from tests.unit.planner.builders import instance


def question(**changes: Any) -> Problem:
    """A hundred apples in bucket 0, thirty of which can be kept; nobody else asks for them."""
    return problem_read(instance(**{"demand": [], "frozen_until": 0, **changes}))


def apples(first: int, qty: float, last: int | None = None, **changes: Any) -> OnSale:
    return OnSale("box", "apple", "1", first, first if last is None else last, qty, **changes)


def kept(data: Problem, *on_sale: OnSale) -> list[float]:
    return [round(qty, 6) for qty in promises_kept(data, on_sale, MaxRuntime(10))]


def test_what_is_still_covered_stays_on_sale() -> None:
    assert kept(question(), apples(0, 60), apples(1, 30)) == [60, 30]


def test_of_two_that_cannot_both_be_kept_the_one_that_ships_first_is() -> None:
    lost = [{"coop": "A", "produce": "apple", "bucket": 0, "qty": 40}]

    assert kept(question(supply=lost), apples(1, 30), apples(0, 30)) == [10, 30]


def test_what_is_sold_already_comes_before_everything_on_sale() -> None:
    sold = [{"produce": "apple", "from": 0, "to": 0, "qty": 90, "short_penalty": 0.01}]

    assert kept(question(committed=sold), apples(0, 60)) == [10]


def test_only_what_is_sure_may_be_promised() -> None:
    unsure = [{"coop": "A", "produce": "apple", "bucket": 0, "qty": 100, "promise_qty": 25}]

    assert kept(question(supply=unsure), apples(0, 60)) == [25]


def test_a_presale_is_not_kept_out_of_a_store() -> None:
    assert kept(question(), apples(1, 20, ships_as_picked=True)) == [0]
    assert kept(question(), apples(0, 20, 1, ships_as_picked=True)) == [20]


def test_what_the_plan_is_held_to_this_week_does_not_count_here() -> None:
    held = [{"coop": "A", "produce": "apple", "bucket": 0, "qty": 100, "uptake_in_force": 10}]

    assert kept(question(supply=held, frozen_until=1), apples(0, 60)) == [60]


def test_nothing_on_sale_is_nothing_kept() -> None:
    assert promises_kept(question(), (), MaxRuntime(10)) == ()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    on_sale=st.lists(st.tuples(st.integers(0, 2), st.floats(0, 90)), min_size=1, max_size=4),
    comes=st.floats(0, 150),
    sure=st.floats(0, 1),
)
def test_never_more_is_kept_than_is_on_sale_or_sure(
    on_sale: list[tuple[int, float]], comes: float, sure: float
) -> None:
    supply = [{"coop": "A", "produce": "apple", "bucket": 0, "qty": comes, "promise_qty": comes * sure}]

    found = kept(question(supply=supply), *(apples(first, qty) for first, qty in on_sale))

    assert all(amount <= qty + 1e-5 for amount, (_first, qty) in zip(found, on_sale, strict=True))
    assert sum(found) <= comes * sure + 1e-4
    if sum(qty for _first, qty in on_sale) <= min(comes * sure, 30):
        assert sum(found) == pytest.approx(sum(qty for _first, qty in on_sale), abs=1e-3)
