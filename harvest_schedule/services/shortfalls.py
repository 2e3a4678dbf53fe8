"""
Cases of windows that are short: opened, counted again and closed by what a published plan says.

A plan names what it cannot deliver by grade and week. That is laid on the windows whose lines fall due then, in
proportion to what waits there, so that no size of box bears it alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Sum

from harvest_schedule.models import SeasonPlan, ShortfallCase
from harvest_schedule.planner_io import WEEKS, bucket_of
from harvest_schedule.selectors.shortfall_case import DRAWN
from harvest_schedule.states import SHORTFALL_MOVES, ShortfallStatus
from marketplace.foundation.outbox import outbox_put
from marketplace.foundation.transitions import move
from marketplace.foundation.units import G_PER_KG
from marketplace.order.models import Line
from marketplace.order.states import LineStatus


def shortfalls_update(*, plan: SeasonPlan, product_ids: Sequence[int], at: datetime) -> None:
    """
    Bring the cases of a pool's windows to what its plan says; an officer is told of every new one.

    Must run inside the transaction that publishes the plan. A window that was decided after the plan was made is left
    alone: the plan does not know of the decision, and another one is asked for already.
    """
    waiting = list(
        Line.objects.filter(
            product_id__in=product_ids, status=LineStatus.PAID, stockrecord__isnull=False, product__grade__isnull=False
        )
        .select_related("product")
        .order_by("pk")
    )
    promised: dict[int, int] = defaultdict(int)
    for line in waiting:
        promised[line.stockrecord_id or 0] += line.quantity
    short = _short_packs(plan, waiting)
    drawn = _drawn_packs(short)
    cases = list(
        ShortfallCase.objects.select_for_update(of=("self",))
        .filter(window__product_id__in=product_ids, status=ShortfallStatus.OPEN)
        .order_by("pk")
    )
    open_cases = {case.window_id: case for case in cases}
    decided = set(
        ShortfallCase.objects.filter(window_id__in=short, decision__decided_at__gt=plan.created_at).values_list(
            "window_id", flat=True
        )
    )
    for window_id, packs in sorted(short.items()):
        if window_id in decided:
            continue
        counted: dict[str, Any] = {
            "plan": plan,
            "short_packs": packs,
            "promised_packs": promised[window_id],
            "coming_packs": promised[window_id] - packs,
            "drawn_packs": drawn.get(window_id, 0),
            "counted_at": at,
        }
        case = open_cases.pop(window_id, None)
        if case is not None:
            ShortfallCase.objects.filter(pk=case.pk).update(**counted)
            continue
        case = ShortfallCase.objects.create(window_id=window_id, opened_at=at, **counted)
        outbox_put(
            topic="mail.shortfall_opened",
            key=f"mail.shortfall_opened:{case.pk}",
            payload={"case_id": case.pk},
            at=at,
        )
    for case in open_cases.values():
        move(
            case, ShortfallStatus.CLOSED, moves=SHORTFALL_MOVES, at=at, closed_at=at, reason="the plan covers it again"
        )


def _drawn_packs(window_ids: Iterable[int]) -> dict[int, int]:
    rows = Line.objects.filter(stockrecord_id__in=list(window_ids), status__in=DRAWN).values("stockrecord_id")
    return {row["stockrecord_id"]: row["packs"] for row in rows.annotate(packs=Sum("quantity"))}


def _short_packs(plan: SeasonPlan, waiting: Sequence[Line]) -> dict[int, int]:
    """Packs that each window is short of: what the plan misses in a week, laid on the lines that fall due in it."""
    short_kg: dict[tuple[int, int], float] = defaultdict(float)
    for row in plan.result.get("short", ()):
        if row["kind"] == "committed":
            short_kg[int(row["grade"]), row["to"]] += row["qty"]
    groups: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for line in waiting:
        if line.product is not None and line.product.grade_id is not None:
            bucket = min(max(0, bucket_of(plan.starts_on, line.ships_by)), WEEKS - 1)
            groups[line.product.grade_id, bucket].append(line)
    short: dict[int, int] = defaultdict(int)
    rest_g: dict[int, int] = defaultdict(int)
    for (grade_id, bucket), missing_kg in sorted(short_kg.items()):
        rest_g[grade_id] += _lay_on(groups.pop((grade_id, bucket), []), round(missing_kg * G_PER_KG), short)
    # Orders change while a plan is solved; what no line of its week can bear falls on the latest of the others.
    for grade_id, missing_g in sorted(rest_g.items()):
        for key in sorted((key for key in groups if key[0] == grade_id), reverse=True):
            missing_g = _lay_on(groups[key], missing_g, short)
    return dict(short)


def _lay_on(lines: Sequence[Line], missing_g: int, short: dict[int, int]) -> int:
    """Lay missing grams on the windows of some lines, in proportion and in whole packs; return what is left of them."""
    packs: dict[int, int] = defaultdict(int)
    pack_g: dict[int, int] = {}
    for line in lines:
        window_id = line.stockrecord_id or 0
        packs[window_id] += line.quantity
        pack_g[window_id] = line.net_weight_g
    waiting_g = sum(packs[window_id] * pack_g[window_id] for window_id in packs)
    if missing_g <= 0 or not waiting_g:
        return missing_g
    part_g = min(missing_g, waiting_g)
    exact = {window_id: packs[window_id] * part_g for window_id in packs}
    given = {window_id: exact[window_id] // waiting_g for window_id in packs}
    left_g = part_g - sum(given[window_id] * pack_g[window_id] for window_id in packs)
    # A pack of which a part is missing is missing.
    for window_id in sorted(packs, key=lambda window_id: (-(exact[window_id] % waiting_g), window_id)):
        if left_g > 0 and given[window_id] < packs[window_id]:
            given[window_id] += 1
            left_g -= pack_g[window_id]
    for window_id, number in given.items():
        if number:
            short[window_id] += number
    return missing_g - part_g
