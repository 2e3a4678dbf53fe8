"""The hosted page: where a buyer pays, refuses or leaves."""

import secrets
import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from marketplace.payment.sandbox import documents, payments, sessions
from marketplace.payment.sandbox.api import body_of
from marketplace.payment.sandbox.calls import Call
from marketplace.payment.sandbox.config import Config
from marketplace.payment.sandbox.database import Connection, Database
from marketplace.payment.sandbox.documents import Document
from marketplace.payment.sandbox.errors import ApiError
from marketplace.payment.sandbox.hosted_page import choice_page, consent_page, end_page
from marketplace.payment.sandbox.hosted_style import STYLE_HASH
from marketplace.payment.sandbox.hosted_texts import TEXTS, Language, language_of
from marketplace.payment.sandbox.methods import METHODS, Method
from marketplace.payment.sandbox.parameters import parse

Step = Callable[[Request, Call, Document, Language], Awaitable[Response]]


class Hosted:
    """The hosted page over one database."""

    def __init__(self, config: Config, database: Database, wake: Callable[[], None]) -> None:
        self._config = config
        self._database = database
        self._wake = wake

    def routes(self) -> list[Route]:
        return [
            self._route("GET", "/pay/{id}", self.choose),
            self._route("POST", "/pay/{id}", self.pay),
            self._route("GET", "/pay/{id}/consent", self.ask),
            self._route("POST", "/pay/{id}/consent", self.answer),
        ]

    def _route(self, method: str, path: str, step: Step) -> Route:
        """A step of the page: the session is held; one that can no longer be paid shows how it ended instead."""

        async def endpoint(request: Request) -> Response:
            async with self._database.transaction() as connection:
                response = await self._stepped(request, connection, step)
            self._wake()
            return response

        return Route(path, endpoint, methods=[method])

    async def _stepped(self, request: Request, connection: Connection, step: Step) -> Response:
        now = int(time.time())
        call = Call(
            connection=connection,
            config=self._config,
            at=now,
            real_at=now,
            request_id="req_" + secrets.token_hex(8),
        )
        accepted = request.headers.get("accept-language", "")
        chosen = request.query_params.get("lang", "")
        try:
            session = await sessions.locked(call, request.path_params["id"])
        except ApiError:
            language = language_of(chosen, None, accepted)
            return _html(end_page(language, "missing", None, ""), None, status=404)
        language = language_of(chosen, session.body["locale"], accepted)
        if session.body["status"] == "complete":
            if request.method == "POST":
                return _to_shop(session)
            return _html(end_page(language, "paid", _success_url(session), session.id), session)
        if session.body["status"] == "expired":
            return _html(end_page(language, "expired", session.body["cancel_url"], session.id), session)
        return await step(request, call, session, language)

    async def choose(self, request: Request, call: Call, session: Document, language: Language) -> Response:
        error = request.query_params.get("error", "")
        if "error_" + error not in TEXTS[language]:
            error = ""
        page = choice_page(session.body, session.private["line_items"], self._config.merchant, language, error)
        return _html(page, session)

    async def pay(self, request: Request, call: Call, session: Document, language: Language) -> Response:
        method = METHODS.get(await _field(request, "method"))
        if method is None or method.type not in session.body["payment_method_types"]:
            return _back(session, language, "choice")
        if method.needs_consent:
            step = f"/pay/{session.id}/consent?lang={language}"
            await payments.begin(call, session, method, self._config.base_url + step)
            return RedirectResponse(step, status_code=303)
        return await self._finish(call, session, language, method, is_accepted=True)

    async def ask(self, request: Request, call: Call, session: Document, language: Language) -> Response:
        method = await self._asked(call, session)
        if method is None:
            return _back(session, language, "")
        page = consent_page(session.body, session.private["line_items"], self._config.merchant, language, method)
        return _html(page, session)

    async def answer(self, request: Request, call: Call, session: Document, language: Language) -> Response:
        method = await self._asked(call, session)
        answer = await _field(request, "answer")
        if method is None or answer not in ("accept", "refuse"):
            return _back(session, language, "")
        return await self._finish(call, session, language, method, is_accepted=answer == "accept")

    async def _asked(self, call: Call, session: Document) -> Method | None:
        """The method whose consent is being waited for."""
        if not session.body["payment_intent"]:
            return None
        intent = await documents.get(call.connection, "payment_intent", session.body["payment_intent"])
        return METHODS[intent.private["method"]] if intent.body["status"] == "requires_action" else None

    async def _finish(
        self, call: Call, session: Document, language: Language, method: Method, *, is_accepted: bool
    ) -> Response:
        refusal = await payments.finish(call, session, method, is_accepted=is_accepted)
        if refusal is None:
            return _to_shop(session)
        is_shown_by_reason = refusal.decline_code == "insufficient_funds"
        return _back(session, language, refusal.decline_code if is_shown_by_reason else refusal.code)


async def _field(request: Request, name: str) -> str:
    try:
        value = parse(await body_of(request)).get(name, "")
    except ApiError:
        return ""
    return value if isinstance(value, str) else ""


def _success_url(session: Document) -> str:
    return str(session.body["success_url"]).replace("{CHECKOUT_SESSION_ID}", session.id)


def _to_shop(session: Document) -> Response:
    return RedirectResponse(_success_url(session), status_code=303)


def _back(session: Document, language: Language, error: str) -> Response:
    problem = f"&error={error}" if error else ""
    return RedirectResponse(f"/pay/{session.id}?lang={language}{problem}", status_code=303)


def _html(page: str, session: Document | None, *, status: int = 200) -> Response:
    # A form's answer may redirect to the shop, which browsers count as a target of the form.
    shop = sessions.origin(session.body["success_url"]) if session else ""
    policy = (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src data:; base-uri 'none';"
        f" frame-ancestors 'none'; form-action 'self' {shop}"
    )
    headers = {
        "Content-Security-Policy": policy.strip(),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(page, status_code=status, headers=headers)
