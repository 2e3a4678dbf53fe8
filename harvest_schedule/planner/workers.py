"""
Processes that solve side by side.

Tasks are handed out one by one, when a process is about to be free, so that a task may be made of what is left of the
time. A process that dies (out of memory, killed) takes all that was running with it; that is done again by new ones, a
few times, and then it is an error: never a wait without end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from types import TracebackType
from typing import Any, TypeVar

_Task = TypeVar("_Task")
_Answer = TypeVar("_Answer")

MAX_RESTARTS = 2


class WorkersLost(RuntimeError):
    """Solving processes died more often than they are replaced."""


class Workers:
    """``count`` processes, or none beside this one when ``count`` is one. A context manager."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool: ProcessPoolExecutor | None = None
        self._restarts = 0

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def map(self, function: Callable[[_Task], _Answer], tasks: Iterable[_Task]) -> list[_Answer]:
        """
        Answers in the order of the tasks; ``function`` must be one that another process can import.

        Raises
        ------
        WorkersLost
            When processes keep dying. What ``function`` raises comes through as it is.
        """
        if self.count == 1:
            return [function(task) for task in tasks]
        waiting = iter(enumerate(tasks))
        again: deque[tuple[int, _Task]] = deque()
        running: dict[Future[_Answer], tuple[int, _Task]] = {}
        answers: dict[int, _Answer] = {}
        while True:
            try:
                while len(running) < 2 * self.count:
                    entry = again.popleft() if again else next(waiting, None)
                    if entry is None:
                        break
                    again.appendleft(entry)
                    future = self._open().submit(function, entry[1])
                    running[future] = again.popleft()
                if not running:
                    break
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    answers[running[done][0]] = done.result()
                    del running[done]
            except BrokenProcessPool as error:
                again.extend(running.values())
                running.clear()
                self._restart(error)
        return [answers[index] for index in range(len(answers))]

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # A fresh interpreter each: nothing of this process (connections, threads, memory) goes along.
            self._pool = ProcessPoolExecutor(self.count, mp_context=get_context("spawn"))
        return self._pool

    def _restart(self, error: Exception) -> None:
        self._close()
        self._restarts += 1
        if self._restarts > MAX_RESTARTS:
            raise WorkersLost(f"solving processes died {self._restarts} times") from error

    def _close(self) -> None:
        pool: Any = self._pool
        self._pool = None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
