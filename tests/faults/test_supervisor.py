"""Whatever happens to the supervisor, no process stays behind; whatever happens to a child, it comes back."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.paths import PROJECT

#: What the issue allows: everything has ended within 15 seconds.
END_WITHIN_S = 15.0


class Run:
    """One supervisor under test and what it started."""

    def __init__(self, folder: Path, kinds: list[str]) -> None:
        self.folder = folder
        self.kinds = kinds
        script = PROJECT / "tests" / "faults" / "run_supervisor.py"
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(folder), *kinds],
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def family(self, number: int, generation: int = 0) -> list[int]:
        """The numbers of a dummy and its child, once both are there."""
        file = self.folder / f"dummy{number}"
        wait_for(lambda: file.exists() and len(file.read_text().splitlines()) > generation)
        return [int(word) for word in file.read_text().splitlines()[generation].split()]

    def everyone(self) -> list[int]:
        """All that runs because of the supervisor: families, and the watchdog."""
        for number in range(len(self.kinds)):
            self.family(number)
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]


def wait_for(condition: Callable[[], bool], *, seconds: float = END_WITHIN_S) -> None:
    """Fail unless ``condition`` holds within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)


def alive(numbers: list[int]) -> list[int]:
    """Those of the processes that still run; one that is dead but not yet waited for does not."""
    found = []
    for number in numbers:
        try:
            if psutil.Process(number).status() != psutil.STATUS_ZOMBIE:
                found.append(number)
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Start a supervisor over families of the given kinds; whatever is left when the test is over is killed."""
    runs: list[Run] = []
    seen: list[int] = []

    def begin(*kinds: str) -> Run:
        run = Run(tmp_path, list(kinds))
        runs.append(run)
        seen.extend(run.everyone())
        return run

    yield begin
    for run in runs:
        run.process.kill()
        run.process.wait()
    for number in alive(seen):
        os.kill(number, signal.SIGKILL)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_group_ends_every_process(start: Callable[..., Run], ending: signal.Signals) -> None:
    run = start("plain", "plain")
    everyone = run.everyone()
    assert len(everyone) == 5

    os.killpg(run.process.pid, ending)

    assert run.process.wait(timeout=END_WITHIN_S) == 0
    assert alive(everyone) == []


def test_a_family_that_does_not_listen_is_killed_in_time(start: Callable[..., Run]) -> None:
    run = start("stubborn")
    everyone = run.everyone()

    run.process.send_signal(signal.SIGTERM)

    assert run.process.wait(timeout=END_WITHIN_S) == 0
    assert alive(everyone) == []


def test_a_grandchild_that_left_its_family_ends_too(start: Callable[..., Run]) -> None:
    run = start("daemon")
    everyone = run.everyone()

    run.process.send_signal(signal.SIGTERM)

    assert run.process.wait(timeout=END_WITHIN_S) == 0
    assert alive(everyone) == []


def test_killing_the_supervisor_leaves_no_process(start: Callable[..., Run]) -> None:
    run = start("plain", "stubborn", "daemon")
    everyone = run.everyone()

    run.process.kill()

    wait_for(lambda: alive(everyone) == [])


def test_killing_the_watchdog_brings_another_that_knows_everyone(start: Callable[..., Run]) -> None:
    run = start("plain")
    parent, child = run.family(0)
    [watchdog] = set(run.everyone()) - {parent, child}

    os.kill(watchdog, signal.SIGKILL)
    wait_for(lambda: bool(set(alive(run.everyone())) - {watchdog, parent, child}))
    everyone = run.everyone()
    run.process.kill()

    wait_for(lambda: alive(everyone) == [])


def test_a_child_that_dies_is_started_again_and_said_so(start: Callable[..., Run]) -> None:
    run = start("plain")
    parent, child = run.family(0)

    os.kill(parent, signal.SIGKILL)
    second = run.family(0, generation=1)

    # The family of the dead one is gone: it would have held the port or the task.
    wait_for(lambda: alive([parent, child]) == [])
    assert len(alive(second)) == 2
    run.process.send_signal(signal.SIGTERM)
    said = run.process.communicate(timeout=END_WITHIN_S)[0].decode()
    assert "dummy0 was ended by SIGKILL; starting it again in 1 s" in said
    assert "dummy0 runs again" in said


def test_a_child_that_keeps_dying_is_started_ever_more_rarely(start: Callable[..., Run]) -> None:
    run = start("plain")

    for generation in range(2):
        os.kill(run.family(0, generation=generation)[0], signal.SIGKILL)
    run.family(0, generation=2)

    run.process.send_signal(signal.SIGTERM)
    said = run.process.communicate(timeout=END_WITHIN_S)[0].decode()
    assert said.index("again in 1 s") < said.index("again in 2 s")


def test_the_next_start_ends_what_a_kill_of_everything_left(start: Callable[..., Run]) -> None:
    first = start("stubborn")
    family = first.family(0)
    [watchdog] = set(first.everyone()) - set(family)
    # Stopped, so that it cannot start another watchdog between the two kills.
    first.process.send_signal(signal.SIGSTOP)
    os.kill(watchdog, signal.SIGKILL)
    first.process.kill()
    first.process.wait()
    assert alive(family) == family

    (first.folder / "dummy0").unlink()
    start("plain")

    wait_for(lambda: alive(family) == [])
