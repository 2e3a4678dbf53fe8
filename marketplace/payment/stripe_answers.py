"""
Stripe's objects read as the port's: plain data in, plain data out. Missing fields raise LookupError or TypeError.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marketplace.payment.port import (
    Notice,
    PaymentState,
    PaymentStatus,
    Redirect,
    RefundOutcome,
    RefundState,
    ReversalOutcome,
    TransferOutcome,
)

_REFUND_STATES = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def _id(value: Any) -> str:
    """The id of a field that may be absent, an id, or the object itself."""
    if isinstance(value, Mapping):
        return str(value["id"])
    return str(value or "")


def redirect_of(session: Mapping[str, Any]) -> Redirect:
    return Redirect(session_id=session["id"], url=session.get("url") or "", expires_at=_time(session["expires_at"]))


def status_of(session: Mapping[str, Any]) -> PaymentStatus:
    intent = session.get("payment_intent")
    charge = intent.get("latest_charge") if isinstance(intent, Mapping) else None
    booked = charge.get("balance_transaction") if isinstance(charge, Mapping) else None
    state = PaymentState.UNKNOWN
    if session["status"] == "open":
        state = PaymentState.OPEN
    elif session["status"] == "expired":
        state = PaymentState.EXPIRED
    elif session["status"] == "complete" and session["payment_status"] == "paid":
        state = PaymentState.PAID
    return PaymentStatus(
        session_id=session["id"],
        state=state,
        amount_fen=session["amount_total"],
        currency=session["currency"],
        livemode=session["livemode"],
        reference=session.get("client_reference_id") or "",
        url=session.get("url") or "",
        expires_at=_time(session["expires_at"]),
        payment_intent_id=_id(intent),
        charge_id=_id(charge),
        fee_fen=booked["fee"] if isinstance(booked, Mapping) else None,
        paid_at=_time(charge["created"]) if state is PaymentState.PAID and isinstance(charge, Mapping) else None,
    )


def refund_of(refund: Mapping[str, Any]) -> RefundOutcome:
    metadata = refund.get("metadata") or {}
    return RefundOutcome(
        refund_id=refund["id"],
        state=_REFUND_STATES.get(refund["status"], RefundState.PENDING),
        amount_fen=refund["amount"],
        currency=refund["currency"],
        payment_intent_id=_id(refund.get("payment_intent")),
        charge_id=_id(refund.get("charge")),
        order_number=metadata.get("order_number", ""),
        reference=metadata.get("refund_reference", ""),
        failure_reason=refund.get("failure_reason") or "",
    )


def transfer_of(transfer: Mapping[str, Any]) -> TransferOutcome:
    return TransferOutcome(
        transfer_id=transfer["id"],
        amount_fen=transfer["amount"],
        reversed_fen=transfer["amount_reversed"],
        currency=transfer["currency"],
        destination_account=_id(transfer["destination"]),
        reference=(transfer.get("metadata") or {}).get("reference", ""),
    )


def reversal_of(reversal: Mapping[str, Any]) -> ReversalOutcome:
    return ReversalOutcome(
        reversal_id=reversal["id"],
        transfer_id=_id(reversal["transfer"]),
        amount_fen=reversal["amount"],
        currency=reversal["currency"],
        reference=(reversal.get("metadata") or {}).get("reference", ""),
    )


def notice_of(event: Any) -> Notice:
    """Read an event that was checked before. Raises LookupError, TypeError or ValueError where it has not the shape."""
    thing = event["data"]["object"]
    metadata = thing.get("metadata") or {}
    is_intent = thing["object"] == "payment_intent"
    reference = thing.get("client_reference_id") or metadata.get("order_number") or ""
    notice = Notice(
        event_id=event["id"],
        type=event["type"],
        created_at=_time(event["created"]),
        object_id=thing["id"],
        object_type=thing["object"],
        livemode=event["livemode"],
        reference=reference,
        payment_intent_id=thing["id"] if is_intent else _id(thing.get("payment_intent")),
    )
    texts = (notice.event_id, notice.type, notice.object_id, notice.object_type, notice.reference)
    if not all(isinstance(text, str) for text in texts) or not notice.event_id or "\x00" in "".join(texts):
        raise ValueError("ids must be texts")
    if not isinstance(notice.livemode, bool):
        raise TypeError("livemode must be true or false")
    return notice
