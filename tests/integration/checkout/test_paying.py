"""Paying, on the real sandbox: only the provider's word moves an order, and unpaid ones give their packs back."""

import hashlib
import hmac
import json
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from catalog.partner.models import StockRecord
from marketplace.basket.models import Basket
from marketplace.checkout.notices import notice_handle, notice_receive
from marketplace.checkout.services.orders import UnableToCancel, order_cancel
from marketplace.checkout.services.paying import (
    PaymentPending,
    hold_end,
    holds_sweep,
    payment_apply,
    payment_ask,
    payment_start,
    payments_sweep,
)
from marketplace.checkout.services.refunds import AlreadySettled, RefundTooLarge, refund_request, refund_send
from marketplace.foundation.models import OutboxMessage
from marketplace.ledger.models import Posting
from marketplace.ledger.services import account_balance_fen
from marketplace.order.models import Order
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.payment.accounts import PROVIDER, held_for_order
from marketplace.payment.models import AttemptStatus, PaymentAnomaly, ProviderNotice, Refund, RefundStatus
from marketplace.payment.port import Notice, PaymentState, PaymentStatus
from marketplace.payment.stripe_adapter import StripePort
from tests.factories import NOW, product_on_sale
from tests.factories.shopping import basket_of, hangzhou, place
from tests.payment_sandbox import SECRET_KEY, WEBHOOK_SECRET

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_sandbox_s_keys(settings):
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET


@pytest.fixture
def order(port) -> Order:
    window = product_on_sale()
    return place(basket_of((window, 2)), hangzhou(window), port)


def window_of(order: Order) -> StockRecord:
    return StockRecord.objects.get(pk=order.lines.get().stockrecord_id)


def paid(order: Order, port: StripePort, control) -> Order:
    attempt = payment_start(attempt_id=order.payment_attempts.get().pk, port=port, at=NOW)
    control.pay(attempt.session_id, method="alipay", at=NOW, quiet=True)
    payment_ask(attempt_id=attempt.pk, port=port, at=NOW)
    return Order.objects.get(pk=order.pk)


def test_a_paid_session_pays_the_order_once(order, port, control):
    order = paid(order, port, control)
    attempt = order.payment_attempts.get()

    payment_ask(attempt_id=attempt.pk, port=port, at=NOW)
    payment_ask(attempt_id=attempt.pk, port=port, at=NOW)

    assert (order.status, order.lines.get().status) == (OrderStatus.PAID, LineStatus.PAID)
    assert account_balance_fen(PROVIDER) == order.total_fen
    assert account_balance_fen(held_for_order(order.number)) == -order.total_fen
    assert Posting.objects.count() == 2
    assert OutboxMessage.objects.filter(topic="mail.order_paid").count() == 1


def test_the_browser_s_return_alone_pays_nothing(order, port):
    attempt = payment_start(attempt_id=order.payment_attempts.get().pk, port=port, at=NOW)

    payment_ask(attempt_id=attempt.pk, port=port, at=NOW)

    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING_PAYMENT


