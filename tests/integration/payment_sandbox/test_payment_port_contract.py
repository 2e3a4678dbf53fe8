"""What every adapter of the payment port must do, tried on the Stripe adapter against the sandbox process."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from marketplace.payment.port import (
    KeyReused,
    PaymentMisconfigured,
    PaymentRefused,
    PaymentRequest,
    PaymentState,
    PaymentStatus,
    PaymentUnavailable,
    RefundRequest,
    RefundState,
    ReversalInstruction,
    TransferInstruction,
)
from marketplace.payment.sandbox.control_client import SandboxControl
from marketplace.payment.stripe_adapter import StripePort
from tests.payment_sandbox import SECRET_KEY, WEBHOOK_SECRET, SandboxProcess, Shop, free_port

RequestFor = Callable[..., PaymentRequest]
Paid = Callable[..., PaymentStatus]


def refund_of(paid: PaymentStatus, amount_fen: int, key: str) -> RefundRequest:
    return RefundRequest(
        payment_intent_id=paid.payment_intent_id,
        amount_fen=amount_fen,
        idempotency_key=key,
        order_number=paid.reference,
        reference=f"ref-{key}",
    )


def transfer_of(paid: PaymentStatus, amount_fen: int, key: str, *, source: bool = True) -> TransferInstruction:
    return TransferInstruction(
        destination_account="acct_liangshan",
        amount_fen=amount_fen,
        idempotency_key=key,
        transfer_group=paid.reference,
        reference=f"line-{key}",
        source_charge_id=paid.charge_id if source else "",
    )


def test_a_started_session_is_open_and_carries_the_order(port: StripePort, request_for: RequestFor) -> None:
    request = request_for()

    redirect = port.start(port.start_params(request), request.idempotency_key)

    status = port.status(redirect.session_id)
    assert status.state is PaymentState.OPEN
    assert (status.amount_fen, status.currency, status.livemode) == (8600, "cny", False)
    assert status.reference == "FL-7K3M-9QXD"
    assert status.url == redirect.url
    assert redirect.expires_at == request.expires_at.replace(microsecond=0)
    assert (status.payment_intent_id, status.charge_id, status.fee_fen, status.paid_at) == ("", "", None, None)


def test_the_same_key_and_parameters_give_the_same_session(port: StripePort, request_for: RequestFor) -> None:
    request = request_for()
    params = port.start_params(request)
    first = port.start(params, request.idempotency_key)
    # As a JSON column gives them back: other order of names, same values.
    stored = json.loads(json.dumps(dict(reversed(params.items()))))

    second = port.start(stored, request.idempotency_key)

    assert second == first


def test_the_same_key_with_another_amount_is_refused(port: StripePort, request_for: RequestFor) -> None:
    request = request_for()
    port.start(port.start_params(request), request.idempotency_key)
    other = request_for(amount_fen=8601)

    with pytest.raises(KeyReused):
        port.start(port.start_params(other), request.idempotency_key)


def test_five_starts_at_once_open_one_session(port: StripePort, request_for: RequestFor) -> None:
    request = request_for()
    params = port.start_params(request)

    def start(_: int) -> str:
        while True:
            try:
                return port.start(params, request.idempotency_key).session_id
            except PaymentUnavailable as unavailable:
                if unavailable.reason != "in_flight":
                    raise

    with ThreadPoolExecutor(5) as pool:
        ids = set(pool.map(start, range(5)))

    assert len(ids) == 1


def test_a_start_whose_answer_is_lost_is_settled_by_the_same_call(
    port: StripePort, control: SandboxControl, request_for: RequestFor
) -> None:
    request = request_for()
    params = port.start_params(request)
    control.order_fault("lost_answer", path="/v1/checkout/sessions", times=1)
    with pytest.raises(PaymentUnavailable) as lost:
        port.start(params, request.idempotency_key)

    redirect = port.start(params, request.idempotency_key)

    now = datetime.now(UTC)
    found = port.find("FL-7K3M-9QXD", created_from=now - timedelta(minutes=1), created_to=now + timedelta(minutes=1))
    assert lost.value.reason == "connection"
    assert found == redirect


def test_a_start_that_comes_too_late_for_its_expiry_is_refused(port: StripePort, request_for: RequestFor) -> None:
    request = request_for(expires_at=datetime.now(UTC) + timedelta(minutes=29))

    with pytest.raises(PaymentRefused) as refused:
        port.start(port.start_params(request), request.idempotency_key)

    assert refused.value.param == "expires_at"


def test_find_looks_through_more_than_one_page(
    port: StripePort, port_at: Callable[[datetime], StripePort], request_for: RequestFor
) -> None:
    start = datetime.now(UTC) - timedelta(minutes=4)
    for number in range(103):
        request = request_for(f"FL-{number}", expires_at=start + timedelta(hours=1))
        port_at(start + timedelta(seconds=number)).start(port.start_params(request), request.idempotency_key)

    oldest = port.find("FL-0", created_from=start - timedelta(seconds=1), created_to=start + timedelta(minutes=4))
    absent = port.find("FL-X", created_from=start - timedelta(seconds=1), created_to=start + timedelta(minutes=4))

    assert oldest is not None
    assert port.status(oldest.session_id).reference == "FL-0"
    assert absent is None


def test_a_paid_session_says_what_was_taken_and_when(paid: Paid) -> None:
    before = datetime.now(UTC).replace(microsecond=0)

    status = paid()

    # 0.6 % of 86.00 is 0.516, rounded half up.
    assert (status.state, status.amount_fen, status.fee_fen) == (PaymentState.PAID, 8600, 52)
    assert status.payment_intent_id.startswith("pi_")
    assert status.charge_id.startswith("ch_")
    assert status.paid_at is not None
    assert before <= status.paid_at <= datetime.now(UTC)
    assert status.url == ""


@pytest.mark.parametrize("method", ["card_declined", "card_insufficient_funds"])
def test_a_declined_card_leaves_the_session_open(
    port: StripePort, control: SandboxControl, request_for: RequestFor, method: str
) -> None:
    request = request_for()
    redirect = port.start(port.start_params(request), request.idempotency_key)

    answer = control.pay(redirect.session_id, method=method)

    status = port.status(redirect.session_id)
    assert answer["refusal"] == "card_declined"
    assert status.state is PaymentState.OPEN
    assert status.paid_at is None


@pytest.mark.parametrize("method", ["card_3ds", "alipay", "wechat_pay"])
def test_a_refused_consent_takes_nothing_and_a_given_one_pays(
    port: StripePort, control: SandboxControl, request_for: RequestFor, method: str
) -> None:
    request = request_for()
    redirect = port.start(port.start_params(request), request.idempotency_key)

    control.pay(redirect.session_id, method=method, outcome="refuse")
    after_refusal = port.status(redirect.session_id)
    control.pay(redirect.session_id, method=method, outcome="accept")

    assert (after_refusal.state, after_refusal.charge_id) == (PaymentState.OPEN, "")
    assert port.status(redirect.session_id).state is PaymentState.PAID


def test_an_expired_session_can_no_longer_be_paid(
    port: StripePort, control: SandboxControl, request_for: RequestFor
) -> None:
    request = request_for()
    redirect = port.start(port.start_params(request), request.idempotency_key)

    ended = port.expire(redirect.session_id)

    answer = control.pay(redirect.session_id)
    assert ended.state is PaymentState.EXPIRED
    assert answer["status"] == "expired"
    assert port.status(redirect.session_id).state is PaymentState.EXPIRED


def test_expiring_twice_says_expired_twice(port: StripePort, request_for: RequestFor) -> None:
    request = request_for()
    redirect = port.start(port.start_params(request), request.idempotency_key)
    port.expire(redirect.session_id)

    assert port.expire(redirect.session_id).state is PaymentState.EXPIRED


def test_expiring_a_paid_session_says_paid(port: StripePort, paid: Paid) -> None:
    status = paid()

    assert port.expire(status.session_id) == status


def test_five_payments_at_once_take_the_money_once(
    sandbox: SandboxProcess, port: StripePort, request_for: RequestFor, api: httpx.Client
) -> None:
    request = request_for()
    redirect = port.start(port.start_params(request), request.idempotency_key)

    def pay(_: int) -> str:
        control = SandboxControl(sandbox.base_url, SECRET_KEY)
        try:
            return str(control.pay(redirect.session_id)["payment_status"])
        finally:
            control.close()

    with ThreadPoolExecutor(5) as pool:
        said = list(pool.map(pay, range(5)))

    assert said == ["paid"] * 5
    assert [charge["amount"] for charge in api.get("/v1/charges").json()["data"]] == [8600]


def test_paying_and_expiring_at_once_has_one_winner(
    sandbox: SandboxProcess, port: StripePort, control: SandboxControl, request_for: RequestFor
) -> None:
    ends = set()
    for number in range(20):
        request = request_for(f"FL-{number}")
        redirect = port.start(port.start_params(request), request.idempotency_key)
        with ThreadPoolExecutor(2) as pool:
            expired = pool.submit(port.expire, redirect.session_id)
            answer = pool.submit(control.pay, redirect.session_id)
        status = port.status(redirect.session_id)
        ends.add(status.state)

        assert expired.result() == status
        assert (answer.result()["payment_status"] == "paid") is (status.state is PaymentState.PAID)

    assert ends <= {PaymentState.PAID, PaymentState.EXPIRED}


def test_expiring_while_the_provider_is_down_says_nothing(
    port: StripePort, control: SandboxControl, request_for: RequestFor
) -> None:
    request = request_for()
    redirect = port.start(port.start_params(request), request.idempotency_key)
    control.order_fault("outage", path="*/expire")

    with pytest.raises(PaymentUnavailable):
        port.expire(redirect.session_id)

    assert port.status(redirect.session_id).state is PaymentState.OPEN


def test_a_session_that_will_not_expire_and_stays_open_is_not_settled(
    port: StripePort, control: SandboxControl, request_for: RequestFor
) -> None:
    request = request_for()
    redirect = port.start(port.start_params(request), request.idempotency_key)
    control.order_fault("refusal", path="*/expire", times=1)

    with pytest.raises(PaymentUnavailable) as unsettled:
        port.expire(redirect.session_id)

    assert unsettled.value.reason == "in_flight"
    assert port.expire(redirect.session_id).state is PaymentState.EXPIRED


def test_a_replay_is_the_same_to_the_byte(request_for: RequestFor) -> None:
    listener = Shop()
    port = StripePort(
        secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_base=listener.url.removesuffix("/webhooks/stripe/")
    )
    params = port.start_params(request_for())
    stored = json.loads(json.dumps({**dict(reversed(params.items())), "metadata": dict(params["metadata"])}))

    for each in (params, stored):
        # The listener's answer is empty, which settles nothing.
        with pytest.raises(PaymentUnavailable) as unreadable:
            port.start(each, "k")
        assert unreadable.value.reason == "answer"
    listener.close()

    first, second = listener.deliveries
    assert first.body == second.body
    assert b"FL-7K3M-9QXD" in first.body
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"] == "k"


def test_an_unknown_session_is_refused(port: StripePort) -> None:
    with pytest.raises(PaymentRefused) as refused:
        port.status("cs_test_nobody")

    assert refused.value.code == "resource_missing"


def test_wrong_keys_are_our_fault_and_settle_nothing(sandbox: SandboxProcess) -> None:
    stranger = StripePort(secret_key="sk_test_wrong", webhook_secret=WEBHOOK_SECRET, api_base=sandbox.base_url)

    with pytest.raises(PaymentMisconfigured):
        stranger.status("cs_test_nobody")


def test_a_provider_that_is_not_there_is_unavailable() -> None:
    port = StripePort(secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_base=f"http://127.0.0.1:{free_port()}")

    with pytest.raises(PaymentUnavailable) as absent:
        port.status("cs_test_nobody")

    assert absent.value.reason == "connection"


def test_a_part_and_then_the_rest_can_be_refunded_and_no_more(port: StripePort, paid: Paid) -> None:
    status = paid()

    part = port.refund(refund_of(status, 600, "a"))
    rest = port.refund(refund_of(status, 8000, "b"))

    assert (part.state, part.amount_fen, part.order_number, part.reference) == (
        RefundState.SUCCEEDED,
        600,
        "FL-7K3M-9QXD",
        "ref-a",
    )
    with pytest.raises(PaymentRefused) as refused:
        port.refund(refund_of(status, 1, "c"))
    assert refused.value.code == "charge_already_refunded"
    assert port.refunds_of(status.payment_intent_id) == (rest, part)


def test_more_than_is_left_is_refused(port: StripePort, paid: Paid) -> None:
    status = paid()
    port.refund(refund_of(status, 600, "a"))

    with pytest.raises(PaymentRefused):
        port.refund(refund_of(status, 8001, "b"))

    assert [refund.amount_fen for refund in port.refunds_of(status.payment_intent_id)] == [600]


def test_ten_refunds_at_once_never_exceed_the_payment(port: StripePort, paid: Paid) -> None:
    status = paid(amount_fen=1000)

    def refund(number: int) -> bool:
        try:
            port.refund(refund_of(status, 300, f"key-{number}"))
        except PaymentRefused:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        granted = list(pool.map(refund, range(10)))

    assert sum(granted) == 3
    assert sum(refund.amount_fen for refund in port.refunds_of(status.payment_intent_id)) == 900


def test_a_refund_whose_answer_is_lost_happens_once(port: StripePort, control: SandboxControl, paid: Paid) -> None:
    status = paid()
    control.order_fault("lost_answer", path="/v1/refunds", times=1)
    with pytest.raises(PaymentUnavailable):
        port.refund(refund_of(status, 600, "a"))

    again = port.refund(refund_of(status, 600, "a"))

    assert port.refunds_of(status.payment_intent_id) == (again,)


def test_a_refund_that_takes_time_is_pending_and_then_succeeds(
    port: StripePort, control: SandboxControl, paid: Paid
) -> None:
    status = paid(method="card_refund_later")

    first = port.refund(refund_of(status, 600, "a"))
    control.settle_refund(first.refund_id, "succeeded")

    assert first.state is RefundState.PENDING
    assert port.refund_status(first.refund_id).state is RefundState.SUCCEEDED


def test_a_failed_refund_leaves_the_money_to_be_refunded_again(
    port: StripePort, control: SandboxControl, paid: Paid
) -> None:
    status = paid(method="card_refund_fails")
    first = port.refund(refund_of(status, 8600, "a"))
    control.settle_refund(first.refund_id, "failed")

    second = port.refund(refund_of(status, 8600, "b"))

    failed = port.refund_status(first.refund_id)
    assert (failed.state, failed.failure_reason) == (RefundState.FAILED, "expired_or_canceled_card")
    assert second.state is RefundState.PENDING


def test_an_unpaid_order_cannot_be_refunded(port: StripePort, control: SandboxControl, request_for: RequestFor) -> None:
    request = request_for()
    redirect = port.start(port.start_params(request), request.idempotency_key)
    control.pay(redirect.session_id, method="card_declined")
    status = port.status(redirect.session_id)

    with pytest.raises(PaymentRefused):
        port.refund(refund_of(status, 1, "a"))


def test_a_transfer_is_made_once_for_each_key(port: StripePort, paid: Paid) -> None:
    status = paid()

    first = port.transfer(transfer_of(status, 5000, "a"))
    again = port.transfer(transfer_of(status, 5000, "a"))

    assert first == again
    assert (first.amount_fen, first.reversed_fen, first.reference) == (5000, 0, "line-a")
    assert first.destination_account == "acct_liangshan"


def test_transfers_from_one_charge_never_exceed_it(port: StripePort, paid: Paid) -> None:
    status = paid()
    port.transfer(transfer_of(status, 5000, "a"))

    with pytest.raises(PaymentRefused) as refused:
        port.transfer(transfer_of(status, 3601, "b"))

    assert refused.value.code == "balance_insufficient"


def test_a_transfer_beyond_the_balance_is_refused_and_can_be_made_later(port: StripePort, paid: Paid) -> None:
    first = paid("FL-1")
    with pytest.raises(PaymentRefused) as refused:
        port.transfer(transfer_of(first, 9000, "a", source=False))
    paid("FL-2")

    later = port.transfer(transfer_of(first, 9000, "b", source=False))

    assert refused.value.code == "balance_insufficient"
    assert later.amount_fen == 9000


def test_two_transfers_at_once_do_not_spend_the_same_money(port: StripePort, paid: Paid) -> None:
    status = paid()

    def transfer(number: int) -> bool:
        try:
            port.transfer(transfer_of(status, 5000, f"key-{number}", source=False))
        except PaymentRefused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        granted = list(pool.map(transfer, range(4)))

    assert sum(granted) == 1


def test_a_disabled_account_receives_nothing_until_it_is_enabled(
    port: StripePort, control: SandboxControl, paid: Paid
) -> None:
    status = paid()
    control.change_account("acct_liangshan", state="disabled")
    with pytest.raises(PaymentRefused) as refused:
        port.transfer(transfer_of(status, 100, "a"))
    control.change_account("acct_liangshan", state="enabled")

    transfer = port.transfer(transfer_of(status, 100, "b"))

    assert refused.value.code == "account_invalid"
    assert transfer.amount_fen == 100


def test_a_reversal_reaches_as_far_as_the_account_does(port: StripePort, control: SandboxControl, paid: Paid) -> None:
    status = paid()
    transfer = port.transfer(transfer_of(status, 5000, "a"))
    left = control.change_account("acct_liangshan", payout_fen=4000)

    reversal = port.reverse(
        ReversalInstruction(transfer_id=transfer.transfer_id, amount_fen=900, idempotency_key="r", reference="claim-1")
    )

    too_much = ReversalInstruction(
        transfer_id=transfer.transfer_id, amount_fen=101, idempotency_key="s", reference="claim-2"
    )
    with pytest.raises(PaymentRefused) as refused:
        port.reverse(too_much)
    assert left == 1000
    assert (reversal.amount_fen, reversal.transfer_id, reversal.reference) == (900, transfer.transfer_id, "claim-1")
    assert refused.value.code == "balance_insufficient"
