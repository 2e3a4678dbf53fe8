"""
Which way each lot can go: straight out or through a store, to which ship bucket, and which sales it may serve there.

This is the physics alone (life, loss, hubs, closed days, grades), listed out; quantities and money come in ``model``.
Goods that leave for a farther channel must be younger, so every way carries the greatest ``need`` of remaining life
that it can still satisfy among the needs that are asked for at its end; goods of a greater need may always serve a
smaller one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from harvest_schedule.planner.plan import LotKey
from harvest_schedule.planner.problem import Committed, Demand, Problem, SaleKind, Store

Place = tuple[str, str, str, int]
"""Hub, produce, grade and ship bucket: where lots and sales meet."""


@dataclass(frozen=True, slots=True)
class Way:
    """A lot may go to ``bucket``; ``kept`` of a unit arrives, holding it costs ``hold_cost`` a unit put in."""

    lot: LotKey
    store: str | None
    bucket: int
    need: int
    kept: float
    hold_cost: float

    @property
    def place(self) -> Place:
        """Where the way ends."""
        return (self.lot.hub, self.lot.produce, self.lot.grade, self.bucket)


@dataclass(frozen=True, slots=True)
class Outlet:
    """A sale row may be served from this place; ``use`` units of the grade go into one unit sold."""

    kind: SaleKind
    index: int
    hub: str
    produce: str
    grade: str
    bucket: int
    need: int
    use: float

    @property
    def place(self) -> Place:
        """Where the goods are drawn."""
        return (self.hub, self.produce, self.grade, self.bucket)


@dataclass(frozen=True)
class Network:
    """All ways and outlets that can meet; ``needs`` are the classes of remaining life asked for at each place."""

    lots: dict[LotKey, tuple[int, ...]]
    ways: tuple[Way, ...]
    outlets: dict[tuple[SaleKind, int], tuple[Outlet, ...]]
    needs: dict[Place, tuple[int, ...]]


def sales_of(data: Problem) -> Iterator[tuple[SaleKind, int, Demand | Committed]]:
    """Every sale row of the problem with its kind and its index in its own list."""
    for index, spot in enumerate(data.demand):
        yield "spot", index, spot
    for index, contract in enumerate(data.contracts):
        yield "contract", index, contract
    for index, committed in enumerate(data.committed):
        yield "committed", index, committed


def network_build(data: Problem) -> Network:
    """List out every way and outlet of a problem; rows without quantity are left out."""
    lots = _lots(data)
    wanted = _wanted(data)
    ways = tuple(_ways(data, lots, wanted))
    reach: dict[Place, int] = {}
    for way in ways:
        reach[way.place] = max(way.need, reach.get(way.place, -1))
    hubs: dict[str, set[str]] = defaultdict(set)
    for hub, produce, _, _ in reach:
        hubs[produce].add(hub)
    outlets = {}
    for kind, index, sale in sales_of(data):
        if sale.qty > 0:
            found = tuple(_outlets(data, kind, index, sale, reach, sorted(hubs[sale.produce])))
            if found:
                outlets[kind, index] = found
    needs: dict[Place, set[int]] = defaultdict(set)
    for way in ways:
        needs[way.place].add(way.need)
    for row in outlets.values():
        for outlet in row:
            needs[outlet.place].add(outlet.need)
    classes = {place: tuple(sorted(found, reverse=True)) for place, found in needs.items()}
    return Network(lots=lots, ways=ways, outlets=outlets, needs=classes)


def _lots(data: Problem) -> dict[LotKey, tuple[int, ...]]:
    """Lots with the supply rows that make them; a lot on hand has none."""
    rows: dict[LotKey, list[int]] = defaultdict(list)
    for index, supply in enumerate(data.supply):
        rows[LotKey(supply.hub, supply.produce, supply.grade, supply.bucket)].append(index)
    lots = {key: tuple(found) for key, found in rows.items()}
    for index, lot in enumerate(data.on_hand):
        lots[LotKey(lot.hub, lot.produce, lot.grade, 0, index)] = ()
    return lots


def _wanted(data: Problem) -> dict[tuple[str, str], dict[int, set[int]]]:
    """For each produce and source grade the ship buckets that are asked for, with the needs asked for there."""
    wanted: dict[tuple[str, str], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for _, _, sale in sales_of(data):
        if sale.qty <= 0:
            continue
        need = data.need(sale.channel)
        for grade in data.source_grades(sale.grade):
            for bucket in data.ship_buckets(sale):
                wanted[sale.produce, grade][bucket].add(need)
    return wanted


def _ways(
    data: Problem, lots: dict[LotKey, tuple[int, ...]], wanted: dict[tuple[str, str], dict[int, set[int]]]
) -> Iterator[Way]:
    stores: dict[str, list[Store]] = defaultdict(list)
    for store in data.storage:
        stores[store.hub].append(store)
    life_of = {row.id: row.life for row in data.produce}
    longest = {row.id: row.longest_life for row in data.produce}
    for lot, rows in lots.items():
        asked = wanted.get((lot.produce, lot.grade))
        on_hand = data.on_hand[lot.on_hand] if lot.on_hand >= 0 else None
        qty = on_hand.qty if on_hand else sum(data.supply[row].qty for row in rows)
        if not asked or qty <= 0:
            continue
        age = on_hand.age if on_hand else 0
        life = life_of[lot.produce]
        best = life[on_hand.mode] - age if on_hand else longest[lot.produce]
        buckets = sorted(asked)
        first = bisect_left(buckets, lot.bucket)
        if first < len(buckets) and buckets[first] == lot.bucket and data.is_open(lot.hub, lot.bucket):
            need = _class(asked[lot.bucket], best)
            if need is not None:
                yield Way(lot, None, lot.bucket, need, 1.0, 0.0)
            first += 1
        elif first < len(buckets) and buckets[first] == lot.bucket:
            first += 1
        for store in stores[lot.hub]:
            if store.mode not in life or (on_hand and store.mode != on_hand.mode):
                continue
            for bucket in buckets[first:]:
                held = bucket - lot.bucket
                left = life[store.mode] - age - held
                if left < 0:
                    break
                kept = (1.0 - store.loss) ** held
                need = _class(asked[bucket], left)
                if need is not None and kept > 0 and data.is_open(lot.hub, bucket):
                    yield Way(lot, store.id, bucket, need, kept, store.hold_cost * held)


def _class(needs: set[int], left: int) -> int | None:
    """The greatest need that ``left`` buckets of life satisfy, None when they satisfy none."""
    return max((need for need in needs if need <= left), default=None)


def _outlets(
    data: Problem,
    kind: SaleKind,
    index: int,
    sale: Demand | Committed,
    reach: dict[Place, int],
    hubs: list[str],
) -> Iterator[Outlet]:
    need = data.need(sale.channel)
    use = data.use_per_unit(sale)
    for bucket in data.ship_buckets(sale):
        for hub in hubs:
            for grade in data.source_grades(sale.grade):
                if reach.get((hub, sale.produce, grade, bucket), -1) >= need:
                    yield Outlet(kind, index, hub, sale.produce, grade, bucket, need, use)
