"""
Cutting a problem into parts by produce, and putting plans of parts together again.

Produce that share no limited store, packing line, trucks or fairness rule do not know of each other, so their parts can
be solved alone and exactly. A part keeps its rows in order and knows where each stood.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from harvest_schedule.planner.extract import Dual
from harvest_schedule.planner.feasibility import Violation
from harvest_schedule.planner.plan import Flow, LotKey, Plan, Shipment
from harvest_schedule.planner.problem import (
    Committed,
    Demand,
    OnHand,
    Problem,
    Product,
    Replan,
    SaleKind,
    Store,
    Supply,
)

_Value = TypeVar("_Value")

_PATH = re.compile(r"^(supply|demand|contracts|committed|on_hand|fairness)\[(\d+)\]")


@dataclass(frozen=True)
class Part:
    """Some produce of a problem as a problem of its own; ``rows`` gives the old index of every row by its key."""

    data: Problem
    rows: Mapping[str, tuple[int, ...]]

    @property
    def size(self) -> int:
        """A measure of the work in it."""
        return 1 + sum(len(indices) for indices in self.rows.values())


def parts_of(data: Problem) -> tuple[Part, ...]:
    """The smallest parts that do not know of each other."""
    rows = _Rows(data)
    return tuple(_part(data, rows, group) for group in _groups(data))


def blocks_of(data: Problem, groups: Iterable[Iterable[str]] | None = None) -> tuple[Part, ...]:
    """Every group of produce, or every produce, as a part of its own, whatever it shares with others."""
    rows = _Rows(data)
    return tuple(_part(data, rows, group) for group in groups or [[row.id] for row in data.produce])


def part_of(data: Problem, produce: Iterable[str]) -> Part:
    """The part of a problem that is about these produce."""
    return _part(data, _Rows(data), produce)


class _Rows:
    """Where the rows of every produce and the stores of every hub stand, looked up once for all parts."""

    def __init__(self, data: Problem) -> None:
        self.of: dict[str, dict[str, list[int]]] = {
            "supply": _by_produce(data.supply),
            "demand": _by_produce(data.demand),
            "contracts": _by_produce(data.contracts),
            "committed": _by_produce(data.committed),
            "on_hand": _by_produce(data.on_hand),
            "products": _by_produce(data.products),
        }
        self.position = {row.id: index for index, row in enumerate(data.produce)}
        self.stores: dict[str, list[int]] = defaultdict(list)
        for index, store in enumerate(data.storage):
            self.stores[store.hub].append(index)

    def find(self, key: str, produce: Iterable[str]) -> tuple[int, ...]:
        """The rows of one list that are about these produce, in their order."""
        of = self.of[key]
        names = list(produce)
        if len(names) == 1:
            return tuple(of.get(names[0], ()))
        return tuple(sorted(index for name in names for index in of.get(name, ())))


def _by_produce(rows: Iterable[Supply | Demand | Committed | OnHand | Product]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        found[row.produce].append(index)
    return found


def _groups(data: Problem) -> list[list[str]]:
    """Produce that are bound to each other, directly or through others, in the order of the problem."""
    bonds: dict[tuple[str, str | int], list[str]] = defaultdict(list)
    hubs_of: dict[str, set[str]] = {row.id: set() for row in data.produce}
    rules_of: dict[str, list[int]] = defaultdict(list)
    for index, rule in enumerate(data.fairness):
        for coop in rule.coops:
            rules_of[coop].append(index)
    for supply in data.supply:
        hubs_of[supply.produce].add(supply.hub)
        for index in rules_of.get(supply.coop, ()):
            bonds["fairness", index].append(supply.produce)
    for lot in data.on_hand:
        hubs_of[lot.produce].add(lot.hub)
    limited: dict[str, list[Store]] = defaultdict(list)
    for store in data.storage:
        if store.capacity is not None:
            limited[store.hub].append(store)
    for produce, hubs in hubs_of.items():
        for hub in hubs:
            if data.freight is not None or hub in data.pack_capacity:
                bonds["hub", hub].append(produce)
            for store in limited[hub]:
                if store.mode in data.life(produce):
                    bonds["store", store.id].append(produce)
    leader = {row.id: row.id for row in data.produce}

    def find(produce: str) -> str:
        while leader[produce] != produce:
            leader[produce] = leader[leader[produce]]
            produce = leader[produce]
        return produce

    for members in bonds.values():
        for produce in members:
            leader[find(produce)] = find(members[0])
    groups: dict[str, list[str]] = defaultdict(list)
    for row in data.produce:
        groups[find(row.id)].append(row.id)
    return list(groups.values())


def _part(data: Problem, index: _Rows, produce: Iterable[str]) -> Part:
    names = sorted(set(produce), key=index.position.__getitem__)
    rows = {key: index.find(key, names) for key in ("supply", "demand", "contracts", "committed", "on_hand")}
    coops = {data.supply[k].coop for k in rows["supply"]}
    hubs = {data.supply[k].hub for k in rows["supply"]} | {data.on_hand[k].hub for k in rows["on_hand"]}
    rows["fairness"] = tuple(k for k, rule in enumerate(data.fairness) if coops.intersection(rule.coops))
    stores = sorted(k for hub in hubs for k in index.stores.get(hub, ()))
    replan = data.replan
    if replan is not None:
        replan = Replan(_only(replan.previous, names), replan.change_cost)
    return Part(
        data=replace(
            data,
            produce=tuple(data.produce[index.position[name]] for name in names),
            storage=tuple(data.storage[k] for k in stores),
            supply=tuple(data.supply[k] for k in rows["supply"]),
            demand=tuple(data.demand[k] for k in rows["demand"]),
            contracts=tuple(data.contracts[k] for k in rows["contracts"]),
            committed=tuple(data.committed[k] for k in rows["committed"]),
            on_hand=tuple(data.on_hand[k] for k in rows["on_hand"]),
            fairness=tuple(data.fairness[k] for k in rows["fairness"]),
            products=tuple(data.products[k] for k in index.find("products", names)),
            listing=_only(data.listing, names),
            band=_only(data.band, names),
            initial_run=_only(data.initial_run, names),
            closed=_only(data.closed, sorted(hubs)),
            pack_capacity=_only(data.pack_capacity, sorted(hubs)),
            replan=replan,
            open_before=tuple(row for row in data.open_before if row.produce in names),
        ),
        rows=rows,
    )


def _only(table: Mapping[str, _Value], names: Iterable[str]) -> dict[str, _Value]:
    return {name: table[name] for name in names if name in table}


def plans_cut(parts: Sequence[Part], plan: Plan) -> list[Plan]:
    """What a plan of the whole says about each of its parts, as ``plans_merged`` puts together; trucks are left out."""
    keys: dict[SaleKind, str] = {"spot": "demand", "contract": "contracts", "committed": "committed"}
    place: dict[tuple[str, int], tuple[int, int]] = {}
    owner: dict[str, int] = {}
    for number, part in enumerate(parts):
        owner.update((row.id, number) for row in part.data.produce)
        for key, rows in part.rows.items():
            if key != "fairness":
                place.update(((key, whole), (number, own)) for own, whole in enumerate(rows))
    uptake: list[dict[int, float]] = [{} for _ in parts]
    drawn: list[dict[int, float]] = [{} for _ in parts]
    flows: list[list[Flow]] = [[] for _ in parts]
    shipments: list[list[Shipment]] = [[] for _ in parts]
    listed: list[dict[str, tuple[int, ...]]] = [{} for _ in parts]
    for index, qty in plan.uptake.items():
        number, own = place["supply", index]
        uptake[number][own] = qty
    for index, qty in plan.drawn.items():
        number, own = place["on_hand", index]
        drawn[number][own] = qty
    for flow in plan.flows:
        lot = flow.lot
        if lot.on_hand >= 0:
            flow = replace(flow, lot=replace(lot, on_hand=place["on_hand", lot.on_hand][1]))
        flows[owner[lot.produce]].append(flow)
    for row in plan.shipments:
        number, own = place[keys[row.kind], row.index]
        shipments[number].append(Shipment(row.kind, own, row.hub, row.bucket, row.grade, row.qty))
    for name, states in plan.listed.items():
        listed[owner[name]][name] = states
    return [Plan(uptake[k], drawn[k], tuple(flows[k]), tuple(shipments[k]), listed[k]) for k in range(len(parts))]


def plan_restricted(part: Part, plan: Plan) -> Plan:
    """What a plan of the whole says about a part, as far as a solver starts from it: the listing."""
    names = {row.id for row in part.data.produce}
    return Plan(listed={name: states for name, states in plan.listed.items() if name in names})


def plans_merged(parts: Sequence[Part], plans: Sequence[Plan]) -> Plan:
    """One plan of the whole out of a plan of every part; trucks of a hub and bucket are added."""
    keys: dict[SaleKind, str] = {"spot": "demand", "contract": "contracts", "committed": "committed"}
    uptake: dict[int, float] = {}
    drawn: dict[int, float] = {}
    listed: dict[str, tuple[int, ...]] = {}
    trucks: dict[tuple[str, int], int] = defaultdict(int)
    flows: list[Flow] = []
    shipments: list[Shipment] = []
    for part, plan in zip(parts, plans, strict=True):
        uptake.update({part.rows["supply"][k]: qty for k, qty in plan.uptake.items()})
        drawn.update({part.rows["on_hand"][k]: qty for k, qty in plan.drawn.items()})
        listed.update(plan.listed)
        for flow in plan.flows:
            has_moved = flow.lot.on_hand >= 0
            flows.append(replace(flow, lot=_lot(part, flow.lot)) if has_moved else flow)
        for row in plan.shipments:
            index = part.rows[keys[row.kind]][row.index]
            shipments.append(Shipment(row.kind, index, row.hub, row.bucket, row.grade, row.qty))
        for place, count in plan.trucks.items():
            trucks[place] += count
    return Plan(
        uptake=dict(sorted(uptake.items())),
        drawn=dict(sorted(drawn.items())),
        flows=tuple(flows),
        shipments=tuple(shipments),
        listed=listed,
        trucks=dict(trucks),
    )


def _lot(part: Part, lot: LotKey) -> LotKey:
    return lot if lot.on_hand < 0 else replace(lot, on_hand=part.rows["on_hand"][lot.on_hand])


def duals_renamed(part: Part, duals: Iterable[Dual]) -> list[Dual]:
    """The duals of a part under the names that its rows have in the whole."""
    return [replace(row, where=_renamed(part, row.where)) for row in duals]


def violations_renamed(part: Part, found: Iterable[Violation]) -> list[Violation]:
    """The violations of a part under the names that its rows have in the whole."""
    return [replace(row, where=_renamed(part, row.where)) for row in found]


def _renamed(part: Part, where: str) -> str:
    return _PATH.sub(lambda match: f"{match[1]}[{part.rows[match[1]][int(match[2])]}]", where)
