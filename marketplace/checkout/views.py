"""The way from a basket to the provider's page and back: address, review, place, pay, return."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from catalog.models import Region
from marketplace.basket.middleware import basket_resume
from marketplace.basket.quote import Problem, Quote, basket_lines, basket_quote
from marketplace.checkout.address_text import division_words
from marketplace.checkout.forms import AddressForm
from marketplace.checkout.services.paying import PaymentPending, hold_end, payment_ask, payment_start
from marketplace.checkout.services.placing import BasketEmpty, Destination, QuoteChanged, order_place
from marketplace.customer.access import order_for_request, order_remember
from marketplace.customer.services import saved_address_latest, saved_address_remember
from marketplace.foundation import clock
from marketplace.foundation.bilingual import is_chinese
from marketplace.order.models import Order
from marketplace.order.states import OrderStatus
from marketplace.payment.models import AttemptStatus
from marketplace.payment.stripe_adapter import get_port

ADDRESS = "checkout_address"
KEY = "checkout_key"


class SeeOther(HttpResponseRedirect):
    """After a POST the browser gets the next page with GET, and "back" does not send the form again."""

    status_code = 303


@never_cache
def address(request: HttpRequest) -> HttpResponse:
    """
    Ask where the order goes; what was agreed to is kept in the session.

    A pasted text ("parse") and, where no script runs, a chosen province ("choose") fill the form without judging it.
    """
    quote = basket_quote(lines=basket_lines(request.basket), district_code="", at=clock.now())
    if quote.is_empty or quote.has_problems:
        return redirect("basket:summary")
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in (*AddressForm.base_fields, "pasted")}
    if "parse" in request.POST:
        form = AddressForm.filled_from_text(typed["pasted"], typed)
    elif "choose" in request.POST:
        form = AddressForm(initial=typed)
    elif request.method == "POST":
        form = AddressForm(request.POST)
        if form.is_valid():
            request.session[ADDRESS] = {name: form.data.get(name, "") for name in form.fields}
            return SeeOther(reverse("checkout:review"))
    else:
        form = AddressForm(initial=request.session.get(ADDRESS) or saved_address_latest(request.user) or {})
    context = {
        "form": form,
        "quote": quote,
        "num_packs": sum(line.quantity for line in quote.lines),
        "step": 1,
        "was_read": "parse" in request.POST,
        "missing": pgettext("list of names", ", ").join(form.missing),
        "pasted": typed["pasted"],
    }
    return render(request, "checkout/address.html", context)


@never_cache
@require_GET
def review(request: HttpRequest) -> HttpResponse:
    """Show what will be paid and promised; the hash of what is shown goes with the form."""
    form = _address_form(request)
    if form is None:
        return redirect("checkout:address")
    quote = basket_quote(
        lines=basket_lines(request.basket), district_code=form.cleaned_data["district"], at=clock.now()
    )
    if quote.is_empty:
        known = _placed_with(request, request.session.get(KEY, ""))
        return redirect("checkout:pay", number=known.number) if known else redirect("basket:summary")
    key = request.session.setdefault(KEY, uuid.uuid4().hex)
    return _review(request, quote, form.destination(), key)


def _review(request: HttpRequest, quote: Quote, destination: Destination, key: str, status: int = 200) -> HttpResponse:
    produce = [line.product.made_of for line in quote.lines if line.product.produce_id]
    context = {
        "quote": quote,
        "destination": destination,
        "address_text": address_text(destination),
        "not_served": any(Problem.NOT_SERVED in line.problems for line in quote.lines),
        "has_perishable": any(row.is_perishable for row in produce),
        "has_lasting": any(not row.is_perishable for row in produce),
        "key": key,
        "step": 2,
    }
    return render(request, "checkout/review.html", context, status=status)


@require_POST
def place(request: HttpRequest) -> HttpResponse:
    """Place the order the buyer agreed to and send them to pay; the same key always leads to the same order."""
    key = request.POST.get("key", "")
    if not re.fullmatch(r"[0-9a-f]{32}", key):
        return SeeOther(reverse("checkout:address"))
    known = _placed_with(request, key)
    if known is not None:
        order_for_request(request, known.number)
        return SeeOther(reverse("checkout:pay", args=[known.number]))
    form = _address_form(request)
    if form is None or request.basket.pk is None:
        return SeeOther(reverse("checkout:address"))
    destination = form.destination()
    try:
        order = order_place(
            basket_id=request.basket.pk,
            key=key,
            quote_hash=request.POST.get("quote", ""),
            destination=destination,
            user=request.user,
            language=get_language() or "zh-hans",
            port=get_port(),
            at=clock.now(),
        )
    except QuoteChanged as error:
        messages.warning(request, _("Something has changed since you looked. Please check it and agree again."))
        return _review(request, error.quote, destination, key, status=409)
    except BasketEmpty:
        messages.info(request, _("Your basket is empty. Perhaps the order was placed in another tab."))
        return SeeOther(reverse("basket:summary"))
    request.session.pop(KEY, None)
    order_remember(request, order)
    if request.user.is_authenticated:
        saved_address_remember(user=request.user, destination=destination, at=clock.now())
    return SeeOther(reverse("checkout:pay", args=[order.number]))


@never_cache
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Send the buyer to the provider's page, or say that it is being prepared and try again."""
    order = order_for_request(request, number)
    attempt = order.payment_attempts.order_by("-pk").first()
    if order.status != OrderStatus.AWAITING_PAYMENT or attempt is None:
        return redirect("orders:detail", number=order.number)
    try:
        attempt = payment_start(attempt_id=attempt.pk, port=get_port(), at=clock.now())
    except PaymentPending:
        order.refresh_from_db()
    if attempt.status == AttemptStatus.OPEN and attempt.url:
        return SeeOther(attempt.url)
    return render(request, "checkout/pending.html", {"order": order, "waiting_for": "start", "step": 3})


