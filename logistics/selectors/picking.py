"""Which lines a hub has to pick, from which lots, and what cannot be picked and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from logistics.allocation.draw import LotStock, Reason, draw, lot_obstacle
from logistics.models import Lot, LotDraw
from logistics.picking_io import line_needs, lot_stock
from logistics.selectors.stock import lots_in_store
from marketplace.cooperatives.models import Hub
from marketplace.foundation.clock import business_date
from marketplace.order.models import Line
from marketplace.order.states import LineStatus


@dataclass(frozen=True)
class WaitingLine:
    """A due line that no lot was drawn for: how many packs could be, and what stands in the way."""

    line: Line
    reason: str
    packs_free: int
    is_late: bool

    @property
    def can_be_drawn(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class LotToPick:
    """What to take from one lot now: its draws of lines that are not packed."""

    lot: Lot
    draws: tuple[LotDraw, ...]

    @property
    def num_packs(self) -> int:
        return sum(row.packs for row in self.draws)

    @property
    def grams(self) -> int:
        return sum(row.grams for row in self.draws)


@dataclass(frozen=True)
class LotChoice:
    """A lot that a person may choose for a line by hand."""

    lot: Lot
    packs_left: int
    was_picked_early: bool


def hub_lines(*, hub_id: int) -> QuerySet[Line]:
    """Return the order lines that a hub's pools fulfil."""
    return Line.objects.filter(product__pool_product__pool__hub_id=hub_id)


def due_lines(*, hub_id: int, day: date) -> QuerySet[Line]:
    """Return the paid lines that may leave by a day and are not drawn, the most urgent first."""
    lines = hub_lines(hub_id=hub_id).filter(status=LineStatus.PAID, ships_from__lte=day)
    return lines.order_by("ships_by", "pk")


def waiting_lines(*, hub: Hub, day: date, at: datetime) -> list[WaitingLine]:
    """Return the due lines with what a run of the draw would say of each, without drawing anything."""
    today = business_date(at)
    lines = list(
        due_lines(hub_id=hub.pk, day=day).select_related(
            "product__pool_product", "product__grade", "stockrecord", "order__shipping_address"
        )
    )
    if not lines:
        return []
    stocks = [lot_stock(lot, lot.held_g) for lot in lots_in_store(hub_id=hub.pk)]
    result = draw(stocks, line_needs(hub, lines), today=max(day, today).toordinal())
    undrawn = {row.line_id: row for row in result.undrawn}
    return [
        WaitingLine(
            line=line,
            reason=undrawn[line.pk].reason.value if line.pk in undrawn else "",
            packs_free=undrawn[line.pk].packs_free if line.pk in undrawn else line.quantity,
            is_late=line.ships_by < today,
        )
        for line in lines
    ]


def lots_to_pick(*, hub: Hub) -> list[LotToPick]:
    """Return the pick list: drawn lines that wait to be packed, by lot, first expiry first."""
    draws: dict[int, list[LotDraw]] = defaultdict(list)
    lots: dict[int, Lot] = {}
    rows = (
        LotDraw.objects.filter(lot__hub=hub, undone_at=None, line__status=LineStatus.DRAWN)
        .select_related("lot__produce", "lot__grade", "lot__cooperative", "line__order")
        .order_by("lot__best_before", "lot__received_at", "lot_id", "line__ships_by", "line_id")
    )
    for row in rows:
        lots.setdefault(row.lot_id, row.lot)
        draws[row.lot_id].append(row)
    return [LotToPick(lot, tuple(draws[pk])) for pk, lot in lots.items()]


def lot_choices(*, hub: Hub, line: Line, at: datetime) -> list[LotChoice]:
    """Return the lots that a person may choose for a line by hand, the first to expire first."""
    (need,) = line_needs(hub, [line])
    today = business_date(at).toordinal()
    choices = []
    for lot in lots_in_store(hub_id=hub.pk):
        stock: LotStock = lot_stock(lot, lot.held_g)
        if stock.kind != need.kind or stock.source_id not in need.source_ids:
            continue
        obstacle = lot_obstacle(stock, need, today=today)
        if obstacle in (None, Reason.PICKED_TOO_EARLY) and stock.grams >= need.pack_g:
            choices.append(LotChoice(lot, stock.grams // need.pack_g, obstacle is not None))
    return choices
