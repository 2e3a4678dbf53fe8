"""
Ends the children of a supervisor that was killed without a chance to do it itself.

Started by the supervisor with a pipe on standard input. Each line names a process group: ``+ <group> <signal>`` to
look after it, ``- <group>`` to forget it, ``bye`` before an orderly end. When the pipe closes without ``bye``, the
groups are asked to end with their signal, applications before the servers they use, and killed when they do not.
So is every process that left its group but still has the run's mark in its environment.

It imports next to nothing, because it runs all the time: ``python -S -E watchdog.py NAME=mark``.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Collection, Iterable

APPLICATIONS_PATIENCE_S = 5.0
SERVERS_PATIENCE_S = 5.0


def watch(lines: Iterable[str]) -> dict[int, int] | None:
    """
    Read until the pipe closes; the groups that are left to end, as ``{group: signal}``, None after ``bye``.

    No group is left either when the supervisor died between starting the watchdog and naming its children: then the
    mark tells who they are.
    """
    groups: dict[int, int] = {}
    for line in lines:
        words = line.split()
        if words[:1] == ["+"]:
            groups[int(words[1])] = int(words[2])
        elif words[:1] == ["-"]:
            groups.pop(int(words[1]), None)
        elif words[:1] == ["bye"]:
            return None
    return groups


def send(group: int, what: int) -> bool:
    """Signal a group; False when it is gone."""
    try:
        os.killpg(group, what)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait(groups: Collection[int], seconds: float) -> None:
    """Wait until the groups are gone, at most so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(send(group, 0) for group in groups):
        time.sleep(0.05)


def end(groups: dict[int, int]) -> None:
    """End applications (asked with SIGTERM) first, then servers, then whatever is left by force."""
    applications = [group for group, what in groups.items() if what == signal.SIGTERM]
    servers = [group for group in groups if group not in applications]
    for group in applications:
        send(group, signal.SIGTERM)
    wait(applications, APPLICATIONS_PATIENCE_S)
    for group in applications:
        send(group, signal.SIGKILL)
    for group in servers:
        send(group, groups[group])
    wait(servers, SERVERS_PATIENCE_S)
    for group in servers:
        send(group, signal.SIGKILL)


def end_marked(mark: str) -> None:
    """Kill every other process whose environment holds ``mark``; knows how to look on Linux only."""
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                if mark.encode() in file.read().split(b"\0"):
                    os.kill(int(name), signal.SIGKILL)
        except OSError:
            continue


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    left = watch(sys.stdin)
    if left is not None:
        end(left)
        end_marked(sys.argv[1])
