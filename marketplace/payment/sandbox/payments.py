"""
What paying does: an intent, a charge, a booking in the balance, a finished session, and the events that tell of it.
"""

from typing import Any

from marketplace.payment.sandbox import documents, events
from marketplace.payment.sandbox.bookings import book
from marketplace.payment.sandbox.calls import Call
from marketplace.payment.sandbox.documents import Document
from marketplace.payment.sandbox.errors import ApiError
from marketplace.payment.sandbox.methods import Method, Refusal


async def begin(call: Call, session: Document, method: Method, return_url: str) -> None:
    """Send the buyer to the bank or wallet: the payment waits for an answer there."""
    intent = await _attempt(call, session, method)
    intent.body |= {"status": "requires_action", "next_action": _next_action(method, return_url)}
    await documents.save(call.connection, intent)
    await events.record(call, "payment_intent.requires_action", intent, is_quiet=_is_quiet(session))


async def finish(call: Call, session: Document, method: Method, *, is_accepted: bool) -> Refusal | None:
    """
    Try to take the money for a held, open session, and say why not where it cannot be taken.

    ``is_accepted`` is the buyer's answer at the bank or wallet; it means nothing for methods that ask no consent.
    """
    refusal = method.refusal
    if method.needs_consent and is_accepted:
        refusal = None
    intent = await _attempt(call, session, method)
    if refusal is not None:
        await _fail(call, session, intent, method, refusal)
        return refusal
    await _succeed(call, session, intent, method)
    return None


def _is_quiet(session: Document) -> bool:
    return bool(session.private["is_quiet"])


async def _attempt(call: Call, session: Document, method: Method) -> Document:
    """The session's payment intent, made at the first attempt, with this method chosen."""
    if method.type not in session.body["payment_method_types"]:
        raise ApiError("This session does not take that payment method.", param="method")
    session.private["num_attempts"] += 1
    intent_id = session.body["payment_intent"]
    if intent_id:
        intent = await documents.get(call.connection, "payment_intent", intent_id, lock=True)
    else:
        intent = _new_intent(call, session)
        await documents.insert(call.connection, intent)
        session.body["payment_intent"] = intent.id
        await events.record(call, "payment_intent.created", intent, is_quiet=_is_quiet(session))
    intent.body["payment_method"] = call.id("pm_1", session.id, session.private["num_attempts"])
    intent.private["method"] = method.name
    await documents.save(call.connection, session)
    return intent


async def _succeed(call: Call, session: Document, intent: Document, method: Method) -> None:
    charge = _new_charge(call, session, intent, method, None)
    booking = await book(
        call,
        type="charge" if method.type == "card" else "payment",
        reporting_category="charge",
        amount=charge.body["amount"],
        fee=_fee(charge.body["amount"], call.config.fee_per_ten_thousand),
        currency=charge.body["currency"],
        source=charge.id,
    )
    charge.body["balance_transaction"] = booking["id"]
    await documents.insert(call.connection, charge)
    intent.body |= {
        "status": "succeeded",
        "amount_received": intent.body["amount"],
        "latest_charge": charge.id,
        "last_payment_error": None,
        "next_action": None,
    }
    await documents.save(call.connection, intent)
    session.body |= {
        "status": "complete",
        "payment_status": "paid",
        "url": None,
        "customer_details": {
            "address": None,
            "email": session.body["customer_email"],
            "name": None,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": None,
        },
    }
    await documents.save(call.connection, session)
    is_quiet = _is_quiet(session)
    await events.record(call, "charge.succeeded", charge, is_quiet=is_quiet)
    await events.record(call, "payment_intent.succeeded", intent, is_quiet=is_quiet)
    await events.record(call, "checkout.session.completed", session, is_quiet=is_quiet)


