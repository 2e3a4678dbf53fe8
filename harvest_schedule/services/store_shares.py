"""
Dividing a hub's stores among its pools: one common plan a hub, before the pools' own, so that a place in the cold store
goes to whose goods it brings most.

The common plan is only asked what it keeps where and when; every pool is then planned by itself inside its shares, on
any day until they are made anew. What the shares are made from does not depend on them, so running twice changes
nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from harvest_schedule.models import HubSharing, StoreShare
from harvest_schedule.models.storage_shares import STORE_MODES
from harvest_schedule.planner.decompose import solve_in_parts
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.solve import SolveParams
from harvest_schedule.planner.stop import MaxRuntime
from harvest_schedule.planner.store_sharing import kept_by_pool, problem_of_pools, shares_g
from harvest_schedule.planner_io import Instance, PoolInput, instance_build, week_start
from harvest_schedule.planner_io_replan import Before
from harvest_schedule.selectors.pool_input import pool_input_read
from marketplace.cooperatives.models import Hub, SupplyPool
from marketplace.foundation.clock import business_date
from marketplace.foundation.units import G_PER_KG

logger = logging.getLogger(__name__)

#: Seconds that a hub's common plan may take.
TIME_LIMIT_S = 60.0
REL_GAP = 1e-3


@dataclass(frozen=True)
class _Pool:
    """A pool's facts and its question with the hub's whole stores."""

    data: PoolInput
    instance: Instance

    @property
    def name(self) -> str:
        return str(self.data.pool.pk)


def hubs_share(*, at: datetime) -> list[HubSharing]:
    """Divide the stores of every hub that several pools share; a hub that fails is logged and keeps its shares."""
    shared = Hub.objects.annotate(num_pools=Count("pools", filter=Q(pools__pool_products__isnull=False), distinct=True))
    # A hub that has become one pool's alone must forget its shares.
    hubs = shared.filter(Q(num_pools__gt=1) | Q(store_shares__isnull=False)).distinct().order_by("pk")
    made = []
    for hub_id in list(hubs.values_list("pk", flat=True)):
        try:
            sharing = hub_share(hub_id=hub_id, at=at)
        except Exception:
            logger.exception("dividing the stores of hub %s failed", hub_id)
            continue
        if sharing is not None:
            made.append(sharing)
    return made


def hub_share(*, hub_id: int, at: datetime) -> HubSharing | None:
    """
    Divide a hub's stores among its pools for every week of a plan; None where there is nothing to divide.

    The same input is solved once. Solving runs outside any transaction.
    """
    hub = Hub.objects.get(pk=hub_id)
    starts_on = week_start(business_date(at))
    pools = _pools(hub, at)
    if len(pools) < 2:
        with transaction.atomic():
            Hub.objects.select_for_update(no_key=True).get(pk=hub_id)
            StoreShare.objects.filter(hub=hub).delete()
            HubSharing.objects.filter(hub=hub).delete()
        return None
    input_hash = _input_hash(hub, pools)
    known = HubSharing.objects.filter(hub=hub, input_hash=input_hash, starts_on=starts_on).first()
    if known is not None:
        return known
    problem = problem_of_pools({pool.name: pool.instance.problem for pool in pools})
    result = solve_in_parts(problem_read(problem), MaxRuntime(TIME_LIMIT_S), params=SolveParams(rel_gap=REL_GAP))
    kept = kept_by_pool(result)
    rows = [
        StoreShare(hub=hub, pool_id=int(name), mode=mode, week=week, share_g=grams)
        for mode in STORE_MODES
        for week, shares in _weeks(hub, mode, pools, kept, starts_on, problem["buckets"])
        for name, grams in shares.items()
    ]
    bound = round(result.bound) if abs(result.bound) < 1e15 else None
    with transaction.atomic():
        Hub.objects.select_for_update(no_key=True).get(pk=hub_id)
        StoreShare.objects.filter(hub=hub).delete()
        StoreShare.objects.bulk_create(rows)
        sharing, _ = HubSharing.objects.update_or_create(
            hub=hub,
            defaults={
                "input_hash": input_hash,
                "starts_on": starts_on,
                "made_at": at,
                "objective_fen": round(result.objective),
                "bound_fen": bound,
            },
        )
    return sharing


def _pools(hub: Hub, at: datetime) -> list[_Pool]:
    ids = SupplyPool.objects.filter(hub=hub, pool_products__isnull=False).distinct().order_by("pk")
    found = []
    for pool_id in ids.values_list("pk", flat=True):
        # The plan in force is no fact of the field, and the stores are all pools' together.
        read = pool_input_read(pool_id=pool_id, at=at)
        data = replace(read, before=Before(), shares_g={}, num_pools_at_hub=1)
        found.append(_Pool(data, instance_build(data, at)))
    return found


def _input_hash(hub: Hub, pools: list[_Pool]) -> str:
    lying = {pool.name: sorted([row.mode, row.grams] for row in pool.data.on_hand) for pool in pools}
    facts: dict[str, Any] = {
        "hub": [hub.pk, hub.ambient_capacity_g, hub.cold_capacity_g],
        "pools": [[pool.name, pool.instance.hash] for pool in pools],
        "lying": lying,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _weeks(
    hub: Hub,
    mode: str,
    pools: list[_Pool],
    kept: Mapping[tuple[str, str, int], float],
    starts_on: date,
    num_weeks: int,
) -> list[tuple[date, dict[str, int]]]:
    """Every week's shares of one store."""
    store = f"{hub.code}/{mode}"
    capacity_g = {"AMBIENT": hub.ambient_capacity_g, "COLD": hub.cold_capacity_g}[mode]
    need_g = {pool.name: _need_g(pool, mode) for pool in pools}
    lying_g: dict[str, int] = defaultdict(int)
    for pool in pools:
        lying_g[pool.name] += sum(row.grams for row in pool.data.on_hand if row.mode == mode)
    weeks = []
    for bucket in range(num_weeks):
        kept_g = {name: _up(kept.get((name, store, bucket), 0.0) * G_PER_KG) for name in need_g}
        shares = shares_g(capacity_g, lying_g if bucket == 0 else {}, kept_g, need_g)
        weeks.append((starts_on + timedelta(weeks=bucket), shares))
    return weeks


def _up(grams: float) -> int:
    """Whole grams that hold so much; a solver's rounding is no gram."""
    return max(round(grams), int(grams) + (grams - int(grams) > 1e-3))


def _need_g(pool: _Pool, mode: str) -> int:
    """What a pool could want to keep there: all that it expects to bring in or has, where the store can hold it."""
    problem = pool.instance.problem
    if mode not in problem["produce"][0]["life"]:
        return 0
    rows = [*problem["supply"], *(row for row in problem["on_hand"] if row["mode"] == mode)]
    return round(sum(row["qty"] for row in rows) * G_PER_KG)
