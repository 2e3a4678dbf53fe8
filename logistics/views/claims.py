"""Claims: what buyers found spoilt, and our answers."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from logistics.forms import AnswerForm
from logistics.selectors.claims import answered_claims, claim_row, open_claims
from logistics.selectors.scope import claims_of_hub
from logistics.selectors.shipping import draws_of_parcel
from logistics.services.claims import UnableToAnswerClaim, claim_answer
from logistics.views.access import actor_of, hub_view
from marketplace.cooperatives.models import Hub
from marketplace.foundation import clock


@require_safe
@hub_view
def claim_list(request: HttpRequest, hub: Hub) -> HttpResponse:
    """List the claims that wait, the longest first, and the last answers."""
    at = clock.now()
    context = {"hub": hub, "waiting": open_claims(hub=hub, at=at), "answered": answered_claims(hub=hub, at=at)}
    return render(request, "logistics/claim_list.html", context)


@hub_view
def claim_detail(request: HttpRequest, hub: Hub, claim_id: int) -> HttpResponse:
    """Show a claim with its photo and its lots, and take the answer."""
    at = clock.now()
    claim = get_object_or_404(claims_of_hub(hub), pk=claim_id)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            claim_answer(
                claim_id=claim.pk,
                accept=form.cleaned_data["decision"] == "accept",
                answer=form.cleaned_data["answer"],
                at=at,
                actor=actor_of(request),
            )
        except UnableToAnswerClaim as error:
            form.refuse(error)
        else:
            messages.success(request, _("Answered. The buyer is told by mail."))
            return redirect("logistics:claim_list", hub=hub.code)
    shipment = claim.line.shipment_line.shipment
    context = {
        "hub": hub,
        "row": claim_row(claim, at=at),
        "claim": claim,
        "line": claim.line,
        "shipment": shipment,
        "draws": draws_of_parcel(shipment).filter(line_id=claim.line_id),
        "form": form,
    }
    return render(request, "logistics/claim_detail.html", context, status=422 if form.errors else 200)


@require_safe
@hub_view
def claim_photo(request: HttpRequest, hub: Hub, claim_id: int) -> HttpResponseBase:
    """Show a claim's photo to the station alone: it is taken in somebody's home."""
    claim = get_object_or_404(claims_of_hub(hub), pk=claim_id)
    response = FileResponse(claim.photo.open("rb"), content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=300"
    response["X-Content-Type-Options"] = "nosniff"
    return response
