"""The draft of a pool: which one waits, and whether it can still be relied on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from harvest_schedule.models import SeasonPlan
from harvest_schedule.states import PlanStatus

#: The field says something new every day: what was read longer ago must be read again.
DRAFT_KEEPS = timedelta(days=1)


@dataclass(frozen=True)
class DraftTrouble:
    """Why a draft cannot be published any more; ``words`` say what to do."""

    code: str
    words: str


def waiting_draft(pool_id: int) -> SeasonPlan | None:
    """Return the newest draft of a pool that waits for a person; older ones are superseded by it."""
    drafts = SeasonPlan.objects.filter(pool_id=pool_id, status=PlanStatus.SOLVED, heartbeat_at=None)
    return drafts.defer("instance", "result").order_by("-created_at", "-pk").first()


def pools_with_draft(pool_ids: Collection[int]) -> set[int]:
    """Return which of the pools have a draft that waits."""
    drafts = SeasonPlan.objects.filter(pool_id__in=pool_ids, status=PlanStatus.SOLVED, heartbeat_at=None)
    return set(drafts.values_list("pool_id", flat=True))


def draft_trouble(plan: SeasonPlan, at: datetime) -> DraftTrouble | None:
    """Return why a draft cannot be published as it was shown; None when it can."""
    if plan.status != PlanStatus.SOLVED:
        words = _("This plan is no draft any more (%(status)s).") % {"status": PlanStatus(plan.status).label}
        return DraftTrouble("no_draft", words)
    newer = SeasonPlan.objects.filter(
        pool_id=plan.pool_id,
        status__in=(PlanStatus.SOLVED, PlanStatus.PUBLISHED),
        created_at__gt=plan.created_at,
    )
    if newer.exists():
        return DraftTrouble("newer", _("A newer plan has come since. Look at that one."))
    in_force = SeasonPlan.objects.filter(pool_id=plan.pool_id, status=PlanStatus.PUBLISHED).first()
    if plan.changes and in_force is not None and plan.changes["base_id"] != in_force.pk:
        words = _("Another plan has come into force since this draft was compared with it. Plan again.")
        return DraftTrouble("base_changed", words)
    if at - plan.created_at > DRAFT_KEEPS:
        words = _("This draft is older than a day, and the field may say otherwise by now. Plan again.")
        return DraftTrouble("too_old", words)
    return None