@never_cache
@require_GET
def payment_return(request: HttpRequest, number: str) -> HttpResponse:
    """Where the provider sends the buyer back to. Believes nothing: shows our own state, and asks if it is open."""
    order = order_for_request(request, number)
    if order.status == OrderStatus.AWAITING_PAYMENT:
        _ask_quietly(order)
        order.refresh_from_db()
    if order.status == OrderStatus.AWAITING_PAYMENT:
        return render(request, "checkout/pending.html", {"order": order, "waiting_for": "confirmation", "step": 3})
    return redirect("orders:detail", number=order.number)


@require_POST
def give_up(request: HttpRequest, number: str) -> HttpResponse:
    """The buyer does not want to pay after all: end the hold now, and the basket is theirs again."""
    order = order_for_request(request, number)
    if order.status == OrderStatus.AWAITING_PAYMENT:
        try:
            order = hold_end(order_id=order.pk, port=get_port(), at=clock.now())
        except PaymentPending:
            messages.info(
                request, _("The payment service does not answer. We will close the order as soon as it does.")
            )
            return SeeOther(reverse("orders:detail", args=[order.number]))
    if order.status == OrderStatus.RELEASED:
        basket_resume(request, order.basket)
        messages.success(request, _("The order is closed, nothing was charged. Your basket is as it was."))
        return SeeOther(reverse("basket:summary"))
    return SeeOther(reverse("orders:detail", args=[order.number]))


@require_GET
def districts(request: HttpRequest, code: str) -> JsonResponse:
    """Return the divisions below one, for the address form."""
    rows = Region.objects.filter(parent_id=code).order_by("code")
    if not rows:
        raise Http404
    return JsonResponse({"children": [{"code": row.code, "name": row.name} for row in rows]})


def _placed_with(request: HttpRequest, key: str) -> Order | None:
    """
    Return the order that a checkout key made. The session that holds the key is its owner's, even where the answer
    that would have told it the order's number was lost, or is still on its way in another tab.
    """
    known = Order.objects.filter(checkout_key=key).first() if len(key) == 32 else None
    if known is not None and request.session.get(KEY) == key:
        del request.session[KEY]
        order_remember(request, known)
    return known


def _address_form(request: HttpRequest) -> AddressForm | None:
    data: dict[str, Any] | None = request.session.get(ADDRESS)
    if not data:
        return None
    form = AddressForm(data)
    return form if form.is_valid() else None


def address_text(destination: Destination) -> str:
    """Return an address as it is written in the language of the moment: large to small, or small to large."""
    county = destination.district
    city = county.parent
    names = [city.parent.name if city and city.parent else "", city.name if city else "", county.name]
    if is_chinese():
        return "".join([*division_words(names), destination.town, destination.detail])
    return ", ".join(part for part in [destination.detail, destination.town, *division_words(names)[::-1]] if part)


def _ask_quietly(order: Order) -> None:
    attempt = order.payment_attempts.order_by("-pk").first()
    if attempt is None:
        return
    try:
        payment_ask(attempt_id=attempt.pk, port=get_port(), at=clock.now())
    except PaymentPending:
        return
