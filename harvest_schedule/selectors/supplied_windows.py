"""The listing windows that a cooperative's fruit stands behind, as the plans in force reason them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from harvest_schedule.models import PlanWindow
from harvest_schedule.states import PlanStatus


@dataclass(frozen=True)
class SuppliedWindow:
    """One window of a pool the cooperative belongs to: sold and left in packs over the whole pool, with the reason."""

    window_id: int
    product_name: str
    net_weight_g: int
    pool_name: str
    phase: str
    price_fen: int
    num_sold: int
    num_left: int
    cap: int
    opens_at: datetime
    closes_at: datetime
    ships_from: date
    ships_by: date
    reason: str
    is_open: bool


def windows_supplied(cooperative_id: int, at: datetime) -> list[SuppliedWindow]:
    """Return the windows not closed yet, those on sale first, then by opening."""
    rows: QuerySet[PlanWindow] = (
        PlanWindow.objects.filter(
            plan__status=PlanStatus.PUBLISHED,
            plan__pool__members__cooperative_id=cooperative_id,
            window__closes_at__gt=at,
        )
        .select_related("window__product", "plan__pool")
        .order_by("window__opens_at", "window__ships_from", "pk")
    )
    windows = [
        SuppliedWindow(
            window_id=row.window_id,
            product_name=row.window.product.name,
            net_weight_g=row.window.product.net_weight_g,
            pool_name=row.plan.pool.name,
            phase=row.window.phase,
            price_fen=row.window.price_fen,
            num_sold=row.window.num_allocated,
            num_left=row.window.num_left,
            cap=row.window.num_in_stock,
            opens_at=row.window.opens_at,
            closes_at=row.window.closes_at,
            ships_from=row.window.ships_from,
            ships_by=row.window.ships_by,
            reason=row.reason,
            is_open=row.window.is_open(at),
        )
        for row in rows
    ]
    return sorted(windows, key=lambda window: not window.is_open)
