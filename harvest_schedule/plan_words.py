"""Why a plan is as it is, in the shop's words: kilograms, yuan, dates of weeks, names of cooperatives and stores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from harvest_schedule.models import SeasonPlan
from harvest_schedule.planner.explain import Reason, explain
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.windows import Window
from harvest_schedule.planner.wording import Units
from marketplace.cooperatives.models import PoolMember, SupplyPool

#: A kilogram more that earns less than this is not spoken of.
LITTLE_FEN = 10.0


def plan_reasons(
    result: Result, windows: Sequence[Window], plan: SeasonPlan, pool: SupplyPool
) -> dict[str, list[Reason]]:
    """Return the reasons by subject: a window's key, ``supply[3]``, or ``plan``."""
    found: dict[str, list[Reason]] = defaultdict(list)
    for reason in explain(result, windows, pool_units(pool, plan.starts_on)):
        # A screen shows a window's dates as dates.
        if not reason.key.startswith("window.dates"):
            found[reason.subject].append(reason)
    return found


def pool_units(pool: SupplyPool, starts_on: date) -> Units:
    """How a pool's figures are said; buckets are weeks from ``starts_on`` on."""
    names = {pool.produce.slug: (pool.produce.name_zh, pool.produce.name_en)}
    names[pool.hub.code] = (pool.hub.name_zh, pool.hub.name_en)
    names[f"{pool.hub.code}/AMBIENT"] = (f"{pool.hub.name_zh}常温库", f"the ambient store of {pool.hub.name_en}")
    names[f"{pool.hub.code}/COLD"] = (f"{pool.hub.name_zh}冷库", f"the cold store of {pool.hub.name_en}")
    for member in PoolMember.objects.filter(pool=pool).select_related("cooperative"):
        names[member.cooperative.code] = (member.cooperative.name_zh, member.cooperative.name_en)

    def week(bucket: int) -> date:
        return starts_on + timedelta(weeks=bucket)

    return Units(
        qty_zh=" kg",
        qty_en="kg",
        money_divisor=100,
        money_zh=" 元",
        money_en="yuan",
        one_zh="公斤",
        one_en="kg",
        price_note=("（不含包装）", ", packing not counted"),
        step_zh="周",
        steps_en=("week", "weeks"),
        bucket_zh=lambda bucket: f"{week(bucket):%-m月%-d日}那周",
        bucket_en=lambda bucket: f"the week of {week(bucket):%-d %b}",
        names=names,
        source_cost=("底价", "the growers' floor price"),
        little=LITTLE_FEN,
        rounds_qty=True,
    )
