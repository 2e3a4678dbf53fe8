"""
Making a solved plan the one its pool sells by.

Publishing brings the windows of the pool's products to the plan in one transaction and opens a shortfall case where
more was sold than the plan can deliver.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from catalog.partner.bulk import PublishedRow, WindowPlanRow, windows_publish
from catalog.partner.models import Phase
from harvest_schedule.models import PlanUptake, PlanWindow, SeasonPlan
from harvest_schedule.plan_words import plan_reasons
from harvest_schedule.planner.explain import Reason
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.windows import PRESALE, STORED, Window, WindowParams, windows_from
from harvest_schedule.planner_io import OPENING_HOUR, price_rounded
from harvest_schedule.services.shortfalls import shortfalls_update
from harvest_schedule.states import PLAN_MOVES, PlanStatus
from marketplace.cooperatives.models import PoolProduct, SupplyPool
from marketplace.foundation import clock
from marketplace.foundation.transitions import move
from marketplace.foundation.units import G_PER_KG

#: Fresh and stored packs leave within this many days of the order.
DISPATCH_DAYS = 2
#: A window of a week may still leave so many days after the week, for what was bought on its last evening.
AFTER_WEEK_DAYS = 2
WEEKLY, WHOLE = WindowParams(max_buckets=1), WindowParams(max_buckets=8)


class UnableToPublishPlan(Exception):
    """The plan is not solved, or a newer one is in force."""


@transaction.atomic
def plan_publish(*, plan_id: int, result: Result, at: datetime, actor: Any = None) -> SeasonPlan:
    """
    Make a solved plan the one its pool sells by; the plan in force is superseded.

    Shoppers and cooperatives see it at once.

    Raises
    ------
    UnableToPublishPlan
        If the plan is not solved, or one made later is in force.
    """
    plan = SeasonPlan.objects.get(pk=plan_id)
    pool = SupplyPool.objects.select_for_update(of=("self",)).select_related("produce", "hub").get(pk=plan.pool_id)
    in_force = SeasonPlan.objects.filter(pool=pool, status=PlanStatus.PUBLISHED).first()
    if in_force is not None and in_force.created_at > plan.created_at:
        raise UnableToPublishPlan("a plan made later is in force")
    if plan.status != PlanStatus.SOLVED:
        raise UnableToPublishPlan(f"the plan is {plan.status}")
    products = {item.product_id: item for item in PoolProduct.objects.filter(pool=pool).select_related("product")}
    windows = [window for window in windows_from(result, WEEKLY) if window.phase != PRESALE]
    windows += [window for window in windows_from(result, WHOLE) if window.phase == PRESALE]
    pairs = [
        (window, row)
        for window in windows
        for row in window_rows(window, result, plan.starts_on, products, pool.packing_fen_per_pack)
        if row.closes_at > at
    ]
    published = windows_publish(
        seller_id=pool.seller_id, product_ids=list(products), rows=[row for _window, row in pairs], at=at
    )
    if in_force is not None:
        move(in_force, PlanStatus.SUPERSEDED, moves=PLAN_MOVES, at=at, actor=actor)
    reasons = plan_reasons(result, windows, plan, pool)
    keys = {window.key for window in windows}
    said = [reason.to_json() for subject, of in reasons.items() if subject not in keys for reason in of]
    move(
        plan,
        PlanStatus.PUBLISHED,
        moves=PLAN_MOVES,
        at=at,
        actor=actor,
        published_at=at,
        result={**plan.result, "reasons": said},
    )
    PlanWindow.objects.bulk_create(
        [_plan_window(plan, window, done, reasons) for (window, _row), done in zip(pairs, published, strict=True)],
        batch_size=500,
    )
    _write_uptakes(plan, result)
    shortfalls_update(plan=plan, product_ids=list(products), at=at)
    return plan


def _picked(window: Window, data: Problem, starts_on: date) -> tuple[date, date]:
    """The first and the last day on which what feeds a window is picked; a few packs of a fresh one may be older."""
    weeks = []
    for source in window.sources:
        index = int(source.row[source.row.index("[") + 1 : -1])
        is_there = source.row.startswith("on_hand")
        weeks.append(-data.on_hand[index].age if is_there else data.supply[index].bucket)
    return starts_on + timedelta(weeks=min(weeks)), starts_on + timedelta(weeks=max(weeks), days=6)


def window_rows(
    window: Window, result: Result, starts_on: date, products: dict[int, PoolProduct], packing_fen: int
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


def _plan_window(plan: SeasonPlan, window: Window, done: PublishedRow, reasons: dict[str, list[Reason]]) -> PlanWindow:
    said = reasons.get(window.key, [])
    return PlanWindow(
        plan=plan,
        window=done.window,
        phase=done.row.phase,
        opens_at=done.window.opens_at,
        closes_at=done.row.closes_at,
        ships_from=done.row.ships_from,
        ships_by=done.row.ships_by,
        planned_cap=done.window.planned_cap,
        price_fen=done.row.price_fen,
        reason_zh="".join(reason.zh for reason in said),
        reason_en=" ".join(reason.en for reason in said),
        solver_rows=list(window.rows),
    )


def _write_uptakes(plan: SeasonPlan, result: Result) -> None:
    harvest_ids = plan.instance["harvest_ids"]
    rows = []
    for index, qty in sorted(result.plan.uptake.items()):
        grams = round(qty * G_PER_KG)
        supply = result.data.supply[index]
        if grams > 0:
            rows.append(
                PlanUptake(
                    plan=plan,
                    harvest_id=harvest_ids[index],
                    grade_id=int(supply.grade),
                    starts_on=plan.starts_on + timedelta(weeks=supply.bucket),
                    uptake_g=grams,
                )
            )
    PlanUptake.objects.bulk_create(rows, batch_size=500)
