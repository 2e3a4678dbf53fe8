"""The plans in force, pool by pool: what is on sale, how much of it is sold, and what waits for a decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from catalog.partner.models import Phase
from harvest_schedule.models import PlanWindow, SeasonPlan, ShortfallCase
from harvest_schedule.planner_io import week_start
from harvest_schedule.selectors.drafts import pools_with_draft
from harvest_schedule.selectors.planning import busy_pools, failed_pools
from harvest_schedule.states import PlanStatus, ShortfallStatus
from marketplace.cooperatives.models import SupplyPool
from marketplace.foundation.bilingual import is_chinese
from marketplace.foundation.clock import business_date

#: The season that is told in one line: so many weeks from the present one on.
SEASON_WEEKS = 13
#: A pool whose planning failed within this time says so.
FAILED_FOR = timedelta(days=2)


@dataclass
class PoolLine:
    """One pool: its plan in force (None before the first), and figures over the coming thirteen weeks in packs."""

    pool: SupplyPool
    plan: SeasonPlan | None = None
    weeks_on_sale: set[date] = field(default_factory=set)
    phases_now: set[str] = field(default_factory=set)
    cap: int = 0
    sold: int = 0
    num_cases: int = 0
    is_waiting: bool = False
    has_failed: bool = False
    has_draft: bool = False

    @property
    def num_weeks(self) -> int:
        return len(self.weeks_on_sale)

    @property
    def phases(self) -> list[str]:
        """Phases on sale at the moment, in the order in which a season has them."""
        return [phase for phase in Phase.values if phase in self.phases_now]


def pool_lines(pools: Sequence[SupplyPool], at: datetime) -> list[PoolLine]:
    """Return a line a pool, those with open cases first."""
    lines = {pool.pk: PoolLine(pool) for pool in pools}
    for plan in SeasonPlan.objects.filter(pool_id__in=lines, status=PlanStatus.PUBLISHED).defer("instance", "result"):
        lines[plan.pool_id].plan = plan
    first = week_start(business_date(at))
    rows = PlanWindow.objects.filter(
        plan__pool_id__in=lines,
        plan__status=PlanStatus.PUBLISHED,
        window__closes_at__gt=at,
        window__opens_at__date__lt=first + timedelta(weeks=SEASON_WEEKS),
    ).select_related("window")
    pool_of_plan = {line.plan.pk: pool_id for pool_id, line in lines.items() if line.plan is not None}
    for row in rows:
        line, window = lines[pool_of_plan[row.plan_id]], row.window
        line.cap += window.num_in_stock
        line.sold += window.num_allocated
        if window.is_open(at):
            line.phases_now.add(window.phase)
        monday = max(week_start(business_date(window.opens_at)), first)
        while monday < business_date(window.closes_at) and monday < first + timedelta(weeks=SEASON_WEEKS):
            line.weeks_on_sale.add(monday)
            monday += timedelta(weeks=1)
    cases: dict[int, int] = defaultdict(int)
    for pool_id in ShortfallCase.objects.filter(
        status=ShortfallStatus.OPEN, window__product__pool_product__pool_id__in=lines
    ).values_list("window__product__pool_product__pool_id", flat=True):
        cases[pool_id] += 1
    busy, failed = busy_pools(lines, at), failed_pools(lines, FAILED_FOR, at)
    drafts = pools_with_draft(lines)
    for pool_id, line in lines.items():
        line.num_cases, line.is_waiting = cases[pool_id], pool_id in busy
        line.has_draft = pool_id in drafts
        line.has_failed = pool_id in failed and not line.is_waiting
    return sorted(lines.values(), key=lambda line: (-line.num_cases, _spelling(line.pool), line.pool.pk))


def _spelling(pool: SupplyPool) -> str:
    """How a name is looked up: by its sound in Chinese."""
    return pool.produce.pinyin if is_chinese() else pool.produce.name
