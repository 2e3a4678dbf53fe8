"""Why windows changed: the cause is found in what the field, the buyers, the stores and the calendar say anew."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest

from harvest_schedule.planner.change_facts import Asked
from harvest_schedule.planner.change_reasons import Why
from harvest_schedule.planner.plan_changes import Change, PlannedWindow
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.reasons import Reason
from harvest_schedule.planner.solve import solve
from harvest_schedule.planner.stop import MaxRuntime
from harvest_schedule.planner.wording import Units

MONDAY = date(2026, 11, 23)
UNITS = Units(
    qty_zh=" kg",
    qty_en="kg",
    money_zh=" 元",
    money_en="yuan",
    one_zh="公斤",
    one_en="kg",
    bucket_zh=lambda bucket: f"{MONDAY + timedelta(weeks=bucket):%-m月%-d日}那周",
    bucket_en=lambda bucket: f"the week of {MONDAY + timedelta(weeks=bucket):%-d %b}",
    names={"A": ("橙里合作社", "Chengli cooperative"), "cold": ("冷库", "the cold store")},
)
Change_ = Callable[[dict[str, Any]], None]


def problem() -> dict[str, Any]:
    """One harvest of 100 kg a week in weeks 2 to 5; 80 kg a week are asked for at 10 yuan, in weeks 0 to 7."""
    return {
        "buckets": 8,
        "produce": [{"id": "orange", "life": {"cold": 1}}],
        "storage": [{"id": "cold", "mode": "cold", "capacity": 20}],
        "supply": [
            {
                "coop": "A",
                "hub": "H1",
                "produce": "orange",
                "grade": "1",
                "bucket": b,
                "qty": 100.0,
                "promise_qty": 60.0,
            }
            for b in range(2, 6)
        ],
        "demand": [
            {
                "produce": "orange",
                "grade": "1",
                "product": "7",
                "channel": "spot",
                "bucket": b,
                "qty": 80.0,
                "price": 10.0,
                "ship_after": 0,
            }
            for b in range(8)
        ],
        "products": [{"id": "7", "produce": "orange", "net_weight": 2.5}],
        "on_hand": [],
        "committed": [],
    }


def asked(change: Change_ | None = None, *, today: date = MONDAY) -> Asked:
    question = deepcopy(problem())
    if change:
        change(question)
    answer = solve(problem_read(question), MaxRuntime(10)).to_json()
    ids = [1] * len(question["supply"])
    return Asked(question, answer, MONDAY, ids, today)


def window(week: int, cap: int, *rows: str) -> PlannedWindow:
    opens = MONDAY + timedelta(weeks=week)
    close = opens + timedelta(weeks=1)
    return PlannedWindow(
        f"W/{week}", "7", "FRESH", opens, close, opens, close, cap, 0, 2500, 2500, rows or (f"demand[{week}]",)
    )


def said(
    change: Change_ | None, before: int | None, after: int | None, *, week: int = 3, sold: float = 0.0, **options: Any
) -> list[Reason]:
    rows = (f"demand[{week}]", f"supply[{week - 2}]", "storage[0]")
    why = Why(asked(), asked(change, **options), {"1": sold}, UNITS)
    old = window(week, before, *rows) if before is not None else None
    new = window(week, after, *rows) if after is not None else None
    return why.reasons(Change(old, new))


def supply(bucket: int, **changes: float) -> Change_:
    def change(question: dict[str, Any]) -> None:
        question["supply"][bucket - 2].update(changes)

    return change


def test_a_week_that_brings_less_is_the_reason_for_fewer() -> None:
    reason = said(supply(3, qty=55.0, promise_qty=40.0), 24, 16)[0]

    assert (reason.key, dict(reason.numbers)) == ("harvest_less", {"before": 100.0, "now": 55.0})
    assert reason.zh == "橙里合作社12月14日那周预计55 kg，原为100 kg，少45 kg。"
    assert reason.en == (
        "Chengli cooperative is now expected to bring 55 kg in the week of 14 Dec, 45 kg less than the 100 kg before."
    )


def test_a_cause_that_pulls_the_other_way_is_none() -> None:
    # More comes, and yet the window shrinks: what comes cannot be why.
    assert [reason.key for reason in said(supply(3, qty=155.0, promise_qty=100.0), 24, 16)] == ["as_a_whole"]


def test_more_that_is_sure_enough_is_told_apart_from_more() -> None:
    reason = said(supply(3, promise_qty=75.0), 24, 30)[0]

    assert (reason.key, dict(reason.numbers)) == ("surer", {"before": 60.0, "now": 75.0})


def test_a_harvest_that_moves_is_said_to_move() -> None:
    def later(question: dict[str, Any]) -> None:
        for row in question["supply"]:
            row["bucket"] += 1

    reason = said(later, 24, None, week=2)[0]

    # The middle of weeks 2 to 5 moves to that of 3 to 6.
    assert (reason.key, reason.numbers["days"]) == ("harvest_later", 7.0)
    assert reason.zh == "橙里合作社的采收比原计划晚7天。"
    assert reason.en == "Picking at Chengli cooperative is now expected 7 days later."


def test_what_the_other_weeks_lost_is_the_reason_where_the_own_week_did_not_change() -> None:
    reason = said(supply(5, qty=10.0, promise_qty=5.0), 24, 20)[0]

    assert (reason.key, dict(reason.numbers)) == ("season_less", {"before": 400.0, "now": 310.0})


def test_sales_ahead_of_the_plan_leave_less() -> None:
    # The plan sells nothing in the first two weeks, as nothing is there; fifty kilograms were sold all the same.
    reason = said(None, 24, 10, sold=50.0)[0]

    assert (reason.key, dict(reason.numbers)) == ("sold_ahead", {"before": 0.0, "now": 50.0})


def test_what_was_written_off_in_store_is_the_reason_where_nothing_nearer_is() -> None:
    why = Why(asked(), asked(), {}, UNITS, stock_change=-30.0)

    reason = why.reasons(Change(window(3, 24, "demand[3]"), window(3, 14, "demand[3]")))[0]

    assert (reason.key, dict(reason.numbers)) == ("stock_less", {"change": -30.0})
    assert reason.zh == "库里报损、盘亏或封存了30 kg。"
    grown = why.reasons(Change(window(3, 24, "demand[3]"), window(3, 34, "demand[3]")))
    assert [row.key for row in grown] == ["as_a_whole"]


def test_less_room_is_the_reason_where_goods_pass_through_a_store() -> None:
    def smaller(question: dict[str, Any]) -> None:
        question["storage"][0]["capacity"] = 5

    reason = said(smaller, 24, 20)[0]

    assert (reason.key, reason.zh) == ("room_less", "冷库能放的由20 kg减到5 kg。")


def test_another_demand_is_the_reason_for_more() -> None:
    def wanted(question: dict[str, Any]) -> None:
        question["demand"][3]["qty"] = 120.0

    assert said(wanted, 24, 32)[0].key == "asked_more"


def test_a_price_is_explained_by_the_price_set() -> None:
    def dearer(question: dict[str, Any]) -> None:
        question["demand"][3]["price"] = 12.0

    why = Why(asked(), asked(dearer), {}, UNITS)
    old, new = window(3, 24), window(3, 24)
    reason = why.reasons(Change(old, PlannedWindow(**{**_fields(new), "price_fen": 3000})))[0]

    assert (reason.key, dict(reason.numbers)) == ("price_set", {"before": 10.0, "now": 12.0})
    assert reason.zh == "12月14日那周的定价由每公斤10 元改为12 元。"


def _fields(row: PlannedWindow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def test_a_week_that_the_plan_before_did_not_reach_is_opened_by_time() -> None:
    assert [reason.key for reason in said(None, None, 24, week=8)] == ["time_reaches"]


def test_days_that_are_over_take_their_part_of_the_running_week() -> None:
    def this_week(question: dict[str, Any]) -> None:
        question["demand"][0]["qty"] = 80.0 * 4 / 7

    why = Why(asked(), asked(this_week, today=MONDAY + timedelta(days=3)), {}, UNITS)

    reason = why.reasons(Change(window(0, 24), window(0, 14)))[0]

    assert (reason.key, reason.numbers["days"]) == ("time_running", 3)


def test_where_no_figure_changed_that_is_said() -> None:
    reason = said(None, 24, 20)[0]

    assert reason.key == "as_a_whole"
    assert reason.en == "No figure of this window changed; the plan as a whole moved."


@pytest.mark.parametrize("after", [16, 30, None])
def test_every_change_has_a_reason_in_both_languages(after: int | None) -> None:
    for reason in said(supply(3, qty=70.0), 24, after):
        assert reason.zh.endswith("。")
        assert reason.en.endswith(".")
        assert "{" not in reason.zh + reason.en
