"""Inside which changes a pool's new plan publishes itself: set by an officer, and held against every new plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from harvest_schedule.models import PublishBounds, SeasonPlan
from harvest_schedule.planner.plan_changes import Extent
from harvest_schedule.planner.result import INVALID, Result
from marketplace.cooperatives.models import SupplyPool

#: A plan that ran out of time and may be further than this from the best waits for a person, as a share.
MOST_GAP = 0.01
#: Past these a bound says nothing any more.
MOST_PERMILLE, MOST_DAYS, MOST_WINDOWS = 1000, 60, 200


class UnableToSetBounds(ValueError):
    """Bounds that make no sense; ``field`` names the one to change."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(message)


@dataclass(frozen=True)
class Bounds:
    """What an officer sets; shares are in permille of what was planned before."""

    is_automatic: bool
    max_quantity_change_permille: int
    max_price_change_permille: int
    max_days_moved: int
    max_windows_withdrawn: int


def bounds_of(pool: SupplyPool) -> PublishBounds:
    """Return a pool's bounds, those of every pool where nobody has set any."""
    return PublishBounds.objects.filter(pool=pool).first() or PublishBounds(pool=pool)


@transaction.atomic
def bounds_set(*, pool_id: int, bounds: Bounds, actor: Any, at: datetime) -> PublishBounds:
    """
    Set a pool's bounds, and keep who set them and when; they hold for the next plan.

    Raises
    ------
    UnableToSetBounds
        If a figure is below zero or too large to bound anything.
    """
    for name, most in (
        ("max_quantity_change_permille", MOST_PERMILLE),
        ("max_price_change_permille", MOST_PERMILLE),
    ):
        if not 0 <= getattr(bounds, name) <= most:
            raise UnableToSetBounds(name, _("Give a share from 0 to 100 percent."))
    if not 0 <= bounds.max_days_moved <= MOST_DAYS:
        raise UnableToSetBounds("max_days_moved", _("Give days from 0 to %(most)s.") % {"most": MOST_DAYS})
    if not 0 <= bounds.max_windows_withdrawn <= MOST_WINDOWS:
        words = _("Give a number of windows from 0 to %(most)s.") % {"most": MOST_WINDOWS}
        raise UnableToSetBounds("max_windows_withdrawn", words)
    pool = SupplyPool.objects.select_for_update(of=("self",), no_key=True).get(pk=pool_id)
    row, _created = PublishBounds.objects.update_or_create(
        pool=pool,
        defaults={
            "is_automatic": bounds.is_automatic,
            "max_quantity_change_permille": bounds.max_quantity_change_permille,
            "max_price_change_permille": bounds.max_price_change_permille,
            "max_days_moved": bounds.max_days_moved,
            "max_windows_withdrawn": bounds.max_windows_withdrawn,
            "set_by": actor,
            "set_at": at,
        },
    )
    return row


def hold_reasons(bounds: PublishBounds, plan: SeasonPlan, result: Result, extent: Extent) -> list[dict[str, Any]]:
    """Return why a plan does not publish itself: codes with the figure and the bound it passes; empty when it may."""
    found: list[dict[str, Any]] = []
    if not bounds.is_automatic:
        found.append({"code": "by_hand"})
    if result.status == INVALID:
        found.append({"code": "breaks_rules", "figure": len(result.violations)})
    if plan.is_best_so_far and result.gap > MOST_GAP:
        # Without any bound the gap is infinite, which no JSON can hold.
        gap = round(result.gap * 1000) if result.gap < MOST_PERMILLE else None
        found.append({"code": "best_so_far", "figure": gap, "bound": round(MOST_GAP * 1000)})
    for code, figure, bound in (
        ("quantity", extent.quantity_permille, bounds.max_quantity_change_permille),
        ("price", extent.price_permille, bounds.max_price_change_permille),
        ("days", extent.days, bounds.max_days_moved),
        ("withdrawn", extent.num_withdrawn, bounds.max_windows_withdrawn),
    ):
        if figure > bound:
            found.append({"code": code, "figure": figure, "bound": bound})
    return found
