"""
What a decided shortfall does to order lines: money back, other windows, offers. Callers hold the locks, taken by
`shortfall_lock` in everybody's order: orders, lines, calls, windows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.partner.models import StockRecord
from harvest_schedule.models import PickCall
from harvest_schedule.services.pick_call_shrinking import calls_lock
from marketplace.checkout.services.packs import windows_lock
from marketplace.checkout.services.refunds import refund_request
from marketplace.order.models import Line, Order
from marketplace.order.processing import lines_move, order_follow_lines, order_move
from marketplace.order.rebooking import line_reprice
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.payment.models import Refund


@dataclass(frozen=True)
class Locked:
    """Rows that nobody else changes until the transaction ends."""

    orders: dict[int, Order]
    lines: dict[int, Line]
    calls: tuple[PickCall, ...]
    windows: dict[int, StockRecord]


def shortfall_lock(
    *, order_ids: Collection[int], waiting_line_ids: Iterable[int], window_ids: Collection[int]
) -> Locked:
    """
    Lock orders with all of their lines, the calls that some of those wait for, and windows, each in key order.

    All lines, because a refund locks them all: one taken later, out of order, could wait for somebody who waits for us.
    """
    orders = Order.objects.select_for_update(of=("self",)).filter(pk__in=order_ids).order_by("pk")
    locked_orders = {order.pk: order for order in orders}
    lines = Line.objects.select_for_update(of=("self",)).filter(order_id__in=order_ids).order_by("pk")
    locked_lines = {line.pk: line for line in lines}
    calls = tuple(calls_lock(waiting_line_ids))
    return Locked(locked_orders, locked_lines, calls, windows_lock(window_ids))


def line_pay_back(line: Line, *, key: str, at: datetime, actor: Any, reason: str) -> Refund:
    """Cancel a line whose packs were given back, and send back all that was paid for it and not refunded yet."""
    line.num_allocated = 0
    line.save(update_fields=["num_allocated"])
    lines_move([line], LineStatus.CANCELLED, at=at, actor=actor, reason=reason)
    return refund_request(
        order_id=line.order_id,
        line_id=line.pk,
        amount_fen=line.line_total_fen + line.freight_fen - line.refunded_fen,
        purpose=Refund.Purpose.SHORTFALL,
        key=key,
        at=at,
        actor=actor,
    )


def line_lower_price(line: Line, price_fen: int, *, key: str, at: datetime, actor: Any) -> Refund | None:
    """Let a line cost what its new window asks, if that is less, and send the difference back."""
    difference = line_reprice(line, price_fen)
    if difference is None:
        return None
    return refund_request(
        order_id=line.order_id,
        line_id=difference.pk,
        amount_fen=difference.line_total_fen,
        purpose=Refund.Purpose.SHORTFALL,
        key=key,
        at=at,
        actor=actor,
    )


def order_follow(order: Order, *, at: datetime, actor: Any, reason: str) -> None:
    """Bring an order to where its lines are; one whose lines all came to nothing is cancelled."""
    if order.lines.exclude(status=LineStatus.CANCELLED).exists():
        order_follow_lines(order, at=at, actor=actor)
    elif order.status != OrderStatus.CANCELLED:
        order_move(order, OrderStatus.CANCELLED, at=at, actor=actor, reason=reason, closed_at=at)
