"""First expired, first out: which lots serve which order lines, by whole packs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a line could not be drawn: the one thing that, were it otherwise, would have let it."""

    #: Nothing is sent to the buyer's province.
    NO_ROUTE = "NO_ROUTE"
    #: There is enough, but some of it was picked before the days the buyer was told.
    PICKED_TOO_EARLY = "PICKED_TOO_EARLY"
    #: There is enough, but some of it would be too old on the day it arrives.
    LIFE_TOO_SHORT = "LIFE_TOO_SHORT"
    #: There is enough only with lots whose best-before has passed.
    EXPIRED = "EXPIRED"
    #: There is enough only with lots that are held or recalled.
    HELD = "HELD"
    #: There is some, but not enough in whole packs.
    NOT_ENOUGH = "NOT_ENOUGH"
    #: Nothing of this grade from these cooperatives lies in the store.
    NOTHING_IN_STORE = "NOTHING_IN_STORE"


@dataclass(frozen=True)
class LotStock:
    """
    What is left of one lot.

    Parameters
    ----------
    kind
        What is in it; a line takes lots of its own kind only (produce and grade).
    source_id
        Who grew it.
    grams
        What nobody has drawn yet, 0 or more.
    expires_day, picked_day
        Day numbers on any one calendar; it may be eaten on the day it expires.
    received_rank
        Smaller is received earlier.
    is_free
        False while it is held or recalled.
    """

    lot_id: int
    kind: Hashable
    source_id: int
    grams: int
    expires_day: int
    picked_day: int
    received_rank: int
    is_free: bool = True

    def __post_init__(self) -> None:
        if self.grams < 0:
            raise ValueError(f"lot {self.lot_id} holds {self.grams} g")


@dataclass(frozen=True)
class LineNeed:
    """
    What one order line waits for. It is drawn whole or not at all, because it travels in one parcel.

    Parameters
    ----------
    source_ids
        Whose lots may serve it: the members of its pool.
    pack_g, packs
        Net weight of one pack in grams, and how many; both 1 or more.
    min_life_days
        Days of life the goods must still have on the day they arrive.
    transit_days
        Days on the road at worst; None where nothing is sent.
    due_day
        The last day it may leave: the earliest goes first, then the smallest id.
    picked_from_day
        The first day of picking that the buyer was told; None when none was.
    """

    line_id: int
    kind: Hashable
    source_ids: frozenset[int]
    pack_g: int
    packs: int
    min_life_days: int
    transit_days: int | None
    due_day: int
    picked_from_day: int | None = None

    def __post_init__(self) -> None:
        if self.pack_g <= 0 or self.packs <= 0:
            raise ValueError(f"line {self.line_id} wants {self.packs} packs of {self.pack_g} g")


@dataclass(frozen=True)
class Draw:
    """Whole packs of a line taken from a lot."""

    line_id: int
    lot_id: int
    packs: int
    grams: int


@dataclass(frozen=True)
class Undrawn:
    """A line that keeps waiting, why, and how many of its packs could have been drawn."""

    line_id: int
    reason: Reason
    packs_wanted: int
    packs_free: int


@dataclass(frozen=True)
class DrawResult:
    """Every line is either in the draws, with all its packs, or among the undrawn."""

    draws: tuple[Draw, ...]
    undrawn: tuple[Undrawn, ...]


