"""Webhooks on their way: signed, repeated, late, shuffled, forged, and never lost."""

import json
import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from marketplace.payment.port import ForgedNotice, Notice, PaymentRequest, PaymentState, PaymentStatus
from marketplace.payment.sandbox.control_client import SandboxControl
from marketplace.payment.stripe_adapter import StripePort
from tests.payment_sandbox import SECRET_KEY, WEBHOOK_SECRET, Delivery, SandboxProcess, Shop

Paid = Callable[..., PaymentStatus]

PAID_TYPES = [
    "charge.succeeded",
    "checkout.session.completed",
    "payment_intent.created",
    "payment_intent.succeeded",
]


def read(port: StripePort, delivery: Delivery) -> Notice:
    return port.parse_notice(delivery.headers, delivery.body, datetime.fromtimestamp(delivery.arrived_at, tz=UTC))


def types_of(deliveries: list[Delivery]) -> list[str]:
    return sorted(json.loads(delivery.body)["type"] for delivery in deliveries)


def all_ended(control: SandboxControl) -> bool:
    return all(row["state"] != "waiting" for row in control.deliveries())


def test_a_payment_is_told_by_signed_notices(port: StripePort, shop: Shop, paid: Paid) -> None:
    status = paid()

    deliveries = shop.wait_for(lambda arrived: len(arrived) >= 4)

    assert types_of(deliveries) == PAID_TYPES
    notices = {notice.type: notice for notice in (read(port, delivery) for delivery in deliveries)}
    completed = notices["checkout.session.completed"]
    assert (completed.object_id, completed.object_type) == (status.session_id, "checkout.session")
    assert completed.payment_intent_id == status.payment_intent_id
    assert {notice.reference for notice in notices.values()} == {"FL-7K3M-9QXD"}
    assert {notice.livemode for notice in notices.values()} == {False}
    assert notices["charge.succeeded"].object_id == status.charge_id
    assert len({notice.event_id for notice in notices.values()}) == 4


def test_what_else_happens_is_told_too(
    port: StripePort,
    control: SandboxControl,
    shop: Shop,
    api: httpx.Client,
    paid: Paid,
    request_for: Callable[..., PaymentRequest],
) -> None:
    request = request_for("FL-2")
    redirect = port.start(port.start_params(request), request.idempotency_key)
    control.pay(redirect.session_id, method="card_declined")
    port.expire(redirect.session_id)
    status = paid("FL-1", method="card_refund_later")
    refund = api.post("/v1/refunds", data={"charge": status.charge_id, "amount": "100"}).json()
    control.settle_refund(refund["id"], "succeeded")
    api.post(
        "/v1/transfers",
        data={"amount": "1", "currency": "cny", "destination": "acct_1", "source_transaction": status.charge_id},
    )

    deliveries = shop.wait_for(lambda arrived: len(arrived) >= 13)

    assert Counter(types_of(deliveries)) == Counter(
        [
            *PAID_TYPES,
            "payment_intent.created",
            "charge.failed",
            "payment_intent.payment_failed",
            "payment_intent.canceled",
            "checkout.session.expired",
            "refund.created",
            "charge.refunded",
            "refund.updated",
            "transfer.created",
        ]
    )


def test_a_refused_webhook_is_tried_again_and_given_up_at_last(
    shop: Shop, control: SandboxControl, api: httpx.Client, paid: Paid
) -> None:
    # Two retries are configured, so three tries for each of four events.
    shop.answers.extend([500] * 11)
    paid()

    deliveries = shop.wait_for(lambda arrived: len(arrived) >= 12)
    shop.wait_for(lambda _: all_ended(control))

    tries = Counter(json.loads(delivery.body)["id"] for delivery in deliveries)
    states = Counter(row["state"] for row in control.deliveries())
    pending = [event["pending_webhooks"] for event in api.get("/v1/events").json()["data"]]
    assert list(tries.values()) == [3, 3, 3, 3]
    assert states == {"given_up": 3, "delivered": 1}
    assert pending == [0, 0, 0, 0]


def test_each_try_is_signed_anew(shop: Shop, paid: Paid) -> None:
    shop.answers.extend([302] * 4)
    paid()

    deliveries = shop.wait_for(lambda arrived: len(arrived) >= 8)

    by_event: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        by_event.setdefault(json.loads(delivery.body)["id"], []).append(delivery)
    for first, second in by_event.values():
        assert first.body == second.body
        assert second.arrived_at - first.arrived_at >= 0.3


