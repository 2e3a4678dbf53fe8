"""Pick calls: which, how much, for which day; yes, or no with a reason."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from harvest_schedule.models import PickCall
from harvest_schedule.selectors.pick_calls import pick_call_of, pick_calls_of
from harvest_schedule.services.pick_calls import UnableToAnswerPickCall, pick_call_accept, pick_call_refuse
from harvest_schedule.states import PickCallStatus
from marketplace.cooperative_portal.access import Membership, cooperative_page, wants_json
from marketplace.cooperative_portal.answers import answer_received
from marketplace.cooperative_portal.answers import refuse as say_refused
from marketplace.cooperative_portal.forms import RefusalForm
from marketplace.foundation import clock

CALLS_SHOWN = 60


@require_safe
@cooperative_page
def call_list(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show what is to be answered, what is agreed, and what was."""
    today = clock.business_date(clock.now())
    rows = list(pick_calls_of([membership.cooperative.pk])[:CALLS_SHOWN])
    waiting = [row for row in rows if row.status == PickCallStatus.CALLED and row.pick_on >= today]
    agreed = [row for row in rows if row.status == PickCallStatus.ACCEPTED]
    return render(
        request,
        "cooperative_portal/pick_call_list.html",
        {
            "membership": membership,
            "waiting": sorted(waiting, key=lambda row: (row.pick_on, row.pk)),
            "agreed": sorted(agreed, key=lambda row: (row.pick_on, row.pk)),
            "past": [row for row in rows if row not in waiting and row not in agreed],
            "day": today,
        },
    )


@require_safe
@cooperative_page
def detail(request: HttpRequest, membership: Membership, pick_call_id: int) -> HttpResponse:
    """Show one call with its two answers."""
    return _page(request, membership, _own(membership, pick_call_id), RefusalForm())


@require_POST
@cooperative_page
def accept(request: HttpRequest, membership: Membership, pick_call_id: int) -> HttpResponse:
    """Agree to pick."""
    call = _own(membership, pick_call_id)
    try:
        pick_call_accept(pick_call_id=call.pk, actor=membership.user, at=clock.now())
    except UnableToAnswerPickCall as refused:
        return _shown_again(request, membership, call, refused.message)
    return answer_received(
        request,
        url=reverse("cooperative_portal:pick_call_list"),
        message=_("Agreed. The station reckons with it."),
    )


@require_POST
@cooperative_page
def refuse(request: HttpRequest, membership: Membership, pick_call_id: int) -> HttpResponse:
    """Say no, and why."""
    call = _own(membership, pick_call_id)
    form = RefusalForm(request.POST)
    if form.is_valid():
        try:
            pick_call_refuse(pick_call_id=call.pk, reason=form.in_words(), actor=membership.user, at=clock.now())
        except UnableToAnswerPickCall as refused:
            if refused.field != "reason":
                return _shown_again(request, membership, call, refused.message)
            form.add_error("reason", refused.message)
        else:
            return answer_received(
                request,
                url=reverse("cooperative_portal:pick_call_list"),
                message=_("Noted. Another cooperative is being asked."),
            )
    if wants_json(request):
        return say_refused(" ".join(str(error) for errors in form.errors.values() for error in errors))
    return _page(request, membership, call, form)


def _own(membership: Membership, pick_call_id: int) -> PickCall:
    try:
        return pick_call_of(membership.ids, pick_call_id)
    except PickCall.DoesNotExist as error:
        raise Http404 from error


def _page(
    request: HttpRequest,
    membership: Membership,
    call: PickCall,
    form: RefusalForm,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    can_be_answered = call.status == PickCallStatus.CALLED and call.pick_on >= clock.business_date(clock.now())
    context = {
        "membership": membership,
        "call": call,
        "form": form,
        "refusal": refusal,
        "can_be_answered": can_be_answered,
    }
    return render(request, "cooperative_portal/pick_call_detail.html", context, status=status)


def _shown_again(request: HttpRequest, membership: Membership, call: PickCall, message: str) -> HttpResponse:
    if wants_json(request):
        return say_refused(message)
    call.refresh_from_db()
    return _page(request, membership, call, RefusalForm(), refusal=message, status=409)
