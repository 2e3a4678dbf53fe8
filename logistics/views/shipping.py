"""Packing, handing over, and what happens on the road."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from logistics.forms import HandOverForm
from logistics.models import Shipment
from logistics.selectors.scope import lines_of_hub, shipments_of_hub
from logistics.selectors.shipping import (
    carrier_used_last,
    carriers,
    day_figures,
    draws_of_parcel,
    orders_to_pack,
    parcel_row,
    parcels,
)
from logistics.services.shipping import UnableToShip, shipment_deliver, shipment_hand_over, shipment_pack
from logistics.states import ShipmentStatus
from logistics.views.access import actor_of, hub_view
from marketplace.cooperatives.models import Hub
from marketplace.foundation import clock

_MOST_DELIVERED = 20
_MOST_ON_ROAD = 200


@require_safe
@hub_view
def shipping(request: HttpRequest, hub: Hub) -> HttpResponse:
    """List what waits to be packed and handed over, what is on the road, and what arrived last."""
    at = clock.now()
    today = clock.business_date(at)
    context = {
        "hub": hub,
        "at": at,
        "figures": day_figures(hub=hub, at=at),
        "to_pack": [(row, uuid.uuid4().hex) for row in orders_to_pack(hub=hub, today=today)],
        "to_hand_over": parcels(hub=hub, status=ShipmentStatus.PACKED, today=today),
        "on_road": parcels(hub=hub, status=ShipmentStatus.SHIPPED, today=today, limit=_MOST_ON_ROAD),
        "delivered": parcels(hub=hub, status=ShipmentStatus.DELIVERED, today=today, limit=_MOST_DELIVERED),
    }
    return render(request, "logistics/shipping.html", context)


@require_POST
@hub_view
def pack(request: HttpRequest, hub: Hub, number: str) -> HttpResponse:
    """Put what is drawn of an order into one parcel and go to it."""
    line = lines_of_hub(hub).filter(order__number=number).order_by("pk").first()
    if line is None:
        raise Http404
    key = request.POST.get("key", "")
    if not 8 <= len(key) <= 64 or not key.isalnum():
        messages.error(request, _("The form has lost its key. Please open it again."))
        return redirect("logistics:shipping", hub=hub.code)
    try:
        shipment = shipment_pack(
            order_id=line.order_id, hub_id=hub.pk, at=clock.now(), actor=actor_of(request), key=key
        )
    except UnableToShip as error:
        messages.error(request, error.message)
        return redirect("logistics:shipping", hub=hub.code)
    messages.success(request, _("Packed as parcel %(number)s.") % {"number": shipment.number})
    return redirect("logistics:parcel", hub=hub.code, number=shipment.number)


@require_safe
@hub_view
def parcel(request: HttpRequest, hub: Hub, number: str) -> HttpResponse:
    """Show a parcel: address, contents, lots with their certificates, and its next step."""
    return _page(request, hub, get_object_or_404(shipments_of_hub(hub), number=number))


@require_POST
@hub_view
def hand_over(request: HttpRequest, hub: Hub, number: str) -> HttpResponse:
    """Give a parcel to a carrier; the next one to hand over follows."""
    shipment = get_object_or_404(shipments_of_hub(hub), number=number)
    form = HandOverForm(request.POST, carriers=carriers())
    if form.is_valid():
        try:
            shipment = shipment_hand_over(
                shipment_id=shipment.pk,
                carrier_id=form.cleaned_data["carrier"].pk,
                tracking_number=form.cleaned_data["tracking_number"],
                at=clock.now(),
                actor=actor_of(request),
            )
        except UnableToShip as error:
            form.refuse(error)
        else:
            messages.success(request, _("Parcel %(number)s is handed over.") % {"number": shipment.number})
            left = parcels(hub=hub, status=ShipmentStatus.PACKED, today=clock.business_date(clock.now()))
            if left:
                return redirect("logistics:parcel", hub=hub.code, number=left[0].shipment.number)
            return redirect("logistics:shipping", hub=hub.code)
    return _page(request, hub, shipment, form)


@require_POST
@hub_view
def deliver(request: HttpRequest, hub: Hub, number: str) -> HttpResponse:
    """Record that a parcel was signed for."""
    shipment = get_object_or_404(shipments_of_hub(hub), number=number)
    try:
        shipment_deliver(shipment_id=shipment.pk, at=clock.now(), actor=actor_of(request))
    except UnableToShip as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Parcel %(number)s is delivered.") % {"number": shipment.number})
    return redirect("logistics:parcel", hub=hub.code, number=shipment.number)


def _page(request: HttpRequest, hub: Hub, shipment: Shipment, form: HandOverForm | None = None) -> HttpResponse:
    today = clock.business_date(clock.now())
    status = 200
    if form is not None:
        status = 422
    elif shipment.status == ShipmentStatus.PACKED:
        form = HandOverForm(carriers=carriers(), initial={"carrier": carrier_used_last(hub)})
    context = {
        "hub": hub,
        "shipment": shipment,
        "address": shipment.order.shipping_address,
        "row": parcel_row(shipment, today=today),
        "draws": draws_of_parcel(shipment),
        "events": shipment.events.order_by("-at", "-pk"),
        "form": form,
        "can_deliver": shipment.status == ShipmentStatus.SHIPPED,
    }
    return render(request, "logistics/parcel.html", context, status=status)
