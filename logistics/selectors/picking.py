"""Which lines a hub has to pick."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from marketplace.order.models import Line
from marketplace.order.states import LineStatus


def hub_lines(*, hub_id: int) -> QuerySet[Line]:
    """Return the order lines that a hub's pools fulfil."""
    return Line.objects.filter(product__pool_product__pool__hub_id=hub_id)


def due_lines(*, hub_id: int, day: date) -> QuerySet[Line]:
    """Return the paid lines that may leave by a day and are not drawn, the most urgent first."""
    lines = hub_lines(hub_id=hub_id).filter(status=LineStatus.PAID, ships_from__lte=day)
    return lines.order_by("ships_by", "pk")
