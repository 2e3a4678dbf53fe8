"""An officer asks what if, waits a moment, and reads what it would change."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from catalog.models import Grade
from harvest_schedule.access import officer_page, pool_of
from harvest_schedule.models import WhatIf
from harvest_schedule.selectors.what_ifs import SHOWN, harvests_to_change, questions_of, what_ifs_of_pool
from harvest_schedule.services.what_if_rules import WhatIfRefused
from harvest_schedule.services.what_ifs import what_if_ask
from harvest_schedule.states import WhatIfStatus
from harvest_schedule.what_if_forms import SeasonChangesForm, typed
from marketplace.cooperatives.models import SupplyPool
from marketplace.foundation import clock

#: Seconds after which a page that waits for an answer looks again.
LOOK_AGAIN_S = 2


@require_http_methods(["GET", "HEAD", "POST"])
@officer_page
def what_if(request: HttpRequest, code: str) -> HttpResponse:
    """Show the form and what was asked before; a question that is asked leads to its answer."""
    pool = pool_of(request, code)
    today = clock.business_date(clock.now())
    form = SeasonChangesForm(
        request.POST if request.method == "POST" else None,
        harvests=harvests_to_change(pool, today),
        grades=list(Grade.objects.filter(products__pool_product__pool=pool).distinct()),
        initial=_asked_before(request, pool),
    )
    if request.method == "POST" and form.is_valid():
        try:
            asked = what_if_ask(
                pool_id=pool.pk,
                changes=form.changes(),
                key=asked_key(form.cleaned_data["key"], pool.pk, request.user.pk, form.changes()),
                actor=request.user,
                at=clock.now(),
            )
        except WhatIfRefused as refused:
            form.add_refusal(refused)
        else:
            return redirect("harvest_schedule:what_if_detail", code, asked.pk)
    context = {
        "pool": pool,
        "form": form,
        "questions": questions_of(list(what_ifs_of_pool(pool)[:SHOWN])),
        "cold_g": pool.hub.cold_capacity_g,
    }
    return render(request, "harvest_schedule/what_if.html", context, status=422 if form.errors else 200)


@require_safe
@officer_page
def what_if_detail(request: HttpRequest, code: str, what_if_id: int) -> HttpResponse:
    """Show one question with its answer, or that it is being worked out, or why there is none."""
    pool = pool_of(request, code)
    row = get_object_or_404(what_ifs_of_pool(pool), pk=what_if_id)
    if wants_state(request):
        return state_answer(row)
    context = {"pool": pool, "question": questions_of([row])[0], "look_again_s": LOOK_AGAIN_S}
    return render(request, "harvest_schedule/what_if_detail.html", context)


def _asked_before(request: HttpRequest, pool: SupplyPool) -> dict[str, Any]:
    """The fields of an earlier question, to ask again with a few of them changed."""
    text = request.GET.get("like", "")
    if not (text.isascii() and text.isdigit()):
        return {}
    row = what_ifs_of_pool(pool).filter(pk=int(text[:18])).first()
    if row is None:
        raise Http404
    return typed(row.changes)


def asked_key(key: str, pool_id: int, user_id: int | None, changes: list[dict[str, Any]]) -> str:
    """One key a form and a set of changes: sent twice it asks once, changed and sent again it asks anew."""
    said = json.dumps([key, pool_id, user_id, changes], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def wants_state(request: HttpRequest) -> bool:
    """Return whether the page's own script looks whether the answer is there."""
    return request.headers.get("Accept", "") == "application/json"


def state_answer(row: WhatIf) -> JsonResponse:
    return JsonResponse({"status": row.status, "is_done": row.status != WhatIfStatus.SOLVING})
