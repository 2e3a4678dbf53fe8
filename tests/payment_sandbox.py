"""The payment sandbox as a real process, and a shop's webhook address to listen on."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg import sql

SECRET_KEY = "sk_test_only_for_tests"
WEBHOOK_SECRET = "whsec_only_for_tests"
START_SECONDS = 30


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def database_beside(url: str, name: str) -> str:
    """The address of another database on the server of ``url``."""
    return urlunsplit(urlsplit(url)._replace(path="/" + name))


class SandboxProcess:
    """
    One sandbox on a free port, with a database of its own that it makes itself.

    ``kill`` ends it as a crash would; ``start`` after it continues on the same port and database.
    """

    def __init__(
        self,
        server_url: str,
        name: str,
        *,
        webhook_url: str = "",
        environment: dict[str, str] | None = None,
        application: str = "marketplace.payment.sandbox.app:app",
    ):
        self._application = application
        self._server_url = server_url
        self._name = name
        self._environment = environment or {}
        self._process: subprocess.Popen[bytes] | None = None
        self.webhook_url = webhook_url
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws", "--port", str(self.port)]
        environment = {
            **os.environ,
            "SANDBOX_DATABASE_URL": database_beside(self._server_url, self._name),
            "SANDBOX_SECRET_KEY": SECRET_KEY,
            "SANDBOX_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "SANDBOX_WEBHOOK_URL": self.webhook_url,
            "SANDBOX_BASE_URL": self.base_url,
            "SANDBOX_RETRY_SECONDS": "0.3,0.6",
            "SANDBOX_REFUND_SECONDS": "0.5",
            **self._environment,
        }
        self._process = subprocess.Popen(
            [*command, self._application],
            env=environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError("the payment sandbox did not start; its errors are above")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it in good order and drop its database."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self._name)))

    def kill(self) -> None:
        """End its whole process group at once."""
        if self._process is not None:
            os.killpg(self._process.pid, 9)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            return httpx.get(self.base_url + "/healthz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


@dataclass(frozen=True)
class Delivery:
    """One webhook as it arrived, and the clock then."""

    headers: dict[str, str]
    body: bytes
    arrived_at: float


class Shop:
    """A webhook address that keeps what arrives and answers what the test says (200 unless told)."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.answers: list[int] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = shop.answers.pop(0) if shop.answers else 200
                shop.deliveries.append(Delivery(dict(self.headers), body, time.time()))
                self.send_response(status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/stripe/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait_for(self, is_enough: Callable[[list[Delivery]], bool], *, seconds: float = 10) -> list[Delivery]:
        """What arrived, once it is enough; fails when it does not become enough in time."""
        deadline = time.monotonic() + seconds
        while not is_enough(self.deliveries):
            if time.monotonic() > deadline:
                raise AssertionError(f"only {len(self.deliveries)} webhooks arrived in {seconds} s")
            time.sleep(0.02)
        return list(self.deliveries)

    def forget(self) -> None:
        self.deliveries.clear()
        self.answers.clear()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
