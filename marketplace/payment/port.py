"""
The port to a payment provider: what the shop may ask for, and what it is told.

Plain data and one protocol; no Django, no provider's library. Amounts are whole fen, times are aware datetimes.
A provider's adapter is the only code that knows how the provider spells any of this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Literal, Protocol

CURRENCY = "cny"


class PaymentUnavailable(Exception):
    """
    No answer that settles anything: a timeout, a 5xx, a limit reached, or the same key still in flight.

    Passing: ask again later with the same key and parameters. Whether the call took effect is not known.

    ``reason`` is one of ``timeout``, ``connection``, ``server``, ``in_flight``, ``rate_limit``, ``answer``, ``keys``.
    """

    def __init__(self, message: str, *, reason: str, request_id: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.request_id = request_id


class PaymentMisconfigured(PaymentUnavailable):
    """The provider does not accept our keys. Staff must mend it; nothing about the payment itself is settled."""


class PaymentRefused(Exception):
    """
    The provider understood and said no; the same call will never succeed.

    ``code`` is the provider's machine-readable word (``resource_missing``, ``charge_already_refunded`` ...), empty
    where it gave none; ``param`` names the parameter it objects to.
    """

    def __init__(self, message: str, *, code: str = "", param: str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.param = param
        self.request_id = request_id


class KeyReused(PaymentRefused):
    """The idempotency key was used before with other parameters, so a payment under that key may well exist."""


class ForgedNotice(Exception):
    """
    A notice whose signature is missing, wrong, or too far from now in either direction. Answer 400, store nothing.
    """


class MalformedNotice(Exception):
    """A notice that cannot be read: too long, not UTF-8, not an object, or without its id. Answer 400."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """
    One order to be paid on the provider's page.

    ``expires_at`` is when the page stops taking money; providers want at least 30 minutes from the call.
    ``success_url`` may hold ``{CHECKOUT_SESSION_ID}``, which the provider fills in. ``descriptions`` are the lines of
    the order in the buyer's words, shown on the page; they carry no amounts, the order is charged as one sum.
    ``title`` heads them; the order number stands in where it is empty.
    """

    order_number: str
    amount_fen: int
    idempotency_key: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    descriptions: tuple[str, ...] = ()
    title: str = ""
    locale: Literal["zh", "en"] = "zh"
    currency: str = CURRENCY

    def __post_init__(self) -> None:
        if self.amount_fen <= 0:
            raise ValueError("amount_fen must be positive")
        if self.expires_at.tzinfo is None:
            raise ValueError("expires_at must be aware")
        if not self.order_number or not self.idempotency_key:
            raise ValueError("order_number and idempotency_key must not be empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Where to send the buyer. ``url`` is empty once the session can no longer be paid."""

    session_id: str
    url: str
    expires_at: datetime


class PaymentState(Enum):
    """
    What the provider says of a session.

    ``UNKNOWN``: it finished but the money is still under way, or it uses a word we do not know. Not paid and not
    released.
    """

    OPEN = "OPEN"
    PAID = "PAID"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentStatus:
    """
    A session as the provider holds it now. Compare amount, currency, livemode and reference with the order before use.

    ``payment_intent_id`` and ``charge_id`` are empty until the buyer tried to pay; ``fee_fen`` is the provider's fee,
    None until it is booked; ``paid_at`` is when the money was taken, None unless paid.
    """

    session_id: str
    state: PaymentState
    amount_fen: int
    currency: str
    livemode: bool
    reference: str
    url: str
    expires_at: datetime
    payment_intent_id: str
    charge_id: str
    fee_fen: int | None
    paid_at: datetime | None


