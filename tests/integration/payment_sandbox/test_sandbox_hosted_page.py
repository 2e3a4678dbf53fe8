"""The hosted page over HTTP, as a browser without scripts meets it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx
import pytest

from marketplace.payment.port import PaymentRequest, PaymentState, Redirect
from marketplace.payment.sandbox.hosted_texts import TEXTS
from marketplace.payment.stripe_adapter import StripePort


@pytest.fixture
def started(port: StripePort, request_for: Callable[..., PaymentRequest]) -> Callable[..., Redirect]:
    def make(**changes: object) -> Redirect:
        request = request_for(**changes)
        return port.start(port.start_params(request), request.idempotency_key)

    return make


def choose(browser: httpx.Client, redirect: Redirect, method: str) -> httpx.Response:
    return browser.post(f"/pay/{redirect.session_id}", data={"method": method})


def text_of(response: httpx.Response) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", response.text))


def test_the_page_says_what_is_paid_and_that_it_is_a_demonstration(
    browser: httpx.Client, started: Callable[..., Redirect]
) -> None:
    redirect = started()

    page = browser.get(redirect.url)

    text = text_of(page)
    for words in ("演示支付", "不会真的扣款", "¥86.00", "FL-7K3M-9QXD", "洛川苹果 5 kg × 2", "运费", "支付 ¥86.00"):
        assert words in text
    for number in ("4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0000 0000 9995", "4000 0025 0000 3155"):
        assert number in text
    assert '<html lang="zh-Hans">' in page.text


def test_the_page_speaks_the_sessions_language_until_the_buyer_chooses(
    browser: httpx.Client, started: Callable[..., Redirect]
) -> None:
    redirect = started(locale="en")

    english = browser.get(redirect.url)
    chinese = browser.get(redirect.url, params={"lang": "zh"})

    assert "No money is taken" in text_of(english)
    assert "Pay ¥86.00" in text_of(english)
    assert "不会真的扣款" in text_of(chinese)


def test_the_page_loads_nothing_from_anywhere(browser: httpx.Client, started: Callable[..., Redirect]) -> None:
    page = browser.get(started().url)

    loaded = re.findall(r'(?:src|href)="(?!data:|/pay/)([^"]+)"|url\(|@import|<script', page.text)
    policy = page.headers["content-security-policy"]
    # The one address that is not the page's own is the way back to the shop.
    assert loaded == ["http://127.0.0.1:1/orders/back/"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self' http://127.0.0.1:1" in policy


def test_paying_by_card_leads_back_to_the_shop(
    browser: httpx.Client, port: StripePort, started: Callable[..., Redirect]
) -> None:
    redirect = started()

    answer = choose(browser, redirect, "card")

    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://127.0.0.1:1/orders/paid/?session={redirect.session_id}"
    assert port.status(redirect.session_id).state is PaymentState.PAID


def test_paying_twice_takes_the_money_once(
    browser: httpx.Client, api: httpx.Client, started: Callable[..., Redirect]
) -> None:
    redirect = started()

    first = choose(browser, redirect, "card")
    second = choose(browser, redirect, "card")

    assert second.headers["location"] == first.headers["location"]
    assert len(api.get("/v1/charges").json()["data"]) == 1


@pytest.mark.parametrize(
    ("method", "words"),
    [("card_declined", "银行拒绝了这张卡，没有扣款"), ("card_insufficient_funds", "余额不足，没有扣款")],
)
def test_a_declined_card_is_said_and_another_can_be_chosen(
    browser: httpx.Client, port: StripePort, started: Callable[..., Redirect], method: str, words: str
) -> None:
    redirect = started()

    answer = choose(browser, redirect, method)
    page = browser.get(answer.headers["location"])

    assert words in text_of(page)
    assert port.status(redirect.session_id).state is PaymentState.OPEN
    choose(browser, redirect, "card")
    assert port.status(redirect.session_id).state is PaymentState.PAID


@pytest.mark.parametrize(
    ("method", "title", "words"),
    [
        ("card_3ds", "银行验证", "没有通过银行验证，没有扣款"),
        ("alipay", "支付宝", "您在钱包里拒绝了付款，没有扣款"),
        ("wechat_pay", "微信支付", "您在钱包里拒绝了付款，没有扣款"),
    ],
)
def test_consent_is_asked_for_and_may_be_refused_or_given(
    browser: httpx.Client,
    port: StripePort,
    api: httpx.Client,
    started: Callable[..., Redirect],
    method: str,
    title: str,
    words: str,
) -> None:
    redirect = started()

    step = choose(browser, redirect, method).headers["location"]
    intent = api.get(f"/v1/payment_intents/{port.status(redirect.session_id).payment_intent_id}").json()
    asked = browser.get(step)
    refused = browser.get(browser.post(step, data={"answer": "refuse"}).headers["location"])
    after_refusal = port.status(redirect.session_id).state
    browser.post(choose(browser, redirect, method).headers["location"], data={"answer": "accept"})

    assert intent["status"] == "requires_action"
    assert title in text_of(asked)
    assert words in text_of(refused)
    assert after_refusal is PaymentState.OPEN
    assert port.status(redirect.session_id).state is PaymentState.PAID


def test_consent_that_nobody_asked_for_pays_nothing(
    browser: httpx.Client, port: StripePort, started: Callable[..., Redirect]
) -> None:
    redirect = started()

    answer = browser.post(f"/pay/{redirect.session_id}/consent", data={"answer": "accept"})

    assert answer.headers["location"].startswith(f"/pay/{redirect.session_id}")
    assert port.status(redirect.session_id).state is PaymentState.OPEN


def test_an_answer_given_twice_counts_as_it_was_given_first(
    browser: httpx.Client, port: StripePort, started: Callable[..., Redirect]
) -> None:
    redirect = started()
    step = choose(browser, redirect, "alipay").headers["location"]
    browser.post(step, data={"answer": "refuse"})

    again = browser.post(step, data={"answer": "accept"})

    assert again.headers["location"].startswith(f"/pay/{redirect.session_id}")
    assert port.status(redirect.session_id).state is PaymentState.OPEN


def test_leaving_without_paying_leaves_the_session_open(
    browser: httpx.Client, port: StripePort, started: Callable[..., Redirect]
) -> None:
    redirect = started()

    page = browser.get(redirect.url)

    assert '<a class="quiet" href="http://127.0.0.1:1/orders/back/">先不付，返回商店</a>' in page.text
    assert port.status(redirect.session_id).state is PaymentState.OPEN


@pytest.mark.parametrize("data", [{}, {"method": "cash"}, {"method": ""}, {"method[0]": "card"}])
def test_no_choice_is_asked_for_again(
    browser: httpx.Client, port: StripePort, started: Callable[..., Redirect], data: dict[str, str]
) -> None:
    redirect = started()

    page = browser.get(browser.post(f"/pay/{redirect.session_id}", data=data).headers["location"])

    assert "请先选一种付款方式" in text_of(page)
    assert port.status(redirect.session_id).state is PaymentState.OPEN


def test_ended_sessions_say_how_they_ended(
    browser: httpx.Client, port: StripePort, started: Callable[..., Redirect]
) -> None:
    expired, paid = started(order_number="FL-1"), started(order_number="FL-2")
    port.expire(expired.session_id)
    choose(browser, paid, "card")

    after_expiry = browser.get(expired.url)
    late = choose(browser, expired, "card")
    after_payment = browser.get(paid.url)
    missing = browser.get("/pay/cs_test_nobody")

    assert "付款时间已过" in text_of(after_expiry)
    assert "付款时间已过" in text_of(late)
    assert "已经付好了" in text_of(after_payment)
    assert (missing.status_code, "没有这个付款页" in text_of(missing)) == (404, True)
    assert port.status(expired.session_id).state is PaymentState.EXPIRED


def test_a_page_whose_time_has_passed_takes_no_money(
    browser: httpx.Client,
    port: StripePort,
    port_at: Callable[[datetime], StripePort],
    request_for: Callable[..., PaymentRequest],
) -> None:
    then = datetime.now(UTC) - timedelta(minutes=31)
    request = request_for(expires_at=then + timedelta(minutes=30))
    redirect = port_at(then).start(port.start_params(request), request.idempotency_key)

    answer = choose(browser, redirect, "card")

    assert "付款时间已过" in text_of(answer)
    assert port.status(redirect.session_id).state is PaymentState.EXPIRED


def test_what_the_shop_sends_is_shown_as_text(browser: httpx.Client, started: Callable[..., Redirect]) -> None:
    evil = "<script>alert('x')</script>"
    redirect = started(order_number=evil, title=evil, descriptions=(evil,))

    page = browser.get(redirect.url, params={"error": evil, "lang": evil})

    assert "<script" not in page.text
    assert evil in unescape(page.text)


def test_both_languages_say_the_same_things() -> None:
    assert TEXTS["zh"].keys() == TEXTS["en"].keys()
    assert all(TEXTS["zh"].values())
    assert all(TEXTS["en"].values())
