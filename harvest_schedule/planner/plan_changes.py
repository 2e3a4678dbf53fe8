"""
Two plans compared window by window: what comes on sale, what goes, what moves, what grows, shrinks or changes price.

A window is known by its key. A presale whose shipment moves gets another key, so one that goes and one of the same
product that comes within two weeks are one window that moved, as long as nobody has bought of the first. Putting every
change into the plan before gives the plan after (``apply``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import fmean, pstdev
from typing import Any

WITHDRAWN, OPENED, MOVED = "withdrawn", "opened", "moved"
FEWER, MORE, DEARER, CHEAPER, OTHERWISE = "fewer", "more", "dearer", "cheaper", "otherwise"
#: The order in which changes are told: what takes something away from buyers first.
KINDS = (WITHDRAWN, MOVED, FEWER, DEARER, OPENED, MORE, CHEAPER, OTHERWISE)
#: A presale further away than this is another one.
SAME_PRESALE_DAYS = 14
PRESALE = "PRESALE"


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    """
    One listing window as a plan has it; days are those on which it opens, closes and ships.

    ``cap`` counts what is ``sold`` (or held) already. ``rows`` are the rows of the plan's instance that it came from.
    """

    key: str
    product: str
    phase: str
    opens_on: date
    closes_on: date
    ships_from: date
    ships_by: date
    cap: int
    sold: int
    price_fen: int
    weight_g: int
    rows: tuple[str, ...] = ()

    @property
    def left(self) -> int:
        """Packs still to be sold."""
        return max(self.cap - self.sold, 0)

    @property
    def monday(self) -> date:
        return self.opens_on - timedelta(days=self.opens_on.weekday())

    def says_the_same(self, other: PlannedWindow) -> bool:
        """Whether buyers and cooperatives notice no difference."""
        return replace(self, rows=()) == replace(other, rows=())

    def to_json(self) -> dict[str, Any]:
        """The window as plain data; ``window_read`` reads it."""
        days = ("opens_on", "closes_on", "ships_from", "ships_by")
        plain = ("key", "product", "phase", "cap", "sold", "price_fen", "weight_g")
        return {name: getattr(self, name) for name in plain} | {name: getattr(self, name).isoformat() for name in days}


def window_read(row: Mapping[str, Any]) -> PlannedWindow:
    """The window that ``to_json`` wrote, without its rows."""
    days = {name: date.fromisoformat(row[name]) for name in ("opens_on", "closes_on", "ships_from", "ships_by")}
    return PlannedWindow(**{**row, **days})


def window_told(before: PlannedWindow | None, after: PlannedWindow | None) -> PlannedWindow:
    """The window as it will be, or as it was; raises ValueError where it neither was nor will be."""
    told = after or before
    if told is None:
        raise ValueError("a change has a window before it or after it")
    return told


@dataclass(frozen=True, slots=True)
class Change:
    """One window that differs: as it was (None: it was not there) and as it will be (None: it will not be there)."""

    before: PlannedWindow | None
    after: PlannedWindow | None

    @property
    def window(self) -> PlannedWindow:
        """The window as it will be, or as it was."""
        return window_told(self.before, self.after)

    @property
    def packs(self) -> int:
        """Packs more (or fewer, below zero) than before."""
        return (self.after.cap if self.after else 0) - (self.before.cap if self.before else 0)

    @property
    def price_fen(self) -> int:
        """Fen dearer (or cheaper, below zero)."""
        return self.after.price_fen - self.before.price_fen if self.after and self.before else 0

    @property
    def days(self) -> int:
        """Days by which its dates move, of the date that moves most; later is above zero."""
        if self.before is None or self.after is None:
            return 0
        names = ("opens_on", "closes_on", "ships_from", "ships_by")
        moves = [(getattr(self.after, name) - getattr(self.before, name)).days for name in names]
        return max(moves, key=abs)

    @property
    def kind(self) -> str:
        """The one word for it; what weighs more for buyers goes first where several hold."""
        had, has = self.before.left if self.before else 0, self.after.left if self.after else 0
        if not has and had:
            return WITHDRAWN
        if not had and has and (self.before is None or self.before.cap == 0):
            return OPENED
        if self.days:
            return MOVED
        if self.packs:
            return MORE if self.packs > 0 else FEWER
        if self.price_fen:
            return DEARER if self.price_fen > 0 else CHEAPER
        return OTHERWISE


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes between two plans, those first that take something away, and how many windows stay as they are."""

    changes: tuple[Change, ...]
    num_unchanged: int


def compare(before: Iterable[PlannedWindow], after: Iterable[PlannedWindow]) -> Comparison:
    """
    Compare two plans.

    Raises
    ------
    ValueError
        If a plan has two windows of one key.
    """
    old, new = _by_key(before), _by_key(after)
    moved = _moved(
        [window for key, window in old.items() if key not in new],
        [window for key, window in new.items() if key not in old],
    )
    arrived = {change.after.key for change in moved if change.after}
    gone = {change.before.key for change in moved if change.before}
    changes = [*moved]
    changes += [Change(window, new.get(key)) for key, window in old.items() if key not in gone]
    changes += [Change(None, window) for key, window in new.items() if key not in old and key not in arrived]
    same = [c for c in changes if c.before and c.after and c.before.says_the_same(c.after)]
    told = [c for c in changes if not (c.before and c.after and c.before.says_the_same(c.after))]
    return Comparison(tuple(sorted(told, key=_order)), len(same))


