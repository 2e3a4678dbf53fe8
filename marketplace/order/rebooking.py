"""
What a line promises, changed after it was paid: packs split off, another window's goods, a lower price.

An order's totals are what its buyer was charged and never change: packs that take another way become a line of their
own, and a price that falls leaves a cancelled line over the difference, to be refunded. Callers hold the locks of the
order, of all its lines and of the windows, and see to packs, states and refunds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from catalog.partner.models import StockRecord
from marketplace.foundation.units import fen_to_yuan
from marketplace.order.models import Line
from marketplace.order.states import LineStatus

#: What of a line comes from its window and product, and may be written back.
_PROMISE = (
    "partner_id",
    "partner_name",
    "partner_sku",
    "stockrecord_id",
    "product_id",
    "title",
    "title_en",
    "spec_zh",
    "spec_en",
    "phase",
    "ships_from",
    "ships_by",
    "arrives_by",
    "net_weight_g",
)
_DATES = ("ships_from", "ships_by", "arrives_by")
_MOST_TITLE_EN = 160


def line_split(line: Line, *, packs: int, freight_fen: int) -> Line:
    """
    Take some packs off a line, with their part of its freight, into a new line that is otherwise the same.

    Raises
    ------
    ValueError
        If nothing would be left of the line, or money of it has gone back: then it is not known of which packs.
    """
    if not 0 < packs < line.quantity or not 0 <= freight_fen <= line.freight_fen or line.refunded_fen:
        raise ValueError(f"line {line.pk} of {line.quantity} packs cannot be split by {packs}")
    part = Line.objects.get(pk=line.pk)
    part.pk = None
    part._state.adding = True
    held = line.num_allocated
    _set_packs(part, packs, freight_fen, num_allocated=packs if held else 0)
    part.save(force_insert=True)
    _set_packs(
        line,
        line.quantity - packs,
        line.freight_fen - freight_fen,
        num_allocated=line.quantity - packs if held else 0,
    )
    line.save()
    return part


def _set_packs(line: Line, packs: int, freight_fen: int, *, num_allocated: int) -> None:
    line.quantity = packs
    line.freight_fen = freight_fen
    line.num_allocated = num_allocated
    _set_price(line, line.unit_price_fen)


def _set_price(line: Line, unit_price_fen: int) -> None:
    line.unit_price_fen = unit_price_fen
    line.line_total_fen = unit_price_fen * line.quantity
    unit, total = fen_to_yuan(unit_price_fen), fen_to_yuan(line.line_total_fen)
    line.unit_price_incl_tax = line.unit_price_excl_tax = unit
    line.line_price_incl_tax = line.line_price_excl_tax = total
    line.line_price_before_discounts_incl_tax = line.line_price_before_discounts_excl_tax = total


def line_promise(line: Line) -> dict[str, Any]:
    """Return what a line promises as plain JSON, for `line_promise_restore` and to be shown."""
    promise = {name: getattr(line, name) for name in _PROMISE}
    return promise | {name: value.isoformat() if (value := promise[name]) else None for name in _DATES}


def line_promise_restore(line: Line, promise: Mapping[str, Any]) -> None:
    """Write back what a line promised."""
    for name in _PROMISE:
        value = promise[name]
        setattr(line, name, date.fromisoformat(value) if name in _DATES and value else value)
    line.save(update_fields=[name.removesuffix("_id") for name in _PROMISE])


def line_rebook(line: Line, window: StockRecord, *, ships_from: date, ships_by: date, arrives_by: date | None) -> None:
    """Let a line promise another window's goods instead, at the price that was paid for it."""
    product = window.product
    line.partner = window.partner
    line.partner_name = window.partner.name
    line.partner_sku = window.partner_sku
    line.stockrecord = window
    line.product = product
    line.title = product.title
    line.title_en = product.title_en
    line.spec_zh = product.spec_zh
    line.spec_en = product.spec_en
    line.phase = window.phase
    line.ships_from = ships_from
    line.ships_by = ships_by
    line.arrives_by = arrives_by
    line.net_weight_g = product.net_weight_g
    line.save(update_fields=[name.removesuffix("_id") for name in _PROMISE])


def line_reprice(line: Line, unit_price_fen: int) -> Line | None:
    """
    Lower a line's price; return the cancelled line over the difference, whose money the caller sends back.

    A price that is not lower changes nothing: nobody is charged more than they agreed to.
    """
    difference_fen = (line.unit_price_fen - unit_price_fen) * line.quantity
    if difference_fen <= 0:
        return None
    rest = Line.objects.get(pk=line.pk)
    rest.pk = None
    rest._state.adding = True
    rest.title = f"差价退还：{line.title}"
    rest.title_en = f"Price difference: {line.title_en or line.title}"[:_MOST_TITLE_EN]
    rest.spec_zh = rest.spec_en = ""
    rest.quantity, rest.net_weight_g, rest.freight_fen, rest.num_allocated = 1, 0, 0, 0
    rest.status = LineStatus.CANCELLED
    _set_price(rest, difference_fen)
    rest.save(force_insert=True)
    _set_price(line, unit_price_fen)
    line.save()
    return rest
