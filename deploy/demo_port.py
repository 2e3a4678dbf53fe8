"""Looking at the demo's port from outside: who holds it, and what the site there answers."""

from __future__ import annotations

import http.client

import psutil

from deploy.paths import PROJECT


def answers(port: int, path: str) -> bool:
    """Whether ``path`` on our own machine answers 200 now."""
    return _status(port, path)[0] == http.client.OK


def what_readyz_says(port: int) -> str:
    """The body of ``/readyz``, for the one who has to find out what is wrong."""
    status, body = _status(port, "/readyz")
    return body.strip() or ("no answer" if status is None else f"status {status}")


def _status(port: int, path: str) -> tuple[int | None, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(2_000).decode("utf-8", errors="replace")
    except (OSError, http.client.HTTPException):
        return None, ""
    finally:
        connection.close()


def listener_on(port: int) -> psutil.Process | None:
    """The process that listens on ``port``, where the system lets us see it."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return psutil.Process(connection.pid)
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return None
    return None


def by_whom(port: int) -> str:
    """``by python3 (process 123)`` in a form that fits into a sentence, or nothing when it cannot be seen."""
    process = listener_on(port)
    if process is None:
        return " by another program"
    try:
        return f" by {process.name()} (process {process.pid})"
    except psutil.NoSuchProcess:
        return " by another program"


def is_our_leftover(port: int) -> bool:
    """Whether the port is held by a web process of this folder whose supervisor was killed a moment ago."""
    process = listener_on(port)
    try:
        return process is not None and "deploy/gunicorn_conf.py" in process.cmdline() and process.cwd() == str(PROJECT)
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return False
