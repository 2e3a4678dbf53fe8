"""
What a plan must keep, checked from the plan and the problem alone; the solver's word is not taken for it.

Every breach is a ``Violation`` with its kind, its place and its amount. Contracts and commitments that fall short are
no breach: they are an answer, and the objective pays for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from harvest_schedule.planner.listing_model import forced_buckets
from harvest_schedule.planner.network import sales_of
from harvest_schedule.planner.objective import runs_of
from harvest_schedule.planner.plan import LotKey, Plan
from harvest_schedule.planner.problem import Problem

TOLERANCE = 1e-6
"""Relative to the largest quantity of the problem: below this a difference is rounding."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A breach: its kind, where (a key of the instance or a place), and by how much."""

    kind: str
    where: str
    amount: float

    def to_json(self) -> dict[str, Any]:
        """Kind, place and amount."""
        return asdict(self)


def violations(data: Problem, plan: Plan) -> tuple[Violation, ...]:
    """Every breach above rounding."""
    tolerance = TOLERANCE * data.largest_quantity
    found = [*_supply(data, plan), *_lots(data, plan), *_storage(data, plan), *_places(data, plan)]
    found += [*_sales(data, plan), *_shipping(data, plan), *_fairness(data, plan), *_min_qty(data, plan)]
    found += _band(data, plan)
    broken = [row for row in found if row.amount > tolerance]
    return (*broken, *_listing(data, plan))


def violations_shared(data: Problem, plan: Plan) -> tuple[Violation, ...]:
    """Every breach above rounding of what produce share: stores, packing, trucks and fairness."""
    tolerance = TOLERANCE * data.largest_quantity
    found = [*_storage(data, plan), *_shipping(data, plan), *_fairness(data, plan)]
    return tuple(row for row in found if row.amount > tolerance)


def _supply(data: Problem, plan: Plan) -> Iterator[Violation]:
    for index, row in enumerate(data.supply):
        yield Violation("excess_uptake", f"supply[{index}]", plan.uptake.get(index, 0.0) - row.qty)
        if row.bucket < data.frozen_until and row.uptake_in_force is not None:
            frozen = min(row.uptake_in_force, row.qty)
            change = abs(plan.uptake.get(index, 0.0) - frozen)
            yield Violation("frozen_uptake", f"supply[{index}].uptake_in_force", change)
    for index, lot in enumerate(data.on_hand):
        yield Violation("excess_draw", f"on_hand[{index}]", plan.drawn.get(index, 0.0) - lot.qty)


def _lots(data: Problem, plan: Plan) -> Iterator[Violation]:
    taken: dict[LotKey, float] = defaultdict(float)
    for index, qty in plan.uptake.items():
        row = data.supply[index]
        taken[LotKey(row.hub, row.produce, row.grade, row.bucket)] += qty
    for index, qty in plan.drawn.items():
        lot = data.on_hand[index]
        taken[LotKey(lot.hub, lot.produce, lot.grade, 0, index)] += qty
    stores = {row.id: row for row in data.storage}
    used: dict[LotKey, float] = defaultdict(float)
    for flow in plan.flows:
        used[flow.lot] += flow.qty_in
        where = f"{flow.lot.produce}@{flow.lot.bucket}"
        held = flow.ship_bucket - flow.lot.bucket
        on_hand = data.on_hand[flow.lot.on_hand] if flow.lot.on_hand >= 0 else None
        age = on_hand.age if on_hand else 0
        if flow.store is None:
            kept = 1.0 if held == 0 else 0.0
        else:
            store = stores[flow.store]
            kept = (1.0 - store.loss) ** held
            is_allowed = store.hub == flow.lot.hub and age + held <= data.life(flow.lot.produce).get(store.mode, -1)
            yield Violation("wrong_store", where, 0.0 if is_allowed else flow.qty_in)
        yield Violation("excess_arrival", where, flow.qty_out - kept * flow.qty_in)
    for key, qty in used.items():
        yield Violation("excess_lot", f"{key.produce}@{key.bucket}", qty - taken[key])


def _storage(data: Problem, plan: Plan) -> Iterator[Violation]:
    stores = {row.id: row for row in data.storage if row.capacity is not None}
    content: dict[tuple[str, int], float] = defaultdict(float)
    for flow in plan.flows:
        if flow.store in stores:
            for bucket in range(flow.lot.bucket, flow.ship_bucket):
                content[flow.store, bucket] += flow.qty_in
    for (store, bucket), qty in content.items():
        yield Violation("excess_storage", f"{store}@{bucket}", qty - stores[store].room(bucket))


