"""From a season, or from what is known of it in a week, to the planner's instance and back to a week's decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harvest_schedule.planner.plan import Plan
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.solve import SolveParams, solve
from harvest_schedule.planner.stop import MaxIterations
from harvest_schedule.policies.season import Decision, SellerState
from harvest_schedule.policies.world import World

HUB = "H1"
MAX_NODES = 1_000_000
BAND_NODES, BAND_GAP = 50, 0.01
LEAST_KG = 1e-6
SLIGHT = 1e-3


@dataclass
class Question:
    """A planner's instance whose bucket 0 is week ``first``; the lists stand beside its rows."""

    world: World
    first: int
    capacity: Mapping[str, float]
    supply: list[dict[str, Any]] = field(default_factory=list)
    demand: list[dict[str, Any]] = field(default_factory=list)
    on_hand: list[dict[str, Any]] = field(default_factory=list)
    committed: list[dict[str, Any]] = field(default_factory=list)

    def add_supply(self, coop: str, produce: str, week: int, qty: float) -> None:
        if qty > LEAST_KG:
            self.supply.append(
                {
                    "coop": coop,
                    "produce": produce,
                    "bucket": week - self.first,
                    "qty": qty,
                    "cost": self.world.by_produce[produce].cost,
                }
            )

    def add_demand(self, produce: str, week: int, qty: float, price: float, ship_after: int = 0) -> None:
        """Buyers who order in ``week`` and are sent to ``ship_after`` weeks later."""
        if qty > LEAST_KG:
            self.demand.append(
                {
                    "produce": produce,
                    "channel": "presale" if ship_after else "spot",
                    "bucket": week - self.first,
                    "qty": qty,
                    "price": price,
                    "ship_after": ship_after,
                }
            )

    def add_state(self, state: SellerState) -> None:
        """What lies in the stores and what is owed."""
        lots: dict[tuple[str, int, str], float] = defaultdict(float)
        for (_coop, produce, picked, mode), qty in state.lots.items():
            lots[produce, picked, mode] += qty
        for (produce, picked, mode), qty in sorted(lots.items()):
            if qty > LEAST_KG:
                age = self.first - picked
                self.on_hand.append({"produce": produce, "hub": HUB, "mode": mode, "age": age, "qty": qty})
        for (produce, week), qty in sorted(state.owed.items()):
            if qty > LEAST_KG and week >= self.first:
                bucket = week - self.first
                penalty = self.world.presale_price(produce, week) * (1 + self.world.goodwill)
                self.committed.append(
                    {"produce": produce, "from": bucket, "to": bucket, "qty": qty, "short_penalty": penalty}
                )

    def solved(self, losses: Mapping[str, float], band: float | None = None) -> Result:
        """
        Ask the planner; with ``band`` every produce's weekly sales are to lie within (1 ± band) of one level.

        A band makes the program mixed-integer, so it ends at a gap and a number of nodes that are the same everywhere.
        """
        world, modes = self.world, sorted(self.capacity)
        instance = {
            "buckets": world.weeks - self.first,
            "produce": [
                {"id": row.id, "life": {mode: row.life[mode] for mode in modes if mode in row.life}}
                for row in world.produce
            ],
            "storage": [
                {
                    "id": mode,
                    "hub": HUB,
                    "mode": mode,
                    "capacity": self.capacity[mode],
                    "loss": losses[mode],
                    "hold_cost": world.stores[mode].hold_cost,
                }
                for mode in modes
            ],
            "supply": self.supply,
            "demand": self.demand,
            "on_hand": self.on_hand,
            "committed": self.committed,
            "closed": {HUB: [week - self.first for week in sorted(world.closed) if week >= self.first]}
            if self.supply or self.on_hand
            else {},
        }
        if band is None:
            return solve(problem_read(instance), MaxIterations(MAX_NODES))
        instance["band"] = [{"produce": row.id, "beta": band} for row in world.produce]
        return solve(problem_read(instance), MaxIterations(BAND_NODES), params=SolveParams(rel_gap=BAND_GAP))

    def decision(self, plan: Plan, week: int, extra: Mapping[str, float] | None = None) -> Decision:
        """What a plan does in one week; ``extra`` may be sold on top by produce."""
        bucket = week - self.first
        spot: dict[str, float] = defaultdict(float, extra or {})
        presale: dict[str, float] = defaultdict(float)
        for index, qty in plan.sold("spot").items():
            row = self.demand[index]
            if row["bucket"] == bucket:
                (presale if row["ship_after"] else spot)[row["produce"]] += qty
        keep: dict[tuple[str, str], float] = defaultdict(float)
        draws: dict[tuple[str, int, str], float] = defaultdict(float)
        for flow in plan.flows:
            lot = flow.lot
            if lot.on_hand >= 0:
                held = self.on_hand[lot.on_hand]
                key = (lot.produce, self.first - held["age"], held["mode"])
            elif flow.store is not None:
                key = (lot.produce, self.first + lot.bucket, flow.store)
                if lot.bucket == bucket and flow.ship_bucket > bucket:
                    keep[lot.produce, flow.store] += flow.qty_in
            else:
                continue
            if flow.ship_bucket == bucket:
                draws[key] += flow.qty_out
        uptake: dict[tuple[str, str], float] = defaultdict(float)
        expected: dict[str, float] = defaultdict(float)
        for index, row in enumerate(self.supply):
            if row["bucket"] == bucket:
                uptake[row["coop"], row["produce"]] += plan.uptake.get(index, 0.0)
                expected[row["produce"]] += row["qty"]
        taken = _by_produce(uptake)
        takes_all = {name for name, qty in expected.items() if taken[name] >= qty * (1 - SLIGHT)}
        return Decision(spot, presale, keep, draws, uptake, frozenset(takes_all))


def _by_produce(uptake: Mapping[tuple[str, str], float]) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for (_coop, produce), qty in uptake.items():
        total[produce] += qty
    return total


def losses(world: World, *, is_true: bool) -> dict[str, float]:
    """Loss a week by mode: the season's, or what everybody reckons with."""
    return {mode: row.true_loss if is_true else row.loss for mode, row in world.stores.items()}


def presale_weeks(world: World, first: int) -> Sequence[int]:
    """Weeks in which something ordered now or later can be sent, for orders placed ahead."""
    return [week for week in range(first + world.presale_lead, world.weeks) if world.is_open(week)]
