"""
From a result to the rows that windows are published from: dates for buckets, whole packs for kilograms.

What was sold between the reading of a plan's question and its publishing is taken out of what the plan may still sell,
so that a plan published hours later promises no gram twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from catalog.partner.bulk import WindowPlanRow
from catalog.partner.models import Phase
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.promise_caps import windows_held
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.windows import PRESALE, STORED, Window, WindowParams, windows_from
from harvest_schedule.planner_io import OPENING_HOUR
from harvest_schedule.planner_io_demand import price_rounded
from marketplace.cooperatives.models import PoolProduct
from marketplace.foundation import clock
from marketplace.foundation.units import G_PER_KG

#: Fresh and stored packs leave within this many days of the order.
DISPATCH_DAYS = 2
#: A window of a week may still leave so many days after the week, for what was bought on its last evening.
AFTER_WEEK_DAYS = 2
#: A presale is one window, also where the plan sells nothing of it for some weeks.
WEEKLY, WHOLE = WindowParams(max_buckets=1), WindowParams(max_buckets=8, max_gap=8)


@dataclass(frozen=True)
class PlannedRows:
    """The windows of a result, and for each row to publish the window that it comes from."""

    windows: tuple[Window, ...]
    pairs: tuple[tuple[Window, WindowPlanRow], ...]

    @property
    def rows(self) -> list[WindowPlanRow]:
        return [row for _window, row in self.pairs]

    def with_rows(self, rows: Sequence[WindowPlanRow]) -> PlannedRows:
        """The same windows with other rows, in the same order."""
        pairs = zip((window for window, _row in self.pairs), rows, strict=True)
        return replace(self, pairs=tuple(pairs))


@dataclass(frozen=True)
class SoldSince:
    """Packs of one window that a plan's question does not know as sold."""

    key: str
    product_id: int
    ships_by: date
    packs: int


def planned_rows(
    result: Result, *, starts_on: date, products: Mapping[int, PoolProduct], packing_fen: int, at: datetime
) -> PlannedRows:
    """Return what a result puts on sale from ``at`` on: one window a week, and each presale whole."""
    windows = [window for window in windows_from(result, WEEKLY) if window.phase != PRESALE]
    windows += [window for window in windows_from(result, WHOLE) if window.phase == PRESALE]
    windows = list(windows_held(result, windows))
    pairs = [
        (window, row)
        for window in windows
        for row in window_rows(window, result, starts_on, products, packing_fen)
        if row.closes_at > at
    ]
    return PlannedRows(tuple(windows), tuple(pairs))


def still_open(problem: Mapping[str, Any]) -> dict[str, int]:
    """Packs that last week's windows may go on selling until they close, by key; none but in a Monday's small hours."""
    return {row["window"]: row["packs"] for row in problem.get("open_before", ())}


def window_rows(
    window: Window, result: Result, starts_on: date, products: Mapping[int, PoolProduct], packing_fen: int
) -> list[WindowPlanRow]:
    """The windows of one stretch of the plan, one a product, with dates for buckets and whole packs for kilograms."""
    first_day = starts_on + timedelta(weeks=window.first_bucket)
    last_day = starts_on + timedelta(weeks=window.last_bucket, days=6)
    ship_day = starts_on + timedelta(weeks=window.ship_from)
    ship_end = starts_on + timedelta(weeks=window.ship_by, days=6)
    is_presale = window.phase == PRESALE
    picked = _picked(window, result.data, starts_on)
    rows = []
    for product_id, packs in window.packs:
        product = products[int(product_id)].product
        anchor = ship_day if is_presale else first_day
        rows.append(
            WindowPlanRow(
                key=f"{product.slug}/{'P' if is_presale else 'W'}/{anchor.isoformat()}"[:128],
                product_id=product.pk,
                phase=Phase(window.phase.upper()),
                opens_at=clock.shanghai(first_day, OPENING_HOUR),
                closes_at=clock.shanghai(last_day + timedelta(days=1), OPENING_HOUR),
                ships_from=ship_day,
                ships_by=ship_end if is_presale else ship_end + timedelta(days=AFTER_WEEK_DAYS),
                picked_from=picked[0] if window.phase != STORED else None,
                picked_to=picked[1] if window.phase != STORED else None,
                dispatch_days=None if is_presale else DISPATCH_DAYS,
                more_packs=packs,
                price_fen=price_rounded(round(window.price * product.net_weight_g / G_PER_KG) + packing_fen),
            )
        )
    return rows


def _picked(window: Window, data: Problem, starts_on: date) -> tuple[date, date]:
    """The first and the last day on which what feeds a window is picked; a few packs of a fresh one may be older."""
    weeks = []
    for source in window.sources:
        index = int(source.row[source.row.index("[") + 1 : -1])
        is_there = source.row.startswith("on_hand")
        weeks.append(-data.on_hand[index].age if is_there else data.supply[index].bucket)
    return starts_on + timedelta(weeks=min(weeks)), starts_on + timedelta(weeks=max(weeks), days=6)


def rows_less_sold(
    rows: Sequence[WindowPlanRow], sold: Sequence[SoldSince], products: Mapping[int, PoolProduct]
) -> list[WindowPlanRow]:
    """
    Take what was sold since out of what rows may still sell: out of the same window first.

    What that window no longer has comes out of others of its grade, those first that ship no later than it, the nearest
    before the others; whole packs, so rather one too many than one too few.
    """
    left = {row.key: row.more_packs for row in rows}
    grade_of = {product_id: item.product.grade_id for product_id, item in products.items()}
    weight_of = {product_id: item.product.net_weight_g for product_id, item in products.items()}
    missing: dict[SoldSince, int] = defaultdict(int)
    for sale in sold:
        taken = min(left.get(sale.key, 0), sale.packs)
        if sale.key in left:
            left[sale.key] -= taken
        if sale.packs > taken:
            missing[sale] = (sale.packs - taken) * weight_of[sale.product_id]
    for sale, grams in sorted(missing.items(), key=lambda pair: (pair[0].ships_by, pair[0].key)):
        others = [row for row in rows if grade_of[row.product_id] == grade_of[sale.product_id]]
        near = sorted(others, key=lambda row: (row.ships_by > sale.ships_by, abs((row.ships_by - sale.ships_by).days)))
        for row in near:
            packs = min(left[row.key], -(-grams // weight_of[row.product_id]))
            left[row.key] -= packs
            grams -= packs * weight_of[row.product_id]
            if grams <= 0:
                break
    return [replace(row, more_packs=left[row.key]) for row in rows]
