"""Lists, newest first, with cursors; and the expansion of ids into the objects that they name."""

from collections.abc import Mapping
from typing import Any

from marketplace.payment.sandbox import documents
from marketplace.payment.sandbox.calls import Call
from marketplace.payment.sandbox.documents import Document
from marketplace.payment.sandbox.errors import ApiError
from marketplace.payment.sandbox.parameters import Params

LIMIT_DEFAULT = 10
LIMIT_MAX = 100
EXPAND_DEPTH_MAX = 4
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}

# The kind that an id names is told by how it begins.
KIND_BY_PREFIX = {
    "cs": "checkout.session",
    "pi": "payment_intent",
    "ch": "charge",
    "py": "charge",
    "re": "refund",
    "tr": "transfer",
    "trr": "transfer_reversal",
    "txn": "balance_transaction",
}


async def page(
    call: Call, params: Params, *, kind: str, url: str, filters: tuple[str, ...] = (), parent: str = ""
) -> dict[str, Any]:
    """
    One page of the objects of a kind. ``filters`` name the fields of the object that the caller may ask for by
    equality.
    """
    conditions = ["kind = %(kind)s"]
    values: dict[str, Any] = {"kind": kind}
    if parent:
        conditions.append("parent = %(parent)s")
        values["parent"] = parent
    for name in filters:
        wanted = params.text(name, longest=200)
        if wanted is not None:
            conditions.append(f"body->>'{name}' = %({name})s")
            values[name] = wanted
    types = params.texts("types", most=20) if kind == "event" else []
    if types:
        conditions.append("body->>'type' = ANY(%(types)s)")
        values["types"] = types
    _created(params, conditions, values)
    limit = params.whole("limit", least=1, most=LIMIT_MAX) or LIMIT_DEFAULT
    after = params.text("starting_after", longest=100)
    before = params.text("ending_before", longest=100)
    expand = params.texts("expand", most=10)
    params.finish()
    if after and before:
        raise ApiError("A page starts after one object or ends before one, not both.", param="ending_before")
    cursor_id = after or before
    if cursor_id:
        await documents.get(call.connection, kind, cursor_id, param="starting_after" if after else "ending_before")
        sign = "<" if after else ">"
        conditions.append(f"(created, seq) {sign} (SELECT created, seq FROM document WHERE id = %(cursor)s)")  # noqa: S608
        values["cursor"] = cursor_id
    direction = "ASC" if before else "DESC"
    values["limit"] = limit + 1
    # Every condition above is fixed text of this module; what the caller sent goes in as values.
    statement = (
        f"SELECT body FROM document WHERE {' AND '.join(conditions)}"  # noqa: S608
        f" ORDER BY created {direction}, seq {direction} LIMIT %(limit)s"
    )
    rows = await (await call.connection.execute(statement.encode(), values)).fetchall()
    bodies = [row["body"] for row in rows[:limit]]
    if before:
        bodies.reverse()
    answer = {"object": "list", "data": bodies, "has_more": len(rows) > limit, "url": url}
    return await expanded(call, answer, expand)


def _created(params: Params, conditions: list[str], values: dict[str, Any]) -> None:
    if not params.has("created"):
        return
    try:
        exact = params.whole("created", least=0, most=10**12)
    except ApiError:
        exact = None
        span = params.group("created")
        if span is None:
            raise
        for name, sign in COMPARISONS.items():
            bound = span.whole(name, least=0, most=10**12)
            if bound is not None:
                conditions.append(f"created {sign} %(created_{name})s")
                values[f"created_{name}"] = bound
        span.finish()
    if exact is not None:
        conditions.append("created = %(created)s")
        values["created"] = exact


async def expanded(call: Call, body: Mapping[str, Any], paths: list[str]) -> dict[str, Any]:
    """
    A copy of an object in which the ids at some paths (``payment_intent.latest_charge``) are replaced by their objects.

    Raises
    ------
    ApiError
        If a path names a field that the object has not, or one that holds no id.
    """
    copy = dict(body)
    for path in paths:
        fields = path.split(".")
        if len(fields) > EXPAND_DEPTH_MAX + 1:
            raise ApiError("Expansion goes at most four levels deep.", param="expand")
        await _expand(call, copy, fields, path)
    return copy


async def _expand(call: Call, place: dict[str, Any], fields: list[str], path: str) -> None:
    field, rest = fields[0], fields[1:]
    if field not in place:
        raise ApiError(f"The field {path[:100]} cannot be expanded.", param="expand")
    value = place[field]
    if isinstance(value, list) and rest:
        copies = [dict(item) for item in value]
        for item in copies:
            await _expand(call, item, rest, path)
        place[field] = copies
        return
    if isinstance(value, str):
        document = await _named(call, value)
        if document is None:
            raise ApiError(f"The field {path[:100]} cannot be expanded.", param="expand")
        value = document.body
    if isinstance(value, dict):
        place[field] = dict(value)
        if rest:
            await _expand(call, place[field], rest, path)
    elif value is not None:
        raise ApiError(f"The field {path[:100]} cannot be expanded.", param="expand")


async def _named(call: Call, id: str) -> Document | None:
    kind = KIND_BY_PREFIX.get(id.partition("_")[0])
    return await documents.find(call.connection, kind, id) if kind else None
