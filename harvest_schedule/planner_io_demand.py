"""
What buyers are expected to take, as demand rows of the planner's instance.

A spot row is what a week's buyers usually take, shipped within that week (or after the carriers' pause). Beside it
stands a second row for a week that wants more than usual, at the same price but with its chance: some goods are kept
for it, and nobody is told that they are sold. In the running week that row reaches further, and where goods keep to the
next week it counts whole: what nobody buys is still there then. A presale row is bought two to six weeks before the
week that ships it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from harvest_schedule.demand import LATER_UP_TO, THIS_WEEK_UP_TO, beyond_usual, chance_beyond_usual, week_factors
from marketplace.cooperatives.models import PoolProduct
from marketplace.foundation.units import G_PER_KG

if TYPE_CHECKING:
    from harvest_schedule.planner_io import PoolInput

PRESALE_FIRST, PRESALE_LAST = 6, 2
#: Of each stretch of four weeks of picking, the first week is the one sold ahead.
PRESALE_EVERY = 4
PRESALE_DISCOUNT = 0.93
#: Of two sales at one price the earlier one is served; a week counts too little to change any price in fen.
EARLIER_FIRST = 1e-6
PRESALE_SHARE = 0.8


@dataclass(frozen=True)
class Weeks:
    """The weeks that a question asks about: the first one's Monday, today, how many, and those without carriers."""

    starts_on: date
    today: date
    num: int
    closed: frozenset[int]

    def monday(self, bucket: int) -> date:
        return self.starts_on + timedelta(weeks=bucket)

    @property
    def left_of_first(self) -> float:
        """The part of the running week that is still to come."""
        return (7 - (self.today - self.starts_on).days) / 7


def spot_rows(data: PoolInput, weeks: Weeks, *, keeps_a_week: bool) -> list[dict[str, Any]]:
    """Return what each week's buyers take of each product, the usual and what may be wanted beyond it."""
    rows = []
    for item in data.products:
        for bucket in range(weeks.num):
            demand, price = week_factors(data.pool.produce, weeks.monday(bucket))
            usual = item.weekly_demand_packs * demand * (weeks.left_of_first if bucket == 0 else 1.0)
            packs = round(usual)
            if packs < 1:
                continue
            within = 0
            while bucket + within in weeks.closed:
                within += 1
            if bucket + within >= weeks.num:
                continue
            row = _demand_row(data, item, bucket, packs, price, "spot", ship_within=within)
            rows.append(row)
            up_to = THIS_WEEK_UP_TO if bucket == 0 else LATER_UP_TO
            more = round(usual * (1 + beyond_usual(up_to))) - packs
            if more >= 1:
                rows.append(
                    row
                    | {
                        "qty": _kilograms(item, more),
                        "chance": chance_beyond_usual(up_to),
                        "unsold_worth": row["price"] if bucket == 0 and keeps_a_week else 0,
                    }
                )
    return rows


def presale_rows(data: PoolInput, weeks: Weeks, supply: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is sold ahead, from six to two weeks before the week that ships it."""
    rows = []
    for item in data.products:
        grade = str(item.product.grade_id)
        picked = sorted({row["bucket"] for row in supply if row["grade"] == grade})
        for ship in _presale_weeks(picked, weeks.closed):
            for ahead in range(PRESALE_FIRST, PRESALE_LAST - 1, -1):
                bucket = ship - ahead
                if bucket < 0:
                    continue
                demand, price = week_factors(data.pool.produce, weeks.monday(ship))
                packs = round(item.weekly_demand_packs * demand * PRESALE_SHARE / (PRESALE_FIRST - PRESALE_LAST + 1))
                if packs < 1:
                    continue
                rows.append(
                    _demand_row(
                        data, item, bucket, packs, price * PRESALE_DISCOUNT, f"presale@{ship}", ship_after=ahead
                    )
                )
    return rows


def _presale_weeks(picked: Iterable[int], closed: frozenset[int]) -> list[int]:
    """The first of every four weeks of picking, and the last one before the carriers stop: goods for the feast."""
    weeks: list[int] = []
    for bucket in picked:
        if bucket in closed or bucket < PRESALE_LAST:
            continue
        if not weeks or bucket - weeks[-1] >= PRESALE_EVERY or bucket + 1 in closed:
            weeks.append(bucket)
    return weeks


def _demand_row(
    data: PoolInput,
    item: PoolProduct,
    bucket: int,
    packs: int,
    price_factor: float,
    channel: str,
    *,
    ship_after: int = 0,
    ship_within: int = 0,
) -> dict[str, Any]:
    price_fen = price_rounded(round(item.base_price_fen * price_factor))
    net_fen = price_fen - data.pool.packing_fen_per_pack
    return {
        "produce": data.pool.produce.slug,
        "grade": str(item.product.grade_id),
        "product": str(item.product_id),
        "channel": channel,
        "bucket": bucket,
        "qty": _kilograms(item, packs),
        "price": max(1, net_fen) / (item.product.net_weight_g / G_PER_KG) * (1 - EARLIER_FIRST * bucket),
        "ship_after": ship_after,
        "ship_within": ship_within,
    }


def _kilograms(item: PoolProduct, packs: int) -> float:
    return round(packs * item.product.net_weight_g / G_PER_KG, 3)


def price_rounded(price_fen: int) -> int:
    """Round a shop price to ten fen, and from fifty yuan to whole yuan, so that it reads as a price."""
    step = 10 if price_fen < 5000 else 100
    return max(step, round(price_fen / step) * step)
