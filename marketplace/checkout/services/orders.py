"""Cancelling a paid order of which nothing was drawn yet: packs back, lines and order cancelled, money back in full."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from marketplace.checkout.services.refunds import refund_request
from marketplace.checkout.services.releasing import lines_release_packs
from marketplace.foundation.outbox import outbox_put
from marketplace.order.models import Order
from marketplace.order.processing import lines_move, order_move
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.payment.models import Refund


class UnableToCancel(Exception):
    """Something of the order is offered, drawn, packed or sent already, or it was never paid."""


@transaction.atomic
def order_cancel(*, order_id: int, at: datetime, actor: Any = None, reason: str = "") -> Order:
    """
    Cancel a paid order whole and send all its money back. Cancelling a cancelled order changes nothing.

    Whether the buyer may still cancel is decided above (harvest_schedule.services.cancellation); here only what is
    physically begun forbids it. Lines that were cancelled and refunded before stay as they are.

    Raises
    ------
    UnableToCancel
    """
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.status == OrderStatus.CANCELLED:
        return order
    lines = list(order.lines.select_for_update().order_by("pk"))
    live = [line for line in lines if line.status != LineStatus.CANCELLED]
    has_begun = any(line.status != LineStatus.PAID for line in live)
    if order.status not in (OrderStatus.PAID, OrderStatus.PREPARING) or has_begun:
        raise UnableToCancel(order.number)
    lines_release_packs(live)
    lines_move(live, LineStatus.CANCELLED, at=at, actor=actor, reason=reason)
    order_move(order, OrderStatus.CANCELLED, at=at, actor=actor, reason=reason, closed_at=at)
    refund_request(
        order_id=order.pk,
        amount_fen=order.total_fen - sum(line.refunded_fen for line in lines),
        purpose=Refund.Purpose.CANCELLED,
        key=f"cancel-{order.number}",
        at=at,
        actor=actor,
    )
    outbox_put(
        topic="mail.order_cancelled", key=f"mail.order_cancelled:{order.number}", payload={"order_id": order.pk}, at=at
    )
    return order
