"""
One season as it truly is, and what could be known of it when.

Masses are kilograms, money is fen, weeks and days count from the season's beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

DAYS = 7


@dataclass(frozen=True, slots=True)
class Store:
    """A mode of keeping: the loss a week that everybody reckons with, the true one, and its cost a kg put in."""

    loss: float
    true_loss: float
    hold_cost: float


@dataclass(frozen=True, slots=True)
class WorldProduce:
    """``life`` is weeks after its own that it keeps, by mode; ``cost`` of picking a kg."""

    id: str
    life: Mapping[str, int]
    cost: float


@dataclass(frozen=True, slots=True)
class Cooperative:
    """``storage`` is kilograms that its own stores hold, by mode."""

    id: str
    county: str
    storage: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Report:
    """From ``week`` on known: the whole harvest as it now looks, and by how many days the declared dates are late."""

    week: int
    low: float
    likely: float
    high: float
    shift_days: float


@dataclass(frozen=True, slots=True)
class WorldHarvest:
    """What was declared in ``declared_week``, what was reported, and what is truly ripe in every week."""

    coop: str
    produce: str
    declared_week: int
    first_day: int
    end_day: int
    low: float
    likely: float
    high: float
    past_factors: tuple[float, ...]
    past_shifts: tuple[float, ...]
    reports: tuple[Report, ...]
    ripe: tuple[float, ...]

    def outlook(self, week: int) -> Report | None:
        """The last word on this harvest at the beginning of a week; None while nothing was declared."""
        if self.declared_week > week:
            return None
        told = [row for row in self.reports if row.week <= week]
        return max(told, key=lambda row: row.week) if told else Report(-1, self.low, self.likely, self.high, 0.0)


@dataclass(frozen=True, slots=True)
class Market:
    """
    Buyers of one produce who want it sent in one week.

    ``expected`` is what the curves say and ``qty`` what really comes; the same of orders placed ``presale_lead`` weeks
    ahead.
    """

    expected: float
    qty: float
    price: float
    presale_expected: float = 0.0
    presale_qty: float = 0.0


NO_MARKET = Market(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class World:
    """A season. ``demand`` is by produce and week; what is not named is nothing."""

    weeks: int
    presale_lead: int
    presale_discount: float
    goodwill: float
    switching: float
    closed: frozenset[int]
    stores: Mapping[str, Store]
    produce: tuple[WorldProduce, ...]
    cooperatives: tuple[Cooperative, ...]
    harvests: tuple[WorldHarvest, ...]
    demand: Mapping[tuple[str, int], Market]

    def market(self, produce: str, week: int) -> Market:
        return self.demand.get((produce, week), NO_MARKET)

    def presale_price(self, produce: str, ship_week: int) -> float:
        return self.market(produce, ship_week).price * self.presale_discount

    def is_open(self, week: int) -> bool:
        return week < self.weeks and week not in self.closed

    @cached_property
    def by_produce(self) -> dict[str, WorldProduce]:
        return {row.id: row for row in self.produce}

    @cached_property
    def county_of(self) -> dict[str, str]:
        return {row.id: row.county for row in self.cooperatives}

    @cached_property
    def supply(self) -> float:
        """All that ripens."""
        return sum(sum(row.ripe) for row in self.harvests)
