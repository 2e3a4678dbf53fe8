"""
How much will be picked, when, of which grade, and how sure that is.

Each harvest is a log-normal total spread over days by a trapezoid. Scenarios draw all harvests together, because
neighbours share their weather: the quantiles of a pool are read from the scenarios and never added up from those of
its members.

For harvest i, day d and scenario s::

    picked[i, d, s] = likely_i · factor_i · shape_i(d - late_is) · exp(σ_i · z_is(d))
    z_is(d) = √ρ · (√π · C[county, s] + √(1-π) · W[county, week of d, s]) + √(1-ρ) · O[i, s]

C, W and O are independent standard normals. σ is taken from (low, high) as P10 and P90 of the whole harvest, as wide as
past seasons were off (``record.spread_learnt``), and a little wider for each day, as single weeks' weather averages out
over a season. ρ is the share of the spread that a county has in common, π the part of that which lasts the season.
Lateness has a common part too, and what neighbours tell of theirs counts (``lateness.py``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from harvest_schedule.planner.lateness import Dates, latenesses
from harvest_schedule.planner.record import shrunk, spread_learnt

Z90 = 1.2815515655446004
"""Standard normal quantile of 0.9: P10 and P90 lie this many σ from the median."""
SMALLEST_LOW = 0.05
"""A declared low of nothing would make the spread infinite; it counts as this part of likely."""
DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class HarvestWindow:
    """
    A harvest window in day indices: picking rises from ``first`` to ``plateau_first``, is level to ``plateau_last``
    and falls to nothing at ``end`` (not included).
    """

    first: float
    plateau_first: float
    plateau_last: float
    end: float

    def __post_init__(self) -> None:
        if not self.first <= self.plateau_first <= self.plateau_last <= self.end or self.first == self.end:
            raise ValueError("a harvest window must run first ≤ plateau_first ≤ plateau_last ≤ end and not be empty")

    @classmethod
    def between(cls, first: int, end: int, ramp: float = 0.25) -> HarvestWindow:
        """A window known by its days only: the first and last quarter are ramp and tail."""
        length = (end - first) * ramp
        return cls(first, first + length, end - length, end)


@dataclass(frozen=True, slots=True)
class HarvestInput:
    """
    One declared harvest. Quantities are grams of the whole harvest, days are indices on one common calendar.

    ``own_factors`` and ``own_shifts`` are the cooperative's past seasons (picked / declared, and days late), the peers'
    likewise. ``picked_g`` is what reports say was picked before ``known_until``; only days from there on are drawn.
    ``timing_sd`` is the spread of the dates in days as they were declared, and ``weather_days`` how much later the
    weather since then makes them. ``told_days`` is by how much the field has moved the window this season, with the
    error ``told_sd``; ``window`` is the moved one. Picking has not begun before ``not_before``.
    """

    id: str
    coop: str
    county: str
    window: HarvestWindow
    low_g: int
    likely_g: int
    high_g: int
    grades: Mapping[str, float] = field(default_factory=lambda: {"1": 1.0})
    own_factors: Sequence[float] = ()
    peer_factors: Sequence[float] = ()
    own_shifts: Sequence[float] = ()
    peer_shifts: Sequence[float] = ()
    timing_sd: float = 0.0
    picked_g: int = 0
    known_until: int | None = None
    weather_days: float = 0.0
    told_days: float | None = None
    told_sd: float = 0.0
    not_before: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.low_g <= self.likely_g <= self.high_g:
            raise ValueError(f"{self.id}: quantities must run 0 ≤ low ≤ likely ≤ high")
        if any(share < 0 for share in self.grades.values()) or not 0 < sum(self.grades.values()) <= 1 + 1e-9:
            raise ValueError(f"{self.id}: grade shares must not be negative and sum to at most 1")
        if self.timing_sd < 0 or self.told_sd < 0 or self.picked_g < 0:
            raise ValueError(f"{self.id}: timing_sd, told_sd and picked_g must not be negative")

    def dates(self, seasons: float) -> Dates:
        """What is known of its first day, in days later than declared."""
        told = self.told_days
        declared_first = self.window.first - (told or 0.0)
        return Dates(
            mean=shrunk(self.own_shifts, self.peer_shifts, prior=0.0, seasons=seasons) + self.weather_days,
            sd=self.timing_sd,
            told=told,
            told_sd=self.told_sd,
            least=None if self.not_before is None else self.not_before - declared_first,
        )


@dataclass(frozen=True, slots=True)
class ForecastParams:
    """
    How scenarios are drawn: their number, ρ (``common``), π (``lasting``), φ (``common_late``, the part of the spread
    of dates that a county has in common) and the seasons k of the shrinkage.
    """

    num_scenarios: int = 400
    common: float = 0.5
    lasting: float = 0.7
    common_late: float = 0.5
    prior_seasons: float = 4.0

    def __post_init__(self) -> None:
        shares_in = (self.common, self.lasting, self.common_late)
        if self.num_scenarios < 1 or not all(0 <= share <= 1 for share in shares_in):
            raise ValueError("num_scenarios must be at least 1; common, lasting and common_late lie in 0 … 1")


def spread(low: float, likely: float, high: float) -> float:
    """σ of the log-normal whose P10 and P90 stand to each other as low to high; 0 where nothing is likely."""
    if likely <= 0 or high <= 0:
        return 0.0
    return max(math.log(high / max(low, SMALLEST_LOW * likely)), 0.0) / (2 * Z90)


def shares(window: HarvestWindow, days: NDArray[np.float64], shift: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Part of a harvest picked on each day.

    Parameters
    ----------
    days : ndarray, shape (n_days,)
        Day indices.
    shift : ndarray, shape (n_scenarios,)
        Days by which the window is late.

    Returns
    -------
    ndarray, shape (n_scenarios, n_days)
        What the trapezoid holds between the beginning and the end of each day; a window inside ``days`` sums to 1.
    """
    edges = days[None, :] - shift[:, None]
    return _below(window, edges + 1.0) - _below(window, edges)


