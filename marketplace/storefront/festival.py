"""The last day on which parcels leave in time for the Spring Festival."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from lunar_python import Lunar

#: Carriers slow down from the 20th of the twelfth lunar month; what leaves later may stand for two weeks.
_LAST_SAFE_LUNAR_DAY = 20
#: Before that nobody plans for the feast.
_SHOWN_DAYS_AHEAD = 90


@lru_cache(maxsize=64)
def _last_safe_dispatch(lunar_year: int) -> date:
    solar = Lunar.fromYmd(lunar_year, 12, _LAST_SAFE_LUNAR_DAY).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


def last_dispatch_before_festival(day: date) -> date | None:
    """Return the last safe dispatch before the next Spring Festival, while that is at most 90 days away."""
    for lunar_year in (day.year - 1, day.year):
        last = _last_safe_dispatch(lunar_year)
        if day <= last <= day + timedelta(days=_SHOWN_DAYS_AHEAD):
            return last
    return None
