"""Fruit comes in: what is expected, the receipt, its label."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import Grade
from harvest_schedule.models import Harvest, PickCall
from logistics.forms import ReceiveForm
from logistics.life_days import best_before, keeps_days
from logistics.models import Lot, StorageMode
from logistics.qr import qr_svg
from logistics.selectors.receiving import (
    calls_of_hub,
    calls_to_receive,
    difference_of,
    harvests_now,
    harvests_of_hub,
    lots_just_received,
    reported_g,
)
from logistics.selectors.scope import lots_of_hub
from logistics.selectors.stock import hub_stock
from logistics.services.receiving import UnableToReceive, lot_receive
from logistics.views.access import actor_of, hub_view
from marketplace.cooperatives.models import Hub
from marketplace.foundation import clock


@require_safe
@hub_view
def receiving(request: HttpRequest, hub: Hub) -> HttpResponse:
    """List what should come, what else is being picked, and what just came."""
    today = clock.business_date(clock.now())
    context = {
        "hub": hub,
        "today": today,
        "calls": calls_to_receive(hub=hub, today=today),
        "harvests": harvests_now(hub=hub, today=today),
        "lots": lots_just_received(hub=hub),
        "stores": hub_stock(hub=hub).values(),
    }
    return render(request, "logistics/receipt_list.html", context)


@hub_view
def receive_call(request: HttpRequest, hub: Hub, call_id: int) -> HttpResponse:
    """Receive what a pick call asked for."""
    call = get_object_or_404(calls_of_hub(hub), pk=call_id)
    return _receive(request, hub, call.harvest, call)


@hub_view
def receive_harvest(request: HttpRequest, hub: Hub, harvest_id: int) -> HttpResponse:
    """Receive of a harvest what nobody called for."""
    return _receive(request, hub, get_object_or_404(harvests_of_hub(hub), pk=harvest_id), None)


def _receive(request: HttpRequest, hub: Hub, harvest: Harvest, call: PickCall | None) -> HttpResponse:
    at = clock.now()
    today = clock.business_date(at)
    grades = [call.grade] if call is not None else _grades(harvest)
    sent = request.POST if request.method == "POST" else None
    form = ReceiveForm(sent, harvest=harvest, grades=grades, call=call, today=today)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            lot = lot_receive(
                harvest_id=harvest.pk,
                grade_id=data["grade"],
                hub_id=hub.pk,
                grams=data["grams"],
                picked_on=data["picked_on"],
                certificate_number=data["certificate_number"],
                mode=data["mode"],
                key=data["key"],
                pick_call_id=call.pk if call is not None else None,
                actor=actor_of(request),
                at=at,
            )
        except UnableToReceive as error:
            form.refuse(error)
        else:
            messages.success(request, _("Received as lot %(number)s.") % {"number": lot.number})
            return redirect("logistics:lot_label", hub=hub.code, number=lot.number)
    day = form.initial["picked_on"]
    expected_g = max(0, call.asked_g - call.delivered_g) if call is not None else None
    if call is None or not call.delivered_g:
        expected_g = reported_g(harvest_id=harvest.pk, picked_on=day) or expected_g
    stores = hub_stock(hub=hub)
    context = {
        "hub": hub,
        "harvest": harvest,
        "call": call,
        "form": form,
        "expected_g": expected_g,
        "lots": lots_just_received(hub=hub, limit=3),
        "stores": [
            (stores[mode.value], mode.label, days, best_before(day, [], keeps_for_days=days))
            for mode in StorageMode
            if (days := keeps_days(harvest.produce, mode.value))
        ],
    }
    return render(request, "logistics/receipt_create.html", context, status=422 if form.errors else 200)


def _grades(harvest: Harvest) -> list[Grade]:
    """The grades that were declared, else all of the produce."""
    declared = Grade.objects.filter(pk__in=harvest.grade_mix.values("grade_id"))
    return list((declared if declared else Grade.objects.filter(produce=harvest.produce)).order_by("rank", "pk"))


@require_safe
@hub_view
def label(request: HttpRequest, hub: Hub, number: str) -> HttpResponse:
    """Show a lot's label, to be printed and stuck on its crates."""
    lot = get_object_or_404(lots_of_hub(hub).select_related("pick_call"), number=number)
    trace = request.build_absolute_uri(trace_path(lot.number))
    context = {
        "hub": hub,
        "lot": lot,
        "difference": difference_of(lot),
        "qr": qr_svg(trace, label=_("Where lot %(number)s comes from") % {"number": lot.number}),
        "trace": trace,
        "again": _again(hub, lot),
    }
    return render(request, "logistics/lot_label.html", context)


def _again(hub: Hub, lot: Lot) -> str:
    if lot.pick_call_id is not None:
        return reverse("logistics:receive_call", args=[hub.code, lot.pick_call_id])
    return reverse("logistics:receive_harvest", args=[hub.code, lot.harvest_id])


def trace_path(number: str) -> str:
    """Return the public page of a lot; it belongs to the transparency room, which stands above this one."""
    return f"/trace/{number}/"
