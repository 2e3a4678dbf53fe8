"""The shopper's basket on the request: Oscar's, left out where no shopper is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from oscar.apps.basket.middleware import BasketMiddleware as OscarBasketMiddleware

from marketplace.basket.models import Basket

#: Machines, background offices and pictures have no basket; asking for one costs statements on every request.
_WITHOUT_BASKET = (
    "/healthz",
    "/readyz",
    "/webhooks/",
    "/static/",
    "/media/",
    "/cms/",
    "/coop/",
    "/logistics/",
)


def basket_resume(request: HttpRequest, basket: Any) -> None:
    """
    Give a guest back the basket of an order that came to nothing; one they have filled since stays theirs.

    While the order stood the basket was not open, so the browser was told to forget it. The caller has made sure
    that the order is this person's; someone who is signed in has their basket by their account.
    """
    if request.user.is_authenticated or basket is None or basket.status != Basket.OPEN:
        return
    if request.basket.pk and not request.basket.is_empty:
        return
    basket.strategy = request.strategy
    request.basket = basket
    request.cookies_to_delete.append(settings.OSCAR_BASKET_COOKIE_OPEN)  # the old value; Oscar then sets this one


class BasketMiddleware(OscarBasketMiddleware):
    """Attach strategy and basket lazily, as Oscar does, on the pages that have one."""

    def __call__(self, request: HttpRequest) -> Any:
        if request.path.startswith(_WITHOUT_BASKET):
            return self.get_response(request)
        return super().__call__(request)

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        if request.path.startswith(_WITHOUT_BASKET):
            return response
        return super().process_template_response(request, response)

    def apply_offers_to_basket(self, request: HttpRequest, basket: Any) -> None:
        """Fenglu has no vouchers or offers: sellers own their price, and it is the same for everyone (adr/0003)."""
