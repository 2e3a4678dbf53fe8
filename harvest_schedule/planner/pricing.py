"""
Produce solved by itself at prices for what it shares, and the bound that such prices give.

Whatever the prices, no plan of the whole is worth more than

    Σ best of every block at the prices  +  Σ price · what is there  +  what trucks earn at the prices

(Lagrangian relaxation). A truck earns the price of the load it carries and, where it has them, the prices for being
there at all (``board``), and costs its freight; a price that would let trucks earn by themselves is paid for in the
bound. So the bound of a problem that has changed a little needs only the blocks that have changed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harvest_schedule.planner.extract import plan_extract
from harvest_schedule.planner.model import Model
from harvest_schedule.planner.network import Outlet
from harvest_schedule.planner.parts import Part
from harvest_schedule.planner.plan import Plan
from harvest_schedule.planner.problem import Committed, Freight, Problem
from harvest_schedule.planner.program import Limits, Program, maximise
from harvest_schedule.planner.solve import program_build

Shared = tuple[str, str, int]
"""A shared thing: ``("stored", store, bucket)``, ``("pack", hub, bucket)`` or ``("fair", "", rule of the whole)``."""
Place = tuple[str, int]
"""Hub and ship bucket, where trucks leave."""
Sale = tuple[Any, ...]
"""What a sale from a place is, whichever row it stands in."""


@dataclass(frozen=True)
class Prices:
    """
    Money a unit of what is shared. ``load`` None: a unit of load costs its part of a full truck.

    ``board`` is paid by a unit of one sale on top, because its truck has to be there however little else it carries.
    """

    shared: Mapping[Shared, float] = field(default_factory=dict)
    load: Mapping[Place, float] | None = None
    board: Mapping[Sale, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Priced:
    """
    What a block gives the bound: no plan of it earns more than ``bound`` at the prices.

    ``boards`` is what one truck at a place gets from the block for being there, ``most`` what the block could load.
    """

    bound: float
    boards: Mapping[Place, float]
    most: Mapping[Place, float]


@dataclass(frozen=True)
class BlockTask:
    """
    One block to solve: at which prices, in how much room, and whether trucks are whole.

    Without ``room`` no others take any of it; without ``truck_room`` (what trucks of others still carry) load is
    priced and needs no trucks.
    """

    part: Part
    prices: Prices
    limits: Limits
    room: Mapping[Shared, float] | None = None
    truck_room: Mapping[Place, float] | None = None
    start: Plan | None = None


@dataclass(frozen=True)
class BlockAnswer:
    """A block's plan, what it earns without the prices but with its part of full trucks, what it uses, its bound."""

    plan: Plan
    earns: float
    uses: dict[Shared, float]
    priced: Priced


def block_solve(task: BlockTask) -> BlockAnswer | None:
    """Solve one block; None when the time ends before a plan is found or none fits the room."""
    model = program_build(task.part.data)
    program = _program(task, model)
    outcome = maximise(program, task.limits, _start(program, task.start))
    if outcome.values is None:
        return None
    values = _exact(program, outcome.values, task.limits.seed)
    return BlockAnswer(
        plan=plan_extract(model, values),
        earns=_earns(model, values),
        uses=_uses(task.part, model, values),
        priced=_priced(model, task.prices, outcome.bound * model.scale.money),
    )


def block_replan(at_prices: BlockTask, in_room: BlockTask) -> Iterator[tuple[Priced, Plan]]:
    """
    What a block can earn at prices, and its plan in the room that others leave.

    A rough answer first, with the listing it starts from and the relaxation at the prices; then the best.
    """
    model = program_build(at_prices.part.data)
    priced, program = _program(at_prices, model), _program(in_room, model)
    start = _start(program, in_room.start)
    stages = [(priced, program)]
    if start:
        stages.insert(0, (priced.relaxed(), program.started(start)))
    for bounding, planning in stages:
        bound = maximise(bounding, at_prices.limits).bound
        outcome = maximise(planning, in_room.limits, start)
        if outcome.values is not None and math.isfinite(bound):
            yield _priced(model, at_prices.prices, bound * model.scale.money), plan_extract(model, outcome.values)


