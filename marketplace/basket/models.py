"""
Oscar's basket, with one rule added: what goes in names a listing window.

Two windows of one product are two lines at two prices. Callers that pass only a product (Oscar's forms, reorder) get
the window the strategy picks by the clock.
"""

from __future__ import annotations

from typing import Any

from oscar.apps.basket.abstract_models import AbstractBasket

from catalog.models import Product
from catalog.partner.models import StockRecord


class Basket(AbstractBasket):
    """A basket whose lines are promises of listing windows."""

    def add_window(self, window: StockRecord, quantity: int = 1) -> tuple[Any, bool]:
        """Put packs of one window in; the line is told apart by its window."""
        self._window = window
        try:
            return self.add_product(window.product, quantity)
        finally:
            self._window = None

    def get_stock_info(self, product: Product, options: Any) -> Any:
        window = getattr(self, "_window", None)
        return self.strategy.fetch_for_product(product, stockrecord=window)


from oscar.apps.basket.models import *  # noqa: E402, F403
