"""Two plans side by side: what changes, how far it goes, and that nothing is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvest_schedule.planner.plan_changes import (
    CHEAPER,
    DEARER,
    FEWER,
    MORE,
    MOVED,
    OPENED,
    WITHDRAWN,
    Change,
    Extent,
    PlannedWindow,
    apply,
    compare,
    extent,
    totals,
    window_read,
)

MONDAY = date(2026, 11, 23)


def window(week: int, cap: int = 40, *, product: str = "7", presale: bool = False, **changes: Any) -> PlannedWindow:
    """A window of one week at 40 yuan for 2.5 kg; a presale opens three weeks before the week that it ships in."""
    ships = MONDAY + timedelta(weeks=week)
    opens = ships - timedelta(weeks=3) if presale else ships
    values: dict[str, Any] = {
        "key": f"{product}/{'P' if presale else 'W'}/{ships}",
        "product": product,
        "phase": "PRESALE" if presale else "FRESH",
        "opens_on": opens,
        "closes_on": opens + timedelta(weeks=1),
        "ships_from": ships,
        "ships_by": ships + timedelta(days=6),
        "cap": cap,
        "sold": 0,
        "price_fen": 4000,
        "weight_g": 2500,
    }
    return PlannedWindow(**{**values, **changes})


def test_a_hand_checked_comparison() -> None:
    """
    Week 0 stays. Week 1 goes from 40 to 30 boxes, week 2 from 40 to 50 at 44 instead of 40 yuan, week 3 is taken off,
    week 4 comes with 20. The presale that was to ship in week 5 ships in week 6 with the same 10 boxes.
    """
    before = [*(window(week) for week in range(4)), window(5, 10, presale=True)]
    after = [window(0), window(1, 30), window(2, 50, price_fen=4400), window(4, 20), window(6, 10, presale=True)]

    found = compare(before, after)

    assert [(change.kind, change.packs, change.price_fen, change.days) for change in found.changes] == [
        (WITHDRAWN, -40, 0, 0),
        (MOVED, 0, 0, 7),
        (FEWER, -10, 0, 0),
        (OPENED, 20, 0, 0),
        (MORE, 10, 400, 0),
    ]
    assert found.num_unchanged == 1
    # 40 + 10 + 20 + 10 boxes differ of 170 that were to be sold: 470.6 permille. 4 of 40 yuan are 100 permille.
    assert extent(found.changes, before, MONDAY + timedelta(weeks=50)) == Extent(471, 100, 7, 1)
    # Weeks 0 to 3 with 40 boxes each and a presale of 10, sold two weeks from now beside the 40 of that week.
    told = totals(before)
    assert (told.num_windows, told.packs, told.sales_fen, told.weeks_on_sale) == (5, 170, 680_000, 4)
    # 40, 40, 50, 40 boxes: the mean is 42.5 and the deviation 4.33.
    assert told.variation == pytest.approx(4.3301 / 42.5, rel=1e-4)


def test_a_window_with_buyers_that_the_new_plan_has_not_keeps_them_and_is_withdrawn() -> None:
    change = compare([window(1, 40, sold=12)], [window(1, 12, sold=12)]).changes[0]

    assert (change.kind, change.packs) == (WITHDRAWN, -28)


def test_a_price_alone_is_dearer_or_cheaper() -> None:
    assert compare([window(1)], [window(1, price_fen=4300)]).changes[0].kind == DEARER
    assert compare([window(1)], [window(1, price_fen=3900)]).changes[0].kind == CHEAPER


def test_a_sold_out_window_that_gets_more_is_more_and_not_opened() -> None:
    assert compare([window(1, 10, sold=10)], [window(1, 30, sold=10)]).changes[0].kind == MORE


def test_a_presale_that_somebody_bought_of_does_not_move() -> None:
    before = window(5, 10, presale=True, sold=3)

    found = compare([before], [replace(before, cap=3), window(6, 10, presale=True)])

    assert [change.kind for change in found.changes] == [WITHDRAWN, OPENED]


def test_a_presale_more_than_two_weeks_away_is_another_one() -> None:
    found = compare([window(5, presale=True)], [window(8, presale=True)])

    assert [change.kind for change in found.changes] == [WITHDRAWN, OPENED]


def test_weeks_that_the_plan_before_did_not_reach_do_not_count_against_the_bounds() -> None:
    found = compare([window(1)], [window(1), window(9)])

    assert extent(found.changes, [window(1)], MONDAY + timedelta(weeks=9)) == Extent(0, 0, 0, 0)
    assert extent(found.changes, [window(1)], MONDAY + timedelta(weeks=10)).quantity_permille == 1000


def test_two_windows_of_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="two windows"):
        compare([window(1), window(1)], [])


WINDOWS = st.lists(
    st.builds(
        lambda week, cap, sold, presale, price, product: window(
            week, max(cap, sold), product=product, presale=presale, sold=sold, price_fen=price
        ),
        st.integers(0, 9),
        st.integers(0, 60),
        st.integers(0, 5),
        st.booleans(),
        st.sampled_from([3900, 4000, 4400]),
        st.sampled_from(["7", "8"]),
    ),
    max_size=14,
    unique_by=lambda row: row.key,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(before=WINDOWS)
def test_a_plan_does_not_differ_from_itself(before: list[PlannedWindow]) -> None:
    found = compare(before, before)

    assert found.changes == ()
    assert found.num_unchanged == len(before)
    assert extent(found.changes, before, date.max) == Extent(0, 0, 0, 0)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(before=WINDOWS, after=WINDOWS)
def test_all_changes_put_into_the_plan_before_give_the_plan_after(
    before: list[PlannedWindow], after: list[PlannedWindow]
) -> None:
    found = compare(before, after)

    assert apply(before, found.changes) == {row.key: row for row in after}
    assert all(change.before != change.after for change in found.changes)
    named = sum(change.before is not None for change in found.changes)
    assert named + found.num_unchanged == len(before)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(rows=WINDOWS)
def test_what_is_stored_of_a_window_is_the_window(rows: list[PlannedWindow]) -> None:
    assert [window_read(row.to_json()) for row in rows] == rows
    assert all(Change(row, row).days == 0 for row in rows)
