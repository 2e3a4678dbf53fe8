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

from harvest_schedule.planner.extract import Dual
from harvest_schedule.planner.feasibility import Violation
from harvest_schedule.planner.plan import Flow, LotKey, Plan, Shipment
from harvest_schedule.planner.problem import Problem, Replan, SaleKind

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
    groups = _groups(data)
    return (part_of(data, groups[0]),) if len(groups) == 1 else tuple(part_of(data, group) for group in groups)


def _groups(data: Problem) -> list[list[str]]:
    """Produce that are bound to each other, directly or through others, in the order of the problem."""
    bonds: dict[tuple[str, str | int], list[str]] = defaultdict(list)
    hubs_of: dict[str, set[str]] = {row.id: set() for row in data.produce}
    for supply in data.supply:
        hubs_of[supply.produce].add(supply.hub)
        for index, rule in enumerate(data.fairness):
            if supply.coop in rule.coops:
                bonds["fairness", index].append(supply.produce)
    for lot in data.on_hand:
        hubs_of[lot.produce].add(lot.hub)
    for produce, hubs in hubs_of.items():
        for hub in hubs:
            if data.freight is not None or hub in data.pack_capacity:
                bonds["hub", hub].append(produce)
            for store in data.storage:
                if store.hub == hub and store.capacity is not None and store.mode in data.life(produce):
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


def part_of(data: Problem, produce: Iterable[str]) -> Part:
    """The part of a problem that is about these produce."""
    names = set(produce)
    rows = {
        "supply": tuple(k for k, row in enumerate(data.supply) if row.produce in names),
        "demand": tuple(k for k, row in enumerate(data.demand) if row.produce in names),
        "contracts": tuple(k for k, row in enumerate(data.contracts) if row.produce in names),
        "committed": tuple(k for k, row in enumerate(data.committed) if row.produce in names),
        "on_hand": tuple(k for k, row in enumerate(data.on_hand) if row.produce in names),
    }
    coops = {data.supply[k].coop for k in rows["supply"]}
    hubs = {data.supply[k].hub for k in rows["supply"]} | {data.on_hand[k].hub for k in rows["on_hand"]}
    rows["fairness"] = tuple(k for k, rule in enumerate(data.fairness) if coops & set(rule.coops))
    replan = data.replan
    if replan is not None:
        replan = Replan({name: row for name, row in replan.previous.items() if name in names}, replan.change_cost)
    return Part(
        data=replace(
            data,
            produce=tuple(row for row in data.produce if row.id in names),
            storage=tuple(row for row in data.storage if row.hub in hubs),
            supply=tuple(data.supply[k] for k in rows["supply"]),
            demand=tuple(data.demand[k] for k in rows["demand"]),
            contracts=tuple(data.contracts[k] for k in rows["contracts"]),
            committed=tuple(data.committed[k] for k in rows["committed"]),
            on_hand=tuple(data.on_hand[k] for k in rows["on_hand"]),
            fairness=tuple(data.fairness[k] for k in rows["fairness"]),
            products=tuple(row for row in data.products if row.produce in names),
            listing={name: row for name, row in data.listing.items() if name in names},
            band={name: row for name, row in data.band.items() if name in names},
            initial_run={name: row for name, row in data.initial_run.items() if name in names},
            replan=replan,
        ),
        rows=rows,
    )


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
        flows.extend(replace(flow, lot=_lot(part, flow.lot)) for flow in plan.flows)
        shipments.extend(replace(row, index=part.rows[keys[row.kind]][row.index]) for row in plan.shipments)
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
