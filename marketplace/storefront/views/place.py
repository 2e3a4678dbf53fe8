"""Where goods are to be sent, so that pages can say when they arrive and what freight costs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from catalog.provinces import PROVINCES
from marketplace.storefront.place import PLACE_COOKIE, chosen_place

_YEAR_S = 365 * 24 * 3600


def _back(request: HttpRequest) -> str:
    back = request.POST.get("next") or request.GET.get("next", "")
    allowed = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=False)
    return back if allowed else "/products/"


@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest) -> HttpResponse:
    """Show the provinces to choose from; a posted one is kept in a cookie."""
    if request.method == "POST" and request.POST.get("province", "") in PROVINCES:
        response = HttpResponseRedirect(_back(request))
        response.set_cookie(PLACE_COOKIE, request.POST["province"], max_age=_YEAR_S, samesite="Lax")
        return response
    return render(
        request,
        "storefront/place.html",
        {
            "provinces": PROVINCES.values(),
            "chosen": chosen_place(request),
            "next": _back(request),
            "has_error": request.method == "POST",
        },
        status=400 if request.method == "POST" else 200,
    )
