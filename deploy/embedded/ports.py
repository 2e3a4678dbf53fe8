"""Choosing a free port on the loopback interface."""

from __future__ import annotations

import socket

HOST = "127.0.0.1"


def free_port(preferred: int | None = None) -> int:
    """A port that nobody listens on now: ``preferred`` (where we ran last time) if it is free, else any."""
    if preferred is not None and is_free(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def is_free(port: int, host: str = HOST) -> bool:
    """Whether a server could listen on ``port`` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
