"""Faults on order, and what the adapter makes of each."""

import time
from collections.abc import Callable

import httpx
import pytest

from marketplace.payment.port import PaymentRequest, PaymentUnavailable
from marketplace.payment.sandbox.control_client import SandboxControl, SandboxRefused
from marketplace.payment.stripe_adapter import READ_SECONDS, StripePort


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("outage", "server"),
        ("bad_gateway", "server"),
        ("rate_limit", "rate_limit"),
        ("server_error", "server"),
        ("server_error_after", "server"),
        ("lost_answer", "connection"),
        ("reset", "connection"),
    ],
)
def test_each_fault_is_unavailability_and_passes(
    port: StripePort,
    control: SandboxControl,
    request_for: Callable[..., PaymentRequest],
    kind: str,
    reason: str,
) -> None:
    request = request_for()
    redirect = port.start(port.start_params(request), request.idempotency_key)
    control.order_fault(kind, times=1)

    with pytest.raises(PaymentUnavailable) as unavailable:
        port.status(redirect.session_id)

    assert unavailable.value.reason == reason
    assert port.status(redirect.session_id).reference == request.order_number
    assert [strike["kind"] for strike in control.faults()["log"]] == [kind]


def test_an_answer_that_takes_too_long_is_not_waited_for(
    port: StripePort, control: SandboxControl, request_for: Callable[..., PaymentRequest], api: httpx.Client
) -> None:
    request = request_for()
    params = port.start_params(request)
    control.order_fault("delay", seconds=READ_SECONDS + 1.5, times=1)
    started = time.monotonic()

    with pytest.raises(PaymentUnavailable) as unavailable:
        port.start(params, request.idempotency_key)

    assert unavailable.value.reason == "timeout"
    assert time.monotonic() - started < 8
    # Nobody waits any more, and yet the call takes effect: why a start without an answer is settled by its key.
    while not (sessions := api.get("/v1/checkout/sessions").json()["data"]):
        assert time.monotonic() - started < 15
    assert port.start(params, request.idempotency_key).session_id == sessions[0]["id"]


def test_an_outage_can_be_of_one_path_only(api: httpx.Client, control: SandboxControl) -> None:
    control.order_fault("outage", path="/v1/refunds*", method="get")

    assert api.get("/v1/refunds").status_code == 503
    assert api.get("/v1/refunds/re_no").status_code == 503
    assert api.post("/v1/refunds").status_code == 400
    assert api.get("/v1/transfers").status_code == 200
    control.clear_faults()
    assert api.get("/v1/refunds").status_code == 200


def test_the_same_seed_gives_the_same_series(api: httpx.Client, control: SandboxControl) -> None:
    def series(seed: int) -> list[int]:
        control.order_fault("outage", probability=0.5, seed=seed)
        statuses = [api.get("/v1/refunds").status_code for _ in range(20)]
        control.clear_faults()
        return statuses

    assert series(7) == series(7)
    assert series(7) != series(8)
    assert set(series(7)) == {200, 503}


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "meteor"},
        {"kind": "delay", "seconds": 1e9},
        {"kind": "delay", "seconds": "soon"},
        {"kind": "outage", "probability": 2},
        {"kind": "webhook_twice", "copies": 0},
    ],
)
def test_a_fault_that_cannot_be_is_refused(control: SandboxControl, spec: dict[str, object]) -> None:
    with pytest.raises(SandboxRefused) as refused:
        control.order_fault(**spec)

    assert refused.value.status == 400
    assert control.faults()["faults"] == []
