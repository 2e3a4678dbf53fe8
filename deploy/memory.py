"""
The memory of a running demo, process by process: ``make memory``, or ``python -m deploy.memory``.

Proportional set size: what a process has for itself, plus its share of what it has in common with others, so that
the sum over all processes is what the demo really takes. Read from ``/proc``, so on Linux only.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.demo_environment import BadPort, Place, given_environment, place_from
from deploy.demo_folder import running_supervisor

PSS = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)

#: The first that is found in a command line names the row.
NAMES = (
    ("deploy.demo", "supervisor"),
    ("watchdog.py", "watchdog"),
    ("gunicorn", "web"),
    ("deploy.beat_app", "beat"),
    ("celery", "worker"),
    ("sandbox.app", "sandbox"),
    ("postgres", "PostgreSQL"),
    ("redis-server", "Redis"),
    ("valkey-server", "Redis"),
)


@dataclass(frozen=True)
class Row:
    """One process: what it is, its number, its proportional set size in kB."""

    name: str
    pid: int
    pss_kb: int


def parse_pss(text: str) -> int:
    """The proportional set size in kB from the text of ``smaps_rollup``; 0 where it says none."""
    found = PSS.search(text)
    return int(found.group(1)) if found else 0


def name_of(command_line: str) -> str:
    """What a process is, from its command line."""
    return next((name for part, name in NAMES if part in command_line), command_line.split(" ")[0])


def rows_of_demo(place: Place) -> Iterator[Row]:
    """Every process of the demo that runs at ``place``; none when it does not run."""
    number = running_supervisor(place)
    if number is None or not psutil.pid_exists(number):
        return
    supervisor = psutil.Process(number)
    for process in [supervisor, *supervisor.children(recursive=True)]:
        try:
            text = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
            yield Row(name=name_of(" ".join(process.cmdline())), pid=process.pid, pss_kb=parse_pss(text))
        except (OSError, psutil.NoSuchProcess):
            continue


def table(rows: list[Row]) -> str:
    """The rows by group, the largest group first, with the sum below."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.name, []).append(row)
    sums = {name: sum(row.pss_kb for row in members) for name, members in groups.items()}
    lines = [
        f"{name:<12}{len(groups[name]):>3} processes {sums[name] / 1024:>8.1f} MB"
        for name in sorted(sums, key=lambda name: -sums[name])
    ]
    lines.append(f"{'together':<12}{len(rows):>3} processes {sum(sums.values()) / 1024:>8.1f} MB")
    return "\n".join(lines)


def main() -> int:
    """Print the table for the demo of this PORT."""
    try:
        place = place_from(given_environment())
    except BadPort as error:
        sys.stderr.write(f"{error}\n")
        return 1
    rows = list(rows_of_demo(place))
    if not rows:
        sys.stderr.write(f"No demo runs on port {place.port}. Start it with `make demo`.\n")
        return 1
    sys.stdout.write(table(rows) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
