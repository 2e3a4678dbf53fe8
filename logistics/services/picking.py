"""Order lines draw lots: by the day's run, by hand, and put back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from logistics.allocation.draw import Draw, LineNeed, LotStock, Reason, draw, lot_obstacle
from logistics.models import Lot, LotDraw, StockMovement
from logistics.picking_io import line_needs, lot_stock
from logistics.selectors.picking import due_lines
from logistics.selectors.stock import lot_balances_g, with_balance
from logistics.states import MovementKind
from marketplace.cooperatives.models import Hub
from marketplace.foundation.clock import business_date
from marketplace.order.models import Line, Order
from marketplace.order.processing import lines_move, order_follow_lines
from marketplace.order.states import LineStatus


class UnableToDraw(ValueError):
    """A draw by hand or a putting back that cannot be; ``field`` names what must change, the text says how."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(message)


class TooFewPacksInLot(UnableToDraw):
    """More packs were to be taken than the lot has. Carries lot, packs wanted and whole packs left."""

    def __init__(self, lot: Lot, packs_wanted: int, packs_left: int) -> None:
        self.lot = lot
        self.packs_wanted = packs_wanted
        self.packs_left = packs_left
        super().__init__(
            f"lot_{lot.pk}",
            _("Lot %(number)s has %(left)s whole packs left, not %(wanted)s. Take fewer from it.")
            % {"number": lot.number, "left": packs_left, "wanted": packs_wanted},
        )


@dataclass(frozen=True)
class UndrawnLine:
    """A due line that keeps waiting, and why."""

    line_id: int
    reason: Reason
    packs_wanted: int
    packs_free: int


@dataclass(frozen=True)
class PickAnswer:
    """What a run of the draw did."""

    draws: tuple[LotDraw, ...]
    undrawn: tuple[UndrawnLine, ...]

    @property
    def num_lines(self) -> int:
        return len({row.line_id for row in self.draws})

    @property
    def num_packs(self) -> int:
        return sum(row.packs for row in self.draws)


@transaction.atomic
def lines_draw(*, hub_id: int, day: date, at: datetime, actor: AbstractBaseUser | None = None) -> PickAnswer:
    """
    Draw lots for every paid line of a hub that may leave by a day: first expired first out, by whole packs.

    Lines draw only lots of their pool's cooperatives, of their grade, that keep long enough at the buyer's door and
    were picked no earlier than the buyer was told. What is drawn is DRAWN and its order being prepared; what is not is
    named with its reason. Run again, it draws what can be drawn since.
    """
    hub = Hub.objects.select_related("region").get(pk=hub_id)
    orders, lines = _lines_lock(hub_id, day)
    lots = _lots_lock(hub_id, lines)
    stocks = [lot_stock(lot, held_g) for lot, held_g in lots.values()]
    result = draw(stocks, line_needs(hub, lines), today=max(day, business_date(at)).toordinal())
    by_id = {line.pk: line for line in lines}
    draws = _write(result.draws, {pk: lot for pk, (lot, _held_g) in lots.items()}, actor, at)
    drawn = [by_id[pk] for pk in sorted({row.line_id for row in result.draws})]
    _follow(drawn, orders, at=at, actor=actor)
    undrawn = tuple(UndrawnLine(row.line_id, row.reason, row.packs_wanted, row.packs_free) for row in result.undrawn)
    return PickAnswer(tuple(draws), undrawn)


@transaction.atomic
def line_draw_by_hand(
    *,
    line_id: int,
    hub_id: int,
    packs_by_lot: Mapping[int, int],
    at: datetime,
    actor: AbstractBaseUser | None,
) -> list[LotDraw]:
    """
    Draw a paid line from lots that a person chose, whole.

    Whoever stands before the fruit may take some that was picked earlier than planned; nothing held, expired, of
    another grade, of strangers to the pool, or too old at the buyer's door.

    Raises
    ------
    TooFewPacksInLot
        If a lot has fewer whole packs.
    UnableToDraw
        If the line is not waiting any more, the packs do not sum to it, or a lot does not suit it.
    """
    hub = Hub.objects.select_related("region").get(pk=hub_id)
    order = Order.objects.select_for_update(of=("self",)).get(lines__pk=line_id)
    line = _line_lock(line_id)
    if line.status != LineStatus.PAID:
        raise UnableToDraw("line", _("This line is drawn already, or is not to be sent any more."))
    wanted = {lot_id: packs for lot_id, packs in packs_by_lot.items() if packs}
    if any(packs < 0 for packs in wanted.values()) or sum(wanted.values()) != line.quantity:
        raise UnableToDraw(
            "packs", _("The packs must sum to %(packs)s, all that the line needs.") % {"packs": line.quantity}
        )
    chosen = list(Lot.objects.select_for_update(of=("self",)).filter(hub_id=hub_id, pk__in=wanted).order_by("pk"))
    if len(chosen) != len(wanted):
        raise UnableToDraw("packs", _("One of the lots is not in this station. Please open the page again."))
    held_g = lot_balances_g(wanted)
    (need,) = line_needs(hub, [line])
    today = business_date(at).toordinal()
    for lot in chosen:
        _check_suits(lot, lot_stock(lot, held_g.get(lot.pk, 0)), need, wanted[lot.pk], today)
    rows = [Draw(line.pk, lot.pk, wanted[lot.pk], wanted[lot.pk] * line.net_weight_g) for lot in chosen]
    draws = _write(rows, {lot.pk: lot for lot in chosen}, actor, at)
    _follow([line], {order.pk: order}, at=at, actor=actor)
    return draws


