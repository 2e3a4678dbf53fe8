"""Pools of one hub and the places in its stores: divided once for the same input, never more than there are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from harvest_schedule import tasks
from harvest_schedule.models import HubSharing, SeasonPlan, StoreShare
from harvest_schedule.on_hand import OnHandRow
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.solve import solve
from harvest_schedule.planner.stop import MaxRuntime
from harvest_schedule.planner_io import WEEKS, instance_build, week_start
from harvest_schedule.selectors import pool_input
from harvest_schedule.selectors.pool_input import pool_input_read
from harvest_schedule.services import store_shares
from harvest_schedule.services.plans import plans_run
from harvest_schedule.services.store_shares import hub_share, hubs_share
from marketplace.cooperatives.models import Hub, PoolProduct, SupplyPool
from tests.factories import NOW, TODAY, HubFactory
from tests.factories.harvests import KG, Village

pytestmark = pytest.mark.django_db

MONDAY = week_start(TODAY)


def neighbours(cold_kg: int = 6_000) -> tuple[Village, Village]:
    """Two pools of one hub; what the first keeps sells for three times as much."""
    dear, cheap = Village(9_000, 9_000), Village(9_000, 9_000)
    Hub.objects.filter(pk=dear.hub.pk).update(cold_capacity_g=cold_kg * KG, ambient_capacity_g=1_000 * KG)
    SupplyPool.objects.filter(pk=cheap.pool.pk).update(hub=dear.hub)
    PoolProduct.objects.filter(pool=dear.pool).update(base_price_fen=11_940, weekly_demand_packs=300)
    PoolProduct.objects.filter(pool=cheap.pool).update(weekly_demand_packs=300)
    return dear, cheap


def rows() -> list[tuple[object, ...]]:
    return list(
        StoreShare.objects.order_by("pool_id", "mode", "week").values_list("pool_id", "mode", "week", "share_g")
    )


def capacity(village: Village, mode: str) -> object:
    problem = instance_build(pool_input_read(pool_id=village.pool.pk, at=NOW), NOW).problem
    return next(store["capacity"] for store in problem["storage"] if store["mode"] == mode)


def earned(village: Village) -> float:
    problem = instance_build(pool_input_read(pool_id=village.pool.pk, at=NOW), NOW).problem
    return solve(problem_read(problem), MaxRuntime(20)).objective


def test_shares_add_up_to_the_stores_in_every_week() -> None:
    dear, _ = neighbours()

    sharing = hub_share(hub_id=dear.hub.pk, at=NOW)

    assert sharing is not None
    assert sharing.objective_fen > 0
    for mode, whole in (("COLD", 6_000 * KG), ("AMBIENT", 1_000 * KG)):
        weeks = StoreShare.objects.filter(mode=mode).values("week").annotate(grams=Sum("share_g"))
        assert [row["grams"] for row in weeks] == [whole] * WEEKS


def test_sharing_twice_changes_nothing_and_is_not_solved_again(monkeypatch: pytest.MonkeyPatch) -> None:
    dear, _ = neighbours()
    first = hub_share(hub_id=dear.hub.pk, at=NOW)
    before = rows()
    monkeypatch.setattr(store_shares, "solve_in_parts", lambda *_args, **_more: pytest.fail("solved again"))

    assert hub_share(hub_id=dear.hub.pk, at=NOW) == first
    assert rows() == before


def test_sharing_anew_from_the_same_facts_gives_the_same_shares() -> None:
    dear, cheap = neighbours()
    hub_share(hub_id=dear.hub.pk, at=NOW)
    before = rows()
    hashes = [instance_build(pool_input_read(pool_id=row.pool.pk, at=NOW), NOW).hash for row in (dear, cheap)]
    HubSharing.objects.update(input_hash="x" * 64)

    hub_share(hub_id=dear.hub.pk, at=NOW)

    assert rows() == before
    assert [instance_build(pool_input_read(pool_id=r.pool.pk, at=NOW), NOW).hash for r in (dear, cheap)] == hashes


def test_pools_earn_more_in_their_shares_than_in_equal_parts() -> None:
    dear, cheap = neighbours()
    equal = earned(dear) + earned(cheap)

    sharing = hub_share(hub_id=dear.hub.pk, at=NOW)

    shared = earned(dear) + earned(cheap)
    assert sharing is not None
    assert sharing.bound_fen is not None
    assert shared > 1.02 * equal
    assert shared <= 1.001 * sharing.bound_fen


def test_a_pool_takes_its_share_by_week_and_without_shares_an_equal_part() -> None:
    dear, _ = neighbours()

    assert capacity(dear, "COLD") == 3_000
    hub_share(hub_id=dear.hub.pk, at=NOW)

    shares = StoreShare.objects.filter(pool=dear.pool, mode="COLD").order_by("week")
    assert capacity(dear, "COLD") == [row.share_g / KG for row in shares]
    assert max(row.share_g for row in shares) > 3_000 * KG


def test_shares_of_a_larger_store_than_there_is_count_for_nothing() -> None:
    dear, _ = neighbours()
    hub_share(hub_id=dear.hub.pk, at=NOW)

    Hub.objects.update(cold_capacity_g=2_000 * KG)

    assert capacity(dear, "COLD") == 1_000


def test_weeks_that_nobody_has_divided_are_shared_equally() -> None:
    dear, _ = neighbours()
    hub_share(hub_id=dear.hub.pk, at=NOW - timedelta(weeks=1))

    problem = instance_build(pool_input_read(pool_id=dear.pool.pk, at=NOW), NOW).problem

    assert problem["storage"][1]["capacity"][-1] == 3_000
    assert StoreShare.objects.filter(week__gte=MONDAY, pool=dear.pool, mode="COLD").count() == WEEKS - 1


def test_what_lies_in_the_store_is_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    dear, cheap = neighbours()
    # Too old to be sent, so no plan keeps it; but it lies there.
    lot = OnHandRow(dear.hub.pk, cheap.pool.produce_id, cheap.grade.pk, "COLD", TODAY, TODAY, 5_000 * KG)
    monkeypatch.setattr(pool_input, "on_hand", lambda _, produce_id, __: [lot] if produce_id == lot.produce_id else [])

    hub_share(hub_id=dear.hub.pk, at=NOW)

    week = StoreShare.objects.filter(mode="COLD", week=MONDAY)
    assert week.get(pool=cheap.pool).share_g >= 5_000 * KG
    assert sum(row.share_g for row in week) == 6_000 * KG


def test_a_hub_of_one_pool_has_no_shares_and_forgets_those_it_had() -> None:
    dear, cheap = neighbours()
    hubs_share(at=NOW)
    assert StoreShare.objects.exists()
    SupplyPool.objects.filter(pk=cheap.pool.pk).update(hub=HubFactory())

    assert hubs_share(at=NOW) == []

    assert not StoreShare.objects.exists()
    assert not HubSharing.objects.exists()
    assert capacity(dear, "COLD") == 6_000


def test_a_hub_that_fails_keeps_its_shares_and_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = neighbours()
    second, _ = neighbours()
    hubs_share(at=NOW)
    before = rows()
    PoolProduct.objects.update(weekly_demand_packs=200)
    original = store_shares.problem_of_pools

    def fails_once(problems: dict[str, object]) -> dict[str, object]:
        if str(first.pool.pk) in problems:
            raise ValueError("no such luck")
        return original(problems)

    monkeypatch.setattr(store_shares, "problem_of_pools", fails_once)

    made = hubs_share(at=NOW)

    assert [row.hub_id for row in made] == [second.hub.pk]
    kept = {first.pool.pk}
    assert [row for row in rows() if row[0] in kept] == [row for row in before if row[0] in kept]


def test_the_database_refuses_a_share_below_nothing_or_of_no_store() -> None:
    dear, _ = neighbours()
    for wrong in ({"share_g": -1}, {"mode": "OVEN"}):
        values = {"hub": dear.hub, "pool": dear.pool, "mode": "COLD", "week": MONDAY, "share_g": 1, **wrong}
        with pytest.raises(IntegrityError), transaction.atomic():
            StoreShare.objects.create(**values)


def test_the_night_divides_stores_before_it_plans_the_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    dear, _ = neighbours()
    seen: list[bool] = []
    monkeypatch.setattr(tasks.replanning, "nightly_request", lambda **_: seen.append(StoreShare.objects.exists()))
    monkeypatch.setattr(tasks.clock, "now", lambda: NOW)

    tasks.plans_run_all()

    assert seen == [True]
    assert HubSharing.objects.get().hub == dear.hub


def test_planning_all_pools_at_once_divides_stores_first() -> None:
    dear, cheap = neighbours()

    plans_run(at=NOW)

    for village in (dear, cheap):
        plan = SeasonPlan.objects.get(pool=village.pool)
        stores = [store["capacity"] for store in plan.instance["problem"]["storage"] if store["mode"] == "COLD"]
        shares = StoreShare.objects.filter(pool=village.pool, mode="COLD").order_by("week")
        assert stores == [[row.share_g / KG for row in shares]]
    hashes = list(SeasonPlan.objects.order_by("pk").values_list("input_hash", flat=True))

    plans_run(at=NOW)

    assert list(SeasonPlan.objects.order_by("pk").values_list("input_hash", flat=True)) == hashes
