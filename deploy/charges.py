"""What a supervisor looks after: programs of ours, and the embedded servers, behind one small shape."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from deploy.child import spawn
from deploy.embedded.postgres import PostgresCluster
from deploy.embedded.redis import RedisServer


class Charge(Protocol):
    """One process (with its family) that is started, watched, started again when it dies, and ended."""

    name: str
    log: Path
    #: Servers end after the applications that use them.
    is_server: bool
    #: How it is asked to end.
    end_signal: signal.Signals

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The process that runs now, or that died last; None before the first start."""
        ...

    def start(self) -> None:
        """Start it; servers are ready when this returns."""
        ...


class Program:
    """A command of ours, with its output in a file of its own."""

    is_server = False
    end_signal = signal.SIGTERM

    def __init__(self, name: str, argv: Sequence[str], *, env: Mapping[str, str] | None, cwd: Path, log: Path) -> None:
        self.name = name
        self.argv = argv
        self.env = env
        self.cwd = cwd
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the command; whether it is ready is for others to ask."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.process = spawn(self.argv, log=self.log, env=self.env, cwd=self.cwd)


class Postgres:
    """The embedded PostgreSQL as a charge."""

    name = "postgres"
    is_server = True
    end_signal = signal.SIGINT

    def __init__(self, cluster: PostgresCluster) -> None:
        self.cluster = cluster
        self.log = cluster.log

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The main server process."""
        return self.cluster.process

    def start(self) -> None:
        """Start the server on the port it had before, and wait until it answers."""
        self.cluster.start()


class Redis:
    """The embedded Redis as a charge."""

    name = "redis"
    is_server = True
    # Not SIGTERM, so that the watchdog ends it with the servers; Redis treats both alike.
    end_signal = signal.SIGINT

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.log = server.log

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The server process."""
        return self.server.process

    def start(self) -> None:
        """Start the server on the port it had before, and wait until it answers."""
        self.server.start()
