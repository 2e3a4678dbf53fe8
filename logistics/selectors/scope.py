"""Which stations, and what in them, a person may see. Anything else, existing or not, is a 404."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from logistics.models import Claim, Lot, Shipment
from marketplace.cooperatives.models import Hub
from marketplace.order.models import Line


def hubs_for_user(user: Any) -> QuerySet[Hub]:
    """Return the stations a person works at; the county's staff see all."""
    if not user.is_authenticated or not user.is_active:
        return Hub.objects.none()
    hubs = Hub.objects.all() if user.is_staff or user.is_superuser else Hub.objects.filter(staff=user)
    return hubs.select_related("region").order_by("code")


def lots_of_hub(hub: Hub) -> QuerySet[Lot]:
    """Return every lot that was received at a station."""
    return Lot.objects.filter(hub=hub).select_related("produce", "grade", "cooperative", "harvest", "hub")


def shipments_of_hub(hub: Hub) -> QuerySet[Shipment]:
    """Return every parcel that was packed at a station."""
    return Shipment.objects.filter(hub=hub).select_related("order__shipping_address", "carrier", "hub")


def claims_of_hub(hub: Hub) -> QuerySet[Claim]:
    """Return every claim on what a station sent."""
    claims = Claim.objects.filter(line__shipment_line__shipment__hub=hub)
    return claims.select_related("line__order", "line__shipment_line__shipment")


def lines_of_hub(hub: Hub) -> QuerySet[Line]:
    """Return the order lines that a station's pools fulfil."""
    lines = Line.objects.filter(product__pool_product__pool__hub=hub)
    return lines.select_related("order__shipping_address", "product__pool_product", "product__grade", "stockrecord")
