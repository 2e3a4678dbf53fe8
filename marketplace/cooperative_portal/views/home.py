"""Today: what to hand over, what was picked, what is on sale, what money is coming. And which cooperative."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from harvest_schedule.models import Harvest
from harvest_schedule.selectors.harvests import harvests_to_report
from harvest_schedule.selectors.pick_calls import calls_to_answer, hand_over_of_day
from harvest_schedule.selectors.supplied_windows import windows_supplied
from marketplace.cooperative_portal.access import CHOSEN, Membership, cooperative_page, cooperatives_of
from marketplace.cooperative_portal.forms import ReportForm
from marketplace.cooperative_portal.selectors.fields import DayPicking, picking_of_day
from marketplace.cooperative_portal.selectors.money import money_of
from marketplace.foundation import clock
from marketplace.foundation.units import G_PER_JIN, G_PER_KG

#: So many windows fit on the first screen; the tab has the rest.
WINDOWS_SHOWN = 3


@require_safe
@cooperative_page
def home(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show today's figures, each with the one thing to do about it."""
    at = clock.now()
    today = clock.business_date(at)
    cooperative = membership.cooperative
    harvests = harvests_to_report(cooperative.pk, today)
    harvest = _chosen(harvests, request.GET.get("harvest", ""))
    picking = picking_of_day(harvest, today) if harvest is not None else None
    windows = windows_supplied(cooperative.pk, at)
    return render(
        request,
        "cooperative_portal/home.html",
        {
            "membership": membership,
            "hand_over": hand_over_of_day(cooperative.pk, today),
            "calls": list(calls_to_answer(cooperative.pk, today)[:5]),
            "harvests": harvests,
            "harvest": harvest,
            "picking": picking,
            "report_form": ReportForm(),
            "shown_kg": f"{_shown_g(picking) // G_PER_KG:,}",
            "shown_jin": f"{_shown_g(picking) // G_PER_JIN:,}",
            "windows": [window for window in windows if window.is_open][:WINDOWS_SHOWN],
            "next_window": next((window for window in windows if not window.is_open), None),
            "money": money_of(cooperative.pk),
            "day": today,
            "at": at,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Let somebody who works for several cooperatives say whose screens to open."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    cooperatives = cooperatives_of(request)
    if request.method == "POST":
        wanted = [row.pk for row in cooperatives if str(row.pk) == request.POST.get("cooperative", "")]
        if not wanted:
            raise Http404
        request.session[CHOSEN] = wanted[0]
        return redirect("cooperative_portal:home")
    return render(
        request,
        "cooperative_portal/cooperative_choice.html",
        {"cooperatives": cooperatives, "chosen_id": request.session.get(CHOSEN)},
    )


def _chosen(harvests: list[Harvest], wanted: str) -> Harvest | None:
    return next((row for row in harvests if str(row.pk) == wanted), harvests[0] if harvests else None)


def _shown_g(picking: DayPicking | None) -> int:
    """What the number key stands at: the day's plan, or nothing once the day was reported."""
    return 0 if picking is None or picking.reported_g else picking.planned_g