def _start(program: Program, plan: Plan | None) -> dict[int, float]:
    if plan is None:
        return {}
    columns = program.column_of
    states = ((name, bucket, state) for name, row in plan.listed.items() for bucket, state in enumerate(row))
    return {columns[key]: float(s) for *place, s in states if (key := ("listed", *place)) in columns}


def _exact(program: Program, values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """The best quantities with runs and trucks as they were found."""
    if not program.has_integers:
        return values
    whole = {k: float(round(values[k])) for k, flag in enumerate(program.is_integer) if flag}
    exact = maximise(program.fixed(whole), Limits(seed=seed))
    return exact.values if exact.values is not None else values


def _earns(model: Model, values: NDArray[np.float64]) -> float:
    """What a block's plan earns without prices, its load paying its part of full trucks."""
    freight = model.data.freight
    trucks = [column for key, column in model.program.column_of.items() if key[0] == "trucks"]
    cost = np.asarray(model.program.cost)
    cost[trucks] = 0.0
    earned = (float(cost @ values) + model.program.constant) * model.scale.money
    if freight is None:
        return earned
    load = float(values[list(model.ship.values())].sum()) * model.scale.qty
    return earned - load * freight.cost / freight.capacity


def _uses(part: Part, model: Model, values: NDArray[np.float64]) -> dict[Shared, float]:
    unit = model.scale.qty
    found = {shared: float(values[columns].sum()) * unit for shared, columns in _users(part, model).items()}
    return {shared: qty for shared, qty in found.items() if qty > 1e-9 * unit}


def _users(part: Part, model: Model) -> dict[Shared, list[int]]:
    """The columns of a block that use each shared thing; a fairness rule is used by what is taken."""
    found: dict[Shared, list[int]] = defaultdict(list)
    for key, column in model.program.column_of.items():
        if key[0] == "stored":
            found[key].append(column)
    for outlet, column in model.ship.items():
        if outlet.hub in part.data.pack_capacity:
            found["pack", outlet.hub, outlet.bucket].append(column)
    for index, rule in enumerate(part.data.fairness):
        for k, offer in enumerate(model.offers):
            if part.data.supply[offer.rows[0]].coop in rule.coops:
                found["fair", "", part.rows["fairness"][index]].append(model.program.column_of["take", k])
    return found


def _program(task: BlockTask, model: Model) -> Program:
    """The block's program at the prices, or with the room that is left in its bounds."""
    built, scale, unit = model.program, model.scale, model.scale.qty
    program = replace(
        built,
        cost=list(built.cost),
        upper=list(built.upper),
        is_integer=list(built.is_integer),
        row_lower=list(built.row_lower),
        row_upper=list(built.row_upper),
    )
    for shared, columns in _users(task.part, model).items() if task.prices.shared else ():
        price = task.prices.shared.get(shared, 0.0) * scale.price
        for column in columns if price else ():
            program.cost[column] -= price
    data, trucks = task.part.data, task.truck_room
    if data.freight is not None and trucks is None:
        for outlet, column in model.ship.items():
            program.cost[column] -= _load_price(data, task.prices, outlet) * scale.price
    for key, column in program.column_of.items():
        if key[0] == "trucks" and trucks is None:
            program.is_integer[column] = False
            program.upper[column] = 0.0
        elif key[0] == "stored" and task.room is not None:
            program.upper[column] = max(task.room[key], 0.0) / unit
    for key, row in program.row_of.items():
        if key[0] == "pack" and task.room is not None:
            program.row_upper[row] = max(task.room[key], 0.0) / unit
        elif key[0] in ("truck", "board", "fill"):
            place = (key[1].hub, key[1].bucket) if key[0] == "board" else (key[1], key[2])
            carried = math.inf if trucks is None else trucks.get(place, 0.0)
            if key[0] != "fill":
                program.row_upper[row] = carried / unit
            elif carried > 0:
                program.row_upper[row] = math.inf
        elif key[0] == "fair" and task.room is None:
            program.row_lower[row] = -math.inf
    return program


def _load_price(data: Problem, prices: Prices, outlet: Outlet) -> float:
    if data.freight is None:
        return 0.0
    if prices.load is None:
        return data.freight.cost / data.freight.capacity
    return prices.load.get((outlet.hub, outlet.bucket), 0.0) + prices.board.get(sale_of(data, outlet), 0.0)


def sale_of(data: Problem, outlet: Outlet) -> Sale:
    """What is sold from where, in words that stay when rows come and go; equal rows share their price."""
    sale = data.sale(outlet.kind, outlet.index)
    row: tuple[Any, ...] = (sale.produce, sale.grade, sale.channel)
    row += (sale.first, sale.last) if isinstance(sale, Committed) else (sale.bucket, sale.ship_after, sale.product)
    return (outlet.kind, *row, outlet.hub, outlet.grade, outlet.bucket)


def _priced(model: Model, prices: Prices, bound: float) -> Priced:
    data = model.data
    boards: dict[Place, float] = defaultdict(float)
    most: dict[Place, float] = defaultdict(float)
    if data.freight is not None:
        for outlet in model.ship:
            place = (outlet.hub, outlet.bucket)
            sellable = data.sellable(data.sale(outlet.kind, outlet.index))
            most[place] += sellable
            board = prices.board.get(sale_of(data, outlet), 0.0)
            if board:
                boards[place] += board * min(sellable, data.freight.capacity)
    return Priced(bound, dict(boards), dict(most))


def prices_relaxed(data: Problem, limits: Limits) -> Prices | None:
    """The duals of the whole program with nothing whole; None when it is not solved within the limits."""
    model = program_build(data)
    outcome = maximise(model.program.relaxed(), limits)
    if outcome.row_dual is None or outcome.column_dual is None:
        return None
    price = 1.0 / model.scale.price
    shared: dict[Shared, float] = {}
    load: dict[Place, float] = {}
    board: dict[Sale, float] = {}
    for key, column in model.program.column_of.items():
        if key[0] == "stored" and outcome.column_dual[column] > 0:
            shared[key] = float(outcome.column_dual[column]) * price
    for key, row in model.program.row_of.items():
        value = float(outcome.row_dual[row]) * price
        if key[0] == "pack" and value > 0:
            shared[key] = value
        elif key[0] == "fair" and value < 0:
            shared["fair", "", key[1]] = value
        elif key[0] in ("truck", "fill") and value > 0:
            load[key[1], key[2]] = load.get((key[1], key[2]), 0.0) + value
        elif key[0] == "board" and value > 0:
            board[sale_of(data, key[1])] = value
    return Prices(shared, load, board)


def priced_bound(data: Problem, prices: Prices, blocks: Iterable[Priced]) -> float:
    """What no plan of the whole can exceed, by what every block gives at the prices."""
    blocks = list(blocks)
    parts = [block.bound for block in blocks]
    parts += [prices.shared.get(shared, 0.0) * qty for shared, qty in rooms(data).items()]
    parts += [prices.shared.get(shared, 0.0) * qty for shared, qty in fair_needs(data).items()]
    if data.freight is not None and prices.load is not None:
        boards: dict[Place, float] = defaultdict(float)
        most: dict[Place, float] = defaultdict(float)
        for block in blocks:
            for place, value in block.boards.items():
                boards[place] += value
            for place, qty in block.most.items():
                most[place] += qty
        for place, qty in most.items():
            parts.append(_trucks_earn(data.freight, prices.load.get(place, 0.0), boards[place], qty))
    return math.fsum(parts)


def _trucks_earn(freight: Freight, load: float, board: float, most: float) -> float:
    """What trucks at one place earn at best when all that leaves is at most ``most``."""
    full = math.ceil(most / freight.capacity)
    # It is concave in the number of trucks, with a bend before the last one.
    counts = {0, max(full - 1, 0), full}
    return max(load * min(freight.capacity * n, most) + (board - freight.cost) * n for n in counts)


def rooms(data: Problem) -> dict[Shared, float]:
    """How much there is of every store and packing line that is limited, by bucket."""
    found: dict[Shared, float] = {}
    for bucket in range(data.buckets):
        for store in data.storage:
            if store.capacity is not None:
                found["stored", store.id, bucket] = store.room(bucket)
        for hub, capacity in data.pack_capacity.items():
            found["pack", hub, bucket] = capacity
    return found


def fair_needs(data: Problem) -> dict[Shared, float]:
    """How much every fairness rule asks to be taken."""
    return {
        ("fair", "", index): rule.min_uptake * sum(row.qty for row in data.supply if row.coop in rule.coops)
        for index, rule in enumerate(data.fairness)
    }
