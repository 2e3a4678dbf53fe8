"""What a buyer does in a browser, step by step, as several tests need it."""

from __future__ import annotations

import time

from catalog.partner.models import StockRecord
from marketplace.order.models import Order
from tests.browser import Shop, Visitor

PHONE_NUMBER = "13900001234"
DISTRICTS = (("province", "330000"), ("city", "330100"), ("district", "330106"))


def choose(buyer: Visitor, window: StockRecord) -> None:
    """Put one box of a window into the basket, from its product page."""
    buyer.go(f"/products/{window.product.slug}/")
    buyer.page.locator(f"input[name=window][value='{window.pk}']").check(force=True)
    buyer.press("button[name=buy_now]")


def say_where(buyer: Visitor, *, scripts: bool = True) -> None:
    """Fill in the address and go on; without scripts the places below a place are asked for by a button."""
    page = buyer.page
    page.fill("[name=name]", "陈一")
    page.fill("[name=phone]", PHONE_NUMBER)
    page.fill("[name=detail]", "文三路 1 号 2 单元")
    for name, code in DISTRICTS:
        page.locator(f"select[name={name}] option[value='{code}']").wait_for(state="attached")
        page.select_option(f"[name={name}]", code)
        if not scripts and name != "district":
            buyer.press("button[name=choose]")
    page.fill("[name=email]", "chen@fenglu.example")


def go_to_review(buyer: Visitor) -> None:
    buyer.press("form[data-address] .buy-bar button")


def order_and_go_to_payment(buyer: Visitor) -> Order:
    """Press "Order and pay"; the provider's page follows."""
    buyer.press("form[action='/checkout/place/'] button")
    assert buyer.page.url.startswith(buyer.shop.provider_url), buyer.text()
    return Order.objects.latest("pk")


def pay(buyer: Visitor, order: Order, method: str = "card") -> None:
    """Pay on the provider's page and come back to the order's."""
    buyer.page.check(f"[name=method][value={method}]", force=True)
    buyer.press("button.primary")
    if method == "wechat_pay":
        buyer.look("payment-consent")
        buyer.press("button[value=accept]")
    buyer.page.wait_for_url(f"**/orders/{order.number}/")


def buy(buyer: Visitor, window: StockRecord) -> Order:
    """Everything from the product page to the paid order."""
    choose(buyer, window)
    say_where(buyer)
    go_to_review(buyer)
    order = order_and_go_to_payment(buyer)
    pay(buyer, order)
    return order


def wait_for_notices(shop: Shop) -> None:
    """Until the provider has told everything it has to tell."""
    rows = shop.control.deliveries()
    for _ in range(150):
        if rows and all(row["state"] == "delivered" for row in rows):
            return
        time.sleep(0.1)
        rows = shop.control.deliveries()
    raise AssertionError(rows)
