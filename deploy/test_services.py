"""
PostgreSQL and Redis for one run of the tests, unless the environment names them.

The cluster stays in ``.data/test-<slot>`` between runs, because it holds the migrated template; two runs at
once take two slots. The developers' PostgreSQL is used instead when it runs (``python -m deploy.dev up``).
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import TextIO

from deploy import dev
from deploy.embedded.postgres import PostgresCluster
from deploy.embedded.redis import RedisServer
from deploy.paths import DATA

SETTINGS_MODULE = "marketplace.settings.test"
SLOTS = 8
DATABASE = "fenglu"


class TestServices:
    """What one run of the tests started; ``stop`` ends exactly that."""

    __test__ = False

    def __init__(self) -> None:
        self._lock: TextIO | None = None
        self._postgres: PostgresCluster | None = None
        self._redis: RedisServer | None = None
        self.described = "from the environment"

    def start(self) -> None:
        """Set ``DATABASE_URL`` and ``REDIS_URL``, starting what the environment does not name already."""
        if "DATABASE_URL" not in os.environ:
            self._provide_postgres()
        if "REDIS_URL" not in os.environ:
            folder = self._slot()
            self._redis = RedisServer(folder / "redis", log=folder / "redis.log")
            self._redis.start()
            os.environ["REDIS_URL"] = self._redis.url()

    def stop(self) -> None:
        """End what ``start`` started."""
        if self._redis is not None:
            self._redis.stop()
        if self._postgres is not None:
            self._postgres.stop()
        if self._lock is not None:
            self._lock.close()

    def _provide_postgres(self) -> None:
        developers = dev.cluster()
        if developers.adopt():
            os.environ["DATABASE_URL"] = developers.url(DATABASE)
            self.described = "the developers' PostgreSQL (python -m deploy.dev down ends it)"
            return
        folder = self._slot()
        self._postgres = PostgresCluster(folder / "postgres", log=folder / "postgres.log", durable=False)
        self._postgres.start()
        self._postgres.create_database(DATABASE)
        os.environ["DATABASE_URL"] = self._postgres.url(DATABASE)
        self.described = f"a cluster of its own in {folder.name}"

    def _slot(self) -> Path:
        if self._lock is not None:
            return Path(self._lock.name).parent
        for number in range(SLOTS):
            folder = DATA / f"test-{number}"
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / "lock").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            self._lock = lock
            return folder
        raise RuntimeError(f"{SLOTS} runs of the tests are going on in this folder already.")


#: The services of this process. pytest-xdist's workers inherit the addresses and start nothing.
services = TestServices()


def provide_services() -> None:
    """Set the environment that the settings read; called by the topmost conftest before Django is set up."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    services.start()
