"""Payment requests as plain values, and the parameters made from them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marketplace.payment.port import PaymentRequest, RefundRequest, ReversalInstruction, TransferInstruction
from marketplace.payment.stripe_adapter import DESCRIPTION_CHARS_MAX, StripePort, sandbox_headers

PORT = StripePort(secret_key="sk_test", webhook_secret="whsec_test", api_base="http://127.0.0.1:1")
VALUES: dict[str, Any] = {
    "order_number": "FL-7K3M-9QXD",
    "amount_fen": 8600,
    "idempotency_key": "key-1",
    "success_url": "http://shop/paid/?session={CHECKOUT_SESSION_ID}",
    "cancel_url": "http://shop/back/",
    "expires_at": datetime(2026, 11, 25, 2, 40, tzinfo=UTC),
}


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"expires_at": datetime(2026, 11, 25, 2, 40)},  # noqa: DTZ001
        {"order_number": ""},
        {"idempotency_key": ""},
    ],
)
def test_a_request_that_cannot_be_paid_is_not_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must"):
        PaymentRequest(**{**VALUES, **changes})


@pytest.mark.parametrize("amount_fen", [0, -1])
def test_money_that_moves_is_more_than_nothing(amount_fen: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        RefundRequest(
            payment_intent_id="pi", amount_fen=amount_fen, idempotency_key="k", order_number="FL", reference="r"
        )
    with pytest.raises(ValueError, match="positive"):
        TransferInstruction(
            destination_account="acct_1", amount_fen=amount_fen, idempotency_key="k", transfer_group="FL", reference="r"
        )
    with pytest.raises(ValueError, match="positive"):
        ReversalInstruction(transfer_id="tr", amount_fen=amount_fen, idempotency_key="k", reference="r")


def test_the_parameters_are_plain_json_and_the_same_each_time() -> None:
    request = PaymentRequest(**VALUES, descriptions=("洛川苹果 5 kg × 2", "运费"))

    params = PORT.start_params(request)

    assert json.loads(json.dumps(params)) == params == PORT.start_params(request)


def test_the_parameters_carry_the_order_everywhere_it_is_looked_for() -> None:
    params = PORT.start_params(PaymentRequest(**VALUES))

    assert params["client_reference_id"] == "FL-7K3M-9QXD"
    assert params["metadata"] == {"order_number": "FL-7K3M-9QXD"}
    assert params["payment_intent_data"] == {
        "metadata": {"order_number": "FL-7K3M-9QXD"},
        "transfer_group": "FL-7K3M-9QXD",
    }
    (line,) = params["line_items"]
    assert line["quantity"] * line["price_data"]["unit_amount"] == 8600
    assert line["price_data"]["currency"] == "cny"
    assert params["expires_at"] == int((datetime(2026, 11, 25, 2, 0, tzinfo=UTC) + timedelta(minutes=40)).timestamp())


def test_long_descriptions_are_cut_and_empty_ones_left_out() -> None:
    long = PORT.start_params(PaymentRequest(**VALUES, descriptions=("苹果" * 400,)))
    empty = PORT.start_params(PaymentRequest(**VALUES, descriptions=("  ", "")))

    product = long["line_items"][0]["price_data"]["product_data"]
    assert len(product["description"]) == DESCRIPTION_CHARS_MAX
    assert product["description"].endswith("…")
    assert "description" not in empty["line_items"][0]["price_data"]["product_data"]


def test_a_simulated_moment_is_never_told_to_stripe_itself() -> None:
    at = datetime(2026, 4, 3, tzinfo=UTC)

    told = sandbox_headers("http://127.0.0.1:1", at=at, quiet=True)

    assert told == {"Fenglu-Sandbox-At": str(int(at.timestamp())), "Fenglu-Sandbox-Quiet": "1"}
    for base in ("", "https://api.stripe.com", "https://stripe.com:443"):
        assert sandbox_headers(base, at=at, quiet=True) == {}
