"""
A season planning question as a mixed-integer linear program.

Variables, all in scaled units (``Scale``): what is taken of each offer and drawn of each lot on hand, how much of each
lot goes each way (``network``), how much of each outlet serves each sale, what lies in every store with a capacity,
trucks, and the listing of ``listing_model``. Age is exact because a lot's quantity stays its own until it ships. A
store's content is a running balance, so a long stay costs two entries and not one a bucket.

Rows carry keys by which ``duals`` reads what binds.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

from harvest_schedule.planner.network import Network, Outlet, Place, network_build, sales_of
from harvest_schedule.planner.plan import LotKey
from harvest_schedule.planner.problem import Committed, Contract, Demand, Problem, SaleKind
from harvest_schedule.planner.program import Program


@dataclass(frozen=True, slots=True)
class Scale:
    """Powers of two by which quantities and money are divided, so that the solver works near 1 to 1,000."""

    qty: float
    money: float

    @property
    def price(self) -> float:
        """What a price or cost of one unit is multiplied by."""
        return self.qty / self.money


@dataclass(frozen=True, slots=True)
class Offer:
    """Supply rows that no rule tells apart: same lot, cost and fairness groups; one variable stands for all."""

    lot: LotKey
    cost: float
    rows: tuple[int, ...]
    qty: float
    fixed: float | None


@dataclass
class Model:
    """The program with what is needed to read a plan out of it."""

    data: Problem
    network: Network
    scale: Scale
    program: Program
    offers: tuple[Offer, ...]
    sell: dict[tuple[SaleKind, int], int] = field(default_factory=dict)
    ship: dict[Outlet, int] = field(default_factory=dict)
    way: list[int] = field(default_factory=list)

    def spot_columns(self, produce: str) -> dict[int, list[tuple[int, int]]]:
        """For each bucket the spot sales of a produce as (demand index, column)."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for (kind, index), column in self.sell.items():
            row = self.data.demand[index] if kind == "spot" else None
            if row is not None and row.produce == produce:
                found[row.bucket].append((index, column))
        return found


def scale_of(data: Problem) -> Scale:
    """The powers of two that bring the largest quantity that matters and the largest price near 1,000."""
    prices = [row.price for row in (*data.demand, *data.contracts)] + [row.cost for row in data.supply]
    # Penalties are often written huge to mean never; next to them a price would no longer be exact.
    penalties = [row.short_penalty for row in data.contracts] + [row.short_penalty for row in data.committed]
    price = max(prices, default=0.0) or data.salvage or max(penalties, default=0.0)
    qty = _power(data.largest_quantity / 1000)
    return Scale(qty=qty, money=_power(price * qty / 1000))


def _power(value: float) -> float:
    return 2.0 ** round(math.log2(value)) if value > 0 else 1.0


def model_build(data: Problem) -> Model:
    """Build the physical part of the program: lots, ways, stores, outlets, sales, packing, trucks and fairness."""
    network = network_build(data)
    model = Model(data, network, scale_of(data), Program(), _offers(data))
    _add_offers(model)
    arrivals = _add_ways(model)
    _add_sales(model)
    _add_places(model, arrivals)
    _add_shipping(model)
    return model


def _offers(data: Problem) -> tuple[Offer, ...]:
    groups: dict[tuple[LotKey, float, tuple[int, ...], int], list[int]] = defaultdict(list)
    for index, row in enumerate(data.supply):
        lot = LotKey(row.hub, row.produce, row.grade, row.bucket)
        fair = tuple(k for k, rule in enumerate(data.fairness) if row.coop in rule.coops)
        is_fixed = row.bucket < data.frozen_until and row.uptake_in_force is not None
        groups[lot, row.cost, fair, index if is_fixed else -1].append(index)
    offers = []
    for (lot, cost, _, fixed_row), rows in groups.items():
        qty = sum(data.supply[row].qty for row in rows)
        fixed = min(qty, data.supply[fixed_row].uptake_in_force or 0.0) if fixed_row >= 0 else None
        offers.append(Offer(lot, cost, tuple(rows), qty, fixed))
    return tuple(offers)


def _add_offers(model: Model) -> None:
    data, program, scale = model.data, model.program, model.scale
    program.constant += data.salvage * sum(row.qty for row in data.supply) / scale.money
    for index, offer in enumerate(model.offers):
        low, high = (offer.fixed, offer.fixed) if offer.fixed is not None else (0.0, offer.qty)
        program.column(
            ("take", index),
            cost=-(offer.cost + data.salvage) * scale.price,
            low=low / scale.qty,
            high=high / scale.qty,
        )
    for index, row in enumerate(data.on_hand):
        program.column(("draw", index), cost=-row.cost * scale.price, high=row.qty / scale.qty)
    for index, rule in enumerate(data.fairness):
        terms = [
            (program.column_of["take", k], 1.0)
            for k, offer in enumerate(model.offers)
            if data.supply[offer.rows[0]].coop in rule.coops
        ]
        total = sum(row.qty for row in data.supply if row.coop in rule.coops)
        if terms:
            program.row(("fair", index), terms, low=rule.min_uptake * total / scale.qty)


