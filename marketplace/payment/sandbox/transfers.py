"""Transfers to connected accounts, and their reversals."""

from typing import Any

from marketplace.payment.sandbox import documents, events
from marketplace.payment.sandbox.bookings import balance, book
from marketplace.payment.sandbox.calls import Call
from marketplace.payment.sandbox.documents import Document
from marketplace.payment.sandbox.errors import ApiError
from marketplace.payment.sandbox.parameters import Params

AMOUNT_MAX = 99_999_999


async def create(call: Call, params: Params) -> dict[str, Any]:
    amount = params.needed_whole("amount", least=1, most=AMOUNT_MAX)
    currency = params.needed_text("currency", longest=3).lower()
    destination = params.needed_text("destination", longest=100)
    source = params.text("source_transaction", longest=100)
    group = params.text("transfer_group", longest=200)
    description = params.text("description", longest=1000)
    metadata = params.metadata()
    params.skip("source_type")
    params.finish()
    await _check_account(call, destination)
    if source:
        charge = await _check_source(call, source, amount, currency)
        group = group or charge.body["transfer_group"]
    elif amount > await balance(call, currency):
        raise _insufficient("The platform's balance does not cover this transfer.")
    cause = call.idempotency_key or call.request_id
    id = call.id("tr_3", cause, call.at, destination)
    booking = await book(
        call, type="transfer", reporting_category="transfer", amount=-amount, currency=currency, source=id
    )
    body = {
        "id": id,
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": booking["id"],
        "created": call.at,
        "currency": currency,
        "description": description,
        "destination": destination,
        "destination_payment": call.id("py_1", id),
        "livemode": False,
        "metadata": metadata,
        "reversals": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/transfers/{id}/reversals",
        },
        "reversed": False,
        "source_transaction": source,
        "source_type": "card",
        "transfer_group": group,
    }
    transfer = Document(id=id, kind="transfer", created=call.at, body=body, parent=source or destination)
    await documents.insert(call.connection, transfer)
    await events.record(call, "transfer.created", transfer)
    return body


async def reverse(call: Call, transfer_id: str, params: Params) -> dict[str, Any]:
    amount = params.whole("amount", least=1, most=AMOUNT_MAX)
    metadata = params.metadata()
    params.text("description", longest=1000)
    params.finish()
    transfer = await documents.get(call.connection, "transfer", transfer_id, lock=True)
    left = transfer.body["amount"] - transfer.body["amount_reversed"]
    amount = amount or left
    if left == 0 or amount > left:
        raise ApiError(
            f"Only {left} is left of this transfer to be reversed.",
            code="amount_too_large",
            param="amount",
            is_outcome=True,
        )
    if amount > await account_balance(call, transfer.body["destination"]):
        raise _insufficient("The account's balance does not cover this reversal.")
    id = call.id("trr_1", transfer_id, transfer.body["amount_reversed"])
    booking = await book(
        call,
        type="transfer_refund",
        reporting_category="transfer_reversal",
        amount=amount,
        currency=transfer.body["currency"],
        source=id,
    )
    body = {
        "id": id,
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": booking["id"],
        "created": call.at,
        "currency": transfer.body["currency"],
        "destination_payment_refund": None,
        "metadata": metadata,
        "source_refund": None,
        "transfer": transfer_id,
    }
    await documents.insert(
        call.connection,
        Document(id=id, kind="transfer_reversal", created=call.at, body=body, parent=transfer_id),
    )
    transfer.body["amount_reversed"] += amount
    transfer.body["reversed"] = transfer.body["amount_reversed"] == transfer.body["amount"]
    # The provider shows the ten newest here; a transfer is reversed a few times at most.
    reversals = [body, *transfer.body["reversals"]["data"]]
    transfer.body["reversals"] |= {"data": reversals[:10], "has_more": len(reversals) > 10}
    await documents.save(call.connection, transfer)
    await events.record(call, "transfer.reversed", transfer)
    return body


async def account_balance(call: Call, account_id: str) -> int:
    """What a connected account has, in fen, held still until the end of the transaction."""
    await call.connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7368))", (account_id,))
    cursor = await call.connection.execute(
        "SELECT coalesce(sum((body->>'amount')::bigint - (body->>'amount_reversed')::bigint), 0)::bigint"
        " - coalesce((SELECT paid_out FROM account WHERE id = %(id)s), 0) AS left FROM document"
        " WHERE kind = 'transfer' AND body->>'destination' = %(id)s",
        {"id": account_id},
    )
    row = await cursor.fetchone()
    return int(row["left"]) if row else 0


async def account_change(call: Call, account_id: str, *, is_disabled: bool | None, payout: int) -> int:
    """Disable or enable a connected account, or let it pay out to its bank; returns what it has then, in fen."""
    await call.connection.execute(
        "INSERT INTO account (id, is_disabled, paid_out) VALUES (%(id)s, coalesce(%(off)s, false), %(payout)s)"
        " ON CONFLICT (id) DO UPDATE SET is_disabled = coalesce(%(off)s, account.is_disabled),"
        " paid_out = account.paid_out + %(payout)s",
        {"id": account_id, "off": is_disabled, "payout": payout},
    )
    return await account_balance(call, account_id)


async def _check_account(call: Call, account_id: str) -> None:
    if not account_id.startswith("acct_"):
        raise ApiError("There is no such account.", code="resource_missing", param="destination")
    cursor = await call.connection.execute("SELECT is_disabled FROM account WHERE id = %s", (account_id,))
    row = await cursor.fetchone()
    if row and row["is_disabled"]:
        raise ApiError(
            "This account cannot receive transfers now.",
            code="account_invalid",
            param="destination",
            is_outcome=True,
        )


async def _check_source(call: Call, source: str, amount: int, currency: str) -> Document:
    charge = await documents.get(call.connection, "charge", source, lock=True, param="source_transaction")
    if not charge.body["paid"] or charge.body["currency"] != currency:
        raise ApiError("This charge cannot pay for the transfer.", param="source_transaction")
    earlier = await documents.children(call.connection, "transfer", source)
    used = sum(transfer.body["amount"] - transfer.body["amount_reversed"] for transfer in earlier)
    if used + amount > charge.body["amount"]:
        raise _insufficient("The charge does not cover this transfer and the earlier ones from it.")
    return charge


def _insufficient(message: str) -> ApiError:
    return ApiError(message, code="balance_insufficient", is_outcome=True)
