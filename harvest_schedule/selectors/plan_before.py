"""What a pool's next plan must know of the plan in force: its weeks on sale, and what this week's picking is up to."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.db.models import Max

from harvest_schedule.models import PickCall, PlanUptake, SeasonPlan
from harvest_schedule.planner_io_replan import Before, InForce, Key
from harvest_schedule.states import PickCallStatus, PlanStatus
from marketplace.foundation.clock import business_date
from marketplace.order.models import Line

_LIVE = (PickCallStatus.CALLED, PickCallStatus.ACCEPTED)


def plan_before(*, pool_id: int, at: datetime) -> Before:
    """Read it; must come before the open lines are read, so that no order falls between the two."""
    last_line_id = Line.objects.aggregate(last=Max("pk"))["last"] or 0
    plan = SeasonPlan.objects.filter(pool_id=pool_id, status=PlanStatus.PUBLISHED).first()
    if plan is None:
        return Before(last_line_id=last_line_id)
    today = business_date(at)
    monday = today - timedelta(days=today.weekday())
    uptakes = PlanUptake.objects.filter(plan=plan, starts_on=monday).values_list("harvest_id", "grade_id", "uptake_g")
    delivered, called = _calls_of_week(plan, monday, today)
    return Before(
        last_line_id=last_line_id,
        in_force=InForce(
            weeks_on_sale=frozenset(
                plan.starts_on + timedelta(days=plan.bucket_days * sale["bucket"])
                for sale in plan.result.get("sales", ())
                if sale["kind"] == "spot" and sale["qty"] > 0
            ),
            ends_on=plan.starts_on + timedelta(days=plan.bucket_days * plan.num_buckets),
            uptake_g={(harvest_id, grade_id): grams for harvest_id, grade_id, grams in uptakes},
            harvest_ids=frozenset(plan.instance.get("harvest_ids", ())),
        ),
        delivered_g=delivered,
        called_g=called,
    )


def _calls_of_week(plan: SeasonPlan, monday: date, today: date) -> tuple[dict[Key, int], dict[Key, int]]:
    """Grams handed over in the week, and grams that live calls from today on still ask for."""
    delivered: dict[Key, int] = defaultdict(int)
    called: dict[Key, int] = defaultdict(int)
    calls = PickCall.objects.filter(
        harvest_id__in=plan.instance.get("harvest_ids", ()), pick_on__range=(monday, monday + timedelta(days=6))
    )
    for call in calls:
        key = (call.harvest_id, call.grade_id)
        delivered[key] += call.delivered_g
        if call.pick_on >= today and call.status in _LIVE:
            called[key] += max(0, call.asked_g - call.delivered_g)
    return delivered, called
