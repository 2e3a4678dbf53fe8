"""Plans of tiny instances whose best figures are worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.planner.builders import instance, solved


def spot(bucket: int, qty: float, price: float, **more: Any) -> dict[str, Any]:
    return {"produce": "apple", "channel": "web", "bucket": bucket, "qty": qty, "price": price, **more}


def supply(bucket: int, qty: float, **more: Any) -> dict[str, Any]:
    return {"coop": "A", "produce": "apple", "bucket": bucket, "qty": qty, **more}


def test_the_store_carries_what_sells_dearer_later() -> None:
    # 60 sold at once: 60 · (5 - 1) = 240. 30 fit the store: 30 · (7 - 1 - 0.5) = 165. Ten are not taken.
    result = solved(instance())

    assert result.status == "optimal"
    assert result.objective == pytest.approx(405)
    assert result.plan.uptake[0] == pytest.approx(90)
    # One place more in bucket 0 would carry an 11th of those not taken: 7 - 1 - 0.5.
    assert result.dual("storage", "cold@0") == pytest.approx(5.5)
    assert result.dual("demand", "demand[0]") == pytest.approx(4)


def test_loss_is_paid_by_what_is_put_in() -> None:
    # 30 put in, half is lost: 15 sold at 7 less 30 · (1 + 0.5); 60 · 4 + 105 - 45 = 300.
    storage = [{"id": "cold", "mode": "cold", "capacity": 30, "hold_cost": 0.5, "loss": 0.5}]

    assert solved(instance(storage=storage)).objective == pytest.approx(300)


def test_a_store_may_hold_less_in_one_bucket_than_in_another() -> None:
    # 60 are sold at once; of the 40 that may wait until bucket 2, ten fit through bucket 1: 60·4 + 10·(7 - 1 - 2·0.5).
    storage = [{"id": "cold", "mode": "cold", "capacity": [30, 10, 0], "hold_cost": 0.5}]

    result = solved(instance(storage=storage, demand=[spot(0, 60, 5), spot(2, 60, 7)]))

    assert result.objective == pytest.approx(290)
    assert result.dual("storage", "cold@1") == pytest.approx(5)
    assert result.dual("storage", "cold@0") == 0


def test_what_is_too_old_is_not_sold() -> None:
    # Life 0: nothing can be held over, only 60 · 4.
    assert solved(instance(produce=[{"id": "apple", "life": {"cold": 0}}])).objective == pytest.approx(240)


def test_a_store_serves_its_own_hub_only() -> None:
    storage = [{"id": "cold", "hub": "H2", "mode": "cold"}]

    assert solved(instance(storage=storage)).objective == pytest.approx(240)


def test_a_mode_that_is_not_named_cannot_hold_it() -> None:
    assert solved(instance(storage=[{"id": "shed", "mode": "ambient"}])).objective == pytest.approx(240)


def test_salvage_is_earned_by_what_is_not_taken() -> None:
    # Salvage 4.5 a unit: selling at 5 - 1 no longer pays, storing at 7 - 1 - 0.5 does: 70 · 4.5 + 30 · 5.5.
    result = solved(instance(salvage=4.5))

    assert result.objective == pytest.approx(480)
    assert result.breakdown.salvage == pytest.approx(315)


def test_a_better_grade_may_be_sold_as_a_lower_one_but_not_twice_over() -> None:
    # Grade 1 may go as 2, 2 as 3; 1 may not go as 3.
    data = instance(
        supply=[supply(0, 10, grade="1")],
        demand=[spot(0, 4, 5, grade="2"), spot(0, 10, 9, grade="3")],
        grade_substitution=[{"from": "1", "to": "2"}, {"from": "2", "to": "3"}],
    )

    assert solved(data).objective == pytest.approx(20)


def test_a_contract_is_short_where_spot_pays_more_than_the_penalty() -> None:
    # A unit to the contract earns 3 + 1 in penalty saved, to spot 5: spot first (60), the other 40 to the contract.
    # 60 · 5 + 40 · 3 - 20 · 1 - 100 · 1 = 300.
    contract = spot(0, 60, 3, short_penalty=1)
    result = solved(instance(buckets=1, demand=[spot(0, 60, 5)], contracts=[contract]))

    assert result.objective == pytest.approx(300)
    assert result.short()[0]["qty"] == pytest.approx(20)
    assert result.status == "optimal"


def test_contracts_that_contradict_each_other_are_an_answer() -> None:
    contracts = [spot(0, 100, 5, short_penalty=9), spot(0, 100, 5, short_penalty=8)]
    result = solved(instance(contracts=contracts, demand=[]))

    # All 100 go to the dearer penalty: 100 · (5 - 1) - 100 · 8.
    assert result.objective == pytest.approx(-400)
    assert result.short() == [
        {"kind": "contract", "index": 1, "produce": "apple", "grade": "1", "channel": "web", "bucket": 0, "qty": 100.0}
    ]


def test_a_run_keeps_its_minimum_length_and_is_not_cut_by_the_horizon() -> None:
    # Harvest and demand in the last bucket only; a run of two begins one bucket earlier and pays both buckets.
    rules = {"apple": {"min_run": 2, "cost_start": 10, "cost_bucket": 3}}
    data = instance(supply=[supply(2, 10)], demand=[spot(2, 10, 5)], listing=rules)

    result = solved(data)

    assert result.plan.listed["apple"] == (0, 1, 1)
    assert result.objective == pytest.approx(50 - 10 - 6)


def test_a_run_may_go_on_past_an_open_end() -> None:
    rules = {"apple": {"min_run": 2, "cost_start": 10, "cost_bucket": 3}}
    data = instance(supply=[supply(2, 10)], demand=[spot(2, 10, 5)], listing=rules, open_end=True)

    result = solved(data)

    assert result.plan.listed["apple"] == (0, 0, 1)
    assert result.objective == pytest.approx(50 - 10 - 3)


def test_a_run_longer_than_the_horizon_cannot_begin() -> None:
    result = solved(instance(listing={"apple": {"min_run": 4}}))

    assert result.objective == pytest.approx(0)
    assert result.plan.listed["apple"] == (0, 0, 0)


def test_a_run_that_is_on_already_goes_on_without_being_started() -> None:
    # On for one bucket before; minimum three, so buckets 0 and 1 must be listed: 2 · 3, no cost_start.
    rules = {"apple": {"min_run": 3, "cost_start": 100, "cost_bucket": 3}}
    data = instance(supply=[supply(0, 10)], demand=[spot(0, 10, 5)], listing=rules, initial_run={"apple": 1})

    result = solved(data)

    assert result.plan.listed["apple"] == (1, 1, 0)
    assert result.objective == pytest.approx(50 - 6)


def test_runs_are_counted_with_the_one_that_goes_on() -> None:
    # Demand in 0 and 2; one run only, so it stays listed in between for 3 more.
    rules = {"apple": {"max_runs": 1, "cost_bucket": 3}}
    data = instance(supply=[supply(0, 10), supply(2, 10)], demand=[spot(0, 10, 5), spot(2, 10, 5)], listing=rules)

    assert solved(data).objective == pytest.approx(100 - 9)
    assert solved(data | {"initial_run": {"apple": 5}}).objective == pytest.approx(100 - 9)


def test_a_listed_bucket_sells_its_minimum_quantity() -> None:
    # 5 in bucket 1 are under the minimum of 8, so it is not listed.
    data = instance(supply=[supply(0, 10), supply(1, 5)], demand=[spot(0, 10, 5), spot(1, 10, 5)], storage=[])

    assert solved(data | {"listing": {"apple": {"min_qty": 8}}}).objective == pytest.approx(50)


def test_a_band_levels_what_is_sold_while_listed() -> None:
    # 20 and 10 come and nothing keeps. Within ±20 % of one level: 1.2 v and 0.8 v with 0.8 v ≤ 10, so v = 12.5 and
    # 15 + 10 are sold. Listing bucket 0 alone would sell 20.
    data = instance(
        buckets=2,
        storage=[],
        supply=[supply(0, 20), supply(1, 10)],
        demand=[spot(0, 20, 1), spot(1, 20, 1)],
        band=[{"produce": "apple", "beta": 0.2}],
    )

    result = solved(data)

    assert result.objective == pytest.approx(25)
    assert result.plan.listed["apple"] == (1, 1)


def test_fair_uptake_is_of_the_named_cooperatives_together() -> None:
    # B and C cost more than they earn, but half of their 40 units together is taken all the same: all 10 of C first,
    # then 10 of B. Demand of 60 takes them beside A's 30.
    data = instance(
        buckets=1,
        supply=[
            supply(0, 30, cost=1),
            supply(0, 30, coop="B", cost=8),
            supply(0, 10, coop="C", cost=6),
        ],
        demand=[spot(0, 60, 5)],
        fairness=[{"coops": ["B", "C"], "min_uptake": 0.5}],
    )

    result = solved(data)

    # 30 · 4 + 10 · (5 - 6) + 10 · (5 - 8) = 80.
    assert result.objective == pytest.approx(80)
    assert result.dual("fairness", "fairness[0]") == pytest.approx(-3)


def test_trucks_are_whole() -> None:
    # 60 units at 5 - 1 need three trucks of 25: 240 - 3 · 30 = 150, against 50 units and two trucks, 200 - 60 = 140.
    data = instance(buckets=1, demand=[spot(0, 60, 5)], freight={"capacity": 25, "cost": 30})
    assert solved(data).objective == pytest.approx(150)
    # At 45 a truck the third no longer pays its way: 200 - 90 against 240 - 135.
    dearer = solved(data | {"freight": {"capacity": 25, "cost": 45}})
    assert dearer.objective == pytest.approx(110)
    assert dearer.to_json()["trucks"] == [{"hub": "H1", "bucket": 0, "trucks": 2}]


def test_a_change_of_the_plan_in_force_must_pay_for_itself() -> None:
    data = instance(supply=[supply(0, 10)], demand=[spot(0, 10, 5)], storage=[])
    replan = {"previous": {"apple": [0, 1, 0]}, "change_cost": 20}

    # Listing bucket 0 costs 20 of the 50 earned; leaving bucket 1 would cost 20 and gains nothing.
    result = solved(data | {"replan": replan})
    assert result.objective == pytest.approx(30)
    assert result.plan.listed["apple"] == (1, 1, 0)
    # At 60 a change nothing is changed and nothing sold.
    assert solved(data | {"replan": replan | {"change_cost": 60}}).objective == pytest.approx(0)


def test_no_supply_is_a_plan() -> None:
    result = solved(
        instance(supply=[], listing={"apple": {"min_run": 2}}, fairness=[{"coops": ["A"], "min_uptake": 1}])
    )

    assert result.status == "optimal"
    assert result.objective == 0
    assert result.to_json()["sales"] == []


def test_cooperatives_that_nothing_tells_apart_share_in_proportion() -> None:
    data = instance(buckets=1, supply=[supply(0, 60), supply(0, 30, coop="B")], demand=[spot(0, 45, 5)])

    assert solved(data).plan.uptake == pytest.approx({0: 30, 1: 15})


def test_as_much_as_there_is_may_be_written_as_a_huge_number() -> None:
    # Figures a million times the rest must not blur it: 60.5 sold at 5 at once, 30.25 kept, 9.25 not taken.
    data = instance(
        storage=[{"id": "cold", "mode": "cold", "capacity": 30.25, "hold_cost": 0.5}],
        demand=[spot(0, 60.5, 5), spot(1, 1e12, 7)],
        contracts=[spot(2, 0.001, 0, short_penalty=1e9)],
        listing={"apple": {"cost_bucket": 1}},
        freight={"capacity": 1e12, "cost": 2},
    )

    result = solved(data)

    # The contract's thousandth takes a place of the store for two buckets and a unit off bucket 1's sale.
    expected = 60.5 * 4 + 30.249 * 5.5 - 0.001 * (1 + 2 * 0.5) - 2 - 3 * 2
    assert result.objective == pytest.approx(expected, rel=1e-9)
    assert result.short() == []
    assert result.violations == ()


def test_a_huge_harvest_leaves_small_sales_exact() -> None:
    result = solved(instance(supply=[supply(0, 1e12, cost=1)], demand=[spot(0, 0.125, 5)]))

    assert result.objective == pytest.approx(0.5, rel=1e-9)
    assert result.plan.uptake == pytest.approx({0: 0.125})
