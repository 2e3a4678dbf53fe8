"""
The promise rule as rows: what is sold ahead must also be there when only ``promise_qty`` comes.

A second set of ways, out of ``promise_qty`` instead of ``qty``, must be able to serve the same shipments at the same
ship buckets, age-tracked and with loss, in stores without limit. With one grade and no loss that is the cumulative
rule: for all s ≤ e, what ships in s … e is at most the promise of harvests still young enough in s … e. What is
committed already comes first; where even the promise of all supply cannot carry it, the least gap that is left
(``committed_gap``) is forgiven once, so that a fallen forecast stops new promises and not the old ones.

Under the promise rule ``windows`` the plan is free of all this, and ``promise_caps`` asks the same ways how much of
what it sells may be listed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from harvest_schedule.planner.model import Model, add_classes
from harvest_schedule.planner.network import Network, Outlet, Place
from harvest_schedule.planner.plan import LotKey
from harvest_schedule.planner.problem import Problem, SaleKind
from harvest_schedule.planner.program import Limits, Program, maximise

Terms = list[tuple[int, float]]


def promised_produce(data: Problem) -> set[str]:
    """Produce of which less may be promised than is expected; for all others the rule can bind nothing."""
    if data.promise_rule != "plan":
        return set()
    return {row.produce for row in data.supply if row.promise_qty < row.qty}


def add_promise(model: Model) -> None:
    """Add the second set of ways for every produce that needs it."""
    produce = promised_produce(model.data)
    if not produce:
        return
    gap = committed_gap(model, produce)
    program = model.program
    arrivals = add_promise_ways(model.data, model.network, model.scale.qty, program, produce)
    by_bucket: dict[tuple[SaleKind, int, int], list[Outlet]] = defaultdict(list)
    for outlet in model.ship:
        if outlet.produce in produce:
            by_bucket[outlet.kind, outlet.index, outlet.bucket].append(outlet)
    uses: dict[tuple[Place, int], Terms] = defaultdict(list)
    forgiven: Terms = []
    for (kind, index, bucket), outlets in by_bucket.items():
        shipped: Terms = [(model.ship[outlet], 1.0) for outlet in outlets]
        if kind == "committed" and gap > 0:
            slack = program.column(("forgiven", index, bucket))
            forgiven.append((slack, 1.0))
            shipped.append((slack, -1.0))
        serve_by_promise(program, (kind, index, bucket), outlets, shipped, uses)
    if forgiven:
        program.row(("forgiven",), forgiven, high=gap)
    add_classes(program, "promise_place", needs_of_places(model.network, produce), arrivals, uses)


def committed_gap(model: Model, produce: set[str]) -> float:
    """The least quantity of commitments that the promise of all supply cannot serve, scaled."""
    data, scale = model.data, model.scale
    program = Program()
    arrivals = add_promise_ways(data, model.network, scale.qty, program, produce)
    uses: dict[tuple[Place, int], Terms] = defaultdict(list)
    total = 0.0
    for (kind, index), outlets in model.network.outlets.items():
        if kind != "committed" or outlets[0].produce not in produce:
            continue
        limit = data.sellable(data.committed[index]) / scale.qty
        total += limit
        served = program.column(("served", index), cost=1.0, high=limit)
        by_bucket: dict[int, list[Outlet]] = defaultdict(list)
        for outlet in outlets:
            by_bucket[outlet.bucket].append(outlet)
        parts: Terms = [(served, -1.0)]
        for bucket, row in by_bucket.items():
            part = program.column(("part", index, bucket))
            parts.append((part, 1.0))
            serve_by_promise(program, (kind, index, bucket), row, [(part, 1.0)], uses)
        program.row(("served", index), parts, low=0.0, high=0.0)
    if not total:
        return 0.0
    add_classes(program, "promise_place", needs_of_places(model.network, produce), arrivals, uses)
    gap = total - maximise(program, Limits()).objective
    return gap if gap > 1e-9 * total else 0.0


def add_promise_ways(
    data: Problem,
    network: Network,
    scale: float,
    program: Program,
    produce: set[str],
    most: Mapping[int, float] | None = None,
) -> dict[tuple[Place, int], Terms]:
    """
    Ways out of the promise: a lot's best store for each ship bucket and need, hubs together, no capacities.

    Of supply rows named in ``most`` no more than that comes, however much is sure.
    """
    limits = most or {}
    best: dict[tuple[LotKey, int, int], float] = {}
    for way in network.ways:
        if way.lot.produce in produce:
            key = (way.lot, way.bucket, way.need)
            best[key] = max(best.get(key, 0.0), way.kept)
    arrivals: dict[tuple[Place, int], Terms] = defaultdict(list)
    leaving: dict[LotKey, Terms] = defaultdict(list)
    for (lot, bucket, need), kept in best.items():
        column = program.column(("promise_way", lot, bucket, need))
        leaving[lot].append((column, 1.0))
        arrivals[_place(lot.produce, lot.grade, bucket), need].append((column, kept))
    for lot, terms in leaving.items():
        if lot.on_hand >= 0:
            qty = data.on_hand[lot.on_hand].qty
        else:
            rows = network.lots[lot]
            qty = sum(min(data.supply[row].promise_qty, limits.get(row, math.inf)) for row in rows)
        program.row(("promise", lot), terms, high=qty / scale)
    return arrivals


def serve_by_promise(
    program: Program,
    key: tuple[str, int, int],
    outlets: list[Outlet],
    shipped: Terms,
    uses: dict[tuple[Place, int], Terms],
) -> None:
    """Let a sale's shipments of one bucket draw on the promise of the grades that may serve it."""
    use, need, produce = outlets[0].use, outlets[0].need, outlets[0].produce
    grades = dict.fromkeys(outlet.grade for outlet in outlets)
    if len(grades) == 1:
        place = _place(produce, outlets[0].grade, outlets[0].bucket)
        uses[place, need].extend((column, sign * use) for column, sign in shipped)
        return
    terms = [(column, -sign) for column, sign in shipped]
    for grade in grades:
        column = program.column(("promise_ship", *key, grade))
        terms.append((column, 1.0))
        uses[_place(produce, grade, outlets[0].bucket), need].append((column, use))
    program.row(("promise_sale", *key), terms, low=0.0)


def _place(produce: str, grade: str, bucket: int) -> Place:
    return ("", produce, grade, bucket)


def needs_of_places(network: Network, produce: set[str]) -> dict[Place, tuple[int, ...]]:
    merged: dict[Place, set[int]] = defaultdict(set)
    for (_, kind, grade, bucket), needs in network.needs.items():
        if kind in produce:
            merged[_place(kind, grade, bucket)].update(needs)
    return {place: tuple(sorted(found, reverse=True)) for place, found in merged.items()}
