"""One draft for whoever tries the demo: hail in one county, and bounds too tight for what follows from it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth import get_user_model

from harvest_schedule.models import Harvest, SeasonPlan
from harvest_schedule.services.bounds import Bounds, bounds_set
from harvest_schedule.services.harvests import harvest_report
from harvest_schedule.services.solving import plan_open, plan_work
from harvest_schedule.states import HarvestStatus, PlanTrigger
from marketplace.cooperatives.models import SupplyPool
from marketplace.foundation.clock import business_date

POOL = "rongan-kumquat"
BOUNDS = Bounds(
    is_automatic=True,
    max_quantity_change_permille=50,
    max_price_change_permille=50,
    max_days_moved=7,
    max_windows_withdrawn=1,
)
#: What the hail left of what was still to come, in percent.
LEFT_PERCENT = 60


def draft_leave(*, at: datetime) -> SeasonPlan | None:
    """Set the bounds, let the largest open harvest lose a part, and plan as the worker does; None without the pool."""
    pool = SupplyPool.objects.filter(code=POOL, plans__isnull=False).first()
    if pool is None:
        return None
    harvest = (
        Harvest.objects.filter(
            produce_id=pool.produce_id,
            cooperative__pool_memberships__pool=pool,
            status__in=[HarvestStatus.DECLARED, HarvestStatus.PICKING],
            starts_on__lte=business_date(at) + timedelta(days=60),
            ends_on__gt=business_date(at) + timedelta(days=14),
        )
        .order_by("-likely_g", "pk")
        .first()
    )
    if harvest is None:
        return None
    officer = get_user_model().objects.filter(is_staff=True).order_by("is_superuser", "pk").first()
    bounds_set(pool_id=pool.pk, bounds=BOUNDS, actor=officer, at=at - timedelta(days=20))
    harvest_report(
        harvest_id=harvest.pk,
        key=f"hail-{harvest.pk}",
        actor=None,
        at=at,
        low_g=harvest.low_g * LEFT_PERCENT // 100,
        likely_g=harvest.likely_g * LEFT_PERCENT // 100,
        high_g=harvest.high_g * LEFT_PERCENT // 100,
    )
    plan = plan_open(pool_id=pool.pk, at=at, trigger=PlanTrigger.EVENT)
    return plan_work(plan_id=plan.pk, now=lambda: at)