async def _fail(call: Call, session: Document, intent: Document, method: Method, refusal: Refusal) -> None:
    error: dict[str, Any] = {"type": "card_error", "code": refusal.code, "message": refusal.message}
    is_quiet = _is_quiet(session)
    # A card that is asked and says no leaves a failed charge; without the buyer's consent nothing is asked.
    if refusal.decline_code:
        charge = _new_charge(call, session, intent, method, refusal)
        await documents.insert(call.connection, charge)
        await events.record(call, "charge.failed", charge, is_quiet=is_quiet)
        error |= {"decline_code": refusal.decline_code, "charge": charge.id}
        intent.body["latest_charge"] = charge.id
    intent.body |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": error,
        "next_action": None,
    }
    await documents.save(call.connection, intent)
    await events.record(call, "payment_intent.payment_failed", intent, is_quiet=is_quiet)


def _fee(amount: int, per_ten_thousand: int) -> int:
    """The provider's fee, rounded half up to whole fen."""
    return (amount * per_ten_thousand + 5_000) // 10_000


def _new_intent(call: Call, session: Document) -> Document:
    id = call.id("pi_3", session.id)
    about = session.private["intent"]
    body = {
        "id": id,
        "object": "payment_intent",
        "amount": session.body["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": f"{id}_secret_{call.id('', id, 'secret')}",
        "confirmation_method": "automatic",
        "created": call.at,
        "currency": session.body["currency"],
        "customer": None,
        "description": about["description"],
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": about["metadata"],
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": session.body["payment_method_types"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": about["transfer_group"],
    }
    return Document(id=id, kind="payment_intent", created=call.at, body=body, parent=session.id)


def _new_charge(call: Call, session: Document, intent: Document, method: Method, refusal: Refusal | None) -> Document:
    prefix = "ch_3" if method.type == "card" else "py_3"
    id = call.id(prefix, intent.id, session.private["num_attempts"])
    amount = intent.body["amount"]
    is_paid = refusal is None
    body = {
        "id": id,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount if is_paid else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None},
        "calculated_statement_descriptor": None,
        "captured": is_paid,
        "created": call.at,
        "currency": intent.body["currency"],
        "customer": None,
        "description": intent.body["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None if refusal is None else refusal.code,
        "failure_message": None if refusal is None else refusal.message,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent.body["metadata"],
        "on_behalf_of": None,
        "outcome": _outcome(refusal),
        "paid": is_paid,
        "payment_intent": intent.id,
        "payment_method": intent.body["payment_method"],
        "payment_method_details": _method_details(method),
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded" if is_paid else "failed",
        "transfer_data": None,
        "transfer_group": intent.body["transfer_group"],
    }
    private = {"refunds": method.refunds, "num_refunds": 0}
    return Document(id=id, kind="charge", created=call.at, body=body, private=private, parent=intent.id)


def _outcome(refusal: Refusal | None) -> dict[str, Any]:
    if refusal is None:
        return {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    return {
        "network_status": "declined_by_network",
        "reason": refusal.decline_code,
        "risk_level": "normal",
        "seller_message": refusal.message,
        "type": "issuer_declined",
    }


def _method_details(method: Method) -> dict[str, Any]:
    if method.type == "alipay":
        return {"type": "alipay", "alipay": {"fingerprint": None, "transaction_id": None}}
    if method.type == "wechat_pay":
        return {"type": "wechat_pay", "wechat_pay": {"fingerprint": None, "transaction_id": None}}
    return {
        "type": "card",
        "card": {
            "brand": method.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": None,
            "funding": "credit",
            "installments": None,
            "last4": method.last4,
            "mandate": None,
            "network": method.brand,
            "three_d_secure": None,
            "wallet": None,
        },
    }


def _next_action(method: Method, return_url: str) -> dict[str, Any]:
    if method.type == "alipay":
        redirect = {"native_data": None, "native_url": None, "return_url": return_url, "url": return_url}
        return {"type": "alipay_handle_redirect", "alipay_handle_redirect": redirect}
    if method.type == "wechat_pay":
        code = {
            "data": return_url,
            "hosted_instructions_url": return_url,
            "image_data_url": "data:,",
            "image_url_png": return_url,
            "image_url_svg": return_url,
        }
        return {"type": "wechat_pay_display_qr_code", "wechat_pay_display_qr_code": code}
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": return_url, "url": return_url},
    }
