"""
What people ask in days, tonnes and yuan, into changes to an instance; and what a result comes to, into what is kept.

A change of the shop is plain data, as it is kept with the question:

- ``{"kind": "move", "harvest": 12, "days": 5}`` and ``{"kind": "lose", "harvest": 12, "permille": 300}``
- ``{"kind": "storage", "mode": "COLD", "grams": 5000000}``
- ``{"kind": "contract", "grade": 3, "from": "2026-12-07", "to": "2026-12-28", "grams": 500000, "price_fen": 620,
  "penalty_fen": 200}``: grams a week, money a kilogram, weeks by their Mondays
- ``{"kind": "band", "permille": 200}``, dropped where ``permille`` is null
- ``{"kind": "demand", "permille": 100}`` and ``{"kind": "price", "permille": -100}``: that much more or less

Weeks are the planner's buckets, so a day is a seventh of one (see ``planner/what_if.py`` for what a part of a bucket
means).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from harvest_schedule.models import SeasonPlan
from harvest_schedule.plan_words import plan_reasons
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.season_figures import SeasonFigures, season_figures
from harvest_schedule.planner.what_if import Changed
from harvest_schedule.planner.windows import PRESALE, WindowParams, windows_from
from harvest_schedule.planner_io import Instance, bucket_of
from marketplace.cooperatives.models import SupplyPool
from marketplace.foundation.units import G_PER_KG

DAYS_PER_BUCKET = 7
WHOLE_PERMILLE = 1000
Kept = dict[str, Any]


def rows_of_harvests(instance: Instance, harvest_ids: Iterable[int]) -> list[int]:
    """Return the supply rows that stand for some harvests."""
    wanted = set(harvest_ids)
    return [index for index, harvest_id in enumerate(instance.harvest_ids) if harvest_id in wanted]


def store_of(instance: Instance, mode: str) -> str | None:
    """Return the hub's store of a mode, by its name in the instance."""
    return next((str(row["id"]) for row in instance.problem["storage"] if row["mode"] == mode), None)


def neutral_changes(changes: Sequence[Mapping[str, Any]], instance: Instance) -> list[dict[str, Any]]:
    """Return the planner's changes for those of the shop, one for one and in the same order."""
    return [_neutral(change, instance) for change in changes]


def _neutral(change: Mapping[str, Any], instance: Instance) -> dict[str, Any]:
    kind = change["kind"]
    produce = instance.problem["produce"][0]["id"]
    if kind in ("move", "lose"):
        rows = rows_of_harvests(instance, [change["harvest"]])
        if kind == "move":
            return {"kind": kind, "rows": rows, "buckets": change["days"] / DAYS_PER_BUCKET}
        return {"kind": kind, "rows": rows, "share": change["permille"] / WHOLE_PERMILLE}
    if kind == "storage":
        return {"kind": kind, "store": store_of(instance, change["mode"]), "more": change["grams"] / G_PER_KG}
    if kind == "contract":
        return {
            "kind": kind,
            "produce": produce,
            "grade": str(change["grade"]),
            "from": bucket_of(instance.starts_on, date.fromisoformat(change["from"])),
            "to": bucket_of(instance.starts_on, date.fromisoformat(change["to"])),
            "qty": change["grams"] / G_PER_KG,
            "price": change["price_fen"],
            "short_penalty": change["penalty_fen"],
        }
    if kind == "band":
        beta = None if change["permille"] is None else change["permille"] / WHOLE_PERMILLE
        return {"kind": kind, "produce": produce, "beta": beta}
    return {"kind": kind, "produce": produce, "factor": 1 + change["permille"] / WHOLE_PERMILLE}


