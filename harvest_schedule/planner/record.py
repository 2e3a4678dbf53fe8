"""
What the past says of the present: a cooperative's record shrunk towards its peers, and how good forecasts were.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PRIOR_SEASONS = 4.0
"""How many seasons of one's own it takes to weigh as much as one's peers."""

WIDER = 1.2
"""So much wider, that P20-P80 holds 60 % of what came in the tuning seasons (docs/algorithms/policy_simulation.md)."""
LEAST_FACTOR = 0.05
"""A season of which nothing came would make a spread infinite; it counts as this part of what was declared."""


def shrunk(own: Sequence[float], peers: Sequence[float], *, prior: float, seasons: float = PRIOR_SEASONS) -> float:
    """
    Posterior mean (n · own + k · peers) / (n + k) of a factor or a shift.

    Without peers (same produce and county, then province) ``prior`` stands for them: 1 for a factor, 0 for a shift.
    """
    centre = sum(peers) / len(peers) if peers else prior
    if not own:
        return centre
    return (sum(own) + seasons * centre) / (len(own) + seasons)


def spread_learnt(declared: float, factors: Sequence[float], centre: float) -> float:
    """
    The spread σ of a log-normal, learnt from past factors (came / declared) and shrunk towards the declared one::

        σ² = (k · declared² + Σ ln(factor / centre)²) / (k + n) · (1 + 1 / (n + 1)) · WIDER²

    Bands of those who were surer than right become as wide as their past. The second part is what a centre out of n
    seasons errs by itself, the third is calibrated. Without a past the declared spread stands.
    """
    if not factors or centre <= 0:
        return declared
    count = len(factors)
    missed = sum(math.log(max(factor, LEAST_FACTOR) / centre) ** 2 for factor in factors)
    variance = (PRIOR_SEASONS * declared**2 + missed) / (PRIOR_SEASONS + count)
    return WIDER * math.sqrt(variance * (1 + 1 / (count + 1)))


def pinball(quantile: float, forecast: float, picked: float) -> float:
    """Loss of one quantile forecast: what was missed, weighed by the side on which it was missed."""
    missed = picked - forecast
    return quantile * missed if missed >= 0 else (quantile - 1) * missed


def crps(scenarios: NDArray[np.float64], picked: float) -> float:
    """Continuous ranked probability score of a sample: E|X - y| - E|X - X'| / 2."""
    ordered = np.sort(scenarios)
    count = len(ordered)
    ranks = 2 * np.arange(1, count + 1) - count - 1
    return float(np.abs(ordered - picked).mean() - (ranks * ordered).sum() / count**2)


def coverage(lows: Sequence[float], highs: Sequence[float], picked: Sequence[float]) -> float:
    """Part of the seasons in which what was picked lay inside the band."""
    inside = [low <= value <= high for low, high, value in zip(lows, highs, picked, strict=True)]
    return sum(inside) / len(inside) if inside else float("nan")


def bias(forecasts: Sequence[float], picked: Sequence[float]) -> float:
    """Sum of forecasts over sum of picked, less one: positive where too much was forecast."""
    total = sum(picked)
    return sum(forecasts) / total - 1 if total else float("nan")


def skill(loss: float, baseline: float) -> float:
    """1 - loss / baseline: 0 is no better than the baseline, 1 is perfect."""
    return 1 - loss / baseline if baseline else float("nan")
