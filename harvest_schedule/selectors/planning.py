"""What is being planned for a pool at the moment, and what must be told of how planning ended last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from harvest_schedule.models import PlanRequest, SeasonPlan
from harvest_schedule.states import PlanFailure, PlanStatus, ReplanReason


@dataclass(frozen=True)
class Planning:
    """
    One pool's planning as a person watches it.

    ``since`` is when it was asked for. Best and bound are fen, none while nothing is known; ``gap`` is the share of the
    best plan's worth by which a better one could be better. ``mark`` changes whenever the page should be told anew.
    """

    mark: str
    is_queued: bool = False
    is_solving: bool = False
    is_cancelling: bool = False
    since: datetime | None = None
    reasons: tuple[str, ...] = ()
    num_attempts: int = 0
    best_fen: int | None = None
    bound_fen: int | None = None
    seconds_left: int | None = None
    time_limit_s: int = 0
    #: When a request that waits so as not to plan too often will be due.
    due_at: datetime | None = None
    failure: Failure | None = None
    cancelled: SeasonPlan | None = None
    #: The plan in force where time ran out before it was proven the best.
    unproven: SeasonPlan | None = None

    @property
    def is_busy(self) -> bool:
        return self.is_queued or self.is_solving

    @property
    def gap(self) -> float | None:
        return _gap(self.best_fen, self.bound_fen)

    @property
    def unproven_gap(self) -> float | None:
        return _gap(self.unproven.objective_fen, self.unproven.bound_fen) if self.unproven is not None else None


@dataclass(frozen=True)
class Failure:
    """Why there is no new plan, in words, and what the machine said."""

    words: str
    said: str
    at: datetime


def planning_of(pool_id: int, at: datetime) -> Planning:
    """Return it; the plans in hand first, then what waits, then how it ended last."""
    plans = SeasonPlan.objects.filter(pool_id=pool_id).defer("instance", "result", "changes")
    in_force = plans.filter(status=PlanStatus.PUBLISHED).first()
    solving = plans.filter(status=PlanStatus.SOLVING).order_by("-heartbeat_at", "-created_at").first()
    requests = list(PlanRequest.objects.filter(pool_id=pool_id, done_at=None).order_by("asked_at", "pk"))
    latest = plans.exclude(status=PlanStatus.SOLVING).order_by("-created_at", "-pk").select_related("cancel_asked_by")
    last = latest.first()
    known: dict[str, Any] = {
        "unproven": in_force if in_force is not None and in_force.is_best_so_far else None,
        "failure": _failure(pool_id, last),
        "cancelled": last if last is not None and last.status == PlanStatus.CANCELLED else None,
    }
    ends = f"{in_force.pk if in_force else ''}:{last.pk if last else ''}"
    if solving is not None:
        return _solving(solving, requests, ends, at, known)
    due = [row for row in requests if row.due_at is None or row.due_at <= at]
    if due:
        return Planning(mark=f"queued:{ends}", is_queued=True, since=due[0].asked_at, reasons=_reasons(due), **known)
    later = min((row.due_at for row in requests if row.due_at is not None), default=None)
    return Planning(mark=f"idle:{ends}", due_at=later, reasons=_reasons(requests), **known)


def _solving(plan: SeasonPlan, requests: list[PlanRequest], ends: str, at: datetime, known: dict[str, Any]) -> Planning:
    mine = [row for row in requests if row.plan_id == plan.pk]
    left: int | None = None
    if plan.started_at is not None:
        left = max(0, round(plan.time_limit_s - (at - plan.started_at).total_seconds()))
    is_cancelling = plan.cancel_asked_at is not None
    return Planning(
        mark=f"solving:{plan.pk}:{plan.num_attempts}:{is_cancelling}:{ends}",
        is_solving=True,
        is_cancelling=is_cancelling,
        since=mine[0].asked_at if mine else plan.created_at,
        reasons=_reasons(mine),
        num_attempts=plan.num_attempts,
        best_fen=plan.objective_fen,
        bound_fen=plan.bound_fen,
        seconds_left=left,
        time_limit_s=plan.time_limit_s,
        **known,
    )


def _reasons(requests: list[PlanRequest]) -> tuple[str, ...]:
    labels = dict(ReplanReason.choices)
    return tuple(dict.fromkeys(str(labels.get(row.reason, row.reason)) for row in requests))


def _failure(pool_id: int, last: SeasonPlan | None) -> Failure | None:
    """The failure that nothing better followed: of the last plan, or of requests that never became a plan."""
    answered = PlanRequest.objects.filter(pool_id=pool_id, done_at__isnull=False).order_by("-done_at", "-pk").first()
    found: list[tuple[datetime, str]] = []
    if answered is not None and answered.done_at is not None:
        found.append((answered.done_at, answered.failure))
    if last is not None:
        found.append((last.solved_at or last.created_at, last.failure))
    if not found:
        return None
    at, text = max(found, key=lambda row: row[0])
    return failure_told(text, at) if text else None


def failure_told(text: str, at: datetime) -> Failure:
    """A row's `failure` in the reader's language, apart from what the machine said."""
    kind, _colon, said = text.partition(": ")
    words = dict(PlanFailure.choices).get(kind)
    return Failure(str(words), said, at) if words else Failure(text, "", at)


def _gap(best_fen: int | None, bound_fen: int | None) -> float | None:
    if best_fen is None or bound_fen is None:
        return None
    return max(0, bound_fen - best_fen) / max(abs(best_fen), 1)


def busy_pools(pool_ids: Collection[int], at: datetime) -> set[int]:
    """Return those of the pools that are being planned or will be at once."""
    due = Q(due_at=None) | Q(due_at__lte=at)
    waiting = PlanRequest.objects.filter(due, done_at=None, pool_id__in=pool_ids)
    solving = SeasonPlan.objects.filter(pool_id__in=pool_ids, status=PlanStatus.SOLVING)
    return set(waiting.values_list("pool_id", flat=True)) | set(solving.values_list("pool_id", flat=True))


def failed_pools(pool_ids: Collection[int], since: timedelta, at: datetime) -> set[int]:
    """Return the pools whose last answered request within a time is a failure."""
    answered = PlanRequest.objects.filter(pool_id__in=pool_ids, done_at__gt=at - since)
    last = answered.order_by("pool_id", "-done_at", "-pk").distinct("pool_id").values_list("pool_id", "failure")
    return {pool_id for pool_id, failure in last if failure}
