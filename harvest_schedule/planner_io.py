"""
Rows to the planner's instance and back. All converting and rounding happens here, once.

Weeks from Monday to Sunday in Shanghai are the buckets; masses are kilograms and money fen inside the instance, so
that the solver's figures stay near one. A spot row is what a week's buyers take, shipped within that week (or after
the carriers' pause); a presale row is bought two to six weeks before the week that ships it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from harvest_schedule.demand import carriers_stop
from harvest_schedule.forecasting import PastHarvest, expected_rows
from harvest_schedule.models import Harvest
from harvest_schedule.on_hand import OnHandRow
from harvest_schedule.planner.atp import critical_ratio
from harvest_schedule.planner.phenology import DateNews
from harvest_schedule.planner_io_demand import Weeks, presale_rows, spot_rows
from harvest_schedule.planner_io_replan import Before, facts_of, replan_add
from marketplace.cooperatives.models import PoolProduct, SupplyPool
from marketplace.foundation.clock import business_date
from marketplace.foundation.units import G_PER_KG
from marketplace.order.models import Line

#: A year, and as far beyond it as a presale looks ahead.
WEEKS = 52 + 6
#: What a buyer gets on top of the refund when a promise is broken, as a share of the price; own estimate.
GOODWILL_SHARE = 0.3
#: Yuan per kg and month, turned into fen per kg and week (demand_and_events.md, section 3).
HOLD_COST_FEN_PER_KG_WEEK = {"AMBIENT": 0.4, "COLD": 1.5}
LOSS_PER_WEEK = {"AMBIENT": 0.006, "COLD": 0.004}
#: Weeks that a product stays on sale once it is.
MIN_RUN = 2
#: Weeks open and close at this hour in Shanghai.
OPENING_HOUR = 8
#: Days on the road where nothing is known of the hub's carriers.
TRANSIT_DAYS = 4
#: A parcel leaves within so many days of the order.
PACKING_DAYS = 2


@dataclass(frozen=True)
class StillOpen:
    """A window of the week before, which is on sale until this week's open, and how many packs it may still sell."""

    key: str
    grade_id: int
    packs: int
    net_weight_g: int
    ships_from: date
    ships_by: date


@dataclass(frozen=True)
class PoolInput:
    """Everything a plan of one pool is made from, read at one moment."""

    pool: SupplyPool
    products: tuple[PoolProduct, ...]
    harvests: tuple[Harvest, ...]
    picked_g: dict[int, int]
    past: tuple[PastHarvest, ...]
    on_hand: tuple[OnHandRow, ...]
    open_lines: tuple[Line, ...]
    floors: dict[int, int]
    listed_weeks: int
    num_pools_at_hub: int
    #: The plan in force and this week's calls; no fact of the field, so it is in no hash.
    before: Before = field(default_factory=Before)
    #: The pool's part of each of its hub's stores, by mode and Monday; without it the stores are shared equally.
    shares_g: Mapping[tuple[str, date], int] = field(default_factory=dict)
    #: What weather or bloom say of dates, by harvest id.
    ripening: Mapping[int, DateNews] = field(default_factory=dict)
    #: At worst, to the farthest province that the hub's carriers serve.
    transit_days: int = TRANSIT_DAYS
    still_open: tuple[StillOpen, ...] = ()


