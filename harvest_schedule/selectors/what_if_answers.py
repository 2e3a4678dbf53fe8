"""The answer to a what-if as it is read: figures now and then, drawn week by week, and what changes of the windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from catalog.models import Grade
from catalog.partner.models import Phase
from harvest_schedule.demand import carriers_stop
from harvest_schedule.models import WhatIf
from harvest_schedule.planner.result import TIME_LIMIT
from harvest_schedule.planner.windows import PRESALE
from marketplace.cooperatives.models import Cooperative
from marketplace.foundation.bilingual import is_chinese

#: Changed windows that are listed; the rest is counted.
WINDOWS_SHOWN = 12
#: A window is another one when its quantity differs by more than this part.
WINDOW_CHANGE = 0.02
#: Beyond this part of the axis a date would stand over its end.
LAST_LABEL = 0.86
#: Differences below these are none: one yuan, half a kilogram, half a hundredth, a thousandth.
NOTHING = {"money": 100, "mass": 500, "number": 0.005, "share": 0.001, "count": 0.5}


@dataclass(frozen=True)
class Figure:
    """One figure now and then; ``kind`` says how it is written: money, mass, count, share or number."""

    name: str
    kind: str
    before: float | None
    after: float | None
    less_is_better: bool = False

    @property
    def difference(self) -> float | None:
        if self.before is None or self.after is None:
            return None
        found = self.after - self.before
        return 0 if abs(found) < NOTHING[self.kind] else found

    @property
    def size(self) -> float:
        return abs(self.difference or 0)

    @property
    def points(self) -> float:
        """The size of a difference of shares, in percentage points."""
        return self.size * 100

    @property
    def is_more(self) -> bool:
        return (self.difference or 0) > 0

    @property
    def is_better(self) -> bool:
        return self.is_more != self.less_is_better

    @property
    def part(self) -> float | None:
        """The difference as a part of what it is now."""
        return self.size / abs(self.before) if self.before and self.difference else None


@dataclass(frozen=True)
class WindowChange:
    """
    A week's window (or a presale) that is there only before, only after, in another phase or with another quantity.

    A phase is empty where there is no window.
    """

    starts_on: date
    phase_before: str
    phase_after: str
    grade: Grade | None
    before_g: int
    after_g: int


@dataclass(frozen=True)
class WeekRow:
    """One week of the drawing, in grams."""

    monday: date
    before_g: int
    after_g: int


@dataclass(frozen=True)
class Plot:
    """
    Two series of weekly grams as SVG paths of steps in a box of 1000 by 100, zero at the bottom.

    Weeks with nothing are gaps, not zeros.
    """

    weeks: list[WeekRow]

    @property
    def highest_g(self) -> int:
        return max((max(row.before_g, row.after_g) for row in self.weeks), default=0)

    @property
    def before_path(self) -> str:
        return self._steps(lambda row: row.before_g)

    @property
    def after_path(self) -> str:
        return self._steps(lambda row: row.after_g)

    @property
    def ticks(self) -> list[tuple[float, date]]:
        """Where the weeks that are named begin: about eight of them."""
        every = max(1, -(-len(self.weeks) // 8))
        return [(index / len(self.weeks), row.monday) for index, row in enumerate(self.weeks) if index % every == 0]

    @property
    def labels(self) -> list[tuple[float, date]]:
        """The ticks whose date fits before the end."""
        return [(at, monday) for at, monday in self.ticks if at < LAST_LABEL]

    @property
    def pauses(self) -> list[tuple[float, float]]:
        """Where carriers stand still: beginning and width."""
        width = 1 / len(self.weeks) if self.weeks else 0
        return [(index * width, width) for index, row in enumerate(self.weeks) if carriers_stop(row.monday)]

    def _steps(self, value: Callable[[WeekRow], int]) -> str:
        width = 1000 / len(self.weeks) if self.weeks else 0
        highest = self.highest_g or 1
        parts, is_on = [], False
        for index, row in enumerate(self.weeks):
            grams = value(row)
            if grams <= 0:
                is_on = False
                continue
            height = 100 - 100 * grams / highest
            move = f"V{height:.1f}" if is_on else f"M{index * width:.1f} {height:.1f}"
            parts.append(f"{move}H{(index + 1) * width:.1f}")
            is_on = True
        return "".join(parts)


@dataclass(frozen=True)
class CoopLine:
    """One cooperative's money and kilograms now and then."""

    name: str
    money: Figure
    picked: Figure


