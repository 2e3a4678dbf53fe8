"""Promises over time: what may still be promised, and up to which quantile promising pays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvest_schedule.planner.atp import Overpromise, available_to_promise, critical_ratio, overpromised


def test_the_dearer_a_broken_promise_the_lower_the_quantile() -> None:
    # Cu 6, Co 12: 6 / 18.
    assert critical_ratio(6, 12) == pytest.approx(1 / 3)
    assert critical_ratio(6, 6) == pytest.approx(0.5)
    assert critical_ratio(6, 0) == 0.60
    assert critical_ratio(1, 999) == 0.05
    assert critical_ratio(0, 0) == 0.05
    assert critical_ratio(-3, 2) == 0.05


def test_a_cost_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="overage"):
        critical_ratio(1, float("nan"))
    with pytest.raises(ValueError, match="underage"):
        critical_ratio(float("nan"), 1)


def test_what_keeps_is_promised_up_to_the_lowest_balance_from_there_on() -> None:
    # Running supply 10, 10, 30; running promises 0, 8, 8: balances 10, 2, 22. From bucket 0 the least is 2.
    assert available_to_promise([10, 0, 20], [0, 8, 0]) == [2, 2, 22]


def test_a_promise_for_one_week_never_eats_another_weeks() -> None:
    # All of bucket 0's ten are promised for bucket 2; nothing may be promised before, bucket 3 brings five more.
    assert available_to_promise([10, 0, 0, 5], [0, 0, 10, 0]) == [0, 0, 0, 5]


def test_goods_that_age_serve_only_their_life() -> None:
    # Ten of bucket 0 that keep one bucket: they serve buckets 0 and 1 and are gone in 2.
    assert available_to_promise([10, 0, 0], [0, 0, 0], life=1) == [10, 10, 0]
    # Four for bucket 1 are taken off bucket 0 as well.
    assert available_to_promise([10, 0, 0], [0, 4, 0], life=1) == [6, 6, 0]


def test_too_much_promised_is_named_with_its_weeks() -> None:
    # The intervals 0 … 1 and 1 … 1 both lack two; the earlier one is named.
    assert overpromised([10, 0, 20], [0, 12, 0]) == Overpromise(0, 1, 2)
    assert overpromised([10, 0], [5, 5]) is None
    assert overpromised([10, 0], [0, 1], life=0) == Overpromise(1, 1, 1)


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="same buckets"):
        available_to_promise([1], [1, 2])
    with pytest.raises(ValueError, match="negative"):
        overpromised([-1], [0])


def _can_serve(supply: list[int], promised: list[int], life: int | None) -> bool:
    """First expired first out serves all promises exactly when they can be served."""
    lots = list(supply)
    for bucket, wanted in enumerate(promised):
        for lot in range(0 if life is None else max(bucket - life, 0), bucket + 1):
            taken = min(lots[lot], wanted)
            lots[lot] -= taken
            wanted -= taken
        if wanted:
            return False
    return True


@given(
    rows=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), min_size=1, max_size=6),
    life=st.none() | st.integers(0, 3),
)
def test_the_figure_is_the_most_that_drawing_oldest_first_can_serve(
    rows: list[tuple[int, int]], life: int | None
) -> None:
    supply, promised = [row[0] for row in rows], [row[1] for row in rows]
    is_served = _can_serve(supply, promised, life)

    assert (overpromised(supply, promised, life) is None) == is_served
    if is_served:
        for bucket, more in enumerate(available_to_promise(supply, promised, life)):
            assert _can_serve(supply, [q + more * (b == bucket) for b, q in enumerate(promised)], life)
            assert not _can_serve(supply, [q + (more + 1) * (b == bucket) for b, q in enumerate(promised)], life)
