"""What the adapter makes of each failure of Stripe's library."""

from dataclasses import dataclass

import pytest
import stripe
from django.test import override_settings

from marketplace.payment.port import KeyReused, PaymentMisconfigured, PaymentRefused, PaymentUnavailable
from marketplace.payment.stripe_adapter import StripePort, failure_of, get_port


@dataclass(frozen=True)
class Case:
    label: str
    error: stripe.StripeError
    made: type[Exception]
    word: str


CASES = [
    Case("no answer", stripe.APIConnectionError("x"), PaymentUnavailable, "connection"),
    Case("server", stripe.APIError("x", http_status=500), PaymentUnavailable, "server"),
    Case("gateway", stripe.APIError("x", http_status=502), PaymentUnavailable, "server"),
    Case("in flight", stripe.APIError("x", http_status=409), PaymentUnavailable, "in_flight"),
    Case("in flight, other class", stripe.IdempotencyError("x", http_status=409), PaymentUnavailable, "in_flight"),
    Case("too fast", stripe.RateLimitError("x", http_status=429), PaymentUnavailable, "rate_limit"),
    Case("not JSON", stripe.APIError("x", http_status=200), PaymentUnavailable, "answer"),
    Case("wrong key", stripe.AuthenticationError("x", http_status=401), PaymentMisconfigured, "keys"),
    Case("key without right", stripe.PermissionError("x", http_status=403), PaymentMisconfigured, "keys"),
    Case("other parameters", stripe.IdempotencyError("x", http_status=400), KeyReused, "idempotency_error"),
    Case("missing", stripe.InvalidRequestError("x", "id", "resource_missing"), PaymentRefused, "resource_missing"),
    Case("declined", stripe.CardError("x", None, "card_declined"), PaymentRefused, "card_declined"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_eachfailure_of_is_sorted_into_passing_or_permanent(case: Case) -> None:
    failure = failure_of(case.error)

    word = failure.reason if isinstance(failure, PaymentUnavailable) else failure.code
    assert (type(failure), word) == (case.made, case.word)


def test_wrong_keys_count_as_passing_because_they_settle_nothing() -> None:
    assert issubclass(PaymentMisconfigured, PaymentUnavailable)


@override_settings(STRIPE_SECRET_KEY="sk_a", STRIPE_WEBHOOK_SECRET="whsec_a", STRIPE_API_BASE="http://127.0.0.1:1")
def test_the_port_is_made_from_the_settings_of_the_moment() -> None:
    assert isinstance(get_port(), StripePort)
    with override_settings(STRIPE_WEBHOOK_SECRET=""), pytest.raises(ValueError, match="must not be empty"):
        get_port()
