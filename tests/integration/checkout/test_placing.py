"""Placing: packs held, prices and promises copied, stale baskets shown again, the same key one order."""

from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.partner.models import Phase, StockRecord
from marketplace.basket.models import Basket
from marketplace.basket.quote import Problem
from marketplace.basket.services import UnableToAdd, basket_agree, line_set, window_add
from marketplace.checkout.services.placing import BasketEmpty, QuoteChanged
from marketplace.order.models import Order
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.payment.models import AttemptStatus
from marketplace.payment.stripe_adapter import StripePort
from tests.factories import NOW, TODAY, WindowFactory, product_on_sale
from tests.factories.shopping import basket_of, hangzhou, place, quote_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def window() -> StockRecord:
    return product_on_sale()


@pytest.fixture
def stripe() -> StripePort:
    """Placing asks nobody: it only needs to know the parameters of the later call."""
    return StripePort(secret_key="sk_test_x", webhook_secret="whsec_x", api_base="http://127.0.0.1:9")


def test_an_order_holds_its_packs_and_waits_for_payment(window, stripe):
    basket = basket_of((window, 2))

    order = place(basket, hangzhou(window), stripe)

    window.refresh_from_db()
    basket.refresh_from_db()
    line = order.lines.get()
    # two boxes of 39.80; 8 yuan for the first kilogram and 2 for each of four more
    assert (order.goods_fen, order.freight_fen, order.total_fen) == (7960, 1600, 9560)
    assert order.total_incl_tax == Decimal("95.60")
    assert (order.status, line.status) == (OrderStatus.AWAITING_PAYMENT, LineStatus.AWAITING_PAYMENT)
    assert (window.num_allocated, line.quantity, line.unit_price_fen) == (2, 2, 3980)
    assert order.hold_until == NOW + timedelta(minutes=15)
    assert basket.status == Basket.SUBMITTED
    attempt = order.payment_attempts.get()
    assert (attempt.status, attempt.amount_fen) == (AttemptStatus.UNKNOWN, 9560)
    assert attempt.params["client_reference_id"] == order.number


def test_the_same_key_gives_the_same_order(window, stripe):
    basket, destination = basket_of((window, 1)), hangzhou(window)
    first = place(basket, destination, stripe, key="k" * 32)

    second = place(basket, destination, stripe, key="k" * 32)

    window.refresh_from_db()
    assert second.pk == first.pk
    assert window.num_allocated == 1


def test_a_submitted_basket_is_not_ordered_again_under_another_key(window, stripe):
    basket, destination = basket_of((window, 1)), hangzhou(window)
    place(basket, destination, stripe)

    with pytest.raises(BasketEmpty):
        place(basket, destination, stripe)

    assert Order.objects.count() == 1


def test_two_windows_of_one_product_keep_their_two_prices_in_one_basket(window, stripe):
    later = WindowFactory(
        product=window.product,
        partner=window.partner,
        phase=Phase.PRESALE,
        ships_from=TODAY + timedelta(days=40),
        ships_by=TODAY + timedelta(days=46),
        price=Decimal("35.80"),
    )
    basket = basket_of((window, 1), (later, 2))

    order = place(basket, hangzhou(window), stripe)

    prices = list(order.lines.order_by("pk").values_list("phase", "quantity", "unit_price_fen", "line_total_fen"))
    assert prices == [("FRESH", 1, 3980, 3980), ("PRESALE", 2, 3580, 7160)]
    assert order.goods_fen == 3980 + 7160
    assert [str(price) for price in order.lines.order_by("pk").values_list("line_price_incl_tax", flat=True)] == [
        "39.80",
        "71.60",
    ]


def test_a_price_that_changed_is_shown_and_agreed_to_before_an_order_exists(window, stripe):
    basket, destination = basket_of((window, 1)), hangzhou(window)
    agreed = quote_of(basket, destination).hash
    StockRecord.objects.filter(pk=window.pk).update(price=Decimal("49.80"))

    with pytest.raises(QuoteChanged) as changed:
        place(basket, destination, stripe, quote_hash=agreed)

    assert changed.value.quote.lines[0].problems == (Problem.PRICE_CHANGED,)
    assert not Order.objects.exists()
    window.refresh_from_db()
    assert window.num_allocated == 0
    assert basket_agree(basket=basket, at=NOW) == 1
    assert place(basket, destination, stripe).goods_fen == 4980


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"closes_at": NOW}, Problem.CLOSED),
        ({"num_in_stock": 0}, Problem.SOLD_OUT),
        ({"num_in_stock": 1}, Problem.FEWER_LEFT),
    ],
)
def test_a_window_that_changed_is_named_and_nothing_is_held(window, stripe, change, problem):
    basket, destination = basket_of((window, 2)), hangzhou(window)
    agreed = quote_of(basket, destination).hash
    StockRecord.objects.filter(pk=window.pk).update(**change)

    with pytest.raises(QuoteChanged) as changed:
        place(basket, destination, stripe, quote_hash=agreed)

    assert changed.value.quote.lines[0].problems == (problem,)
    window.refresh_from_db()
    assert (window.num_allocated, Order.objects.count()) == (0, 0)


def test_a_forged_quote_hash_is_no_agreement(window, stripe):
    with pytest.raises(QuoteChanged):
        place(basket_of((window, 1)), hangzhou(window), stripe, quote_hash="0" * 32)

    assert not Order.objects.exists()


def test_a_province_that_is_not_served_is_said_before_paying(window, stripe):
    destination = hangzhou(window)
    from marketplace.shipping.models import FreightTariff

    FreightTariff.objects.update(is_served=False)

    with pytest.raises(QuoteChanged) as changed:
        place(basket_of((window, 1)), destination, stripe)

    assert changed.value.quote.lines[0].problems == (Problem.NOT_SERVED,)


def test_a_basket_takes_no_more_than_is_left(window):
    basket = Basket.objects.create()

    with pytest.raises(UnableToAdd, match="100"):
        window_add(basket=basket, window_id=window.pk, quantity=101, at=NOW)

    assert not basket.lines.exists()


def test_a_closed_window_does_not_go_into_a_basket(window):
    with pytest.raises(UnableToAdd):
        window_add(basket=Basket.objects.create(), window_id=window.pk, quantity=1, at=window.closes_at)


def test_setting_a_line_to_zero_takes_it_out(window):
    basket = basket_of((window, 3))

    line_set(basket=basket, line_id=basket.lines.get().pk, quantity=0, at=NOW)

    assert not basket.lines.exists()


def test_the_promise_follows_the_day_of_the_order_but_never_passes_the_window(window, stripe):
    StockRecord.objects.filter(pk=window.pk).update(
        ships_from=TODAY - timedelta(days=1), ships_by=TODAY + timedelta(days=5), dispatch_days=2
    )
    window.refresh_from_db()

    order = place(basket_of((window, 1)), hangzhou(window), stripe)

    line = order.lines.get()
    assert (line.ships_from, line.ships_by) == (TODAY, TODAY + timedelta(days=2))
    # two to four days on the road
    assert line.arrives_by == TODAY + timedelta(days=6)


def test_the_database_refuses_an_oversold_window_whoever_writes(window):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        StockRecord.objects.filter(pk=window.pk).update(num_allocated=101)
    with pytest.raises(IntegrityError), transaction.atomic():
        StockRecord.objects.filter(pk=window.pk).update(num_allocated=-1)
