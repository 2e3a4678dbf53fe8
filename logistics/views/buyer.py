"""The buyer's report of spoilt goods, from the order page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from logistics.forms import ClaimForm
from logistics.selectors.claims import claim_window
from logistics.services.claims import UnableToClaim, claim_report
from logistics.views.access import buyer_of
from marketplace.customer.access import order_for_request
from marketplace.foundation import clock
from marketplace.order.models import Line


@never_cache
def claim_report_view(request: HttpRequest, number: str, line_id: int) -> HttpResponse:
    """Take a report with a photo; whose order it is, is asked first."""
    order = order_for_request(request, number)
    line = get_object_or_404(Line.objects.filter(order=order), pk=line_id)
    at = clock.now()
    window = claim_window(line=line, at=at)
    sent = request.method == "POST"
    form = ClaimForm(request.POST if sent else None, request.FILES if sent else None)
    if sent and form.is_valid():
        data = form.cleaned_data
        try:
            claim_report(
                line_id=line.pk,
                spoilt_g=data["spoilt"],
                photo=data["photo"],
                note=data["note"],
                key=data["key"],
                at=at,
                actor=buyer_of(request),
            )
        except UnableToClaim as error:
            form.refuse(error)
        else:
            messages.success(request, _("Thank you. We look at it and answer within 72 hours."))
            return redirect("claims:report", number=order.number, line_id=line.pk)
    context = {"order": order, "line": line, "window": window, "claim": window.claim, "form": form}
    return render(request, "logistics/claim_report.html", context, status=422 if form.errors else 200)
