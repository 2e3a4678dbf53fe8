"""
Planning at once: a pool, or all of them, from the question to the plan in force before the call returns.

For commands and for history that is made at past moments; the site itself leaves it to the worker (`replanning`). Both
are made of the same halves, `plan_open` and `plan_work`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from harvest_schedule.models import PlanRequest, SeasonPlan
from harvest_schedule.services.plan_requests import requests_failed, requests_take
from harvest_schedule.services.publishing import plan_publish
from harvest_schedule.services.solving import Now, is_unfinished, plan_open, plan_work
from harvest_schedule.services.store_shares import hubs_share
from harvest_schedule.states import PlanFailure, PlanStatus, PlanTrigger
from marketplace.cooperatives.models import SupplyPool

logger = logging.getLogger(__name__)


def plan_season(
    *,
    pool_id: int,
    at: datetime,
    actor: Any = None,
    trigger: str = PlanTrigger.NIGHT,
    time_limit_s: int | None = None,
    now: Now | None = None,
    publishes: bool = True,
) -> SeasonPlan:
    """
    Plan a pool and publish the plan, whatever its bounds; every open request of the pool is answered by it.

    When the input is that of the plan in force, that one is returned and nothing changes; when it is that of a draft,
    the draft is published. A plan that a worker is solving at the moment is returned as it is.

    Parameters
    ----------
    now
        Gives the moments while it is solved, where they are not to be ``at``.
    publishes
        False leaves it to the pool's bounds whether the plan publishes itself or waits as a draft.
    """
    taken = requests_take(pool_id=pool_id, at=at)
    request_ids = taken.request_ids if taken is not None else ()
    try:
        plan = plan_open(
            pool_id=pool_id,
            at=at,
            trigger=taken.trigger if taken is not None else trigger,
            actor=actor or (taken.asked_by if taken is not None else None),
            time_limit_s=time_limit_s or (taken.time_limit_s if taken is not None else None),
            request_ids=request_ids,
        )
    except Exception as error:
        words = f"{PlanFailure.INPUT.value}: {type(error).__name__}: {error}"[:300]
        requests_failed(PlanRequest.objects.filter(pk__in=request_ids), words, at)
        raise
    if not is_unfinished(plan):
        is_draft = plan.status == PlanStatus.SOLVED
        return plan_publish(plan_id=plan.pk, at=at, actor=actor) if is_draft and publishes else plan
    return plan_work(plan_id=plan.pk, now=now or (lambda: at), publishes=publishes)


def plans_run(*, at: datetime, pool_ids: Sequence[int] | None = None) -> list[SeasonPlan]:
    """
    Plan every pool that has products, or some of them; a pool that fails is logged and does not stop the others.

    Before all are planned, every hub's stores are divided among its pools.
    """
    if pool_ids is None:
        hubs_share(at=at)
    plans = []
    for pool_id in planned_pools(pool_ids):
        try:
            plans.append(plan_season(pool_id=pool_id, at=at))
        except Exception:
            logger.exception("planning pool %s failed", pool_id)
    return plans


def planned_pools(pool_ids: Sequence[int] | None = None) -> list[int]:
    """Return the pools that have products, in key order."""
    pools = SupplyPool.objects.filter(pool_products__isnull=False).distinct().order_by("pk")
    if pool_ids is not None:
        pools = pools.filter(pk__in=pool_ids)
    return list(pools.values_list("pk", flat=True))
