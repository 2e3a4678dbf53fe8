"""
How good forecasts of past harvests would have been: scores of the forecast, of the declaration and of last season.

Every harvest is forecast as it could have been when it was declared: from its declaration and from seasons that were
finished before. Figures are grams of whole harvests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean

import numpy as np

from harvest_schedule.planner.forecast import HarvestInput, HarvestWindow, forecast
from harvest_schedule.planner.record import bias, coverage, crps, pinball, skill
from harvest_schedule.policies.world import World

QUANTILES = (0.2, 0.5, 0.8)
G_PER_KG = 1000
SEED = 20261124
#: Days before and after the declared ones that are drawn, so that a late harvest is not cut off.
MARGIN_DAYS = 60


@dataclass(frozen=True, slots=True)
class PastSeason:
    """
    One finished harvest. Days are ordinal numbers; ``came_g`` is what truly came.

    ``own`` and ``peers`` are factors (came / declared) that were known when it was declared; ``last_g`` is what the
    same cooperative brought of the same produce the season before, None in its first.
    """

    first_day: int
    end_day: int
    low_g: int
    likely_g: int
    high_g: int
    came_g: int
    own: tuple[float, ...] = ()
    peers: tuple[float, ...] = ()
    last_g: int | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """Mean scores in kg a harvest, and what they are of; ``pinball`` is by the quantiles 0.2, 0.5 and 0.8."""

    num_harvests: int
    pinball_kg: tuple[float, ...]
    crps_kg: float
    coverage: float
    bias: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """
    The forecast against its baselines. A skill is 1 - loss / baseline's loss, over mean pinball loss.

    ``last`` and ``skill_last`` are over those harvests only that have a season before; None where there is none.
    """

    forecast: Scores
    declared: Scores
    skill_declared: float
    last: Scores | None
    skill_last: float | None


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A forecast as scenarios of one harvest's total."""

    totals: tuple[float, ...]
    came: float

    def quantile(self, part: float) -> float:
        ordered = sorted(self.totals)
        place = part * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def seasons_of(world: World) -> list[PastSeason]:
    """The harvests of a played season as the backtest takes them; which season came before is not known there."""
    return [
        PastSeason(
            first_day=row.first_day,
            end_day=row.end_day,
            low_g=int(row.low * G_PER_KG),
            likely_g=int(row.likely * G_PER_KG),
            high_g=int(row.high * G_PER_KG),
            came_g=round(sum(row.ripe) * G_PER_KG),
            own=row.past_factors,
            peers=tuple(
                factor
                for other in world.harvests
                if other.produce == row.produce and other.coop != row.coop
                for factor in other.past_factors
            ),
            # The last of its own seasons, had as much been declared then.
            last_g=round(row.past_factors[-1] * row.likely * G_PER_KG) if row.past_factors else None,
        )
        for row in world.harvests
    ]


def backtest(seasons: Sequence[PastSeason]) -> Backtest | None:
    """Score all seasons; None without any."""
    if not seasons:
        return None
    drawn = _scores([_forecast(row) for row in seasons])
    declared = _scores([_Drawn((float(row.likely_g),), row.came_g) for row in seasons])
    again = [row for row in seasons if row.last_g is not None]
    last = skill_last = None
    if again:
        last = _scores([_Drawn((float(row.last_g or 0),), row.came_g) for row in again])
        skill_last = skill(fmean(_scores([_forecast(row) for row in again]).pinball_kg), fmean(last.pinball_kg))
    return Backtest(drawn, declared, skill(fmean(drawn.pinball_kg), fmean(declared.pinball_kg)), last, skill_last)


def _pinball_cell(index: int, row: Scores) -> str:
    return f"{row.pinball_kg[index]:,.1f}"


def backtest_text(result: Backtest) -> str:
    """The table."""
    columns = [("forecast", result.forecast), ("declared", result.declared)]
    if result.last is not None:
        columns.append(("last season", result.last))
    rows: list[tuple[str, Callable[[Scores], str]]] = [("harvests", lambda row: str(row.num_harvests))]
    for index, part in enumerate(QUANTILES):
        rows.append((f"pinball loss at {part}, kg", partial(_pinball_cell, index)))
    rows += [
        ("CRPS, kg", lambda row: f"{row.crps_kg:,.1f}"),
        ("bias", lambda row: f"{row.bias:+.1%}"),
    ]
    lines = [f"{'':24}" + "".join(f"{name:>14}" for name, _scores in columns)]
    lines += [f"{title:24}" + "".join(f"{cell(scores):>14}" for _name, scores in columns) for title, cell in rows]
    lines.append(f"came inside P20-P80: {result.forecast.coverage:.0%} of harvests (wanted 60%)")
    lines.append(f"skill against declared: {result.skill_declared:+.3f}")
    if result.skill_last is not None:
        lines.append(f"skill against last season: {result.skill_last:+.3f}")
    return "\n".join(lines)


def _forecast(row: PastSeason) -> _Drawn:
    given = HarvestInput(
        id="harvest",
        coop="coop",
        county="county",
        window=HarvestWindow.between(0, row.end_day - row.first_day),
        low_g=row.low_g,
        likely_g=row.likely_g,
        high_g=row.high_g,
        own_factors=row.own,
        peer_factors=row.peers,
    )
    days = row.end_day - row.first_day
    drawn = forecast([given], [-MARGIN_DAYS, days + MARGIN_DAYS], seed=SEED)
    return _Drawn(tuple(drawn.picked_g.sum(axis=(1, 2)).tolist()), row.came_g)


def _scores(rows: Sequence[_Drawn]) -> Scores:
    came = [row.came for row in rows]
    quantiles = {part: [row.quantile(part) for row in rows] for part in QUANTILES}
    return Scores(
        num_harvests=len(rows),
        pinball_kg=tuple(
            fmean(pinball(part, q, y) for q, y in zip(quantiles[part], came, strict=True)) / G_PER_KG
            for part in QUANTILES
        ),
        crps_kg=fmean(crps(np.array(row.totals), row.came) for row in rows) / G_PER_KG,
        coverage=coverage(quantiles[QUANTILES[0]], quantiles[QUANTILES[-1]], came),
        bias=bias(quantiles[0.5], came),
    )
