"""
Planning a season again after some of it has changed, by keeping what has not.

A part of which nothing changed keeps its plan, bound and duals. In a part whose produce share stores or trucks, produce
that did not change keep their plans, and what each of them can earn at the prices of before; only what changed is
priced anew and then planned into the room that the others leave. That gives a plan and a true bound (``pricing``).
Where the gap between them is not within what is asked for, the part is solved anew from the plan at hand: a re-plan is
never worse than it says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from harvest_schedule.planner.coordination import truck_count, truck_room
from harvest_schedule.planner.decompose import BLOCK_GAP_SHARE, DecomposeParams, parts_merged, parts_solve
from harvest_schedule.planner.feasibility import violations, violations_shared
from harvest_schedule.planner.objective import evaluate
from harvest_schedule.planner.parts import Part, blocks_of, part_of, parts_of, plan_restricted, plans_cut, plans_merged
from harvest_schedule.planner.plan import Plan
from harvest_schedule.planner.pricing import (
    BlockTask,
    Priced,
    Prices,
    Shared,
    block_replan,
    block_solve,
    priced_bound,
    prices_relaxed,
    rooms,
)
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.program import Limits
from harvest_schedule.planner.result import OPTIMAL, Result
from harvest_schedule.planner.solve import SolveParams
from harvest_schedule.planner.stop import StoppingCriterion
from harvest_schedule.planner.workers import Workers


@dataclass(frozen=True)
class KeptBlock:
    """Some produce of a part: their own problem, their plan there, and what they give the bound at its prices."""

    data: Problem
    plan: Plan
    priced: Priced


@dataclass(frozen=True)
class KeptPart:
    """A part with its result; ``prices`` and ``blocks`` only where several produce share something."""

    result: Result
    prices: Prices | None = None
    blocks: tuple[KeptBlock, ...] = ()

    @property
    def data(self) -> Problem:
        """The part's problem."""
        return self.result.data


@dataclass(frozen=True)
class Season:
    """A season's result with what a later one can keep of it. Plain data; it can be pickled."""

    result: Result
    parts: tuple[KeptPart, ...]
    num_kept: int = 0
    num_patched: int = 0


def solve_and_keep(
    data: Problem,
    stop: StoppingCriterion,
    seed: int = 0,
    params: SolveParams | None = None,
    initial: Plan | None = None,
    decompose: DecomposeParams | None = None,
) -> Season:
    """Plan a season as ``solve_in_parts`` does and keep what ``resolve`` needs; that takes about as long once more."""
    params, decompose = params or SolveParams(), decompose or DecomposeParams()
    parts = parts_of(data)
    starts = [plan_restricted(part, initial) if initial is not None else None for part in parts]
    with Workers(decompose.num_workers) as workers:
        results = parts_solve(parts, starts, stop, seed, params, decompose, workers)
        kept = [_kept(result, stop, seed, params, workers) for result in results]
    return Season(parts_merged(data, parts, results), tuple(kept))


def resolve(
    before: Season,
    data: Problem,
    stop: StoppingCriterion,
    seed: int = 0,
    params: SolveParams | None = None,
    decompose: DecomposeParams | None = None,
) -> Season:
    """
    Plan a season that differs a little from the one of ``before``.

    Returns
    -------
    Season
        Its result is a plan of ``data`` with a bound that holds for ``data``; the status says, as always, whether the
        gap is within ``params.rel_gap``. Parts that were put together out of old and new plans have no duals.
    """
    params, decompose = params or SolveParams(), decompose or DecomposeParams()
    parts = parts_of(data)
    owner = {row.id: part for part in before.parts for row in part.data.produce}
    found: dict[int, KeptPart] = {}
    num_kept = 0
    for index, part in enumerate(parts):
        known = _known(part, owner)
        if known is None:
            continue
        if known.data == part.data and known.result.status == OPTIMAL and known.result.gap <= params.rel_gap:
            found[index] = replace(known, result=replace(known.result, data=part.data))
            num_kept += 1
        elif stop.limits().time_s > 0:
            patched = _patched(known, part, stop, seed, params)
            if patched is not None:
                found[index] = patched
    num_patched = len(found) - num_kept
    anew = [index for index in range(len(parts)) if index not in found]
    starts = [plan_restricted(parts[index], before.result.plan) for index in anew]
    with Workers(decompose.num_workers) as workers:
        again = replace(params, tries_initial=True)
        results = parts_solve([parts[index] for index in anew], starts, stop, seed, again, decompose, workers)
        for index, result in zip(anew, results, strict=True):
            found[index] = _kept(result, stop, seed, params, workers)
    kept = tuple(found[index] for index in range(len(parts)))
    return Season(parts_merged(data, parts, [part.result for part in kept]), kept, num_kept, num_patched)


