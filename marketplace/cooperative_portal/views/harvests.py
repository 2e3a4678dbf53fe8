"""The harvest tab: declare, look, report, finish, withdraw."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import Produce
from harvest_schedule.models import Harvest
from harvest_schedule.selectors.harvest_reasons import HarvestReasons, harvest_reasons
from harvest_schedule.selectors.harvests import (
    OPEN,
    days_later,
    harvest_of,
    harvests_of,
    produce_to_declare,
    reports_of,
)
from harvest_schedule.selectors.pick_calls import pick_calls_of
from harvest_schedule.selectors.pool_season import plan_in_force
from harvest_schedule.selectors.what_ifs import pool_of_harvest
from harvest_schedule.services.harvest_rules import HarvestRefused
from harvest_schedule.services.harvests import harvest_close, harvest_declare, harvest_report, harvest_withdraw
from harvest_schedule.states import HarvestStatus
from marketplace.cooperative_portal.access import Membership, cooperative_page, wants_json
from marketplace.cooperative_portal.answers import answer_received, answer_refused, refuse
from marketplace.cooperative_portal.forms import DeclareForm, ReportForm
from marketplace.foundation import clock

#: Past harvests shown below the open ones.
PAST_SHOWN = 12
REPORTS_SHOWN = 30
PERMILLE_PER_PERCENT = 10


@require_safe
@cooperative_page
def harvest_list(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show the cooperative's harvests, those being picked first."""
    rows = list(harvests_of([membership.cooperative.pk])[:100])
    return render(
        request,
        "cooperative_portal/harvest_list.html",
        {
            "membership": membership,
            "open_harvests": [row for row in rows if row.status in OPEN],
            "past_harvests": [row for row in rows if row.status not in OPEN][:PAST_SHOWN],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@cooperative_page
def declare(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Choose a produce, then put down days, figures and grades."""
    data = request.POST if request.method == "POST" else None
    cooperative_id = _own_id(membership, data.get("cooperative", "")) if data is not None else membership.cooperative.pk
    known = produce_to_declare(cooperative_id)
    wanted = request.GET.get("produce", "")
    if not wanted:
        return render(
            request, "cooperative_portal/harvest_produce.html", {"membership": membership, "produce": list(known)}
        )
    produce = known.filter(pk=wanted).first() if wanted.isascii() and wanted.isdigit() else None
    if produce is None:
        raise Http404
    form = DeclareForm(
        data,
        grades=list(produce.grades.order_by("rank", "pk")),
        counts_from=produce.counts_from,
        initial={"cooperative": cooperative_id},
    )
    if data is not None and form.is_valid():
        try:
            harvest = _declare(form, cooperative_id, produce, membership)
        except HarvestRefused as refused:
            form.add_refusal(refused)
        else:
            return answer_received(
                request,
                url=reverse("cooperative_portal:harvest_detail", args=[harvest.pk]),
                message=_("Your harvest is in. The plan will reckon with it."),
            )
    if data is not None and (refusal := answer_refused(request, form)):
        return refusal
    return render(
        request,
        "cooperative_portal/harvest_declare.html",
        {"membership": membership, "produce": produce, "form": form},
    )


@require_safe
@cooperative_page
def detail(request: HttpRequest, membership: Membership, harvest_id: int) -> HttpResponse:
    """Show one harvest: its figures, its reports, its calls, and what can be done with it."""
    harvest = _own(membership, harvest_id)
    return render(request, "cooperative_portal/harvest_detail.html", _detail_context(membership, harvest))


@require_http_methods(["GET", "HEAD", "POST"])
@cooperative_page
def report(request: HttpRequest, membership: Membership, harvest_id: int) -> HttpResponse:
    """Take a report: from the key on the first screen, or from the full form."""
    harvest = _own(membership, harvest_id)
    today = clock.business_date(clock.now())
    form = ReportForm(
        request.POST if request.method == "POST" else None,
        counts_from=_asks_for(harvest),
        initial={"picked_on": today, "biofix_on": harvest.biofix_on},
    )
    if request.method == "POST" and form.is_valid():
        try:
            _report(form, harvest, membership)
        except HarvestRefused as refused:
            form.add_refusal(refused)
        else:
            is_from_home = request.POST.get("back") == "home"
            url = (
                reverse("cooperative_portal:home")
                if is_from_home
                else reverse("cooperative_portal:harvest_detail", args=[harvest.pk])
            )
            return answer_received(request, url=url, message=_("Your report is in. Thank you."))
    if request.method == "POST" and (refusal := answer_refused(request, form)):
        return refusal
    return render(
        request,
        "cooperative_portal/harvest_report.html",
        {"membership": membership, "harvest": harvest, "form": form},
    )


@require_POST
@cooperative_page
def finish(request: HttpRequest, membership: Membership, harvest_id: int) -> HttpResponse:
    """Say that picking is over."""
    harvest = _own(membership, harvest_id)
    try:
        harvest_close(harvest_id=harvest.pk, actor=membership.user, at=clock.now())
    except HarvestRefused as refused:
        return _shown_again(request, membership, harvest, refused)
    return answer_received(
        request,
        url=reverse("cooperative_portal:harvest_detail", args=[harvest.pk]),
        message=_("The harvest is finished. Well done."),
    )


@require_POST
@cooperative_page
def withdraw(request: HttpRequest, membership: Membership, harvest_id: int) -> HttpResponse:
    """Take back a harvest of which nothing was promised."""
    harvest = _own(membership, harvest_id)
    try:
        harvest_withdraw(harvest_id=harvest.pk, actor=membership.user, at=clock.now())
    except HarvestRefused as refused:
        return _shown_again(request, membership, harvest, refused)
    return answer_received(
        request, url=reverse("cooperative_portal:harvest_list"), message=_("The harvest is withdrawn.")
    )


def _asks_for(harvest: Harvest) -> str:
    """Bloom or planting is asked for until picking begins."""
    return harvest.produce.counts_from if harvest.status == HarvestStatus.DECLARED else ""


def _own(membership: Membership, harvest_id: int) -> Harvest:
    try:
        return harvest_of(membership.ids, harvest_id)
    except Harvest.DoesNotExist as error:
        raise Http404 from error


def _own_id(membership: Membership, text: str) -> int:
    for own_id in membership.ids:
        if text == str(own_id):
            return own_id
    raise Http404


def _declare(form: DeclareForm, cooperative_id: int, produce: Produce, membership: Membership) -> Harvest:
    figures = form.cleaned_data
    return harvest_declare(
        cooperative_id=cooperative_id,
        produce_id=produce.pk,
        starts_on=figures["starts_on"],
        ends_on=figures["ends_on"],
        low_g=figures["low_kg"],
        likely_g=figures["likely_kg"],
        high_g=figures["high_kg"],
        grade_shares=form.grade_shares(),
        area_mu=figures["area_mu"],
        biofix_on=form.biofix_on,
        key=figures["key"],
        actor=membership.user,
        at=clock.now(),
    )


def _report(form: ReportForm, harvest: Harvest, membership: Membership) -> None:
    figures = form.cleaned_data
    harvest_report(
        harvest_id=harvest.pk,
        key=figures["key"],
        actor=membership.user,
        at=clock.now(),
        picked_on=figures["picked_on"] if figures["picked_kg"] else None,
        picked_g=figures["picked_kg"],
        shift_days=figures["shift_days"],
        low_g=figures["low_kg"],
        likely_g=figures["likely_kg"],
        high_g=figures["high_kg"],
        note=figures["note"],
        # What was told before is shown again and is no news.
        biofix_on=form.biofix_on if form.biofix_on != harvest.biofix_on else None,
    )


def _detail_context(membership: Membership, harvest: Harvest) -> dict[str, Any]:
    return {
        "membership": membership,
        "harvest": harvest,
        "is_open": harvest.status in OPEN,
        "can_be_withdrawn": harvest.status == HarvestStatus.DECLARED,
        "days_later": days_later(harvest),
        "grade_mix": [
            (part.grade.name, f"{part.share_permille / PERMILLE_PER_PERCENT:g}")
            for part in harvest.grade_mix.select_related("grade").order_by("grade__rank", "pk")
        ],
        "taken": _taken(harvest),
        "reports": reports_of(harvest.pk, limit=REPORTS_SHOWN),
        "calls": list(pick_calls_of(membership.ids).filter(harvest=harvest)[:10]),
    }


def _taken(harvest: Harvest) -> HarvestReasons | None:
    """What the plan in force takes of a harvest; None while it is in no plan."""
    pool = pool_of_harvest(harvest)
    plan = plan_in_force(pool) if pool is not None else None
    rows = harvest_reasons(plan, [harvest.pk]) if plan is not None else []
    return rows[0] if rows else None


def _shown_again(
    request: HttpRequest, membership: Membership, harvest: Harvest, refused: HarvestRefused
) -> HttpResponse:
    if wants_json(request):
        return refuse(refused.message)
    context = _detail_context(membership, harvest) | {"refusal": refused.message}
    return render(request, "cooperative_portal/harvest_detail.html", context, status=409)
