"""What a policy did for growers and buyers, in figures that can be compared."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from statistics import fmean, pstdev

from harvest_schedule.policies.season import Outcome
from harvest_schedule.policies.world import World

WORST_PART = 5
FEN_PER_YUAN = 100


@dataclass(frozen=True, slots=True)
class Measures:
    """
    One season under one policy.

    Money in yuan, shares as fractions. ``weeks_on_sale`` and ``seller_variation`` are means over sellers and their
    produce: what a buyer of one name sees. ``variation`` is the mean over produce of all sellers together. Variation
    is the coefficient of variation of weekly sales from the first to the last week in which there could be goods.
    """

    income: float
    sold_share: float
    spoilt_share: float
    weeks_on_sale: float
    fill_rate: float
    broken_share: float
    variation: float
    seller_variation: float
    worst_income: float


def measures_of(outcome: Outcome) -> Measures:
    """The figures of a season."""
    world, supply = outcome.world, outcome.world.supply
    incomes = sorted(outcome.income.values())
    worst = incomes[: max(len(incomes) // WORST_PART, 1)]
    named: dict[tuple[int, str], dict[int, float]] = defaultdict(dict)
    pooled: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for (seller, produce, week), qty in outcome.sales.items():
        named[seller, produce][week] = qty
        pooled[produce][week] += qty
    reach = {kind: reach_weeks(world, kind) for kind in world.by_produce}
    return Measures(
        income=math.fsum(incomes) / FEN_PER_YUAN,
        sold_share=outcome.sold / supply if supply else 0.0,
        spoilt_share=outcome.spoilt / supply if supply else 0.0,
        weeks_on_sale=_mean(sum(qty > 0 for qty in row.values()) for row in named.values()),
        fill_rate=outcome.sold / wanted if (wanted := demand_of(world)) else 0.0,
        broken_share=outcome.broken / outcome.promised if outcome.promised else 0.0,
        variation=_mean(_variation(row.get(week, 0.0) for week in reach[kind]) for kind, row in pooled.items()),
        seller_variation=_mean(
            _variation(row.get(week, 0.0) for week in reach[kind]) for (_seller, kind), row in named.items()
        ),
        worst_income=_mean(worst) / FEN_PER_YUAN,
    )


def demand_of(world: World) -> float:
    """All that buyers wanted in weeks in which there could be goods."""
    rows = [(week, world.market(kind, week)) for kind in world.by_produce for week in reach_weeks(world, kind)]
    return sum(row.qty + (row.presale_qty if week >= world.presale_lead else 0.0) for week, row in rows)


def reach_weeks(world: World, produce: str) -> Sequence[int]:
    """Weeks from the first picking to the last in which the longest-keeping goods could be sold, carriers willing."""
    ripe = [week for row in world.harvests if row.produce == produce for week, qty in enumerate(row.ripe) if qty > 0]
    if not ripe:
        return ()
    last = max(ripe) + max(world.by_produce[produce].life.values(), default=0)
    weeks = range(min(ripe), min(last + 1, world.weeks))
    return [week for week in weeks if world.is_open(week) and world.market(produce, week).qty > 0]


def gap_closed(alone: float, planned: float, foresight: float) -> float:
    """The part of what could be gained over ``alone`` that was gained; not a number where nothing could be."""
    return (planned - alone) / (foresight - alone) if foresight > alone else math.nan


def mean_and_spread(rows: Sequence[Measures]) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation over seasons of every figure."""
    return {
        item.name: (fmean(values), pstdev(values))
        for item in fields(Measures)
        for values in [[float(getattr(row, item.name)) for row in rows]]
    }


def _variation(values: Iterable[float]) -> float:
    rows = list(values)
    mean = _mean(rows)
    return pstdev(rows) / mean if mean else 0.0


def _mean(values: Iterable[float]) -> float:
    rows = list(values)
    return fmean(rows) if rows else 0.0
