"""
The harvests the cast declares: dates from the produce calendar, kilograms from what the pool's market takes.

Cooperatives of a pool pick a few days apart, as villages at different heights do. What was harvested before the
history begins is declared, and received into the stores, at its own time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from catalog.models import HarvestWindow
from harvest_schedule.demand import week_factors
from harvest_schedule.models import Harvest
from harvest_schedule.planner_io import TRANSIT_DAYS, week_start
from harvest_schedule.services.harvests import harvest_close, harvest_declare
from logistics.models import StorageMode
from logistics.services.receiving import lot_receive
from marketplace.cooperatives.models import PoolMember, PoolProduct, SupplyPool
from marketplace.foundation.clock import shanghai

#: The part of a harvest that has a grade somebody buys; the rest goes to processing.
SELLABLE_PERMILLE = 880
STAGGER_DAYS = 9
YEAR_ROUND_DAYS = 330


@dataclass(frozen=True)
class SeasonDates:
    """One picking season of a produce and the first day nothing of it is needed any more."""

    starts_on: date
    ends_on: date
    sold_until: date


def seasons(windows: list[HarvestWindow], first: date, last: date, life_days: int) -> list[SeasonDates]:
    """Return the seasons that supply any day from first to last, in order; one may wrap the new year."""
    spans: list[tuple[date, date]] = []
    for year in range(first.year - 2, last.year + 2):
        for window in windows:
            start = date(year, window.start_month, window.start_day)
            end = date(
                year + window.wraps_new_year, window.end_month, min(window.end_day, 28 if window.end_month == 2 else 31)
            )
            if (end - start).days > YEAR_ROUND_DAYS:
                # What grows all year is declared by the quarter; the seams lie outside the weeks before the feast.
                quarters = [date(year, month, 1) for month in (2, 5, 8, 11)] + [date(year + 1, 2, 1)]
                spans += [(a, b - timedelta(days=1)) for a, b in pairwise(quarters)]
            else:
                spans.append((start, end))
    spans.sort()
    found = []
    for index, (start, end) in enumerate(spans):
        next_start = spans[index + 1][0] if index + 1 < len(spans) else last + timedelta(days=400)
        until = max(end, min(end + timedelta(days=life_days), next_start))
        if until >= first and start <= last and start >= first - timedelta(days=420):
            found.append(SeasonDates(start, end, until))
    return found


def weeks_between(first: date, last: date) -> Iterator[date]:
    monday = week_start(first)
    while monday <= last:
        yield monday
        monday += timedelta(weeks=1)


class Declarations:
    """Declares every harvest of the cast for a history from one day to another and the year after it."""

    def __init__(self, *, first: date, last: date, chance: random.Random) -> None:
        self.first, self.last = first, last
        self.horizon = last + timedelta(days=372)
        self.chance = chance
        self.num_harvests = 0
        self.num_lots = 0

    def declare_all(self) -> None:
        for pool in SupplyPool.objects.select_related("produce", "hub").order_by("pk"):
            self._pool(pool)

    def _pool(self, pool: SupplyPool) -> None:
        produce = pool.produce
        life = max(produce.storage_days_cold or 0, produce.storage_days_ambient or 0) or 720
        keeps = max(0, life - TRANSIT_DAYS - 3)
        windows = list(HarvestWindow.objects.filter(produce=produce).order_by("ordinal"))
        items = list(PoolProduct.objects.filter(pool=pool).select_related("product__grade"))
        members = list(PoolMember.objects.filter(pool=pool).select_related("cooperative").order_by("pk"))
        shares = self._grade_shares(pool, items)
        for season in seasons(windows, self.first, self.horizon, keeps):
            needed_g = self._needed_g(pool, items, season.starts_on, season.sold_until)
            left_g = self._needed_g(pool, items, max(season.starts_on, self.first), season.sold_until)
            for index, member in enumerate(members):
                shift = timedelta(days=index * STAGGER_DAYS - (len(members) - 1) * STAGGER_DAYS // 2)
                part = needed_g / len(members) * self.chance.uniform(1.0, 1.35) * 1000 / SELLABLE_PERMILLE
                harvest = self._declare(member, season, shift, part, shares)
                if harvest is not None and harvest.ends_on < self.first:
                    self._fill_store(pool, harvest, items, left_g / len(members))

    def _grade_shares(self, pool: SupplyPool, items: list[PoolProduct]) -> dict[int, int]:
        grades = list(pool.produce.grades.order_by("rank"))
        weight: dict[int, int] = {}
        for item in items:
            grade_id = item.product.grade_id or 0
            weight[grade_id] = weight.get(grade_id, 0) + item.weekly_demand_packs * item.product.net_weight_g
        whole = sum(weight.values())
        others = [grade.pk for grade in grades if grade.pk not in weight]
        sellable = SELLABLE_PERMILLE if others else 1000
        shares = {grade_id: sellable * grams // whole for grade_id, grams in weight.items()}
        for grade_id in others:
            shares[grade_id] = (1000 - sellable) // len(others)
        first = next(iter(weight))
        shares[first] += 1000 - sum(shares.values())
        return shares

    def _needed_g(self, pool: SupplyPool, items: list[PoolProduct], first: date, last: date) -> float:
        weekly_g = sum(item.weekly_demand_packs * item.product.net_weight_g for item in items)
        last = min(last, first + timedelta(days=400))
        return sum(weekly_g * week_factors(pool.produce, monday)[0] for monday in weeks_between(first, last))

    def _declare(
        self, member: PoolMember, season: SeasonDates, shift: timedelta, grams: float, shares: dict[int, int]
    ) -> Harvest | None:
        starts_on, ends_on = season.starts_on + shift, season.ends_on + shift
        likely_g = max(20, round(grams / 10_000)) * 10_000
        declared_on = min(self.first, starts_on - timedelta(days=20))
        if ends_on > self.first and starts_on <= self.first:
            declared_on = starts_on - timedelta(days=12)
        # Nobody declares more than a year ahead: what lies further off is declared while the history goes on.
        declared_on = max(declared_on, starts_on - timedelta(days=360))
        if declared_on > self.last:
            return None
        harvest = harvest_declare(
            cooperative_id=member.cooperative_id,
            produce_id=member.pool.produce_id,
            starts_on=starts_on,
            ends_on=ends_on,
            low_g=round(likely_g * self.chance.uniform(0.72, 0.86) / 1000) * 1000,
            likely_g=likely_g,
            high_g=round(likely_g * self.chance.uniform(1.15, 1.35) / 1000) * 1000,
            grade_shares=shares,
            area_mu=member.cooperative.area_mu // 4,
            key=f"demo-{member.cooperative_id}-{member.pool.produce_id}-{starts_on.isoformat()}",
            actor=None,
            at=shanghai(declared_on, 7, 30),
        )
        self.num_harvests += 1
        return harvest

    def _fill_store(self, pool: SupplyPool, harvest: Harvest, items: list[PoolProduct], grams: float) -> None:
        """What the season before left in the store for the weeks of the history and after."""
        whole = sum(item.weekly_demand_packs * item.product.net_weight_g for item in items)
        produce = pool.produce
        mode = (
            StorageMode.COLD
            if (produce.storage_days_cold or 0) > (produce.storage_days_ambient or 0)
            else StorageMode.AMBIENT
        )
        by_grade: dict[int, float] = {}
        for item in items:
            part = item.weekly_demand_packs * item.product.net_weight_g / whole
            grade_id = item.product.grade_id or 0
            by_grade[grade_id] = by_grade.get(grade_id, 0.0) + part
        at = shanghai(harvest.ends_on, 16)
        for grade_id, part in sorted(by_grade.items()):
            lot_receive(
                harvest_id=harvest.pk,
                grade_id=grade_id,
                hub_id=pool.hub_id,
                grams=max(5, round(grams * part / 1000)) * 1000,
                picked_on=harvest.ends_on - timedelta(days=1),
                certificate_number=certificate_number(harvest, harvest.ends_on, grade_id),
                mode=mode,
                key=f"demo-open-{harvest.pk}-{grade_id}",
                actor=None,
                at=at,
            )
            self.num_lots += 1
        harvest_close(harvest_id=harvest.pk, actor=None, at=at + timedelta(hours=1))


def certificate_number(harvest: Harvest, day: date, grade_id: int) -> str:
    """Return the number on the commitment certificate that comes with a lot."""
    return f"HGZ{harvest.produce_id:03}{harvest.cooperative_id:04}{day:%y%m%d}{grade_id % 100:02}"
