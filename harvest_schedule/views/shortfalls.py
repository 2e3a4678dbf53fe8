"""An officer looks at what falls short, sees who would get what under a policy, and decides with a reason."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from harvest_schedule.access import officer_page, pools_of
from harvest_schedule.models import ShortfallCase, ShortfallDecision
from harvest_schedule.planner.shortfall.policy import policy_read
from harvest_schedule.selectors.shortfall_case import case_state
from harvest_schedule.selectors.shortfall_screen import (
    change_rows,
    fairness_rows,
    mixes_of,
    options_shown,
    policy_words,
    usual_policy,
)
from harvest_schedule.selectors.shortfalls import (
    decision_rows,
    fairness_read,
    preview_of,
    shortfall_case_get,
    shortfall_cases,
)
from harvest_schedule.services.shortfall_deciding import ShortfallChanged, UnableToDecide, shortfall_apply
from harvest_schedule.shortfall_forms import DecideForm, PolicyForm
from harvest_schedule.states import ShortfallStatus
from marketplace.foundation import clock

#: So many ended cases are listed; older ones are found by their address.
SHOWN = 100


@never_cache
@require_safe
@officer_page
def shortfall_list(request: HttpRequest) -> HttpResponse:
    rows = shortfall_cases(pools_of(request.user))
    ended = [row for row in rows if row.case.status != ShortfallStatus.OPEN]
    ended.sort(key=lambda row: (row.case.closed_at or row.case.opened_at, row.case.pk), reverse=True)
    waiting = [row for row in rows if row.case.status == ShortfallStatus.OPEN]
    context = {
        "waiting": sorted(waiting, key=lambda row: (row.window.ships_by, row.case.pk)),
        "ended": [
            (row, policy_words(policy_read(row.decision.policy)) if row.decision else "") for row in ended[:SHOWN]
        ],
    }
    return render(request, "harvest_schedule/shortfall_list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@officer_page
def shortfall_detail(request: HttpRequest, case_id: int) -> HttpResponse:
    """Preview a policy by GET and decide by POST; a case that is over shows how it ended."""
    try:
        case = shortfall_case_get(pools_of(request.user), case_id)
    except ShortfallCase.DoesNotExist as error:
        raise Http404 from error
    if request.method == "POST":
        # The county answers for the money; a station sees what will be decided about its goods.
        if not request.user.is_staff:
            raise PermissionDenied
        return _decide(request, case)
    if case.status != ShortfallStatus.OPEN:
        return _ended(request, case)
    return _preview(request, case, DecideForm(), status=200)


def _decide(request: HttpRequest, case: ShortfallCase) -> HttpResponse:
    at = clock.now()
    here = redirect("harvest_schedule:shortfall_detail", case.pk)
    key = request.POST.get("key", "")
    if case.status != ShortfallStatus.OPEN:
        if not ShortfallDecision.objects.filter(case=case, key=key.replace("\x00", "")).exists():
            messages.warning(request, _("This shortfall is decided already, or the plan covers it again."))
        return here
    state = case_state(case, at)
    policy = PolicyForm(request.POST, options=state.options, usual=usual_policy(state)).policy()
    form = DecideForm(request.POST)
    if policy is None or not form.is_valid():
        return _preview(request, case, form, status=422)
    try:
        shortfall_apply(
            case_id=case.pk,
            policy=policy,
            digest=form.cleaned_data["digest"],
            why=form.cleaned_data["why"],
            key=form.cleaned_data["key"],
            actor=request.user,
            at=at,
        )
    except UnableToDecide as refused:
        form.add_refusal(refused)
        return _preview(request, case, form, status=409 if isinstance(refused, ShortfallChanged) else 422)
    messages.success(request, _("Decided. Every buyer whose order changes is told now."))
    return here


def _preview(request: HttpRequest, case: ShortfallCase, form: DecideForm, *, status: int) -> HttpResponse:
    """Show the policies and what the chosen one comes to, as things stand now."""
    state = case_state(case, clock.now())
    asked = request.POST if request.method == "POST" else request.GET
    policy_form = PolicyForm(asked, options=state.options, usual=usual_policy(state))
    policy = policy_form.policy()
    preview = preview_of(state, policy) if policy is not None else None
    options, more_options = options_shown(state.options)
    context = {
        "case": case,
        "pool": case.window.product.pool_product.pool,
        "state": state,
        "options": options,
        "more_options": more_options,
        "num_orders": len({line.order_id for line in state.lines}),
        "policy_form": policy_form,
        "mixes": mixes_of(state, preview) if state.short_packs else [],
        "preview": preview,
        "form": form,
        "key": request.POST.get("key") or uuid4().hex,
        "may_decide": request.user.is_staff,
    }
    if preview is not None:
        rows = change_rows(preview)
        context |= {
            "policy_words": policy_words(preview.policy),
            "changed": [row for row in rows if row.parts],
            "kept": [row for row in rows if not row.parts],
            "fairness": fairness_rows(
                preview.before, preview.after, [(row.line.pk, row.order_number) for row in preview.rows]
            ),
        }
    elif status == 200:
        status = 422
    return render(request, "harvest_schedule/shortfall_detail.html", context, status=status)


def _ended(request: HttpRequest, case: ShortfallCase) -> HttpResponse:
    decision = ShortfallDecision.objects.filter(case=case).select_related("decided_by").first()
    context: dict[str, Any] = {"case": case, "pool": case.window.product.pool_product.pool, "decision": decision}
    if decision is not None:
        shares = decision_rows(decision)
        context |= {
            "policy_words": policy_words(policy_read(decision.policy)),
            "changed": [share for share in shares if share.missing_packs],
            "kept": [share for share in shares if not share.missing_packs],
            "fairness": fairness_rows(
                fairness_read(decision.fairness_before),
                fairness_read(decision.fairness_after),
                [(share.line_id, share.line.order.number) for share in shares],
            ),
        }
    return render(request, "harvest_schedule/shortfall_ended.html", context)
