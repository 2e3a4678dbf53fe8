"""The day at a station."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from logistics.selectors.board import MOST_CARDS, hub_board
from logistics.selectors.scope import hubs_for_user
from logistics.views.access import hub_view
from marketplace.cooperatives.models import Hub
from marketplace.foundation import clock


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Go to the one station a person works at, or let them choose."""
    hubs = list(hubs_for_user(request.user))
    if not hubs:
        raise Http404
    if len(hubs) == 1:
        return redirect("logistics:board", hub=hubs[0].code)
    return render(request, "logistics/hub_choice.html", {"hubs": hubs})


@require_safe
@hub_view
def board(request: HttpRequest, hub: Hub) -> HttpResponse:
    """Show what waits at each step, and the problems first."""
    at = clock.now()
    context = {"hub": hub, "board": hub_board(hub=hub, at=at), "at": at, "most": f":{MOST_CARDS}"}
    return render(request, "logistics/board.html", context)
