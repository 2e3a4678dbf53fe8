"""
The reasons to plan a pool again, from the asking to the answer.

A request is taken before the facts are read: what is asked afterwards gets a later plan, so nothing said is lost. It is
answered in the transaction that ends its plan. One that was taken and not heard of again is taken anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from harvest_schedule.models import PlanRequest, SeasonPlan
from harvest_schedule.states import PlanTrigger

#: A request that was taken so long ago and has no plan yet: whoever took it is gone.
TAKEN_FOR_S = 60
#: So often a pool is tried before its requests are answered as failed.
MAX_ATTEMPTS = 3
RETRY_AFTER_S = 60


@dataclass(frozen=True)
class Taken:
    """Requests of one pool that one plan is to answer, and what they say together."""

    request_ids: tuple[int, ...]
    trigger: str
    asked_by: Any
    #: Seconds that the plan may take; none where nobody said.
    time_limit_s: int | None


def replan_request(
    *,
    pool_ids: Sequence[int],
    reason: str,
    key: str,
    at: datetime,
    trigger: str = PlanTrigger.EVENT,
    actor: Any = None,
    time_limit_s: int | None = None,
    quiet: timedelta | None = None,
) -> None:
    """
    Ask for new plans of some pools; the same key asks once.

    With ``quiet``, a pool is asked for once for this reason while the request waits, and a request that follows
    another one within that time is due only when it is over.
    """
    wanted = sorted(set(pool_ids))
    due: dict[int, datetime] = {}
    if quiet is not None:
        recent = PlanRequest.objects.filter(pool_id__in=wanted, reason=reason, asked_at__gt=at - quiet)
        due = {row.pool_id: row.asked_at + quiet for row in recent.order_by("asked_at")}
        waiting = open_requests().filter(pool_id__in=wanted, reason=reason, taken_at=None)
        wanted = sorted(set(wanted) - set(waiting.values_list("pool_id", flat=True)))
    PlanRequest.objects.bulk_create(
        [
            PlanRequest(
                pool_id=pool_id,
                reason=reason[:80],
                key=f"{key}:{pool_id}"[:120],
                trigger=trigger,
                asked_by=actor,
                time_limit_s=time_limit_s,
                asked_at=at,
                due_at=due.get(pool_id),
            )
            for pool_id in wanted
        ],
        ignore_conflicts=True,
    )


def open_requests() -> QuerySet[PlanRequest]:
    """Requests without an answer that no plan has in hand."""
    return PlanRequest.objects.filter(done_at=None, plan=None)


def untaken_requests(at: datetime) -> QuerySet[PlanRequest]:
    """Open requests that nobody is about to plan for."""
    gone = at - timedelta(seconds=TAKEN_FOR_S)
    return open_requests().filter(Q(taken_at=None) | Q(taken_at__lte=gone))


def due_requests(at: datetime) -> QuerySet[PlanRequest]:
    """Those of them whose time has come."""
    return untaken_requests(at).filter(Q(due_at=None) | Q(due_at__lte=at))


def requests_take(*, pool_id: int, at: datetime) -> Taken | None:
    """Take every open request of a pool, due or not, as the facts of all are read together; None if there is none."""
    if not untaken_requests(at).filter(pool_id=pool_id).exists():
        return None
    with transaction.atomic():
        rows = list(
            untaken_requests(at)
            .filter(pool_id=pool_id)
            .select_for_update(of=("self",), skip_locked=True)
            .select_related("asked_by")
            .order_by("pk")
        )
        ids = tuple(row.pk for row in rows)
        PlanRequest.objects.filter(pk__in=ids).update(taken_at=at, num_attempts=F("num_attempts") + 1)
    if not rows:
        return None
    triggers = {row.trigger for row in rows}
    by_hand = [row for row in rows if row.trigger == PlanTrigger.PERSON]
    return Taken(
        request_ids=ids,
        trigger=next(kind for kind in (PlanTrigger.PERSON, PlanTrigger.EVENT, PlanTrigger.NIGHT) if kind in triggers),
        asked_by=by_hand[-1].asked_by if by_hand else None,
        time_limit_s=max((row.time_limit_s for row in rows if row.time_limit_s), default=None),
    )


def requests_answer(plan: SeasonPlan, at: datetime) -> None:
    """A plan is decided about, or cancelled: what it was made for is answered."""
    PlanRequest.objects.filter(plan=plan, done_at=None).update(done_at=at)


def requests_failed(rows: QuerySet[PlanRequest], failure: str, at: datetime, *, for_good: bool = False) -> None:
    """Let the next worker try again what failed; after the last attempt the failure is the answer."""
    rows = rows.filter(done_at=None)
    given_up = rows if for_good else rows.filter(num_attempts__gte=MAX_ATTEMPTS)
    given_up.update(done_at=at, failure=failure)
    again_at = at + timedelta(seconds=RETRY_AFTER_S)
    rows.filter(done_at=None).update(plan=None, taken_at=None, offered_at=None, due_at=again_at, failure=failure)


def requests_withdraw(*, pool_id: int, at: datetime) -> int:
    """Answer what waits for a pool without a plan, as a person asked to; the nightly plan reads the facts anyway."""
    return untaken_requests(at).filter(pool_id=pool_id).update(done_at=at)
