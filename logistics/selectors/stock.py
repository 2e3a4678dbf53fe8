"""What lies where, as sums over the append-only movements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from harvest_schedule.on_hand import OnHandRow
from logistics.models import Lot, StockMovement, StorageMode
from logistics.states import LotStatus
from marketplace.cooperatives.models import Hub
from marketplace.foundation.clock import business_date


@dataclass(frozen=True)
class StoreFill:
    """One store of a hub: what lies in it and what it can hold, in grams."""

    mode: str
    held_g: int
    capacity_g: int

    @property
    def free_g(self) -> int:
        return max(0, self.capacity_g - self.held_g)


def lot_balance_g(lot_id: int) -> int:
    """Return the grams of a lot that nobody has drawn, written off or taken out."""
    return StockMovement.objects.filter(lot_id=lot_id).aggregate(grams=Sum("grams"))["grams"] or 0


def lot_balances_g(lot_ids: Iterable[int]) -> dict[int, int]:
    """Return the balance of each of these lots, in one statement."""
    rows = StockMovement.objects.filter(lot_id__in=list(lot_ids)).values("lot_id").annotate(held_g=Sum("grams"))
    return {row["lot_id"]: row["held_g"] for row in rows.order_by("lot_id")}


def with_balance(lots: QuerySet[Lot]) -> QuerySet[Any]:
    """Add ``held_g``, what is left of each lot."""
    held = StockMovement.objects.filter(lot_id=OuterRef("pk")).values("lot_id").annotate(held_g=Sum("grams"))
    return lots.annotate(held_g=Coalesce(Subquery(held.values("held_g")), 0))


def lots_in_store(*, hub_id: int) -> QuerySet[Any]:
    """Return the lots of a hub of which something is left, first expiry first, with ``held_g``."""
    lots = with_balance(Lot.objects.filter(hub_id=hub_id)).filter(held_g__gt=0)
    return lots.select_related("produce", "grade", "cooperative").order_by("best_before", "received_at", "pk")


def hub_stock(*, hub: Hub) -> dict[str, StoreFill]:
    """Return what lies in each store of a hub, by mode; held and expired lots take up room like any other."""
    rows = StockMovement.objects.filter(lot__hub_id=hub.pk).values("mode").annotate(held_g=Sum("grams"))
    held = {row["mode"]: row["held_g"] for row in rows.order_by("mode")}
    capacity = {StorageMode.AMBIENT: hub.ambient_capacity_g, StorageMode.COLD: hub.cold_capacity_g}
    return {mode.value: StoreFill(mode.value, held.get(mode.value, 0), capacity[mode]) for mode in StorageMode}


def on_hand_rows(hub_id: int, produce_id: int, at: datetime) -> list[OnHandRow]:
    """Return the lots that can still be sold: available, not past their best-before, not drawn."""
    lots = with_balance(
        Lot.objects.filter(
            hub_id=hub_id,
            produce_id=produce_id,
            status=LotStatus.AVAILABLE,
            best_before__gte=business_date(at),
            received_at__lte=at,
        )
    ).filter(held_g__gt=0)
    return [
        OnHandRow(hub_id, produce_id, lot.grade_id, lot.mode, lot.picked_on, lot.best_before, lot.held_g)
        for lot in lots.order_by("pk")
    ]
