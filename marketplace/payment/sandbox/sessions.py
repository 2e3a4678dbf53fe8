"""Checkout sessions: opened by the shop, shown to the buyer, expired by either clock or shop."""

import secrets
from typing import Any
from urllib.parse import urlsplit

from marketplace.payment.sandbox import documents, events
from marketplace.payment.sandbox.calls import Call
from marketplace.payment.sandbox.documents import Document
from marketplace.payment.sandbox.errors import ApiError
from marketplace.payment.sandbox.parameters import Params

SESSION = "checkout.session"
OPEN_SECONDS_LEAST = 30 * 60
OPEN_SECONDS_MOST = 24 * 60 * 60
AMOUNT_MAX = 99_999_999
PAYMENT_METHODS = ("card", "alipay", "wechat_pay")
LOCALES = ("auto", "zh", "zh-TW", "zh-HK", "en", "en-GB")


async def create(call: Call, params: Params) -> dict[str, Any]:
    params.text("mode", choices=("payment",))
    if not params.has("mode"):
        raise ApiError("Only sessions of mode payment are made here.", code="parameter_missing", param="mode")
    reference = params.text("client_reference_id", longest=200)
    metadata = params.metadata()
    locale = params.text("locale", choices=LOCALES)
    success_url = params.url("success_url")
    if success_url is None:
        raise ApiError("A needed parameter is missing.", code="parameter_missing", param="success_url")
    cancel_url = params.url("cancel_url")
    methods = params.texts("payment_method_types") or list(PAYMENT_METHODS)
    if not set(methods) <= set(PAYMENT_METHODS):
        raise ApiError("This payment method is not offered here.", param="payment_method_types")
    expires_at = _expiry(call, params)
    currency, items = _line_items(params)
    total = sum(item["amount_total"] for item in items)
    if not 0 < total <= AMOUNT_MAX:
        code = "amount_too_small" if total <= 0 else "amount_too_large"
        raise ApiError("The total is out of bounds.", code=code, param="line_items")
    intent = _intent_data(params)
    email = params.text("customer_email", longest=800)
    params.skip("payment_method_options", "submit_type", "ui_mode", "billing_address_collection")
    params.finish()

    cause = call.idempotency_key or secrets.token_hex(16)
    id = call.id("cs_test_", cause, call.at, reference, length=58)
    body = {
        "id": id,
        "object": SESSION,
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": cancel_url,
        "client_reference_id": reference,
        "client_secret": None,
        "consent": None,
        "consent_collection": None,
        "created": call.at,
        "currency": currency,
        "custom_fields": [],
        "custom_text": {"shipping_address": None, "submit": None},
        "customer": None,
        "customer_creation": "if_required",
        "customer_details": None,
        "customer_email": email,
        "expires_at": expires_at,
        "invoice": None,
        "livemode": False,
        "locale": locale,
        "metadata": metadata,
        "mode": "payment",
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": methods,
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": None,
        "subscription": None,
        "success_url": success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "url": f"{call.config.base_url}/pay/{id}",
    }
    private = {
        "line_items": [{**item, "id": call.id("li_", id, place)} for place, item in enumerate(items)],
        "intent": intent,
        "is_quiet": call.is_quiet,
        "is_simulated": call.is_simulated,
        "num_attempts": 0,
    }
    await documents.insert(call.connection, Document(id=id, kind=SESSION, created=call.at, body=body, private=private))
    return body


async def expire(call: Call, id: str, params: Params) -> dict[str, Any]:
    params.finish()
    session = await locked(call, id)
    if session.body["status"] != "open":
        raise ApiError(
            f"Only an open session can be expired; this one is {session.body['status']}.",
            code="checkout_session_not_open",
            is_outcome=True,
        )
    await close(call, session)
    return session.body


async def line_items(call: Call, id: str) -> list[dict[str, Any]]:
    session = await documents.get(call.connection, SESSION, id)
    items: list[dict[str, Any]] = session.private["line_items"]
    return items


