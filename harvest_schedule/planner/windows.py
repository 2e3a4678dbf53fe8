"""
From a result to listing windows: what is on sale from when to when, how much of it, and by when it ships.

A window is a stretch of buckets in which the plan sells one grade of a produce through one channel in one phase. Its
cap is what the plan sells in it and its dates are those in which the plan ships that, so the caps of all windows
together never promise a gram twice: each is a part of the one plan that also keeps the promise rule, and whole packs
are rounded down.

Phases: ``presale`` is sold a bucket or more before it may ship (``ship_after`` > 0); ``fresh`` ships within
``fresh_within`` buckets of its harvest; ``stored`` comes out of a store. Where what is sold of a product in a bucket is
served by both, the larger part names it.

Under the promise rule ``windows`` the plan sells what is expected, and ``promise_caps.windows_held`` cuts what comes
from here to what is sure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harvest_schedule.planner.plan import Plan
from harvest_schedule.planner.problem import Demand, Problem, Product
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.tracing import Served, trace

PRESALE = "presale"
FRESH = "fresh"
STORED = "stored"


@dataclass(frozen=True, slots=True)
class WindowParams:
    """
    How a plan is cut into windows.

    ``fresh_within`` is how many buckets after its harvest a lot still counts as fresh. ``max_buckets`` is the longest
    window; the promise of a window is its last ship bucket, so longer windows promise less exactly. A window may go on
    over ``max_gap`` buckets in which the plan sells nothing.
    """

    fresh_within: int = 0
    max_buckets: int = 4
    max_gap: int = 0

    def __post_init__(self) -> None:
        if self.fresh_within < 0 or self.max_buckets < 1 or self.max_gap < 0:
            raise ValueError("fresh_within and max_gap must not be negative and max_buckets at least one")


@dataclass(frozen=True, slots=True)
class Source:
    """A row of the instance that feeds a window (``supply[3]`` or ``on_hand[0]``), and with how much of it."""

    row: str
    qty: float


@dataclass(frozen=True, slots=True)
class Window:
    """
    One listing window, in buckets; ``last_bucket`` and ``ship_by`` are included.

    ``qty`` is what is planned and ``listed`` what of it may be promised now; ``price`` is the mean over what is
    planned, ``price_floor`` the lowest; ``packs`` is the cap by product; ``rows`` names every row of the plan that the
    window came from.
    """

    produce: str
    grade: str
    channel: str
    phase: str
    first_bucket: int
    last_bucket: int
    ship_from: int
    ship_by: int
    qty: float
    price: float
    price_floor: float
    packs: tuple[tuple[str, int], ...]
    sources: tuple[Source, ...]
    stores: tuple[str, ...]
    rows: tuple[str, ...]
    listed: float

    @property
    def key(self) -> str:
        """A name that is the same whenever the same window is planned."""
        return f"{self.produce}/{self.grade}/{self.channel}/{self.phase}@{self.first_bucket}"

    def to_json(self) -> dict[str, Any]:
        """The window as plain data."""
        return {
            "produce": self.produce,
            "grade": self.grade,
            "channel": self.channel,
            "phase": self.phase,
            "from": self.first_bucket,
            "to": self.last_bucket,
            "ship_from": self.ship_from,
            "ship_by": self.ship_by,
            "qty": self.qty,
            "listed": self.listed,
            "price": self.price,
            "price_floor": self.price_floor,
            "packs": dict(self.packs),
            "sources": [{"row": source.row, "qty": source.qty} for source in self.sources],
            "stores": list(self.stores),
            "rows": list(self.rows),
        }


_OneSale = tuple[str, str, str, int, int, str | None]
"""Produce, grade, channel, bucket, ``ship_after`` and product of a sale."""


@dataclass(frozen=True, slots=True)
class _Sale:
    """What the plan sells of one demand row, with the lots that serve it."""

    index: int
    bucket: int
    qty: float
    phase: str
    served: tuple[Served, ...]


def windows_from(result: Result, params: WindowParams | None = None) -> tuple[Window, ...]:
    """The listing windows of a result, ordered by produce, grade, channel and first bucket."""
    params = params or WindowParams()
    data, plan = result.data, result.plan
    groups: dict[tuple[str, str, str, str], list[_Sale]] = defaultdict(list)
    for sale in _sales(data, plan, params):
        row = data.demand[sale.index]
        groups[row.produce, row.grade, row.channel, sale.phase].append(sale)
    windows = [
        _window(result, group[3], stretch) for group, sales in groups.items() for stretch in _stretches(sales, params)
    ]
    return tuple(sorted(windows, key=lambda row: (row.produce, row.grade, row.channel, row.first_bucket, row.phase)))


def _sales(data: Problem, plan: Plan, params: WindowParams) -> Iterator[_Sale]:
    served: dict[int, list[Served]] = defaultdict(list)
    for part in trace(data, plan):
        if part.kind == "spot":
            served[part.index].append(part)
    sold = plan.sold("spot")
    # A product may be asked for in steps, and a buyer sees one window of it and not one a step.
    sold_of: dict[_OneSale, float] = defaultdict(float)
    fresh_of: dict[_OneSale, float] = defaultdict(float)
    for index, qty in sold.items():
        fresh = sum(p.qty for p in served[index] if p.lot.on_hand < 0 and p.held <= params.fresh_within)
        sold_of[_one_sale(data.demand[index])] += qty
        fresh_of[_one_sale(data.demand[index])] += fresh
    for index, qty in sorted(sold.items()):
        row, one = data.demand[index], _one_sale(data.demand[index])
        phase = PRESALE if row.ship_after else FRESH if 2 * fresh_of[one] >= sold_of[one] else STORED
        yield _Sale(index, row.bucket, qty, phase, tuple(served[index]))


def _one_sale(row: Demand) -> _OneSale:
    return row.produce, row.grade, row.channel, row.bucket, row.ship_after, row.product


def _stretches(sales: Sequence[_Sale], params: WindowParams) -> Iterator[list[_Sale]]:
    """Cut sales into stretches of adjacent buckets, or nearly so, none longer than ``max_buckets``."""
    stretch: list[_Sale] = []
    for sale in sorted(sales, key=lambda row: (row.bucket, row.index)):
        if stretch and (
            sale.bucket > stretch[-1].bucket + 1 + params.max_gap
            or sale.bucket - stretch[0].bucket >= params.max_buckets
        ):
            yield stretch
            stretch = []
        stretch.append(sale)
    if stretch:
        yield stretch


def _window(result: Result, phase: str, sales: Sequence[_Sale]) -> Window:
    data = result.data
    first = data.demand[sales[0].index]
    served = [part for sale in sales for part in sale.served]
    qty = sum(sale.qty for sale in sales)
    sources = _sources(data, result.plan, served)
    stores = sorted({part.store for part in served if part.store is not None})
    names = [f"storage[{k}]" for k, row in enumerate(data.storage) if row.id in stores]
    buckets = sorted({sale.bucket for sale in sales})
    listed = [f"listed.{first.produce}[{bucket}]" for bucket in buckets if first.produce in result.plan.listed]
    return Window(
        produce=first.produce,
        grade=first.grade,
        channel=first.channel,
        phase=phase,
        first_bucket=buckets[0],
        last_bucket=buckets[-1],
        ship_from=min(part.bucket for part in served),
        ship_by=max(part.bucket for part in served),
        qty=qty,
        price=sum(data.demand[sale.index].price * sale.qty for sale in sales) / qty,
        price_floor=min(data.demand[sale.index].price for sale in sales),
        packs=_packs(data, sales),
        sources=sources,
        stores=tuple(stores),
        rows=(*(f"demand[{sale.index}]" for sale in sales), *(row.row for row in sources), *names, *listed),
        listed=qty,
    )


def _sources(data: Problem, plan: Plan, served: Sequence[Served]) -> tuple[Source, ...]:
    """The supply rows behind the lots, each in proportion to what the plan takes of it."""
    rows: dict[str, float] = defaultdict(float)
    of_lot: dict[tuple[str, str, str, int], list[int]] = defaultdict(list)
    for index in plan.uptake:
        row = data.supply[index]
        of_lot[row.hub, row.produce, row.grade, row.bucket].append(index)
    for part in served:
        lot = part.lot
        if lot.on_hand >= 0:
            rows[f"on_hand[{lot.on_hand}]"] += part.qty
            continue
        members = of_lot[lot.hub, lot.produce, lot.grade, lot.bucket]
        total = sum(plan.uptake[index] for index in members)
        for index in members:
            rows[f"supply[{index}]"] += part.qty * plan.uptake[index] / total
    return tuple(Source(row, qty) for row, qty in sorted(rows.items(), key=lambda pair: (-pair[1], pair[0])))


def _packs(data: Problem, sales: Sequence[_Sale]) -> tuple[tuple[str, int], ...]:
    """
    Whole packs by product, never more than the quantity.

    A demand row that names its product is for that product. The rest is split among the packs of the grade by
    ``share``, and what whole packs leave over goes to the largest pack that still fits.
    """
    first = data.demand[sales[0].index]
    own: dict[str, float] = defaultdict(float)
    for sale in sales:
        own[data.demand[sale.index].product or ""] += sale.qty
    products = [row for row in data.products if (row.produce, row.grade) == (first.produce, first.grade)]
    packs: dict[str, int] = {row.id: int((own.get(row.id, 0.0) + 1e-6) // row.net_weight) for row in products}
    shared = own.get("", 0.0)
    weights = sum(row.share for row in products)
    if shared and weights:
        extra = {row.id: int((shared * row.share / weights + 1e-6) // row.net_weight) for row in products}
        left = shared - sum(extra[row.id] * row.net_weight for row in products)
        for row in sorted(products, key=largest_first):
            more = int((left + 1e-6) // row.net_weight) if row.share else 0
            extra[row.id] += more
            left -= more * row.net_weight
        for row in products:
            packs[row.id] += extra[row.id]
    return tuple((row.id, packs[row.id]) for row in products if packs[row.id])


def largest_first(row: Product) -> tuple[float, str]:
    """Sorts packs from the heaviest down."""
    return (-row.net_weight, row.id)
