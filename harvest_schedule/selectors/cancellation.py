"""Whether a buyer may still take an order back; the service asks the same again under the locks."""

from __future__ import annotations

from catalog.partner.models import Phase
from harvest_schedule.models import PickCallLine
from harvest_schedule.states import PickCallStatus
from marketplace.order.models import Line, Order
from marketplace.order.states import LineStatus, OrderStatus


def order_can_be_cancelled(order_id: int) -> bool:
    """Return whether the order is a paid one of presales alone that nobody has agreed to pick for."""
    if not Order.objects.filter(pk=order_id, status=OrderStatus.PAID).exists():
        return False
    lines = Line.objects.filter(order_id=order_id).exclude(status=LineStatus.CANCELLED)
    if not lines.exists() or lines.exclude(phase=Phase.PRESALE, status=LineStatus.PAID).exists():
        return False
    agreed = (PickCallStatus.ACCEPTED, PickCallStatus.FULFILLED)
    return not PickCallLine.objects.filter(line__order_id=order_id, pick_call__status__in=agreed).exists()
