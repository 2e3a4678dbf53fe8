"""Follows the log of one child: its last line while a step works, its errors as they come."""

from __future__ import annotations

import re
import time
from pathlib import Path

#: Words that make a line worth showing on the console.
ERROR = re.compile(r"\b(ERROR|CRITICAL|FATAL|PANIC)\b")
#: Errors that belong to starting and ending, and to asking whether we are ready.
EXPECTED = re.compile(
    r"the database system is (starting up|shutting down|not yet accepting)"
    r"|terminating connection due to administrator command|Service Unavailable: /readyz"
)
#: A child that complains without end fills its log, not the console.
LINES_AT_ONCE = 5
QUIET_S = 10.0
LONGEST_CHUNK = 65_536


class LogTail:
    """Reads ``log`` from where it ends now."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._start = self._size()
        self._position = self._start
        self._shown = 0
        self._window_at = time.monotonic()

    def last_line(self) -> str:
        """The last line that is not blank since we began to follow, or nothing."""
        lines = [line.strip() for line in self._read_from(max(self._start, self._size() - 2_000)).splitlines()]
        return next((line for line in reversed(lines) if line), "")

    def end(self, lines: int = 25) -> str:
        """The last lines since we began to follow."""
        text = self._read_from(max(self._start, self._size() - LONGEST_CHUNK))
        return "\n".join(text.splitlines()[-lines:])

    def new_errors(self) -> list[str]:
        """Error lines that came since the last call, a few at a time."""
        if self._size() <= self._position:
            self._position = min(self._position, self._size())
            return []
        text = self._read_from(self._position, LONGEST_CHUNK)
        whole, newline, _ = text.rpartition("\n")
        self._position += len((whole + newline).encode("utf-8", errors="surrogateescape"))
        if not newline and len(text) >= LONGEST_CHUNK:
            self._position += LONGEST_CHUNK
        if time.monotonic() - self._window_at > QUIET_S:
            self._window_at, self._shown = time.monotonic(), 0
        found = [line.strip()[:300] for line in whole.splitlines() if ERROR.search(line) and not EXPECTED.search(line)]
        found = found[: LINES_AT_ONCE - self._shown]
        self._shown += len(found)
        return found

    def _size(self) -> int:
        try:
            return self._log.stat().st_size
        except FileNotFoundError:
            return 0

    def _read_from(self, position: int, length: int = -1) -> str:
        try:
            with self._log.open("rb") as file:
                file.seek(position)
                return file.read(length).decode("utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return ""
