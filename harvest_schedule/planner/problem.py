"""
What a season planning question is: frozen rows, built by ``reading.problem_read`` and checked there with field paths.

Time is ``buckets`` 0 … T-1. Quantities, prices and costs are in one unit each, whichever the caller chose (the shop
uses grams and fen). All ranges of buckets that end in ``last`` are closed; everything else is half-open.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

DEFAULT_HUB = "H1"
DEFAULT_GRADE = "1"

SaleKind = Literal["spot", "contract", "committed"]
PromiseRule = Literal["plan", "windows"]
PROMISE_RULES: tuple[PromiseRule, ...] = ("plan", "windows")


@dataclass(frozen=True, slots=True)
class Produce:
    """A kind of produce; ``life`` says for how many buckets after its harvest bucket it keeps in a storage mode."""

    id: str
    life: Mapping[str, int]

    @property
    def longest_life(self) -> int:
        """Buckets it keeps in the best mode; 0 when no mode can hold it."""
        return max(self.life.values(), default=0)


@dataclass(frozen=True, slots=True)
class Store:
    """
    A store of one hub; ``loss`` is the fraction lost a bucket.

    ``capacity`` is one figure for every bucket, or one a bucket, or None where the store is unlimited.
    """

    id: str
    mode: str
    hub: str = DEFAULT_HUB
    capacity: float | tuple[float, ...] | None = None
    loss: float = 0.0
    hold_cost: float = 0.0

    def room(self, bucket: int) -> float:
        """What it can hold in a bucket; infinite where it is unlimited."""
        if self.capacity is None:
            return math.inf
        return self.capacity[bucket] if isinstance(self.capacity, tuple) else self.capacity


@dataclass(frozen=True, slots=True)
class Supply:
    """Up to ``qty`` may be taken in ``bucket``; at most ``promise_qty`` of it may be promised ahead."""

    coop: str
    produce: str
    bucket: int
    qty: float
    promise_qty: float
    hub: str = DEFAULT_HUB
    grade: str = DEFAULT_GRADE
    cost: float = 0.0
    uptake_in_force: float | None = None


@dataclass(frozen=True, slots=True)
class OnHand:
    """A lot that lies in a store of ``hub`` at bucket 0 and is ``age`` buckets old."""

    hub: str
    produce: str
    grade: str
    mode: str
    age: int
    qty: float
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Demand:
    """
    Spot demand: at most ``qty`` sold in ``bucket``, shipped ``ship_after`` to ``ship_after + ship_within`` later.

    ``chance`` is the part of it that is expected to be bought at ``price``; a unit that nobody buys is still worth
    ``unsold_worth``.
    """

    produce: str
    channel: str
    bucket: int
    qty: float
    price: float
    grade: str = DEFAULT_GRADE
    ship_after: int = 0
    ship_within: int = 0
    product: str | None = None
    chance: float = 1.0
    unsold_worth: float = 0.0

    @property
    def takings(self) -> float:
        """What a unit planned for this row is expected to be sold for."""
        return self.price * self.chance

    @property
    def kept_worth(self) -> float:
        """What a unit planned for this row is expected to be worth to those who keep it because nobody bought it."""
        return self.unsold_worth * (1.0 - self.chance)


@dataclass(frozen=True, slots=True)
class Contract(Demand):
    """Standing demand that needs no listing; every unit not delivered costs ``short_penalty``."""

    short_penalty: float = 0.0


@dataclass(frozen=True, slots=True)
class Committed:
    """Sold and paid already, to ship in any bucket of ``first`` … ``last``; earns nothing more, costs when short."""

    produce: str
    grade: str
    first: int
    last: int
    qty: float
    short_penalty: float
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class OpenBefore:
    """What windows of an earlier plan may still sell beside this plan's, to ship in ``first`` … ``last``."""

    produce: str
    grade: str
    first: int
    last: int
    qty: float


@dataclass(frozen=True, slots=True)
class Listing:
    """When a produce may be on sale: rules for its runs, a run being a maximal stretch of listed buckets."""

    min_run: int = 1
    min_qty: float = 0.0
    cost_start: float = 0.0
    cost_bucket: float = 0.0
    max_runs: int | None = None

    @property
    def is_free(self) -> bool:
        """Whether listing costs nothing and obliges to nothing, so that being listed can never hurt."""
        return not (self.min_qty or self.cost_start or self.cost_bucket) and self.max_runs is None


@dataclass(frozen=True, slots=True)
class Fairness:
    """At least ``min_uptake`` of the whole supply of these cooperatives together is taken."""

    coops: tuple[str, ...]
    min_uptake: float


@dataclass(frozen=True, slots=True)
class Freight:
    """Whole trucks a hub and bucket, each carrying ``capacity`` at ``cost``."""

    capacity: float
    cost: float


@dataclass(frozen=True, slots=True)
class Replan:
    """The listing in force, 0 or 1 a bucket, and what each bucket that differs costs."""

    previous: Mapping[str, tuple[int, ...]]
    change_cost: float


@dataclass(frozen=True, slots=True)
class Channel:
    """What a way of selling asks of the age: ``transit`` buckets on the road, ``life_at_arrival`` left at the door."""

    transit: int = 0
    life_at_arrival: int = 0

    @property
    def need(self) -> int:
        """Buckets of life that must be left when the goods are shipped."""
        return self.transit + self.life_at_arrival


@dataclass(frozen=True, slots=True)
class Product:
    """A pack of one produce and grade. ``share`` weighs it when a quantity is split among packs of the same grade."""

    id: str
    produce: str
    net_weight: float
    grade: str = DEFAULT_GRADE
    packing_yield: float = 1.0
    share: float = 1.0


