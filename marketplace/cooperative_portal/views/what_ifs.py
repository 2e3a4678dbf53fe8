"""A grower asks what if one of its own harvests comes otherwise, and sees what that does to its own money."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from harvest_schedule.models import Harvest, WhatIf
from harvest_schedule.selectors.harvests import OPEN, harvests_of
from harvest_schedule.selectors.what_ifs import SHOWN, pool_of_harvest, questions_of, what_ifs_of_cooperatives
from harvest_schedule.services.what_if_rules import WhatIfRefused
from harvest_schedule.services.what_ifs import what_if_ask
from harvest_schedule.views.what_ifs import LOOK_AGAIN_S, asked_key, state_answer, wants_state
from harvest_schedule.what_if_forms import HarvestChangesForm, typed
from marketplace.cooperative_portal.access import Membership, cooperative_page
from marketplace.foundation import clock


@require_http_methods(["GET", "HEAD", "POST"])
@cooperative_page
def what_if(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Choose a harvest, move it or lose a part of it; what was asked before stands beneath."""
    today = clock.business_date(clock.now())
    asked = request.POST if request.method == "POST" else request.GET
    like = _like(request, membership)
    wanted = like.changes[0]["harvest"] if like else asked.get("harvest", "")
    own = list(harvests_of(membership.ids).filter(status__in=OPEN, ends_on__gte=today)[:100])
    shown = [row for row in own if row.cooperative_id == membership.cooperative.pk]
    harvest = _chosen(own, shown, str(wanted))
    form = None
    if harvest is not None:
        form = HarvestChangesForm(
            request.POST if request.method == "POST" else None,
            harvests=[harvest],
            initial=typed(like.changes) if like else {},
        )
        if request.method == "POST" and form.is_valid() and (row := _ask(form, harvest, request)):
            return redirect("cooperative_portal:what_if_detail", row.pk)
    context = {
        "membership": membership,
        "harvests": shown,
        "harvest": harvest,
        "form": form,
        "questions": questions_of(list(what_ifs_of_cooperatives([membership.cooperative.pk])[:SHOWN])),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "cooperative_portal/what_if.html", context, status=status)


@require_safe
@cooperative_page
def what_if_detail(request: HttpRequest, membership: Membership, what_if_id: int) -> HttpResponse:
    """Show one of one's own questions with its answer, or that it is being worked out, or why there is none."""
    row = get_object_or_404(what_ifs_of_cooperatives(membership.ids), pk=what_if_id)
    if wants_state(request):
        return state_answer(row)
    context = {"membership": membership, "question": questions_of([row])[0], "look_again_s": LOOK_AGAIN_S}
    return render(request, "cooperative_portal/what_if_detail.html", context)


def _chosen(own: list[Harvest], shown: list[Harvest], wanted: str) -> Harvest | None:
    """The harvest that is asked about: the first where none is named, never another cooperative's."""
    if not wanted:
        return shown[0] if shown else None
    for harvest in own:
        if str(harvest.pk) == wanted:
            return harvest
    raise Http404


def _like(request: HttpRequest, membership: Membership) -> WhatIf | None:
    text = request.GET.get("like", "")
    if not (text.isascii() and text.isdigit()):
        return None
    return get_object_or_404(what_ifs_of_cooperatives(membership.ids), pk=int(text[:18]))


def _ask(form: HarvestChangesForm, harvest: Harvest, request: HttpRequest) -> WhatIf | None:
    """Ask, or leave the refusal in the form."""
    pool = pool_of_harvest(harvest)
    if pool is None:
        form.add_error(None, _("Nothing of this harvest is on sale yet, so there is no season to compare."))
        return None
    changes = form.changes()
    try:
        return what_if_ask(
            pool_id=pool.pk,
            changes=changes,
            key=asked_key(form.cleaned_data["key"], pool.pk, request.user.pk, changes),
            actor=request.user,
            at=clock.now(),
            cooperative_id=harvest.cooperative_id,
        )
    except WhatIfRefused as refused:
        form.add_refusal(refused)
        return None
