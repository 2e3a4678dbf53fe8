"""Lots in the store: the list, one lot's story, and what is done to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from logistics.forms import CountForm, ReasonForm, RelocateForm, SpoilForm
from logistics.life_days import keeps_days
from logistics.models import Lot, StorageMode
from logistics.selectors.board import lot_card
from logistics.selectors.lots import lot_draws, lot_history
from logistics.selectors.scope import lots_of_hub
from logistics.selectors.stock import hub_stock, lot_balance_g, lots_in_store
from logistics.services.stock import (
    UnableToChangeStock,
    lot_adjust,
    lot_hold,
    lot_recall,
    lot_release,
    lot_relocate,
    lot_spoil,
)
from logistics.states import LotStatus
from logistics.views.access import actor_of, hub_view
from marketplace.cooperatives.models import Hub
from marketplace.foundation import clock

FORMS = {
    "spoil": SpoilForm,
    "count": CountForm,
    "relocate": RelocateForm,
    "hold": ReasonForm,
    "release": ReasonForm,
    "recall": ReasonForm,
}


@require_safe
@hub_view
def lot_list(request: HttpRequest, hub: Hub) -> HttpResponse:
    """List what lies in the store, first expiry first; ``q`` looks for number, produce or cooperative."""
    today = clock.business_date(clock.now())
    query = request.GET.get("q", "").strip()[:60]
    lots = lots_in_store(hub_id=hub.pk)
    if query:
        lots = lots.filter(
            Q(number__icontains=query)
            | Q(produce__name_zh__icontains=query)
            | Q(produce__name_en__icontains=query)
            | Q(cooperative__name_zh__icontains=query)
            | Q(cooperative__name_en__icontains=query)
        )
    context = {
        "hub": hub,
        "query": query,
        "cards": [lot_card(lot, today=today) for lot in lots],
        "stores": hub_stock(hub=hub).values(),
    }
    return render(request, "logistics/lot_list.html", context)


@require_safe
@hub_view
def lot_detail(request: HttpRequest, hub: Hub, number: str) -> HttpResponse:
    """Show a lot: what it is, what happened to it, who got it, and what can be done."""
    return _page(request, hub, get_object_or_404(lots_of_hub(hub), number=number))


@require_POST
@hub_view
def lot_change(request: HttpRequest, hub: Hub, number: str, action: str) -> HttpResponse:
    """Do one thing to a lot."""
    if action not in FORMS:
        raise Http404
    lot = get_object_or_404(lots_of_hub(hub), number=number)
    form = FORMS[action](request.POST)
    if form.is_valid():
        try:
            said = _change(action, lot, form.cleaned_data, request)
        except UnableToChangeStock as error:
            form.refuse(error)
        else:
            messages.success(request, said)
            return redirect("logistics:lot_detail", hub=hub.code, number=lot.number)
    return _page(request, hub, lot, {action: form}, status=422)


def _change(action: str, lot: Lot, data: dict[str, Any], request: HttpRequest) -> str:
    who: dict[str, Any] = {"lot_id": lot.pk, "actor": actor_of(request), "at": clock.now()}
    if action == "spoil":
        lot_spoil(grams=data["grams"], reason=data["reason"], key=data["key"], **who)
        return _("Written off.")
    if action == "count":
        lot_adjust(counted_g=data["counted"], reason=data["reason"], key=data["key"], **who)
        return _("The books say what was counted.")
    if action == "relocate":
        lot_relocate(mode=data["mode"], key=data["key"], **who)
        return _("Moved. The best-before has been worked out again.")
    if action == "hold":
        lot_hold(reason=data["reason"], **who)
        return _("Held. Nothing of it is picked or packed until it is released.")
    if action == "release":
        lot_release(reason=data["reason"], **who)
        return _("Released. It can be picked again.")
    lot_recall(reason=data["reason"], **who)
    return _("Recalled. Put back what is picked, and keep its parcels here.")


def _page(
    request: HttpRequest, hub: Hub, lot: Lot, sent: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    today = clock.business_date(clock.now())
    held_g = lot_balance_g(lot.pk)
    other = StorageMode.COLD if lot.mode == StorageMode.AMBIENT else StorageMode.AMBIENT
    forms = {
        "spoil": SpoilForm(),
        "count": CountForm(),
        "relocate": RelocateForm(initial={"mode": other.value}),
        "hold": ReasonForm(),
        "release": ReasonForm(),
        "recall": ReasonForm(),
        **(sent or {}),
    }
    context = {
        "hub": hub,
        "lot": lot,
        "card": lot_card(lot, today=today),
        "held_g": held_g,
        "history": lot_history(lot),
        "draws": lot_draws(lot),
        "forms": forms,
        "sent": next(iter(sent or {}), ""),
        "other_store": other.label,
        "can_move": bool(held_g and keeps_days(lot.produce, other.value) and lot.best_before >= today),
        "can_hold": lot.status == LotStatus.AVAILABLE,
        "can_release": lot.status == LotStatus.HELD,
        "can_recall": lot.status != LotStatus.RECALLED,
    }
    return render(request, "logistics/lot_detail.html", context, status=status)