def apply(before: Iterable[PlannedWindow], changes: Iterable[Change]) -> dict[str, PlannedWindow]:
    """Put changes into a plan; what they do not name stays."""
    windows = _by_key(before)
    listed = list(changes)
    for change in listed:
        if change.before is not None:
            del windows[change.before.key]
    for change in listed:
        if change.after is not None:
            windows[change.after.key] = change.after
    return windows


def _by_key(windows: Iterable[PlannedWindow]) -> dict[str, PlannedWindow]:
    rows = list(windows)
    twice = [key for key, count in Counter(row.key for row in rows).items() if count > 1]
    if twice:
        raise ValueError(f"two windows of one key: {twice[0]}")
    return {row.key: row for row in rows}


def _moved(gone: Sequence[PlannedWindow], come: Sequence[PlannedWindow]) -> list[Change]:
    """Presales that nobody has bought of and that ship at another time, the nearest first."""
    pairs = sorted(
        (abs((new.ships_from - old.ships_from).days), old.ships_from, new.ships_from, old.key, new.key)
        for old in gone
        for new in come
        if old.phase == new.phase == PRESALE
        and old.product == new.product
        and old.left
        and new.left
        and not old.sold
        and abs((new.ships_from - old.ships_from).days) <= SAME_PRESALE_DAYS
    )
    of_old, of_new = {row.key: row for row in gone}, {row.key: row for row in come}
    found = []
    for *_order_of_pair, old_key, new_key in pairs:
        if old_key in of_old and new_key in of_new:
            found.append(Change(of_old.pop(old_key), of_new.pop(new_key)))
    return found


def _order(change: Change) -> tuple[int, date, str]:
    return KINDS.index(change.kind), change.window.opens_on, change.window.key


@dataclass(frozen=True, slots=True)
class Totals:
    """
    What a plan's windows come to from now on.

    ``packs``, ``grams`` and ``sales_fen`` count what is still to be sold. ``variation`` is the standard deviation of
    what is to be sold a week, over its mean, in the weeks with anything; None without any.
    """

    num_windows: int
    packs: int
    grams: int
    sales_fen: int
    weeks_on_sale: int
    variation: float | None

    def to_json(self) -> dict[str, Any]:
        """Every figure by name."""
        names = ("num_windows", "packs", "grams", "sales_fen", "weeks_on_sale", "variation")
        return {name: getattr(self, name) for name in names}


def totals(windows: Iterable[PlannedWindow]) -> Totals:
    """Add up a plan's windows; those with nothing left to sell count as not there."""
    rows = [row for row in windows if row.left]
    by_week: Counter[date] = Counter()
    for row in rows:
        by_week[row.monday] += row.left * row.weight_g
    weekly = list(by_week.values())
    return Totals(
        num_windows=len(rows),
        packs=sum(row.left for row in rows),
        grams=sum(row.left * row.weight_g for row in rows),
        sales_fen=sum(row.left * row.price_fen for row in rows),
        weeks_on_sale=len(weekly),
        variation=pstdev(weekly) / fmean(weekly) if weekly else None,
    )


@dataclass(frozen=True, slots=True)
class Extent:
    """
    How far a plan goes from the one before; what an officer's bounds are held against.

    ``quantity_permille`` is all that is moved, added or taken away, of what was to be sold (1000 where nothing was).
    Windows that open beyond ``within`` are no change: the plan before did not reach so far.
    """

    quantity_permille: int
    price_permille: int
    days: int
    num_withdrawn: int

    def to_json(self) -> dict[str, int]:
        """Every figure by name."""
        names = ("quantity_permille", "price_permille", "days", "num_withdrawn")
        return {name: getattr(self, name) for name in names}


def extent(changes: Iterable[Change], before: Iterable[PlannedWindow], within: date) -> Extent:
    """Measure changes; ``within`` is the first day that the plan before does not reach."""
    told = [row for row in changes if row.window.opens_on < within]
    whole = sum(row.left * row.weight_g for row in before)
    # A window that moves takes its packs along: that is measured in days, and only the difference here.
    moved = sum(abs(row.packs) * row.window.weight_g for row in told)
    prices = [abs(row.price_fen) * 1000 // row.before.price_fen for row in told if row.before and row.after]
    return Extent(
        quantity_permille=round(1000 * moved / whole) if whole else 1000 if moved else 0,
        price_permille=max(prices, default=0),
        days=max((abs(row.days) for row in told if row.kind == MOVED), default=0),
        num_withdrawn=sum(row.kind == WITHDRAWN for row in told),
    )
