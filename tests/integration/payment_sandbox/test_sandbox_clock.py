"""Time in the sandbox: its own clock, and the simulated one by which history is made."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from marketplace.payment.port import PaymentRefused, PaymentRequest, PaymentState, RefundRequest
from marketplace.payment.sandbox.control_client import SandboxControl
from marketplace.payment.stripe_adapter import StripePort

SPRING = datetime(2026, 4, 3, 9, 30, tzinfo=UTC)

PortAt = Callable[[datetime], StripePort]
RequestFor = Callable[..., PaymentRequest]


def test_history_has_the_times_it_was_made_at(
    port_at: PortAt, port: StripePort, control: SandboxControl, request_for: RequestFor, api: httpx.Client
) -> None:
    request = request_for(expires_at=SPRING + timedelta(minutes=40))
    redirect = port_at(SPRING).start(port.start_params(request), request.idempotency_key)
    control.pay(redirect.session_id, at=SPRING + timedelta(minutes=5))
    status = port.status(redirect.session_id)
    refund = port_at(SPRING + timedelta(days=3)).refund(
        RefundRequest(
            payment_intent_id=status.payment_intent_id,
            amount_fen=100,
            idempotency_key="r",
            order_number="FL-1",
            reference="claim-1",
        )
    )

    created = api.get(f"/v1/refunds/{refund.refund_id}").json()["created"]
    assert status.paid_at == SPRING + timedelta(minutes=5)
    assert status.expires_at == SPRING + timedelta(minutes=40)
    assert created == int((SPRING + timedelta(days=3)).timestamp())


@pytest.mark.parametrize(
    ("minutes", "state"), [(39, PaymentState.PAID), (40, PaymentState.EXPIRED), (41, PaymentState.EXPIRED)]
)
def test_expiry_is_judged_by_the_calls_own_moment(
    port_at: PortAt,
    port: StripePort,
    control: SandboxControl,
    request_for: RequestFor,
    minutes: int,
    state: PaymentState,
) -> None:
    request = request_for(expires_at=SPRING + timedelta(minutes=40))
    redirect = port_at(SPRING).start(port.start_params(request), request.idempotency_key)

    control.pay(redirect.session_id, at=SPRING + timedelta(minutes=minutes))

    assert port.status(redirect.session_id).state is state


def test_a_simulated_session_is_left_alone_by_the_real_clock_until_someone_asks(
    port_at: PortAt, port: StripePort, control: SandboxControl, request_for: RequestFor
) -> None:
    request = request_for(expires_at=SPRING + timedelta(minutes=40))
    redirect = port_at(SPRING).start(port.start_params(request), request.idempotency_key)

    swept_before = control.sweep(at=SPRING + timedelta(minutes=39))
    open_then = port_at(SPRING + timedelta(minutes=39)).status(redirect.session_id).state
    swept_after = control.sweep(at=SPRING + timedelta(minutes=40))

    assert (swept_before, open_then, swept_after) == (0, PaymentState.OPEN, 1)
    assert port.status(redirect.session_id).state is PaymentState.EXPIRED


@pytest.mark.parametrize(("seconds", "is_taken"), [(1799, False), (1800, True), (86400, True), (86401, False)])
def test_a_session_stays_open_for_half_an_hour_to_a_day(
    port_at: PortAt, port: StripePort, request_for: RequestFor, seconds: int, is_taken: bool
) -> None:
    request = request_for(expires_at=SPRING + timedelta(seconds=seconds))
    params = port.start_params(request)

    if is_taken:
        assert port_at(SPRING).start(params, "k").session_id
    else:
        with pytest.raises(PaymentRefused):
            port_at(SPRING).start(params, "k")


def test_the_same_history_has_the_same_ids(
    port_at: PortAt, port: StripePort, control: SandboxControl, request_for: RequestFor
) -> None:
    def history() -> tuple[str, str, str]:
        control.reset()
        request = request_for(expires_at=SPRING + timedelta(minutes=40))
        redirect = port_at(SPRING).start(port.start_params(request), request.idempotency_key)
        control.pay(redirect.session_id, at=SPRING + timedelta(minutes=5), quiet=True)
        status = port.status(redirect.session_id)
        return (status.session_id, status.payment_intent_id, status.charge_id)

    assert history() == history()


@pytest.mark.parametrize("at", ["yesterday", "-5", "99999999999999"])
def test_a_moment_that_cannot_be_read_is_refused(api: httpx.Client, at: str) -> None:
    assert api.get("/v1/events", headers={"Fenglu-Sandbox-At": at}).status_code == 400
    assert api.post("/_sandbox/sweep", json={"_at": at}).status_code == 400


def test_a_pending_refund_ends_by_itself(
    port: StripePort, control: SandboxControl, request_for: RequestFor, api: httpx.Client
) -> None:
    request = request_for()
    redirect = port.start(port.start_params(request), request.idempotency_key)
    control.pay(redirect.session_id, method="card_refund_later")
    intent = port.status(redirect.session_id).payment_intent_id
    refund = port.refund(
        RefundRequest(
            payment_intent_id=intent, amount_fen=1, idempotency_key="r", order_number="FL-1", reference="claim-1"
        )
    )
    deadline = datetime.now(UTC) + timedelta(seconds=10)

    while port.refund_status(refund.refund_id).state.value == "PENDING" and datetime.now(UTC) < deadline:
        pass

    assert port.refund_status(refund.refund_id).state.value == "SUCCEEDED"
