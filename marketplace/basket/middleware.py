"""The shopper's basket on the request: Oscar's, left out where no shopper is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from oscar.apps.basket.middleware import BasketMiddleware as OscarBasketMiddleware

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
