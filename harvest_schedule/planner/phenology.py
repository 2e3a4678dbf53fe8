"""
When a crop is ripe by the warmth it had, or by the days since it bloomed, and what that adds to the dates people gave.

A degree-day sum counts from a biofix (planting, full bloom) on. A day of which lowest and highest are known adds the
area of a triangle between them that lies above the base (single triangle, Lindsey and Newman 1956)::

    low ≥ base: (low + high) / 2 - base        high ≤ base: 0        else (high - base)² / (2 · (high - low))

and a day of which only the mean is known max(mean - base, 0). What is yet to come is the mean of the same days of past
years, and each past year by itself is one way how it may come: their spread is that of the date.

Dates from the field are not set aside. Published sums fit no village exactly, so what counts is how far the date has
moved since the field last spoke of dates; it counts by its variance, and nothing at all when the word is younger than
the weather.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, stdev

from harvest_schedule.planner.forecast import Z90

#: No crop is followed for longer than this.
LONGEST_DAYS = 400
#: Days by which ripeness misses the sum although all temperatures are known; own estimate.
MODEL_SD_DAYS = 3.0
#: Days by which a date given before bloom errs, as full bloom differs from year to year; own estimate.
BEFORE_BLOOM_SD_DAYS = 5.0
#: Spread of a date where fewer than two past years are known, as a part of the days still to go; own estimate.
UNSURE_PART = 0.08
#: With more gaps than this between biofix and now, or in a past year, temperatures say nothing.
MOST_GAPS = 0.2


@dataclass(frozen=True, slots=True)
class Reached:
    """When a sum is reached: days after the biofix, the fraction within the day, and their spread."""

    days: float
    sd: float


@dataclass(frozen=True, slots=True)
class DateNews:
    """By how many days a harvest is later than the field last said, and the spread of its dates then."""

    days: float
    sd: float


def degree_days(base_c: float, *, mean_c: float | None, low_c: float | None, high_c: float | None) -> float:
    """Degree-days of one day by the single triangle, or by its mean where lowest or highest are not known."""
    if low_c is None or high_c is None:
        if mean_c is None:
            raise ValueError("a day needs its mean, or its lowest and highest")
        return max(mean_c - base_c, 0.0)
    if low_c >= base_c:
        return (low_c + high_c) / 2 - base_c
    if high_c <= base_c:
        return 0.0
    return (high_c - base_c) ** 2 / (2 * (high_c - low_c))


def sum_reached(warmth: Mapping[date, float], *, biofix: date, needed: float, known_until: date) -> Reached | None:
    """
    Say when a sum of degree-days is reached.

    Parameters
    ----------
    warmth
        Degree-days by day, of this season and of years before it. Gaps are filled with the mean of past years.
    known_until
        Only days up to this one count as known; later ones are expected.

    Returns
    -------
    Reached or None
        None where past years do not say what is to come, gaps are too many, or the sum is not reached in
        ``LONGEST_DAYS``.
    """
    first_year = min((day.year for day in warmth if day < biofix), default=biofix.year)
    # A season may run into the next year, so that even this year's beginning may be of its past.
    past_years = list(range(1, biofix.year - first_year + 2))
    known = {day: value for day, value in warmth.items() if biofix <= day <= known_until}
    num_known_days = max((known_until - biofix).days + 1, 0)
    if num_known_days and len(known) < (1 - MOST_GAPS) * num_known_days:
        return None
    usual = _Usual(warmth, biofix, past_years)
    expected = _days_to(needed, ((day, known.get(day, usual.mean(day))) for day in _days(biofix)))
    if expected is None:
        return None
    left = max(expected - num_known_days, 0.0)
    members = [days for back in past_years if (days := _by_year(needed, biofix, known, usual, back, left)) is not None]
    sd = stdev(members) if len(members) > 1 else UNSURE_PART * left
    return Reached(expected, sd if left else 0.0)


def weather_news(
    warmth: Mapping[date, float], *, biofix: date, needed: float, told_on: date, today: date, own_sd: float
) -> DateNews | None:
    """
    What temperatures since the field last spoke of dates say of them.

    With Δ the days by which the expected date has moved since ``told_on``, v the variance that went with the days
    since then, m the spread of the model and r that of what is yet to come::

        days = Δ · v / (v + m²)        sd² = own_sd² + v · m² / (v + m²) + r²

    the mean of "no later than told" (variance v) and "later by Δ" (variance m²), weighted by precision.
    """
    last = max((day for day in warmth if day <= today), default=None)
    if last is None or last <= told_on or last < biofix:
        return None
    before = sum_reached(warmth, biofix=biofix, needed=needed, known_until=told_on)
    now = sum_reached(warmth, biofix=biofix, needed=needed, known_until=last)
    if before is None or now is None:
        return None
    since = max(before.sd**2 - now.sd**2, 0.0)
    weight = since / (since + MODEL_SD_DAYS**2)
    variance = own_sd**2 + weight * MODEL_SD_DAYS**2 + now.sd**2
    return DateNews((now.days - before.days) * weight, math.sqrt(variance))


def bloom_news(
    *, bloom: date, bloom_told_on: date, low_days: int, high_days: int, middle: date, told_on: date, own_sd: float
) -> DateNews | None:
    """
    What a full bloom says of dates that were given before it was seen; None when the dates are as young as it is.

    ``low_days`` and ``high_days`` after full bloom picking lies, read as P10 and P90 of its middle. The middle that was
    told and the one after bloom are weighted by precision.
    """
    if bloom_told_on <= told_on:
        return None
    ripe = bloom + timedelta(days=(low_days + high_days) // 2)
    by_bloom = ((high_days - low_days) / (2 * Z90)) ** 2
    by_word = max(BEFORE_BLOOM_SD_DAYS, own_sd) ** 2
    weight = by_word / (by_word + by_bloom)
    return DateNews((ripe - middle).days * weight, math.sqrt(max(weight * by_bloom, own_sd**2)))


class _Usual:
    """Degree-days of the same day in past years; what a year does not have, the others say."""

    def __init__(self, warmth: Mapping[date, float], biofix: date, past_years: list[int]) -> None:
        self._warmth, self._biofix, self._past_years = warmth, biofix, past_years
        self._means: dict[date, float | None] = {}

    def of_year(self, day: date, back: int) -> float | None:
        """Degree-days of the same day so many years back, if that was before the season and is known."""
        same = _years_back(day, back)
        return self._warmth.get(same) if same < self._biofix else None

    def mean(self, day: date) -> float | None:
        """Mean of past years; None where no year knows the day."""
        if day not in self._means:
            values = [value for back in self._past_years if (value := self.of_year(day, back)) is not None]
            self._means[day] = fmean(values) if values else None
        return self._means[day]


def _by_year(
    needed: float, biofix: date, known: Mapping[date, float], usual: _Usual, back: int, left: float
) -> float | None:
    """Days to the sum if the rest came as so many years back; None where that year has too many gaps."""
    ahead = [day for day in _days(biofix) if day not in known]
    judged = ahead[: max(math.ceil(left), 1)]
    if sum(usual.of_year(day, back) is None for day in judged) > MOST_GAPS * len(judged):
        return None

    def warmth() -> Iterator[tuple[date, float | None]]:
        for day in _days(biofix):
            value = known.get(day)
            if value is None:
                value = usual.of_year(day, back)
            yield day, usual.mean(day) if value is None else value

    return _days_to(needed, warmth())


def _days_to(needed: float, warmth: Iterator[tuple[date, float | None]]) -> float | None:
    total = 0.0
    for index, (_day, value) in enumerate(warmth):
        if value is None:
            return None
        if value > 0 and total + value >= needed:
            return index + (needed - total) / value
        total += value
    return None


def _days(first: date) -> Iterator[date]:
    for index in range(LONGEST_DAYS):
        yield first + timedelta(days=index)


def _years_back(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        # 29 February: the day before it.
        return day.replace(year=day.year - years, day=28)
