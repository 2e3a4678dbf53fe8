"""The plans in force, one pool's season drawn, and the plan to take away."""

from __future__ import annotations

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from harvest_schedule.access import officer_page, pool_of, pools_of
from harvest_schedule.exports import ICS_TYPE, XLSX_TYPE, plan_calendar, plan_workbook
from harvest_schedule.forms import ZOOMS, PlanAgainForm, axis_asked
from harvest_schedule.models import SeasonPlan
from harvest_schedule.selectors.drafts import waiting_draft
from harvest_schedule.selectors.harvest_reasons import harvest_reasons, stores_with_room
from harvest_schedule.selectors.planning import planning_of
from harvest_schedule.selectors.pool_season import plan_in_force, pool_season
from harvest_schedule.selectors.schedule_list import SEASON_WEEKS, pool_lines
from marketplace.foundation import clock

#: Seconds after which a screen that shows a plan being made looks again.
LOOK_AGAIN_S = 4


@require_safe
@officer_page
def schedule_list(request: HttpRequest) -> HttpResponse:
    lines = pool_lines(list(pools_of(request.user)), clock.now())
    context = {"lines": lines, "num_cases": sum(line.num_cases for line in lines), "season_weeks": SEASON_WEEKS}
    return render(request, "harvest_schedule/schedule_list.html", context)


@require_safe
@officer_page
def pool_detail(request: HttpRequest, code: str) -> HttpResponse:
    pool = pool_of(request, code)
    now = clock.now()
    axis = axis_asked(request.GET, clock.business_date(now))
    span = timedelta(weeks=axis.num_weeks)
    season = pool_season(pool, axis, now)
    context = {
        "season": season,
        "harvests_taken": harvest_reasons(season.plan) if season.plan is not None else [],
        "stores_have_room": season.plan is not None and stores_with_room(season.plan),
        "pool": pool,
        "zooms": ZOOMS,
        "earlier": (axis.starts_on - span).isoformat(),
        "later": (axis.starts_on + span).isoformat(),
        "planning": planning_of(pool.pk, now),
        "draft": waiting_draft(pool.pk),
        "again": PlanAgainForm(),
        "look_again_s": LOOK_AGAIN_S,
    }
    return render(request, "harvest_schedule/pool_detail.html", context)


@require_safe
@officer_page
def workbook(request: HttpRequest, code: str) -> HttpResponse:
    plan = _plan(request, code)
    return _file(plan_workbook(plan), XLSX_TYPE, f"{code}-{plan.starts_on.isoformat()}.xlsx")


@require_safe
@officer_page
def calendar(request: HttpRequest, code: str) -> HttpResponse:
    plan = _plan(request, code)
    return _file(plan_calendar(plan, request.get_host()), ICS_TYPE, f"{code}-{plan.starts_on.isoformat()}.ics")


def _plan(request: HttpRequest, code: str) -> SeasonPlan:
    plan = plan_in_force(pool_of(request, code))
    if plan is None:
        raise Http404
    return plan


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