@transaction.atomic
def line_undraw(*, line_id: int, reason: str, at: datetime, actor: AbstractBaseUser | None) -> Line:
    """
    Put a drawn line's packs back into their lots; the line waits again. Putting back a waiting line changes nothing.

    Raises
    ------
    UnableToDraw
        If it is packed already.
    """
    Order.objects.select_for_update(of=("self",)).get(lines__pk=line_id)
    line = _line_lock(line_id)
    if line.status == LineStatus.PAID:
        return line
    if line.status != LineStatus.DRAWN:
        raise UnableToDraw("line", _("This line is packed already, so it cannot be put back."))
    draws = list(LotDraw.objects.filter(line_id=line_id, undone_at=None).order_by("pk"))
    lots = {
        lot.pk: lot
        for lot in Lot.objects.select_for_update(of=("self",))
        .filter(pk__in=[row.lot_id for row in draws])
        .order_by("pk")
    }
    StockMovement.objects.bulk_create(
        [
            StockMovement(
                lot_id=row.lot_id,
                kind=MovementKind.UNPICK,
                grams=row.grams,
                mode=lots[row.lot_id].mode,
                at=at,
                actor_id=actor.pk if actor is not None else None,
                reason=reason[:200],
                key=f"unpick:{row.pk}",
            )
            for row in draws
        ]
    )
    LotDraw.objects.filter(pk__in=[row.pk for row in draws]).update(undone_at=at)
    lines_move([line], LineStatus.PAID, at=at, actor=actor, reason=reason)
    return line


def _lines_lock(hub_id: int, day: date) -> tuple[dict[int, Order], list[Line]]:
    """Lock the orders with due lines, then those lines, each in key order."""
    order_ids = list(due_lines(hub_id=hub_id, day=day).values_list("order_id", flat=True))
    orders = {
        order.pk: order
        for order in Order.objects.select_for_update(of=("self",)).filter(pk__in=order_ids).order_by("pk")
    }
    lines = list(
        due_lines(hub_id=hub_id, day=day)
        .filter(order_id__in=orders)
        .select_for_update(of=("self",))
        .select_related("product__pool_product", "stockrecord", "order__shipping_address")
        .order_by("pk")
    )
    return orders, lines


def _line_lock(line_id: int) -> Line:
    return (
        Line.objects.select_for_update(of=("self",))
        .select_related("product__pool_product", "stockrecord", "order__shipping_address")
        .get(pk=line_id)
    )


def _lots_lock(hub_id: int, lines: Iterable[Line]) -> dict[int, tuple[Lot, int]]:
    """Lock, in key order, the hub's lots of these lines' grades that are not empty; read the balances after that."""
    grades = {line.product.grade_id for line in lines if line.product is not None and line.product.grade_id}
    there = with_balance(Lot.objects.filter(hub_id=hub_id, grade_id__in=grades)).filter(held_g__gt=0)
    lot_ids = list(there.values_list("pk", flat=True))
    lots = list(Lot.objects.select_for_update(of=("self",)).filter(pk__in=lot_ids).order_by("pk"))
    held_g = lot_balances_g(lot_ids)
    return {lot.pk: (lot, held_g.get(lot.pk, 0)) for lot in lots}


def _check_suits(lot: Lot, stock: LotStock, need: LineNeed, packs: int, today: int) -> None:
    texts = {
        Reason.HELD: _("Lot %(number)s is held or recalled. Choose another."),
        Reason.EXPIRED: _("Lot %(number)s is past its best-before. Choose another."),
        Reason.LIFE_TOO_SHORT: _("Lot %(number)s would be too old on arrival. Choose a fresher one."),
        Reason.NO_ROUTE: _("Nothing is sent to this buyer's province."),
    }
    obstacle = lot_obstacle(stock, need, today=today)
    if obstacle in texts:
        raise UnableToDraw(f"lot_{lot.pk}", texts[obstacle] % {"number": lot.number})
    if stock.kind != need.kind or stock.source_id not in need.source_ids:
        raise UnableToDraw(f"lot_{lot.pk}", _("Lot %(number)s may not serve this product.") % {"number": lot.number})
    if packs > stock.grams // need.pack_g:
        raise TooFewPacksInLot(lot, packs, stock.grams // need.pack_g)


def _write(
    rows: Iterable[Draw], lots: Mapping[int, Lot], actor: AbstractBaseUser | None, at: datetime
) -> list[LotDraw]:
    draws = LotDraw.objects.bulk_create(
        [LotDraw(line_id=row.line_id, lot_id=row.lot_id, packs=row.packs, grams=row.grams, drawn_at=at) for row in rows]
    )
    StockMovement.objects.bulk_create(
        [
            StockMovement(
                lot_id=row.lot_id,
                kind=MovementKind.PICK,
                grams=-row.grams,
                mode=lots[row.lot_id].mode,
                at=at,
                actor_id=actor.pk if actor is not None else None,
                key=f"pick:{row.pk}",
            )
            for row in draws
        ]
    )
    return draws


def _follow(lines: list[Line], orders: Mapping[int, Order], *, at: datetime, actor: AbstractBaseUser | None) -> None:
    lines_move(lines, LineStatus.DRAWN, at=at, actor=actor)
    for order_id in sorted({line.order_id for line in lines}):
        order_follow_lines(orders[order_id], at=at, actor=actor)
