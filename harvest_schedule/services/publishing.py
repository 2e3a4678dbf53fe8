"""
Making a solved plan the one its pool sells by, and laying a draft aside.

Publishing needs the plan's row alone: the answer is read back from it, so a person may publish hours after the worker
that solved it is gone. It brings the windows of the pool's products to the plan in one transaction and opens a
shortfall case where more was sold than the plan can deliver.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.partner.bulk import PublishedRow, windows_lock, windows_publish
from harvest_schedule.models import PlanUptake, PlanWindow, SeasonPlan
from harvest_schedule.plan_words import plan_reasons
from harvest_schedule.planned_rows import WEEKLY, WHOLE, planned_rows, rows_less_sold, still_open, window_rows
from harvest_schedule.planner.explain import Reason
from harvest_schedule.planner.fields import InstanceError
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.result_reading import UnreadableAnswer, result_read
from harvest_schedule.planner.windows import Window
from harvest_schedule.selectors.drafts import draft_trouble
from harvest_schedule.selectors.sold_since import sold_since
from harvest_schedule.services.shortfalls import shortfalls_update
from harvest_schedule.states import PLAN_MOVES, PlanStatus
from marketplace.cooperatives.models import PoolProduct, SupplyPool
from marketplace.foundation.transitions import move
from marketplace.foundation.units import G_PER_KG

__all__ = ["WEEKLY", "WHOLE", "UnableToPublishPlan", "draft_discard", "draft_publish", "plan_publish", "window_rows"]


class UnableToPublishPlan(Exception):
    """The plan is not solved, a newer one is in force, or it can no longer be relied on; says what to do."""


@transaction.atomic
def plan_publish(*, plan_id: int, at: datetime, actor: Any = None, result: Result | None = None) -> SeasonPlan:
    """
    Make a solved plan the one its pool sells by; the plan in force and older drafts are superseded.

    Shoppers and cooperatives see it at once. What was sold since the plan's question was read is taken out of what it
    may still sell. Published twice is published once: the second call returns the plan as it is.

    Parameters
    ----------
    actor
        The person who publishes; none when the plan publishes itself.
    result
        The plan's answer where the caller has it at hand; else it is read from the row.

    Raises
    ------
    UnableToPublishPlan
        If the plan is not solved, one made later is in force, or its answer cannot be read back.
    """
    plan, pool = plan_lock(plan_id)
    if plan.status == PlanStatus.PUBLISHED:
        return plan
    in_force = SeasonPlan.objects.filter(pool=pool, status=PlanStatus.PUBLISHED).first()
    if in_force is not None and in_force.created_at > plan.created_at:
        raise UnableToPublishPlan(_("A plan made later is in force. Plan again, and look at the new draft."))
    if plan.status != PlanStatus.SOLVED:
        raise UnableToPublishPlan(
            _("This plan is no draft any more (%(status)s).") % {"status": PlanStatus(plan.status).label}
        )
    result = result or answer_read(plan)
    products = {item.product_id: item for item in PoolProduct.objects.filter(pool=pool).select_related("product")}
    planned = planned_rows(
        result, starts_on=plan.starts_on, products=products, packing_fen=pool.packing_fen_per_pack, at=at
    )
    keys = {row.key for row in planned.rows}
    windows_lock(seller_id=pool.seller_id, product_ids=list(products), keys=keys, at=at)
    planned = planned.with_rows(rows_less_sold(planned.rows, sold_since(plan, list(products)), products))
    published = windows_publish(
        seller_id=pool.seller_id,
        product_ids=list(products),
        rows=planned.rows,
        at=at,
        still_open=still_open(plan.instance["problem"]),
    )
    others = [] if in_force is None else [in_force]
    others += SeasonPlan.objects.filter(pool=pool, status=PlanStatus.SOLVED, created_at__lt=plan.created_at)
    for other in others:
        move(other, PlanStatus.SUPERSEDED, moves=PLAN_MOVES, at=at, actor=actor, reason=f"plan {plan.pk} is in force")
    reasons = plan_reasons(result, planned.windows, plan, pool)
    subjects = {window.key for window in planned.windows}
    said = [reason.to_json() for subject, of in reasons.items() if subject not in subjects for reason in of]
    move(
        plan,
        PlanStatus.PUBLISHED,
        moves=PLAN_MOVES,
        at=at,
        actor=actor,
        published_at=at,
        published_by_id=actor.pk if actor is not None else None,
        frozen_until=frozen_until(plan),
        result={**plan.result, "reasons": said},
    )
    PlanWindow.objects.bulk_create(
        [
            _plan_window(plan, window, done, reasons)
            for (window, _row), done in zip(planned.pairs, published, strict=True)
        ],
        batch_size=500,
    )
    _write_uptakes(plan, result)
    shortfalls_update(plan=plan, product_ids=list(products), at=at)
    return plan


@transaction.atomic
def draft_publish(*, plan_id: int, actor: Any, at: datetime) -> SeasonPlan:
    """
    Publish a draft that a person has looked at. Asked twice, or by two at once, it is published once.

    Raises
    ------
    UnableToPublishPlan
        If it is not what the person looked at any more: something newer came, the plan it was compared with is not in
        force any more, or it is older than a day.
    """
    plan, _pool = plan_lock(plan_id)
    if plan.status == PlanStatus.PUBLISHED:
        return plan
    trouble = draft_trouble(plan, at)
    if trouble is not None:
        raise UnableToPublishPlan(trouble.words)
    return plan_publish(plan_id=plan.pk, actor=actor, at=at)


@transaction.atomic
def draft_discard(*, plan_id: int, actor: Any, at: datetime) -> SeasonPlan:
    """
    Lay a draft aside; the plan in force stays. Discarded twice is discarded once.

    Raises
    ------
    UnableToPublishPlan
        If it is in force already, or something newer took its place.
    """
    plan, _pool = plan_lock(plan_id)
    if plan.status == PlanStatus.CANCELLED:
        return plan
    if plan.status != PlanStatus.SOLVED:
        raise UnableToPublishPlan(
            _("This plan is no draft any more (%(status)s).") % {"status": PlanStatus(plan.status).label}
        )
    move(plan, PlanStatus.CANCELLED, moves=PLAN_MOVES, at=at, actor=actor, reason="discarded")
    return plan


def plan_lock(plan_id: int) -> tuple[SeasonPlan, SupplyPool]:
    """Lock a plan's pool, then read the plan: whoever decides about a pool's plans waits here for the one before."""
    pool_id = SeasonPlan.objects.values_list("pool_id", flat=True).get(pk=plan_id)
    pool = SupplyPool.objects.select_for_update(of=("self",)).select_related("produce", "hub").get(pk=pool_id)
    return SeasonPlan.objects.get(pk=plan_id), pool


def answer_read(plan: SeasonPlan) -> Result:
    """
    Return a plan's answer as the solver gave it.

    Raises
    ------
    UnableToPublishPlan
        If the row does not hold a whole answer, as those do not that were stored before answers could be read back.
    """
    try:
        return result_read(problem_read(plan.instance["problem"]), plan.result)
    except (UnreadableAnswer, InstanceError, KeyError) as error:
        raise UnableToPublishPlan(_("This plan cannot be read any more. Plan again.")) from error


def frozen_until(plan: SeasonPlan) -> Any:
    """The first day that a plan was free to change."""
    buckets = plan.instance["problem"].get("frozen_until", 0)
    return plan.starts_on + timedelta(days=plan.bucket_days * buckets) if buckets else None


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
    """Of the running week the plan takes the rest; what was handed over before belongs to the week as well."""
    harvest_ids = plan.instance["harvest_ids"]
    shop = plan.instance["problem"].get("shop", {})
    delivered = {(harvest_id, grade_id): grams for harvest_id, grade_id, grams in shop.get("delivered_g", ())}
    rows = []
    for index, qty in sorted(result.plan.uptake.items()):
        grams = round(qty * G_PER_KG)
        supply = result.data.supply[index]
        if supply.bucket == 0:
            grams += delivered.get((harvest_ids[index], int(supply.grade)), 0)
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
