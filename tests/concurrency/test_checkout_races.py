"""
Twenty buyers after three boxes, through the real service on real connections.

Two controls show what each guard is for: without the CHECK and the locks the shop oversells, with the CHECK alone
buyers meet raw database errors, with both three are served and seventeen are told so.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from catalog.partner.models import StockRecord
from marketplace.basket.models import Basket
from marketplace.basket.quote import Problem
from marketplace.checkout.services import placing
from marketplace.checkout.services.packs import PacksGone
from marketplace.checkout.services.placing import BasketEmpty, QuoteChanged
from marketplace.foundation import clock
from marketplace.order.models import Order
from marketplace.payment.models import PaymentAttempt
from marketplace.payment.stripe_adapter import StripePort
from tests.factories import NOW, PoolProductFactory, WindowFactory, product_on_sale
from tests.factories.shopping import basket_of, hangzhou, place, quote_of
from tests.http_shopper import HttpShopper, register_hangzhou

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS = 20
BOXES = 3
THREADS = 8
ROUNDS = 3
CHECK = "window_never_oversold"


@pytest.fixture
def stripe() -> StripePort:
    """Placing asks nobody: it only needs to know the parameters of the later call."""
    return StripePort(secret_key="sk_test_x", webhook_secret="whsec_x", api_base="http://127.0.0.1:9")


def together(works: list[Callable[[], Any]]) -> list[Any]:
    """Run every work in a thread and a connection of its own, begun at once; return results and errors in order."""
    start = threading.Barrier(len(works))
    answers: list[Any] = [None] * len(works)

    def run(index: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            answers[index] = works[index]()
        except Exception as error:
            answers[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)
    return answers


def buyers_after(window: StockRecord, stripe: StripePort) -> list[Callable[[], Order]]:
    """Twenty buyers, each with one box in a basket and a quote they have seen and agreed to."""
    destination = hangzhou(window)

    def buyer() -> Callable[[], Order]:
        basket = basket_of((window, 1))
        agreed = quote_of(basket, destination).hash
        return lambda: place(basket, destination, stripe, quote_hash=agreed)

    return [buyer() for _ in range(BUYERS)]


def read_check_add(meeting: threading.Barrier) -> Callable[..., None]:
    """Take packs as somebody would who knows no races: look, find enough, add. All look before anybody adds."""

    def packs_take(packs: Mapping[int, int], *, at: datetime | None) -> None:
        for window_id, wanted in packs.items():
            window = StockRecord.objects.get(pk=window_id)
            try:
                meeting.wait(timeout=20)
            except threading.BrokenBarrierError:
                pass  # somebody failed on the way; the others go on
            if window.num_left < wanted:
                raise PacksGone(window, wanted)
            StockRecord.objects.filter(pk=window_id).update(num_allocated=F("num_allocated") + wanted)

    return packs_take


@contextmanager
def without_lock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The checkout with neither the lock on windows nor the conditional update."""
    with monkeypatch.context() as patch:
        patch.setattr(placing, "windows_lock", lambda window_ids: {})
        patch.setattr(placing, "packs_take", read_check_add(threading.Barrier(BUYERS)))
        yield


@contextmanager
def without_check() -> Iterator[None]:
    """The database without the CHECK that refuses an oversold window; it is put back, empty of what broke it."""
    table = StockRecord._meta.db_table
    constraint = next(row for row in StockRecord._meta.constraints if row.name == CHECK)
    with connection.schema_editor() as editor:
        editor.remove_constraint(StockRecord, constraint)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'UPDATE "{table}" SET num_allocated = num_in_stock WHERE num_allocated > num_in_stock')  # noqa: S608
        with connection.schema_editor() as editor:
            editor.add_constraint(StockRecord, constraint)


def counted(what: str, answers: list[Any]) -> Counter[str]:
    """How each buyer ended, printed for who runs the test with -s."""
    ends = Counter(type(answer).__name__ for answer in answers)
    print(f"\n{what}: {dict(ends)}; orders in the database: {Order.objects.count()}")  # noqa: T201
    return ends


def test_without_check_and_lock_the_shop_oversells(monkeypatch: pytest.MonkeyPatch, stripe: StripePort) -> None:
    window = product_on_sale(num_in_stock=BOXES)
    buyers = buyers_after(window, stripe)

    with without_check(), without_lock(monkeypatch):
        ends = counted("neither CHECK nor lock", together(buyers))
        window.refresh_from_db()
        sold = window.num_allocated

    assert ends["Order"] > BOXES
    assert sold == Order.objects.count() == ends["Order"]


def test_with_the_check_but_no_lock_buyers_meet_raw_database_errors(
    monkeypatch: pytest.MonkeyPatch, stripe: StripePort
) -> None:
    window = product_on_sale(num_in_stock=BOXES)
    buyers = buyers_after(window, stripe)

    with without_lock(monkeypatch):
        answers = together(buyers)

    ends = counted("CHECK, no lock", answers)
    raw = [answer for answer in answers if isinstance(answer, IntegrityError)]
    assert raw
    assert all(CHECK in str(error) for error in raw)
    assert ends["Order"] == Order.objects.count() <= BOXES


def test_with_both_three_are_served_and_seventeen_are_told_so(stripe: StripePort) -> None:
    window = product_on_sale(num_in_stock=BOXES)

    answers = together(buyers_after(window, stripe))

    ends = counted("CHECK and lock", answers)
    window.refresh_from_db()
    assert ends == {"Order": BOXES, "QuoteChanged": BUYERS - BOXES}
    told = [answer.quote.lines[0].problems for answer in answers if isinstance(answer, QuoteChanged)]
    assert set(told) == {(Problem.SOLD_OUT,)}
    assert (window.num_allocated, Order.objects.count(), PaymentAttempt.objects.count()) == (BOXES, BOXES, BOXES)
    # who was refused has the basket as it was
    assert Basket.objects.filter(status=Basket.OPEN, lines__quantity=1).count() == BUYERS - BOXES


