"""
The life of a plan from its question to the decision about it: opened, taken in hand, solved, decided.

A plan is a row before anybody solves it, so a worker that dies loses nothing. Whoever takes it in hand beats its heart
about once a second; a plan whose heart has stopped is taken up again. The number of the attempt is written with every
word about the plan, so one who was thought dead and comes back finds the plan taken and says nothing more.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from harvest_schedule.models import PlanRequest, SeasonPlan
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.result import TIME_LIMIT, Result
from harvest_schedule.planner_io import Instance, instance_build
from harvest_schedule.selectors.pool_input import pool_input_read
from harvest_schedule.services.deciding import plan_decide
from harvest_schedule.services.plan_requests import requests_answer, requests_failed
from harvest_schedule.services.publishing import UnableToPublishPlan, plan_publish
from harvest_schedule.services.watched_solving import Tell, solve_watched
from harvest_schedule.states import PLAN_MOVES, PlanFailure, PlanStatus, PlanTrigger
from marketplace.cooperatives.models import SupplyPool
from marketplace.foundation.transitions import move

logger = logging.getLogger(__name__)

#: Seconds that solving may take when nobody says otherwise.
TIME_LIMIT_S = 20
#: A plan in hand that was not heard of for so long has lost its worker. Hearts beat every second.
HEART_STALE_S = 60
#: So often a plan is taken in hand before it is given up: a plan that kills its worker must not kill them for ever.
MAX_ATTEMPTS = 3

Now = Callable[[], datetime]


class UnableToCancelPlan(Exception):
    """The plan is not being solved any more."""


def plan_open(
    *,
    pool_id: int,
    at: datetime,
    trigger: str = PlanTrigger.NIGHT,
    actor: Any = None,
    time_limit_s: int | None = None,
    request_ids: tuple[int, ...] = (),
) -> SeasonPlan:
    """
    Read a pool's facts and put down the question; nothing is solved yet.

    The same question is asked once: it is answered by the plan in force, the draft or the plan being solved that has
    it already, unless that one ran out of time and more is given now. The requests are tied to the plan, and answered
    where it is decided about already.
    """
    limit_s = time_limit_s or TIME_LIMIT_S
    instance = instance_build(pool_input_read(pool_id=pool_id, at=at), at)
    known = _known(pool_id, instance, limit_s)
    if known is not None and not request_ids:
        return known
    with transaction.atomic():
        # Two that ask for one pool at once: the second finds the first one's row.
        SupplyPool.objects.select_for_update(of=("self",), no_key=True).get(pk=pool_id)
        plan = _known(pool_id, instance, limit_s) or SeasonPlan.objects.create(
            pool_id=pool_id,
            input_hash=instance.hash,
            starts_on=instance.starts_on,
            num_buckets=instance.problem["buckets"],
            instance={"problem": instance.problem, "harvest_ids": list(instance.harvest_ids)},
            created_at=at,
            trigger=trigger,
            asked_by=actor,
            time_limit_s=limit_s,
        )
        PlanRequest.objects.filter(pk__in=request_ids, done_at=None).update(plan=plan)
        if not is_unfinished(plan):
            requests_answer(plan, at)
    return plan


def _known(pool_id: int, instance: Instance, time_limit_s: int) -> SeasonPlan | None:
    plans = SeasonPlan.objects.filter(
        pool_id=pool_id,
        input_hash=instance.hash,
        status__in=[PlanStatus.SOLVING, PlanStatus.SOLVED, PlanStatus.PUBLISHED],
    )
    for plan in plans.order_by("-created_at", "-pk"):
        if plan.time_limit_s >= time_limit_s or (plan.status != PlanStatus.SOLVING and not plan.is_best_so_far):
            return plan
    return None


def is_unfinished(plan: SeasonPlan) -> bool:
    """Whether a worker has to do with it, or should have."""
    return plan.status == PlanStatus.SOLVING or (plan.status == PlanStatus.SOLVED and plan.heartbeat_at is not None)


def plan_work(*, plan_id: int, now: Now, publishes: bool = False) -> SeasonPlan:
    """
    Take a plan in hand, solve it outside any transaction, store the answer and decide about it.

    The plan publishes itself inside its pool's bounds and waits as a draft beyond them; with ``publishes`` the caller
    has decided that it comes into force.

    Nothing happens when somebody else has it in hand or nothing is left to do. A worker that was lost after solving is
    followed by one that decides only.

    Raises
    ------
    Exception
        Whatever the solver raised, after it was written to the plan.
    """
    plan = plan_claim(plan_id=plan_id, at=now())
    if plan is None:
        return SeasonPlan.objects.get(pk=plan_id)
    result: Result | None = None
    if plan.status == PlanStatus.SOLVING:
        try:
            result = solve_watched(
                problem_read(plan.instance["problem"]), time_limit_s=plan.time_limit_s, tell=_heart(plan, now)
            )
        except Exception as error:
            _fail(plan, PlanFailure.SOLVER, f"{type(error).__name__}: {error}", at=now())
            raise
        if not _store(plan, result, at=now()):
            return SeasonPlan.objects.get(pk=plan_id)
    return _decide(plan, result, at=now(), publishes=publishes)


@transaction.atomic
def plan_claim(*, plan_id: int, at: datetime) -> SeasonPlan | None:
    """
    Take a plan in hand: its heart beats and the attempt is counted. None when there is nothing to do for the caller.

    Of two who come at once the second waits for the first one's lock and finds a beating heart.
    """
    plan = SeasonPlan.objects.select_for_update(of=("self",)).get(pk=plan_id)
    if not is_unfinished(plan) or is_alive(plan, at):
        return None
    if plan.cancel_asked_at is not None and plan.status == PlanStatus.SOLVING:
        _cancelled(plan, at)
        return None
    if plan.num_attempts >= MAX_ATTEMPTS:
        _give_up(plan, at)
        return None
    plan.num_attempts += 1
    plan.started_at = plan.heartbeat_at = at
    plan.save(update_fields=["num_attempts", "started_at", "heartbeat_at"])
    return plan


def is_alive(plan: SeasonPlan, at: datetime) -> bool:
    """Whether a worker has the plan in hand and was heard of."""
    return plan.heartbeat_at is not None and plan.heartbeat_at > at - timedelta(seconds=HEART_STALE_S)


@transaction.atomic
def plan_cancel(*, plan_id: int, at: datetime, actor: Any = None) -> SeasonPlan:
    """
    Ask for the end of solving; the worker hears it within a second or two, and the plan in force stays.

    A plan that no worker has in hand is cancelled at once. Asked twice is asked once.

    Raises
    ------
    UnableToCancelPlan
        If it is solved already.
    """
    plan = SeasonPlan.objects.select_for_update(of=("self",)).get(pk=plan_id)
    if plan.status == PlanStatus.CANCELLED:
        return plan
    if plan.status != PlanStatus.SOLVING:
        raise UnableToCancelPlan(f"the plan is {plan.status}")
    if plan.cancel_asked_at is None:
        plan.cancel_asked_at, plan.cancel_asked_by = at, actor
        plan.save(update_fields=["cancel_asked_at", "cancel_asked_by"])
    if not is_alive(plan, at):
        _cancelled(plan, at)
    return plan


def _heart(plan: SeasonPlan, now: Now) -> Tell | None:
    if connection.in_atomic_block:
        # Inside a caller's transaction nobody else sees the row, so nobody can watch or cancel.
        return None
    mine = SeasonPlan.objects.filter(pk=plan.pk, num_attempts=plan.num_attempts, status=PlanStatus.SOLVING)

    def beat(best: float, bound: float) -> bool:
        mine_now = mine.update(heartbeat_at=now(), objective_fen=_fen(best), bound_fen=_fen(bound))
        return not mine_now or mine.filter(cancel_asked_at__isnull=False).exists()

    return beat


def _fen(value: float) -> int | None:
    """Whole fen; none for what is not known, also where the solver writes a very large number for it."""
    return round(value) if math.isfinite(value) and abs(value) < 1e15 else None


def _still_mine(plan: SeasonPlan) -> SeasonPlan | None:
    """Lock the plan; None when somebody else took it up meanwhile."""
    row = SeasonPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    return row if row.num_attempts == plan.num_attempts and is_unfinished(row) else None


@transaction.atomic
def _store(plan: SeasonPlan, result: Result, *, at: datetime) -> bool:
    """Keep the answer, unless the plan was cancelled or taken up by another; whether it was kept."""
    row = _still_mine(plan)
    if row is None:
        return False
    if row.cancel_asked_at is not None:
        _cancelled(row, at)
        return False
    move(
        row,
        PlanStatus.SOLVED,
        moves=PLAN_MOVES,
        at=at,
        heartbeat_at=at,
        solved_at=at,
        is_best_so_far=result.status == TIME_LIMIT,
        result=result.to_json(),
        objective_fen=_fen(result.objective),
        bound_fen=_fen(result.bound),
    )
    return True


def _decide(plan: SeasonPlan, result: Result | None, *, at: datetime, publishes: bool = False) -> SeasonPlan:
    """
    Publish the plan, or leave it as the draft that it is; either way nothing is left to do for a worker.

    What goes wrong here is tried again by the sweeper, as the heart stops beating.
    """
    try:
        with transaction.atomic():
            # First the pool, then the plan: publishing locks them in this order.
            SupplyPool.objects.select_for_update(of=("self",)).get(pk=plan.pool_id)
            row = _still_mine(plan)
            if row is None:
                return SeasonPlan.objects.get(pk=plan.pk)
            try:
                with transaction.atomic():
                    decide = plan_publish if publishes else plan_decide
                    decide(plan_id=row.pk, result=result, at=at)
            except UnableToPublishPlan as error:
                move(row, PlanStatus.SUPERSEDED, moves=PLAN_MOVES, at=at, reason=str(error))
            SeasonPlan.objects.filter(pk=row.pk).update(heartbeat_at=None, failure="")
            requests_answer(row, at)
    except Exception as error:
        words = _words(PlanFailure.PUBLISHING, f"{type(error).__name__}: {error}")
        SeasonPlan.objects.filter(pk=plan.pk, num_attempts=plan.num_attempts).update(failure=words)
        raise
    return SeasonPlan.objects.get(pk=plan.pk)


def _words(failure: PlanFailure, said: str = "") -> str:
    return (f"{failure.value}: {said}" if said else failure.value)[:300]


@transaction.atomic
def _fail(plan: SeasonPlan, failure: PlanFailure, said: str, *, at: datetime) -> None:
    row = _still_mine(plan)
    if row is None:
        return
    words = _words(failure, said)
    move(row, PlanStatus.FAILED, moves=PLAN_MOVES, at=at, reason=words, failure=words, heartbeat_at=None)
    requests_failed(PlanRequest.objects.filter(plan=row), words, at)


def _give_up(plan: SeasonPlan, at: datetime) -> None:
    """Taken in hand too often: a plan unsolved has failed, a solved one stays a draft for a person."""
    words = plan.failure or _words(PlanFailure.LOST)
    if plan.status == PlanStatus.SOLVING:
        move(plan, PlanStatus.FAILED, moves=PLAN_MOVES, at=at, reason=words, failure=words, heartbeat_at=None)
    else:
        SeasonPlan.objects.filter(pk=plan.pk).update(heartbeat_at=None, failure=words)
    requests_failed(PlanRequest.objects.filter(plan=plan), words, at, for_good=True)


def _cancelled(plan: SeasonPlan, at: datetime) -> None:
    move(plan, PlanStatus.CANCELLED, moves=PLAN_MOVES, at=at, actor=plan.cancel_asked_by, heartbeat_at=None)
    requests_answer(plan, at)
