"""
Solving that somebody watches: what is found is told about once a second, and the listener may end it.

The solver runs for seconds without coming back to Python, so a thread of its own does the telling: a heart that beats
also while the program is built or its first linear program is solved.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable

from django.db import Error, connections

from harvest_schedule.planner.plan import Plan
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.solve import SolveParams, solve
from harvest_schedule.planner.stop import FirstOf, MaxRuntime, Watched

logger = logging.getLogger(__name__)

#: How near to the best a plan must be to count as the best.
REL_GAP = 1e-4
TELL_EVERY_S = 1.0

#: Called with the best objective and the bound so far (-inf and inf while nothing is known); true ends the search.
Tell = Callable[[float, float], bool]


def solve_watched(
    problem: Problem,
    *,
    time_limit_s: float,
    tell: Tell | None = None,
    every_s: float = TELL_EVERY_S,
    initial: Plan | None = None,
) -> Result:
    """
    Solve until the plan is proven, the time is over or the listener says stop; the best plan so far is the answer.

    Parameters
    ----------
    tell
        Runs in a thread with a database connection of its own, which is closed at the end. A database that does not
        answer it is asked again a second later; whatever else it raises ends the search.
    """
    params = SolveParams(rel_gap=REL_GAP)
    if tell is None:
        return solve(problem, MaxRuntime(time_limit_s), params=params, initial=initial)
    with _Teller(tell, every_s) as teller:
        stop = FirstOf([MaxRuntime(time_limit_s), Watched(teller.look)])
        return solve(problem, stop, params=params, initial=initial)


class _Teller:
    """Carries what the solver knows to the listener, and the listener's stop back."""

    def __init__(self, tell: Tell, every_s: float) -> None:
        self._tell = tell
        self._every_s = every_s
        self._known = (-math.inf, math.inf)
        self._must_stop = False
        self._has_ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="solve-teller", daemon=True)

    def __enter__(self) -> _Teller:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._has_ended.set()
        self._thread.join()

    def look(self, best: float, bound: float) -> bool:
        """What the solver calls: a glance, as it waits for the answer."""
        self._known = (best, bound)
        return self._must_stop

    def _run(self) -> None:
        try:
            while not self._has_ended.wait(self._every_s):
                try:
                    self._must_stop = self._tell(*self._known) or self._must_stop
                except Error:
                    logger.warning("solving: progress could not be told, the next try is in %s s", self._every_s)
                    connections.close_all()
                except Exception:
                    logger.exception("solving: who watched failed, so it ends")
                    self._must_stop = True
        finally:
            connections.close_all()
