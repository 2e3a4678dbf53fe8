"""
Which lot serves which sale: the plan says what ships from a place, this says out of what.

At every place the sales that need the youngest goods choose first, and take the oldest that will do, so that what is
left serves the others. The same plan is always traced the same way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from harvest_schedule.planner.plan import Flow, LotKey, Plan, Shipment
from harvest_schedule.planner.problem import Problem, SaleKind


@dataclass(frozen=True, slots=True)
class Served:
    """``qty`` sold units of a sale row, shipped in ``bucket``, came out of ``lot`` by way of ``store``."""

    kind: SaleKind
    index: int
    bucket: int
    lot: LotKey
    store: str | None
    qty: float

    @property
    def held(self) -> int:
        """Buckets between the lot's first bucket and shipping."""
        return self.bucket - self.lot.bucket


def trace(data: Problem, plan: Plan) -> tuple[Served, ...]:
    """Match shipments with flows, place by place."""
    return tuple(
        Served(row.kind, row.index, row.bucket, plan.flows[flow].lot, plan.flows[flow].store, qty / use)
        for flow, row, qty, use in _matches(data, plan)
    )


def used_of_flows(data: Problem, plan: Plan) -> list[float]:
    """For each flow how much of what it brings is shipped."""
    used = [0.0] * len(plan.flows)
    for flow, _, qty, _ in _matches(data, plan):
        used[flow] += qty
    return used


def _matches(data: Problem, plan: Plan) -> Iterator[tuple[int, Shipment, float, float]]:
    """Pairs of flow and shipment with the goods that pass between them, and the goods that go into a unit sold."""
    arriving: dict[tuple[str, str, str, int], list[list[float]]] = defaultdict(list)
    for index, flow in enumerate(plan.flows):
        place = (flow.lot.hub, flow.lot.produce, flow.lot.grade, flow.ship_bucket)
        arriving[place].append([life_left(data, flow), index, flow.qty_out])
    leaving: dict[tuple[str, str, str, int], list[Shipment]] = defaultdict(list)
    for row in plan.shipments:
        leaving[row.hub, data.sale(row.kind, row.index).produce, row.grade, row.bucket].append(row)
    for place, shipments in leaving.items():
        there = sorted(arriving[place])
        for row in sorted(shipments, key=lambda s: (-_need(data, s), s.kind, s.index)):
            use = data.use_per_unit(data.sale(row.kind, row.index))
            missing = row.qty * use
            for part in there:
                taken = min(part[2], missing)
                if part[0] >= _need(data, row) and taken > 0:
                    yield int(part[1]), row, taken, use
                    part[2] -= taken
                    missing -= taken


def life_left(data: Problem, flow: Flow) -> int:
    """Buckets of life that a flow has left when it ships."""
    life = data.life(flow.lot.produce)
    if flow.lot.on_hand >= 0:
        lot = data.on_hand[flow.lot.on_hand]
        return life[lot.mode] - lot.age - flow.ship_bucket
    if flow.store is None:
        return data.longest_life(flow.lot.produce)
    mode = next(row.mode for row in data.storage if row.id == flow.store)
    return life[mode] - (flow.ship_bucket - flow.lot.bucket)


def _need(data: Problem, row: Shipment) -> int:
    return data.need(data.sale(row.kind, row.index).channel)
