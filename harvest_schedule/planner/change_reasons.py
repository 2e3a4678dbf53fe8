"""
Why a window changed: what in the question is another than it was when the plan in force was made.

Looked for near the window first, in the rows it is made from (its harvests by week, its sale, its stores), then in what
all windows of a grade share (the season of a harvest, what was sold, what lies in store), then in the calendar. A cause
counts only if it pulls the way the window went. Where none is found, that is said. Every figure is one of the two
questions' or answers'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from harvest_schedule.planner.change_facts import Asked, SupplyKey, days_later, supply_moves
from harvest_schedule.planner.change_words import say_change
from harvest_schedule.planner.plan_changes import CHEAPER, DEARER, FEWER, MORE, OPENED, WITHDRAWN, Change
from harvest_schedule.planner.reasons import Reason
from harvest_schedule.planner.wording import Units

#: A difference below both is the forecast's own noise: the share of the figure, and kilograms.
NOISE_SHARE, NOISE_KG = 0.02, 2.0
#: Of two sales at one price the planner prefers the earlier by less than this.
PRICE_NOISE_SHARE = 1e-3
#: A harvest that moves by less is not said to move.
LEAST_DAYS = 1.0
#: More causes than these help nobody.
MOST_REASONS = 2
_WAY = {OPENED: 1, MORE: 1, WITHDRAWN: -1, FEWER: -1}


@dataclass(frozen=True)
class Cause:
    """Something that changed, how strongly it pulls at a window (in kilograms), and how it is said."""

    key: str
    pull: float
    numbers: Mapping[str, float]
    words: Mapping[str, tuple[str, str]]


class Why:
    """The two questions looked at once, and asked about each change."""

    def __init__(
        self, old: Asked, new: Asked, sold: Mapping[str, float], units: Units, stock_change: float = 0.0
    ) -> None:
        """
        Look at both questions once.

        ``sold`` is what was really sold of each grade since the old question, ``stock_change`` what was written off
        (below zero) or found of all grades in store since then; ``units`` are the new one's.
        """
        self._stock_change = stock_change
        self.old, self.new, self.sold, self.units = old, new, sold, units
        self._qty = supply_moves(old, new, "qty")
        self._promise = supply_moves(old, new, "promise")
        self._later = days_later(old, new)

    def reasons(self, change: Change) -> list[Reason]:
        """Return the reasons of a change, the strongest first; never none."""
        if change.kind in (DEARER, CHEAPER):
            found = list(self._price(change))
        else:
            way = _WAY.get(change.kind, 1 if change.packs > 0 else -1 if change.packs < 0 else 0)
            calendar = list(self._calendar(change))
            found = calendar or self._strongest(change, way)
        if not found:
            found = [Cause("as_a_whole", 0.0, {}, {})]
        said = []
        for cause in found[:MOST_REASONS]:
            chinese, english = say_change(cause.key, cause.words)
            said.append(Reason(change.window.key, cause.key, cause.numbers, chinese, english))
        return said

    def _strongest(self, change: Change, way: int) -> list[Cause]:
        near = [*self._timing(change), *self._harvests(change, way)]
        near += [*self._demand(change, way), *self._room(change, way)]
        if near:
            return _by_pull(near)
        return _by_pull([*self._shared(change, way)])

    def _touched(self, change: Change) -> set[SupplyKey]:
        keys = set()
        if change.before:
            keys |= {self.old.supply_key(i) for i in self.old.rows_named(change.before.rows, "supply")}
        if change.after:
            keys |= {self.new.supply_key(i) for i in self.new.rows_named(change.after.rows, "supply")}
        return keys

    def _grades(self, change: Change) -> set[str]:
        grades = {key[1] for key in self._touched(change)}
        for asked, window in ((self.old, change.before), (self.new, change.after)):
            if window is not None:
                for kind in ("on_hand", "demand"):
                    grades |= {asked.problem[kind][i]["grade"] for i in asked.rows_named(window.rows, kind)}
        return grades

    def _timing(self, change: Change) -> Iterator[Cause]:
        touched: dict[int, float] = defaultdict(float)
        for key in self._touched(change):
            was, now = self._qty.get(key, (0.0, 0.0))
            touched[key[0]] += abs(now - was)
        for harvest_id, pull in touched.items():
            days = self._later.get(harvest_id, 0.0)
            if abs(days) < LEAST_DAYS or not pull:
                continue
            whole = round(abs(days))
            words = {"coop": self._coop(harvest_id), "days": _days(whole)}
            # When a harvest moves, what single weeks bring is the consequence: it goes before them.
            yield Cause("harvest_later" if days > 0 else "harvest_earlier", 1e9 + pull, {"days": days}, words)

    def _harvests(self, change: Change, way: int) -> Iterator[Cause]:
        moved = {harvest_id for harvest_id, days in self._later.items() if abs(days) >= LEAST_DAYS}
        sums: dict[tuple[int, date], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
        for key in self._touched(change):
            if key[0] not in moved:
                row = sums[key[0], key[2]]
                for place, moves in ((0, self._qty), (2, self._promise)):
                    was, now = moves.get(key, (0.0, 0.0))
                    row[place] += was
                    row[place + 1] += now
        for (harvest_id, monday), (was, now, was_sure, now_sure) in sums.items():
            names = {"coop": self._coop(harvest_id), "week": self._week(monday)}
            if _counts(was, now, way):
                said = "harvest_more" if now > was else "harvest_less"
                yield Cause(said, abs(now - was), _figures(was, now), {**names, **self._figures(was, now)})
            elif _counts(was_sure, now_sure, way):
                said = "surer" if now_sure > was_sure else "less_sure"
                words = {**names, **self._figures(was_sure, now_sure)}
                yield Cause(said, abs(now_sure - was_sure), _figures(was_sure, now_sure), words)

    def _demand(self, change: Change, way: int) -> Iterator[Cause]:
        keys = set()
        for asked, window in ((self.old, change.before), (self.new, change.after)):
            if window is not None:
                named = (asked.demand_key(i) for i in asked.rows_named(window.rows, "demand"))
                keys |= {key for key in named if key[0] == window.product}
        for key in sorted(keys):
            if key not in self.old.asked or key not in self.new.asked or key[2] == self.new.starts_on:
                continue
            was, now = self.old.asked[key][0], self.new.asked[key][0]
            if _counts(was, now, way):
                words = {"week": self._week(key[2]), **self._figures(was, now)}
                yield Cause("asked_more" if now > was else "asked_less", abs(now - was), _figures(was, now), words)

    def _room(self, change: Change, way: int) -> Iterator[Cause]:
        monday = change.window.monday
        bucket_old, bucket_new = ((monday - asked.starts_on).days // 7 for asked in (self.old, self.new))
        if not (0 <= bucket_old < self.old.problem["buckets"] and 0 <= bucket_new < self.new.problem["buckets"]):
            return
        was_all, now_all = self.old.room(bucket_old), self.new.room(bucket_new)
        named = set()
        for asked, window in ((self.old, change.before), (self.new, change.after)):
            if window is not None:
                named |= {asked.problem["storage"][i]["id"] for i in asked.rows_named(window.rows, "storage")}
        for store in sorted(named):
            was, now = was_all.get(store), now_all.get(store)
            if was is not None and now is not None and _counts(was, now, way):
                words = {"store": self.units.name(store), **self._figures(was, now)}
                yield Cause("room_more" if now > was else "room_less", abs(now - was), _figures(was, now), words)

    def _shared(self, change: Change, way: int) -> Iterator[Cause]:
        """What all windows of a grade draw on."""
        first = self.new.starts_on
        for grade in sorted(self._grades(change)):
            seasons: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
            for (harvest_id, of_grade, _monday), (was, now) in self._qty.items():
                if of_grade == grade:
                    seasons[harvest_id][0] += was
                    seasons[harvest_id][1] += now
            for harvest_id, (was, now) in seasons.items():
                if _counts(was, now, way):
                    words = {"coop": self._coop(harvest_id), "week": self._week(first), **self._figures(was, now)}
                    key = "season_more" if now > was else "season_less"
                    yield Cause(key, abs(now - was), _figures(was, now), words)
            planned, sold = self.old.planned_sales(grade, self.new.today), self.sold.get(grade, 0.0)
            # More sold than planned leaves less for the windows to come.
            if _counts(planned, sold, -way):
                key = "sold_ahead" if sold > planned else "sold_behind"
                yield Cause(key, abs(sold - planned), _figures(planned, sold), self._figures(planned, sold))
            if _counts(max(-self._stock_change, 0.0), max(self._stock_change, 0.0), way):
                figures = self._figures(0.0, self._stock_change)
                key = "stock_more" if self._stock_change > 0 else "stock_less"
                yield Cause(key, abs(self._stock_change), {"change": self._stock_change}, figures)
            was, now = self.old.in_store(grade, first), self.new.in_store(grade, first)
            if self.new.today == first and _counts(was, now, way):
                key = "store_more" if now > was else "store_less"
                yield Cause(key, abs(now - was), _figures(was, now), self._figures(was, now))

    def _price(self, change: Change) -> Iterator[Cause]:
        window = change.after
        if window is None:
            return
        for index in self.new.rows_named(window.rows, "demand"):
            key = self.new.demand_key(index)
            if key[0] != window.product or key not in self.old.asked:
                continue
            was, now = self.old.asked[key][1], self.new.asked[key][1]
            if abs(now - was) > PRICE_NOISE_SHARE * was:
                words = {"week": self._week(key[2]), "one": self.units.one, "note": self.units.price_note}
                words |= {"before": self.units.price(was), "now": self.units.price(now)}
                yield Cause("price_set", abs(now - was), _figures(was, now), words)

    def _calendar(self, change: Change) -> Iterator[Cause]:
        window, today = change.window, self.new.today
        if window.opens_on >= self.old.ends_on:
            yield Cause("time_reaches", 0.0, {}, {})
        elif change.after is None and window.closes_on <= today:
            yield Cause("time_over", 0.0, {}, {})
        elif window.monday == self.new.starts_on and window.closes_on <= self.new.starts_on + timedelta(weeks=1):
            gone = 7 - self.new.days_left(window.monday)
            before = 7 - self.old.days_left(window.monday)
            is_quiet = not any(
                _counts(*self._qty.get(key, (0.0, 0.0)), _WAY.get(change.kind, 0)) for key in self._touched(change)
            )
            if gone > before and change.packs < 0 and is_quiet:
                yield Cause("time_running", 0.0, {"days": gone}, {"days": _days(gone)})

    def _coop(self, harvest_id: int) -> tuple[str, str]:
        code = self.new.coop_of.get(harvest_id) or self.old.coop_of[harvest_id]
        return self.units.name(code)

    def _week(self, monday: date) -> tuple[str, str]:
        return self.units.bucket((monday - self.new.starts_on).days // 7)

    def _figures(self, was: float, now: float) -> dict[str, tuple[str, str]]:
        much = self.units.qty(round(abs(now - was)))
        return {"before": self.units.qty(round(was)), "now": self.units.qty(round(now)), "less": much, "more": much}


def _by_pull(causes: list[Cause]) -> list[Cause]:
    return sorted(causes, key=lambda cause: (-cause.pull, cause.key, str(cause.words)))


def _counts(was: float, now: float, way: int) -> bool:
    """Whether a difference is more than noise and pulls the given way (0: any)."""
    difference = now - was
    if abs(difference) <= max(NOISE_SHARE * max(was, now), NOISE_KG):
        return False
    return way == 0 or difference * way > 0


def _figures(was: float, now: float) -> dict[str, float]:
    return {"before": was, "now": now}


def _days(number: int) -> tuple[str, str]:
    return str(number), f"{number} day{'' if number == 1 else 's'}"
