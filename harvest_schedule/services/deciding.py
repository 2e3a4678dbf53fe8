"""
What becomes of a solved plan: it publishes itself, or waits for a person, and what can no longer be promised is taken
off sale at once either way.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from catalog.partner.bulk import windows_cut, windows_lock
from catalog.partner.models import Phase, StockRecord
from harvest_schedule.models import SeasonPlan
from harvest_schedule.planned_rows import AFTER_WEEK_DAYS
from harvest_schedule.planner.promises_kept import OnSale, promises_kept
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.stop import MaxRuntime
from harvest_schedule.selectors.plan_comparison import plan_comparison
from harvest_schedule.selectors.sold_since import sold_since
from harvest_schedule.services.bounds import bounds_of, hold_reasons
from harvest_schedule.services.publishing import answer_read, frozen_until, plan_lock, plan_publish
from harvest_schedule.services.shortfalls import shortfalls_update
from harvest_schedule.states import PLAN_MOVES, PlanStatus
from marketplace.cooperatives.models import PoolProduct, SupplyPool
from marketplace.foundation.transitions import move
from marketplace.foundation.units import G_PER_KG

#: Seconds for the linear program that says what can still be promised; it takes a few hundredths.
CUT_TIME_LIMIT_S = 5.0


@transaction.atomic
def plan_decide(*, plan_id: int, at: datetime, actor: Any = None, result: Result | None = None) -> SeasonPlan:
    """
    Publish a solved plan, or keep it as the pool's draft with the reasons why it waits.

    The first plan of a pool is published. A later one publishes itself when it stays inside the pool's bounds; else it
    waits, but windows that promise more than can come fall at once to what can be kept, never below what is sold, and
    a shortfall case opens where even that cannot come. A newer draft supersedes an older one. Decided twice is decided
    once.

    Parameters
    ----------
    actor
        The person who asked for the plan; the first plan of a pool is theirs.
    result
        The plan's answer where the caller has it at hand; else it is read from the row.

    Raises
    ------
    UnableToPublishPlan
        If the plan's answer cannot be read back.
    """
    plan, pool = plan_lock(plan_id)
    if plan.status != PlanStatus.SOLVED or plan.changes:
        return plan
    others = SeasonPlan.objects.filter(pool=pool, status__in=(PlanStatus.SOLVED, PlanStatus.PUBLISHED)).exclude(
        pk=plan.pk
    )
    if others.filter(created_at__gt=plan.created_at).exists():
        move(plan, PlanStatus.SUPERSEDED, moves=PLAN_MOVES, at=at, reason="a plan made later is there")
        return plan
    for older in others.filter(status=PlanStatus.SOLVED):
        move(older, PlanStatus.SUPERSEDED, moves=PLAN_MOVES, at=at, reason=f"plan {plan.pk} is the newer draft")
    result = result or answer_read(plan)
    in_force = others.filter(status=PlanStatus.PUBLISHED).first()
    if in_force is None:
        return plan_publish(plan_id=plan.pk, result=result, at=at, actor=actor)
    comparison = plan_comparison(plan, in_force, pool, result, at)
    plan.changes = comparison.to_json(at)
    plan.hold_reasons = hold_reasons(bounds_of(pool), plan, result, comparison.extent)
    plan.frozen_until = frozen_until(plan)
    plan.save(update_fields=["changes", "hold_reasons", "frozen_until"])
    if not plan.hold_reasons:
        return plan_publish(plan_id=plan.pk, result=result, at=at)
    _hold(plan, pool, result, at)
    return plan


def _hold(plan: SeasonPlan, pool: SupplyPool, result: Result, at: datetime) -> None:
    """Leave the plan to a person; what it says that cannot wait is done."""
    products = {item.product_id: item for item in PoolProduct.objects.filter(pool=pool).select_related("product")}
    plan.changes["cut"] = _cut(plan, pool, products, result, at)
    plan.save(update_fields=["changes"])
    shortfalls_update(plan=plan, product_ids=list(products), at=at)


def _cut(
    plan: SeasonPlan, pool: SupplyPool, products: dict[int, PoolProduct], result: Result, at: datetime
) -> dict[str, int]:
    """Lower what windows in force may still sell to what can be kept; returns windows and packs taken off sale."""
    windows = list(
        windows_lock(seller_id=pool.seller_id, product_ids=list(products), keys=(), at=at).values(),
    )
    since = {sale.key: sale.packs for sale in sold_since(plan, list(products))}
    # What was sold since the question was read is not in it: it counts as still to be sold.
    open_packs = [
        max(window.num_in_stock - window.num_allocated, 0) + since.get(window.partner_sku or "", 0)
        for window in windows
    ]
    asked = [
        _on_sale(window, packs, plan, pool, products[window.product_id])
        for window, packs in zip(windows, open_packs, strict=True)
    ]
    kept = promises_kept(result.data, asked, MaxRuntime(CUT_TIME_LIMIT_S))
    caps = {}
    for window, packs, row, kilograms in zip(windows, open_packs, asked, kept, strict=True):
        keeps = packs if kilograms >= row.qty * (1 - 1e-6) else int(kilograms / _kg(products[window.product_id]) + 1e-6)
        caps[window.pk] = window.num_in_stock - (packs - keeps)
    before = {window.pk: window.num_in_stock - window.num_allocated for window in windows}
    num_windows = windows_cut(caps=caps, at=at)
    after = StockRecord.objects.filter(pk__in=before).values_list("pk", "num_in_stock", "num_allocated")
    return {
        "windows": num_windows,
        "packs": sum(before[pk] - (in_stock - allocated) for pk, in_stock, allocated in after),
    }


def _on_sale(window: StockRecord, packs: int, plan: SeasonPlan, pool: SupplyPool, item: PoolProduct) -> OnSale:
    def bucket(day: Any) -> int:
        return min(max((day - plan.starts_on).days // 7, 0), plan.num_buckets - 1)

    is_presale = window.phase == Phase.PRESALE
    # A week's window ships a few days into the next one; that is no time to pick for it.
    last_day = window.ships_by if is_presale else window.ships_by - timedelta(days=AFTER_WEEK_DAYS)
    first, last = bucket(window.ships_from), bucket(last_day)
    return OnSale(
        product=str(window.product_id),
        produce=pool.produce.slug,
        grade=str(item.product.grade_id),
        first=first,
        last=max(first, last),
        qty=packs * _kg(item),
        ships_as_picked=is_presale,
    )


def _kg(item: PoolProduct) -> float:
    return item.product.net_weight_g / G_PER_KG
