"""
How late the harvests of one county are, and what those that were heard of say of those that were not.

For harvest i::

    late_i = mean_i + sd_i · (√φ · C + √(1-φ) · O_i)

C is the county's season and O_i the harvest's own luck, independent standard normals; φ is the part of the spread that
a county has in common. A word from the field is late_i with an error; a harvest that has not begun is at least as late
as today. Given C the harvests are independent, so all words together are one density of C: on a grid, prior times the
likelihood of every word. Scenarios draw C from it and then each harvest's own part given C.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

_STANDARD = NormalDist()
#: C is looked for within so many standard deviations, in so many steps.
_REACH, _STEPS = 5.0, 201
#: A word is never taken for exact to less than this many days: dates are whole days.
_LEAST_ERROR = 0.25
#: The survival of a normal below this is counted as this: what is impossible is only very unlikely.
_LEAST_CHANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Dates:
    """
    What is known of when one harvest begins, in days later than declared.

    ``mean`` and ``sd`` are before this season says anything. ``told`` is the last word from the field with its error
    ``told_sd``, None without one; ``least`` is how late it is at least because it has not begun, None if unknown.
    """

    mean: float
    sd: float
    told: float | None = None
    told_sd: float = 0.0
    least: float | None = None

    @property
    def is_overdue(self) -> bool:
        """Whether not having begun says anything."""
        return self.least is not None and self.sd > 0 and self.least > self.mean - _REACH * self.sd

    @property
    def is_heard_of(self) -> bool:
        return self.sd > 0 and (self.told is not None or self.is_overdue)


def latenesses(rows: Sequence[Dates], common: float, rng: Generator, count: int) -> NDArray[np.float64]:
    """
    Draw how late the harvests of one county are together.

    Parameters
    ----------
    common
        φ, in 0 … 1.

    Returns
    -------
    ndarray, shape (count, n_harvests)
        Days later than declared.
    """
    season = rng.standard_normal(count)
    own = rng.standard_normal((count, len(rows)))
    heard = [row for row in rows if row.is_heard_of]
    if heard:
        season = _season_given(heard, common, season)
    drawn = np.zeros((count, len(rows)))
    for index, row in enumerate(rows):
        shared = row.mean + row.sd * math.sqrt(common) * season
        if row.sd == 0:
            drawn[:, index] = row.mean if row.told is None else row.told
            continue
        mean, sd = _own_given(row, common, shared)
        luck = own[:, index]
        if row.least is not None and row.is_overdue:
            luck = _above(luck, (row.least - shared - mean) / sd if sd else np.full(count, -_REACH))
        drawn[:, index] = shared + mean + sd * luck
    return drawn


def _season_given(heard: Sequence[Dates], common: float, season: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring standard normal draws of C to its density given all words, rank by rank."""
    grid = np.linspace(-_REACH, _REACH, _STEPS)
    logs = -0.5 * grid**2
    for row in heard:
        shared = row.mean + row.sd * math.sqrt(common) * grid
        if row.told is not None:
            variance = row.sd**2 * (1 - common) + max(row.told_sd, _LEAST_ERROR) ** 2
            logs = logs - 0.5 * (row.told - shared) ** 2 / variance
        if row.least is not None and row.is_overdue:
            mean, sd = _own_given(row, common, shared)
            short = row.least - shared - mean
            chance = [1 - _STANDARD.cdf(value / max(sd, _LEAST_ERROR)) for value in short.tolist()]
            logs = logs + np.log(np.maximum(chance, _LEAST_CHANCE))
    weights = np.exp(logs - logs.max())
    # The density is level within a step, so its running total is straight there and the draws have no lumps.
    step = grid[1] - grid[0]
    edges = np.append(grid - step / 2, grid[-1] + step / 2)
    running = np.append(0.0, np.cumsum(weights) / weights.sum())
    ranks = np.array([_STANDARD.cdf(value) for value in season.tolist()])
    return np.interp(ranks, running, edges)


def _own_given(row: Dates, common: float, shared: NDArray[np.float64]) -> tuple[NDArray[np.float64] | float, float]:
    """Mean and spread of a harvest's own part when the county's is known, given what it was told itself."""
    variance = row.sd**2 * (1 - common)
    if row.told is None:
        return 0.0, math.sqrt(variance)
    error = max(row.told_sd, _LEAST_ERROR) ** 2
    weight = variance / (variance + error)
    return weight * (row.told - shared), math.sqrt(weight * error)


def _above(luck: NDArray[np.float64], least: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard normal draws brought above a bound, rank by rank."""
    found = []
    for value, bound in zip(luck.tolist(), least.tolist(), strict=True):
        below = _STANDARD.cdf(bound)
        rank = below + _STANDARD.cdf(value) * (1 - below)
        found.append(max(_STANDARD.inv_cdf(rank), bound) if 0 < rank < 1 - _LEAST_CHANCE else max(value, bound))
    return np.array(found)
