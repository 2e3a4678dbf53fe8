"""Idempotency keys as Stripe documents them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx

from marketplace.payment.port import PaymentRequest, PaymentStatus
from marketplace.payment.sandbox.control_client import SandboxControl
from marketplace.payment.stripe_adapter import StripePort

SESSION = {
    "mode": "payment",
    "success_url": "http://127.0.0.1:1/ok",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "cny",
    "line_items[0][price_data][unit_amount]": "8600",
    "line_items[0][price_data][product_data][name]": "苹果",
}


def open_session(api: httpx.Client, key: str, **changes: str) -> httpx.Response:
    return api.post("/v1/checkout/sessions", data={**SESSION, **changes}, headers={"Idempotency-Key": key})


def num_sessions(api: httpx.Client) -> int:
    return len(api.get("/v1/checkout/sessions", params={"limit": 100}).json()["data"])


def test_a_replay_gives_the_same_bytes_and_says_so(api: httpx.Client) -> None:
    first = open_session(api, "k")
    second = open_session(api, "k")

    assert second.content == first.content
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["original-request"] == first.headers["request-id"]
    assert num_sessions(api) == 1


def test_the_order_of_the_parameters_does_not_matter(api: httpx.Client) -> None:
    first = open_session(api, "k")
    turned = dict(reversed(SESSION.items()))

    second = api.post("/v1/checkout/sessions", data=turned, headers={"Idempotency-Key": "k"})

    assert second.json()["id"] == first.json()["id"]


def test_a_replay_gives_the_first_answer_even_after_payment(api: httpx.Client, control: SandboxControl) -> None:
    first = open_session(api, "k")
    control.pay(first.json()["id"])

    assert open_session(api, "k").json()["status"] == "open"
    assert api.get(f"/v1/checkout/sessions/{first.json()['id']}").json()["status"] == "complete"


def test_other_parameters_under_the_key_are_an_error(api: httpx.Client) -> None:
    open_session(api, "k")

    other = open_session(api, "k", client_reference_id="FL-2")

    assert other.status_code == 400
    assert other.json()["error"]["type"] == "idempotency_error"
    assert num_sessions(api) == 1


def test_another_path_under_the_key_is_an_error(api: httpx.Client) -> None:
    session = open_session(api, "k").json()["id"]

    other = api.post(f"/v1/checkout/sessions/{session}/expire", headers={"Idempotency-Key": "k"})

    assert other.json()["error"]["type"] == "idempotency_error"
    assert api.get(f"/v1/checkout/sessions/{session}").json()["status"] == "open"


def test_a_key_in_flight_is_a_conflict(api: httpx.Client, control: SandboxControl) -> None:
    # Both calls are slow: whichever is given the key first holds it while the other asks.
    control.order_fault("slow", path="/v1/checkout/sessions", times=2, seconds=2)
    with ThreadPoolExecutor(2) as callers:
        answers = list(callers.map(lambda _: open_session(api, "k"), range(2)))

    carried_out, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert (carried_out.status_code, refused.status_code) == (200, 409)
    assert refused.json()["error"]["type"] == "idempotency_error"
    assert refused.headers["stripe-should-retry"] == "true"
    assert open_session(api, "k").json()["id"] == carried_out.json()["id"]


def test_refused_parameters_leave_the_key_free(api: httpx.Client) -> None:
    refused = open_session(api, "k", expires_at="1")

    assert refused.status_code == 400
    assert open_session(api, "k").status_code == 200


def test_a_refusal_by_the_state_of_things_is_kept(api: httpx.Client, paid: Callable[..., PaymentStatus]) -> None:
    status = paid()
    body = {"payment_intent": status.payment_intent_id}
    api.post("/v1/refunds", data=body)

    first = api.post("/v1/refunds", data=body, headers={"Idempotency-Key": "r"})
    second = api.post("/v1/refunds", data=body, headers={"Idempotency-Key": "r"})

    assert first.json()["error"]["code"] == "charge_already_refunded"
    assert (second.content, second.headers.get("idempotent-replayed")) == (first.content, "true")


def test_an_error_500_is_kept_under_its_key(api: httpx.Client, control: SandboxControl) -> None:
    control.order_fault("server_error", path="/v1/checkout/sessions", times=1)

    first = open_session(api, "k")
    second = open_session(api, "k")

    assert (first.status_code, second.status_code) == (500, 500)
    assert second.headers["idempotent-replayed"] == "true"
    assert num_sessions(api) == 0
    assert open_session(api, "another").status_code == 200


def test_a_session_behind_an_error_500_is_found_by_its_order(
    port: StripePort, control: SandboxControl, request_for: Callable[..., PaymentRequest], api: httpx.Client
) -> None:
    control.order_fault("server_error_after", path="/v1/checkout/sessions", method="POST", times=1)
    request = request_for()
    form = {**SESSION, "client_reference_id": request.order_number}
    failed = api.post("/v1/checkout/sessions", data=form, headers={"Idempotency-Key": request.idempotency_key})
    now = datetime.now(UTC)

    found = port.find(
        request.order_number, created_from=now - timedelta(minutes=1), created_to=now + timedelta(minutes=1)
    )

    assert failed.status_code == 500
    assert found is not None


def test_a_key_is_forgotten_after_a_day(api: httpx.Client) -> None:
    day = 24 * 60 * 60
    start = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp())

    def open_at(at: int) -> str:
        headers = {"Idempotency-Key": "k", "Fenglu-Sandbox-At": str(at)}
        return str(api.post("/v1/checkout/sessions", data=SESSION, headers=headers).json()["id"])

    first = open_at(start)

    assert open_at(start + day - 1) == first
    assert open_at(start + day) != first


def test_a_key_that_is_too_long_is_refused(api: httpx.Client) -> None:
    assert open_session(api, "k" * 256).status_code == 400
    assert open_session(api, "k" * 255).status_code == 200
