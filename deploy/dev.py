"""
PostgreSQL and Redis for developing: ``python -m deploy.dev up`` and ``down``.

``up`` prints the two export lines; run again, it prints the same. The pair goes on until ``down``.
"""

from __future__ import annotations

import argparse
import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded.postgres import PostgresCluster, PostgresUnavailable
from deploy.embedded.redis import RedisServer, RedisUnavailable
from deploy.paths import DATA

FOLDER = DATA / "dev"
DATABASE = "fenglu"


def cluster() -> PostgresCluster:
    """The developers' cluster, started or not."""
    return PostgresCluster(FOLDER / "postgres", log=FOLDER / "postgres.log", durable=False)


def redis_server() -> RedisServer:
    """The developers' Redis, started or not."""
    return RedisServer(FOLDER / "redis", log=FOLDER / "redis.log")


def up() -> dict[str, str]:
    """Start what does not run yet, and return the environment that points to both."""
    with _one_at_a_time():
        postgres = cluster()
        if not postgres.adopt():
            postgres.start(outlive_us=True)
        postgres.create_database(DATABASE)
        redis = redis_server()
        if not redis.adopt():
            redis.start(outlive_us=True)
    return {"DATABASE_URL": postgres.url(DATABASE), "REDIS_URL": redis.url()}


def down() -> None:
    """End both; the data stays."""
    with _one_at_a_time():
        cluster().stop()
        redis_server().stop()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Path(FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Parse the command line and do it."""
    parser = argparse.ArgumentParser(prog="python -m deploy.dev", description=__doc__)
    parser.add_argument("action", choices=["up", "down"])
    action = parser.parse_args().action
    try:
        if action == "down":
            down()
            return 0
        for name, value in up().items():
            sys.stdout.write(f"export {name}={value}\n")
    except (PostgresUnavailable, RedisUnavailable) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