def test_a_webhook_can_come_twice(shop: Shop, control: SandboxControl, paid: Paid) -> None:
    control.order_fault("webhook_twice", path="checkout.session.completed", copies=3, times=1)
    paid()

    deliveries = shop.wait_for(lambda arrived: len(arrived) >= 6)

    assert Counter(types_of(deliveries))["checkout.session.completed"] == 3
    assert len({json.loads(delivery.body)["id"] for delivery in deliveries}) == 4


def test_a_webhook_can_be_late(shop: Shop, control: SandboxControl, paid: Paid) -> None:
    control.order_fault("webhook_late", path="checkout.session.completed", seconds=1)
    paid()

    deliveries = shop.wait_for(lambda arrived: len(arrived) >= 4)

    last = deliveries[-1]
    assert json.loads(last.body)["type"] == "checkout.session.completed"
    assert last.arrived_at - deliveries[0].arrived_at >= 0.9


def test_a_webhook_can_never_come(shop: Shop, control: SandboxControl, paid: Paid) -> None:
    control.order_fault("webhook_never", path="checkout.session.completed")
    paid()

    shop.wait_for(lambda arrived: len(arrived) >= 3)
    shop.wait_for(lambda _: all_ended(control))

    assert types_of(shop.deliveries) == [type for type in PAID_TYPES if type != "checkout.session.completed"]


def test_webhooks_can_be_shuffled(shop: Shop, control: SandboxControl, paid: Paid) -> None:
    control.order_fault("webhook_shuffled", seconds=1, seed=3)
    for number in range(4):
        paid(f"FL-{number}")

    deliveries = shop.wait_for(lambda arrived: len(arrived) >= 16)

    made = [row["event_id"] for row in reversed(control.deliveries())]
    arrived = [json.loads(delivery.body)["id"] for delivery in deliveries]
    assert sorted(arrived) == sorted(made)
    assert arrived != made


def test_a_forged_webhook_is_told_from_the_true_one(
    port: StripePort, shop: Shop, control: SandboxControl, paid: Paid
) -> None:
    control.order_fault("webhook_forged", path="checkout.session.completed", times=1)
    paid()

    deliveries = shop.wait_for(lambda arrived: len(arrived) >= 5)

    completed = [d for d in deliveries if json.loads(d.body)["type"] == "checkout.session.completed"]
    amounts: dict[bool, int] = {}
    for delivery in completed:
        amount = json.loads(delivery.body)["data"]["object"]["amount_total"]
        try:
            read(port, delivery)
        except ForgedNotice:
            amounts[False] = amount
        else:
            amounts[True] = amount
    assert amounts == {True: 8600, False: 8601}


@pytest.mark.parametrize("quiet_from_the_start", [True, False])
def test_history_can_be_made_without_webhooks(
    sandbox: SandboxProcess,
    shop: Shop,
    control: SandboxControl,
    request_for: Callable[..., PaymentRequest],
    api: httpx.Client,
    quiet_from_the_start: bool,
) -> None:
    port = StripePort(
        secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_base=sandbox.base_url, quiet=quiet_from_the_start
    )
    request = request_for()
    redirect = port.start(port.start_params(request), request.idempotency_key)

    # A session opened quietly stays quiet; another is quiet in what is asked for quietly.
    control.pay(redirect.session_id, quiet=not quiet_from_the_start)

    assert control.deliveries() == []
    assert shop.deliveries == []
    assert len(api.get("/v1/events").json()["data"]) == 4


def test_webhooks_outlive_a_crash_of_the_provider(request_for: Callable[..., PaymentRequest]) -> None:
    shop = Shop()
    shop.answers.extend([500] * 4)
    process = SandboxProcess(
        os.environ["DATABASE_URL"],
        f"test_fenglu_{os.getpid()}_sandbox_crash",
        webhook_url=shop.url,
        environment={"SANDBOX_RETRY_SECONDS": "1.5"},
    )
    try:
        process.start()
        control = SandboxControl(process.base_url, SECRET_KEY)
        port = StripePort(secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_base=process.base_url)
        request = request_for()
        redirect = port.start(port.start_params(request), request.idempotency_key)
        control.pay(redirect.session_id)
        shop.wait_for(lambda _: {row["last_status"] for row in control.deliveries()} == {500})
        control.close()
        process.kill()
        shop.forget()

        process.start()
        deliveries = shop.wait_for(lambda arrived: len(arrived) >= 4)
        status = port.status(redirect.session_id)
    finally:
        process.stop()
        shop.close()

    assert types_of(deliveries) == PAID_TYPES
    assert status.state is PaymentState.PAID
