"""
One effect for each idempotency key: the first answer is kept with its parameters and given again.

The key is held by an advisory lock for as long as the first call runs, so a process that dies leaves no key behind.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from marketplace.payment.sandbox.calls import Call
from marketplace.payment.sandbox.errors import ApiError
from marketplace.payment.sandbox.parameters import flattened

KEY_SECONDS = 24 * 60 * 60
KEY_CHARS_MAX = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent: the status and the JSON text, and whether it is the repetition of an earlier answer."""

    status: int
    body: str
    request_id: str
    is_replayed: bool = False


def fingerprint(method: str, path: str, parsed: dict[str, Any]) -> str:
    text = json.dumps([method, path, flattened(parsed)], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


async def earlier(call: Call, print_of_call: str) -> Answer | None:
    """
    Hold the call's key; the answer that it had before, if any.

    Raises
    ------
    ApiError
        409 if another call with the key is running; 400 if it was used with other parameters.
    """
    key = call.idempotency_key
    if len(key) > KEY_CHARS_MAX:
        raise ApiError(f"An idempotency key has at most {KEY_CHARS_MAX} characters.", type="idempotency_error")
    cursor = await call.connection.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 7369)) AS is_free", (key,)
    )
    row = await cursor.fetchone()
    if not row or not row["is_free"]:
        raise ApiError(
            "Another request with this idempotency key is being carried out.",
            status=409,
            type="idempotency_error",
            code="idempotency_key_in_use",
        )
    cursor = await call.connection.execute(
        "SELECT at, fingerprint, status, body, request_id FROM answer WHERE key = %s", (key,)
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    if call.at - row["at"] >= KEY_SECONDS:
        await call.connection.execute("DELETE FROM answer WHERE key = %s", (key,))
        return None
    if row["fingerprint"] != print_of_call:
        raise ApiError("This idempotency key was used before with other parameters.", type="idempotency_error")
    return Answer(row["status"], row["body"], row["request_id"], is_replayed=True)


async def keep(call: Call, print_of_call: str, answer: Answer) -> None:
    """Keep the first answer to a key."""
    await call.connection.execute(
        "INSERT INTO answer (key, at, fingerprint, status, body, request_id) VALUES (%s, %s, %s, %s, %s, %s)",
        (call.idempotency_key, call.at, print_of_call, answer.status, answer.body, answer.request_id),
    )