def season_kept(result: Result, asked: Changed, instance: Instance, pool: SupplyPool) -> Kept:
    """Return what is kept of a season for an officer: fen, grams, shares, a figure a week, and its windows."""
    figures = season_figures(result)
    coops: dict[str, dict[str, float]] = defaultdict(lambda: {"money": 0.0, "picked": 0.0, "there": 0.0})
    for index, row in enumerate(result.data.supply):
        line = coops[row.coop]
        line["money"] += figures.by_row.get(index, 0.0)
        line["picked"] += result.plan.uptake.get(index, 0.0)
        line["there"] += row.qty
    return {
        **_steadiness(result, figures, instance),
        "money_fen": round(figures.money),
        "revenue_fen": round(figures.revenue),
        "stock_fen": round(figures.from_stock),
        "there_g": _grams(figures.there),
        "picked_g": _grams(figures.picked),
        "sold_g": _grams(figures.sold),
        "contract_short_g": _grams(figures.contract_short),
        "committed_short_g": _grams(figures.committed_short),
        "fill_rate": figures.fill_rate,
        "share_sold": figures.share_sold,
        "coops": [
            {
                "code": code,
                "money_fen": round(line["money"]),
                "picked_g": _grams(line["picked"]),
                "there_g": _grams(line["there"]),
            }
            for code, line in sorted(coops.items())
        ],
        "sold_weeks_g": [_grams(qty) for qty in figures.weekly_sold],
        "stored_weeks_g": [_grams(qty) for qty in figures.weekly_stored],
        "picked_weeks_g": [_grams(qty) for qty in figures.weekly_picked],
        "windows": _windows(result),
        "remarks": _remarks(result, instance, pool),
    }


def own_kept(result: Result, asked: Changed, instance: Instance, cooperative_code: str) -> Kept:
    """
    Return what is kept for a grower: its own money and kilograms, and how steady the season is.

    Totals of the pool stay out: less one's own, they are the others'.
    """
    figures = season_figures(result)
    own = [index for index, row in enumerate(result.data.supply) if row.coop == cooperative_code]
    picked_weeks = [0.0] * result.data.buckets
    harvests: dict[int, dict[str, float]] = defaultdict(lambda: {"money": 0.0, "picked": 0.0, "there": 0.0})
    for index in own:
        row, taken = result.data.supply[index], result.plan.uptake.get(index, 0.0)
        line = harvests[instance.harvest_ids[asked.origin[index]]]
        line["money"] += figures.by_row.get(index, 0.0)
        line["picked"] += taken
        line["there"] += row.qty
        picked_weeks[row.bucket] += taken
    return {
        **_steadiness(result, figures, instance),
        "money_fen": round(sum(line["money"] for line in harvests.values())),
        "there_g": _grams(sum(line["there"] for line in harvests.values())),
        "picked_g": _grams(sum(line["picked"] for line in harvests.values())),
        "harvests": [
            {
                "harvest": harvest_id,
                "money_fen": round(line["money"]),
                "picked_g": _grams(line["picked"]),
                "there_g": _grams(line["there"]),
            }
            for harvest_id, line in sorted(harvests.items())
        ],
        "picked_weeks_g": [_grams(qty) for qty in picked_weeks],
    }


def _steadiness(result: Result, figures: SeasonFigures, instance: Instance) -> Kept:
    gap = result.to_json()["gap"]
    return {
        "starts_on": instance.starts_on.isoformat(),
        "status": result.status,
        "gap": gap,
        "weeks_on_sale": figures.buckets_on_sale,
        "num_weeks": result.data.buckets,
        "num_runs": figures.num_runs,
        "variation": figures.variation,
    }


def _windows(result: Result) -> list[Kept]:
    """The windows of every week, a presale in one piece: what a change of plan is told by."""
    weekly = [row for row in windows_from(result, WindowParams(max_buckets=1)) if row.phase != PRESALE]
    presale = [row for row in windows_from(result, WindowParams(max_buckets=8)) if row.phase == PRESALE]
    return [
        {
            "grade": int(row.grade),
            "phase": row.phase,
            "from": row.ship_from if row.phase == PRESALE else row.first_bucket,
            "grams": _grams(row.qty),
            "price_fen": round(row.price),
        }
        for row in [*presale, *weekly]
    ]


def _remarks(result: Result, instance: Instance, pool: SupplyPool) -> list[Kept]:
    """What binds the season as a whole, in the planner's words."""
    season = SeasonPlan(pool=pool, starts_on=instance.starts_on, num_buckets=result.data.buckets)
    reasons = plan_reasons(result, [], season, pool)
    return [
        {"zh": reason.zh, "en": reason.en}
        for subject, rows in reasons.items()
        if not subject.startswith("supply")
        for reason in rows
    ]


def _grams(kilograms: float) -> int:
    return round(kilograms * G_PER_KG)
