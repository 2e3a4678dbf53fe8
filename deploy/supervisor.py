"""
Starts processes, starts them again when they die, and leaves none behind, however it ends itself.

Four nets hold the last promise: an orderly end asks every group and then kills it; Linux signals each child when we
die; a watchdog process ends whole groups when our pipe to it breaks; and what was left all the same is found by the
next start in ``run.json``.
"""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

import psutil

from deploy.charges import Charge, Program
from deploy.child import RUN_MARK, end_group, group_lives, signal_group, spawn
from deploy.console import Console
from deploy.log_tail import LogTail

PR_SET_CHILD_SUBREAPER = 36
TICK_S = 0.1
FIRST_BACKOFF_S = 1.0
LONGEST_BACKOFF_S = 30.0
#: A child that lived this long had a good start; its next death counts as the first.
STEADY_AFTER_S = 60.0
#: Together well under the 15 seconds in which everything must be gone.
APPLICATIONS_PATIENCE_S = 6.0
SERVERS_PATIENCE_S = 6.0


class StopRequested(BaseException):
    """Someone wants us to end (Ctrl-C, SIGTERM, a closed terminal)."""


class StepFailed(Exception):
    """A command that had to succeed did not; the message ends with what it said last."""


class Supervisor:
    """Looks after charges, in the order in which they were started."""

    def __init__(self, folder: Path, console: Console) -> None:
        self.folder = folder
        self.console = console
        self._charges: list[Charge] = []
        self._tails: dict[str, LogTail] = {}
        self._started_at: dict[str, float] = {}
        self._backoff_s: dict[str, float] = {}
        self._restart_at: dict[str, float] = {}
        self._steps: list[subprocess.Popen[bytes]] = []
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._stopping = False
        self._run_file = folder / "run.json"

    def begin(self) -> None:
        """Take signals over, clear what an earlier run left, and start the watchdog."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        if sys.platform == "linux":
            # Grandchildren whose parent died become ours instead of nobody's, so that we can end them.
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        os.environ[RUN_MARK] = secrets.token_hex(8)
        self._end_leftovers()
        self._start_watchdog()

    def add(self, charge: Charge) -> None:
        """Start ``charge`` and look after it from now on."""
        rotate(charge.log)
        self._tails[charge.name] = LogTail(charge.log)
        self._charges.append(charge)
        self._backoff_s[charge.name] = FIRST_BACKOFF_S
        self._start(charge)

    def run(self, name: str, argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> None:
        """
        Run one command to its end while the charges are looked after.

        Raises
        ------
        StepFailed
            If it ends with anything but 0.
        """
        rotate(log)
        tail = LogTail(log)
        step = Program(name, argv, env=env, cwd=cwd, log=log)
        step.start()
        assert step.process is not None
        self._steps.append(step.process)
        self._tell_watchdog("+", step.process.pid, step.end_signal)
        self._remember()
        while step.process.poll() is None:
            self.look()
            self.console.tick(tail.last_line())
            time.sleep(TICK_S)
        self._steps.remove(step.process)
        self._tell_watchdog("-", step.process.pid)
        if step.process.returncode != 0:
            raise StepFailed(
                f"{name} {describe_end(step.process.returncode)}. It said last:\n\n{tail.end()}\n\n({log})"
            )

    def wait_until(self, condition: Callable[[], bool], *, seconds: float) -> bool:
        """Look after the charges until ``condition`` holds; False when it does not within ``seconds``."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.look()
            if condition():
                return True
            self.console.tick()
            time.sleep(TICK_S)
        return False

    def look_after(self) -> None:
        """Look after the charges until someone wants us to end."""
        while True:
            self.look()
            time.sleep(TICK_S * 2)

    def look(self) -> None:
        """One round: notice deaths, start again what is due, show errors from the logs."""
        now = time.monotonic()
        for charge in self._charges:
            for line in self._tails[charge.name].new_errors():
                self.console.say(f"  {charge.name:>8} | {line}")
            due = self._restart_at.get(charge.name)
            if due is not None:
                if now >= due:
                    self._start_again(charge)
            elif charge.process is None or charge.process.poll() is not None:
                self._note_death(charge, now)
        if self._watchdog is not None and self._watchdog.poll() is not None:
            self._start_watchdog()
        self._reap_orphans()

    def stop(self) -> None:
        """End everything: applications first, then the servers they use; by force what does not end in time."""
        self._stopping = True
        applications = [charge for charge in self._charges if not charge.is_server]
        for process in self._steps:
            signal_group(process.pid, signal.SIGTERM)
        self._end(applications, seconds=APPLICATIONS_PATIENCE_S, extra=self._steps)
        self._end([charge for charge in self._charges if charge.is_server], seconds=SERVERS_PATIENCE_S)
        self._end_descendants()
        if self._watchdog is not None:
            assert self._watchdog.stdin is not None
            try:
                self._watchdog.stdin.write(b"bye\n")
                self._watchdog.stdin.close()
            except BrokenPipeError:
                pass
            self._watchdog.wait()
        self._run_file.unlink(missing_ok=True)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if not self._stopping:
            self._stopping = True
            raise StopRequested

    def _start(self, charge: Charge) -> None:
        charge.start()
        assert charge.process is not None
        self._started_at[charge.name] = time.monotonic()
        self._tell_watchdog("+", charge.process.pid, charge.end_signal)
        self._remember()

    def _note_death(self, charge: Charge, now: float) -> None:
        process = charge.process
        how = "did not start"
        if process is not None:
            how = describe_end(process.returncode)
            # Its children may still hold the port or a task.
            signal_group(process.pid, signal.SIGKILL)
            self._tell_watchdog("-", process.pid)
        if now - self._started_at.get(charge.name, 0.0) >= STEADY_AFTER_S:
            self._backoff_s[charge.name] = FIRST_BACKOFF_S
        wait = self._backoff_s[charge.name]
        self._restart_at[charge.name] = now + wait
        self._backoff_s[charge.name] = min(wait * 2, LONGEST_BACKOFF_S)
        self.console.warn(f"{charge.name} {how}; starting it again in {wait:.0f} s (log: {charge.log})")

    def _start_again(self, charge: Charge) -> None:
        try:
            self._start(charge)
        except Exception as error:
            # Whatever keeps it from starting, the next try may go well.
            wait = self._backoff_s[charge.name]
            self._restart_at[charge.name] = time.monotonic() + wait
            self._backoff_s[charge.name] = min(wait * 2, LONGEST_BACKOFF_S)
            self.console.warn(f"{charge.name} did not start ({error}); trying again in {wait:.0f} s")
            return
        del self._restart_at[charge.name]
        self.console.say(f"  ✓ {charge.name} runs again")

    def _end(self, charges: Sequence[Charge], *, seconds: float, extra: Sequence[subprocess.Popen[bytes]] = ()) -> None:
        processes = list(extra)
        for charge in charges:
            if charge.process is not None:
                processes.append(charge.process)
                signal_group(charge.process.pid, charge.end_signal)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for process in processes:
                process.poll()
            self._reap_orphans()
            if not any(group_lives(process.pid) for process in processes):
                return
            time.sleep(TICK_S / 2)
        for process in processes:
            signal_group(process.pid, signal.SIGKILL)
            process.wait()

    def _end_descendants(self) -> None:
        """End what left its group (a daemon of a child's child): as subreaper we are its parent."""
        watchdog = self._watchdog.pid if self._watchdog is not None else None
        for _ in range(3):
            left = [child for child in psutil.Process().children(recursive=True) if child.pid != watchdog]
            for child in left:
                try:
                    child.kill()
                except psutil.NoSuchProcess:
                    continue
            psutil.wait_procs(left, timeout=1.0)
            self._reap_orphans()
            if not left:
                return

    def _reap_orphans(self) -> None:
        known = {charge.process.pid for charge in self._charges if charge.process is not None}
        known |= {process.pid for process in self._steps}
        if self._watchdog is not None:
            known.add(self._watchdog.pid)
        while hasattr(os, "waitid"):
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None or ended.si_pid in known:
                return
            os.waitpid(ended.si_pid, os.WNOHANG)

    def _start_watchdog(self) -> None:
        self._watchdog = spawn(
            [sys.executable, "-S", "-E", str(Path(__file__).with_name("watchdog.py")), _mark()],
            log=None,
            on_our_death=None,
            stdin=b"",
            keep_stdin_open=True,
        )
        for charge in self._charges:
            if charge.process is not None and charge.process.poll() is None:
                self._tell_watchdog("+", charge.process.pid, charge.end_signal)

    def _tell_watchdog(self, sign: str, group: int, what: signal.Signals | None = None) -> None:
        if self._watchdog is None or self._watchdog.stdin is None:
            return
        line = f"{sign} {group}" + (f" {int(what)}" if what is not None else "")
        try:
            self._watchdog.stdin.write(line.encode() + b"\n")
            self._watchdog.stdin.flush()
        except BrokenPipeError:
            # It was killed; the next round starts another and names every group to it.
            pass

    def _remember(self) -> None:
        processes = [charge.process for charge in self._charges if charge.process is not None]
        groups = []
        for process in [*processes, *self._steps]:
            try:
                groups.append({"pid": process.pid, "created": psutil.Process(process.pid).create_time()})
            except psutil.NoSuchProcess:
                continue
        self._run_file.parent.mkdir(parents=True, exist_ok=True)
        self._run_file.write_text(json.dumps({"supervisor": os.getpid(), "groups": groups}), encoding="utf-8")

    def _end_leftovers(self) -> None:
        """End what a killed run left, unless its number belongs to someone else by now."""
        try:
            groups = json.loads(self._run_file.read_text(encoding="utf-8"))["groups"]
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return
        for entry in groups:
            try:
                same = abs(psutil.Process(entry["pid"]).create_time() - entry["created"]) < 1.0
            except psutil.NoSuchProcess:
                continue
            if same:
                end_group(entry["pid"], patience=3.0)


def _mark() -> str:
    """What the environment of every process of this run holds."""
    return f"{RUN_MARK}={os.environ[RUN_MARK]}"


def describe_end(returncode: int) -> str:
    """How a process ended, in words."""
    if returncode < 0:
        return f"was ended by {signal.Signals(-returncode).name}"
    return f"ended with status {returncode}"


def rotate(log: Path, *, limit: int = 5_000_000) -> None:
    """Set a log that has grown past ``limit`` bytes aside, keeping one older file."""
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_name(log.name + ".1"))
