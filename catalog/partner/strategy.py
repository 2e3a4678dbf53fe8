"""
Oscar's strategy by the clock: which window a product is sold from, at what price, and how many packs are left.

Stock Oscar takes a product's first stock record, open or not, and prices a basket line by the product. Here the
window counts: a line is always priced by its own window, and a product alone gets the open window that ships first.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from oscar.apps.partner import strategy
from oscar.apps.partner.availability import StockRequired, Unavailable
from oscar.apps.partner.prices import FixedPrice
from oscar.apps.partner.prices import Unavailable as UnavailablePrice

from catalog.partner.models import StockRecord
from marketplace.foundation import clock


class WindowStrategy(strategy.Structured):
    """Windows judged at one moment; no tax is added (farmers' own produce is exempt, and prices are final)."""

    def __init__(self, request: HttpRequest | None = None, *, at: datetime | None = None) -> None:
        super().__init__(request)
        self.at = at or clock.now()

    def select_stockrecord(self, product: Any) -> StockRecord | None:
        """Return the open window with packs left that ships first; without one, the open window that ships first."""
        windows = [window for window in product.stockrecords.all() if window.is_open(self.at)]
        windows.sort(key=lambda window: (window.num_left == 0, window.ships_from, window.pk))
        return windows[0] if windows else None

    def select_children_stockrecords(self, product: Any) -> list[Any]:
        return []

    def fetch_for_line(self, line: Any, stockrecord: StockRecord | None = None) -> strategy.PurchaseInfo:
        """Price and availability of a basket line come from its own window and nothing else."""
        return self.fetch_for_product(line.product, stockrecord=stockrecord or line.stockrecord)

    def pricing_policy(self, product: Any, stockrecord: StockRecord | None) -> Any:
        if stockrecord is None:
            return UnavailablePrice()
        return FixedPrice(currency=stockrecord.price_currency, excl_tax=stockrecord.price, tax=Decimal("0.00"))

    def availability_policy(self, product: Any, stockrecord: StockRecord | None) -> Any:
        if stockrecord is None or not product.is_public or not stockrecord.is_open(self.at):
            return Unavailable()
        return StockRequired(stockrecord.num_left)

    def parent_pricing_policy(self, product: Any, children_stock: Any) -> Any:
        return UnavailablePrice()

    def parent_availability_policy(self, product: Any, children_stock: Any) -> Any:
        return Unavailable()


class Selector:
    """What Oscar asks for a strategy."""

    def strategy(self, request: HttpRequest | None = None, user: Any = None, **kwargs: Any) -> WindowStrategy:
        return WindowStrategy(request)