@dataclass(frozen=True)
class Answer:
    """Everything the page of an answered question shows."""

    money: Figure
    variation: Figure
    figures: list[Figure]
    shortfalls: list[Figure]
    plot: Plot
    coops: list[CoopLine]
    windows: list[WindowChange]
    num_windows: int
    worths: list[Figure]
    remarks: list[str]
    gap: float | None

    @property
    def all_figures(self) -> list[Figure]:
        """Money first, shortfalls last."""
        return [self.money, *self.figures, *self.shortfalls]

    @property
    def num_more_windows(self) -> int:
        return self.num_windows - len(self.windows)

    @property
    def changes_nothing(self) -> bool:
        rows = [self.money, self.variation, *self.figures]
        return not self.num_windows and not any(row.difference for row in rows)


def answer_of(row: WhatIf) -> Answer:
    """Return the answer of a solved question, as it is read in the active language."""
    before, after = row.before, row.after

    def figure(name: str, kind: str, *, less_is_better: bool = False) -> Figure:
        return Figure(name, kind, before.get(name), after.get(name), less_is_better)

    left = [kept["there_g"] - kept["picked_g"] for kept in (before, after)]
    figures = [figure("picked_g", "mass"), Figure("unpicked_g", "mass", left[0], left[1], less_is_better=True)]
    if row.cooperative_id is None:
        figures = [
            figure("revenue_fen", "money"),
            figure("sold_g", "mass"),
            *figures,
            figure("share_sold", "share"),
            figure("fill_rate", "share"),
        ]
    figures += [figure("weeks_on_sale", "count"), figure("variation", "number", less_is_better=True)]
    shortfalls = [
        line
        for name in ("committed_short_g", "contract_short_g")
        if (line := figure(name, "mass", less_is_better=True)).before or line.after
    ]
    windows = _window_changes(before, after)
    tongue = "zh" if is_chinese() else "en"
    return Answer(
        money=figure("money_fen", "money"),
        variation=figure("variation", "number", less_is_better=True),
        figures=figures,
        shortfalls=shortfalls,
        plot=_plot(before, after, "sold_weeks_g" if row.cooperative_id is None else "picked_weeks_g"),
        coops=_coops(before, after),
        windows=windows[:WINDOWS_SHOWN],
        num_windows=len(windows),
        worths=[
            Figure(name, "money", before["worth"].get(name), after["worth"].get(name))
            for name in ("tonne_fen", "cold_fen", "earlier_fen", "later_fen")
            if after["worth"].get(name) is not None
        ],
        remarks=[remark[tongue] for remark in after.get("remarks", ())],
        gap=max(before["gap"] or 0.0, after["gap"] or 0.0)
        if TIME_LIMIT in (before["status"], after["status"])
        else None,
    )


def _plot(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> Plot:
    """The weeks up to the last in which there is anything."""
    first = date.fromisoformat(after["starts_on"])
    rows = list(zip(before[name], after[name], strict=True))
    last = max((index for index, pair in enumerate(rows) if any(pair)), default=-1)
    return Plot(
        [WeekRow(first + timedelta(weeks=index), pair[0], pair[1]) for index, pair in enumerate(rows[: last + 1])]
    )


def _coops(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[CoopLine]:
    kept = [{line["code"]: line for line in season.get("coops", ())} for season in (before, after)]
    names = {row.code: row.name for row in Cooperative.objects.filter(code__in={*kept[0], *kept[1]})}

    def figure(code: str, name: str, kind: str) -> Figure:
        return Figure(name, kind, *(season.get(code, {}).get(name, 0) for season in kept))

    return [
        CoopLine(names.get(code, code), figure(code, "money_fen", "money"), figure(code, "picked_g", "mass"))
        for code in sorted({*kept[0], *kept[1]}, key=lambda code: (names.get(code, code), code))
    ]


def _window_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[WindowChange]:
    """The windows that differ, the largest difference first."""
    first = date.fromisoformat(after["starts_on"])
    kept = [
        {
            (row["from"], row["grade"], row["phase"] == PRESALE): (Phase(row["phase"].upper()), row["grams"])
            for row in season.get("windows", ())
        }
        for season in (before, after)
    ]
    grades = Grade.objects.in_bulk({grade for season in kept for _from, grade, _is_presale in season})
    changes = []
    for bucket, grade, is_presale in {*kept[0], *kept[1]}:
        (was, before_g), (becomes, after_g) = (season.get((bucket, grade, is_presale), ("", 0)) for season in kept)
        if abs(after_g - before_g) > max(WINDOW_CHANGE * max(before_g, after_g), NOTHING["mass"]) or (
            was and becomes and was != becomes
        ):
            monday = first + timedelta(weeks=bucket)
            changes.append(WindowChange(monday, was, becomes, grades.get(grade), before_g, after_g))
    return sorted(changes, key=lambda row: (-abs(row.after_g - row.before_g), row.starts_on, row.phase_after))
