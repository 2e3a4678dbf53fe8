"""Selling what is declared, when it is declared: each cooperative by itself, or pooled and first come first served."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from harvest_schedule.planner.forecast import HarvestWindow, shares
from harvest_schedule.policies.season import Decision, Seller, SellerState
from harvest_schedule.policies.world import DAYS, World, WorldHarvest


def pooled_sellers(world: World) -> list[Seller]:
    """One seller with everybody's stores and all buyers."""
    capacity: dict[str, float] = defaultdict(float)
    for row in world.cooperatives:
        for mode, qty in row.storage.items():
            capacity[mode] += qty
    return [Seller(tuple(row.id for row in world.cooperatives), dict(capacity), dict.fromkeys(world.by_produce, 1.0))]


def lone_sellers(world: World) -> list[Seller]:
    """Every cooperative with its own stores, and with buyers in proportion to what it declares."""
    total: dict[str, float] = defaultdict(float)
    own: dict[tuple[str, str], float] = defaultdict(float)
    for row in world.harvests:
        total[row.produce] += row.likely
        own[row.coop, row.produce] += row.likely
    return [
        Seller(
            (coop.id,),
            coop.storage,
            {kind: own[coop.id, kind] / total[kind] for kind in total if own[coop.id, kind] > 0},
        )
        for coop in world.cooperatives
    ]


def declared_qty(harvest: WorldHarvest, known_in: int, week: int, num_weeks: int) -> float:
    """What the last word on a harvest says of one week."""
    word = harvest.outlook(known_in)
    if word is None:
        return 0.0
    window = HarvestWindow.between(harvest.first_day, harvest.end_day)
    days = np.arange(week * DAYS, (week + 1) * DAYS, dtype=np.float64)
    return word.likely * float(shares(window, days, np.array([word.shift_days]))[0].sum())


class AsDeclared:
    """Lists stock and what is declared for the week, sells ahead all that is declared, keeps what finds room."""

    def __init__(self, is_pooled: bool) -> None:
        self._is_pooled = is_pooled

    def sellers(self, world: World) -> list[Seller]:
        return pooled_sellers(world) if self._is_pooled else lone_sellers(world)

    def decide(self, state: SellerState, week: int) -> Decision:
        world, ship = state.world, week + state.world.presale_lead
        spot: dict[str, float] = defaultdict(float)
        ahead: dict[str, float] = defaultdict(float)
        members = set(state.seller.coops)
        for row in world.harvests:
            if row.coop in members:
                spot[row.produce] += declared_qty(row, week, week, world.weeks)
                if ship < world.weeks:
                    ahead[row.produce] += declared_qty(row, week, ship, world.weeks)
        for produce in world.by_produce:
            spot[produce] += state.stock(produce) - state.owed.get((produce, week), 0.0)
            ahead[produce] -= state.owed.get((produce, ship), 0.0)
        return Decision(spot, ahead)

    def observe(self, produce: str, week: int, cap: float, ordered: float) -> None:
        """Learns nothing."""