def draw(lots: Iterable[LotStock], lines: Iterable[LineNeed], *, today: int) -> DrawResult:
    """
    Serve lines from lots: first expiry first, then fewest lots, then oldest receipt, then id.

    Lines are served in the order of their due day. Taking the earliest expiry that still suits a line keeps the
    longer-lived lots for lines that need them. The order in which lots and lines are given makes no difference.

    Raises
    ------
    ValueError
        If two lots or two lines have one id.
    """
    stock = sorted(lots, key=lambda lot: (lot.expires_day, lot.received_rank, lot.lot_id))
    needs = sorted(lines, key=lambda line: (line.due_day, line.line_id))
    if len({lot.lot_id for lot in stock}) != len(stock) or len({line.line_id for line in needs}) != len(needs):
        raise ValueError("every lot and every line is given once")
    left = {lot.lot_id: lot.grams for lot in stock}
    draws: list[Draw] = []
    undrawn: list[Undrawn] = []
    for line in needs:
        own = [lot for lot in stock if lot.kind == line.kind and lot.source_id in line.source_ids]
        blocked = {lot.lot_id: lot_obstacle(lot, line, today=today) for lot in own}
        usable = [lot for lot in own if blocked[lot.lot_id] is None]
        if line.transit_days is not None and _packs(usable, left, line) >= line.packs:
            for lot_id, packs in _take(usable, left, line):
                left[lot_id] -= packs * line.pack_g
                draws.append(Draw(line.line_id, lot_id, packs, packs * line.pack_g))
        else:
            undrawn.append(_why(line, own, blocked, left))
    return DrawResult(tuple(draws), tuple(undrawn))


def lot_obstacle(lot: LotStock, line: LineNeed, *, today: int) -> Reason | None:
    """Return what forbids this lot to this line, the gravest first; None when nothing does."""
    if not lot.is_free:
        return Reason.HELD
    if lot.expires_day < today:
        return Reason.EXPIRED
    if line.transit_days is None:
        return Reason.NO_ROUTE
    if lot.expires_day - (today + line.transit_days) < line.min_life_days:
        return Reason.LIFE_TOO_SHORT
    if line.picked_from_day is not None and lot.picked_day < line.picked_from_day:
        return Reason.PICKED_TOO_EARLY
    return None


def _packs(lots: Iterable[LotStock], left: dict[int, int], line: LineNeed) -> int:
    return sum(left[lot.lot_id] // line.pack_g for lot in lots)


def _take(usable: list[LotStock], left: dict[int, int], line: LineNeed) -> list[tuple[int, int]]:
    """
    Choose lots for all packs of a line; there are enough.

    Among lots that expire on one day, the one that completes the line alone is taken, the oldest receipt of several;
    while none does, the largest: so an expiry day is left with as few lots touched as can be.
    """
    taken: list[tuple[int, int]] = []
    wanted = line.packs
    for expires_day in sorted({lot.expires_day for lot in usable}):
        same_day = [lot for lot in usable if lot.expires_day == expires_day]
        while wanted and same_day:
            completing = [lot for lot in same_day if left[lot.lot_id] // line.pack_g >= wanted]
            if completing:
                lot = completing[0]
            else:
                lot = max(same_day, key=lambda row: (left[row.lot_id] // line.pack_g, -same_day.index(row)))
            same_day.remove(lot)
            packs = min(wanted, left[lot.lot_id] // line.pack_g)
            if packs:
                taken.append((lot.lot_id, packs))
                wanted -= packs
    return taken


def _why(line: LineNeed, own: list[LotStock], blocked: dict[int, Reason | None], left: dict[int, int]) -> Undrawn:
    """Give the mildest obstacle whose absence would have been enough."""
    free = _packs([lot for lot in own if blocked[lot.lot_id] is None], left, line)
    if line.transit_days is None:
        return Undrawn(line.line_id, Reason.NO_ROUTE, line.packs, 0)
    could = free
    for reason in (Reason.PICKED_TOO_EARLY, Reason.LIFE_TOO_SHORT, Reason.EXPIRED, Reason.HELD):
        could += _packs([lot for lot in own if blocked[lot.lot_id] is reason], left, line)
        if could >= line.packs:
            return Undrawn(line.line_id, reason, line.packs, free)
    there = any(left[lot.lot_id] for lot in own)
    return Undrawn(line.line_id, Reason.NOT_ENOUGH if there else Reason.NOTHING_IN_STORE, line.packs, free)
