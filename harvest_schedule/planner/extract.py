"""From the values of a program to a plan, and from its duals to what one more unit of anything would be worth."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harvest_schedule.planner.listing_model import is_free_to_list, listed_cover
from harvest_schedule.planner.model import Model
from harvest_schedule.planner.plan import Flow, LotKey, Plan, Shipment
from harvest_schedule.planner.program import Outcome
from harvest_schedule.planner.trimming import plan_trim

ROUNDING = 1e-9
"""Relative to the largest quantity: values below are zero."""


@dataclass(frozen=True, slots=True)
class Dual:
    """
    What one more unit of something limited would earn, listing and trucks being as they are.

    ``kind`` is storage, supply, on_hand, demand, contract, committed, packing, promise, fairness, min_qty, truck or
    goods. ``where`` names the row of the instance (``supply[3]``) or the place (``cold@7``; ``H1/apple/1@7`` for
    goods ready to ship, where the value is what a unit must earn to be worth selling there). The worth of fairness
    and min_qty is negative: it is what one unit more of the obligation costs.
    """

    kind: str
    where: str
    value: float

    def to_json(self) -> dict[str, Any]:
        """Kind, place and value."""
        return asdict(self)


def plan_extract(model: Model, values: NDArray[np.float64]) -> Plan:
    """Read a plan out of the columns; cooperatives that no rule tells apart share an offer in proportion."""
    data, program, unit = model.data, model.program, model.scale.qty
    floor = ROUNDING * data.largest_quantity

    def amount(column: int) -> float:
        value = float(values[column]) * unit
        high = program.upper[column] * unit
        return 0.0 if value <= floor else high if abs(value - high) <= floor else value

    uptake: dict[int, float] = {}
    for index, offer in enumerate(model.offers):
        taken = amount(program.column_of["take", index])
        if taken > 0:
            for row in offer.rows:
                uptake[row] = data.supply[row].qty * (taken / offer.qty)
    drawn = {index: amount(program.column_of["draw", index]) for index in range(len(data.on_hand))}
    flows = []
    for way, column in zip(model.network.ways, model.way, strict=True):
        qty = amount(column)
        if qty > 0:
            flows.append(Flow(way.lot, way.store, way.bucket, qty, qty * way.kept))
    shipments = []
    for outlet, column in model.ship.items():
        qty = amount(column)
        if qty > 0:
            shipments.append(Shipment(outlet.kind, outlet.index, outlet.hub, outlet.bucket, outlet.grade, qty))
    plan = Plan(
        uptake=uptake,
        drawn={index: qty for index, qty in drawn.items() if qty > 0},
        flows=tuple(flows),
        shipments=tuple(shipments),
        listed=_listed(model, values, shipments),
        trucks=_trucks(model, shipments),
    )
    return plan_trim(data, plan)


def _listed(model: Model, values: NDArray[np.float64], shipments: list[Shipment]) -> dict[str, tuple[int, ...]]:
    data, columns = model.data, model.program.column_of
    listed = {}
    for produce, rules in data.listed_rules().items():
        if is_free_to_list(data, produce, rules):
            spot = (data.demand[row.index] for row in shipments if row.kind == "spot")
            sold = {row.bucket for row in spot if row.produce == produce}
            listed[produce] = listed_cover(data, produce, rules, sold)
        else:
            listed[produce] = tuple(round(values[columns["listed", produce, bucket]]) for bucket in range(data.buckets))
    return listed


def _trucks(model: Model, shipments: list[Shipment]) -> dict[tuple[str, int], int]:
    freight = model.data.freight
    if freight is None:
        return {}
    load: dict[tuple[str, int], float] = defaultdict(float)
    for row in shipments:
        load[row.hub, row.bucket] += row.qty
    return {place: max(math.ceil(qty / freight.capacity - 1e-6), 1) for place, qty in load.items() if qty > 0}


def duals_extract(model: Model, outcome: Outcome) -> tuple[Dual, ...]:
    """Marginal values in the problem's own money a unit, zeros left out; empty when the solver gave none."""
    if outcome.row_dual is None or outcome.column_dual is None:
        return ()
    data, program = model.data, model.program
    price = 1.0 / model.scale.price
    found: list[Dual] = []

    def add(kind: str, where: str, value: float) -> None:
        if abs(value) > 1e-9 * price:
            found.append(Dual(kind, where, value))

    for index, offer in enumerate(model.offers):
        value = float(outcome.column_dual[program.column_of["take", index]]) * price
        for row in offer.rows:
            # One more unit of supply also earns the salvage of a unit that is not taken.
            add("supply", f"supply[{row}]", value + data.salvage)
    for index, lot in enumerate(data.on_hand):
        # One more unit on hand may be promised too.
        promise = program.row_of.get(("promise", LotKey(lot.hub, lot.produce, lot.grade, 0, index)))
        value = float(outcome.column_dual[program.column_of["draw", index]])
        value += float(outcome.row_dual[promise]) if promise is not None else 0.0
        add("on_hand", f"on_hand[{index}]", value * price)
    names = {
        "spot": ("demand", "demand"),
        "contract": ("contract", "contracts"),
        "committed": ("committed",) * 2,
    }
    for (sale_kind, index), column in model.sell.items():
        kind, key = names[sale_kind]
        value = float(outcome.column_dual[column])
        opened = program.row_of.get(("open", index)) if sale_kind == "spot" else None
        if opened is not None:
            value += float(outcome.row_dual[opened])
        add(kind, f"{key}[{index}]", value * price)
    for name, column in program.column_of.items():
        if name[0] == "stored":
            add("storage", f"{name[1]}@{name[2]}", float(outcome.column_dual[column]) * price)
    kinds = {"pack": "packing", "fair": "fairness", "min_qty": "min_qty", "promise": "promise", "truck": "truck"}
    kinds["place"] = "goods"
    # Classes come from the greatest need down, so the smallest need, worth least, is what stays.
    best: dict[str, float] = {}
    for name, row_index in program.row_of.items():
        if name[0] in kinds:
            value = float(outcome.row_dual[row_index]) * price
            kind = kinds[name[0]]
            if kind == "fairness":
                add(kind, f"fairness[{name[1]}]", value)
            elif kind == "goods":
                hub, produce, grade, bucket = name[1]
                best[f"{hub}/{produce}/{grade}@{bucket}"] = value
            elif kind == "promise":
                for row in model.network.lots[name[1]]:
                    add(kind, f"supply[{row}].promise_qty", value)
            else:
                add(kind, f"{name[1]}@{name[2]}", value)
    for where, value in best.items():
        add("goods", where, value)
    return tuple(found)
