"""
When to stop solving. The only place of the planner that looks at a clock, and only for how long it has run.

A criterion is asked now and then with the best objective and the bound so far; true means stop. What it knows in
advance it tells the solver through ``limits``.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StopLimits:
    """Seconds and branch-and-bound nodes that are left."""

    time_s: float = math.inf
    nodes: int | None = None


class StoppingCriterion(Protocol):
    """What ``solve`` asks; ``is_watching`` is false when the limits alone say everything."""

    is_watching: bool

    def __call__(self, best: float, bound: float) -> bool: ...

    def limits(self) -> StopLimits: ...


class MaxRuntime:
    """Stop after so many seconds, counted from the first question."""

    is_watching = False

    def __init__(self, max_runtime_s: float) -> None:
        if not max_runtime_s >= 0:
            raise ValueError("max_runtime_s must not be negative")
        self._max_runtime_s = max_runtime_s
        self._start: float | None = None

    def __call__(self, best: float, bound: float) -> bool:
        return self.limits().time_s <= 0

    def limits(self) -> StopLimits:
        now = time.perf_counter()
        if self._start is None:
            self._start = now
        return StopLimits(time_s=max(self._max_runtime_s - (now - self._start), 0.0))


class MaxIterations:
    """Stop after so many branch-and-bound nodes; the same on every machine, unlike seconds."""

    is_watching = False

    def __init__(self, max_iterations: int) -> None:
        if max_iterations < 0:
            raise ValueError("max_iterations must not be negative")
        self._max_iterations = max_iterations

    def __call__(self, best: float, bound: float) -> bool:
        return self._max_iterations == 0

    def limits(self) -> StopLimits:
        return StopLimits(nodes=self._max_iterations)


class NoImprovement:
    """Stop when the best plan has not become better for so many questions in a row."""

    is_watching = True

    def __init__(self, max_checks: int) -> None:
        if max_checks < 1:
            raise ValueError("max_checks must be at least one")
        self._max_checks = max_checks
        self._best = -math.inf
        self._checks = 0

    def __call__(self, best: float, bound: float) -> bool:
        if best > self._best:
            self._best, self._checks = best, 0
        elif math.isfinite(best):
            self._checks += 1
        return self._checks >= self._max_checks

    def limits(self) -> StopLimits:
        return StopLimits()


class Watched:
    """
    Ask a function, given the best objective and bound: for showing progress and for a person who cancels.

    Once it has said stop, nothing more is asked and no time is left for anybody who divides it.
    """

    is_watching = True

    def __init__(self, should_stop: Callable[[float, float], bool]) -> None:
        self._should_stop = should_stop
        self._has_stopped = False

    def __call__(self, best: float, bound: float) -> bool:
        self._has_stopped = self._has_stopped or self._should_stop(best, bound)
        return self._has_stopped

    def limits(self) -> StopLimits:
        return StopLimits(time_s=0.0) if self._has_stopped else StopLimits()


class FirstOf:
    """Stop as soon as any of the criteria says so."""

    def __init__(self, criteria: Sequence[StoppingCriterion]) -> None:
        self._criteria = tuple(criteria)
        self.is_watching = any(row.is_watching for row in self._criteria)

    def __call__(self, best: float, bound: float) -> bool:
        # Every criterion is asked, so that those that count do not miss a question.
        answers = [row(best, bound) for row in self._criteria]
        return any(answers)

    def limits(self) -> StopLimits:
        all_limits = [row.limits() for row in self._criteria]
        nodes = [row.nodes for row in all_limits if row.nodes is not None]
        return StopLimits(
            time_s=min((row.time_s for row in all_limits), default=math.inf), nodes=min(nodes, default=None)
        )
