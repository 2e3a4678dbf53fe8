"""The way of every API call: who asks, which faults strike, what was answered before, the work, the answer."""

import asyncio
import base64
import hmac
import json
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from marketplace.payment.sandbox import idempotency
from marketplace.payment.sandbox.calls import Call
from marketplace.payment.sandbox.config import Config
from marketplace.payment.sandbox.database import Database
from marketplace.payment.sandbox.errors import ApiError
from marketplace.payment.sandbox.events import API_VERSION
from marketplace.payment.sandbox.faults import CALL_FAULTS, Fault, strikes
from marketplace.payment.sandbox.idempotency import Answer
from marketplace.payment.sandbox.parameters import BODY_BYTES_MAX, Params, parse

logger = logging.getLogger("sandbox.api")

VERSION = re.compile(r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}(\.[a-z]+)?$")

Handler = Callable[[Call, Params, dict[str, str]], Awaitable[dict[str, Any]]]


class CutAnswer:
    """An ASGI answer whose connection ends before it is whole: after ``sent_bytes`` of the body."""

    def __init__(self, response: Response, sent_bytes: int) -> None:
        self._response = response
        self._sent_bytes = sent_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The promised length is one byte more than the whole, so that even a body sent whole would be cut.
        length = str(len(self._response.body) + 1).encode()
        headers = [(name, value) for name, value in self._response.raw_headers if name != b"content-length"]
        headers.append((b"content-length", length))
        await send({"type": "http.response.start", "status": self._response.status_code, "headers": headers})
        part = bytes(self._response.body)[: self._sent_bytes]
        await send({"type": "http.response.body", "body": part, "more_body": True})


def at_of(request: Request, real_at: int) -> int:
    """The moment that a call counts as happening: what its header says, else the clock's."""
    told = request.headers.get("fenglu-sandbox-at", "")
    if not told:
        return real_at
    if not re.fullmatch(r"[0-9]{1,11}", told):
        raise ApiError("Fenglu-Sandbox-At must be Unix seconds.")
    return int(told)


def check_key(request: Request, config: Config) -> None:
    """
    Raises
    ------
    ApiError
        401 if the caller does not show the secret key, as a bearer or as the user name of basic authentication.
    """
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    shown = credentials.strip()
    if scheme.lower() == "basic":
        try:
            shown = base64.b64decode(shown, validate=True).decode("utf-8").partition(":")[0]
        except ValueError:
            shown = ""
    elif scheme.lower() != "bearer":
        shown = ""
    if not hmac.compare_digest(shown.encode(), config.secret_key.encode()):
        raise ApiError("The API key is missing or not known.", status=401)


