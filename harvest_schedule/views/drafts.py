"""A pool's draft beside the plan in force, its publishing and discarding, and the bounds inside which none waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from harvest_schedule.access import officer_page, pool_of
from harvest_schedule.bounds_form import BoundsForm
from harvest_schedule.draft_words import GROUP_TITLES, hold_words
from harvest_schedule.models import SeasonPlan
from harvest_schedule.selectors.draft_page import draft_page, recent_decision
from harvest_schedule.services.bounds import UnableToSetBounds, bounds_of, bounds_set
from harvest_schedule.services.publishing import UnableToPublishPlan, draft_discard, draft_publish
from marketplace.cooperatives.models import SupplyPool
from marketplace.foundation import clock


@require_safe
@officer_page
def draft(request: HttpRequest, code: str) -> HttpResponse:
    pool = pool_of(request, code)
    page = draft_page(pool, clock.now())
    context: dict[str, Any] = {"pool": pool, "page": page, "may_decide": may_decide(request)}
    if page is None:
        context["in_force"] = recent_decision(pool)
    else:
        context["holds"] = [hold_words(reason) for reason in page.plan.hold_reasons]
        context["groups"] = [(GROUP_TITLES[group.kind], group) for group in page.groups]
    return render(request, "harvest_schedule/draft_detail.html", context)


@require_POST
@officer_page
def publish(request: HttpRequest, code: str) -> HttpResponse:
    said = _("The draft is in force. Shoppers see it now.")
    return _decide(request, pool_of(request, code), draft_publish, said)


@require_POST
@officer_page
def discard(request: HttpRequest, code: str) -> HttpResponse:
    said = _("The draft is laid aside. The plan in force stays; the next one is made tonight.")
    return _decide(request, pool_of(request, code), draft_discard, said)


def may_decide(request: HttpRequest) -> bool:
    """Promises of a pool bind several cooperatives, so the county's officers decide; a station's staff look."""
    return bool(request.user.is_staff)


def _decide(request: HttpRequest, pool: SupplyPool, decide: Callable[..., SeasonPlan], said: str) -> HttpResponse:
    """Do what the button says with the draft that was on the page, which its form names."""
    if not may_decide(request):
        raise PermissionDenied
    plan = SeasonPlan.objects.filter(pool=pool, pk=_number(request.POST.get("plan"))).only("pk").first()
    if plan is None:
        raise Http404
    try:
        decide(plan_id=plan.pk, actor=request.user, at=clock.now())
    except UnableToPublishPlan as error:
        messages.error(request, str(error))
        return redirect("harvest_schedule:draft", pool.code)
    messages.success(request, said)
    return redirect("harvest_schedule:pool_detail", pool.code)


def _number(text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404
    return int(text)


@require_http_methods(["GET", "HEAD", "POST"])
@officer_page
def bounds(request: HttpRequest, code: str) -> HttpResponse:
    pool = pool_of(request, code)
    row = bounds_of(pool)
    form = BoundsForm.of(row)
    if request.method == "POST":
        if not may_decide(request):
            raise PermissionDenied
        form = BoundsForm(request.POST)
        if form.is_valid():
            try:
                bounds_set(pool_id=pool.pk, bounds=form.bounds(), actor=request.user, at=clock.now())
            except UnableToSetBounds as error:
                form.add_error(error.field, error.message)
            else:
                messages.success(request, _("The bounds are set. They hold for the next plan."))
                return redirect("harvest_schedule:bounds", code)
    context = {"pool": pool, "row": row, "form": form, "may_decide": may_decide(request)}
    return render(request, "harvest_schedule/draft_bounds.html", context, status=422 if form.errors else 200)
