"""Refunds: never more than was taken, at once or later as the paying method has it."""

from typing import Any

from marketplace.payment.sandbox import documents, events
from marketplace.payment.sandbox.bookings import book
from marketplace.payment.sandbox.calls import Call
from marketplace.payment.sandbox.documents import Document
from marketplace.payment.sandbox.errors import ApiError
from marketplace.payment.sandbox.parameters import Params

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
SETTLED_AS = ("succeeded", "failed")


async def create(call: Call, params: Params) -> dict[str, Any]:
    charge_id = params.text("charge", longest=100)
    intent_id = params.text("payment_intent", longest=100)
    amount = params.whole("amount", least=1, most=99_999_999)
    reason = params.text("reason", choices=REASONS)
    metadata = params.metadata()
    params.finish()
    if bool(charge_id) == bool(intent_id):
        raise ApiError("A refund names a charge or a payment intent.", code="parameter_missing", param="payment_intent")
    charge = await _charge(call, charge_id, intent_id)
    left = charge.body["amount_captured"] - charge.body["amount_refunded"]
    if left == 0:
        raise ApiError("This charge has been refunded in full.", code="charge_already_refunded", is_outcome=True)
    if amount is not None and amount > left:
        raise ApiError(
            f"The refund of {amount} is more than the {left} that is left of the charge.",
            code="amount_too_large",
            param="amount",
            is_outcome=True,
        )
    return await _refund(call, charge, amount or left, reason, metadata)


async def _charge(call: Call, charge_id: str | None, intent_id: str | None) -> Document:
    if intent_id:
        intent = await documents.get(call.connection, "payment_intent", intent_id, param="payment_intent")
        if intent.body["status"] != "succeeded":
            raise ApiError(
                "This payment intent has no successful charge to refund.",
                code="payment_intent_unexpected_state",
            )
        charge_id = intent.body["latest_charge"]
    charge = await documents.get(call.connection, "charge", str(charge_id), lock=True, param="charge")
    if not charge.body["paid"]:
        raise ApiError("This charge took no money.", code="charge_not_refundable")
    return charge


async def _refund(
    call: Call, charge: Document, amount: int, reason: str | None, metadata: dict[str, str]
) -> dict[str, Any]:
    charge.private["num_refunds"] += 1
    id = call.id("re_3", charge.id, charge.private["num_refunds"])
    is_later = charge.private["refunds"] != "at_once"
    body = {
        "id": id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge.id,
        "created": call.at,
        "currency": charge.body["currency"],
        "destination_details": None,
        "metadata": metadata,
        "payment_intent": charge.body["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending" if is_later else "succeeded",
        "transfer_reversal": None,
    }
    private: dict[str, Any] = {}
    if is_later:
        private["settles_as"] = "failed" if charge.private["refunds"] == "fail_later" else "succeeded"
        private["settles_at"] = call.real_at + call.config.refund_seconds
    booking = await book(
        call,
        type="refund" if charge.id.startswith("ch_") else "payment_refund",
        reporting_category="refund",
        amount=-amount,
        currency=charge.body["currency"],
        source=id,
    )
    body["balance_transaction"] = booking["id"]
    refund = Document(id=id, kind="refund", created=call.at, body=body, private=private, parent=charge.id)
    await documents.insert(call.connection, refund)
    charge.body["amount_refunded"] += amount
    charge.body["refunded"] = charge.body["amount_refunded"] == charge.body["amount_captured"]
    await documents.save(call.connection, charge)
    await events.record(call, "refund.created", refund)
    await events.record(call, "charge.refunded", charge)
    return body


async def settle(call: Call, id: str, outcome: str) -> dict[str, Any]:
    """Let a pending refund end as one of ``SETTLED_AS``; a failed one gives the money back to the platform."""
    refund = await documents.get(call.connection, "refund", id, lock=True)
    if refund.body["status"] != "pending":
        raise ApiError("This refund is settled.", code="refund_not_pending")
    refund.body["status"] = outcome
    refund.private.pop("settles_as", None)
    if outcome == "failed":
        refund.body["failure_reason"] = "expired_or_canceled_card"
        booking = await book(
            call,
            type="refund_failure",
            reporting_category="refund_failure",
            amount=refund.body["amount"],
            currency=refund.body["currency"],
            source=refund.id,
        )
        refund.body["failure_balance_transaction"] = booking["id"]
        charge = await documents.get(call.connection, "charge", refund.body["charge"], lock=True)
        charge.body["amount_refunded"] -= refund.body["amount"]
        charge.body["refunded"] = False
        await documents.save(call.connection, charge)
    await documents.save(call.connection, refund)
    await events.record(call, "refund.failed" if outcome == "failed" else "refund.updated", refund)
    if outcome == "failed":
        await events.record(call, "refund.updated", refund)
    return refund.body


async def due(call: Call) -> list[tuple[str, str]]:
    """Pending refunds whose time has come, with what they settle as."""
    cursor = await call.connection.execute(
        "SELECT id, private->>'settles_as' AS outcome FROM document WHERE kind = 'refund' AND private ? 'settles_as'"
        " AND (private->>'settles_at')::double precision <= %s ORDER BY seq LIMIT 100",
        (call.real_at,),
    )
    return [(row["id"], row["outcome"]) for row in await cursor.fetchall()]
