"""One lot's story: every movement with what was left after it, and every draw with where it went."""

from __future__ import annotations

from dataclasses import dataclass

from logistics.models import Lot, LotDraw, StockMovement
from marketplace.order.states import LineStatus


@dataclass(frozen=True)
class MovementRow:
    """One movement and what was left of the lot after it."""

    movement: StockMovement
    left_g: int


@dataclass(frozen=True)
class DrawRow:
    """Packs of one order line, and whether they can be put back."""

    draw: LotDraw
    status: str
    can_be_put_back: bool


def lot_history(lot: Lot) -> list[MovementRow]:
    """Return the movements of a lot, the newest first, with a running balance."""
    left_g = 0
    rows = []
    for movement in lot.movements.select_related("actor").order_by("at", "pk"):
        left_g += movement.grams
        rows.append(MovementRow(movement, left_g))
    return rows[::-1]


def lot_draws(lot: Lot) -> list[DrawRow]:
    """Return who got what of a lot, the newest first; what was put back is left out."""
    draws = lot.draws.filter(undone_at=None).select_related("line__order").order_by("-drawn_at", "-pk")
    return [DrawRow(row, str(LineStatus(row.line.status).label), row.line.status == LineStatus.DRAWN) for row in draws]
