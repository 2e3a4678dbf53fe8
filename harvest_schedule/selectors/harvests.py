"""Harvests as a cooperative sees them: its own only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from catalog.models import Grade, Produce
from harvest_schedule.models import Harvest, HarvestReport
from harvest_schedule.states import HarvestStatus
from marketplace.cooperatives.models import Cooperative, PoolMember

OPEN = (HarvestStatus.DECLARED, HarvestStatus.PICKING)
#: From so many days before its first day, a harvest is offered for the day's report.
REPORT_FROM_DAYS = 10


@dataclass(frozen=True)
class ReportRow:
    """A report as it is read: what is zero was not said."""

    reported_at: datetime
    picked_g: int
    picked_on: date | None
    likely_g: int
    days_later: int
    days_earlier: int
    biofix_on: date | None
    note: str


def harvests_of(cooperative_ids: Collection[int]) -> QuerySet[Harvest]:
    """Return harvests with ``total_picked_g``; those being picked first, then by first day, the past last."""
    picked = (
        HarvestReport.objects.filter(harvest=OuterRef("pk"))
        .values("harvest")
        .annotate(total=Sum("picked_g"))
        .values("total")
    )
    order = Case(
        When(status=HarvestStatus.PICKING, then=Value(0)),
        When(status=HarvestStatus.DECLARED, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return (
        Harvest.objects.filter(cooperative_id__in=cooperative_ids)
        .select_related("produce", "cooperative")
        .annotate(total_picked_g=Coalesce(Subquery(picked), Value(0)), standing=order)
        .order_by("standing", "starts_on", "pk")
    )


def harvest_of(cooperative_ids: Collection[int], harvest_id: int) -> Harvest:
    """Return one harvest; raises Harvest.DoesNotExist for another cooperative's."""
    return harvests_of(cooperative_ids).get(pk=harvest_id)


def harvests_to_report(cooperative_id: int, today: date) -> list[Harvest]:
    """Return the open harvests that something can be picked of today, or soon; those being picked first."""
    return list(
        harvests_of([cooperative_id]).filter(
            Q(status=HarvestStatus.PICKING) | Q(starts_on__lte=today + timedelta(days=REPORT_FROM_DAYS)),
            status__in=OPEN,
        )
    )


def reports_of(harvest_id: int, *, limit: int) -> list[ReportRow]:
    """Return the reports of a harvest, newest first."""
    rows = HarvestReport.objects.filter(harvest_id=harvest_id).order_by("-reported_at", "-pk")[:limit]
    return [
        ReportRow(
            reported_at=row.reported_at,
            picked_g=row.picked_g or 0,
            picked_on=row.picked_on,
            likely_g=row.likely_g or 0,
            days_later=max(0, row.shift_days),
            days_earlier=max(0, -row.shift_days),
            biofix_on=row.biofix_on,
            note=row.note,
        )
        for row in rows
    ]


def produce_to_declare(cooperative_id: int) -> QuerySet[Produce]:
    """Return what a cooperative can declare: the produce of its pools and of its county that has grades."""
    # Asked row by row: joined to the members of its pools, a produce would come once for each of them.
    in_pool = Exists(PoolMember.objects.filter(pool__produce=OuterRef("pk"), cooperative_id=cooperative_id))
    in_county = Exists(Cooperative.objects.filter(pk=cooperative_id, region=OuterRef("region")))
    has_grades = Exists(Grade.objects.filter(produce=OuterRef("pk")))
    return Produce.objects.filter(in_pool | in_county, has_grades).order_by(in_pool.desc(), "pinyin", "pk")


def days_later(harvest: Harvest) -> int:
    """Return by how many days a harvest's first day has moved since it was declared; negative is earlier."""
    return (harvest.starts_on - harvest.declared_starts_on).days