class RefundState(Enum):
    """``PENDING`` may still become either of the others; ``FAILED`` means the money stayed with us."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """
    Money back to the buyer. ``reference`` is our own refund's public id and comes back with every answer.

    The same request must be sent again unchanged when the first call got no answer.
    """

    payment_intent_id: str
    amount_fen: int
    idempotency_key: str
    order_number: str
    reference: str

    def __post_init__(self) -> None:
        if self.amount_fen <= 0:
            raise ValueError("amount_fen must be positive")
        if not self.payment_intent_id or not self.idempotency_key:
            raise ValueError("payment_intent_id and idempotency_key must not be empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOutcome:
    """A refund as the provider holds it now."""

    refund_id: str
    state: RefundState
    amount_fen: int
    currency: str
    payment_intent_id: str
    charge_id: str
    order_number: str
    reference: str
    failure_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferInstruction:
    """
    Money to a cooperative's account at the provider.

    ``source_charge_id`` ties the transfer to the charge it is paid from, so that it waits for that money; empty draws
    on the platform's balance.
    """

    destination_account: str
    amount_fen: int
    idempotency_key: str
    transfer_group: str
    reference: str
    source_charge_id: str = ""
    description: str = ""
    currency: str = CURRENCY

    def __post_init__(self) -> None:
        if self.amount_fen <= 0:
            raise ValueError("amount_fen must be positive")
        if not self.destination_account or not self.idempotency_key:
            raise ValueError("destination_account and idempotency_key must not be empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOutcome:
    """A transfer as the provider holds it now."""

    transfer_id: str
    amount_fen: int
    reversed_fen: int
    currency: str
    destination_account: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalInstruction:
    """Take back a part of a transfer. ``reference`` is our own id of the reversal."""

    transfer_id: str
    amount_fen: int
    idempotency_key: str
    reference: str

    def __post_init__(self) -> None:
        if self.amount_fen <= 0:
            raise ValueError("amount_fen must be positive")
        if not self.transfer_id or not self.idempotency_key:
            raise ValueError("transfer_id and idempotency_key must not be empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalOutcome:
    """A reversal as the provider holds it."""

    reversal_id: str
    transfer_id: str
    amount_fen: int
    currency: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """
    A signed hint that something changed. It may repeat, come late or out of order, and its object may be stale: use
    it to know what to ask about, never as the truth.

    ``reference`` is the public order number where the object carries one, else empty. ``object_id`` is the id of the
    object (session, payment intent, charge, refund, transfer) and ``object_type`` its kind in the provider's words.
    """

    event_id: str
    type: str
    created_at: datetime
    object_id: str
    object_type: str
    livemode: bool
    reference: str
    payment_intent_id: str


class PaymentPort(Protocol):
    """
    What every provider's adapter does. Each call may raise ``PaymentUnavailable`` (ask again) or ``PaymentRefused``
    (never).
    """

    def start_params(self, request: PaymentRequest) -> dict[str, Any]:
        """The exact parameters of ``start``, plain JSON. Store them with the key before the first call."""
        ...

    def start(self, params: Mapping[str, Any], key: str) -> Redirect:
        """
        Open a session, or get the one that this key opened before.

        Called again with the same key and parameters it never opens a second one while the provider remembers the key
        (24 hours). ``PaymentRefused`` other than ``KeyReused`` on such a call means that no session exists under the
        key.
        """
        ...

    def find(self, order_number: str, *, created_from: datetime, created_to: datetime) -> Redirect | None:
        """The newest session opened for an order in a span of time; for attempts whose key the provider forgot."""
        ...

    def status(self, session_id: str) -> PaymentStatus:
        """What the provider holds of a session now."""
        ...

    def expire(self, session_id: str) -> PaymentStatus:
        """
        See to it that a session can no longer be paid, and say how it ended: ``EXPIRED``, or ``PAID`` if the buyer
        was faster.
        """
        ...

    def refund(self, request: RefundRequest) -> RefundOutcome:
        """Give money back. More than what is left of the payment is refused."""
        ...

    def refund_status(self, refund_id: str) -> RefundOutcome:
        """What the provider holds of a refund now."""
        ...

    def refunds_of(self, payment_intent_id: str) -> tuple[RefundOutcome, ...]:
        """Every refund of a payment, newest first; for refunds whose key the provider forgot."""
        ...

    def transfer(self, instruction: TransferInstruction) -> TransferOutcome:
        """Pay a cooperative. ``PaymentRefused`` with code ``balance_insufficient`` leaves the debt open."""
        ...

    def reverse(self, instruction: ReversalInstruction) -> ReversalOutcome:
        """Take money back from a cooperative, as far as its balance reaches."""
        ...

    def parse_notice(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Notice:
        """
        Check a webhook's signature against the time of its arrival, and read it.

        Raises
        ------
        ForgedNotice
            If the signature is missing or wrong, or its time is more than 300 seconds before or after ``at``.
        MalformedNotice
            If the body cannot be read.
        """
        ...
