"""Asking for a plan of a pool, watching it being made, and cancelling it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from harvest_schedule.access import officer_page, pool_of
from harvest_schedule.forms import PlanAgainForm
from harvest_schedule.selectors.planning import planning_of
from harvest_schedule.services.replanning import planning_cancel, replan_now
from marketplace.foundation import clock


@require_POST
@officer_page
def plan_again(request: HttpRequest, code: str) -> HttpResponse:
    pool = pool_of(request, code)
    form = PlanAgainForm(request.POST)
    if form.is_valid():
        replan_now(pool_id=pool.pk, at=clock.now(), actor=request.user, time_limit_s=form.cleaned_data["time_limit_s"])
        messages.success(request, _("A new plan is being made. The one in force stays until it is there."))
    else:
        messages.error(request, _("Choose one of the times offered beside the button."))
    return redirect("harvest_schedule:pool_detail", code)


@require_safe
@never_cache
@officer_page
def plan_progress(request: HttpRequest, code: str) -> HttpResponse:
    """The part of the pool's page that tells how planning goes, for the page's script to ask for."""
    pool = pool_of(request, code)
    context = {"pool": pool, "planning": planning_of(pool.pk, clock.now())}
    return render(request, "harvest_schedule/_plan_progress.html", context)


@require_POST
@officer_page
def plan_cancel(request: HttpRequest, code: str) -> HttpResponse:
    pool = pool_of(request, code)
    if planning_cancel(pool_id=pool.pk, at=clock.now(), actor=request.user):
        messages.success(request, _("Planning is being cancelled. The plan in force stays."))
    else:
        messages.info(request, _("There was nothing left to cancel: the plan was ready."))
    return redirect("harvest_schedule:pool_detail", code)
