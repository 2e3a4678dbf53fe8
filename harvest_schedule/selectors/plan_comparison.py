"""
A solved plan held against the plan in force: every window that would change with the reason, and the figures of both.

The windows in force are compared as they stand now, the new ones as publishing would leave them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.partner.bulk import windows_preview
from catalog.partner.models import StockRecord
from harvest_schedule.models import Harvest, PlanUptake, PlanWindow, SeasonPlan
from harvest_schedule.plan_words import pool_units
from harvest_schedule.planned_rows import planned_rows, rows_less_sold, still_open
from harvest_schedule.planner.change_facts import Asked
from harvest_schedule.planner.change_reasons import Why
from harvest_schedule.planner.plan_changes import (
    Change,
    Comparison,
    Extent,
    PlannedWindow,
    Totals,
    compare,
    extent,
    totals,
)
from harvest_schedule.planner.result import Result
from harvest_schedule.selectors.sold_since import sold_since
from marketplace.cooperatives.models import PoolProduct, SupplyPool
from marketplace.foundation.clock import business_date
from marketplace.foundation.models import OutboxMessage
from marketplace.foundation.units import G_PER_KG


@dataclass(frozen=True)
class PlanComparison:
    """Two plans side by side. ``lines`` are the changes with their reasons, as they are stored."""

    base: SeasonPlan
    compared: Comparison
    before: Totals
    after: Totals
    extent: Extent
    lines: list[dict[str, Any]]
    harvests: list[dict[str, Any]]
    worth_fen: dict[str, int | None]

    def to_json(self, at: datetime) -> dict[str, Any]:
        """What `SeasonPlan.changes` holds."""
        return {
            "base_id": self.base.pk,
            "compared_at": at.isoformat(),
            "lines": self.lines,
            "num_unchanged": self.compared.num_unchanged,
            "totals": {"before": self.before.to_json(), "after": self.after.to_json()},
            "worth_fen": self.worth_fen,
            "extent": self.extent.to_json(),
            "harvests": self.harvests,
        }


def plan_comparison(
    plan: SeasonPlan, base: SeasonPlan, pool: SupplyPool, result: Result, at: datetime
) -> PlanComparison:
    """Compare a solved plan of a pool with the plan in force."""
    products = {item.product_id: item for item in PoolProduct.objects.filter(pool=pool).select_related("product")}
    planned = planned_rows(
        result, starts_on=plan.starts_on, products=products, packing_fen=pool.packing_fen_per_pack, at=at
    )
    planned = planned.with_rows(rows_less_sold(planned.rows, sold_since(plan, list(products)), products))
    pairs = windows_preview(
        seller_id=pool.seller_id,
        product_ids=list(products),
        rows=planned.rows,
        at=at,
        still_open=still_open(plan.instance["problem"]),
    )
    weight_of = {product_id: item.product.net_weight_g for product_id, item in products.items()}
    old_rows = dict(PlanWindow.objects.filter(plan=base).values_list("window_id", "solver_rows"))
    new_rows = {row.key: window.rows for window, row in planned.pairs}
    before = _windows(
        (window for window, _after in pairs if window is not None and window.closes_at > at),
        weight_of,
        lambda window: old_rows.get(window.pk, ()),
    )
    after = _windows(
        (window for _before, window in pairs if window.closes_at > at),
        weight_of,
        lambda window: new_rows.get(window.partner_sku or "", ()),
    )
    compared = compare(before, after)
    old, new = asked_of(base), asked_of(plan)
    why = Why(old, new, _sold_kg(base, products), pool_units(pool, plan.starts_on), _stock_change_kg(base, pool))
    return PlanComparison(
        base=base,
        compared=compared,
        before=totals(before),
        after=totals(after),
        extent=extent(compared.changes, before, old.ends_on),
        lines=[_line(change, why) for change in compared.changes],
        harvests=_harvests(base, plan, old, new),
        worth_fen={"before": base.objective_fen, "after": round(result.objective + result.breakdown.changes)},
    )


def asked_of(plan: SeasonPlan) -> Asked:
    """A stored plan as the pure comparison reads it."""
    return Asked(
        problem=plan.instance["problem"],
        answer=plan.result,
        starts_on=plan.starts_on,
        harvest_ids=plan.instance["harvest_ids"],
        today=business_date(plan.created_at),
    )


def _windows(windows: Iterable[StockRecord], weight_of: Mapping[int, int], rows_of: Any) -> list[PlannedWindow]:
    """Windows that hold or offer anything."""
    return [
        PlannedWindow(
            key=window.partner_sku or "",
            product=str(window.product_id),
            phase=window.phase,
            opens_on=business_date(window.opens_at),
            closes_on=business_date(window.closes_at),
            ships_from=window.ships_from,
            ships_by=window.ships_by,
            cap=window.num_in_stock,
            sold=window.num_allocated,
            price_fen=window.price_fen,
            weight_g=weight_of[window.product_id],
            rows=tuple(rows_of(window)),
        )
        for window in windows
        if window.num_in_stock
    ]


def _line(change: Change, why: Why) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "before": change.before.to_json() if change.before else None,
        "after": change.after.to_json() if change.after else None,
        "packs": change.packs,
        "price_fen": change.price_fen,
        "days": change.days,
        "reasons": [reason.to_json() for reason in why.reasons(change)],
    }


def _stock_change_kg(base: SeasonPlan, pool: SupplyPool) -> float:
    """What was written off (below zero), held back, found or released in store since the plan in force was made."""
    told = OutboxMessage.objects.filter(
        topic="stock.changed",
        created_at__gt=base.created_at,
        payload__hub_id=pool.hub_id,
        payload__produce_id=pool.produce_id,
    ).values_list("payload__grams", flat=True)
    return sum(told) / G_PER_KG


def _sold_kg(base: SeasonPlan, products: Mapping[int, PoolProduct]) -> dict[str, float]:
    """What was sold of each grade since the plan in force was made."""
    sold: dict[str, float] = defaultdict(float)
    for sale in sold_since(base, list(products)):
        product = products[sale.product_id].product
        sold[str(product.grade_id)] += sale.packs * product.net_weight_g / G_PER_KG
    return dict(sold)


def _harvests(base: SeasonPlan, plan: SeasonPlan, old: Asked, new: Asked) -> list[dict[str, Any]]:
    """What both plans take of each harvest from this week on, in grams, beside what is expected to come."""
    first = plan.starts_on
    rows: dict[int, dict[str, int]] = defaultdict(
        lambda: {"before_g": 0, "after_g": 0, "expected_before_g": 0, "expected_after_g": 0}
    )
    uptakes = PlanUptake.objects.filter(plan=base, starts_on__gte=first).values_list("harvest_id", "uptake_g")
    for harvest_id, grams in uptakes:
        rows[harvest_id]["before_g"] += grams
    for harvest_id, _grade, grams in plan.instance["problem"].get("shop", {}).get("delivered_g", ()):
        # Of the running week the plan in force counts what was handed over; the new one begins after it.
        rows[harvest_id]["before_g"] = max(rows[harvest_id]["before_g"] - grams, 0)
    for taken in plan.result["uptake"]:
        rows[plan.instance["harvest_ids"][taken["supply"]]]["after_g"] += round(taken["qty"] * G_PER_KG)
    for asked, name in ((old, "expected_before_g"), (new, "expected_after_g")):
        for (harvest_id, _grade, monday), qty in asked.qty.items():
            if monday >= first:
                rows[harvest_id][name] += round(qty * G_PER_KG)
    return [
        {
            "harvest_id": harvest.pk,
            "coop_zh": harvest.cooperative.name_zh,
            "coop_en": harvest.cooperative.name_en,
            "starts_on": harvest.starts_on.isoformat(),
            "ends_on": harvest.ends_on.isoformat(),
        }
        | rows[harvest.pk]
        for harvest in _in_order(rows)
        if any(rows[harvest.pk].values())
    ]


def _in_order(harvest_ids: Iterable[int]) -> Sequence[Harvest]:
    harvests = Harvest.objects.filter(pk__in=list(harvest_ids)).select_related("cooperative")
    return list(harvests.order_by("starts_on", "pk"))
