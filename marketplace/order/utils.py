"""Oscar's order creator, writing our fields and leaving stock alone: packs are taken before, under a lock."""

from __future__ import annotations

from typing import Any

from oscar.apps.order import utils


class OrderCreator(utils.OrderCreator):
    """`create_order_model` and `create_line_models` are used as Oscar has them; `place_order` is not."""

    def place_order(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("orders are placed by marketplace.checkout.services.placing.order_place")

    def update_stock_records(self, line: Any) -> None:
        raise RuntimeError("packs are taken by marketplace.checkout.services.packs")


class OrderNumberGenerator:
    """Never used: public numbers are random (numbers.py)."""

    def order_number(self, basket: Any) -> str:
        raise RuntimeError("order numbers come from marketplace.order.numbers")
