"""
The provider's objects: one row each, its published body and what the sandbox keeps to itself.

Ids follow from what brought the object about, so that the same history gives the same ids.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

from psycopg.types.json import Jsonb

from marketplace.payment.sandbox.database import Connection
from marketplace.payment.sandbox.errors import missing

ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

KIND_NAMES = {
    "checkout.session": "checkout session",
    "payment_intent": "payment intent",
    "balance_transaction": "balance transaction",
    "transfer_reversal": "transfer reversal",
}


@dataclass(slots=True)
class Document:
    """``body`` is what the API shows; ``private`` is not shown; ``parent`` is the id it belongs to, or empty."""

    id: str
    kind: str
    created: int
    body: dict[str, Any]
    parent: str = ""
    private: dict[str, Any] = field(default_factory=dict)


def derived_id(secret: str, prefix: str, *causes: object, length: int = 24) -> str:
    """An id that cannot be guessed without the secret, and is the same for the same causes."""
    digest = hmac.new(secret.encode(), "\x1f".join([prefix, *map(str, causes)]).encode(), hashlib.sha512).digest()
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(length):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return prefix + "".join(letters)


async def insert(connection: Connection, document: Document) -> None:
    await connection.execute(
        "INSERT INTO document (id, kind, created, parent, body, private) VALUES (%s, %s, %s, %s, %s, %s)",
        (
            document.id,
            document.kind,
            document.created,
            document.parent,
            Jsonb(document.body),
            Jsonb(document.private),
        ),
    )


async def save(connection: Connection, document: Document) -> None:
    await connection.execute(
        "UPDATE document SET body = %s, private = %s WHERE id = %s",
        (Jsonb(document.body), Jsonb(document.private), document.id),
    )


async def find(connection: Connection, kind: str, id: str, *, lock: bool = False) -> Document | None:
    if not id.isprintable():
        # PostgreSQL takes no NUL; no id holds anything of the kind.
        return None
    statement = "SELECT id, kind, created, parent, body, private FROM document WHERE id = %s AND kind = %s"
    cursor = await connection.execute(statement + (" FOR UPDATE" if lock else ""), (id, kind))
    row = await cursor.fetchone()
    return Document(**row) if row else None


async def get(connection: Connection, kind: str, id: str, *, lock: bool = False, param: str = "id") -> Document:
    """
    Raises
    ------
    ApiError
        404 if there is no such object of that kind.
    """
    document = await find(connection, kind, id, lock=lock)
    if document is None:
        raise missing(KIND_NAMES.get(kind, kind), id[:100], param=param)
    return document


async def children(connection: Connection, kind: str, parent: str) -> list[Document]:
    cursor = await connection.execute(
        "SELECT id, kind, created, parent, body, private FROM document WHERE parent = %s AND kind = %s"
        " ORDER BY created DESC, seq DESC",
        (parent, kind),
    )
    return [Document(**row) for row in await cursor.fetchall()]
