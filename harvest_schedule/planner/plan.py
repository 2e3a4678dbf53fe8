"""
What a plan says: who is picked, what is kept where until when, what is shipped to which sale, what is on sale when.

A plan is the whole decision and nothing else; what it is worth is ``objective``, whether it may be is ``feasibility``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harvest_schedule.planner.problem import SaleKind


@dataclass(frozen=True, slots=True, order=True)
class LotKey:
    """
    A quantity that ages together: all supply of one hub, produce, grade and harvest bucket, or one lot on hand.

    ``bucket`` is the first bucket in which it can ship (0 for a lot on hand); ``on_hand`` is its row there or -1.
    """

    hub: str
    produce: str
    grade: str
    bucket: int
    on_hand: int = -1


@dataclass(frozen=True, slots=True)
class Flow:
    """
    One lot's way to one ship bucket: straight away (``store`` None) or through a store until ``ship_bucket``.

    ``qty_in`` is what leaves the lot and occupies the store, ``qty_out`` what is left of it when it ships.
    """

    lot: LotKey
    store: str | None
    ship_bucket: int
    qty_in: float
    qty_out: float


@dataclass(frozen=True, slots=True)
class Shipment:
    """``qty`` sold units of sale row ``index`` of its kind leave ``hub`` in ``bucket``, out of ``grade``."""

    kind: SaleKind
    index: int
    hub: str
    bucket: int
    grade: str
    qty: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A decision. Rows that are not named are zero; ``listed`` has one 0 or 1 a bucket per produce with a state."""

    uptake: Mapping[int, float] = field(default_factory=dict)
    drawn: Mapping[int, float] = field(default_factory=dict)
    flows: tuple[Flow, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    listed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    trucks: Mapping[tuple[str, int], int] = field(default_factory=dict)

    def sold(self, kind: SaleKind) -> dict[int, float]:
        """Quantity delivered to each row of a kind of sale."""
        total: dict[int, float] = {}
        for row in self.shipments:
            if row.kind == kind:
                total[row.index] = total.get(row.index, 0.0) + row.qty
        return total
