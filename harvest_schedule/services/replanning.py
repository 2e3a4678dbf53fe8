"""
Planning again when the field, the orders or the stores say something new.

What happened is written as a request in the transaction that it belongs to; solving comes later, outside of it, one
pool at a time, and serves every request of the pool that was there when it began.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from celery import current_app
from django.db import transaction

from harvest_schedule.models import HarvestReport, PlanRequest
from harvest_schedule.services.plans import plan_season
from marketplace.cooperatives.models import SupplyPool
from marketplace.foundation.outbox import BROKER_ERRORS, handles

logger = logging.getLogger(__name__)


def replan_request(*, pool_ids: Sequence[int], reason: str, key: str, at: datetime) -> None:
    """Ask for new plans of some pools; the same key asks once."""
    PlanRequest.objects.bulk_create(
        [
            PlanRequest(pool_id=pool_id, reason=reason[:80], key=f"{key}:{pool_id}"[:120], asked_at=at)
            for pool_id in sorted(set(pool_ids))
        ],
        ignore_conflicts=True,
    )


def replan_now(*, pool_id: int, at: datetime) -> None:
    """Ask for a new plan of one pool at once; twice in a minute is once. Without a broker beat finds the request."""
    with transaction.atomic():
        replan_request(pool_ids=[pool_id], reason="asked for by hand", key=f"hand:{at:%Y%m%d%H%M}", at=at)
        transaction.on_commit(_wake_worker)


def _wake_worker() -> None:
    try:
        current_app.send_task("harvest_schedule.requested_plans_run", retry=False)
    except BROKER_ERRORS:
        logger.warning("broker away, the requested plan waits for beat")


def is_waiting(pool_id: int) -> bool:
    """Return whether a plan of a pool is asked for and not there yet."""
    return PlanRequest.objects.filter(pool_id=pool_id, done_at=None).exists()


def requested_plans_run(*, at: datetime, limit: int = 50) -> int:
    """Plan every pool with an open request; returns how many were planned. A pool that fails keeps its requests."""
    waiting = PlanRequest.objects.filter(done_at=None).order_by("pool_id").values_list("pool_id", flat=True).distinct()
    planned = 0
    for pool_id in list(waiting[:limit]):
        known = list(PlanRequest.objects.filter(pool_id=pool_id, done_at=None).values_list("pk", flat=True))
        try:
            plan_season(pool_id=pool_id, at=at)
        except Exception:
            logger.exception("planning pool %s on request failed", pool_id)
            continue
        PlanRequest.objects.filter(pk__in=known).update(done_at=at)
        planned += 1
    return planned


@handles("harvest.changed")
def _harvest_changed(*, at: datetime, harvest_id: int, report_id: int | None = None, **_: Any) -> None:
    """A weight that was picked as expected changes little and waits for the nightly plan; anything else asks now."""
    report = HarvestReport.objects.filter(pk=report_id).first() if report_id else None
    if report is not None and not report.shift_days and report.likely_g is None and report.low_g is None:
        return
    pools = SupplyPool.objects.filter(members__cooperative__harvests__pk=harvest_id, produce__harvests__pk=harvest_id)
    replan_request(
        pool_ids=list(pools.values_list("pk", flat=True)),
        reason="harvest changed",
        key=f"harvest:{harvest_id}:{report_id or at.isoformat()}",
        at=at,
    )