async def body_of(request: Request) -> bytes:
    """The request's body, refused as soon as it grows too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise ApiError("The request is too long.", status=413)
    return body


class Api:
    """The API's routes over one database."""

    def __init__(self, config: Config, database: Database, wake: Callable[[], None]) -> None:
        self._config = config
        self._database = database
        self._wake = wake

    def route(self, method: str, path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response | CutAnswer:
            return await self._answer(request, handler)

        return Route(path, endpoint, methods=[method])

    async def unknown(self, request: Request) -> Response | CutAnswer:
        async def refuse(call: Call, params: Params, ids: dict[str, str]) -> dict[str, Any]:
            raise ApiError(f"There is nothing at {request.method} {request.url.path[:200]}.", status=404)

        return await self._answer(request, refuse)

    async def _answer(self, request: Request, handler: Handler) -> Response | CutAnswer:
        request_id = "req_" + secrets.token_hex(8)
        struck: list[Fault] = []
        try:
            check_key(request, self._config)
            struck = await self._struck(request)
            before = await self._refused_before(struck)
            if before is not None:
                return before
            answer = await self._carried_out(request, handler, request_id, struck)
        except ApiError as error:
            answer = Answer(error.status, json.dumps(error.body()), request_id)
        self._wake()
        response = self._response(request, answer, request_id)
        kinds = {fault.kind for fault in struck}
        if "lost_answer" in kinds:
            return CutAnswer(response, 0)
        if "reset" in kinds:
            return CutAnswer(response, len(response.body) // 2)
        return response

    async def _struck(self, request: Request) -> list[Fault]:
        async with self._database.transaction() as connection:
            return await strikes(connection, request.url.path, method=request.method, kinds=CALL_FAULTS)

    async def _refused_before(self, struck: list[Fault]) -> Response | None:
        for fault in struck:
            if fault.kind == "delay":
                await asyncio.sleep(fault.seconds)
            elif fault.kind == "outage":
                return Response("unavailable", status_code=503, media_type="text/plain")
            elif fault.kind == "bad_gateway":
                return Response("<html>bad gateway</html>", status_code=502, media_type="text/html")
            elif fault.kind == "refusal":
                raise ApiError("This cannot be done now.", code="resource_busy")
            elif fault.kind == "rate_limit":
                raise ApiError("Too many requests came too fast.", status=429, code="rate_limit")
        return None

    async def _carried_out(self, request: Request, handler: Handler, request_id: str, struck: list[Fault]) -> Answer:
        version = request.headers.get("stripe-version", API_VERSION)
        if not VERSION.match(version):
            raise ApiError("The API version cannot be read.", param="Stripe-Version")
        parsed = parse(await self._encoded(request))
        real_at = int(time.time())
        async with self._database.transaction() as connection:
            call = Call(
                connection=connection,
                config=self._config,
                at=at_of(request, real_at),
                real_at=real_at,
                is_quiet=request.headers.get("fenglu-sandbox-quiet", "") == "1",
                request_id=request_id,
                idempotency_key=request.headers.get("idempotency-key", "") if request.method == "POST" else "",
            )
            mark = idempotency.fingerprint(request.method, request.url.path, parsed)
            if call.idempotency_key:
                answer = await idempotency.earlier(call, mark)
                if answer is not None:
                    return answer
            answer = await self._worked(call, handler, parsed, dict(request.path_params), struck)
            if call.idempotency_key:
                await idempotency.keep(call, mark, answer)
            return answer

    async def _worked(
        self, call: Call, handler: Handler, parsed: dict[str, Any], ids: dict[str, str], struck: list[Fault]
    ) -> Answer:
        """Do the work in a savepoint, so that a failure can be kept under the key without its effects."""
        kinds = {fault.kind for fault in struck}
        for fault in struck:
            if fault.kind == "slow":
                await asyncio.sleep(fault.seconds)
        failure = ApiError("An error on the provider's side.", status=500, type="api_error")
        try:
            async with call.connection.transaction():
                body = await handler(call, Params(parsed), ids)
                if "server_error" in kinds:
                    raise failure
        except ApiError as error:
            if error is not failure and not error.is_outcome:
                raise
            return Answer(error.status, json.dumps(error.body()), call.request_id)
        if "server_error_after" in kinds:
            return Answer(500, json.dumps(failure.body()), call.request_id)
        return Answer(200, json.dumps(body, ensure_ascii=False), call.request_id)

    async def _encoded(self, request: Request) -> bytes:
        if request.method in ("GET", "DELETE"):
            return bytes(request.scope.get("query_string", b""))
        return await body_of(request)

    def _response(self, request: Request, answer: Answer, request_id: str) -> Response:
        headers = {
            "Request-Id": request_id,
            "Stripe-Version": request.headers.get("stripe-version", API_VERSION)[:50],
            "Cache-Control": "no-cache, no-store",
        }
        key = request.headers.get("idempotency-key")
        if key and request.method == "POST":
            headers["Idempotency-Key"] = key[: idempotency.KEY_CHARS_MAX]
        if answer.is_replayed:
            headers |= {"Idempotent-Replayed": "true", "Original-Request": answer.request_id}
        if answer.status in (409, 429):
            headers["Stripe-Should-Retry"] = "true"
        return Response(answer.body, status_code=answer.status, media_type="application/json", headers=headers)
