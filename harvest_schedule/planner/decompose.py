"""
Large problems: solve what is independent alone, side by side, and bring what is too large for one program together by
prices.

One program is fastest and exact up to some hundred produce that share a store; so coordination begins only where a part
holds more than ``DecomposeParams.max_produce``. What it leaves of the gap, the whole program takes up from its plan.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial

from harvest_schedule.planner.coordination import coordinate, truck_count
from harvest_schedule.planner.feasibility import Violation, violations
from harvest_schedule.planner.objective import Breakdown, evaluate
from harvest_schedule.planner.parts import (
    Part,
    blocks_of,
    duals_renamed,
    parts_of,
    plan_restricted,
    plans_merged,
    violations_renamed,
)
from harvest_schedule.planner.plan import Plan
from harvest_schedule.planner.pricing import block_solve
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.program import Limits
from harvest_schedule.planner.result import INVALID, OPTIMAL, TIME_LIMIT, Result
from harvest_schedule.planner.solve import SolveParams, solve
from harvest_schedule.planner.stop import FirstOf, MaxIterations, MaxRuntime, StoppingCriterion
from harvest_schedule.planner.workers import Workers

SMALLEST_TIME_S = 0.05
"""What every part gets of the time, however many there are."""
BLOCK_GAP_SHARE = 0.2
"""How much of the gap allowed the blocks may use up among themselves."""

_NOTHING = Problem(buckets=1, produce=())


@dataclass(frozen=True, slots=True)
class DecomposeParams:
    """From how many produce on a part is coordinated instead of solved whole, and by how many processes."""

    max_produce: int = 500
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
    ``params.rel_gap``, else its status is ``time_limit``: the best plan found, with its gap. With several workers a
    ``stop`` that watches is asked between parts only.

    Raises
    ------
    WorkersLost
        When solving processes keep dying.
    """
    params = params or SolveParams()
    decompose = decompose or DecomposeParams()
    parts = parts_of(data)
    if len(parts) == 1 and len(data.produce) <= decompose.max_produce:
        return solve(data, stop, seed, params, initial)
    starts = [plan_restricted(part, initial) if initial is not None else None for part in parts]
    with Workers(decompose.num_workers) as workers:
        results = parts_solve(parts, starts, stop, seed, params, decompose, workers)
    return parts_merged(data, parts, results)


def parts_solve(
    parts: Sequence[Part],
    starts: Sequence[Plan | None],
    stop: StoppingCriterion,
    seed: int,
    params: SolveParams,
    decompose: DecomposeParams,
    workers: Workers,
) -> list[Result]:
    """Solve parts, each in the share of the time that its size gives it; the large ones first."""
    results: dict[int, Result] = {}
    left = float(sum(part.size for part in parts))
    small = []
    for index, (part, start) in enumerate(zip(parts, starts, strict=True)):
        if len(part.data.produce) <= decompose.max_produce:
            small.append(index)
            continue
        stop_part = _share(stop, part.size / left)
        left -= part.size
        results[index] = _coordinated(part.data, stop_part, seed, params, start, workers)
    if workers.count == 1:
        for index in small:
            stop_part = _share(stop, parts[index].size / left)
            left -= parts[index].size
            results[index] = solve(parts[index].data, stop_part, seed, params, starts[index])
    else:
        tasks = _tasks([parts[index] for index in small], [starts[index] for index in small], stop, workers.count)
        answers = workers.map(partial(_part_solve, seed=seed, params=params), tasks)
        for index, answer in zip(small, answers, strict=True):
            results[index] = replace(answer, data=parts[index].data)
    return [results[index] for index in range(len(parts))]


def _share(stop: StoppingCriterion, share: float) -> StoppingCriterion:
    time_s = stop.limits().time_s
    return FirstOf([MaxRuntime(max(time_s * share, SMALLEST_TIME_S)), stop]) if math.isfinite(time_s) else stop


@dataclass(frozen=True)
class _PartTask:
    """A part for another process: what a stop rule that cannot go there allows it."""

    data: Problem
    start: Plan | None
    time_s: float
    nodes: int | None


def _tasks(
    parts: Sequence[Part], starts: Sequence[Plan | None], stop: StoppingCriterion, count: int
) -> Iterator[_PartTask]:
    """Tasks that are made when a process is about to be free, of the time that is left then."""
    left = sum(part.size for part in parts)
    is_stopped = False
    for part, start in zip(parts, starts, strict=True):
        is_stopped = is_stopped or (stop.is_watching and stop(-math.inf, math.inf))
        limits = stop.limits()
        time_s = 0.0 if is_stopped else limits.time_s
        share = min(count * part.size / left, 1.0)
        left -= part.size
        yield _PartTask(part.data, start, max(time_s * share, SMALLEST_TIME_S), limits.nodes)


def _part_solve(task: _PartTask, seed: int, params: SolveParams) -> Result:
    stops: list[StoppingCriterion] = [MaxRuntime(task.time_s)] if math.isfinite(task.time_s) else []
    if task.nodes is not None:
        stops.append(MaxIterations(task.nodes))
    # The part itself is there already where the answer goes.
    return replace(solve(task.data, FirstOf(stops), seed, params, task.start), data=_NOTHING)


def _coordinated(
    data: Problem, stop: StoppingCriterion, seed: int, params: SolveParams, initial: Plan | None, workers: Workers
) -> Result:
    blocks = blocks_of(data)

    def limits(share: float) -> Limits:
        left = stop.limits()
        gap = BLOCK_GAP_SHARE * params.rel_gap
        return Limits(time_s=left.time_s * share, nodes=left.nodes, rel_gap=gap, seed=seed)

    found = coordinate(data, blocks, partial(workers.map, block_solve), limits, params.rel_gap)
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
    return polished(result, stop, seed, params)


def polished(result: Result, stop: StoppingCriterion, seed: int, params: SolveParams) -> Result:
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


def parts_merged(data: Problem, parts: Iterable[Part], results: Sequence[Result]) -> Result:
    """One result of the whole out of a result of every part."""
    parts = list(parts)
    plan = plans_merged(parts, [row.plan for row in results])
    broken: list[Violation] = []
    duals = []
    for part, row in zip(parts, results, strict=True):
        broken.extend(violations_renamed(part, row.violations))
        duals.extend(duals_renamed(part, row.duals))
    statuses = {row.status for row in results}
    status = INVALID if INVALID in statuses else TIME_LIMIT if TIME_LIMIT in statuses else OPTIMAL
    # All of a breakdown is paid for within one part.
    kinds = [money.name for money in fields(Breakdown)]
    sums = {name: math.fsum(getattr(row.breakdown, name) for row in results) for name in kinds}
    breakdown = Breakdown(**sums)
    bound = max(math.fsum(row.bound for row in results), breakdown.objective)
    return Result(data, plan, breakdown, bound, status, tuple(duals), tuple(broken))
