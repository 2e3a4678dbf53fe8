"""
The sandbox's levers from Python, for tests and for the simulation of a season. Plain ``http.client``, one kept
connection.
"""

import http.client
import json
import time
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

TIMEOUT_SECONDS = 30
KEPT_SECONDS = 2


class SandboxRefused(Exception):
    """The sandbox said no; ``status`` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class SandboxControl:
    """
    Parameters
    ----------
    api_base
        Where the sandbox is, as in STRIPE_API_BASE.
    secret_key
        The key it was started with, as in STRIPE_SECRET_KEY.
    """

    def __init__(self, api_base: str, secret_key: str) -> None:
        parts = urlsplit(api_base)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
        self._key = secret_key
        self._used_at = time.monotonic()

    def pay(
        self,
        session_id: str,
        *,
        method: str = "card",
        outcome: str = "accept",
        at: datetime | None = None,
        quiet: bool = False,
    ) -> dict[str, Any]:
        """
        Pay a session as its buyer would on the hosted page; the answer's ``refusal`` is None if the money was taken.

        ``method`` is one of ``methods.METHODS``; ``outcome`` is the buyer's answer at the bank or wallet. ``quiet``
        sends no webhooks for it.
        """
        body = {"method": method, "outcome": outcome, "quiet": quiet, "_at": _seconds(at)}
        return self._ask("POST", f"/_sandbox/pay/{quote(session_id)}", body)

    def sweep(self, *, at: datetime, quiet: bool = False) -> int:
        """Expire every session that has lapsed by a moment; how many there were."""
        answer = self._ask("POST", "/_sandbox/sweep", {"_at": _seconds(at), "quiet": quiet})
        return int(answer["num_expired"])

    def settle_refund(self, refund_id: str, status: str, *, at: datetime | None = None) -> dict[str, Any]:
        """Let a pending refund end as ``succeeded`` or ``failed``."""
        return self._ask("POST", f"/_sandbox/refunds/{quote(refund_id)}", {"status": status, "_at": _seconds(at)})

    def change_account(self, account_id: str, *, state: str | None = None, payout_fen: int = 0) -> int:
        """Disable or enable a connected account or pay out from it; what it has then, in fen."""
        body = {"state": state, "payout": payout_fen}
        return int(self._ask("POST", f"/_sandbox/accounts/{quote(account_id)}", body)["balance"])

    def order_fault(self, kind: str, **spec: Any) -> int:
        """Put a fault on order (see ``faults.order``); its id."""
        return int(self._ask("POST", "/_sandbox/faults", {"kind": kind, **spec})["id"])

    def faults(self) -> dict[str, Any]:
        """The faults on order and the log of their strikes."""
        return self._ask("GET", "/_sandbox/faults", None)

    def clear_faults(self) -> None:
        """Call off every fault."""
        self._ask("DELETE", "/_sandbox/faults", None)

    def deliveries(self) -> list[dict[str, Any]]:
        """Every webhook, newest first, and what came of it."""
        rows: list[dict[str, Any]] = self._ask("GET", "/_sandbox/deliveries", None)["deliveries"]
        return rows

    def reset(self) -> None:
        """Let the sandbox forget everything."""
        self._ask("POST", "/_sandbox/reset", {})

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        sent = None if body is None else json.dumps({name: value for name, value in body.items() if value is not None})
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        if time.monotonic() - self._used_at > KEPT_SECONDS:
            # The server closes a connection that was idle for long; a new one costs less than finding that out.
            self._connection.close()
        try:
            self._connection.request(method, path, body=sent, headers=headers)
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            # A half-read connection cannot be used again; the next call opens a new one.
            self._connection.close()
            raise
        self._used_at = time.monotonic()
        if response.status != 200:
            raise SandboxRefused(response.status, text.decode("utf-8", "replace"))
        answer: dict[str, Any] = json.loads(text)
        return answer


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())
