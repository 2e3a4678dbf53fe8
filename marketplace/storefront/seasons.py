"""The year of a produce: when it is picked, and how long it then keeps in store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from catalog.models import HarvestWindow, Produce
from marketplace.storefront.season_strip import HARVEST, STORED, SeasonStrip, SeasonWindow, season_strip

#: Goods that keep less than this are not stored for sale (soft fruit waits days, not weeks).
_LEAST_STORE_DAYS = 30
#: A year less the shortest harvest: longer storage fills the strip anyway.
_LONGEST_STORE_DAYS = 350
#: Any year without a 29 February, to count days by.
_ORDINARY_YEAR = 2027


def _ordinary(month: int, day: int) -> date:
    return date(_ORDINARY_YEAR, month, 28 if (month, day) == (2, 29) else day)


def storage_days(produce: Produce) -> int:
    """Return the days a produce keeps at best, cold or ambient; 0 when it is not known."""
    return max(produce.storage_days_cold or 0, produce.storage_days_ambient or 0)


def season_windows(produce: Produce, windows: Iterable[HarvestWindow]) -> list[SeasonWindow]:
    """Return the harvests of an ordinary year and the store that follows each."""
    found = []
    days = min(storage_days(produce), _LONGEST_STORE_DAYS)
    for window in windows:
        start, end = (window.start_month, window.start_day), (window.end_month, window.end_day)
        found.append(SeasonWindow(start, end, HARVEST))
        if not days and not produce.is_perishable:
            # dark tea and the like: no limit is known, so the store never runs empty
            found.append(SeasonWindow((1, 1), (12, 31), STORED))
        if days >= _LEAST_STORE_DAYS:
            last = _ordinary(*end) + timedelta(days=days)
            found.append(SeasonWindow(end, (last.month, last.day), STORED))
    return found


def produce_strip(
    produce: Produce, windows: Iterable[HarvestWindow], today: date | None, name: str = ""
) -> SeasonStrip:
    """Return the 36 cells of a produce's year."""
    return season_strip(season_windows(produce, windows), today=today, name=name)


def is_picked_on(windows: Iterable[HarvestWindow], on: date) -> bool:
    """Return whether a day lies in a harvest of an ordinary year; both ends belong to it."""
    for window in windows:
        start, end = (window.start_month, window.start_day), (window.end_month, window.end_day)
        day = (on.month, on.day)
        if (start <= day <= end) if start <= end else (day >= start or day <= end):
            return True
    return False


def next_harvest(windows: Iterable[HarvestWindow], on: date) -> date | None:
    """Return the first day of the next harvest after a day, by the ordinary year."""
    starts = []
    for window in windows:
        first = _ordinary(window.start_month, window.start_day)
        this_year = date(on.year, first.month, first.day)
        starts.append(this_year if this_year > on else date(on.year + 1, first.month, first.day))
    return min(starts, default=None)
