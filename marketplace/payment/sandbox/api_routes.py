"""The paths of the API as Stripe documents them, each with its handler."""

from typing import Any

from starlette.routing import Route

from marketplace.payment.sandbox import documents, events, refunds, sessions, transfers
from marketplace.payment.sandbox.api import Api, Handler
from marketplace.payment.sandbox.calls import Call
from marketplace.payment.sandbox.listing import expanded, page
from marketplace.payment.sandbox.parameters import Params

Ids = dict[str, str]


async def session_create(call: Call, params: Params, ids: Ids) -> dict[str, Any]:
    expand = params.texts("expand", most=10)
    return await expanded(call, await sessions.create(call, params), expand)


async def session_retrieve(call: Call, params: Params, ids: Ids) -> dict[str, Any]:
    expand = params.texts("expand", most=10)
    params.finish()
    session = await sessions.locked(call, ids["id"])
    return await expanded(call, session.body, expand)


async def session_list(call: Call, params: Params, ids: Ids) -> dict[str, Any]:
    return await page(
        call,
        params,
        kind="checkout.session",
        url="/v1/checkout/sessions",
        filters=("payment_intent", "status"),
    )


async def session_expire(call: Call, params: Params, ids: Ids) -> dict[str, Any]:
    expand = params.texts("expand", most=10)
    return await expanded(call, await sessions.expire(call, ids["id"], params), expand)


async def session_line_items(call: Call, params: Params, ids: Ids) -> dict[str, Any]:
    limit = params.whole("limit", least=1, most=100) or 10
    after = params.text("starting_after", longest=100)
    params.finish()
    items = await sessions.line_items(call, ids["id"])
    if after:
        places = [place for place, item in enumerate(items) if item["id"] == after]
        items = items[places[0] + 1 :] if places else []
    return {
        "object": "list",
        "data": items[:limit],
        "has_more": len(items) > limit,
        "url": f"/v1/checkout/sessions/{ids['id']}/line_items",
    }


def _retrieve(kind: str) -> Handler:
    async def handler(call: Call, params: Params, ids: Ids) -> dict[str, Any]:
        expand = params.texts("expand", most=10)
        params.finish()
        document = await documents.get(call.connection, kind, ids["id"])
        body = await events.with_pending(call, document.body) if kind == "event" else document.body
        return await expanded(call, body, expand)

    return handler


def _list(kind: str, url: str, *filters: str) -> Handler:
    async def handler(call: Call, params: Params, ids: Ids) -> dict[str, Any]:
        return await page(call, params, kind=kind, url=url, filters=filters)

    return handler


async def refund_create(call: Call, params: Params, ids: Ids) -> dict[str, Any]:
    expand = params.texts("expand", most=10)
    return await expanded(call, await refunds.create(call, params), expand)


async def transfer_create(call: Call, params: Params, ids: Ids) -> dict[str, Any]:
    expand = params.texts("expand", most=10)
    return await expanded(call, await transfers.create(call, params), expand)


async def reversal_create(call: Call, params: Params, ids: Ids) -> dict[str, Any]:
    expand = params.texts("expand", most=10)
    return await expanded(call, await transfers.reverse(call, ids["id"], params), expand)


async def reversal_list(call: Call, params: Params, ids: Ids) -> dict[str, Any]:
    await documents.get(call.connection, "transfer", ids["id"])
    url = f"/v1/transfers/{ids['id']}/reversals"
    return await page(call, params, kind="transfer_reversal", url=url, parent=ids["id"])


async def reversal_retrieve(call: Call, params: Params, ids: Ids) -> dict[str, Any]:
    await documents.get(call.connection, "transfer", ids["id"])
    return await _retrieve("transfer_reversal")(call, params, {"id": ids["reversal"]})


def routes(api: Api) -> list[Route]:
    """Every path that the sandbox answers under ``/v1``."""
    sessions_path = "/v1/checkout/sessions"
    table: list[tuple[str, str, Handler]] = [
        ("POST", sessions_path, session_create),
        ("GET", sessions_path, session_list),
        ("GET", sessions_path + "/{id}", session_retrieve),
        ("POST", sessions_path + "/{id}/expire", session_expire),
        ("GET", sessions_path + "/{id}/line_items", session_line_items),
        ("GET", "/v1/payment_intents", _list("payment_intent", "/v1/payment_intents")),
        ("GET", "/v1/payment_intents/{id}", _retrieve("payment_intent")),
        (
            "GET",
            "/v1/charges",
            _list("charge", "/v1/charges", "payment_intent", "transfer_group"),
        ),
        ("GET", "/v1/charges/{id}", _retrieve("charge")),
        ("POST", "/v1/refunds", refund_create),
        ("GET", "/v1/refunds", _list("refund", "/v1/refunds", "charge", "payment_intent")),
        ("GET", "/v1/refunds/{id}", _retrieve("refund")),
        ("POST", "/v1/transfers", transfer_create),
        ("GET", "/v1/transfers", _list("transfer", "/v1/transfers", "destination", "transfer_group")),
        ("GET", "/v1/transfers/{id}", _retrieve("transfer")),
        ("POST", "/v1/transfers/{id}/reversals", reversal_create),
        ("GET", "/v1/transfers/{id}/reversals", reversal_list),
        ("GET", "/v1/transfers/{id}/reversals/{reversal}", reversal_retrieve),
        ("GET", "/v1/events", _list("event", "/v1/events", "type")),
        ("GET", "/v1/events/{id}", _retrieve("event")),
        (
            "GET",
            "/v1/balance_transactions",
            _list("balance_transaction", "/v1/balance_transactions", "type", "source", "currency"),
        ),
        ("GET", "/v1/balance_transactions/{id}", _retrieve("balance_transaction")),
    ]
    return [api.route(method, path, handler) for method, path, handler in table]
