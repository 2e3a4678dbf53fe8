"""
Everything that must pass: ``make test``, or ``python -m deploy.test``.

Each step says what it is and how long it took. A failure does not stop the steps after it, so that one run shows
everything; pytest comes last, so that its closing line is the last one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.browser import VARIABLE, BrowserMissing, ensure_browser
from deploy.embedded.postgres import PostgresUnavailable
from deploy.embedded.redis import RedisUnavailable
from deploy.paths import PROJECT
from deploy.test_services import SETTINGS_MODULE, TestServices

SCRIPTS = Path(sys.executable).parent
#: As many as a small machine has cores; a large one gains little beyond four.
WORKERS = max(2, min(4, os.cpu_count() or 2))


@dataclass(frozen=True)
class Step:
    """One thing that must pass, and the group by which ``--only`` picks it."""

    name: str
    group: str
    argv: list[str]


STEPS = [
    Step("translations compile", "messages", [sys.executable, "-m", "deploy.compile_messages"]),
    Step("ruff check", "lint", [str(SCRIPTS / "ruff"), "check", "."]),
    Step("ruff format", "lint", [str(SCRIPTS / "ruff"), "format", "--check", "--quiet", "."]),
    Step("import-linter", "lint", [str(SCRIPTS / "lint-imports"), "--no-logo"]),
    Step("mypy", "types", [str(SCRIPTS / "mypy")]),
    Step(
        "no missing migrations", "migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]
    ),
]
PYTEST = [
    *[sys.executable, "-m", "pytest", "-n", str(WORKERS), "--dist", "worksteal", "--durations", "10"],
    *["--ignore", "tests/benchmarks", "-m", "not screenshots"],
]


def run_command(argv: list[str]) -> bool:
    """Run a command with our output and no input; whether it went well."""
    return subprocess.run(argv, cwd=PROJECT, stdin=subprocess.DEVNULL, check=False).returncode == 0


def run_step(name: str, work: Callable[[], bool]) -> bool:
    """Run one step under its heading and say how it went."""
    say(f"\n== {name}")
    before = time.monotonic()
    good = work()
    say(f"   {'ok' if good else 'FAILED'}, {time.monotonic() - before:.1f} s")
    return good


def find_or_install_browser() -> bool:
    """Make sure that there is a browser, and tell the tests where."""
    try:
        path = ensure_browser()
    except BrowserMissing as error:
        say(str(error))
        return False
    os.environ[VARIABLE] = str(path)
    say(f"   {path}")
    return True


def say(text: str) -> None:
    """Print at once, so that headings stay with what the commands under them print."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def run_all(only: str | None, pytest_arguments: list[str]) -> int:
    """Run the steps, all or those of one group; the exit status."""
    failed = []
    for step in STEPS:
        if only in {None, step.group} and not run_step(step.name, partial(run_command, step.argv)):
            failed.append(step.name)
    if only is None:
        if not run_step("browser", find_or_install_browser):
            failed.append("browser")
        if failed:
            say(f"\nFailed so far: {', '.join(failed)}")
        say("\n== pytest")
        if not run_command([*PYTEST, *pytest_arguments]):
            failed.append("pytest")
    if failed:
        say(f"\nFAILED: {', '.join(failed)}")
    return 1 if failed else 0


def main() -> int:
    """Parse the command line, provide the services, run."""
    parser = argparse.ArgumentParser(prog="python -m deploy.test", description="Run everything that must pass.")
    parser.add_argument("--only", choices=sorted({step.group for step in STEPS}), help="one group of steps, no tests")
    parser.add_argument("pytest", nargs="*", help="arguments for pytest, after --")
    options = parser.parse_args()
    # pytest chooses its own settings; the other steps read these.
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS_MODULE
    services = TestServices()
    try:
        services.start()
        return run_all(options.only, options.pytest)
    except (PostgresUnavailable, RedisUnavailable) as error:
        say(str(error))
        return 1
    finally:
        services.stop()


if __name__ == "__main__":
    sys.exit(main())
