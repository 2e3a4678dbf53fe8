"""Parcels of a station: what waits to be packed, to be handed over, and what is on the road."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from logistics.models import LotDraw, Shipment
from logistics.selectors.scope import shipments_of_hub
from logistics.states import ShipmentStatus
from marketplace.cooperatives.models import Hub
from marketplace.foundation.clock import business_date, day_end, shanghai
from marketplace.order.models import Line, Order
from marketplace.order.states import LineStatus
from marketplace.shipping.models import Carrier


@dataclass(frozen=True)
class OrderToPack:
    """What is drawn of one order and waits to be packed."""

    order: Order
    lines: tuple[Line, ...]
    is_late: bool

    @property
    def num_packs(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def grams(self) -> int:
        return sum(line.weight_g for line in self.lines)

    @property
    def ships_by(self) -> date:
        return min(line.ships_by for line in self.lines)


@dataclass(frozen=True)
class ParcelRow:
    """One parcel with what is in it."""

    shipment: Shipment
    lines: tuple[Line, ...]
    is_late: bool

    @property
    def num_packs(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def grams(self) -> int:
        return sum(line.weight_g for line in self.lines)

    @property
    def ships_by(self) -> date:
        return min(line.ships_by for line in self.lines)

    @property
    def arrives_by(self) -> date | None:
        days = [line.arrives_by for line in self.lines if line.arrives_by is not None]
        return min(days, default=None)


@dataclass(frozen=True)
class DayFigures:
    """How a day at the station stands, in order lines; ``on_time_share`` is of the month, None when nothing left."""

    num_due: int
    num_left: int
    num_late: int
    on_time_share: float | None


def orders_to_pack(*, hub: Hub, today: date) -> list[OrderToPack]:
    """Return orders with drawn lines at a station, the most urgent first."""
    lines = (
        Line.objects.filter(product__pool_product__pool__hub=hub, status=LineStatus.DRAWN)
        .select_related("order__shipping_address")
        .order_by("ships_by", "order_id", "pk")
    )
    by_order: dict[int, list[Line]] = {}
    for line in lines:
        by_order.setdefault(line.order_id, []).append(line)
    return [OrderToPack(rows[0].order, tuple(rows), rows[0].ships_by < today) for rows in by_order.values()]


def parcels(*, hub: Hub, status: str, today: date, limit: int | None = None) -> list[ParcelRow]:
    """Return parcels in a state with their lines: those to hand over by urgency, those on the road oldest first."""
    shipments = shipments_of_hub(hub).filter(status=status).prefetch_related("shipment_lines__line")
    order_by = {ShipmentStatus.PACKED: "packed_at", ShipmentStatus.SHIPPED: "shipped_at"}.get(
        ShipmentStatus(status), "-delivered_at"
    )
    rows = [parcel_row(shipment, today=today) for shipment in shipments.order_by(order_by, "pk")[:limit]]
    if status == ShipmentStatus.PACKED:
        rows.sort(key=lambda row: (row.ships_by, row.shipment.pk))
    return rows


def parcel_row(shipment: Shipment, *, today: date) -> ParcelRow:
    """Return a parcel with its lines; late is one that should have left or arrived by now."""
    lines = tuple(row.line for row in sorted(shipment.shipment_lines.all(), key=lambda row: row.pk))
    row = ParcelRow(shipment, lines, is_late=False)
    limits = {ShipmentStatus.PACKED: row.ships_by, ShipmentStatus.SHIPPED: row.arrives_by}
    limit = limits.get(ShipmentStatus(shipment.status))
    return ParcelRow(shipment, lines, is_late=limit is not None and limit < today)


def draws_of_parcel(shipment: Shipment) -> QuerySet[LotDraw]:
    """Return which lots are in a parcel: their certificates travel with it."""
    return (
        LotDraw.objects.filter(line__shipment_line__shipment=shipment, undone_at=None)
        .select_related("lot__cooperative", "lot__produce", "lot__grade", "line")
        .order_by("line_id", "lot_id")
    )


def carriers() -> QuerySet[Carrier]:
    """Return the carriers a parcel may be handed to."""
    return Carrier.objects.order_by("code")


def carrier_used_last(hub: Hub) -> int | None:
    """Return the carrier that took the last parcel: it most likely takes the next."""
    last = Shipment.objects.filter(hub=hub, carrier__isnull=False).order_by("-shipped_at", "-pk")
    return last.values_list("carrier_id", flat=True).first()


def day_figures(*, hub: Hub, at: datetime) -> DayFigures:
    """Count what was to leave by today, what left today, what is late, and the month's share that left in time."""
    today = business_date(at)
    lines = Line.objects.filter(product__pool_product__pool__hub=hub)
    waiting = lines.filter(status__in=(LineStatus.PAID, LineStatus.DRAWN, LineStatus.PACKED))
    left_today = lines.filter(
        shipment_line__shipment__shipped_at__gte=shanghai(today), shipment_line__shipment__shipped_at__lt=day_end(today)
    )
    month = list(
        lines.filter(shipment_line__shipment__shipped_at__gte=shanghai(today.replace(day=1)))
        .filter(shipment_line__shipment__shipped_at__lt=day_end(today))
        .order_by("pk")
        .values_list("ships_by", "shipment_line__shipment__shipped_at")
    )
    in_time = sum(left_at is not None and business_date(left_at) <= ships_by for ships_by, left_at in month)
    num_left = left_today.count()
    return DayFigures(
        num_due=waiting.filter(ships_by__lte=today).count() + num_left,
        num_left=num_left,
        num_late=waiting.filter(ships_by__lt=today).count(),
        on_time_share=in_time / len(month) if month else None,
    )
