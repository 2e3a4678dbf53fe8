"""
Webhooks on their way: signed when sent, tried again with longer and longer waits, given up in the end.

They are rows, so that none is lost when the process dies; one that was taken and not reported on is due again a
minute later.
"""

import asyncio
import hashlib
import hmac
import http.client
import json
import logging
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from marketplace.payment.sandbox.config import Config
from marketplace.payment.sandbox.database import Database

logger = logging.getLogger("sandbox.deliveries")

TIMEOUT_SECONDS = 10
LEASE_SECONDS = 60
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try: the status, or 0 with the error where there was no answer."""

    status: int
    error: str = ""

    @property
    def is_delivered(self) -> bool:
        return 200 <= self.status < 300


def signature(body: bytes, secret: str, at: int) -> str:
    """The value of ``Stripe-Signature``."""
    digest = hmac.new(secret.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def forged(event: dict[str, Any]) -> dict[str, Any]:
    """What someone without the secret would send: the event with its amount changed."""
    thing = dict(event["data"]["object"])
    for name in ("amount", "amount_total", "amount_received"):
        if isinstance(thing.get(name), int):
            thing[name] = thing[name] + 1
    return {**event, "data": {"object": thing}}


def post(url: str, body: bytes, header: str) -> Outcome:
    """Send one webhook; no redirect is followed."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": header,
        "User-Agent": "Fenglu-Sandbox/1",
    }
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT_SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", path, body=body, headers=headers)
        response = connection.getresponse()
        response.read(2000)
        return Outcome(response.status)
    except (OSError, http.client.HTTPException) as error:
        return Outcome(0, type(error).__name__)
    finally:
        connection.close()


class Postman:
    """Sends what is due, a few at once."""

    def __init__(self, config: Config, database: Database) -> None:
        self._config = config
        self._database = database

    async def send_due(self) -> int:
        """Send one handful of due webhooks and return how many there were."""
        if not self._config.webhook_url:
            return 0
        async with self._database.transaction() as connection:
            cursor = await connection.execute(
                "UPDATE delivery SET attempts = attempts + 1, due_at = now() + make_interval(secs => %s)"
                " WHERE id IN (SELECT id FROM delivery WHERE state = 'waiting' AND due_at <= now()"
                " ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED)"
                " RETURNING id, event_id, is_forged, attempts,"
                " (SELECT body FROM document WHERE document.id = event_id) AS event",
                (LEASE_SECONDS, AT_ONCE),
            )
            rows = sorted(await cursor.fetchall(), key=lambda row: row["id"])
        await asyncio.gather(*(self._send(row) for row in rows))
        return len(rows)

    async def _send(self, row: dict[str, Any]) -> None:
        event = {**row["event"], "pending_webhooks": 1}
        secret = self._config.webhook_secret
        if row["is_forged"]:
            event, secret = forged(event), secret + "forged"
        body = json.dumps(event, ensure_ascii=False, indent=2).encode()
        header = signature(body, secret, int(time.time()))
        outcome = await asyncio.to_thread(post, self._config.webhook_url, body, header)
        # A forged copy is sent once: refusing it is what the shop should do.
        waits = self._config.retry_seconds
        has_more_tries = not row["is_forged"] and row["attempts"] <= len(waits)
        state = "delivered" if outcome.is_delivered else "waiting" if has_more_tries else "given_up"
        wait = waits[row["attempts"] - 1] if state == "waiting" else 0
        logger.info(
            "webhook %s try %s: %s %s",
            row["event_id"],
            row["attempts"],
            state,
            outcome.error or outcome.status,
        )
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE delivery SET state = %s, last_status = %s, last_error = %s,"
                " due_at = now() + make_interval(secs => %s) WHERE id = %s",
                (state, outcome.status or None, outcome.error, wait, row["id"]),
            )

    async def seconds_to_next(self) -> float | None:
        """How long until the next webhook is due; None if none waits."""
        if not self._config.webhook_url:
            return None
        async with self._database.transaction() as connection:
            cursor = await connection.execute(
                "SELECT extract(epoch FROM min(due_at) - now())::double precision AS wait FROM delivery"
                " WHERE state = 'waiting'"
            )
            row = await cursor.fetchone()
        return None if row is None or row["wait"] is None else max(0.0, row["wait"])
