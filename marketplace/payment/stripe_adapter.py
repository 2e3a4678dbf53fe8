"""
The payment port spoken to Stripe, or to the sandbox that stands for it. The only module that imports ``stripe``.

Every call is tried once, waits at most eight seconds and is never repeated here: repeating with the stored key is the
caller's decision, because only the caller knows what it has stored.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import stripe
from django.conf import settings

from marketplace.payment.port import (
    ForgedNotice,
    KeyReused,
    MalformedNotice,
    Notice,
    PaymentMisconfigured,
    PaymentRefused,
    PaymentRequest,
    PaymentState,
    PaymentStatus,
    PaymentUnavailable,
    Redirect,
    RefundOutcome,
    RefundRequest,
    ReversalInstruction,
    ReversalOutcome,
    TransferInstruction,
    TransferOutcome,
)
from marketplace.payment.stripe_answers import (
    notice_of,
    redirect_of,
    refund_of,
    reversal_of,
    status_of,
    transfer_of,
)

API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS = 2
READ_SECONDS = 6
NOTICE_BYTES_MAX = 512 * 1024
NOTICE_TOLERANCE_SECONDS = 300
PAYMENT_METHODS = ("card", "alipay", "wechat_pay")
# Stripe cuts nothing off: a longer text is an error 400, so it is cut here.
NAME_CHARS_MAX = 250
DESCRIPTION_CHARS_MAX = 500
# A session found by listing is looked for among this many; an order has a handful of attempts within its hold.
FIND_PAGES_MAX = 20

SIGNATURE_TIME = re.compile(r"[0-9]{1,12}")

# Nothing about our requests' timing is any provider's business.
stripe.enable_telemetry = False


Answer = TypeVar("Answer")


class StripePort:
    """
    ``marketplace.payment.port.PaymentPort`` for one account.

    Parameters
    ----------
    secret_key, webhook_secret
        The account's keys; neither may be empty.
    api_base
        Where the API is; empty for Stripe's own address.
    at
        A simulated moment, told to the sandbox so that history can be made at past times. Never sent to Stripe itself.
    quiet
        Ask the sandbox not to send webhooks for what these calls bring about. Never sent to Stripe itself.
    """

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secret: str,
        api_base: str = "",
        at: datetime | None = None,
        quiet: bool = False,
    ) -> None:
        if not secret_key.strip() or not webhook_secret.strip():
            raise ValueError("Stripe's secret key and webhook secret must not be empty")
        self._client = _client(secret_key, api_base)
        self._webhook_secret = webhook_secret
        self._headers = sandbox_headers(api_base, at=at, quiet=quiet)

    def start_params(self, request: PaymentRequest) -> dict[str, Any]:
        product: dict[str, Any] = {"name": (request.title or request.order_number)[:NAME_CHARS_MAX]}
        description = _joined(request.descriptions)
        if description:
            product["description"] = description
        reference = {"order_number": request.order_number}
        return {
            "mode": "payment",
            "client_reference_id": request.order_number,
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": request.currency,
                        "unit_amount": request.amount_fen,
                        "product_data": product,
                    },
                }
            ],
            "metadata": reference,
            "payment_intent_data": {"metadata": dict(reference), "transfer_group": request.order_number},
            "payment_method_types": list(PAYMENT_METHODS),
            "payment_method_options": {"wechat_pay": {"client": "web"}},
            "locale": request.locale,
            "success_url": request.success_url,
            "cancel_url": request.cancel_url,
            "expires_at": int(request.expires_at.timestamp()),
        }

    def start(self, params: Mapping[str, Any], key: str) -> Redirect:
        # Sorted, because a JSON column forgets the order of names and a replay must be the same to the byte.
        body: Any = _sorted(params)
        return self._ask(lambda options: self._client.v1.checkout.sessions.create(body, options), redirect_of, key=key)

    def find(self, order_number: str, *, created_from: datetime, created_to: datetime) -> Redirect | None:
        query: Any = {
            "created": {"gte": int(created_from.timestamp()), "lte": int(created_to.timestamp())},
            "limit": 100,
        }
        for _page in range(FIND_PAGES_MAX):
            sessions, has_more = self._ask(partial(self._client.v1.checkout.sessions.list, query), _page_of)
            for session in sessions:
                if session.get("client_reference_id") == order_number:
                    return redirect_of(session)
            if not has_more:
                return None
            query = {**query, "starting_after": sessions[-1]["id"]}
        raise PaymentUnavailable("Too many sessions in the span to look through", reason="answer")

    def status(self, session_id: str) -> PaymentStatus:
        query: Any = {"expand": ["payment_intent.latest_charge.balance_transaction"]}
        return self._ask(
            lambda options: self._client.v1.checkout.sessions.retrieve(session_id, query, options), status_of
        )

    def expire(self, session_id: str) -> PaymentStatus:
        try:
            self._ask(lambda options: self._client.v1.checkout.sessions.expire(session_id, {}, options), redirect_of)
        except PaymentRefused as refusal:
            # Only an open session can be expired; how it ended instead is read here. One that is still open may be in
            # the middle of being paid: nothing is settled, and the call is to be made again.
            status = self.status(session_id)
            if status.state is PaymentState.OPEN:
                raise PaymentUnavailable("The session cannot be expired now", reason="in_flight") from refusal
            return status
        return self.status(session_id)

    def refund(self, request: RefundRequest) -> RefundOutcome:
        params: Any = {
            "payment_intent": request.payment_intent_id,
            "amount": request.amount_fen,
            "metadata": {"order_number": request.order_number, "refund_reference": request.reference},
        }
        return self._ask(
            lambda options: self._client.v1.refunds.create(params, options),
            refund_of,
            key=request.idempotency_key,
        )

    def refund_status(self, refund_id: str) -> RefundOutcome:
        return self._ask(lambda options: self._client.v1.refunds.retrieve(refund_id, {}, options), refund_of)

    def refunds_of(self, payment_intent_id: str) -> tuple[RefundOutcome, ...]:
        query: Any = {"payment_intent": payment_intent_id, "limit": 100}
        refunds, _ = self._ask(lambda options: self._client.v1.refunds.list(query, options), _page_of)
        return tuple(refund_of(refund) for refund in refunds)

    def transfer(self, instruction: TransferInstruction) -> TransferOutcome:
        params: Any = {
            "amount": instruction.amount_fen,
            "currency": instruction.currency,
            "destination": instruction.destination_account,
            "transfer_group": instruction.transfer_group,
            "metadata": {"reference": instruction.reference},
        }
        if instruction.source_charge_id:
            params["source_transaction"] = instruction.source_charge_id
        if instruction.description:
            params["description"] = instruction.description[:DESCRIPTION_CHARS_MAX]
        return self._ask(
            lambda options: self._client.v1.transfers.create(params, options),
            transfer_of,
            key=instruction.idempotency_key,
        )

    def reverse(self, instruction: ReversalInstruction) -> ReversalOutcome:
        params: Any = {"amount": instruction.amount_fen, "metadata": {"reference": instruction.reference}}
        return self._ask(
            lambda options: self._client.v1.transfers.reversals.create(instruction.transfer_id, params, options),
            reversal_of,
            key=instruction.idempotency_key,
        )

    def parse_notice(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Notice:
        if len(body) > NOTICE_BYTES_MAX:
            raise MalformedNotice("The notice is too long")
        self._check_signature(_header(headers, "stripe-signature"), body, at)
        try:
            event = json.loads(body.decode("utf-8"))
            return notice_of(event)
        except (
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            ArithmeticError,
            OSError,
            RecursionError,
        ) as error:
            raise MalformedNotice("The notice cannot be read") from error

    def _check_signature(self, header: str, body: bytes, at: datetime) -> None:
        """
        The provider's library bounds a signature's age but not its future, and reads the clock itself; we do neither.
        """
        fields = [field.strip().partition("=") for field in header.split(",")]
        times = [value for name, _, value in fields if name == "t"]
        if len(times) != 1 or not SIGNATURE_TIME.fullmatch(times[0]):
            raise ForgedNotice("The signature header has no time")
        expected = hmac.new(self._webhook_secret.encode(), times[0].encode() + b"." + body, hashlib.sha256).hexdigest()
        signatures = [value for name, _, value in fields if name == "v1"]
        if not any(hmac.compare_digest(expected.encode(), value.encode()) for value in signatures):
            raise ForgedNotice("No signature matches the notice")
        if abs(at.timestamp() - int(times[0])) > NOTICE_TOLERANCE_SECONDS:
            raise ForgedNotice("The signature is not of now")

    def _ask(self, call: Callable[[Any], Any], read: Callable[[Mapping[str, Any]], Answer], *, key: str = "") -> Answer:
        """Make one call and read its answer; a failure becomes one of the port's."""
        options: dict[str, Any] = {"headers": dict(self._headers)}
        if key:
            options["idempotency_key"] = key
        try:
            return read(call(options).to_dict())
        except stripe.StripeError as error:
            raise failure_of(error) from error
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise PaymentUnavailable("The provider's answer cannot be read", reason="answer") from error


