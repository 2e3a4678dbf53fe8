"""
Planning one supply pool: read, solve outside any transaction, store, publish. The same input is planned once.

A plan in force is what the pool sells by. Publishing brings the windows of the pool's products to it in one
transaction and opens a shortfall case where more was sold than the plan can deliver.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum

from catalog.partner.bulk import PublishedRow, WindowPlanRow, windows_publish
from catalog.partner.models import Phase
from harvest_schedule.models import (
    Harvest,
    HarvestReport,
    PlanRequest,
    PlanUptake,
    PlanWindow,
    SeasonPlan,
    ShortfallCase,
)
from harvest_schedule.on_hand import on_hand
from harvest_schedule.planner.explain import Reason, explain
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.solve import SolveParams, solve
from harvest_schedule.planner.stop import MaxRuntime
from harvest_schedule.planner.windows import PRESALE, STORED, Window, WindowParams, windows_from
from harvest_schedule.planner.wording import Units
from harvest_schedule.planner_io import MIN_RUN, Instance, PoolInput, instance_build, price_rounded, week_start
from harvest_schedule.selectors.past_harvests import past_harvests
from harvest_schedule.states import PLAN_MOVES, SHORTFALL_MOVES, HarvestStatus, PlanStatus, ShortfallStatus
from marketplace.cooperatives.models import PoolMember, PoolProduct, SupplyPool
from marketplace.foundation import clock
from marketplace.foundation.transitions import move
from marketplace.foundation.units import G_PER_KG
from marketplace.order.models import Line
from marketplace.order.states import LineStatus

logger = logging.getLogger(__name__)

TIME_LIMIT_S = 20.0
#: Fresh and stored packs leave within this many days of the order.
DISPATCH_DAYS = 2
#: A window of a week may still leave so many days after the week, for what was bought on its last evening.
AFTER_WEEK_DAYS = 2
OPENING_HOUR = 8
WEEKLY, WHOLE = WindowParams(max_buckets=1), WindowParams(max_buckets=8)


class UnableToPublishPlan(Exception):
    """The plan is not solved, or a newer one is in force."""


def pool_input_read(*, pool_id: int, at: datetime) -> PoolInput:
    """Read everything a plan of one pool is made from, in a fixed number of statements."""
    pool = SupplyPool.objects.select_related("produce", "hub", "seller").get(pk=pool_id)
    products = tuple(PoolProduct.objects.filter(pool=pool).select_related("product__grade").order_by("product_id"))
    members = list(PoolMember.objects.filter(pool=pool).order_by("cooperative_id"))
    today = clock.business_date(at)
    harvests = tuple(
        Harvest.objects.filter(
            produce_id=pool.produce_id,
            cooperative_id__in=[member.cooperative_id for member in members],
            ends_on__gte=today,
            status__in=[HarvestStatus.DECLARED, HarvestStatus.PICKING],
        )
        .select_related("cooperative")
        .prefetch_related("grade_mix")
        .order_by("starts_on", "pk")
    )
    picked = (
        HarvestReport.objects.filter(harvest__in=harvests, picked_g__isnull=False)
        .values("harvest_id")
        .annotate(grams=Sum("picked_g"))
    )
    product_ids = [item.product_id for item in products]
    open_lines = Line.objects.filter(
        product_id__in=product_ids, status__in=[LineStatus.AWAITING_PAYMENT, LineStatus.PAID]
    ).select_related("product")
    return PoolInput(
        pool=pool,
        products=products,
        harvests=harvests,
        picked_g={row["harvest_id"]: row["grams"] for row in picked},
        on_hand=tuple(on_hand(pool.hub_id, pool.produce_id, at)),
        open_lines=tuple(open_lines.order_by("pk")),
        floors={member.cooperative_id: member.floor_fen_per_kg for member in members},
        listed_weeks=MIN_RUN if _was_listed(pool_id, today) else 0,
        past=past_harvests(pool.produce_id, at),
        num_pools_at_hub=SupplyPool.objects.filter(hub_id=pool.hub_id).count(),
    )


def _was_listed(pool_id: int, today: date) -> bool:
    """Whether the plan in force last week had the pool on sale in its last hour; planning again does not change it."""
    opening = clock.shanghai(week_start(today), OPENING_HOUR)
    last = (
        SeasonPlan.objects.filter(pool_id=pool_id, starts_on__lt=week_start(today), published_at__isnull=False)
        .order_by("-published_at")
        .first()
    )
    if last is None:
        return False
    spot = PlanWindow.objects.filter(plan=last, planned_cap__gt=0).exclude(phase=Phase.PRESALE)
    return spot.filter(opens_at__lt=opening, closes_at__gte=opening).exists()


def plan_season(*, pool_id: int, at: datetime, actor: Any = None) -> SeasonPlan:
    """
    Plan a pool and publish the plan; when the input is that of the plan in force, return that and change nothing.

    Solving runs outside any transaction, between the row that says SOLVING and the one that says SOLVED.
    """
    instance = instance_build(pool_input_read(pool_id=pool_id, at=at), at)
    in_force = SeasonPlan.objects.filter(pool_id=pool_id, status=PlanStatus.PUBLISHED).first()
    if in_force is not None and in_force.input_hash == instance.hash:
        return in_force
    plan, result = plan_solve(pool_id=pool_id, instance=instance, at=at)
    return plan_publish(plan_id=plan.pk, result=result, actor=actor, at=at)


def plan_solve(*, pool_id: int, instance: Instance, at: datetime) -> tuple[SeasonPlan, Result]:
    """Solve an instance and keep both it and the result. A solver that fails leaves a FAILED row and raises."""
    plan = SeasonPlan.objects.create(
        pool_id=pool_id,
        input_hash=instance.hash,
        starts_on=instance.starts_on,
        num_buckets=instance.problem["buckets"],
        instance={"problem": instance.problem, "harvest_ids": list(instance.harvest_ids)},
        created_at=at,
    )
    try:
        result = solve(problem_read(instance.problem), MaxRuntime(TIME_LIMIT_S), params=SolveParams(rel_gap=1e-4))
    except Exception as error:
        with transaction.atomic():
            move(plan, PlanStatus.FAILED, moves=PLAN_MOVES, at=at, reason=f"{type(error).__name__}: {error}")
        raise
    with transaction.atomic():
        move(
            plan,
            PlanStatus.SOLVED,
            moves=PLAN_MOVES,
            at=at,
            result=result.to_json(),
            objective_fen=round(result.objective),
            bound_fen=round(result.bound) if abs(result.bound) < 1e15 else None,
        )
    return plan, result


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
        for row in _window_rows(window, result, plan.starts_on, products, pool.packing_fen_per_pack)
        if row.closes_at > at
    ]
    published = windows_publish(
        seller_id=pool.seller_id, product_ids=list(products), rows=[row for _window, row in pairs], at=at
    )
    if in_force is not None:
        move(in_force, PlanStatus.SUPERSEDED, moves=PLAN_MOVES, at=at, actor=actor)
    move(plan, PlanStatus.PUBLISHED, moves=PLAN_MOVES, at=at, actor=actor, published_at=at)
    reasons = _reasons(result, windows, plan, pool)
    PlanWindow.objects.bulk_create(
        [_plan_window(plan, window, done, reasons) for (window, _row), done in zip(pairs, published, strict=True)],
        batch_size=500,
    )
    _write_uptakes(plan, result)
    _shortfalls(plan, list(products), at)
    return plan


def _picked(window: Window, data: Problem, starts_on: date) -> tuple[date, date]:
    """The first and the last day on which what feeds a window is picked; a few packs of a fresh one may be older."""
    weeks = []
    for source in window.sources:
        index = int(source.row[source.row.index("[") + 1 : -1])
        is_there = source.row.startswith("on_hand")
        weeks.append(-data.on_hand[index].age if is_there else data.supply[index].bucket)
    return starts_on + timedelta(weeks=min(weeks)), starts_on + timedelta(weeks=max(weeks), days=6)


def _window_rows(
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


def _reasons(result: Result, windows: Sequence[Window], plan: SeasonPlan, pool: SupplyPool) -> dict[str, list[Reason]]:
    names = {pool.produce.slug: (pool.produce.name_zh, pool.produce.name_en)}
    names[pool.hub.code] = (pool.hub.name_zh, pool.hub.name_en)
    names[f"{pool.hub.code}/AMBIENT"] = (f"{pool.hub.name_zh}常温库", f"the ambient store of {pool.hub.name_en}")
    names[f"{pool.hub.code}/COLD"] = (f"{pool.hub.name_zh}冷库", f"the cold store of {pool.hub.name_en}")
    for member in PoolMember.objects.filter(pool=pool).select_related("cooperative"):
        names[member.cooperative.code] = (member.cooperative.name_zh, member.cooperative.name_en)

    def week(bucket: int) -> date:
        return plan.starts_on + timedelta(weeks=bucket)

    units = Units(
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
    )
    found: dict[str, list[Reason]] = defaultdict(list)
    for reason in explain(result, windows, units):
        # A screen shows a window's dates as dates.
        if not reason.key.startswith("window.dates"):
            found[reason.subject].append(reason)
    return found


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


def _shortfalls(plan: SeasonPlan, product_ids: Sequence[int], at: datetime) -> None:
    """Open a case for every window whose sold packs the plan cannot deliver; close those that it can again."""
    short_kg: dict[tuple[int, date], float] = defaultdict(float)
    for row in plan.result["short"]:
        if row["kind"] == "committed":
            short_kg[int(row["grade"]), plan.starts_on + timedelta(weeks=row["to"])] += row["qty"]
    lines = (
        Line.objects.filter(product_id__in=product_ids, status=LineStatus.PAID)
        .select_related("product", "stockrecord")
        .order_by("-ships_by", "-pk")
    )
    short_packs: dict[int, int] = defaultdict(int)
    for (grade_id, _due), missing_kg in sorted(short_kg.items()):
        for line in lines:
            if missing_kg <= 1e-6:
                break
            if line.product is None or line.stockrecord_id is None or line.product.grade_id != grade_id:
                continue
            pack_kg = line.net_weight_g / G_PER_KG
            packs = min(line.quantity, max(1, round(missing_kg / pack_kg + 0.4999)))
            short_packs[line.stockrecord_id] += packs
            missing_kg -= packs * pack_kg
    open_cases = {
        case.window_id: case
        for case in ShortfallCase.objects.filter(window__product_id__in=product_ids, status=ShortfallStatus.OPEN)
    }
    for window_id, packs in sorted(short_packs.items()):
        case = open_cases.pop(window_id, None)
        if case is None:
            ShortfallCase.objects.create(window_id=window_id, plan=plan, short_packs=packs, opened_at=at)
        else:
            ShortfallCase.objects.filter(pk=case.pk).update(short_packs=packs, plan=plan)
    for case in open_cases.values():
        move(
            case, ShortfallStatus.CLOSED, moves=SHORTFALL_MOVES, at=at, closed_at=at, reason="the plan covers it again"
        )


def plans_run(*, at: datetime, pool_ids: Sequence[int] | None = None) -> list[SeasonPlan]:
    """Plan every pool that has products, or some of them; a pool that fails is logged and does not stop the others."""
    pools = SupplyPool.objects.filter(pool_products__isnull=False).distinct().order_by("pk")
    if pool_ids is not None:
        pools = pools.filter(pk__in=pool_ids)
    plans = []
    for pool_id in list(pools.values_list("pk", flat=True)):
        try:
            plans.append(plan_season(pool_id=pool_id, at=at))
        except Exception:
            logger.exception("planning pool %s failed", pool_id)
            continue
        PlanRequest.objects.filter(pool_id=pool_id, done_at=None, asked_at__lte=at).update(done_at=at)
    return plans
