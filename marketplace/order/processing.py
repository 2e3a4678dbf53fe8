"""The only code that changes the status of an order or a line. Callers hold the locks (order first, then lines)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser

from marketplace.foundation.transitions import move
from marketplace.order.models import Line, Order
from marketplace.order.states import LineStatus, OrderStatus


def order_move(
    order: Order,
    to_status: str,
    *,
    at: datetime,
    actor: AbstractBaseUser | None = None,
    reason: str = "",
    **changes: Any,
) -> Order:
    """Move an order by the pipeline and record it. Raises IllegalMove when the table does not list the move."""
    return move(
        order,
        to_status,
        moves=settings.OSCAR_ORDER_STATUS_PIPELINE,
        at=at,
        actor=actor,
        reason=reason,
        **changes,
    )


def lines_move(
    lines: Iterable[Line],
    to_status: str,
    *,
    at: datetime,
    actor: AbstractBaseUser | None = None,
    reason: str = "",
    **changes: Any,
) -> None:
    """Move lines by the pipeline, in key order, and record each."""
    for line in sorted(lines, key=lambda line: line.pk):
        move(
            line,
            to_status,
            moves=settings.OSCAR_LINE_STATUS_PIPELINE,
            at=at,
            actor=actor,
            reason=reason,
            **changes,
        )


def order_follow_lines(order: Order, *, at: datetime, actor: AbstractBaseUser | None = None) -> Order:
    """
    Bring a paid order to where its lines are: preparing once one is drawn, shipped when the last has left,
    delivered when the last was signed for, settled when the last was settled. Cancelled lines do not count.
    """
    statuses = set(order.lines.exclude(status=LineStatus.CANCELLED).values_list("status", flat=True))
    stages = [
        ({LineStatus.SETTLED}, OrderStatus.SETTLED),
        ({LineStatus.SETTLED, LineStatus.DELIVERED}, OrderStatus.DELIVERED),
        ({LineStatus.SETTLED, LineStatus.DELIVERED, LineStatus.SHIPPED}, OrderStatus.SHIPPED),
    ]
    target = next((status for allowed, status in stages if statuses and statuses <= allowed), None)
    if target is None and statuses & {
        LineStatus.DRAWN,
        LineStatus.PACKED,
        LineStatus.SHIPPED,
        LineStatus.DELIVERED,
    }:
        target = OrderStatus.PREPARING
    path = [
        OrderStatus.PAID,
        OrderStatus.PREPARING,
        OrderStatus.SHIPPED,
        OrderStatus.DELIVERED,
        OrderStatus.SETTLED,
    ]
    if target is None or order.status not in path:
        return order
    for step in path[path.index(OrderStatus(order.status)) + 1 : path.index(target) + 1]:
        moment: dict[str, Any] = {}
        if step == OrderStatus.DELIVERED:
            moment = {"delivered_at": at}
        elif step == OrderStatus.SETTLED:
            moment = {"closed_at": at}
        order_move(order, step, at=at, actor=actor, **moment)
    return order