async def locked(call: Call, id: str) -> Document:
    """A session held until the end of the transaction; one whose time has passed is expired first."""
    session = await documents.get(call.connection, SESSION, id, lock=True)
    if session.body["status"] == "open" and call.at >= session.body["expires_at"]:
        await close(call, session)
    return session


async def close(call: Call, session: Document) -> None:
    """Expire a held, open session, and cancel the payment that was begun in it."""
    session.body |= {"status": "expired", "url": None}
    await documents.save(call.connection, session)
    is_quiet = bool(session.private["is_quiet"])
    if session.body["payment_intent"]:
        intent = await documents.get(call.connection, "payment_intent", session.body["payment_intent"], lock=True)
        intent.body |= {
            "status": "canceled",
            "canceled_at": call.at,
            "cancellation_reason": "automatic",
            "next_action": None,
        }
        await documents.save(call.connection, intent)
        await events.record(call, "payment_intent.canceled", intent, is_quiet=is_quiet)
    await events.record(call, "checkout.session.expired", session, is_quiet=is_quiet)


async def lapsed_ids(call: Call, *, with_simulated: bool) -> list[str]:
    """Open sessions whose time has passed. Those of a simulated past are judged only by calls from that past."""
    cursor = await call.connection.execute(
        "SELECT id FROM document WHERE kind = 'checkout.session' AND body->>'status' = 'open'"
        " AND (body->>'expires_at')::bigint <= %s AND (%s OR NOT (private->>'is_simulated')::boolean)"
        " ORDER BY id LIMIT 500",
        (call.at, with_simulated),
    )
    return [row["id"] for row in await cursor.fetchall()]


def _expiry(call: Call, params: Params) -> int:
    expires_at = params.whole("expires_at", least=0, most=10**11)
    if expires_at is None:
        return call.at + OPEN_SECONDS_MOST
    if not OPEN_SECONDS_LEAST <= expires_at - call.at <= OPEN_SECONDS_MOST:
        raise ApiError("A session stays open for at least 30 minutes and at most 24 hours.", param="expires_at")
    return expires_at


def _line_items(params: Params) -> tuple[str, list[dict[str, Any]]]:
    groups = params.groups("line_items")
    if not 1 <= len(groups) <= 100:
        raise ApiError("A session has 1 to 100 line items.", code="parameter_missing", param="line_items")
    items = [_line_item(group) for group in groups]
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise ApiError("All line items have one currency.", param="line_items")
    return currencies.pop(), items


def _line_item(group: Params) -> dict[str, Any]:
    quantity = group.needed_whole("quantity", least=1, most=999_999)
    price = group.group("price_data")
    if price is None:
        raise ApiError("A needed parameter is missing.", code="parameter_missing", param="line_items[price_data]")
    currency = price.needed_text("currency", longest=3)
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise ApiError("A currency has three letters.", code="invalid_currency", param="currency")
    unit_amount = price.needed_whole("unit_amount", least=0, most=AMOUNT_MAX)
    product = price.group("product_data")
    if product is None:
        raise ApiError("A needed parameter is missing.", code="parameter_missing", param="product_data")
    name = product.needed_text("name", longest=5000)
    description = product.text("description", longest=40_000)
    product.metadata()
    product.skip("images")
    for part in (product, price, group):
        part.finish()
    amount = quantity * unit_amount
    return {
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency.lower(),
        "description": name if description is None else f"{name}\n{description}",
        "quantity": quantity,
    }


def _intent_data(params: Params) -> dict[str, Any]:
    data = params.group("payment_intent_data")
    if data is None:
        return {"metadata": {}, "transfer_group": None, "description": None}
    intent = {
        "metadata": data.metadata(),
        "transfer_group": data.text("transfer_group", longest=200),
        "description": data.text("description", longest=1000),
    }
    data.finish()
    return intent


def origin(url: str | None) -> str:
    """Scheme and host of an address, empty for none."""
    if not url:
        return ""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
