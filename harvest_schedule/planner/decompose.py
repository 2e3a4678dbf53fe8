"""
Large problems: solve what is independent alone, and bring what is too large for one program together by prices.

One program is fastest and exact while few produce share a store; so coordination begins only where a part holds more
than ``DecomposeParams.max_produce`` produce. What it leaves of the gap, the whole program takes up from its plan.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

from harvest_schedule.planner.coordination import BlockAnswer, BlockTask, block_solve, coordinate, truck_count
from harvest_schedule.planner.feasibility import Violation, violations
from harvest_schedule.planner.objective import evaluate
from harvest_schedule.planner.parts import (
    Part,
    duals_renamed,
    part_of,
    parts_of,
    plan_restricted,
    plans_merged,
    violations_renamed,
)
from harvest_schedule.planner.plan import Plan
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.program import Limits
from harvest_schedule.planner.result import INVALID, OPTIMAL, TIME_LIMIT, Result
from harvest_schedule.planner.solve import SolveParams, solve
from harvest_schedule.planner.stop import FirstOf, MaxRuntime, StoppingCriterion

SMALLEST_TIME_S = 0.05
"""What every part gets of the time, however many there are."""


@dataclass(frozen=True, slots=True)
class DecomposeParams:
    """From how many produce on a part is coordinated instead of solved whole, and by how many processes."""

    max_produce: int = 30
    num_workers: int = 1

    def __post_init__(self) -> None:
        if self.max_produce < 1 or self.num_workers < 1:
            raise ValueError("max_produce and num_workers must be at least one")


def solve_in_parts(
    data: Problem,
    stop: StoppingCriterion,
    seed: int = 0,
    params: SolveParams | None = None,
    initial: Plan | None = None,
    decompose: DecomposeParams | None = None,
) -> Result:
    """
    Plan a season as ``solve`` does, part by part.

    The bound is the sum of the parts' bounds. A part that is coordinated is optimal when its gap is within
    ``params.rel_gap``, else its status is ``time_limit``: the best plan found, with its gap.
    """
    params = params or SolveParams()
    decompose = decompose or DecomposeParams()
    parts = parts_of(data)
    if len(parts) == 1 and len(data.produce) <= decompose.max_produce:
        return solve(data, stop, seed, params, initial)
    results = []
    left = sum(part.size for part in parts)
    with _workers(decompose.num_workers) as solve_all:
        for part in parts:
            time_s = max(stop.limits().time_s * part.size / left, SMALLEST_TIME_S)
            left -= part.size
            stop_part = FirstOf([MaxRuntime(time_s), stop]) if math.isfinite(time_s) else stop
            start = plan_restricted(part, initial) if initial is not None else None
            if len(part.data.produce) <= decompose.max_produce:
                results.append(solve(part.data, stop_part, seed, params, start))
            else:
                results.append(_coordinated(part.data, stop_part, seed, params, start, solve_all))
    return _merged(data, parts, results)


class _Solver:
    """Solves block tasks in order, here or in other processes."""

    def __init__(self, pool: ProcessPoolExecutor | None) -> None:
        self._pool = pool

    def __call__(self, tasks: Iterable[BlockTask]) -> list[BlockAnswer | None]:
        rows = list(tasks)
        if self._pool is None or len(rows) == 1:
            return [block_solve(task) for task in rows]
        return list(self._pool.map(block_solve, rows))


@contextmanager
def _workers(count: int) -> Iterator[_Solver]:
    if count == 1:
        yield _Solver(None)
        return
    with ProcessPoolExecutor(count) as pool:
        yield _Solver(pool)


def _coordinated(
    data: Problem, stop: StoppingCriterion, seed: int, params: SolveParams, initial: Plan | None, solver: _Solver
) -> Result:
    blocks = [part_of(data, [row.id]) for row in data.produce]

    def limits(share: float) -> Limits:
        left = stop.limits()
        return Limits(time_s=left.time_s * share, nodes=left.nodes, rel_gap=params.rel_gap, seed=seed)

    found = coordinate(data, blocks, solver, limits, params.rel_gap)
    if found is None:
        return solve(data, stop, seed, params, initial)
    plan = plans_merged(blocks, [answer.plan for answer in found.answers])
    plan = replace(plan, trucks=truck_count(data, [plan]))
    breakdown = evaluate(data, plan)
    broken = violations(data, plan)
    result = Result(data, plan, breakdown, max(found.bound, breakdown.objective), TIME_LIMIT, violations=broken)
    if broken:
        return replace(result, status=INVALID)
    if result.gap <= params.rel_gap:
        return replace(result, status=OPTIMAL)
    return _polished(result, stop, seed, params)


def _polished(result: Result, stop: StoppingCriterion, seed: int, params: SolveParams) -> Result:
    """Spend the time that is left on the whole program from the plan found; the better plan and bound are kept."""
    if stop.limits().time_s <= 0:
        return result
    whole = solve(result.data, stop, seed, params, result.plan)
    if whole.status == INVALID:
        return result
    bound = min(whole.bound, result.bound)
    better = whole if whole.objective >= result.objective else result
    better = replace(better, bound=max(bound, better.objective))
    return replace(better, status=OPTIMAL if better.gap <= params.rel_gap else TIME_LIMIT)


def _merged(data: Problem, parts: Iterable[Part], results: list[Result]) -> Result:
    parts = list(parts)
    plan = plans_merged(parts, [row.plan for row in results])
    broken: list[Violation] = []
    duals = []
    for part, row in zip(parts, results, strict=True):
        broken.extend(violations_renamed(part, row.violations))
        duals.extend(duals_renamed(part, row.duals))
    statuses = {row.status for row in results}
    status = INVALID if INVALID in statuses else TIME_LIMIT if TIME_LIMIT in statuses else OPTIMAL
    breakdown = evaluate(data, plan)
    bound = max(math.fsum(row.bound for row in results), breakdown.objective)
    return Result(data, plan, breakdown, bound, status, tuple(duals), tuple(broken))