@dataclass(frozen=True)
class Problem:
    """One season planning question. The order of the rows is that of the instance, so an index is a field path."""

    buckets: int
    produce: tuple[Produce, ...]
    storage: tuple[Store, ...] = ()
    supply: tuple[Supply, ...] = ()
    demand: tuple[Demand, ...] = ()
    contracts: tuple[Contract, ...] = ()
    committed: tuple[Committed, ...] = ()
    on_hand: tuple[OnHand, ...] = ()
    products: tuple[Product, ...] = ()
    grade_substitution: tuple[tuple[str, str], ...] = ()
    salvage: float = 0.0
    listing: Mapping[str, Listing] = field(default_factory=dict)
    band: Mapping[str, float] = field(default_factory=dict)
    fairness: tuple[Fairness, ...] = ()
    freight: Freight | None = None
    replan: Replan | None = None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    closed: Mapping[str, frozenset[int]] = field(default_factory=dict)
    pack_capacity: Mapping[str, float] = field(default_factory=dict)
    initial_run: Mapping[str, int] = field(default_factory=dict)
    open_end: bool = False
    frozen_until: int = 0
    promise_rule: PromiseRule = "plan"
    open_before: tuple[OpenBefore, ...] = ()

    def life(self, produce: str) -> Mapping[str, int]:
        """Life by storage mode of a produce."""
        return self._produce_by_id[produce].life

    def longest_life(self, produce: str) -> int:
        """Buckets a produce keeps in its best mode."""
        return self._produce_by_id[produce].longest_life

    def need(self, channel: str | None) -> int:
        """Buckets of life that must be left when goods leave for this channel."""
        row = self.channels.get(channel) if channel is not None else None
        return row.need if row is not None else 0

    def sale(self, kind: SaleKind, index: int) -> Demand | Committed:
        """One sale row by its kind and its index in its own list."""
        rows: dict[SaleKind, Sequence[Demand | Committed]] = {
            "spot": self.demand,
            "contract": self.contracts,
            "committed": self.committed,
        }
        return rows[kind][index]

    def sellable(self, sale: Demand | Committed) -> float:
        """
        The quantity of a sale, cut at twice what there is of its produce.

        "As much as there is" is often written as a huge number, next to which a solver no longer sees a real one. Twice
        leaves the cut so loose that it never binds.
        """
        return min(sale.qty, 2.0 * self._supply_by_produce.get(sale.produce, 0.0))

    @cached_property
    def largest_quantity(self) -> float:
        """The largest quantity that can matter, to measure rounding by; 1 when there is none."""
        sales: list[Demand | Committed] = [*self.demand, *self.contracts, *self.committed]
        lots: list[Supply | OnHand] = [*self.supply, *self.on_hand]
        sold: dict[str, float] = {}
        for sale in sales:
            sold[sale.produce] = sold.get(sale.produce, 0.0) + sale.qty * self.use_per_unit(sale)
        limits = {name: min(qty, sold.get(name, 0.0)) for name, qty in self._supply_by_produce.items()}
        named = [(row.produce, row.qty) for row in sales] + [(row.produce, row.qty) for row in lots]
        return max((min(qty, limits.get(produce, 0.0)) for produce, qty in named), default=0.0) or 1.0

    @cached_property
    def _supply_by_produce(self) -> dict[str, float]:
        total: dict[str, float] = {}
        lots: list[Supply | OnHand] = [*self.supply, *self.on_hand]
        for row in lots:
            total[row.produce] = total.get(row.produce, 0.0) + row.qty
        return total

    def ship_buckets(self, sale: Demand | Committed) -> range:
        """Buckets in which a sale may ship, cut at the horizon."""
        if isinstance(sale, Committed):
            return range(sale.first, min(sale.last, self.buckets - 1) + 1)
        first = sale.bucket + sale.ship_after
        return range(first, min(first + sale.ship_within, self.buckets - 1) + 1)

    def use_per_unit(self, sale: Demand | Committed) -> float:
        """How much of the grade one unit sold uses up: 1 / packing yield for the demand of a product."""
        product = getattr(sale, "product", None)
        if product is None:
            return 1.0
        return 1.0 / self._yield_by_product[product]

    def source_grades(self, grade: str) -> tuple[str, ...]:
        """Grades that may be sold as ``grade``, itself first; a substitution is not carried on to a second one."""
        others = [source for source, target in self.grade_substitution if target == grade and source != grade]
        return (grade, *dict.fromkeys(others))

    def is_open(self, hub: str, bucket: int) -> bool:
        """Whether anything ships from this hub in this bucket."""
        return bucket not in self.closed.get(hub, ())

    def listed_rules(self) -> dict[str, Listing]:
        """The produce that have a listed state, with their rules: named in listing, band or the plan in force."""
        previous = self.replan.previous if self.replan else {}
        named = {*self.listing, *self.band, *previous}
        return {row.id: self.listing.get(row.id, Listing()) for row in self.produce if row.id in named}

    def frozen_state(self, produce: str, bucket: int) -> int | None:
        """The listed state in force of a frozen bucket, None where the plan is free."""
        if bucket >= self.frozen_until or self.replan is None or produce not in self.replan.previous:
            return None
        return self.replan.previous[produce][bucket]

    @cached_property
    def _produce_by_id(self) -> dict[str, Produce]:
        return {row.id: row for row in self.produce}

    @cached_property
    def _yield_by_product(self) -> dict[str, float]:
        return {row.id: row.packing_yield for row in self.products}
