"""
Planning in the worker: a task a pool, started by the reasons that the field, the stores, the buyers or a person gave.

The reason is a row first (`plan_requests`) and the plan is one (`solving`), so a broker or a worker that is lost loses
no work: beat comes by, offers again what nobody took, and has plans taken up whose worker is gone.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import Q

from harvest_schedule.models import SeasonPlan
from harvest_schedule.services.plan_requests import due_requests, open_requests, replan_request, requests_withdraw
from harvest_schedule.services.plans import plan_season, planned_pools
from harvest_schedule.services.solving import HEART_STALE_S, Now, UnableToCancelPlan, is_alive, plan_cancel, plan_work
from harvest_schedule.states import PlanStatus, PlanTrigger, ReplanReason
from marketplace.foundation.clock import business_date
from marketplace.foundation.outbox import BROKER_ERRORS

logger = logging.getLogger(__name__)

#: A pool that was offered to the workers is not offered again for so long: a night's work may queue up for minutes.
OFFERED_FOR_S = 600


def replan_now(*, pool_id: int, at: datetime, actor: Any = None, time_limit_s: int | None = None) -> None:
    """Ask for a new plan of one pool at once; twice in a minute is once. Without a broker beat finds the request."""
    with transaction.atomic():
        replan_request(
            pool_ids=[pool_id],
            reason=ReplanReason.PERSON,
            key=f"hand:{at:%Y%m%d%H%M}:{time_limit_s or ''}",
            at=at,
            trigger=PlanTrigger.PERSON,
            actor=actor,
            time_limit_s=time_limit_s,
        )
        transaction.on_commit(lambda: pools_offer(at=at, pool_ids=[pool_id]))


def nightly_request(*, at: datetime) -> int:
    """Ask for a plan of every pool that has products, once a day, and offer them all; returns how many pools."""
    pool_ids = planned_pools()
    replan_request(
        pool_ids=pool_ids,
        reason=ReplanReason.NIGHT,
        key=f"night:{business_date(at):%Y%m%d}",
        at=at,
        trigger=PlanTrigger.NIGHT,
    )
    pools_offer(at=at)
    return len(pool_ids)


def pools_offer(*, at: datetime, pool_ids: list[int] | None = None) -> int:
    """Start a task for every pool with a request that is due and that no worker was told of lately."""
    waiting = due_requests(at)
    if pool_ids is not None:
        waiting = waiting.filter(pool_id__in=pool_ids)
    told = at - timedelta(seconds=OFFERED_FOR_S)
    waiting = waiting.filter(Q(offered_at=None) | Q(offered_at__lte=told))
    offered = 0
    for pool_id in sorted(set(waiting.values_list("pool_id", flat=True))):
        if not _send("harvest_schedule.plan_pool", pool_id=pool_id):
            break
        open_requests().filter(pool_id=pool_id).update(offered_at=at)
        offered += 1
    return offered


def plans_sweep(*, at: datetime) -> int:
    """Start a task for every plan whose worker is gone, or that none has taken up; returns how many."""
    gone = at - timedelta(seconds=HEART_STALE_S)
    lost = SeasonPlan.objects.filter(
        Q(status__in=[PlanStatus.SOLVING, PlanStatus.SOLVED], heartbeat_at__lte=gone)
        | Q(status=PlanStatus.SOLVING, heartbeat_at=None, created_at__lte=gone)
    )
    swept = 0
    for plan_id in lost.order_by("pk").values_list("pk", flat=True):
        if not _send("harvest_schedule.plan_resume", plan_id=plan_id):
            break
        swept += 1
    return swept


def _send(task: str, **kwargs: int) -> bool:
    try:
        current_app.send_task(task, kwargs=kwargs, queue="planning", retry=False)
    except BROKER_ERRORS:
        logger.warning("broker away, planning waits for beat")
        return False
    return True


def pool_plan(*, pool_id: int, now: Now) -> SeasonPlan | None:
    """
    The task of one pool: plan for every request that is open. None when there is none, or a worker is planning it.

    What is asked while it goes on is offered afterwards. A failure is written to the plan and its requests, and logged.
    """
    at = now()
    solving = SeasonPlan.objects.filter(pool_id=pool_id, status=PlanStatus.SOLVING).defer("instance", "result")
    if any(is_alive(plan, at) for plan in solving):
        # Its facts are older than the requests: they wait until it ends.
        open_requests().filter(pool_id=pool_id).update(offered_at=None)
        return None
    if not open_requests().filter(pool_id=pool_id).exists():
        return None
    plan = None
    try:
        plan = plan_season(pool_id=pool_id, at=at, now=now, publishes=False)
    except Exception:
        logger.exception("planning pool %s failed", pool_id)
    pools_offer(at=now(), pool_ids=[pool_id])
    return plan


def plan_resume(*, plan_id: int, now: Now) -> SeasonPlan | None:
    """The task that takes up a plan whose worker is gone; nothing happens if it lives or somebody was first."""
    try:
        return plan_work(plan_id=plan_id, now=now)
    except Exception:
        logger.exception("taking up plan %s failed", plan_id)
        return None


def planning_cancel(*, pool_id: int, at: datetime, actor: Any = None) -> bool:
    """End what is being planned for a pool and withdraw what waits; whether there was anything to end."""
    withdrawn = requests_withdraw(pool_id=pool_id, at=at)
    ended = False
    for plan_id in SeasonPlan.objects.filter(pool_id=pool_id, status=PlanStatus.SOLVING).values_list("pk", flat=True):
        try:
            plan_cancel(plan_id=plan_id, at=at, actor=actor)
        except UnableToCancelPlan:
            continue  # it was solved in this very moment
        ended = True
    return ended or withdrawn > 0


def requested_plans_run(*, at: datetime, limit: int = 50) -> int:
    """Plan every pool with a request that is due, here and now; returns how many. For history made at past moments."""
    planned = 0
    for pool_id in sorted(set(due_requests(at).values_list("pool_id", flat=True)))[:limit]:
        try:
            plan_season(pool_id=pool_id, at=at)
        except Exception:
            logger.exception("planning pool %s on request failed", pool_id)
            continue
        planned += 1
    return planned
