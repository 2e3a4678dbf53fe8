"""What a shopper sees from the basket to the order: states, bad input, other people's orders, statements."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.mail import send_mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from oscar.core.loading import get_model

from catalog.models import Region
from catalog.partner.models import StockRecord
from marketplace.basket.models import Basket
from marketplace.checkout.services.releasing import order_release_locked
from marketplace.order.models import Order
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.shipping.models import FreightTariff
from tests.factories import NOW, product_on_sale
from tests.factories.orders import Market, order_paid, order_placed
from tests.factories.shopping import basket_of, hangzhou, place
from tests.payment_sandbox import SECRET_KEY, WEBHOOK_SECRET

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_clock")]

Country = get_model("address", "Country")

ADDRESS = {
    "name": "陈一",
    "phone": "13900001234",
    "province": "330000",
    "city": "330100",
    "district": "330106",
    "town": "",
    "detail": "文三路 1 号",
    "email": "",
    "remark": "",
}


@pytest.fixture(autouse=True)
def _the_sandbox_s_keys(settings):
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET


@pytest.fixture
def window() -> StockRecord:
    """An open window whose hub sends to Hangzhou."""
    window = product_on_sale()
    province = Region.objects.create(code="330000", level="PROVINCE", name_zh="浙江省", name_en="Zhejiang")
    city = Region.objects.create(
        code="330100", level="PREFECTURE", name_zh="杭州市", name_en="Hangzhou", parent=province
    )
    Region.objects.create(code="330106", level="COUNTY", name_zh="西湖区", name_en="Xihu", parent=city)
    Country.objects.create(iso_3166_1_a2="CN", printable_name="中国", name="中国", iso_3166_1_a3="CHN")
    origin = window.product.pool_product.pool.hub.region.province_code
    FreightTariff.objects.create(origin_id=origin, destination=province, first_fen=800, further_fen=200)
    return window


@pytest.fixture
def shopper(client: Client, window: StockRecord) -> Client:
    """A guest with two boxes in the basket."""
    client.post("/basket/add/", {"window": window.pk, "quantity": "2"})
    return client


def page(client: Client, path: str, language: str = "en", status: int = 200) -> str:
    answer = client.get(path, headers={"accept-language": language})
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def remember(client: Client, order: Order) -> None:
    session = client.session
    session["orders"] = [order.number]
    session.save()


# --- basket -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "购物车是空的"), ("en", "Your basket is empty")])
def test_an_empty_basket_says_what_will_be_here(client, language, words):
    assert words in page(client, "/basket/", language)


@pytest.mark.parametrize("quantity", ["-1", "0", "", "abc", "1.5", "1e9", "99999999999999999999", "\x00", "一"])
def test_a_quantity_that_is_none_puts_nothing_in_and_says_so(client, window, quantity):
    answer = client.post("/basket/add/", {"window": window.pk, "quantity": quantity}, follow=True)

    assert answer.status_code == 200
    assert 'class="notice notice--error' in answer.content.decode()
    assert not Basket.objects.filter(lines__isnull=False).exists()


@pytest.mark.parametrize("chosen", ["", "0", "-1", "９", "1;drop", "\x00", "9" * 30])
def test_a_window_that_is_none_puts_nothing_in(client, window, chosen):
    answer = client.post("/basket/add/", {"window": chosen, "quantity": "1"}, follow=True)

    assert answer.status_code == 200
    assert not Basket.objects.filter(lines__isnull=False).exists()


def test_a_number_typed_in_full_width_digits_is_a_number(shopper):
    line = Basket.objects.get().lines.get()

    shopper.post(f"/basket/lines/{line.pk}/", {"quantity": "１０"})

    line.refresh_from_db()
    assert line.quantity == 10


def test_more_than_is_left_stays_as_it_was_and_says_how_many_are(shopper, window):
    StockRecord.objects.filter(pk=window.pk).update(num_allocated=95)
    line = Basket.objects.get().lines.get()

    answer = shopper.post(
        f"/basket/lines/{line.pk}/", {"quantity": "6"}, follow=True, headers={"accept-language": "en"}
    )

    assert "Only 5 are left of this window." in answer.content.decode()
    line.refresh_from_db()
    assert line.quantity == 2


def test_a_line_of_another_basket_cannot_be_changed(shopper, window):
    other = basket_of((window, 3)).lines.get()

    shopper.post(f"/basket/lines/{other.pk}/", {"remove": "1"})

    other.refresh_from_db()
    assert other.quantity == 3


def test_a_changed_price_is_shown_and_stands_in_the_way_until_it_is_agreed_to(shopper, window):
    StockRecord.objects.filter(pk=window.pk).update(price=Decimal("45.00"))

    shown = page(shopper, "/basket/")
    assert "¥39.80 → ¥45.00" in shown
    assert 'href="/checkout/"' not in shown
    assert shopper.get("/checkout/").headers["Location"] == "/basket/"

    shopper.post("/basket/agree/")
    assert 'href="/checkout/"' in page(shopper, "/basket/")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"closes_at": NOW - timedelta(hours=1)}, "This window has closed."),
        ({"num_allocated": 100}, "Sold out."),
        ({"num_allocated": 99}, "Fewer are left than you chose. 1 left."),
    ],
)
def test_what_became_untrue_is_said_at_its_line(shopper, window, change, words):
    StockRecord.objects.filter(pk=window.pk).update(**change)

    text = re.sub(r"<[^>]+>|\s+", " ", page(shopper, "/basket/"))

    assert words in re.sub(r"\s+", " ", text)


# --- address ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "陈1"),
        ("name", "陈\x00一"),
        ("name", "一" * 31),
        ("phone", "12345"),
        ("phone", "1390000123４５６"),
        ("phone", "\x00"),
        ("province", "999999"),
        ("province", "３３００００"),
        ("city", "420500"),
        ("district", "110101"),
        ("district", "' or 1=1"),
        ("district", "\x00"),
        ("district", ""),
        ("detail", ""),
        ("detail", "x"),
        ("detail", "路" * 121),
        ("detail", "文三路\x00"),
        ("email", "no address"),
        ("remark", "x" * 101),
    ],
)
def test_an_address_that_cannot_be_is_shown_again_with_what_to_change(shopper, field, value):
    answer = shopper.post("/checkout/", {**ADDRESS, field: value})

    assert answer.status_code == 200
    assert 'class="field field--error' in answer.content.decode()
    assert shopper.get("/checkout/review/").headers["Location"] == "/checkout/"


@pytest.mark.parametrize(
    "phone", ["13900001234", "１３９００００１２３４", "+86 139 0000 1234", "0571-88887777", "17012345678-1234"]
)
def test_a_phone_may_be_written_in_several_ways(shopper, phone):
    assert shopper.post("/checkout/", {**ADDRESS, "phone": phone}).headers["Location"] == "/checkout/review/"


def test_a_pasted_line_fills_the_form_without_judging_it(shopper):
    answer = shopper.post("/checkout/", {"pasted": "李小路 13812345678 浙江省杭州市西湖区文三路 1 号", "parse": "1"})

    text = answer.content.decode()
    assert 'value="李小路"' in text
    assert 'value="13812345678"' in text
    assert '<option value="330106" selected>' in text
    assert 'value="文三路1号"' in text
    assert "field--error" not in text


def test_what_a_pasted_line_does_not_say_is_asked_for(shopper):
    answer = shopper.post("/checkout/", {"pasted": "13812345678\x00", "parse": "1"}, headers={"accept-language": "en"})

    assert "Not found in it: Receiver, Province, City, County or district, Street, house and room." in (
        answer.content.decode()
    )


def test_without_a_script_a_chosen_province_shows_its_cities(shopper):
    text = shopper.post(
        "/checkout/", {**ADDRESS, "name": "", "city": "", "district": "", "choose": "1"}
    ).content.decode()

    assert '<option value="330100">' in text
    assert "field--error" not in text


@pytest.mark.parametrize("code", ["330000", "330100"])
def test_the_divisions_below_one_are_told(client, window, code):
    assert client.get(f"/checkout/districts/{code}/").json()["children"]


@pytest.mark.parametrize("code", ["330106", "999999", "x", "1" * 300])
def test_a_division_without_any_below_is_not_found(client, window, code):
    assert client.get(f"/checkout/districts/{code}/").status_code == 404


# --- review and placing -----------------------------------------------------------------------------------------------


def test_the_review_says_what_is_promised_and_paid(shopper):
    shopper.post("/checkout/", ADDRESS)

    text = page(shopper, "/checkout/review/", "zh-hans")

    assert "浙江省杭州市西湖区文三路 1 号" in text
    assert "95.60 元" in text  # goods 79.60, and 5 kg cost 8 + 4 x 2 = 16 of freight
    assert "提交并付款" in text


def test_a_province_that_is_not_served_is_said_before_anything_is_ordered(shopper, window):
    FreightTariff.objects.all().delete()
    shopper.post("/checkout/", ADDRESS)

    text = page(shopper, "/checkout/review/")

    assert "We cannot send this to your address." in text
    assert 'action="/checkout/place/"' not in text


def test_a_quote_that_is_no_longer_so_is_shown_again_and_nothing_is_ordered(shopper, window):
    shopper.post("/checkout/", ADDRESS)
    text = page(shopper, "/checkout/review/")
    key, quote = re.findall(r'name="(?:key|quote)" value="([^"]+)"', text)
    StockRecord.objects.filter(pk=window.pk).update(price=Decimal("45.00"))

    answer = shopper.post("/checkout/place/", {"key": key, "quote": quote})

    assert answer.status_code == 409
    assert not Order.objects.exists()


def test_the_same_press_twice_makes_one_order(shopper):
    shopper.post("/checkout/", ADDRESS)
    key, quote = re.findall(r'name="(?:key|quote)" value="([^"]+)"', page(shopper, "/checkout/review/"))

    first = shopper.post("/checkout/place/", {"key": key, "quote": quote})
    second = shopper.post("/checkout/place/", {"key": key, "quote": quote})

    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"] == f"/checkout/pay/{Order.objects.get().number}/"


@pytest.mark.parametrize(
    "data", [{}, {"key": "x" * 32}, {"key": "\x00" * 32, "quote": "\x00"}, {"key": "k" * 32, "quote": "x"}]
)
def test_a_forged_press_orders_nothing(shopper, data):
    shopper.post("/checkout/", ADDRESS)

    assert shopper.post("/checkout/place/", data).status_code in {303, 409}
    assert not Order.objects.exists()


# --- the order --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/orders/{}/", "/checkout/pay/{}/", "/checkout/return/{}/"])
@pytest.mark.parametrize("number", ["ZZZZZZZZZZZZZZ", "x" * 200, "订单"])
def test_an_unknown_order_is_not_found(client, path, number):
    assert client.get(path.format(number)).status_code == 404


@pytest.mark.parametrize("path", ["/orders/%00/", "/checkout/pay/%00/", "/checkout/districts/%00/"])
def test_a_nul_in_an_address_is_refused(client, path):
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("path", ["/orders/{}/", "/checkout/pay/{}/", "/checkout/return/{}/"])
def test_another_session_s_order_is_not_found(client, window, path):
    order = order_paid((window, 1))

    assert client.get(path.format(order.number)).status_code == 404


@pytest.mark.parametrize("path", ["/orders/{}/cancel/", "/checkout/give-up/{}/"])
def test_another_session_s_order_cannot_be_undone(client, window, path):
    order = order_paid((window, 1))

    assert client.post(path.format(order.number)).status_code == 404
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    ("status", "zh", "en"),
    [
        (OrderStatus.AWAITING_PAYMENT, "等待付款", "Waiting for your payment"),
        (OrderStatus.PAID, "已付款，货给您留好了", "Paid. Your boxes are yours"),
        (OrderStatus.PREPARING, "正在拣货打包", "Being picked and packed"),
        (OrderStatus.SHIPPED, "在路上了", "On its way to you"),
        (OrderStatus.DELIVERED, "已送达", "Delivered"),
        (OrderStatus.SETTLED, "已完成", "Completed"),
        (OrderStatus.RELEASED, "已关闭，没有扣款", "Closed, nothing was charged"),
        (OrderStatus.CANCELLED, "已取消并退款", "Cancelled and refunded"),
    ],
)
def test_each_state_of_an_order_leads_with_its_own_words(client, window, status, zh, en, language):
    order = order_placed((window, 2), hold_until=NOW + timedelta(minutes=15))
    line_status = LineStatus.DRAWN if status == OrderStatus.PREPARING else LineStatus(status.value)
    Order.objects.filter(pk=order.pk).update(status=status)
    order.lines.update(status=line_status)
    remember(client, order)

    text = page(client, f"/orders/{order.number}/", language)

    assert f"<h1>{zh if language == 'zh-hans' else en}</h1>" in text
    assert order.number in text


def test_an_order_that_waits_offers_payment_first_and_closing_last(client, window):
    order = order_placed((window, 1), hold_until=NOW + timedelta(minutes=15))
    remember(client, order)

    text = page(client, f"/orders/{order.number}/")

    assert text.index(f"/checkout/pay/{order.number}/") < text.index(f"/checkout/give-up/{order.number}/")


def test_spoilt_goods_can_be_reported_while_the_time_runs_and_once(client, monkeypatch):
    market = Market(100)
    order = market.delivered(1)
    line = order.lines.get()
    delivered_at = line.shipment_line.shipment.delivered_at
    remember(client, order)
    claim_url = f"/orders/{order.number}/lines/{line.pk}/claim/"

    monkeypatch.setattr("marketplace.foundation.clock.now", lambda: delivered_at + timedelta(hours=47))
    assert claim_url in page(client, f"/orders/{order.number}/")
    monkeypatch.setattr("marketplace.foundation.clock.now", lambda: delivered_at + timedelta(hours=48))
    assert claim_url not in page(client, f"/orders/{order.number}/")
    market.claim(line, 200)
    monkeypatch.setattr("marketplace.foundation.clock.now", lambda: delivered_at + timedelta(hours=47))
    text = page(client, f"/orders/{order.number}/")
    assert claim_url not in text
    assert "We look at your photo and answer within 24 hours." in text


def test_money_that_went_back_is_shown_with_its_reason(client):
    market = Market(100)
    order = market.delivered(1)
    claim = market.claim_accepted(order.lines.get(), 200)
    remember(client, order)

    text = page(client, f"/orders/{order.number}/")

    assert f"−¥{claim.refund_fen / 100:.2f}" in text
    assert "Refund, Spoilt goods" in text


def test_a_guest_gets_the_basket_back_when_the_order_comes_to_nothing(client, window, port):
    basket = basket_of((window, 2))
    order = place(basket, hangzhou(window), port)
    order_release_locked(order, at=NOW, reason="not paid in time")
    remember(client, order)

    page(client, f"/orders/{order.number}/")

    assert "Check out 2 boxes" in page(client, "/basket/")


def test_a_basket_filled_since_is_not_replaced(shopper, window, port):
    order = place(basket_of((window, 7)), hangzhou(window), port)
    order_release_locked(order, at=NOW, reason="not paid in time")
    remember(shopper, order)

    page(shopper, f"/orders/{order.number}/")

    assert "Check out 2 boxes" in page(shopper, "/basket/")


def test_a_guest_finds_an_order_by_number_and_phone_as_they_may_type_them(client, window):
    order = order_paid((window, 1), number="ABCDEFGH012345", contact_phone="13900001234")

    answer = client.post("/orders/find/", {"number": " abcd-efgh ol2345 ", "phone": "１３９ ００００ １２３４"})

    assert answer.headers["Location"] == f"/orders/{order.number}/"
    assert client.get(f"/orders/{order.number}/").status_code == 200


@pytest.mark.parametrize(
    ("number", "phone"), [("ABCDEFGH012345", "13900009999"), ("ZZZZ", "13900001234"), ("\x00", "13900001234"), ("", "")]
)
def test_a_wrong_pair_finds_nothing(client, window, number, phone):
    order_paid((window, 1), number="ABCDEFGH012345", contact_phone="13900001234")

    answer = client.post("/orders/find/", {"number": number, "phone": phone})

    assert answer.status_code == 200
    assert 'class="form-errors' in answer.content.decode()


# --- statements -------------------------------------------------------------------------------------------------------


def test_the_pages_ask_a_bounded_number_of_statements(client, window):
    windows = [window, *(product_on_sale() for _ in range(5))]
    for one in windows:
        client.post("/basket/add/", {"window": one.pk, "quantity": "1"})
    client.post("/checkout/", ADDRESS)
    order = order_paid(*[(one, 1) for one in windows])
    session = client.session
    session["orders"] = [order.number]
    session.save()

    counted = {}
    for path in ("/basket/", "/checkout/", "/checkout/review/", f"/orders/{order.number}/"):
        with CaptureQueriesContext(
            connection,
        ) as statements:
            page(client, path)
        counted[path.replace(order.number, "n")] = len(statements)

    budget = {"/basket/": 10, "/checkout/": 12, "/checkout/review/": 14, "/orders/n/": 14}
    assert all(counted[path] <= budget[path] for path in budget), counted


def test_the_outbox_shows_a_chinese_mail_as_it_was_written(client, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    send_mail("已付款：丰路订单", "谢谢您。\n秭归脐橙 × 2", "service@fenglu.example", ["buyer@example.com"])

    text = page(client, "/outbox/")

    assert "已付款：丰路订单" in text
    assert "秭归脐橙 × 2" in text


def test_where_mails_are_really_sent_there_is_no_outbox_to_look_at(client, settings):
    settings.EMAIL_FILE_PATH = None

    assert client.get("/outbox/").status_code == 404
