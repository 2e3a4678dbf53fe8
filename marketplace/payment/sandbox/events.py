"""Events: the record of what happened, and the webhooks that tell of it."""

from typing import Any

from marketplace.payment.sandbox import documents
from marketplace.payment.sandbox.calls import Call
from marketplace.payment.sandbox.documents import Document
from marketplace.payment.sandbox.faults import planned_deliveries

API_VERSION = "2026-10-28.endive"


async def record(call: Call, type: str, thing: Document, *, is_quiet: bool = False) -> None:
    """
    Write down that something happened to an object as it now is, and plan its webhooks in the same transaction.

    A webhook that is due sees the object of this moment, which may be stale when it arrives, as the real provider's
    may.
    """
    call.num_events += 1
    event_id = call.id("evt_3", type, thing.id, call.at, call.request_id, call.num_events)
    body: dict[str, Any] = {
        "id": event_id,
        "object": "event",
        "api_version": API_VERSION,
        "created": call.at,
        "data": {"object": thing.body},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": call.request_id or None, "idempotency_key": call.idempotency_key or None},
        "type": type,
    }
    await documents.insert(
        call.connection, Document(id=event_id, kind="event", created=call.at, body=body, parent=thing.id)
    )
    if is_quiet or call.is_quiet or not call.config.webhook_url:
        return
    for planned in await planned_deliveries(call.connection, type):
        await call.connection.execute(
            "INSERT INTO delivery (event_id, event_type, is_forged, due_at)"
            " VALUES (%s, %s, %s, now() + make_interval(secs => %s))",
            (event_id, type, planned.is_forged, planned.wait_seconds),
        )


async def with_pending(call: Call, event: dict[str, Any]) -> dict[str, Any]:
    """An event with the number of webhooks that still have to arrive."""
    cursor = await call.connection.execute(
        "SELECT count(*) AS num FROM delivery WHERE event_id = %s AND state = 'waiting' AND NOT is_forged",
        (event["id"],),
    )
    row = await cursor.fetchone()
    return {**event, "pending_webhooks": row["num"] if row else 0}
