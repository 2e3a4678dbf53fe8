"""The basket page and what changes it. Every change is a plain form."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from marketplace.basket.quote import basket_lines, basket_quote
from marketplace.basket.services import UnableToAdd, basket_agree, line_set, window_add
from marketplace.foundation import clock
from marketplace.foundation.units import UnreadableQuantity, parse_count, parse_decimal


@never_cache
@require_GET
def summary(request: HttpRequest) -> HttpResponse:
    """Show what is in the basket, what it costs now and what has changed."""
    quote = basket_quote(lines=basket_lines(request.basket), district_code="", at=clock.now())
    num_packs = sum(line.quantity for line in quote.lines)
    return render(request, "basket/summary.html", {"quote": quote, "num_packs": num_packs})


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put packs of a window in, then show the basket (or go straight to checkout)."""
    window = request.POST.get("window", "")
    try:
        if not window.isascii() or not window.isdigit() or len(window) > 12:
            raise UnableToAdd(_("Please choose a window first."))
        quantity = parse_count(request.POST.get("quantity", "1"), maximum=10_000)
        window_add(basket=request.basket, window_id=int(window), quantity=quantity, at=clock.now())
    except (UnableToAdd, UnreadableQuantity) as error:
        messages.error(request, str(error))
        return redirect(_back(request))
    if "buy_now" in request.POST:
        return redirect("checkout:address")
    messages.success(request, _("In your basket."))
    return redirect("basket:summary")


@require_POST
def update(request: HttpRequest, line_id: int) -> HttpResponse:
    """Set the packs of a line; zero or "remove" takes it out."""
    try:
        text = "0" if "remove" in request.POST else request.POST.get("quantity", "")
        quantity = 0 if parse_decimal(text) == 0 else parse_count(text, maximum=10_000)
        line_set(basket=request.basket, line_id=line_id, quantity=quantity, at=clock.now())
    except (UnableToAdd, UnreadableQuantity) as error:
        messages.error(request, str(error))
        return redirect("basket:summary")
    return redirect(f"{reverse('basket:summary')}#line-{line_id}" if quantity else "basket:summary")


@require_POST
def agree(request: HttpRequest) -> HttpResponse:
    """Take the present prices and quantities, as the page showed them."""
    basket_agree(basket=request.basket, at=clock.now())
    return redirect("basket:summary")


def _back(request: HttpRequest) -> str:
    target = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return reverse("basket:summary")
