"""What is planned is what is expected; what is listed is what is sure. Another algorithm, maximum flow, judges it."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from harvest_schedule.planner.explain import explain
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.promise_caps import windows_held
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.windows import Window, WindowParams, windows_from
from tests.unit.planner.builders import instance, solved
from tests.unit.planner.test_planner_plan import spot, supply
from tests.unit.planner.test_planner_shop_keys import committed, lot

PACKS = [
    {"id": "small", "produce": "apple", "net_weight": 3},
    {"id": "large", "produce": "apple", "net_weight": 8},
]


def held(data: dict[str, Any], **params: int) -> tuple[Result, tuple[Window, ...]]:
    result = solved(data | {"promise_rule": "windows"})
    return result, windows_held(result, windows_from(result, WindowParams(**{"max_buckets": 1, **params})))


def listed(windows: tuple[Window, ...]) -> list[tuple[int, float, float]]:
    return [(row.first_bucket, pytest.approx(row.qty), pytest.approx(row.listed)) for row in windows]


def test_fruit_above_what_is_sure_is_picked_and_not_listed_yet() -> None:
    # 100 expected, 40 sure; 60 sell now and 30 from the store. The nearer window has all that is sure.
    result, windows = held(instance(supply=[supply(0, 100, cost=1, promise_qty=40)]))

    assert result.objective == pytest.approx(405)
    assert result.plan.uptake[0] == pytest.approx(90)
    assert listed(windows) == [(0, 60, 40), (1, 30, 0)]


def test_a_plan_that_keeps_the_rule_itself_is_not_cut_again() -> None:
    result = solved(instance(supply=[supply(0, 100, cost=1, promise_qty=40)]))
    windows = windows_from(result)

    assert result.plan.uptake[0] == pytest.approx(40)
    assert windows_held(result, windows) == windows


def test_packs_of_one_grade_are_cut_together() -> None:
    # 60 planned are twelve small and three large packs; two thirds of them are eight and two, 40 in all.
    data = instance(supply=[supply(0, 60, promise_qty=40)], demand=[spot(0, 60, 5)], products=PACKS)

    _, (window,) = held(data)

    assert window.packs == (("small", 8), ("large", 2))
    assert window.listed == 40


def test_what_whole_packs_leave_over_goes_to_the_largest_that_fits() -> None:
    # 35 of 60: seven small (21) and one large (8); of the 6 left two more small.
    data = instance(supply=[supply(0, 60, promise_qty=35)], demand=[spot(0, 60, 5)], products=PACKS)

    _, (window,) = held(data)

    assert window.packs == (("small", 9), ("large", 1))
    assert window.listed == 35


def test_packing_loss_counts_against_what_is_sure() -> None:
    packs = [{"id": "box", "produce": "apple", "net_weight": 4, "packing_yield": 0.8}]
    data = instance(supply=[supply(0, 60, promise_qty=40)], demand=[spot(0, 48, 5, product="box")], products=packs)

    _, (window,) = held(data)

    # Five go into a box of four.
    assert window.packs == (("box", 8),)


def test_stock_on_hand_is_sure() -> None:
    data = instance(supply=[supply(0, 60, promise_qty=0)], on_hand=[lot(20, 0)], demand=[spot(0, 80, 5)])

    assert listed(held(data)[1]) == [(0, 80, 20)]


def test_what_is_sold_already_comes_first() -> None:
    data = instance(
        supply=[supply(0, 100, promise_qty=50)], demand=[spot(0, 60, 5)], committed=[committed(0, 1, 30, 20)]
    )

    assert listed(held(data)[1]) == [(0, 60, 20)]


def test_what_a_contract_takes_comes_before_any_window() -> None:
    data = instance(
        supply=[supply(0, 100, promise_qty=50)], demand=[spot(0, 60, 5)], contracts=[spot(0, 30, 4, short_penalty=9)]
    )

    assert listed(held(data)[1]) == [(0, 60, 20)]


def test_what_earlier_windows_may_still_sell_comes_before_new_ones() -> None:
    data = instance(
        supply=[supply(0, 100, promise_qty=50)],
        demand=[spot(0, 60, 5)],
        open_before=[{"produce": "apple", "from": 0, "to": 0, "qty": 15}],
    )

    assert listed(held(data)[1]) == [(0, 60, 35)]


def test_an_order_for_one_week_never_eats_what_another_was_promised() -> None:
    # 40 sure in bucket 0, nothing in bucket 1, 30 in bucket 2; the presale of bucket 2 opens with the week of bucket 0.
    data = instance(
        supply=[supply(0, 60, promise_qty=40), supply(1, 30, promise_qty=0), supply(2, 60, promise_qty=30)],
        storage=[{"id": "cold", "mode": "cold"}],
        demand=[spot(0, 30, 5), spot(0, 40, 9, ship_after=2, channel="ahead"), spot(1, 30, 5), spot(2, 30, 5)],
    )

    _, windows = held(data)

    # This week 30 of 40; ahead all 40, out of the 30 of bucket 2 and 10 that keep from now; then nothing is left.
    found = {(row.channel, row.first_bucket): row.listed for row in windows}
    assert found == {
        ("ahead", 0): pytest.approx(40),
        ("web", 0): pytest.approx(30),
        ("web", 1): pytest.approx(0),
        ("web", 2): pytest.approx(0),
    }


def test_goods_that_lose_weight_are_promised_as_they_arrive() -> None:
    data = instance(
        storage=[{"id": "cold", "mode": "cold", "loss": 0.5}],
        supply=[supply(0, 100, promise_qty=40)],
        demand=[spot(1, 50, 7)],
    )

    assert listed(held(data)[1]) == [(1, 50, 20)]


def test_another_grade_counts_where_it_may_stand_in() -> None:
    data = instance(
        supply=[supply(0, 30, promise_qty=10), supply(0, 30, promise_qty=25, grade="2")],
        demand=[spot(0, 40, 5, grade="2"), spot(0, 20, 9)],
        grade_substitution=[{"from": "1", "to": "2"}],
    )

    _, windows = held(data)

    # Both open together. Grade 1 cannot be made of grade 2, so what both can have is 35 of whichever split.
    assert sum(row.listed for row in windows) == pytest.approx(35)
    assert next(row for row in windows if row.grade == "1").listed == pytest.approx(10)


def test_of_frozen_rows_no_more_is_sure_than_is_taken() -> None:
    data = instance(
        supply=[supply(0, 100, promise_qty=80, uptake_in_force=20), supply(1, 60, promise_qty=30)],
        demand=[spot(0, 20, 5), spot(1, 60, 5)],
        frozen_until=1,
        replan={"previous": {"apple": [1, 1, 1]}, "change_cost": 0},
    )

    assert listed(held(data)[1]) == [(0, 20, 20), (1, 60, 30)]


def test_a_cut_is_said_with_its_figures() -> None:
    result, windows = held(instance(supply=[supply(0, 100, cost=1, promise_qty=40)]))
    reasons = {(row.subject, row.key): row for row in explain(result, windows)}

    part = reasons["apple/1/web/fresh@0", "window.cut_promise"]
    assert part.numbers == {"qty": pytest.approx(60), "listed": pytest.approx(40), "cut": pytest.approx(20)}
    assert part.zh == "计划卖60，现在有把握的是40，先上架这些；其余20等收成更有把握再上架。"
    assert part.en.startswith("Of the 60 planned, 40 is sure enough to promise and is listed now; the other 20 follows")
    whole = reasons["apple/1/web/stored@1", "window.cut_promise_all"]
    assert whole.numbers == {"qty": pytest.approx(30), "listed": 0, "cut": pytest.approx(30)}
    assert "还没有把握" in whole.zh


def test_a_window_that_is_listed_up_to_one_that_is_not_says_why_it_ends() -> None:
    result, windows = held(instance(supply=[supply(0, 100, cost=1, promise_qty=40)]))
    said = [row.key for row in explain(result, windows) if row.subject == "apple/1/web/fresh@0"]

    assert "window.ends_unsure" in said


# ---------------------------------------------------------------------------------------------------------------------


def flow_of(data: Problem, claims: list[tuple[str, int, int, int]]) -> int:
    """The most of the claims (grade, first and last ship bucket, quantity) that what is sure can serve together."""
    sure = [(row.grade, row.bucket, 0, round(row.promise_qty)) for row in data.supply]
    sure += [(row.grade, 0, row.age, round(row.qty)) for row in data.on_hand]
    (life,) = data.produce[0].life.values()
    number = count(2)
    lots = [next(number) for _ in sure]
    ends = [next(number) for _ in claims]
    size = next(number)
    edges = np.zeros((size, size), dtype=np.int32)
    for node, (_, _, _, qty) in zip(lots, sure, strict=True):
        edges[0, node] = qty
    for node, (_, _, _, qty) in zip(ends, claims, strict=True):
        edges[node, 1] = qty
    for source, (grade, bucket, age, _) in zip(lots, sure, strict=True):
        for end, (wanted, first, last, _) in zip(ends, claims, strict=True):
            if grade in data.source_grades(wanted) and first <= bucket + life - age and bucket <= last:
                edges[source, end] = 10**6
    return int(maximum_flow(csr_array(edges), 0, 1).flow_value)


SEASONS = st.fixed_dictionaries(
    {
        "rows": st.lists(
            st.tuples(st.integers(0, 40), st.integers(0, 30), st.integers(0, 40), st.integers(0, 30), st.booleans()),
            min_size=2,
            max_size=6,
        ),
        "life": st.integers(0, 3),
        "stock": st.integers(0, 20),
        "sold": st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(0, 40)),
        "max_buckets": st.integers(1, 3),
    }
)


def drawn(season: dict[str, Any]) -> dict[str, Any]:
    rows, life = season["rows"], season["life"]
    first, more, qty = season["sold"]
    last = min(first + more, len(rows) - 1)
    return instance(
        buckets=len(rows),
        produce=[{"id": "apple", "life": {"cold": life}}],
        storage=[{"id": "cold", "mode": "cold"}],
        supply=[supply(b, r[0] + r[1], promise_qty=r[0], grade="2" if r[4] else "1") for b, r in enumerate(rows)],
        on_hand=[lot(season["stock"], min(life, 1))],
        demand=[spot(b, r[2], 2 + b % 3, grade="2") for b, r in enumerate(rows)]
        + [spot(b, r[3], 3, ship_after=1, ship_within=1) for b, r in enumerate(rows)],
        committed=[committed(min(first, last), last, qty, 50)],
        grade_substitution=[{"from": "1", "to": "2"}],
        products=[*PACKS, {"id": "other", "produce": "apple", "grade": "2", "net_weight": 2}],
    )


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(season=SEASONS)
def test_whatever_is_ordered_within_all_caps_can_be_sent_of_what_is_sure(season: dict[str, Any]) -> None:
    result, windows = held(drawn(season), max_buckets=season["max_buckets"])
    weights = {row.id: round(row.net_weight) for row in result.data.products}

    before = [(row.grade, row.first, row.last, round(row.qty)) for row in result.data.committed]
    goods = [sum(weights[product] * num for product, num in row.packs) for row in windows]
    claims = [(row.grade, row.ship_from, row.ship_by, qty) for row, qty in zip(windows, goods, strict=True)]

    assert flow_of(result.data, before + claims) == flow_of(result.data, before) + sum(goods)
    assert all(row.listed <= row.qty + 1e-6 for row in windows)


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(season=SEASONS)
def test_the_window_that_opens_first_has_all_that_is_sure(season: dict[str, Any]) -> None:
    data = drawn(season)
    result, windows = held(data)
    if not windows:
        return
    planned = {row.key: row for row in windows_from(result, WindowParams(max_buckets=1))}
    first = min(windows, key=lambda row: (row.first_bucket, row.ship_by, row.key))
    weights = {row.id: round(row.net_weight) for row in result.data.products}
    most = sum(weights[product] * num for product, num in planned[first.key].packs)

    before = [(row.grade, row.first, row.last, round(row.qty)) for row in result.data.committed]
    alone = flow_of(result.data, [*before, (first.grade, first.ship_from, first.ship_by, most)])
    left = alone - flow_of(result.data, before) - first.listed

    # Whatever pack is cut, what is left over would not fill it.
    kept = dict(first.packs)
    assert all(left < weights[product] for product, num in planned[first.key].packs if num > kept.get(product, 0))


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(season=SEASONS)
def test_nothing_is_cut_where_all_is_sure(season: dict[str, Any]) -> None:
    data = drawn(season)
    data["supply"] = [row | {"promise_qty": row["qty"]} for row in data["supply"]]
    result, windows = held(data)

    assert windows == windows_from(result, WindowParams(max_buckets=1))