def _add_ways(model: Model) -> dict[tuple[Place, int], list[tuple[int, float]]]:
    """Ways out of lots and through stores; returns what arrives at each place and need."""
    data, program, scale = model.data, model.program, model.scale
    leaving: dict[LotKey, list[tuple[int, float]]] = defaultdict(list)
    arrivals: dict[tuple[Place, int], list[tuple[int, float]]] = defaultdict(list)
    limited = {row.id: row for row in data.storage if row.capacity is not None}
    balance: dict[tuple[str, int], list[tuple[int, float]]] = defaultdict(list)
    for index, way in enumerate(model.network.ways):
        column = program.column(("way", index), cost=-way.hold_cost * scale.price)
        model.way.append(column)
        leaving[way.lot].append((column, -1.0))
        arrivals[way.place, way.need].append((column, way.kept))
        if way.store in limited:
            balance[way.store, way.lot.bucket].append((column, -1.0))
            balance[way.store, way.bucket].append((column, 1.0))
    for index, offer in enumerate(model.offers):
        if offer.lot in leaving:
            leaving[offer.lot].append((program.column_of["take", index], 1.0))
    for lot, terms in leaving.items():
        if lot.on_hand >= 0:
            terms.append((program.column_of["draw", lot.on_hand], 1.0))
        program.row(("lot", lot), terms, low=0.0)
    for store, limits in limited.items():
        used = sorted(bucket for name, bucket in balance if name == store)
        before: int | None = None
        for bucket in range(used[0], used[-1] + 1) if used else ():
            held = program.column(("stored", store, bucket), high=limits.room(bucket) / scale.qty)
            terms = [(held, 1.0), *balance.get((store, bucket), ())]
            if before is not None:
                terms.append((before, -1.0))
            program.row(("balance", store, bucket), terms, low=0.0, high=0.0)
            before = held
    return arrivals


def _add_sales(model: Model) -> None:
    """One column a sale row; when it has one outlet only, that column is the shipment as well."""
    program, scale = model.program, model.scale
    for kind, index, sale in sales_of(model.data):
        penalty = sale.short_penalty if isinstance(sale, (Contract, Committed)) else 0.0
        price = sale.takings + sale.kept_worth if isinstance(sale, Demand) else 0.0
        program.constant -= penalty * sale.qty / scale.money
        outlets = model.network.outlets.get((kind, index), ())
        if not outlets:
            continue
        column = program.column(
            ("sell", kind, index), cost=(price + penalty) * scale.price, high=model.data.sellable(sale) / scale.qty
        )
        model.sell[kind, index] = column
        if len(outlets) == 1:
            model.ship[outlets[0]] = column
            continue
        terms = [(column, -1.0)]
        for outlet in outlets:
            model.ship[outlet] = program.column(("ship", outlet))
            terms.append((model.ship[outlet], 1.0))
        program.row(("sale", kind, index), terms, low=0.0, high=0.0)


def _add_places(model: Model, arrivals: dict[tuple[Place, int], list[tuple[int, float]]]) -> None:
    """What ships from a place is at most what arrives there young enough; greater needs serve smaller ones."""
    uses: dict[tuple[Place, int], list[tuple[int, float]]] = defaultdict(list)
    for outlet, column in model.ship.items():
        uses[outlet.place, outlet.need].append((column, outlet.use))
    add_classes(model.program, "place", model.network.needs, arrivals, uses)


def add_classes(
    program: Program,
    name: str,
    needs: dict[Place, tuple[int, ...]],
    arrivals: dict[tuple[Place, int], list[tuple[int, float]]],
    uses: dict[tuple[Place, int], list[tuple[int, float]]],
) -> None:
    """Balance rows of every place, from the greatest need down, what is left over being handed on."""
    for place, classes in needs.items():
        handed: int | None = None
        for position, need in enumerate(classes):
            terms = [
                *uses.get((place, need), ()),
                *((col, -kept) for col, kept in arrivals.get((place, need), ())),
            ]
            if handed is not None:
                terms.append((handed, -1.0))
            handed = None
            if position + 1 < len(classes):
                handed = program.column((name, "hand", place, need))
                terms.append((handed, 1.0))
            program.row((name, place, need), terms, high=0.0)


def _add_shipping(model: Model) -> None:
    """Packing capacity and whole trucks, by hub and ship bucket."""
    data, program, scale = model.data, model.program, model.scale
    leaving: dict[tuple[str, int], list[Outlet]] = defaultdict(list)
    for outlet in model.ship:
        leaving[outlet.hub, outlet.bucket].append(outlet)
    for (hub, bucket), outlets in leaving.items():
        load = [(model.ship[outlet], 1.0) for outlet in outlets]
        if hub in data.pack_capacity:
            program.row(("pack", hub, bucket), load, high=data.pack_capacity[hub] / scale.qty)
        if data.freight is not None:
            sellable = [data.sellable(data.sale(outlet.kind, outlet.index)) for outlet in outlets]
            most, capacity = sum(sellable), data.freight.capacity
            count = math.ceil(most / capacity)
            trucks = program.column(
                ("trucks", hub, bucket), cost=-data.freight.cost / scale.money, high=count, integer=True
            )
            # A truck larger than any load is as good as one that just takes it, and leaves no room for rounding.
            carried = min(capacity, most) / scale.qty
            program.row(("truck", hub, bucket), [*load, (trucks, -carried)], high=0.0)
            # The last truck carries only what the others leave.
            last = most - capacity * (count - 1)
            if count > 1 and last < capacity:
                full = (count - 1) * (capacity - last) / scale.qty
                program.row(("fill", hub, bucket), [*load, (trucks, -last / scale.qty)], high=full, is_cut=True)
            # Nothing leaves without a truck: row by row that says far more than the sum does, as where a plant must be
            # open before it serves anybody.
            for outlet, qty in zip(outlets, sellable, strict=True) if len(outlets) > 1 else ():
                alone = min(capacity, qty) / scale.qty
                program.row(("board", outlet), [(model.ship[outlet], 1.0), (trucks, -alone)], high=0.0, is_cut=True)
