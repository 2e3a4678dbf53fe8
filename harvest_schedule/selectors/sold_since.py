"""What was sold since a plan's question was read: its answer does not know of it."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, Sum

from harvest_schedule.models import SeasonPlan
from harvest_schedule.planned_rows import SoldSince
from marketplace.order.models import Line
from marketplace.order.states import HOLDING, UNDRAWN


def sold_since(plan: SeasonPlan, product_ids: Collection[int]) -> list[SoldSince]:
    """
    Return packs held or sold since, by window. Read it while the windows are locked, or it may be late already.

    A line is new when it was written after the last one that was there, or is open without being among the open lines
    that the question counts (its transaction ended after the reading). Plans stored before this was kept have none.
    """
    shop = plan.instance["problem"].get("shop")
    if shop is None:
        return []
    lines = (
        Line.objects.filter(product_id__in=product_ids, status__in=HOLDING, stockrecord__isnull=False)
        .filter(Q(pk__gt=shop["last_line_id"]) | Q(status__in=UNDRAWN))
        .exclude(pk__in=shop["open_line_ids"])
    )
    rows = (
        lines.values_list("stockrecord__partner_sku", "stockrecord__product_id", "stockrecord__ships_by")
        .annotate(packs=Sum("quantity"))
        .order_by("stockrecord__partner_sku")
    )
    return [SoldSince(key, product_id, ships_by, packs) for key, product_id, ships_by, packs in rows]