@pytest.mark.parametrize(
    "wrong",
    [{"amount_fen": 1}, {"currency": "usd"}, {"livemode": True}, {"reference": "SOMEBODYELSE"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_money_that_does_not_match_is_an_anomaly_and_no_payment(order, wrong):
    attempt = order.payment_attempts.get()
    right = {
        "session_id": "cs_1",
        "state": PaymentState.PAID,
        "amount_fen": order.total_fen,
        "currency": "cny",
        "livemode": False,
        "reference": order.number,
        "url": "",
        "expires_at": NOW,
        "payment_intent_id": "pi_1",
        "charge_id": "ch_1",
        "fee_fen": None,
        "paid_at": NOW,
    }

    payment_apply(attempt_id=attempt.pk, status=PaymentStatus(**{**right, **wrong}), at=NOW)

    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING_PAYMENT
    assert list(PaymentAnomaly.objects.get().detail["wrong"]) == list(wrong)
    assert not Posting.objects.exists()


def test_a_lapsed_hold_is_expired_first_and_then_gives_the_packs_and_the_basket_back(order, port):
    payment_start(attempt_id=order.payment_attempts.get().pk, port=port, at=NOW)

    settled = holds_sweep(port=port, at=NOW + timedelta(minutes=15))

    order.refresh_from_db()
    assert settled == 1
    assert (order.status, order.lines.get().status) == (OrderStatus.RELEASED, LineStatus.RELEASED)
    assert order.payment_attempts.get().status == AttemptStatus.EXPIRED
    assert window_of(order).num_allocated == 0
    assert order.basket.status == Basket.OPEN


def test_a_hold_that_was_paid_meanwhile_ends_paid(order, port, control):
    attempt = payment_start(attempt_id=order.payment_attempts.get().pk, port=port, at=NOW)
    control.pay(attempt.session_id, at=NOW + timedelta(minutes=14), quiet=True)

    holds_sweep(port=port, at=NOW + timedelta(minutes=16))

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert window_of(order).num_allocated == 2


def test_a_hold_is_not_ended_before_its_time(order, port):
    assert holds_sweep(port=port, at=NOW + timedelta(minutes=14)) == 0

    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING_PAYMENT


def test_an_attempt_without_an_answer_is_settled_by_replaying_its_key(order, port, control):
    control.order_fault("lost_answer", path="/v1/checkout/sessions", times=1)
    with pytest.raises(PaymentPending):
        payment_start(attempt_id=order.payment_attempts.get().pk, port=port, at=NOW)
    assert order.payment_attempts.get().status == AttemptStatus.UNKNOWN

    hold_end(order_id=order.pk, port=port, at=NOW + timedelta(minutes=15))

    order.refresh_from_db()
    attempt = order.payment_attempts.get()
    assert (order.status, attempt.status) == (OrderStatus.RELEASED, AttemptStatus.EXPIRED)
    # the replay found the session that the lost answer was about, and it can no longer be paid
    assert port.status(attempt.session_id).state == PaymentState.EXPIRED


def test_without_an_answer_the_hold_is_kept(order, port, control):
    payment_start(attempt_id=order.payment_attempts.get().pk, port=port, at=NOW)
    control.order_fault("server_error", path="/v1/checkout/sessions*", times=5)

    assert holds_sweep(port=port, at=NOW + timedelta(minutes=15)) == 0

    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING_PAYMENT
    assert window_of(order).num_allocated == 2


def test_an_answer_500_that_the_provider_keeps_is_settled_by_looking_for_the_session(order, port, control):
    control.order_fault("server_error_after", path="/v1/checkout/sessions", times=1)
    with pytest.raises(PaymentPending):
        payment_start(attempt_id=order.payment_attempts.get().pk, port=port, at=NOW)

    hold_end(order_id=order.pk, port=port, at=NOW + timedelta(minutes=15))

    order.refresh_from_db()
    attempt = order.payment_attempts.get()
    assert (order.status, attempt.status) == (OrderStatus.RELEASED, AttemptStatus.EXPIRED)
    assert attempt.session_id
    assert port.status(attempt.session_id).state == PaymentState.EXPIRED


def test_an_answer_500_without_a_session_releases_the_order(order, port, control):
    control.order_fault("server_error", path="/v1/checkout/sessions", times=1)
    with pytest.raises(PaymentPending):
        payment_start(attempt_id=order.payment_attempts.get().pk, port=port, at=NOW)

    hold_end(order_id=order.pk, port=port, at=NOW + timedelta(minutes=15))

    order.refresh_from_db()
    assert (order.status, order.payment_attempts.get().session_id) == (OrderStatus.RELEASED, "")


def test_payment_after_release_takes_the_packs_again_where_they_are_left(order, port):
    hold_end(order_id=order.pk, port=port, at=NOW + timedelta(minutes=15))

    _paid_late(order)

    order.refresh_from_db()
    assert (order.status, order.lines.get().status) == (OrderStatus.PAID, LineStatus.PAID)
    assert window_of(order).num_allocated == 2
    assert not Refund.objects.exists()


def test_payment_after_release_of_what_is_sold_out_goes_back_in_full(order, port):
    hold_end(order_id=order.pk, port=port, at=NOW + timedelta(minutes=15))
    StockRecord.objects.update(num_in_stock=1)

    _paid_late(order)

    order.refresh_from_db()
    refund = Refund.objects.get()
    assert (order.status, refund.amount_fen, refund.purpose) == (
        OrderStatus.CANCELLED,
        order.total_fen,
        Refund.Purpose.LATE_PAYMENT,
    )
    assert window_of(order).num_allocated == 0


def _paid_late(order: Order) -> None:
    """What another provider's adapter might say: this one never does, because it expires before it releases."""
    attempt = order.payment_attempts.get()
    payment_apply(
        attempt_id=attempt.pk,
        status=PaymentStatus(
            session_id=attempt.session_id,
            state=PaymentState.PAID,
            amount_fen=order.total_fen,
            currency="cny",
            livemode=False,
            reference=order.number,
            url="",
            expires_at=NOW,
            payment_intent_id="pi_late",
            charge_id="ch_late",
            fee_fen=None,
            paid_at=NOW,
        ),
        at=NOW + timedelta(hours=1),
    )


def test_cancelling_gives_packs_and_money_back(order, port, control):
    order = paid(order, port, control)

    order_cancel(order_id=order.pk, at=NOW)
    order_cancel(order_id=order.pk, at=NOW)
    refund = refund_send(refund_id=Refund.objects.get().pk, port=port, at=NOW)

    order.refresh_from_db()
    assert (order.status, refund.status) == (OrderStatus.CANCELLED, RefundStatus.SUCCEEDED)
    assert window_of(order).num_allocated == 0
    assert account_balance_fen(PROVIDER) == 0
    assert account_balance_fen(held_for_order(order.number)) == 0


def test_an_unpaid_order_is_not_cancelled_with_a_refund(order):
    with pytest.raises(UnableToCancel):
        order_cancel(order_id=order.pk, at=NOW)

    assert not Refund.objects.exists()


def test_refunds_never_exceed_what_was_paid(order, port, control):
    order = paid(order, port, control)
    refund_request(order_id=order.pk, amount_fen=9000, purpose="CLAIM", key="a", at=NOW)

    with pytest.raises(RefundTooLarge) as error:
        refund_request(order_id=order.pk, amount_fen=561, purpose="CLAIM", key="b", at=NOW)

    assert error.value.left_fen == 560
    assert refund_request(order_id=order.pk, amount_fen=9000, purpose="CLAIM", key="a", at=NOW).amount_fen == 9000
    assert Refund.objects.aggregate(fen=Sum("amount_fen"))["fen"] == 9000
    assert order.lines.get().refunded_fen == 9000


def test_nothing_is_refunded_from_money_that_was_split(order, port, control):
    order = paid(order, port, control)
    order.lines.update(status=LineStatus.SETTLED)

    with pytest.raises(AlreadySettled):
        refund_request(order_id=order.pk, amount_fen=100, purpose="CLAIM", key="a", at=NOW)

    assert not Refund.objects.exists()


def test_a_refund_without_an_answer_is_sent_again_with_its_key_and_happens_once(order, port, control):
    order = paid(order, port, control)
    refund = refund_request(order_id=order.pk, amount_fen=1000, purpose="CLAIM", key="a", at=NOW)
    control.order_fault("lost_answer", path="/v1/refunds", times=1)
    with pytest.raises(Exception, match=r".*"):
        refund_send(refund_id=refund.pk, port=port, at=NOW)

    refund = refund_send(refund_id=refund.pk, port=port, at=NOW)

    assert refund.status == RefundStatus.SUCCEEDED
    assert len(port.refunds_of(order.payment_attempts.get().payment_reference)) == 1
    assert account_balance_fen(PROVIDER) == order.total_fen - 1000


def test_a_notice_is_stored_once_and_leads_to_a_question(order, port, control):
    attempt = payment_start(attempt_id=order.payment_attempts.get().pk, port=port, at=NOW)
    control.pay(attempt.session_id, at=NOW, quiet=True)
    notice = _notice(attempt.session_id, order.number)

    first, second = notice_receive(notice=notice, at=NOW), notice_receive(notice=notice, at=NOW)
    row = ProviderNotice.objects.get()
    for _time in range(3):
        notice_handle(notice_id=row.pk, reference=order.number, intent="", port=port, at=NOW)

    order.refresh_from_db()
    assert (first, second) == (True, False)
    assert order.status == OrderStatus.PAID
    assert Posting.objects.count() == 2


def test_a_notice_about_an_unknown_payment_is_an_anomaly(port):
    notice_receive(notice=_notice("cs_unknown", "NOSUCHORDER000"), at=NOW)

    notice_handle(notice_id=ProviderNotice.objects.get().pk, reference="NOSUCHORDER000", intent="", port=port, at=NOW)

    assert PaymentAnomaly.objects.get().what == "unknown-payment"


def _notice(object_id: str, reference: str) -> Notice:
    return Notice(
        event_id="evt_1",
        type="checkout.session.completed",
        created_at=NOW,
        object_id=object_id,
        object_type="checkout.session",
        livemode=False,
        reference=reference,
        payment_intent_id="",
    )


def _signed(body: bytes, secret: str = WEBHOOK_SECRET, at: float | None = None) -> str:
    stamp = int(at if at is not None else time.time())
    signature = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={signature}"


EVENT = {
    "id": "evt_web",
    "object": "event",
    "type": "checkout.session.completed",
    "created": 1,
    "livemode": False,
    "data": {"object": {"id": "cs_1", "object": "checkout.session", "client_reference_id": "X"}},
}


def test_the_webhook_answers_a_signed_notice_and_its_repetition_with_200(client, db):
    body = json.dumps(EVENT).encode()

    answers = [
        client.post(
            "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": _signed(body)}
        ).status_code
        for _time in range(3)
    ]

    assert answers == [200, 200, 200]
    assert ProviderNotice.objects.count() == 1


@pytest.mark.parametrize(
    ("case", "body", "header"),
    [
        ("forged", json.dumps(EVENT).encode(), lambda body: _signed(body, "whsec_other")),
        ("old", json.dumps(EVENT).encode(), lambda body: _signed(body, at=time.time() - 301)),
        ("future", json.dumps(EVENT).encode(), lambda body: _signed(body, at=time.time() + 310)),
        ("unsigned", json.dumps(EVENT).encode(), lambda body: ""),
        ("not utf-8", b"\xff\xfe{", _signed),
        ("not an object", b"[1]", _signed),
        ("deep", b"[" * 100_000, _signed),
    ],
)
def test_a_notice_that_cannot_be_trusted_is_a_400_and_leaves_no_row(client, db, case, body, header):
    answer = client.post(
        "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": header(body)}
    )

    assert answer.status_code == 400
    assert not ProviderNotice.objects.exists()


def test_the_sweeper_finds_what_no_notice_brought(order, port, control):
    attempt = payment_start(attempt_id=order.payment_attempts.get().pk, port=port, at=NOW)
    control.pay(attempt.session_id, at=NOW, quiet=True)

    asked = payments_sweep(port=port, at=NOW + timedelta(minutes=3))

    order.refresh_from_db()
    assert (asked, order.status) == (1, OrderStatus.PAID)


def test_oscar_s_decimals_equal_the_fen(order):
    assert order.total_incl_tax == Decimal(order.total_fen) / 100
