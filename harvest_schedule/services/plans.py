"""
Planning one supply pool: read, solve outside any transaction, store, publish. The same input is planned once.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum

from catalog.partner.models import Phase
from harvest_schedule.models import (
    Harvest,
    HarvestReport,
    PlanRequest,
    PlanWindow,
    SeasonPlan,
)
from harvest_schedule.on_hand import on_hand
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.solve import SolveParams, solve
from harvest_schedule.planner.stop import MaxRuntime
from harvest_schedule.planner_io import MIN_RUN, OPENING_HOUR, Instance, PoolInput, instance_build, week_start
from harvest_schedule.selectors.past_harvests import past_harvests
from harvest_schedule.services.publishing import plan_publish
from harvest_schedule.states import PLAN_MOVES, HarvestStatus, PlanStatus
from marketplace.cooperatives.models import PoolMember, PoolProduct, SupplyPool
from marketplace.foundation import clock
from marketplace.foundation.transitions import move
from marketplace.order.models import Line
from marketplace.order.states import LineStatus

logger = logging.getLogger(__name__)

TIME_LIMIT_S = 20.0


def pool_input_read(*, pool_id: int, at: datetime) -> PoolInput:
    """Read everything a plan of one pool is made from, in a fixed number of statements."""
    pool = SupplyPool.objects.select_related("produce", "hub", "seller").get(pk=pool_id)
    products = tuple(PoolProduct.objects.filter(pool=pool).select_related("product__grade").order_by("product_id"))
    members = list(PoolMember.objects.filter(pool=pool).order_by("cooperative_id"))
    today = clock.business_date(at)
    harvests = tuple(
        Harvest.objects.filter(
            produce_id=pool.produce_id,
            cooperative_id__in=[member.cooperative_id for member in members],
            ends_on__gte=today,
            declared_at__lte=at,
            status__in=[HarvestStatus.DECLARED, HarvestStatus.PICKING],
        )
        .select_related("cooperative")
        .prefetch_related("grade_mix")
        .order_by("starts_on", "pk")
    )
    picked = (
        HarvestReport.objects.filter(harvest__in=harvests, picked_g__isnull=False)
        .values("harvest_id")
        .annotate(grams=Sum("picked_g"))
    )
    product_ids = [item.product_id for item in products]
    open_lines = Line.objects.filter(
        product_id__in=product_ids, status__in=[LineStatus.AWAITING_PAYMENT, LineStatus.PAID]
    ).select_related("product")
    return PoolInput(
        pool=pool,
        products=products,
        harvests=harvests,
        picked_g={row["harvest_id"]: row["grams"] for row in picked},
        on_hand=tuple(on_hand(pool.hub_id, pool.produce_id, at)),
        open_lines=tuple(open_lines.order_by("pk")),
        floors={member.cooperative_id: member.floor_fen_per_kg for member in members},
        listed_weeks=MIN_RUN if _was_listed(pool_id, today) else 0,
        past=past_harvests(pool.produce_id, at),
        num_pools_at_hub=SupplyPool.objects.filter(hub_id=pool.hub_id).count(),
    )


def _was_listed(pool_id: int, today: date) -> bool:
    """Whether the plan in force last week had the pool on sale in its last hour; planning again does not change it."""
    opening = clock.shanghai(week_start(today), OPENING_HOUR)
    last = (
        SeasonPlan.objects.filter(pool_id=pool_id, starts_on__lt=week_start(today), published_at__isnull=False)
        .order_by("-published_at")
        .first()
    )
    if last is None:
        return False
    spot = PlanWindow.objects.filter(plan=last, planned_cap__gt=0).exclude(phase=Phase.PRESALE)
    return spot.filter(opens_at__lt=opening, closes_at__gte=opening).exists()


def plan_season(*, pool_id: int, at: datetime, actor: Any = None) -> SeasonPlan:
    """
    Plan a pool and publish the plan; when the input is that of the plan in force, return that and change nothing.

    Solving runs outside any transaction, between the row that says SOLVING and the one that says SOLVED.
    """
    instance = instance_build(pool_input_read(pool_id=pool_id, at=at), at)
    in_force = SeasonPlan.objects.filter(pool_id=pool_id, status=PlanStatus.PUBLISHED).first()
    if in_force is not None and in_force.input_hash == instance.hash:
        return in_force
    plan, result = plan_solve(pool_id=pool_id, instance=instance, at=at)
    return plan_publish(plan_id=plan.pk, result=result, actor=actor, at=at)


def plan_solve(*, pool_id: int, instance: Instance, at: datetime) -> tuple[SeasonPlan, Result]:
    """Solve an instance and keep both it and the result. A solver that fails leaves a FAILED row and raises."""
    plan = SeasonPlan.objects.create(
        pool_id=pool_id,
        input_hash=instance.hash,
        starts_on=instance.starts_on,
        num_buckets=instance.problem["buckets"],
        instance={"problem": instance.problem, "harvest_ids": list(instance.harvest_ids)},
        created_at=at,
    )
    try:
        result = solve(problem_read(instance.problem), MaxRuntime(TIME_LIMIT_S), params=SolveParams(rel_gap=1e-4))
    except Exception as error:
        with transaction.atomic():
            move(plan, PlanStatus.FAILED, moves=PLAN_MOVES, at=at, reason=f"{type(error).__name__}: {error}")
        raise
    with transaction.atomic():
        move(
            plan,
            PlanStatus.SOLVED,
            moves=PLAN_MOVES,
            at=at,
            result=result.to_json(),
            objective_fen=round(result.objective),
            bound_fen=round(result.bound) if abs(result.bound) < 1e15 else None,
        )
    return plan, result


def plans_run(*, at: datetime, pool_ids: Sequence[int] | None = None) -> list[SeasonPlan]:
    """Plan every pool that has products, or some of them; a pool that fails is logged and does not stop the others."""
    pools = SupplyPool.objects.filter(pool_products__isnull=False).distinct().order_by("pk")
    if pool_ids is not None:
        pools = pools.filter(pk__in=pool_ids)
    plans = []
    for pool_id in list(pools.values_list("pk", flat=True)):
        try:
            plans.append(plan_season(pool_id=pool_id, at=at))
        except Exception:
            logger.exception("planning pool %s failed", pool_id)
            continue
        PlanRequest.objects.filter(pool_id=pool_id, done_at=None, asked_at__lte=at).update(done_at=at)
    return plans
