"""A year as 36 ten-day cells (旬): which are harvest, which are store, where today stands, and the same in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

HARVEST, STORED, PRESALE, NOTHING = "h", "s", "p", ""
NUM_CELLS = 36

_THIRDS_ZH = ("上旬", "中旬", "下旬")
_THIRDS_EN = ("early", "mid", "late")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True)
class SeasonWindow:
    """
    A yearly span of one kind, both ends included; an end before its start wraps the new year.

    ``start`` and ``end`` are (month, day); ``kind`` is ``HARVEST``, ``STORED`` or ``PRESALE``.
    """

    start: tuple[int, int]
    end: tuple[int, int]
    kind: str = HARVEST

    def __post_init__(self) -> None:
        for month, day in (self.start, self.end):
            if not 1 <= month <= 12 or not 1 <= day <= 31:
                raise ValueError(f"not a month and day: {month}-{day}")


@dataclass(frozen=True)
class Run:
    """Cells of one kind that follow each other."""

    kind: str
    length: int


@dataclass(frozen=True)
class SeasonStrip:
    """What one strip shows. ``today`` is the share of the year gone (0 to 1), or None."""

    cells: tuple[str, ...]
    today: float | None
    name: str = ""

    @property
    def pieces(self) -> list[Run]:
        """Cells to draw: hatching runs on through a store period, so its cells are one piece; others stand alone."""
        pieces: list[Run] = []
        for kind, group in groupby(self.cells):
            length = len(list(group))
            pieces.extend([Run(kind, length)] if kind == STORED else [Run(kind, 1)] * length)
        return pieces

    @property
    def month(self) -> int | None:
        """The month that today stands in, 1 to 12."""
        return None if self.today is None else int(self.today * 12) + 1


def cell_of(month: int, day: int) -> int:
    """Return the index, 0 to 35, of the ten-day period that holds a day."""
    return (month - 1) * 3 + min((day - 1) // 10, 2)


def _cells_of(window: SeasonWindow) -> list[int]:
    first, last = cell_of(*window.start), cell_of(*window.end)
    if window.end < window.start:
        last += NUM_CELLS  # over the new year; a window may even begin and end in the same period
    return [index % NUM_CELLS for index in range(first, min(last, first + NUM_CELLS - 1) + 1)]


def today_share(on: date) -> float:
    """Return how much of the strip lies before a day's noon; each cell counts alike, however long its days are."""
    cell = cell_of(on.month, on.day)
    third = cell % 3
    days = 10 if third < 2 else max(_DAYS_IN_MONTH[on.month - 1], on.day) - 20
    return (cell + (on.day - third * 10 - 0.5) / days) / NUM_CELLS


def season_strip(
    windows: Iterable[SeasonWindow],
    *,
    today: date | None = None,
    name: str = "",
) -> SeasonStrip:
    """Lay windows on the 36 cells. Where kinds meet in one cell, harvest wins over store, store over presale."""
    cells = [NOTHING] * NUM_CELLS
    rank = {NOTHING: 0, PRESALE: 1, STORED: 2, HARVEST: 3}
    for window in windows:
        for index in _cells_of(window):
            if rank[window.kind] > rank[cells[index]]:
                cells[index] = window.kind
    return SeasonStrip(tuple(cells), None if today is None else today_share(today), name)


def spans(cells: Sequence[str], kind: str) -> list[tuple[int, int]]:
    """Return the runs of a kind as (first cell, last cell); a run over the new year is one, with last below first."""
    held = [index for index in range(len(cells)) if cells[index] == kind]
    if len(held) == len(cells):
        return [(0, len(cells) - 1)]
    starts = [index for index in held if cells[index - 1] != kind]
    found = []
    for start in starts:
        end = start
        while cells[(end + 1) % len(cells)] == kind:
            end = (end + 1) % len(cells)
        found.append((start, end))
    return found


def period_name(cell: int, language: str) -> str:
    """Return the ten-day period of a cell in words: 11月下旬, late Nov."""
    month, third = divmod(cell, 3)
    if language.startswith("zh"):
        return f"{month + 1}月{_THIRDS_ZH[third]}"
    return f"{_THIRDS_EN[third]} {_MONTHS_EN[month]}"


def season_words(strip: SeasonStrip, language: str) -> str:
    """Return the strip's content as text, for those who hear the page."""
    is_zh = language.startswith("zh")
    names = {
        HARVEST: "采收" if is_zh else "Harvest",
        STORED: "冷库" if is_zh else "From store",
        PRESALE: "预售" if is_zh else "Presale",
    }
    whole_year = "全年" if is_zh else "all year"
    sentences = []
    for kind, kind_name in names.items():
        ranges = []
        for first, last in spans(strip.cells, kind):
            if last - first == NUM_CELLS - 1:
                ranges.append(whole_year)
            elif first == last:
                ranges.append(period_name(first, language))
            elif is_zh:
                ranges.append(
                    f"{period_name(first, language)}至{'次年' if last < first else ''}{period_name(last, language)}"
                )
            else:
                ranges.append(f"{period_name(first, language)} to {period_name(last, language)}")
        if ranges:
            sentences.append(f"{kind_name} {('、' if is_zh else ', ').join(ranges)}")
    if not sentences:
        return "全年无货" if is_zh else "Nothing in this year"
    words = ("；" if is_zh else "; ").join(sentences)
    return f"{strip.name}：{words}" if strip.name and is_zh else f"{strip.name}: {words}" if strip.name else words