def _below(window: HarvestWindow, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Part of the trapezoid to the left of each point, in closed form so that no day is lost between samples."""
    up = window.plateau_first - window.first
    flat = window.plateau_last - window.plateau_first
    down = window.end - window.plateau_last
    total = up / 2 + flat + down / 2
    rising = np.clip(at - window.first, 0.0, up)
    level = np.clip(at - window.plateau_first, 0.0, flat)
    falling = np.clip(at - window.plateau_last, 0.0, down)
    area = level
    if up:
        area = area + rising**2 / (2 * up)
    if down:
        area = area + falling - falling**2 / (2 * down)
    if total == 0:
        return (at > window.first).astype(np.float64)
    return area / total


@dataclass(frozen=True)
class Forecast:
    """
    Scenarios of several harvests by bucket.

    Attributes
    ----------
    picked_g : ndarray, shape (n_scenarios, n_harvests, n_buckets)
        Grams of all grades.
    late_days : ndarray, shape (n_scenarios, n_harvests)
        Days by which each harvest is later than its window.
    """

    harvests: tuple[HarvestInput, ...]
    picked_g: NDArray[np.float64]
    late_days: NDArray[np.float64]

    def grades(self) -> list[str]:
        """Every grade that occurs."""
        return sorted({grade for row in self.harvests for grade in row.grades})

    def expected_g(self, harvest: int, grade: str) -> list[int]:
        """Mean grams of one harvest and grade in every bucket."""
        share = self.harvests[harvest].grades.get(grade, 0.0)
        return _grams(self.picked_g[:, harvest, :].mean(axis=0) * share)

    def quantile_g(self, quantile: float, grade: str | None = None, harvests: Sequence[int] | None = None) -> list[int]:
        """A quantile of the pooled grams of every bucket by itself; all grades and harvests unless named."""
        return _grams(np.quantile(self._pooled(grade, harvests), quantile, axis=0))

    def total_g(self, quantile: float, grade: str | None = None, harvests: Sequence[int] | None = None) -> int:
        """A quantile of the pooled grams of the whole horizon."""
        return _grams(np.quantile(self._pooled(grade, harvests).sum(axis=1), [quantile]))[0]

    def promise_g(self, quantile: float, grade: str, harvests: Sequence[int] | None = None) -> list[int]:
        """
        Grams by bucket whose running total is the quantile of the pooled running total: what may be promised ahead.

        Increments of a quantile of sums, not a sum of quantiles, so that harvests that vary apart cover each other.
        """
        running = np.quantile(np.cumsum(self._pooled(grade, harvests), axis=1), quantile, axis=0)
        return _grams(np.diff(np.floor(running + 1e-6), prepend=0.0))

    def promise_rows_g(self, quantile: float, grade: str, harvests: Sequence[int] | None = None) -> list[list[int]]:
        """
        ``promise_g`` split among the harvests by what each is expected to bring in the bucket, in whole grams.

        The largest part takes what rounding leaves, so every bucket sums to the pool's figure. A bucket in which no
        harvest is expected to bring anything has nothing to split.
        """
        members = list(range(len(self.harvests))) if harvests is None else list(harvests)
        pooled = self.promise_g(quantile, grade, members)
        expected = np.array([self.expected_g(index, grade) for index in members], dtype=np.int64).reshape(
            len(members), self.picked_g.shape[2]
        )
        rows = [[0] * len(pooled) for _ in members]
        for bucket, grams in enumerate(pooled):
            weights = expected[:, bucket].tolist()
            total = sum(weights)
            if not total:
                continue
            parts = [grams * weight // total for weight in weights]
            parts[weights.index(max(weights))] += grams - sum(parts)
            for row, part in zip(rows, parts, strict=True):
                row[bucket] = part
        return rows

    def _pooled(self, grade: str | None, harvests: Sequence[int] | None) -> NDArray[np.float64]:
        members = range(len(self.harvests)) if harvests is None else harvests
        pooled = np.zeros((self.picked_g.shape[0], self.picked_g.shape[2]))
        for index in members:
            share = 1.0 if grade is None else self.harvests[index].grades.get(grade, 0.0)
            pooled += self.picked_g[:, index, :] * share
        return pooled


def forecast(
    harvests: Sequence[HarvestInput], edges: Sequence[int], seed: int = 0, params: ForecastParams | None = None
) -> Forecast:
    """
    Draw scenarios of harvests.

    Parameters
    ----------
    harvests
        What is declared, with each cooperative's record.
    edges
        Day indices at which buckets begin, and the end of the last: ``[0, 7, 14]`` is two weeks.
    seed
        Same seed, same scenarios.

    Returns
    -------
    Forecast
        With grams by scenario, harvest and bucket.
    """
    params = params or ForecastParams()
    if len(edges) < 2 or any(late <= early for early, late in pairwise(edges)):
        raise ValueError("edges must rise and hold at least one bucket")
    rng = np.random.default_rng(seed)
    days = np.arange(edges[0], edges[-1], dtype=np.float64)
    weeks = ((days - days[0]) // DAYS_A_WEEK).astype(np.int64)
    counties = sorted({row.county for row in harvests})
    # Every county's weather is drawn before any harvest's own luck, and counties in the order of their names.
    weather = {
        county: (
            rng.standard_normal((params.num_scenarios, 1)),
            rng.standard_normal((params.num_scenarios, int(weeks[-1]) + 1)),
        )
        for county in counties
    }
    late = _late(harvests, counties, rng, params)
    starts = np.asarray(edges[:-1]) - edges[0]
    picked = np.zeros((params.num_scenarios, len(harvests), len(edges) - 1))
    for index, row in enumerate(harvests):
        season, weekly = weather[row.county]
        common = math.sqrt(params.lasting) * season + math.sqrt(1 - params.lasting) * weekly[:, weeks]
        own = rng.standard_normal((params.num_scenarios, 1))
        luck = math.sqrt(params.common) * common + math.sqrt(1 - params.common) * own
        daily = _daily(row, days, late[:, index], luck, params)
        picked[:, index, :] = np.add.reduceat(daily, starts, axis=1)
    return Forecast(tuple(harvests), picked, late)


def _late(
    harvests: Sequence[HarvestInput], counties: Sequence[str], rng: np.random.Generator, params: ForecastParams
) -> NDArray[np.float64]:
    """By how many days each harvest is later than its window, by scenario; a county's harvests are drawn together."""
    late = np.zeros((params.num_scenarios, len(harvests)))
    for county in counties:
        members = [index for index, row in enumerate(harvests) if row.county == county]
        dates = [harvests[index].dates(params.prior_seasons) for index in members]
        drawn = latenesses(dates, params.common_late, rng, params.num_scenarios)
        # The window has been moved by what was told already.
        late[:, members] = drawn - np.array([row.told or 0.0 for row in dates])
    return late


def _daily(
    row: HarvestInput,
    days: NDArray[np.float64],
    late: NDArray[np.float64],
    luck: NDArray[np.float64],
    params: ForecastParams,
) -> NDArray[np.float64]:
    factor = shrunk(row.own_factors, row.peer_factors, prior=1.0, seasons=params.prior_seasons)
    shape = shares(row.window, days, late)
    declared, learnt = _spreads(row, factor)
    # A factor is what came on the mean, so a spread wider than declared lowers the median and leaves the mean.
    factor *= math.exp((declared**2 - learnt**2) / 2)
    grams = row.likely_g * factor * shape * np.exp(learnt * _daily_part(row, params) * luck)
    if row.known_until is None:
        return grams
    # What was picked is known and is no forecast. A pick off the plan moves the rest by the same ratio, as far as the
    # part of the season that was seen by then goes.
    is_ahead = days >= row.known_until
    done = _below(row.window, np.array([row.known_until - late.mean()]))[0]
    expected = row.likely_g * factor * done
    if expected > 0:
        grams = grams * (1 + done * (row.picked_g / expected - 1))
    return np.where(is_ahead[None, :], grams, 0.0)


def _spreads(row: HarvestInput, factor: float) -> tuple[float, float]:
    """σ of the whole harvest as declared, and corrected by what past seasons were off."""
    declared = spread(row.low_g, row.likely_g, row.high_g)
    return declared, spread_learnt(declared, [*row.own_factors, *row.peer_factors], factor)


def _daily_part(row: HarvestInput, params: ForecastParams) -> float:
    """How much wider a single day is, such that the whole has its spread although weeks' weather averages out."""
    weeks = max((row.window.end - row.window.first) / DAYS_A_WEEK, 1.0)
    return 1 / math.sqrt(1 - params.common * (1 - params.lasting) * (1 - 1 / weeks))


def _grams(values: NDArray[np.float64]) -> list[int]:
    return [int(value) for value in np.floor(values + 1e-6)]
