"""Listing windows out of plans, and the sentences that explain them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvest_schedule.planner.atp import overpromised
from harvest_schedule.planner.explain import Reason, explain
from harvest_schedule.planner.promise_caps import windows_held
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.windows import Window, WindowParams, windows_from
from harvest_schedule.planner.wording import SENTENCES, Units, figure
from tests.unit.planner.builders import instance, solved
from tests.unit.planner.test_planner_oracle import shop_instances
from tests.unit.planner.test_planner_plan import spot, supply


def season() -> dict[str, Any]:
    """
    Two cooperatives pick 60 each in buckets 1 and 2 of six; 20 are sold ahead, then 40 a bucket.

    The store holds 30, which wait for bucket 5 at 6.5; bucket 2 sells its 40 at 5, bucket 1 the other 30 at 4.5.
    """
    return instance(
        buckets=6,
        produce=[{"id": "apple", "life": {"cold": 3}}],
        storage=[{"id": "cold", "mode": "cold", "capacity": 30, "hold_cost": 0.1}],
        supply=[supply(1, 60, cost=1), supply(2, 60, cost=1, coop="B")],
        demand=[
            spot(0, 20, 9, ship_after=1, ship_within=1),
            *(spot(bucket, 40, 4 + bucket / 2) for bucket in range(1, 6)),
        ],
        products=[
            {"id": "small", "produce": "apple", "net_weight": 3},
            {"id": "large", "produce": "apple", "net_weight": 8},
        ],
    )


def unsure_season() -> dict[str, Any]:
    """The same season before anybody has picked: 35 of each 60 are sure, and the presale may sell four more."""
    data = season()
    data["promise_rule"] = "windows"
    data["supply"] = [row | {"promise_qty": 35} for row in data["supply"]]
    data["demand"] = [*data["demand"], spot(0, 4, 9, ship_after=1, ship_within=1, chance=0.6)]
    return data


def windows_of(data: dict[str, Any], **params: int) -> tuple[Result, tuple[Window, ...]]:
    result = solved(data)
    return result, windows_from(result, WindowParams(**params))


def test_a_plan_becomes_presale_fresh_and_stored_windows() -> None:
    result, windows = windows_of(season())

    assert [(row.phase, row.first_bucket, row.last_bucket, row.qty) for row in windows] == [
        ("presale", 0, 0, pytest.approx(20)),
        ("fresh", 1, 2, pytest.approx(70)),
        ("stored", 5, 5, pytest.approx(30)),
    ]
    assert windows[0].ship_by in (1, 2)
    assert (windows[2].ship_from, windows[2].ship_by) == (5, 5)
    assert windows[2].stores == ("cold",)
    assert sum(row.qty for row in windows) == pytest.approx(sum(result.plan.uptake.values()))


def test_a_window_names_the_rows_it_came_from() -> None:
    result, windows = windows_of(season() | {"listing": {"apple": {"min_run": 2}}})

    stored = windows[2]

    assert set(stored.rows) == {"demand[5]", "supply[1]", "storage[0]", "listed.apple[5]"}
    assert [(row.row, row.qty) for row in stored.sources] == [("supply[1]", pytest.approx(30))]
    assert result.plan.listed["apple"][5] == 1


def test_packs_never_hold_more_than_the_window() -> None:
    _, windows = windows_of(season())

    # 20: half to each, 3 small (9) and 1 large (8), the 3 left are one more small.
    assert dict(windows[0].packs) == {"small": 4, "large": 1}
    for row in windows:
        weight = {"small": 3, "large": 8}
        assert sum(weight[product] * count for product, count in row.packs) <= row.qty + 1e-6


def test_demand_for_a_product_gives_packs_of_that_product() -> None:
    data = season()
    data["demand"] = [row | {"product": "large"} for row in data["demand"]]

    _, windows = windows_of(data)

    assert [dict(row.packs) for row in windows] == [{"large": 2}, {"large": 8}, {"large": 3}]


def test_windows_are_no_longer_than_asked_for() -> None:
    _, windows = windows_of(season(), max_buckets=1)

    assert [(row.first_bucket, row.last_bucket) for row in windows] == [(0, 0), (1, 1), (2, 2), (5, 5)]


def test_a_window_of_no_buckets_is_refused() -> None:
    with pytest.raises(ValueError, match="max_buckets"):
        WindowParams(max_buckets=0)


def test_a_window_may_go_on_over_buckets_without_sales() -> None:
    data = instance(supply=[supply(3, 20)], buckets=4, demand=[spot(b, 10, 9, ship_after=3 - b) for b in (0, 2)])

    _, apart = windows_of(data)
    _, whole = windows_of(data, max_gap=1)

    assert [(row.first_bucket, row.last_bucket, row.qty) for row in apart] == [(0, 0, 10), (2, 2, 10)]
    assert [(row.first_bucket, row.last_bucket, row.qty) for row in whole] == [(0, 2, 20)]


def test_no_plan_gives_no_windows() -> None:
    _, windows = windows_of(instance(supply=[]))

    assert windows == ()


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.tuples(*[st.integers(0, 40)] * 4), min_size=3, max_size=6),
    life=st.integers(0, 3),
    max_buckets=st.integers(1, 4),
)
def test_caps_never_promise_a_gram_twice(rows: list[tuple[int, int, int, int]], life: int, max_buckets: int) -> None:
    data = instance(
        buckets=len(rows),
        produce=[{"id": "apple", "life": {"cold": life}}],
        storage=[{"id": "cold", "mode": "cold"}],
        supply=[supply(b, row[0] + row[1], promise_qty=row[0]) for b, row in enumerate(rows)],
        demand=[spot(b, row[2], 2) for b, row in enumerate(rows)]
        + [spot(b, row[3], 3, ship_after=1, ship_within=1) for b, row in enumerate(rows)],
        products=[{"id": name, "produce": "apple", "net_weight": w} for name, w in (("small", 3), ("large", 7))],
    )

    _, windows = windows_of(data, max_buckets=max_buckets)

    # Each promise counted where it is last due, as a buyer may hold us to it.
    due = [0] * len(rows)
    for row in windows:
        due[row.ship_by] += sum({"small": 3, "large": 7}[product] * count for product, count in row.packs)
    for bucket in range(len(rows)):
        # Up to every date no more is due than came; what had to ship early shipped early.
        assert sum(due[: bucket + 1]) <= sum(row[0] for row in rows[: bucket + 1])
    if max_buckets == 1:
        early = [0] * len(rows)
        for row in windows:
            early[row.ship_by] += (
                0
                if row.phase == "presale"
                else sum({"small": 3, "large": 7}[product] * count for product, count in row.packs)
            )
        assert overpromised([row[0] for row in rows], early, life) is None


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=shop_instances())
def test_every_plan_can_be_shown_and_explained(data: dict[str, Any]) -> None:
    result, windows = windows_of(data)
    reasons = explain(result, windows)

    assert sum(row.qty for row in windows) == pytest.approx(sum(result.plan.sold("spot").values()))
    assert len({row.key for row in windows}) == len(windows)
    for row in windows:
        assert sum(source.qty for source in row.sources) == pytest.approx(row.qty)
        assert any(reason.subject == row.key for reason in reasons)
    assert all("{" not in reason.zh + reason.en for reason in reasons)
    json.dumps([result.to_json(), [row.to_json() for row in reasons]], allow_nan=False)


def reasons_of(data: dict[str, Any], **options: Any) -> dict[tuple[str, str], Reason]:
    result, windows = windows_of(data)
    return {(row.subject, row.key): row for row in explain(result, windows, **options)}


def test_a_window_says_what_limits_it_and_what_more_would_be_worth() -> None:
    reasons = reasons_of(season())

    # One place more for bucket 5 at 6.5 less 0.3 for three buckets, taken off bucket 2's harvest, whose 5 are made
    # good by bucket 1's at 0.1 for the store, which loses 4.5: 6.2 - 0.1 - 4.5 = 1.6.
    stored = reasons["apple/1/web/stored@5", "window.cap_storage"]
    assert stored.numbers == pytest.approx({"qty": 30, "demand": 40, "first": 2, "last": 4, "worth": 1.6})
    assert "cold放不下更多" in stored.zh
    assert "cold holds no more than 30" in stored.en
    # One more sold ahead at 9 takes the place of the least dear sale, at 4.5 in bucket 1.
    assert reasons["apple/1/web/presale@0", "window.cap_demand"].numbers["worth"] == pytest.approx(4.5)
    assert reasons["apple/1/web/fresh@1", "window.cap_supply"].numbers["worth"] > 0


def test_stock_that_leaves_at_once_is_said_to_lie_at_its_hub() -> None:
    data = instance(
        buckets=2,
        produce=[{"id": "apple", "life": {"cold": 9}}],
        storage=[{"id": "cold", "mode": "cold"}],
        supply=[],
        on_hand=[{"produce": "apple", "mode": "cold", "age": 3, "qty": 10}],
        demand=[spot(0, 10, 5)],
    )

    reason = reasons_of(data)["apple/1/web/stored@0", "window.from_stock"]

    assert reason.numbers == {"qty": pytest.approx(10), "held": pytest.approx(3)}
    assert reason.en == "10 comes out of what H1 holds now, 3 buckets after picking."


def test_a_harvest_says_what_one_more_unit_and_another_day_would_be_worth() -> None:
    data = instance(
        buckets=3,
        storage=[],
        supply=[supply(1, 10, cost=1), supply(2, 10, cost=9)],
        demand=[spot(0, 99, 8), spot(1, 99, 5), spot(2, 99, 7)],
    )

    reasons = reasons_of(data)

    assert reasons["supply[0]", "harvest.all"].numbers == {"qty": 10, "worth": pytest.approx(4)}
    assert ("supply[1]", "harvest.none") in reasons


def test_what_is_worth_little_is_not_spelt_out() -> None:
    result = solved(
        instance(
            buckets=2,
            storage=[],
            supply=[supply(0, 1, cost=1), supply(1, 10, cost=1)],
            demand=[spot(0, 99, 8), spot(1, 99, 5)],
        )
    )
    units = Units(little=4, source_cost=("底价", "the floor price"), rounds_qty=True)

    said = {(row.subject, row.key): row.en for row in explain(result, windows_from(result), units)}

    # One more unit of bucket 1 earns 5 - 1, a bucket earlier 3 more: neither is more than little.
    assert said["supply[1]", "harvest.all_enough"] == (
        "All 10 of bucket 1 is taken; more of it would earn next to nothing."
    )
    assert ("supply[1]", "harvest.earlier") not in said
    assert said["supply[0]", "harvest.all"].endswith("one more unit would be worth 7.")
    assert (units.qty(187.5), units.qty(18.75), units.qty(1.875)) == (
        ("188", "188"),
        ("18.8", "18.8"),
        ("1.88", "1.88"),
    )


def test_an_earlier_day_is_worth_what_the_goods_fetch_then() -> None:
    data = instance(
        buckets=2,
        storage=[],
        supply=[supply(0, 1, cost=1), supply(1, 10, cost=1)],
        demand=[spot(0, 99, 8), spot(1, 99, 5)],
    )

    # A unit of bucket 1 fetches 5, in bucket 0 it would fetch 8.
    assert reasons_of(data)["supply[1]", "harvest.earlier"].numbers["worth"] == pytest.approx(3)


def test_what_is_not_sure_is_said_so() -> None:
    reason = reasons_of(instance(supply=[supply(0, 100, cost=1, promise_qty=40)]))["supply[0]", "harvest.part_promise"]

    assert reason.numbers == {"qty": 100, "taken": pytest.approx(40), "left": pytest.approx(60), "worth": 4}
    assert "还没有把握" in reason.zh


def test_a_shortfall_is_said() -> None:
    contract = spot(0, 120, 5, short_penalty=9)
    reason = reasons_of(instance(contracts=[contract]))["contracts[0]", "contract.short"]

    assert reason.numbers["qty"] == pytest.approx(20)
    assert reason.en == "A contract falls short by 20 (bucket 0, web)."


def test_figures_are_said_in_the_units_of_the_shop() -> None:
    units = Units(
        qty_divisor=1000,
        money_divisor=100,
        qty_zh="公斤",
        qty_en="kg",
        money_zh="元",
        money_en="CNY",
        one_zh="公斤",
        one_en="kg",
        bucket_en=lambda bucket: f"week {bucket + 1}",
        names={"cold": ("冷库", "the cold store")},
    )
    # 100 kg in grams, 5 yuan a kilogram is half a fen a gram.
    data = instance(
        storage=[{"id": "cold", "mode": "cold", "capacity": 30_000, "hold_cost": 0.05}],
        supply=[supply(0, 100_000, cost=0.1)],
        demand=[spot(0, 60_000, 0.5), spot(1, 60_000, 0.7)],
    )

    reason = reasons_of(data, units=units)["plan", "storage.binds"]

    assert (
        reason.en
        == "There is no room left in the cold store in week 1; room for one more kg for that time would earn 5.5 CNY."
    )
    assert reason.zh == "第0时段，冷库是满的；这段时间每多放一公斤，多赚5.5元。"


def test_the_reasons_of_a_season_read_as_a_person_read_them() -> None:
    units = Units(
        qty_zh="公斤",
        qty_en="kg",
        money_zh="元",
        money_en="CNY",
        one_zh="公斤",
        one_en="kg",
        price_note=("（不含包装）", ", packing not counted"),
        bucket_zh=lambda bucket: f"第{bucket + 1}周",
        bucket_en=lambda bucket: f"week {bucket + 1}",
        step_zh="周",
        steps_en=("week", "weeks"),
        names={
            "cold": ("冷库", "the cold store"),
            "A": ("沟底合作社", "Goudi cooperative"),
            "B": ("塬上合作社", "Yuanshang cooperative"),
        },
    )
    said = ""
    for title, data in (("A season", season()), ("A season that is not sure yet", unsure_season())):
        result, windows = windows_of(data)
        reasons = explain(result, windows_held(result, windows), units)
        said += f"{title}\n" + "".join(f"{row.subject} {row.key}\n{row.zh}\n{row.en}\n" for row in reasons)

    assert said == (Path(__file__).parent / "golden_reasons.txt").read_text(encoding="utf-8")


def test_every_sentence_has_the_same_figures_in_both_languages() -> None:
    for key, (chinese, english) in SENTENCES.items():
        names = [{part.split("}")[0] for part in text.split("{")[1:]} for text in (chinese, english)]
        assert names[0] == names[1], key


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0"), (1234567.891, "1,234,567.89"), (5.5, "5.5"), (0.0123, "0.0123"), (100, "100")]
)
def test_figures_are_short(value: float, said: str) -> None:
    assert figure(value) == said


def test_a_frozen_harvest_is_said_to_stand_and_not_judged_again() -> None:
    """Forty of a hundred were called; what more would be worth is no longer the question."""
    data = instance(
        supply=[{"coop": "A", "produce": "apple", "bucket": 0, "qty": 100, "cost": 1, "uptake_in_force": 40}],
        frozen_until=1,
        replan={"previous": {"apple": [1, 1, 1]}, "change_cost": 0},
    )

    result = solved(data)

    reasons = [row for row in explain(result, windows_from(result)) if row.subject == "supply[0]"]

    assert [row.key for row in reasons] == ["harvest.frozen"]
    assert dict(reasons[0].numbers) == {"qty": 100, "taken": 40}
