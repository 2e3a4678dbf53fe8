"""
The sandbox's own levers, under ``/_sandbox``: pay a session without a browser, order faults, settle refunds, look
inside.

They ask for the secret key, as the API does. ``_at`` (Unix seconds) makes a thing happen at a past moment, ``quiet=1``
without webhooks.
"""

import json
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

from psycopg import sql
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from marketplace.payment.sandbox import faults, payments, refunds, sessions, transfers
from marketplace.payment.sandbox.api import at_of, body_of, check_key
from marketplace.payment.sandbox.calls import Call
from marketplace.payment.sandbox.config import Config
from marketplace.payment.sandbox.database import TABLES, Connection, Database
from marketplace.payment.sandbox.errors import ApiError
from marketplace.payment.sandbox.methods import METHODS
from marketplace.payment.sandbox.parameters import Params, parse
from marketplace.payment.sandbox.upkeep import Upkeep

ROWS_SHOWN = 500

Lever = Callable[[Request, Params], Awaitable[dict[str, Any]]]


class Control:
    """The levers over one database."""

    def __init__(self, config: Config, database: Database, upkeep: Upkeep) -> None:
        self._config = config
        self._database = database
        self._upkeep = upkeep

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Lever]] = [
            ("POST", "/_sandbox/pay/{id}", self.pay),
            ("POST", "/_sandbox/refunds/{id}", self.settle_refund),
            ("POST", "/_sandbox/accounts/{id}", self.change_account),
            ("POST", "/_sandbox/sweep", self.sweep),
            ("POST", "/_sandbox/reset", self.reset),
            ("GET", "/_sandbox/deliveries", self.deliveries),
            ("GET", "/_sandbox/faults", self.show_faults),
            ("POST", "/_sandbox/faults", self.order_fault),
            ("DELETE", "/_sandbox/faults", self.clear_faults),
        ]
        return [self._route(method, path, lever) for method, path, lever in table]

    def _route(self, method: str, path: str, lever: Lever) -> Route:
        async def endpoint(request: Request) -> JSONResponse:
            try:
                check_key(request, self._config)
                return JSONResponse(await lever(request, await _params(request)))
            except ApiError as error:
                return JSONResponse(error.body(), status_code=error.status)
            finally:
                self._upkeep.wake()

        return Route(path, endpoint, methods=[method])

    def _call(self, connection: Connection, request: Request, params: Params) -> Call:
        real_at = int(time.time())
        told = params.whole("_at", least=0, most=10**11)
        is_quiet = params.text("quiet", choices=("0", "1")) == "1"
        params.finish()
        return Call(
            connection=connection,
            config=self._config,
            at=at_of(request, real_at) if told is None else told,
            real_at=real_at,
            is_quiet=is_quiet,
            request_id="req_" + secrets.token_hex(8),
        )

    async def pay(self, request: Request, params: Params) -> dict[str, Any]:
        """
        Pay a session as the hosted page would: ``method`` (default ``card``), ``outcome`` ``accept`` or ``refuse``.
        """
        method = METHODS[params.text("method", choices=tuple(METHODS)) or "card"]
        outcome = params.text("outcome", choices=("accept", "refuse")) or "accept"
        async with self._database.transaction() as connection:
            call = self._call(connection, request, params)
            session = await sessions.locked(call, request.path_params["id"])
            if session.body["status"] != "open":
                return _paid(session.body, None)
            refusal = await payments.finish(call, session, method, is_accepted=outcome == "accept")
            return _paid(session.body, refusal.code if refusal else None)

    async def settle_refund(self, request: Request, params: Params) -> dict[str, Any]:
        """Let a pending refund end: ``status`` ``succeeded`` or ``failed``."""
        outcome = params.needed_text("status", choices=refunds.SETTLED_AS)
        async with self._database.transaction() as connection:
            call = self._call(connection, request, params)
            return await refunds.settle(call, request.path_params["id"], outcome)

    async def change_account(self, request: Request, params: Params) -> dict[str, Any]:
        """``state`` ``disabled`` or ``enabled``; ``payout`` in fen takes money out of the account."""
        state = params.text("state", choices=("disabled", "enabled"))
        payout = params.whole("payout", least=0, most=10**12) or 0
        account_id = request.path_params["id"]
        async with self._database.transaction() as connection:
            call = self._call(connection, request, params)
            is_disabled = None if state is None else state == "disabled"
            left = await transfers.account_change(call, account_id, is_disabled=is_disabled, payout=payout)
        return {"id": account_id, "balance": left}

    async def sweep(self, request: Request, params: Params) -> dict[str, Any]:
        """Expire every session that has lapsed by ``_at``, those of a simulated past too."""
        async with self._database.transaction() as connection:
            call = self._call(connection, request, params)
        num_expired = await self._upkeep.sweep(call.at, with_simulated=True, is_quiet=call.is_quiet)
        return {"num_expired": num_expired}

    async def reset(self, request: Request, params: Params) -> dict[str, Any]:
        """Forget everything."""
        async with self._database.transaction() as connection:
            # Not TRUNCATE: its table locks would meet those of a webhook that is being looked up.
            for table in TABLES:
                await connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        return {"reset": True}

    async def deliveries(self, request: Request, params: Params) -> dict[str, Any]:
        """Every webhook, newest first, and what came of it."""
        async with self._database.transaction() as connection:
            cursor = await connection.execute(
                "SELECT id, event_id, event_type, is_forged, state, attempts, last_status, last_error,"
                " extract(epoch FROM due_at)::double precision AS due_at FROM delivery ORDER BY id DESC LIMIT %s",
                (ROWS_SHOWN,),
            )
            return {"deliveries": await cursor.fetchall()}

    async def order_fault(self, request: Request, params: Params) -> dict[str, Any]:
        """Put a fault on order (see ``faults.order``)."""
        async with self._database.transaction() as connection:
            return {"id": await faults.order(connection, params)}

    async def show_faults(self, request: Request, params: Params) -> dict[str, Any]:
        """The faults on order, the log of their strikes, and the kinds there are."""
        async with self._database.transaction() as connection:
            ordered = await connection.execute(
                "SELECT id, kind, path, method, seed, probability, times_left, draws, options FROM fault ORDER BY id"
            )
            faults_now = await ordered.fetchall()
            log = await connection.execute(
                "SELECT fault_id, kind, target, detail, extract(epoch FROM logged_at)::double precision AS logged_at"
                " FROM fault_log ORDER BY id DESC LIMIT %s",
                (ROWS_SHOWN,),
            )
            struck = await log.fetchall()
        return {"faults": faults_now, "log": struck, "kinds": {**faults.CALL_FAULTS, **faults.WEBHOOK_FAULTS}}

    async def clear_faults(self, request: Request, params: Params) -> dict[str, Any]:
        """Call off every fault; the log stays."""
        async with self._database.transaction() as connection:
            await connection.execute("DELETE FROM fault")
        return {"faults": []}


async def _params(request: Request) -> Params:
    """What was sent, as a form or as a JSON object of plain values, beside the query."""
    params = parse(bytes(request.scope.get("query_string", b"")))
    body = await body_of(request)
    if not request.headers.get("content-type", "").startswith("application/json"):
        return Params(params | parse(body))
    try:
        sent = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise ApiError("The body is not JSON.") from error
    if not isinstance(sent, dict) or any(isinstance(value, dict | list) for value in sent.values()):
        raise ApiError("The body must be a JSON object of plain values.")
    return Params(params | {name: _as_text(value) for name, value in sent.items() if value is not None})


def _as_text(value: str | float | bool) -> str:
    text = str(int(value)) if isinstance(value, bool) else str(value)
    if not text.isprintable():
        raise ApiError("A value holds characters that cannot be kept.")
    return text


def _paid(session: dict[str, Any], refusal: str | None) -> dict[str, Any]:
    return {
        "session": session["id"],
        "status": session["status"],
        "payment_status": session["payment_status"],
        "payment_intent": session["payment_intent"],
        "refusal": refusal,
    }
