"""What solving gives back: the plan, what it is worth, how far from the best it can be, and what it breaks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from harvest_schedule.planner.extract import Dual
from harvest_schedule.planner.feasibility import Violation
from harvest_schedule.planner.objective import Breakdown
from harvest_schedule.planner.plan import LotKey, Plan
from harvest_schedule.planner.problem import Problem

OPTIMAL = "optimal"
TIME_LIMIT = "time_limit"
INVALID = "invalid"


@dataclass(frozen=True)
class Result:
    """
    The outcome of ``solve``.

    Attributes
    ----------
    status
        ``optimal``: proven within ``SolveParams.rel_gap``. ``time_limit``: the best plan found when the stop rule
        ended the search. ``invalid``: no plan keeps every rule; ``plan`` breaks them as little as possible and
        ``violations`` says which, where and by how much.
    bound
        No plan can be worth more; infinite when nothing was proven, or when the status is invalid.
    """

    data: Problem
    plan: Plan
    breakdown: Breakdown
    bound: float
    status: str
    duals: tuple[Dual, ...] = ()
    violations: tuple[Violation, ...] = ()

    @property
    def objective(self) -> float:
        """What the plan is worth."""
        return self.breakdown.objective

    @property
    def gap(self) -> float:
        """(bound - objective) / max(|objective|, 1), never negative; infinite without a bound."""
        return max(self.bound - self.objective, 0.0) / max(abs(self.objective), 1.0)

    @property
    def is_feasible(self) -> bool:
        """Whether the plan keeps every rule."""
        return not self.violations

    def dual(self, kind: str, where: str) -> float:
        """The marginal value of one row or place, zero when it does not bind."""
        return next((row.value for row in self.duals if row.kind == kind and row.where == where), 0.0)

    def to_json(self) -> dict[str, Any]:
        """The answer of the neutral format; infinite figures become null. ``result_reading`` reads it back."""
        return {
            "objective": self.objective,
            "bound": _finite(self.bound),
            "gap": _finite(self.gap),
            "status": self.status,
            "breakdown": self.breakdown.to_json(),
            "uptake": self._uptake(),
            "sales": self._sales(),
            "drawn": [{"on_hand": index, "qty": qty} for index, qty in sorted(self.plan.drawn.items())],
            "at_once": self._at_once(),
            "storage": self._storage(),
            "listed": self.listed(),
            "trucks": [
                {"hub": hub, "bucket": bucket, "trucks": count}
                for (hub, bucket), count in sorted(self.plan.trucks.items())
            ],
            "short": self.short(),
            "duals": [row.to_json() for row in self.duals],
            "violations": [row.to_json() for row in self.violations],
        }

    def listed(self) -> dict[str, list[int]]:
        """The listed state of every produce; one without rules counts as listed where it is sold."""
        states = {name: list(row) for name, row in self.plan.listed.items()}
        for row in self.data.produce:
            states.setdefault(row.id, [0] * self.data.buckets)
        for index in self.plan.sold("spot"):
            sale = self.data.demand[index]
            if sale.produce not in self.plan.listed:
                states[sale.produce][sale.bucket] = 1
        return states

    def short(self) -> list[dict[str, Any]]:
        """Contracts and commitments that are not delivered in full."""
        found: list[dict[str, Any]] = []
        delivered = self.plan.sold("contract")
        for index, row in enumerate(self.data.contracts):
            missing = row.qty - delivered.get(index, 0.0)
            if missing > 1e-9 * max(row.qty, 1.0):
                place = {
                    "produce": row.produce,
                    "grade": row.grade,
                    "channel": row.channel,
                    "bucket": row.bucket,
                }
                found.append({"kind": "contract", "index": index, **place, "qty": missing})
        honoured = self.plan.sold("committed")
        for index, sold in enumerate(self.data.committed):
            missing = sold.qty - honoured.get(index, 0.0)
            if missing > 1e-9 * max(sold.qty, 1.0):
                place = {"produce": sold.produce, "grade": sold.grade, "from": sold.first, "to": sold.last}
                found.append({"kind": "committed", "index": index, **place, "qty": missing})
        return found

    def _uptake(self) -> list[dict[str, Any]]:
        rows = []
        for index, qty in sorted(self.plan.uptake.items()):
            row = self.data.supply[index]
            place = {"coop": row.coop, "hub": row.hub, "produce": row.produce, "grade": row.grade}
            rows.append({"supply": index, **place, "bucket": row.bucket, "qty": qty})
        return rows

    def _sales(self) -> list[dict[str, Any]]:
        ships: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for row in self.plan.shipments:
            ship = {"hub": row.hub, "bucket": row.bucket, "grade": row.grade, "qty": row.qty}
            ships.setdefault((row.kind, row.index), []).append(ship)
        rows = []
        for (kind, index), parts in sorted(ships.items()):
            qty = sum(part["qty"] for part in parts)
            if kind == "committed":
                sold = self.data.committed[index]
                place = {
                    "produce": sold.produce,
                    "grade": sold.grade,
                    "bucket": sold.first,
                    "channel": sold.channel,
                }
            else:
                sale = (self.data.demand if kind == "spot" else self.data.contracts)[index]
                place = {
                    "produce": sale.produce,
                    "grade": sale.grade,
                    "bucket": sale.bucket,
                    "channel": sale.channel,
                }
            rows.append({"kind": kind, "index": index, **place, "qty": qty, "ships": parts})
        return rows

    def _at_once(self) -> list[dict[str, Any]]:
        return [
            {**lot_json(flow.lot), "from": flow.lot.bucket, "to": flow.ship_bucket, "qty": flow.qty_in}
            | {"arrives": flow.qty_out}
            for flow in self.plan.flows
            if flow.store is None
        ]

    def _storage(self) -> list[dict[str, Any]]:
        rows = []
        for flow in self.plan.flows:
            if flow.store is not None:
                rows.append(
                    {
                        "store": flow.store,
                        **lot_json(flow.lot),
                        "from": flow.lot.bucket,
                        "to": flow.ship_bucket,
                        "qty": flow.qty_in,
                        "arrives": flow.qty_out,
                    }
                )
        return rows


def lot_json(lot: LotKey) -> dict[str, Any]:
    """A lot as plain data; ``on_hand`` only for lots that are there already."""
    place: dict[str, Any] = {"hub": lot.hub, "produce": lot.produce, "grade": lot.grade}
    return place if lot.on_hand < 0 else {**place, "on_hand": lot.on_hand}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
