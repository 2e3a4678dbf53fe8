"""The platform's balance at the provider: every movement of money is one balance transaction."""

from typing import Any

from marketplace.payment.sandbox import documents
from marketplace.payment.sandbox.calls import Call
from marketplace.payment.sandbox.documents import Document

# Taken by whoever spends from the balance, so that two transfers never spend the same money.
BALANCE_LOCK = 7367


async def book(
    call: Call,
    *,
    type: str,
    reporting_category: str,
    amount: int,
    currency: str,
    source: str,
    fee: int = 0,
    description: str | None = None,
) -> dict[str, Any]:
    """Book an amount in fen, positive for money that comes in. The money can be spent at once here."""
    id = call.id("txn_3", type, source)
    fees = [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Processing fee",
            "type": "stripe_fee",
        }
    ]
    body = {
        "id": id,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": call.at,
        "balance_type": "payments",
        "created": call.at,
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": fees if fee else [],
        "net": amount - fee,
        "reporting_category": reporting_category,
        "source": source,
        "status": "available",
        "type": type,
    }
    await documents.insert(
        call.connection,
        Document(id=id, kind="balance_transaction", created=call.at, body=body, parent=source),
    )
    return body


async def balance(call: Call, currency: str) -> int:
    """What the platform has, in fen, held still until the end of the transaction."""
    await call.connection.execute("SELECT pg_advisory_xact_lock(%s)", (BALANCE_LOCK,))
    cursor = await call.connection.execute(
        "SELECT coalesce(sum((body->>'net')::bigint), 0)::bigint AS net FROM document"
        " WHERE kind = 'balance_transaction' AND body->>'currency' = %s",
        (currency,),
    )
    row = await cursor.fetchone()
    return int(row["net"]) if row else 0
