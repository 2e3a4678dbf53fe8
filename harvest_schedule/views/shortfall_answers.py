"""A buyer's page of packs that do not come as promised, opened by the link of a mail."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from harvest_schedule.models import ShortfallPart
from harvest_schedule.selectors.shortfalls import part_for_token
from harvest_schedule.services.shortfall_answers import UnableToAnswer, part_answer
from marketplace.foundation import clock

ANSWERS = {"accept": True, "decline": False}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def shortfall_change(request: HttpRequest, token: str) -> HttpResponse:
    """Show what changed and take the answer. Whoever has the link may answer; the same answer twice is one."""
    if part_for_token(token, clock.now()) is None:
        raise Http404
    refusal, status = "", 200
    if request.method == "POST":
        accept = ANSWERS.get(request.POST.get("answer", ""))
        if accept is None:
            refusal, status = _("Please press one of the two buttons."), 422
        else:
            actor = request.user if request.user.is_authenticated else None
            try:
                part_answer(token=token, accept=accept, at=clock.now(), actor=actor)
            except ShortfallPart.DoesNotExist as error:
                raise Http404 from error
            except UnableToAnswer as error:
                refusal, status = str(error), 409
            else:
                return redirect("shortfalls:change", token=token)
    context = {"view": part_for_token(token, clock.now()), "refusal": refusal}
    response = render(request, "harvest_schedule/shortfall_change.html", context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