def _known(part: Part, owner: Mapping[str, KeptPart]) -> KeptPart | None:
    """The part of before that all the produce known then belonged to."""
    found = {id(owner[row.id]): owner[row.id] for row in part.data.produce if row.id in owner}
    return next(iter(found.values())) if len(found) == 1 else None


def _limits(stop: StoppingCriterion, seed: int, params: SolveParams) -> Limits:
    left = stop.limits()
    return Limits(time_s=left.time_s, nodes=left.nodes, rel_gap=BLOCK_GAP_SHARE * params.rel_gap, seed=seed)


def _kept(result: Result, stop: StoppingCriterion, seed: int, params: SolveParams, workers: Workers) -> KeptPart:
    """Price what is shared and every block, so that the next season can be bounded from what has changed."""
    if len(result.data.produce) == 1 or not result.is_feasible or stop.limits().time_s <= 0:
        return KeptPart(result)
    prices = prices_relaxed(result.data, _limits(stop, seed, params))
    if prices is None:
        return KeptPart(result)
    blocks = blocks_of(result.data)
    tasks = [BlockTask(block, prices, _limits(stop, seed, params)) for block in blocks]
    answers = workers.map(block_solve, tasks)
    rows = zip(blocks, plans_cut(blocks, result.plan), answers, strict=True)
    kept = [KeptBlock(block.data, plan, answer.priced) for block, plan, answer in rows if answer is not None]
    return KeptPart(result, prices, tuple(kept))


def _patched(known: KeptPart, part: Part, stop: StoppingCriterion, seed: int, params: SolveParams) -> KeptPart | None:
    """The part with unchanged produce as they were and the changed ones planned anew; None where that is no good."""
    prices, data = known.prices, part.data
    if prices is None or data.fairness != known.data.fairness:
        return None
    kept, blocks = _unchanged(known, data)
    changed = [row.id for row in data.produce if not any(row in block.data.produce for block in kept)]
    if 2 * len(changed) > len(data.produce):
        return None
    if not changed:
        return _put_together(data, prices, kept, blocks, params)
    plans = [block.plan for block in kept]
    fresh = part_of(data, changed)
    room = rooms(data)
    for shared, qty in _uses(plans, room).items():
        room[shared] -= qty
    listed = known.result.plan.listed
    start = Plan(listed={name: listed[name] for name in changed if name in listed})
    limits = _limits(stop, seed, params)
    in_room = BlockTask(fresh, Prices(), limits, room, truck_room(data, plans), start)
    for priced, plan in block_replan(BlockTask(fresh, prices, limits), in_room):
        block = KeptBlock(fresh.data, plan, priced)
        part_now = _put_together(data, prices, [*kept, block], [*blocks, fresh], params)
        alone = replace(plan, trucks=truck_count(fresh.data, [plan]))
        if part_now is not None and not violations(fresh.data, alone):
            return part_now
    return None


def _put_together(
    data: Problem, prices: Prices, kept: list[KeptBlock], blocks: list[Part], params: SolveParams
) -> KeptPart | None:
    """The part out of the plans of its blocks, when it keeps every rule and its gap is within what is asked for."""
    plan = plans_merged(blocks, [block.plan for block in kept])
    plan = replace(plan, trucks=truck_count(data, [plan]))
    breakdown = evaluate(data, plan)
    bound = priced_bound(data, prices, [block.priced for block in kept])
    result = Result(data, plan, breakdown, max(bound, breakdown.objective), OPTIMAL)
    if result.gap > params.rel_gap or violations_shared(data, plan):
        return None
    return KeptPart(result, prices, tuple(kept))


def _unchanged(known: KeptPart, data: Problem) -> tuple[list[KeptBlock], list[Part]]:
    """The blocks of before of which nothing has changed, and where their rows stand now."""
    names = {row.id for row in data.produce}
    still = [block for block in known.blocks if names.issuperset(row.id for row in block.data.produce)]
    parts = blocks_of(data, [[row.id for row in block.data.produce] for block in still]) if still else ()
    pairs = [(block, part) for block, part in zip(still, parts, strict=True) if block.data == part.data]
    return [block for block, _ in pairs], [part for _, part in pairs]


def _uses(plans: Iterable[Plan], room: Mapping[Shared, float]) -> dict[Shared, float]:
    """What plans use of what is limited."""
    used: dict[Shared, float] = defaultdict(float)
    for plan in plans:
        for flow in plan.flows:
            if flow.store is not None and ("stored", flow.store, 0) in room:
                for bucket in range(flow.lot.bucket, flow.ship_bucket):
                    used["stored", flow.store, bucket] += flow.qty_in
        for row in plan.shipments:
            if ("pack", row.hub, row.bucket) in room:
                used["pack", row.hub, row.bucket] += row.qty
    return used