@lru_cache(maxsize=8)
def _client(secret_key: str, api_base: str) -> stripe.StripeClient:
    """One client for each account: it keeps a connection open in each thread."""
    return stripe.StripeClient(
        secret_key,
        stripe_version=API_VERSION,
        base_addresses={"api": api_base} if api_base else None,
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
    )


def get_port(*, at: datetime | None = None, quiet: bool = False) -> StripePort:
    """
    The port of the account in the settings: STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_API_BASE.

    ``at`` and ``quiet`` are for making history against the sandbox (see ``StripePort``).
    """
    return StripePort(
        secret_key=settings.STRIPE_SECRET_KEY,
        webhook_secret=settings.STRIPE_WEBHOOK_SECRET,
        api_base=settings.STRIPE_API_BASE or "",
        at=at,
        quiet=quiet,
    )


def failure_of(error: stripe.StripeError) -> PaymentUnavailable | PaymentRefused:
    """Sort a failure of Stripe's library: 4xx that judge the call are permanent, all else passes."""
    message = error.user_message or type(error).__name__
    request_id = error.request_id or ""
    status = error.http_status
    if isinstance(error, stripe.APIConnectionError):
        # The library says "connection" of everything; the cause tells whether the wait ran out.
        cause = type(error.__cause__).__name__
        reason = "timeout" if "Timeout" in cause else "connection"
        return PaymentUnavailable("The provider did not answer", reason=reason)
    if isinstance(error, stripe.IdempotencyError):
        if status == 409:
            return PaymentUnavailable(message, reason="in_flight", request_id=request_id)
        return KeyReused(message, code="idempotency_error", request_id=request_id)
    if isinstance(error, stripe.RateLimitError):
        return PaymentUnavailable(message, reason="rate_limit", request_id=request_id)
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return PaymentMisconfigured(message, reason="keys", request_id=request_id)
    if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
        return PaymentRefused(message, code=error.code or "", param=error.param or "", request_id=request_id)
    if status == 409:
        return PaymentUnavailable(message, reason="in_flight", request_id=request_id)
    reason = "server" if status is not None and status >= 500 else "answer"
    return PaymentUnavailable(message, reason=reason, request_id=request_id)


def _page_of(page: Mapping[str, Any]) -> tuple[list[dict[str, Any]], bool]:
    return page["data"], page["has_more"]


def sandbox_headers(api_base: str, *, at: datetime | None, quiet: bool) -> dict[str, str]:
    """What is told to the sandbox beside the call; nothing where the address is Stripe's own."""
    host = urlsplit(api_base).hostname or "stripe.com"
    if host == "stripe.com" or host.endswith(".stripe.com"):
        return {}
    headers = {}
    if at is not None:
        headers["Fenglu-Sandbox-At"] = str(int(at.timestamp()))
    if quiet:
        headers["Fenglu-Sandbox-Quiet"] = "1"
    return headers


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sorted(value[name]) for name in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in value]
    return value


def _joined(descriptions: tuple[str, ...]) -> str:
    text = "; ".join(line.strip() for line in descriptions if line.strip())
    return text if len(text) <= DESCRIPTION_CHARS_MAX else text[: DESCRIPTION_CHARS_MAX - 1] + "…"


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for header, value in headers.items() if header.lower() == name), "")
