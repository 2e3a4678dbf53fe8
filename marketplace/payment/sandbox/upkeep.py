"""What the provider does by itself: sends webhooks, expires sessions, settles refunds, forgets old keys."""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from marketplace.payment.sandbox import refunds, sessions
from marketplace.payment.sandbox.calls import Call
from marketplace.payment.sandbox.config import Config
from marketplace.payment.sandbox.database import Connection, Database
from marketplace.payment.sandbox.deliveries import Postman
from marketplace.payment.sandbox.errors import ApiError

logger = logging.getLogger("sandbox.upkeep")

SWEEP_SECONDS = 5.0
# Longer than a key lives by its own count, so that no key is forgotten before its time.
ANSWER_HOURS = 48


class Upkeep:
    """The two loops beside the answering of calls."""

    def __init__(self, config: Config, database: Database) -> None:
        self._config = config
        self._database = database
        self._postman = Postman(config, database)
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Something may be due."""
        self._news.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._deliver()), asyncio.create_task(self._sweep())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(self) -> None:
        while True:
            wait: float | None = SWEEP_SECONDS
            try:
                self._news.clear()
                if await self._postman.send_due():
                    continue
                wait = await self._postman.seconds_to_next()
            except psycopg.Error:
                logger.exception("webhooks could not be looked up")
            try:
                async with asyncio.timeout(min(SWEEP_SECONDS, SWEEP_SECONDS if wait is None else wait + 0.01)):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(SWEEP_SECONDS, max(0.2, self._config.refund_seconds)))
            try:
                await self.sweep(int(time.time()), with_simulated=False)
            except (psycopg.Error, ApiError):
                logger.exception("the sweep failed")

    async def sweep(self, at: int, *, with_simulated: bool, is_quiet: bool = False) -> int:
        """
        Expire what has lapsed by a moment, settle refunds that are due, forget old answers; how many were expired.
        """
        async with self._database.transaction() as connection:
            call = self._call(connection, at, is_quiet)
            lapsed = await sessions.lapsed_ids(call, with_simulated=with_simulated)
            due = await refunds.due(call)
            await connection.execute(
                "DELETE FROM answer WHERE stored_at < now() - make_interval(hours => %s)", (ANSWER_HOURS,)
            )
        for session_id in lapsed:
            async with self._database.transaction() as connection:
                await sessions.locked(self._call(connection, at, is_quiet), session_id)
        for refund_id, outcome in due:
            async with self._database.transaction() as connection:
                await refunds.settle(self._call(connection, at, is_quiet), refund_id, outcome)
        if lapsed or due:
            self.wake()
        return len(lapsed)

    def _call(self, connection: Connection, at: int, is_quiet: bool) -> Call:
        return Call(
            connection=connection,
            config=self._config,
            at=at,
            real_at=int(time.time()),
            is_quiet=is_quiet,
            request_id="req_" + secrets.token_hex(8),
        )