def _places(data: Problem, plan: Plan) -> Iterator[Violation]:
    """What ships with a need of remaining life is covered by what is at least that young, at every place and need."""
    left: dict[tuple[str, str, str, int], list[tuple[float, float]]] = defaultdict(list)
    stores = {row.id: row for row in data.storage}
    for flow in plan.flows:
        life = data.life(flow.lot.produce)
        on_hand = data.on_hand[flow.lot.on_hand] if flow.lot.on_hand >= 0 else None
        mode = on_hand.mode if on_hand else stores[flow.store].mode if flow.store else None
        limit = data.longest_life(flow.lot.produce) if mode is None else life[mode]
        age = (on_hand.age if on_hand else 0) + flow.ship_bucket - flow.lot.bucket
        place = (flow.lot.hub, flow.lot.produce, flow.lot.grade, flow.ship_bucket)
        left[place].append((limit - age, flow.qty_out))
    asked: dict[tuple[str, str, str, int], list[tuple[float, float]]] = defaultdict(list)
    for row in plan.shipments:
        sale = data.sale(row.kind, row.index)
        place = (row.hub, sale.produce, row.grade, row.bucket)
        asked[place].append((data.need(sale.channel), row.qty * data.use_per_unit(sale)))
        is_due = row.bucket in data.ship_buckets(sale) and row.grade in data.source_grades(sale.grade)
        is_due = is_due and data.is_open(row.hub, row.bucket)
        yield Violation("wrong_shipment", f"{row.kind}[{row.index}]@{row.bucket}", 0.0 if is_due else row.qty)
    for place, wants in asked.items():
        for need, _ in wants:
            wanted = sum(qty for other, qty in wants if other >= need)
            there = sum(qty for life_left, qty in left[place] if life_left >= need)
            yield Violation("excess_shipment", f"{place[1]}@{place[3]}", wanted - there)


def _sales(data: Problem, plan: Plan) -> Iterator[Violation]:
    names = {"spot": "demand", "contract": "contracts", "committed": "committed"}
    sold = {kind: plan.sold(kind) for kind in ("spot", "contract", "committed")}
    rules = data.listed_rules()
    for kind, index, sale in sales_of(data):
        qty = sold[kind].get(index, 0.0)
        yield Violation("excess_sale", f"{names[kind]}[{index}]", qty - sale.qty)
        if kind == "spot" and sale.produce in rules and not plan.listed[sale.produce][data.demand[index].bucket]:
            yield Violation("sale_not_listed", f"demand[{index}]", qty)


def _shipping(data: Problem, plan: Plan) -> Iterator[Violation]:
    load: dict[tuple[str, int], float] = defaultdict(float)
    for row in plan.shipments:
        load[row.hub, row.bucket] += row.qty
    for (hub, bucket), qty in load.items():
        if hub in data.pack_capacity:
            yield Violation("excess_packing", f"{hub}@{bucket}", qty - data.pack_capacity[hub])
        if data.freight is not None:
            room = plan.trucks.get((hub, bucket), 0) * data.freight.capacity
            yield Violation("excess_freight", f"{hub}@{bucket}", qty - room)


def _fairness(data: Problem, plan: Plan) -> Iterator[Violation]:
    for index, rule in enumerate(data.fairness):
        rows = [k for k, row in enumerate(data.supply) if row.coop in rule.coops]
        wanted = rule.min_uptake * sum(data.supply[k].qty for k in rows)
        yield Violation("unfair_uptake", f"fairness[{index}]", wanted - sum(plan.uptake.get(k, 0.0) for k in rows))


def spot_by_bucket(data: Problem, plan: Plan, produce: str) -> list[float]:
    """Spot sales of a produce in every bucket."""
    total = [0.0] * data.buckets
    for index, qty in plan.sold("spot").items():
        if data.demand[index].produce == produce:
            total[data.demand[index].bucket] += qty
    return total


def _min_qty(data: Problem, plan: Plan) -> Iterator[Violation]:
    for produce, rules in data.listed_rules().items():
        if rules.min_qty:
            sold = spot_by_bucket(data, plan, produce)
            for bucket, state in enumerate(plan.listed[produce]):
                if state:
                    yield Violation("unmet_min_qty", f"{produce}@{bucket}", rules.min_qty - sold[bucket])


def _band(data: Problem, plan: Plan) -> Iterator[Violation]:
    for produce, beta in data.band.items():
        sold = spot_by_bucket(data, plan, produce)
        inside = [sold[bucket] for bucket, state in enumerate(plan.listed[produce]) if state]
        if inside:
            yield Violation("outside_band", produce, (1 - beta) * max(inside) - (1 + beta) * min(inside))


def _listing(data: Problem, plan: Plan) -> Iterator[Violation]:
    for produce, rules in data.listed_rules().items():
        states = plan.listed[produce]
        age = data.initial_run.get(produce, 0)
        runs = runs_of(states)
        for first, end in runs:
            length = end - first + (age if first == 0 else 0)
            is_excused = (end == data.buckets and data.open_end) or end < data.frozen_until
            # A run that was on before and is cut by the end could not have been avoided.
            is_excused = is_excused or (first == 0 and bool(age) and end == data.buckets)
            if length < rules.min_run and not is_excused:
                yield Violation("short_run", f"{produce}@{first}", float(rules.min_run - length))
        for bucket in forced_buckets(data, produce, rules):
            if not states[bucket]:
                yield Violation("short_run", f"{produce}@{bucket}", 1.0)
                break
        if rules.max_runs is not None and len(runs) > rules.max_runs:
            yield Violation("excess_runs", produce, float(len(runs) - rules.max_runs))
        for bucket in range(data.frozen_until):
            frozen = data.frozen_state(produce, bucket)
            if frozen is not None and states[bucket] != frozen:
                yield Violation("frozen_listing", f"{produce}@{bucket}", 1.0)