@dataclass(frozen=True)
class Instance:
    """The neutral instance with what its rows stand for in the shop."""

    problem: dict[str, Any]
    starts_on: date
    #: Harvest id of each supply row.
    harvest_ids: tuple[int, ...]

    @property
    def hash(self) -> str:
        """Of the facts alone; what the plan in force adds does not count, so publishing a plan changes no hash."""
        facts = {
            "problem": facts_of(self.problem),
            "starts_on": self.starts_on.isoformat(),
            "harvests": self.harvest_ids,
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def week_start(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def bucket_of(starts_on: date, day: date) -> int:
    return (day - starts_on).days // 7


def instance_build(data: PoolInput, at: datetime) -> Instance:
    """Return the planner's question for one pool at a moment."""
    today = business_date(at)
    starts_on = week_start(today)
    produce = data.pool.produce
    supply, harvest_ids = _supply(data, starts_on, today)
    closed = _closed(starts_on)
    weeks = Weeks(starts_on, today, WEEKS, frozenset(closed))
    presale = presale_rows(data, weeks, supply)
    life = _life(data)
    keeps_until = today + timedelta(days=_days_after_sending(data))
    on_hand = [row for row in data.on_hand if row.best_before >= keeps_until]
    for row in on_hand:
        # A lot of what does not keep a week can still be sent this week.
        life.setdefault(row.mode, 0)
    problem: dict[str, Any] = {
        "buckets": WEEKS,
        "produce": [{"id": produce.slug, "life": life}],
        "storage": _stores(data, starts_on),
        "supply": supply,
        "demand": [*spot_rows(data, weeks, keeps_a_week=any(life.values())), *presale],
        "on_hand": [_lot(row, data, today) for row in on_hand],
        "committed": _committed(data, starts_on),
        "products": [
            {
                "id": str(item.product_id),
                "produce": produce.slug,
                "grade": str(item.product.grade_id),
                "net_weight": item.product.net_weight_g / G_PER_KG,
            }
            for item in data.products
        ],
        "listing": {produce.slug: {"min_run": MIN_RUN}},
        # What is sold ahead as the next picking is sent as it is picked, never out of a store.
        "channels": {row["channel"]: {"life_at_arrival": max(life.values(), default=0)} for row in presale},
        "closed": {data.pool.hub.code: closed},
        "initial_run": {produce.slug: data.listed_weeks},
        "open_end": True,
        "salvage": 0,
        # Picking and keeping follow what is expected; only what is listed is held to what is sure.
        "promise_rule": "windows",
        "open_before": [_open_before(row, produce.slug, starts_on) for row in data.still_open],
    }
    replan_add(
        problem,
        starts_on=starts_on,
        harvest_ids=harvest_ids,
        open_line_ids=[line.pk for line in data.open_lines],
        before=data.before,
    )
    return Instance(problem, starts_on, harvest_ids)


def _life(data: PoolInput) -> dict[str, int]:
    """Weeks the produce keeps in each store, less what it needs for packing, on the road and at the buyer's door."""
    produce = data.pool.produce
    need = PACKING_DAYS + _days_after_sending(data)
    days = {"AMBIENT": produce.storage_days_ambient, "COLD": produce.storage_days_cold}
    life = {mode: (kept - need) // 7 for mode, kept in days.items() if kept and kept - need >= 7}
    if not life and not any(days.values()):
        life = {"AMBIENT": WEEKS}
    return {mode: min(weeks, 2 * WEEKS) for mode, weeks in life.items()}


def _days_after_sending(data: PoolInput) -> int:
    """Days that goods must still keep when they leave."""
    return data.transit_days + max((item.product.life_at_arrival_days for item in data.products), default=2)


def _stores(data: PoolInput, starts_on: date) -> list[dict[str, Any]]:
    """The hub's two stores: the pool's share of each by week, or an equal part where nobody has divided them yet."""
    hub = data.pool.hub
    capacity = {"AMBIENT": hub.ambient_capacity_g, "COLD": hub.cold_capacity_g}
    equal = {mode: grams // data.num_pools_at_hub / G_PER_KG for mode, grams in capacity.items()}
    share = {(mode, bucket_of(starts_on, week)): grams / G_PER_KG for (mode, week), grams in data.shares_g.items()}
    is_dry = not data.pool.produce.is_fresh
    return [
        {
            "id": f"{hub.code}/{mode}",
            "hub": hub.code,
            "mode": mode,
            "capacity": [share.get((mode, bucket), equal[mode]) for bucket in range(WEEKS)] if share else equal[mode],
            "loss": 0 if is_dry else LOSS_PER_WEEK[mode],
            "hold_cost": HOLD_COST_FEN_PER_KG_WEEK[mode],
        }
        for mode in ("AMBIENT", "COLD")
    ]


def _supply(data: PoolInput, starts_on: date, today: date) -> tuple[list[dict[str, Any]], tuple[int, ...]]:
    harvests = {harvest.pk: harvest for harvest in data.harvests}
    expected = expected_rows(
        data.harvests,
        picked_g=data.picked_g,
        past=data.past,
        quantiles=_promise_quantiles(data),
        starts_on=starts_on,
        today=today,
        num_weeks=WEEKS,
        ripening=data.ripening,
    )
    rows = [
        {
            "coop": harvests[row.harvest_id].cooperative.code,
            "hub": data.pool.hub.code,
            "produce": data.pool.produce.slug,
            "grade": str(row.grade_id),
            "bucket": row.bucket,
            "qty": row.expected_g / G_PER_KG,
            "promise_qty": row.promise_g / G_PER_KG,
            "cost": data.floors.get(harvests[row.harvest_id].cooperative_id, 0),
        }
        for row in expected
    ]
    return rows, tuple(row.harvest_id for row in expected)


def _promise_quantiles(data: PoolInput) -> dict[int, float]:
    """
    How sure a promise must be, by grade: the margin lost without it against what a broken one costs.

    A promise not made is a sale not made, and the goods fetch nothing else. A promise broken costs the refund and what
    is given on top.
    """
    floor = max(data.floors.values(), default=0)
    found: dict[int, float] = {}
    for item in data.products:
        price = (item.base_price_fen - data.pool.packing_fen_per_pack) * G_PER_KG / item.product.net_weight_g
        ratio = critical_ratio(price - floor, max(price, 0) * (1 + GOODWILL_SHARE))
        grade_id = item.product.grade_id or 0
        found[grade_id] = min(ratio, found.get(grade_id, 1.0))
    return found


def _lot(row: OnHandRow, data: PoolInput, today: date) -> dict[str, Any]:
    """A lot in store; its cooperative is paid its floor when it is sold, as for what is still on the tree."""
    return {
        "hub": data.pool.hub.code,
        "produce": data.pool.produce.slug,
        "grade": str(row.grade_id),
        "mode": row.mode,
        "age": max(0, (today - row.picked_on).days // 7),
        "qty": row.grams / G_PER_KG,
        "cost": max(data.floors.values(), default=0),
    }


def _open_before(row: StillOpen, produce: str, starts_on: date) -> dict[str, Any]:
    """Publishing reads ``window`` and ``packs``, the planner the rest."""
    first = max(0, bucket_of(starts_on, row.ships_from))
    return {
        "produce": produce,
        "grade": str(row.grade_id),
        "from": first,
        "to": max(first, bucket_of(starts_on, row.ships_by)),
        "qty": round(row.packs * row.net_weight_g / G_PER_KG, 3),
        "window": row.key,
        "packs": row.packs,
    }


def _committed(data: PoolInput, starts_on: date) -> list[dict[str, Any]]:
    """Packs held or sold and not yet drawn. Those overdue are due now."""
    grade_of = {item.product_id: str(item.product.grade_id) for item in data.products}
    merged: dict[tuple[str, int, int, int], float] = {}
    for line in data.open_lines:
        first = min(max(0, bucket_of(starts_on, line.ships_from)), WEEKS - 1)
        last = min(max(first, bucket_of(starts_on, line.ships_by)), WEEKS - 1)
        penalty = round(3 * line.unit_price_fen / line.net_weight_g * G_PER_KG)
        key = (grade_of[line.product_id or 0], first, last, penalty)
        merged[key] = merged.get(key, 0) + line.weight_g / G_PER_KG
    return [
        {
            "produce": data.pool.produce.slug,
            "grade": grade,
            "from": first,
            "to": last,
            "qty": round(qty, 3),
            "short_penalty": penalty,
        }
        for (grade, first, last, penalty), qty in sorted(merged.items())
    ]


def _closed(starts_on: date) -> list[int]:
    return [bucket for bucket in range(WEEKS - 1) if carriers_stop(starts_on + timedelta(weeks=bucket))]