def test_the_check_is_back_after_the_control(stripe: StripePort) -> None:
    window = product_on_sale(num_in_stock=BOXES)
    with without_check():
        StockRecord.objects.filter(pk=window.pk).update(num_allocated=BOXES + 1)

    with pytest.raises(IntegrityError, match=CHECK):
        StockRecord.objects.filter(pk=window.pk).update(num_allocated=BOXES + 1)


def test_two_products_bought_in_opposite_order_never_lock_each_other_out(stripe: StripePort) -> None:
    """Eight at once, as many as the web processes have threads, each several times."""
    first = product_on_sale(num_in_stock=1000)
    sold = PoolProductFactory(pool=first.product.pool_product.pool)
    second = WindowFactory(product=sold.product, partner=first.partner, num_in_stock=1000)
    destination = hangzhou(first)

    def buyer(turn: int) -> Callable[[], list[Order]]:
        chosen = ((first, 1), (second, 1)) if turn % 2 else ((second, 1), (first, 1))
        baskets = [basket_of(*chosen) for _ in range(ROUNDS)]
        return lambda: [place(basket, destination, stripe) for basket in baskets]

    answers = together([buyer(turn) for turn in range(THREADS)])

    assert counted("opposite orders", answers) == {"list": THREADS}
    assert set(StockRecord.objects.values_list("num_allocated", flat=True)) == {THREADS * ROUNDS}


def test_an_order_locks_its_basket_and_then_its_windows_in_key_order(stripe: StripePort) -> None:
    first = product_on_sale()
    sold = PoolProductFactory(pool=first.product.pool_product.pool)
    second = WindowFactory(product=sold.product, partner=first.partner)
    basket, destination = basket_of((second, 1), (first, 1)), hangzhou(first)

    with CaptureQueriesContext(connection) as queries:
        place(basket, destination, stripe)

    locking = [row["sql"] for row in queries if "FOR UPDATE" in row["sql"]]
    assert [statement.split(' FROM "')[1].split('"')[0] for statement in locking][:2] == [
        "basket_basket",
        "partner_stockrecord",
    ]
    assert all(
        'ORDER BY "partner_stockrecord"."id" ASC' in statement
        for statement in locking
        if 'FROM "partner_stockrecord"' in statement
    )


def test_one_checkout_key_sent_five_times_at_once_is_one_order_and_one_attempt(stripe: StripePort) -> None:
    window = product_on_sale()
    basket, destination, key = basket_of((window, 2)), hangzhou(window), uuid.uuid4().hex
    agreed = quote_of(basket, destination).hash

    answers = together([lambda: place(basket, destination, stripe, key=key, quote_hash=agreed)] * 5)

    counted("one key five times", answers)
    window.refresh_from_db()
    assert len({answer.pk for answer in answers}) == 1
    assert (Order.objects.count(), PaymentAttempt.objects.count(), window.num_allocated) == (1, 1, 2)


def test_one_basket_ordered_in_two_tabs_with_two_keys_is_one_order(stripe: StripePort) -> None:
    window = product_on_sale()
    basket, destination = basket_of((window, 2)), hangzhou(window)
    agreed = quote_of(basket, destination).hash

    answers = together([lambda: place(basket, destination, stripe, quote_hash=agreed)] * 2)

    assert counted("two tabs", answers) == {"Order": 1, "BasketEmpty": 1}
    assert any(isinstance(answer, BasketEmpty) for answer in answers)
    window.refresh_from_db()
    assert window.num_allocated == 2


@pytest.fixture
def shop(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a server whose clock stands at the factories' moment."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return str(live_server.url)


def test_two_checkouts_over_http_after_the_last_box_end_in_one_order_and_one_apology(shop: str) -> None:
    register_hangzhou()
    window = product_on_sale(num_in_stock=1)
    destination = hangzhou(window)
    shoppers = [HttpShopper(shop), HttpShopper(shop)]
    agreed = []
    for shopper in shoppers:
        shopper.choose(window.pk)
        shopper.say_where(destination)
        agreed.append(shopper.agree())

    answers = together([lambda one=one, what=what: one.order(what) for one, what in zip(shoppers, agreed, strict=True)])

    served, told = sorted(answers, key=lambda answer: answer.status_code)
    order = Order.objects.get()
    print(f"\nlast box over HTTP: {served.status_code} and {told.status_code}")  # noqa: T201
    assert (served.status_code, served.headers["location"]) == (303, f"/checkout/pay/{order.number}/")
    assert told.status_code == 409
    assert "Something has changed since you looked" in told.text
    assert "Sold out." in told.text
    # no way to pay from there, and nothing to pay for
    assert "Order and pay" not in told.text
    assert PaymentAttempt.objects.get().order_id == order.pk
    window.refresh_from_db()
    assert window.num_allocated == 1


def test_the_order_button_pressed_five_times_over_http_leads_five_times_to_one_order(shop: str) -> None:
    register_hangzhou()
    window = product_on_sale()
    shopper = HttpShopper(shop)
    shopper.choose(window.pk, packs=2)
    shopper.say_where(hangzhou(window))
    agreed = shopper.agree()

    answers = together([lambda: shopper.order(agreed)] * 5)

    order = Order.objects.get()
    assert {(answer.status_code, answer.headers.get("location")) for answer in answers} == {
        (303, f"/checkout/pay/{order.number}/")
    }
    assert PaymentAttempt.objects.count() == 1
    # the session is free for the next basket: its key was not kept for the one that was ordered
    shopper.choose(window.pk)
    assert shopper.agree().key != agreed.key
