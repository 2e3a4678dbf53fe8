"""The sandbox's own PostgreSQL database: its tables and a handful of connections."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

logger = logging.getLogger("sandbox")

Connection = psycopg.AsyncConnection[dict[str, Any]]

CONNECTIONS = 4
# The server may still be starting when the sandbox does.
START_TRIES = 60

SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    id text PRIMARY KEY,
    kind text NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    created bigint NOT NULL,
    parent text NOT NULL DEFAULT '',
    body jsonb NOT NULL,
    private jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS document_by_kind ON document (kind, created DESC, seq DESC);
CREATE INDEX IF NOT EXISTS document_by_parent ON document (parent, kind);
CREATE INDEX IF NOT EXISTS document_open_session ON document (((body->>'expires_at')::bigint))
    WHERE kind = 'checkout.session' AND body->>'status' = 'open';
CREATE INDEX IF NOT EXISTS document_pending_refund ON document (seq)
    WHERE kind = 'refund' AND private ? 'settles_as';
CREATE TABLE IF NOT EXISTS answer (
    key text PRIMARY KEY,
    at bigint NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    fingerprint text NOT NULL,
    status integer NOT NULL,
    body text NOT NULL,
    request_id text NOT NULL
);
CREATE TABLE IF NOT EXISTS account (
    id text PRIMARY KEY,
    is_disabled boolean NOT NULL DEFAULT false,
    paid_out bigint NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS delivery (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text NOT NULL,
    event_type text NOT NULL,
    is_forged boolean NOT NULL DEFAULT false,
    state text NOT NULL DEFAULT 'waiting',
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    last_status integer,
    last_error text NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS delivery_waiting ON delivery (due_at) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS delivery_by_event ON delivery (event_id);
CREATE TABLE IF NOT EXISTS fault (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    path text NOT NULL,
    method text NOT NULL,
    seed bigint NOT NULL,
    probability double precision NOT NULL,
    times_left integer,
    draws integer NOT NULL DEFAULT 0,
    options jsonb NOT NULL
);
CREATE TABLE IF NOT EXISTS fault_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    logged_at timestamptz NOT NULL DEFAULT now(),
    fault_id bigint NOT NULL,
    kind text NOT NULL,
    target text NOT NULL,
    detail text NOT NULL
);
"""

# In the order in which they are emptied: what waits on its way before what it tells of.
TABLES = ("delivery", "document", "answer", "account", "fault", "fault_log")


class Database:
    """At most ``CONNECTIONS`` connections, opened when first needed and dropped when broken."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._idle: list[Connection] = []
        self._places = asyncio.Semaphore(CONNECTIONS)

    async def prepare(self) -> None:
        """Make the database and its tables if they are not there; wait while the server starts."""
        for tries_left in reversed(range(START_TRIES)):
            try:
                await self._prepare_once()
                return
            except psycopg.OperationalError as error:
                if getattr(error, "sqlstate", None) == "3D000" or "does not exist" in str(error):
                    await self._create()
                elif tries_left == 0:
                    raise
                else:
                    logger.info("waiting for the database server")
                    await asyncio.sleep(0.5)
        raise RuntimeError("The sandbox's database cannot be made")

    async def _prepare_once(self) -> None:
        async with self.transaction() as connection:
            # Two sandboxes may start at once on one database.
            await connection.execute("SELECT pg_advisory_xact_lock(7366)")
            await connection.execute(SCHEMA)

    async def _create(self) -> None:
        parts = conninfo_to_dict(self._url)
        name = str(parts["dbname"])
        server = make_conninfo(self._url, dbname="postgres")
        async with await psycopg.AsyncConnection.connect(server, autocommit=True) as connection:
            try:
                await connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                logger.info("the database was made by another process")

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction on one connection: committed at the end, rolled back by an exception."""
        async with self._places:
            connection = await self._take()
            try:
                async with connection.transaction():
                    yield connection
            finally:
                if connection.closed or connection.info.transaction_status is not TransactionStatus.IDLE:
                    # What broke this one (a restart of the server) broke those that were idle too.
                    await connection.close()
                    await self.close()
                else:
                    self._idle.append(connection)

    async def _take(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed:
                return connection
        return await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, row_factory=dict_row, connect_timeout=5, application_name="sandbox"
        )
