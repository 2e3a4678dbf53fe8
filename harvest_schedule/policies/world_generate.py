"""A season drawn from a seed with the parameters of ``world_params``."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator

from harvest_schedule.planner.forecast import Z90, HarvestWindow, shares
from harvest_schedule.policies import world_params as params
from harvest_schedule.policies.world import DAYS, Cooperative, Market, Report, Store, World, WorldHarvest, WorldProduce


def world_generate(seed: int) -> World:
    """Return the season of a seed; the same seed gives the same season."""
    rng = np.random.default_rng(seed)
    weather = {name: (float(rng.standard_normal()), float(rng.standard_normal())) for name in params.COUNTIES}
    cooperatives, harvests = [], []
    for kind in params.PRODUCE:
        for index in range(params.COOPS_PER_PRODUCE):
            coop, county = f"{kind.id}-{index + 1}", params.COUNTIES[index % len(params.COUNTIES)]
            harvest = _harvest(rng, kind, coop, weather[county])
            harvests.append(harvest)
            cooperatives.append(Cooperative(coop, county, {"AMBIENT": params.SHED_SHARE * harvest.likely}))
    stores = {
        mode: Store(loss, loss * float(np.exp(params.LOSS_SPREAD * rng.standard_normal())), params.HOLD_COST_FEN[mode])
        for mode, loss in params.LOSS.items()
    }
    return World(
        weeks=params.WEEKS,
        presale_lead=params.PRESALE_WEEKS,
        presale_discount=params.PRESALE_DISCOUNT,
        goodwill=params.GOODWILL,
        switching=params.SWITCHING,
        closed=frozenset(params.CLOSED_WEEKS),
        stores=stores,
        produce=tuple(WorldProduce(kind.id, kind.life, kind.cost_fen) for kind in params.PRODUCE),
        cooperatives=tuple(_with_cold_stores(rng, cooperatives, harvests)),
        harvests=tuple(harvests),
        demand=_demand(rng, harvests),
    )


def _harvest(rng: Generator, kind: params.ProduceParams, coop: str, weather: tuple[float, float]) -> WorldHarvest:
    likely = params.LIKELY_KG * math.exp(params.LIKELY_SPREAD * rng.standard_normal())
    length = int(rng.integers(params.PICKING_DAYS[0], params.PICKING_DAYS[1] + 1))
    first = int(rng.integers(kind.first_day, max(kind.last_day - length, kind.first_day) + 1))
    habit = math.exp(params.HABIT_MEAN + params.HABIT_SPREAD * rng.standard_normal())
    usually_late = params.LATE_MEAN + params.LATE_HABIT * rng.standard_normal()
    luck = math.sqrt(params.YIELD_COMMON) * weather[0] + math.sqrt(1 - params.YIELD_COMMON) * rng.standard_normal()
    late = usually_late + params.LATE_COUNTY * weather[1] + params.LATE_OWN * rng.standard_normal()
    total = likely * habit * math.exp(params.YIELD_SPREAD * luck)
    window = HarvestWindow.between(first, first + length)
    days = np.arange(params.WEEKS * DAYS, dtype=np.float64)
    weekly = shares(window, days, np.array([late]))[0].reshape(params.WEEKS, DAYS).sum(axis=1)
    weekly = weekly * np.exp(params.WEEKLY_SPREAD * rng.standard_normal(params.WEEKS))
    ripe = total * weekly / weekly.sum()
    band = math.exp(Z90 * params.YIELD_SPREAD * params.CONFIDENCE)
    seasons = int(rng.integers(params.PAST_SEASONS[0], params.PAST_SEASONS[1] + 1))
    late_spread = math.hypot(params.LATE_COUNTY, params.LATE_OWN)
    return WorldHarvest(
        coop=coop,
        produce=kind.id,
        declared_week=max(first // DAYS - params.DECLARED_WEEKS_AHEAD, 0),
        first_day=first,
        end_day=first + length,
        low=likely / band,
        likely=likely,
        high=likely * band,
        past_factors=tuple(habit * math.exp(params.YIELD_SPREAD * z) for z in rng.standard_normal(seasons).tolist()),
        past_shifts=tuple(usually_late + late_spread * z for z in rng.standard_normal(seasons).tolist()),
        reports=_reports(rng, first, late, ripe.tolist()),
        ripe=tuple(ripe.tolist()),
    )


def _reports(rng: Generator, first_day: int, late: float, ripe: list[float]) -> tuple[Report, ...]:
    """One before picking, then one at the beginning of every week of it."""
    weeks = [week for week, qty in enumerate(ripe) if qty > 0]
    ahead = first_day // DAYS - params.REPORT_WEEKS_AHEAD
    found = []
    if ahead >= 0:
        shift = late + params.REPORT_LATE * rng.standard_normal()
        found.append(_report(rng, ahead, 0.0, sum(ripe), params.REPORT_SPREAD, shift))
    for week in range(weeks[0] + 1, weeks[-1] + 1):
        seen = sum(ripe[:week])
        shift = late + rng.standard_normal()
        found.append(_report(rng, week, seen, sum(ripe) - seen, params.PICKING_REPORT_SPREAD, shift))
    return tuple(found)


def _report(rng: Generator, week: int, seen: float, rest: float, spread: float, shift: float) -> Report:
    likely = rest * math.exp(spread * rng.standard_normal())
    band = math.exp(Z90 * spread)
    return Report(week, seen + likely / band, seen + likely, seen + likely * band, float(shift))


def _with_cold_stores(
    rng: Generator, cooperatives: list[Cooperative], harvests: list[WorldHarvest]
) -> list[Cooperative]:
    count = max(round(params.COLD_OWNERS * len(cooperatives)), 1)
    owners = set(rng.permutation(len(cooperatives))[:count].tolist())
    each = params.COLD_SHARE * sum(row.likely for row in harvests) / count
    return [
        Cooperative(row.id, row.county, {**row.storage, "COLD": each if index in owners else 0.0})
        for index, row in enumerate(cooperatives)
    ]


def _demand(rng: Generator, harvests: list[WorldHarvest]) -> dict[tuple[str, int], Market]:
    markets = {}
    for kind in params.PRODUCE:
        likely = sum(row.likely for row in harvests if row.produce == kind.id)
        first, last = kind.first_day // DAYS, kind.last_day // DAYS
        reach = range(first, min(last + max(kind.life.values()) + 1, params.WEEKS))
        index = {week: kind.demand[_month(week)] * _gifts(week) for week in range(params.WEEKS)}
        level = likely * params.DEMAND_TO_SUPPLY / sum(index[week] for week in reach)
        season = params.DEMAND_SEASON_SPREAD * rng.standard_normal()
        for week in range(params.WEEKS):
            noise = np.exp(season + params.DEMAND_WEEK_SPREAD * rng.standard_normal(2))
            if week in params.CLOSED_WEEKS:
                continue
            ahead = params.PRESALE_SHARE if first <= week <= last and week >= params.PRESALE_WEEKS else 0.0
            usual = level * index[week]
            markets[kind.id, week] = Market(
                expected=usual * (1 - ahead),
                qty=usual * (1 - ahead) * float(noise[0]),
                price=kind.price_fen * kind.price[_month(week)],
                presale_expected=usual * ahead,
                presale_qty=usual * ahead * float(noise[1]),
            )
    return markets


def _month(week: int) -> int:
    """Month index 0 … 11 of a week's middle."""
    return (params.FIRST_MONTH - 1 + int((week + 0.5) * 12 / 52)) % 12


def _gifts(week: int) -> float:
    """The lift before Spring Festival: highest twelve days ahead, gone when it is too late to send."""
    ahead = params.FESTIVAL_DAY - (week * DAYS + DAYS // 2)
    if 0 <= ahead < 4:
        return 0.3
    return 1 + 1.2 * math.exp(-(((ahead - 12) / 7) ** 2)) if ahead >= 0 else 1.0
