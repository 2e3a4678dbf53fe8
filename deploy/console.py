"""What the person who started the demo sees while it works."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

#: Where there is no terminal to write over, a step that goes on says so this often.
REMINDER_S = 10.0
LINE_WIDTH = 78
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Console:
    """Lines with the time since the start; the step at work is written over in a terminal, repeated elsewhere."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._started_at = time.monotonic()
        self._step = ""
        self._step_at = 0.0
        self._reminded_at = 0.0

    def say(self, text: str = "") -> None:
        """Print a line of its own."""
        self._clear()
        self._write(text + "\n")

    def warn(self, text: str) -> None:
        """Print a line that should be noticed."""
        self.say(f"  ! {text}")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show that ``name`` is being done, and for how long it was when it is."""
        self._step, self._step_at = name, time.monotonic()
        self._reminded_at = self._step_at
        self.tick()
        try:
            yield
        except BaseException:
            self._clear()
            self._step = ""
            raise
        took = time.monotonic() - self._step_at
        done, self._step = self._step, ""
        self._clear()
        self._write(f"  ✓ {done}  {took:.1f} s\n")

    def rename(self, name: str) -> None:
        """Call the step at work differently from now on (its result is known)."""
        self._step = name

    def tick(self, detail: str = "") -> None:
        """Show that the step at work still goes on; call it a few times a second."""
        if not self._step:
            return
        now = time.monotonic()
        doing = f"{self._step}  {now - self._step_at:.0f} s" + (f"  {detail}" if detail else "")
        if self._is_terminal:
            self._clear()
            self._write(f"  {SPINNER[int(now * 8) % len(SPINNER)]} {doing}"[:LINE_WIDTH])
        elif now - self._reminded_at >= REMINDER_S:
            self._reminded_at = now
            self._write(f"  … {doing}"[: 2 * LINE_WIDTH] + "\n")

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started_at

    def _clear(self) -> None:
        if self._is_terminal:
            self._write("\r\033[K")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (BrokenPipeError, OSError):
            # The terminal is gone; the demo need not go with it in the middle of a step (SIGHUP ends it in order).
            pass
