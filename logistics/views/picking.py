"""Picking: the day's draw, the pick list by lot, and what a person decides by hand."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from logistics.forms import HandDrawForm
from logistics.selectors.picking import lot_choices, lots_to_pick, waiting_lines
from logistics.selectors.scope import lines_of_hub
from logistics.services.picking import UnableToDraw, line_draw_by_hand, line_undraw, lines_draw
from logistics.views.access import actor_of, hub_view
from marketplace.cooperatives.models import Hub
from marketplace.foundation import clock
from marketplace.order.states import LineStatus


@require_safe
@hub_view
def picking(request: HttpRequest, hub: Hub) -> HttpResponse:
    """Show what waits to be picked, with the reason where it cannot be, and what is picked by lot."""
    at = clock.now()
    today = clock.business_date(at)
    waiting = waiting_lines(hub=hub, day=today, at=at)
    context = {
        "hub": hub,
        "today": today,
        "ready": [row for row in waiting if row.can_be_drawn],
        "blocked": [row for row in waiting if not row.can_be_drawn],
        "picks": lots_to_pick(hub=hub),
    }
    return render(request, "logistics/picking.html", context)


@require_POST
@hub_view
def run(request: HttpRequest, hub: Hub) -> HttpResponse:
    """Draw lots for every line that may leave today."""
    at = clock.now()
    answer = lines_draw(hub_id=hub.pk, day=clock.business_date(at), at=at, actor=actor_of(request))
    if answer.draws:
        said = ngettext("%(packs)s box drawn.", "%(packs)s boxes drawn.", answer.num_packs) % {
            "packs": answer.num_packs
        }
        messages.success(request, said)
    else:
        messages.info(request, _("There was nothing that could be drawn."))
    if answer.undrawn:
        said = ngettext(
            "%(lines)s line keeps waiting; see why.", "%(lines)s lines keep waiting; see why.", len(answer.undrawn)
        )
        messages.warning(request, said % {"lines": len(answer.undrawn)})
    return redirect("logistics:picking", hub=hub.code)


@require_safe
@hub_view
def pick_list(request: HttpRequest, hub: Hub) -> HttpResponse:
    """Show the pick list by lot, to be printed."""
    at = clock.now()
    return render(request, "logistics/pick_list.html", {"hub": hub, "at": at, "picks": lots_to_pick(hub=hub)})


@hub_view
def line_by_hand(request: HttpRequest, hub: Hub, line_id: int) -> HttpResponse:
    """Let a person choose the lots of one waiting line."""
    at = clock.now()
    line = get_object_or_404(lines_of_hub(hub), pk=line_id)
    if line.status != LineStatus.PAID:
        messages.info(request, _("This line is drawn already, or is not to be sent any more."))
        return redirect("logistics:picking", hub=hub.code)
    choices = lot_choices(hub=hub, line=line, at=at)
    form = HandDrawForm(request.POST if request.method == "POST" else None, choices=choices)
    if request.method == "POST" and form.is_valid():
        try:
            line_draw_by_hand(
                line_id=line.pk, hub_id=hub.pk, packs_by_lot=form.packs_by_lot(), at=at, actor=actor_of(request)
            )
        except UnableToDraw as error:
            form.refuse(error)
        else:
            messages.success(request, _("Drawn by hand."))
            return redirect("logistics:picking", hub=hub.code)
    day = max(line.ships_from, clock.business_date(at))
    waiting = next((row for row in waiting_lines(hub=hub, day=day, at=at) if row.line.pk == line.pk), None)
    rows = [(choice, form[f"lot_{choice.lot.pk}"]) for choice in choices]
    context = {"hub": hub, "line": line, "waiting": waiting, "form": form, "rows": rows}
    return render(request, "logistics/line_draw.html", context, status=422 if form.errors else 200)


@require_POST
@hub_view
def line_put_back(request: HttpRequest, hub: Hub, line_id: int) -> HttpResponse:
    """Put a drawn line's boxes back into their lots."""
    line = get_object_or_404(lines_of_hub(hub), pk=line_id)
    try:
        line_undraw(line_id=line.pk, reason=_("Put back by hand"), at=clock.now(), actor=actor_of(request))
    except UnableToDraw as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Put back. The line waits again."))
    return redirect("logistics:picking", hub=hub.code)
