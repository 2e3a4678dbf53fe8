import io

import pytest

from deploy import console
from deploy.console import Console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_finished_step_says_how_long_it_took() -> None:
    stream = io.StringIO()
    shown = Console(stream)

    with shown.step("PostgreSQL"):
        shown.rename("PostgreSQL 18.6")

    assert stream.getvalue() == "  ✓ PostgreSQL 18.6  0.0 s\n"


def test_a_failed_step_is_not_said_to_be_finished() -> None:
    stream = io.StringIO()
    shown = Console(stream)

    with pytest.raises(ValueError, match="broken"), shown.step("migrations"):
        raise ValueError("broken")

    assert "✓" not in stream.getvalue()


def test_without_a_terminal_a_long_step_reminds_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 100.0, 101.0, 104.0, 111.0, 112.0, 112.5])
    monkeypatch.setattr(console.time, "monotonic", lambda: next(clock))
    stream = io.StringIO()
    shown = Console(stream)

    with shown.step("migrations"):
        shown.tick("Applying a")
        shown.tick("Applying b")
        shown.tick("Applying c")

    assert stream.getvalue() == "  … migrations  11 s  Applying b\n  ✓ migrations  12.5 s\n"


def test_a_terminal_line_never_grows_past_its_width() -> None:
    stream = Terminal()
    shown = Console(stream)

    with shown.step("migrations"):
        shown.tick("Applying " + "a" * 200)

    lines = stream.getvalue().replace("\r\033[K", "\n").split("\n")
    assert max(len(line) for line in lines) <= console.LINE_WIDTH


def test_a_line_takes_the_place_of_the_spinner() -> None:
    stream = Terminal()
    shown = Console(stream)

    with shown.step("migrations"):
        shown.warn("worker was ended by SIGKILL")

    assert "\r\033[K  ! worker was ended by SIGKILL\n" in stream.getvalue()
