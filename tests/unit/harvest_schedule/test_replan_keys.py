"""What the next plan keeps of the plan in force: the running week's picking, few changes, and no trace in the hash."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from harvest_schedule import planner_io_replan
from harvest_schedule.planner.objective import evaluate
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.solve import solve
from harvest_schedule.planner.stop import MaxRuntime
from harvest_schedule.planner_io import WEEKS, Instance, PoolInput, instance_build
from harvest_schedule.planner_io_replan import CHANGE_COST_FEN, Before, InForce
from tests.unit.harvest_schedule.test_plan_promises import KG, MONDAY, NOW, harvest, pool_of

GRADE = 1


def in_force(uptake_kg: dict[int, int], **changes: Any) -> InForce:
    """A plan that sells in every week of the coming year and takes so much of each harvest this week."""
    values: dict[str, Any] = {
        "weeks_on_sale": frozenset(MONDAY + timedelta(weeks=week) for week in range(WEEKS)),
        "ends_on": MONDAY + timedelta(weeks=WEEKS),
        "uptake_g": {(number, GRADE): kg * KG for number, kg in uptake_kg.items()},
        "harvest_ids": frozenset(uptake_kg),
    }
    return InForce(**{**values, **changes})


def asked(data: PoolInput, before: Before) -> Instance:
    return instance_build(replace(data, before=before), NOW)


def answered(instance: Instance) -> Result:
    return solve(problem_read(instance.problem), MaxRuntime(20))


def this_week(instance: Instance) -> dict[int, dict[str, Any]]:
    rows = zip(instance.harvest_ids, instance.problem["supply"], strict=True)
    return {number: row for number, row in rows if row["bucket"] == 0}


def taken_kg(instance: Instance, result: Result) -> dict[int, float]:
    rows = enumerate(instance.problem["supply"])
    return {
        instance.harvest_ids[index]: result.plan.uptake.get(index, 0.0) for index, row in rows if row["bucket"] == 0
    }


def test_the_plan_in_force_is_in_no_hash() -> None:
    data = pool_of([harvest(1, 0, 28, 900), harvest(2, 0, 28, 900)])

    fresh, again = asked(data, Before()), asked(data, Before(in_force=in_force({1: 70, 2: 30}), last_line_id=9))

    assert fresh.hash == again.hash
    assert again.problem["replan"]["change_cost"] == CHANGE_COST_FEN
    assert "replan" not in fresh.problem


def test_this_weeks_picking_stands_less_what_was_handed_over() -> None:
    data = pool_of([harvest(1, 0, 28, 900), harvest(2, 0, 28, 900)])
    before = Before(in_force=in_force({1: 70, 2: 30}), delivered_g={(1, GRADE): 25 * KG})

    instance = asked(data, before)

    assert {number: row["uptake_in_force"] for number, row in this_week(instance).items()} == {1: 45, 2: 30}
    assert taken_kg(instance, answered(instance)) == pytest.approx({1: 45, 2: 30})


def test_what_is_called_already_is_taken_though_the_plan_took_less() -> None:
    data = pool_of([harvest(1, 0, 28, 900)])
    before = Before(in_force=in_force({1: 20}), called_g={(1, GRADE): 60 * KG})

    assert this_week(asked(data, before))[1]["uptake_in_force"] == 60


def test_a_harvest_that_the_plan_in_force_has_not_heard_of_is_free() -> None:
    data = pool_of([harvest(1, 0, 28, 900), harvest(2, 0, 28, 900)])

    rows = this_week(asked(data, Before(in_force=in_force({1: 20}))))

    assert "uptake_in_force" in rows[1]
    assert "uptake_in_force" not in rows[2]


def test_where_a_harvest_is_lost_what_is_left_is_taken_and_others_may_step_in() -> None:
    # The first was to bring 150 kg this week; frost left it fifty for the whole month.
    data = pool_of([harvest(1, 0, 28, 50, 0.0), harvest(2, 0, 28, 2000, 0.0)], demand_packs=60)
    instance = asked(data, Before(in_force=in_force({1: 150, 2: 40})))
    rows = this_week(instance)

    taken = taken_kg(instance, answered(instance))

    assert rows[1]["qty"] < 150
    assert taken[1] == pytest.approx(rows[1]["qty"])
    assert "uptake_in_force" not in rows[2]
    assert taken[2] > 40


def test_where_more_is_sold_than_the_frozen_picking_brings_it_yields() -> None:
    data = pool_of([harvest(1, 0, 28, 2000, 0.0)])
    sold = {"produce": "orange", "grade": "1", "from": 0, "to": 0, "qty": 200, "short_penalty": 4000}
    instance = asked(data, Before(in_force=in_force({1: 150})))
    assert "uptake_in_force" in this_week(instance)[1]

    instance.problem["committed"].append(sold)
    frozen = planner_io_replan._frozen_kg(
        instance.problem, instance.harvest_ids, in_force({1: 150}), Before(in_force=in_force({1: 150}))
    )

    assert frozen == {}


def test_a_week_that_the_plan_in_force_does_not_sell_in_is_not_opened_for_scraps() -> None:
    """Three boxes of 2.5 kg are asked for that week: at 25 yuan they earn some 25 over the floor, at 40 some 70."""
    weeks = [week for week in range(WEEKS) if week != 6]
    gap = in_force({1: 0}, weeks_on_sale=frozenset(MONDAY + timedelta(weeks=week) for week in weeks))

    def sells_in_week_six(price_fen: int) -> bool:
        data = pool_of([harvest(1, 35, 28, 4000, 0.0)], demand_packs=1)
        small = data.products[0]
        small.base_price_fen = price_fen
        result = answered(asked(replace(data, products=(small,)), Before(in_force=gap)))
        assert result.objective == pytest.approx(evaluate(result.data, result.plan).objective)
        return any(result.data.demand[index].bucket == 6 for index in result.plan.sold("spot"))

    assert not sells_in_week_six(2500)
    assert sells_in_week_six(4000)


def test_weeks_beyond_the_plan_in_force_are_no_change() -> None:
    short = in_force({}, weeks_on_sale=frozenset(), ends_on=MONDAY + timedelta(weeks=50))

    previous = asked(pool_of([harvest(1, 0, 28, 900)]), Before(in_force=short)).problem["replan"]["previous"]["orange"]

    assert previous == [1] + [0] * 49 + [1] * (WEEKS - 50)


def test_what_publishing_must_know_later_is_written_beside_the_question() -> None:
    before = Before(last_line_id=77, in_force=in_force({1: 70}), delivered_g={(1, GRADE): 25 * KG, (2, GRADE): 0})

    shop = asked(pool_of([harvest(1, 0, 28, 900)]), before).problem["shop"]

    assert shop == {"last_line_id": 77, "open_line_ids": [], "delivered_g": [[1, GRADE, 25 * KG]]}
