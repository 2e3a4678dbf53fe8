"""Small things that a shopper does, each in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Route

from catalog.partner.models import Phase, StockRecord
from marketplace.foundation.outbox import outbox_sweep
from marketplace.order.models import Order
from marketplace.order.states import OrderStatus
from marketplace.payment.models import Refund, RefundStatus
from tests.browser import LAPTOP, PHONE, Shop, Visitor
from tests.factories import TODAY, WindowFactory, product_on_sale
from tests.factories.shopping import hangzhou
from tests.functional.steps import (
    PHONE_NUMBER,
    buy,
    choose,
    go_to_review,
    order_and_go_to_payment,
    pay,
    say_where,
    wait_for_notices,
)
from tests.http_shopper import register_hangzhou

Visit = Callable[..., Visitor]


@pytest.fixture
def fresh(shop: Shop) -> StockRecord:
    """A fresh window at 39.80 whose hub sends to Hangzhou."""
    register_hangzhou()
    window = product_on_sale()
    hangzhou(window)
    return window


@pytest.fixture
def presale(fresh: StockRecord) -> StockRecord:
    """The same product, sold ahead at 35.80."""
    return WindowFactory(
        product=fresh.product,
        partner=fresh.partner,
        phase=Phase.PRESALE,
        ships_from=TODAY + timedelta(days=40),
        ships_by=TODAY + timedelta(days=46),
        picked_from=TODAY + timedelta(days=38),
        picked_to=TODAY + timedelta(days=44),
        price=Decimal("35.80"),
    )


def test_a_browser_that_runs_no_script_buys_all_the_same(fresh: StockRecord, visit: Visit) -> None:
    buyer = visit("zh", PHONE, scripts=False, pictures="no-script")
    buyer.go(f"/products/{fresh.product.slug}/")
    buyer.look("product")
    choose(buyer, fresh)
    buyer.look("address")
    say_where(buyer, scripts=False)
    go_to_review(buyer)
    buyer.look("review")
    order = order_and_go_to_payment(buyer)
    pay(buyer, order)

    buyer.look("order")
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


@pytest.mark.parametrize("width", [PHONE, LAPTOP])
def test_the_language_is_one_press_away_and_stays(fresh: StockRecord, visit: Visit, width: int) -> None:
    reader = visit("zh", width, pictures="language")
    reader.go("/products/")
    assert reader.page.locator("html").get_attribute("lang") == "zh-Hans"

    reader.press("button[name=language][value=en]")

    assert reader.page.url.endswith("/products/")
    assert reader.page.locator("html").get_attribute("lang") == "en"
    reader.go(f"/products/{fresh.product.slug}/")
    assert "Zigui navel orange" in reader.text()
    reader.look("product-in-english")


@pytest.mark.parametrize("width", [PHONE, LAPTOP])
def test_the_buy_bar_says_what_is_chosen_and_the_stepper_counts(
    fresh: StockRecord, presale: StockRecord, visit: Visit, width: int
) -> None:
    StockRecord.objects.filter(pk=fresh.pk).update(num_in_stock=3)
    buyer = visit("en", width, pictures="product")
    buyer.go(f"/products/{fresh.product.slug}/")
    bar, quantity = buyer.page.locator(".buy-bar"), buyer.page.locator(".buy-bar [name=quantity]")

    said = {}
    for window in (presale, fresh):
        buyer.page.locator(f"input[name=window][value='{window.pk}']").check(force=True)
        said[window.phase] = bar.inner_text()
    assert "Presale" in said["PRESALE"]
    assert "35.80" in said["PRESALE"]
    assert "Fresh" in said["FRESH"]
    assert "39.80" in said["FRESH"]

    more, less = bar.locator("[data-step='1']"), bar.locator("[data-step='-1']")
    more.click()
    more.click()
    assert quantity.input_value() == "3"
    less.click()
    assert quantity.input_value() == "2"
    buyer.look("two-fresh")
    buyer.press("button[name=buy_now]")
    buyer.go("/basket/")
    assert buyer.page.locator("[name=quantity]").first.input_value() == "2"


def test_more_boxes_than_are_left_is_said_in_words(fresh: StockRecord, visit: Visit) -> None:
    StockRecord.objects.filter(pk=fresh.pk).update(num_in_stock=3)
    buyer = visit("en", PHONE, pictures="product")
    buyer.go(f"/products/{fresh.product.slug}/")
    # full-width, as a Chinese keyboard writes it
    buyer.page.fill(".buy-bar [name=quantity]", "\uff14")
    buyer.press("button[name=buy_now]")

    assert "Only 3 are left of this window." in buyer.text()
    buyer.look("too-many")


def test_a_price_that_changed_in_the_basket_is_shown_and_agreed_to_again(fresh: StockRecord, visit: Visit) -> None:
    buyer = visit("zh", PHONE, pictures="stale-basket")
    choose(buyer, fresh)
    StockRecord.objects.filter(pk=fresh.pk).update(price=Decimal("45.80"))

    buyer.go("/basket/")
    assert "39.80" in buyer.text()
    assert "45.80" in buyer.text()
    assert buyer.page.locator("a[href='/checkout/']").count() == 0
    buyer.look("basket-changed")
    buyer.press("form[action='/basket/agree/'] button")
    buyer.look("basket-agreed")

    buyer.press("a[href='/checkout/']")
    say_where(buyer)
    go_to_review(buyer)
    order = order_and_go_to_payment(buyer)
    assert order.goods_fen == 4580


def test_a_price_that_changes_under_the_order_button_makes_no_order(fresh: StockRecord, visit: Visit) -> None:
    buyer = visit("en", LAPTOP, pictures="stale-review")
    choose(buyer, fresh)
    say_where(buyer)
    go_to_review(buyer)
    StockRecord.objects.filter(pk=fresh.pk).update(price=Decimal("45.80"))

    buyer.press("form[action='/checkout/place/'] button")

    assert not Order.objects.exists()
    assert "Something has changed since you looked" in buyer.text()
    assert "45.80" in buyer.text()
    buyer.look("told-so")
    buyer.press("a[href='/basket/']")
    buyer.press("form[action='/basket/agree/'] button")
    buyer.press("a[href='/checkout/']")
    go_to_review(buyer)
    assert order_and_go_to_payment(buyer).goods_fen == 4580


def test_the_last_box_gone_while_paying_attention_elsewhere_is_an_apology(fresh: StockRecord, visit: Visit) -> None:
    StockRecord.objects.filter(pk=fresh.pk).update(num_in_stock=1)
    slow, quick = visit("zh", PHONE, pictures="last-box"), visit("en", LAPTOP, pictures="last-box")
    for buyer in (slow, quick):
        choose(buyer, fresh)
        say_where(buyer)
        go_to_review(buyer)
    order_and_go_to_payment(quick)

    slow.press("form[action='/checkout/place/'] button")

    assert Order.objects.count() == 1
    assert "您查看之后有变化" in slow.text()
    assert "已售完" in slow.text()
    assert slow.page.locator("form[action='/checkout/place/']").count() == 0
    slow.look("gone")


def test_a_paid_presale_is_cancelled_by_its_buyer_and_refunded(presale: StockRecord, shop: Shop, visit: Visit) -> None:
    buyer = visit("zh", PHONE, pictures="presale")
    order = buy(buyer, presale)
    buyer.look("paid")

    buyer.press(f"form[action='/orders/{order.number}/cancel/'] button")

    order.refresh_from_db()
    presale.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert presale.num_allocated == 0
    buyer.look("cancelled")
    outbox_sweep(at=shop.now())
    refund = Refund.objects.get()
    assert (refund.status, refund.amount_fen) == (RefundStatus.SUCCEEDED, order.total_fen)


def test_a_buyer_who_closes_the_window_after_paying_is_confirmed_by_the_notice(
    fresh: StockRecord, shop: Shop, visit: Visit
) -> None:
    buyer = visit("en", PHONE, pictures="notice")
    choose(buyer, fresh)
    say_where(buyer)
    go_to_review(buyer)
    order = order_and_go_to_payment(buyer)
    shop.control.pay(order.payment_attempts.get().session_id, method="alipay")
    buyer.go("/")

    wait_for_notices(shop)
    outbox_sweep(at=shop.now())

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    buyer.go(f"/orders/{order.number}/")
    buyer.look("paid")


def test_a_buyer_who_leaves_the_payment_can_close_the_order_and_has_the_basket_back(
    fresh: StockRecord, visit: Visit
) -> None:
    buyer = visit("zh", PHONE, pictures="not-paid")
    choose(buyer, fresh)
    say_where(buyer)
    go_to_review(buyer)
    order = order_and_go_to_payment(buyer)
    buyer.press("form a.quiet")
    assert buyer.page.url.endswith(f"/orders/{order.number}/")
    buyer.look("waiting")

    buyer.press(f"form[action='/checkout/give-up/{order.number}/'] button")

    order.refresh_from_db()
    fresh.refresh_from_db()
    assert (order.status, fresh.num_allocated) == (OrderStatus.RELEASED, 0)
    assert buyer.page.url.endswith("/basket/")
    assert buyer.page.locator("[name=quantity]").first.input_value() == "1"
    buyer.look("basket-back")


def test_a_guest_finds_the_order_again_by_number_and_phone(fresh: StockRecord, visit: Visit) -> None:
    order = buy(visit("zh", PHONE, pictures="guest"), fresh)
    guest = visit("zh", PHONE, pictures="guest")

    def find(phone: str) -> None:
        guest.go("/orders/find/")
        # as people type it: small letters and spaces
        guest.page.fill("[name=number]", f"{order.number[:4].lower()} {order.number[4:]}")
        guest.page.fill("[name=phone]", phone)
        guest.press("form:has([name=phone]) button[type=submit]")

    guest.page.goto(f"{guest.shop.url}/orders/{order.number}/")
    assert guest.page.locator("h1").count()
    assert order.number not in guest.page.locator("main").inner_text()
    find("13900009999")
    assert guest.page.url.endswith("/orders/find/")
    guest.look("not-found")
    find(PHONE_NUMBER)
    assert guest.page.url.endswith(f"/orders/{order.number}/")
    guest.look("found")


def test_a_slow_answer_about_another_province_does_not_mix_two_places(fresh: StockRecord, visit: Visit) -> None:
    buyer = visit("en", LAPTOP, pictures="address")
    choose(buyer, fresh)
    page = buyer.page
    held: list[Route] = []
    hubei = fresh.product.produce.region.province_code
    page.route(f"**/districts/{hubei}/", lambda route: held.append(route))

    page.select_option("[name=province]", hubei)
    page.select_option("[name=province]", "330000")
    page.locator("[name=city] option[value='330100']").wait_for(state="attached")
    with page.expect_response(f"**/districts/{hubei}/"):
        held[0].continue_()
    page.wait_for_load_state("networkidle")

    cities = page.locator("[name=city] option").evaluate_all("options => options.map(option => option.value)")
    assert cities == ["", "330100"]
    buyer.look("one-province")
