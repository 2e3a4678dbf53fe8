"""
Produce that share stores, packing, trucks or fairness rules, brought together by prices.

Each produce is a block that is solved by itself at prices for what is shared. First prices are the duals of the whole
program with nothing whole; where that takes too long they are found by column generation (Dantzig and Wolfe 1960): the
blocks' plans are columns of a master program that mixes them within what is there, its duals are the next prices. Every
round of prices gives a bound (``pricing``). Then the plan is repaired: one block after the other takes its place in
what the others leave, at the prices first and for its own good afterwards, so that every plan in between keeps every
rule.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from harvest_schedule.planner.objective import evaluate
from harvest_schedule.planner.parts import Part
from harvest_schedule.planner.plan import Plan
from harvest_schedule.planner.pricing import (
    BlockAnswer,
    BlockTask,
    Prices,
    Shared,
    fair_needs,
    priced_bound,
    prices_relaxed,
    rooms,
)
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.program import Limits, Program, maximise


@dataclass
class Coordination:
    """The plan of every block, the best bound of the whole, and what was found on the way."""

    answers: list[BlockAnswer]
    bound: float = math.inf
    prices: Prices = field(default_factory=Prices)
    num_rounds: int = 0


def coordinate(
    data: Problem,
    blocks: Sequence[Part],
    solve_all: Callable[[Iterable[BlockTask]], list[BlockAnswer | None]],
    limits: Callable[[float], Limits],
    target_gap: float,
    max_rounds: int = 12,
) -> Coordination | None:
    """
    Bring blocks together.

    Parameters
    ----------
    solve_all
        Solves tasks in order, in this process or in others.
    limits
        Given the part of the remaining time that a step may take, the limits of one block.

    Returns
    -------
    Coordination
        With a plan of every block that fits beside the others, or None when time ended before there was one.
    """
    room = rooms(data)
    need = fair_needs(data)
    state = Coordination([])
    columns: list[list[BlockAnswer]] = [[] for _ in blocks]
    relaxed = prices_relaxed(data, limits(0.2))
    prices = relaxed or Prices()
    for _ in range(max_rounds):
        tasks = [BlockTask(part, prices, limits(0.5)) for part in blocks]
        found = solve_all(tasks)
        if any(answer is None for answer in found):
            break
        state.num_rounds += 1
        answers = [answer for answer in found if answer is not None]
        bound = priced_bound(data, prices, [answer.priced for answer in answers])
        if bound < state.bound:
            state.bound, state.prices = bound, prices
        if relaxed is not None:
            break
        for known, answer in zip(columns, answers, strict=True):
            known.append(answer)
        value, shared = _master(columns, room, need)
        prices = Prices(shared)
        if value >= state.bound - 0.1 * target_gap * max(abs(state.bound), 1.0):
            state.prices = prices
            break
    answers_now = _repair(data, blocks, solve_all, limits, state.prices, room)
    if answers_now is None:
        return None
    state.answers = answers_now
    return state


def _master(
    columns: Sequence[Sequence[BlockAnswer]], room: Mapping[Shared, float], need: Mapping[Shared, float]
) -> tuple[float, dict[Shared, float]]:
    """The best mix of the blocks' plans within what is there, and its prices (negative for what is asked for)."""
    program = Program()
    earns = [abs(answer.earns) for known in columns for answer in known]
    scale = max(max(earns, default=1.0), 1.0)
    used: dict[Shared, list[tuple[int, float]]] = defaultdict(list)
    for index, known in enumerate(columns):
        mix = []
        for number, answer in enumerate(known):
            column = program.column(("mix", index, number), cost=answer.earns / scale)
            mix.append((column, 1.0))
            for shared, qty in answer.uses.items():
                used[shared].append((column, qty))
        program.row(("one", index), mix, low=1.0, high=1.0)
    for shared, terms in used.items():
        unit = max(room.get(shared, 0.0), need.get(shared, 0.0), max(qty for _, qty in terms))
        scaled = [(column, qty / unit) for column, qty in terms]
        # Early on no mix may fit; what is too much then costs more than any block can earn with it.
        slack = program.column(("over", *shared), cost=-10.0 * len(columns))
        if shared in room:
            program.row(("use", *shared, unit), [*scaled, (slack, -1.0)], high=room[shared] / unit)
        else:
            program.row(("use", *shared, unit), [*scaled, (slack, 1.0)], low=need[shared] / unit)
    outcome = maximise(program, Limits())
    duals: NDArray[np.float64] = outcome.row_dual if outcome.row_dual is not None else np.zeros(len(program.terms))
    prices = {
        key[1:4]: float(duals[row]) * scale / key[4]
        for key, row in program.row_of.items()
        if key[0] == "use" and abs(duals[row]) > 1e-12
    }
    return outcome.objective * scale, prices


def _repair(
    data: Problem,
    blocks: Sequence[Part],
    solve_all: Callable[[Iterable[BlockTask]], list[BlockAnswer | None]],
    limits: Callable[[float], Limits],
    prices: Prices,
    room: Mapping[Shared, float],
) -> list[BlockAnswer] | None:
    """Let every block in, one by one, at the prices; then let each plan again in the room that the others leave."""
    answers: list[BlockAnswer | None] = [None] * len(blocks)
    for is_priced in (True, False):
        for index, part in enumerate(blocks):
            others = [answer for k, answer in enumerate(answers) if k != index and answer is not None]
            left = dict(room)
            for answer in others:
                for shared, qty in answer.uses.items():
                    if shared in left:
                        left[shared] -= qty
            whole = None if is_priced else truck_room(data, [answer.plan for answer in others])
            share = 0.5 / (len(blocks) - index)
            task = BlockTask(part, prices if is_priced else Prices(), limits(share), left, whole)
            found = solve_all([task])[0]
            before = answers[index]
            if before is None or (found is not None and _is_better(data, part, others, before, found)):
                answers[index] = found
    return None if any(answer is None for answer in answers) else [answer for answer in answers if answer is not None]


def _is_better(
    data: Problem, part: Part, others: Sequence[BlockAnswer], before: BlockAnswer, after: BlockAnswer
) -> bool:
    """Whether the whole earns more with the block's new plan, its trucks counted beside those of the others."""

    def earned(answer: BlockAnswer) -> float:
        trucks = truck_count(data, [*(row.plan for row in others), answer.plan])
        cost = data.freight.cost * sum(trucks.values()) if data.freight is not None else 0.0
        alone = evaluate(part.data, answer.plan)
        return alone.objective + alone.freight - cost

    return earned(after) > earned(before)


def _load(plans: Iterable[Plan]) -> dict[tuple[str, int], float]:
    load: dict[tuple[str, int], float] = defaultdict(float)
    for plan in plans:
        for row in plan.shipments:
            load[row.hub, row.bucket] += row.qty
    return load


def truck_count(data: Problem, plans: Iterable[Plan]) -> dict[tuple[str, int], int]:
    """Whole trucks for all that plans ship together."""
    if data.freight is None:
        return {}
    capacity = data.freight.capacity
    return {place: max(math.ceil(qty / capacity - 1e-6), 1) for place, qty in _load(plans).items() if qty > 0}


def truck_room(data: Problem, plans: Sequence[Plan]) -> dict[tuple[str, int], float]:
    """What the trucks of the others still carry."""
    if data.freight is None:
        return {}
    trucks = truck_count(data, plans)
    return {
        place: max(trucks[place] * data.freight.capacity - qty, 0.0) for place, qty in _load(plans).items() if qty > 0
    }
