"""Finished harvests of a produce, as the forecast learns from them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from harvest_schedule.forecasting import PastHarvest
from harvest_schedule.models import Harvest, HarvestReport, PickCall
from harvest_schedule.states import HarvestStatus, PickCallStatus


def past_harvests(produce_id: int, at: datetime) -> tuple[PastHarvest, ...]:
    """Return what every closed harvest of a produce says of the next, oldest first."""
    return tuple(past for _harvest, past in finished_harvests(produce_id, at))


def finished_harvests(produce_id: int, at: datetime) -> tuple[tuple[Harvest, PastHarvest], ...]:
    """
    Return every closed harvest of a produce of which something was weighed, oldest first, with what it says.

    A call that was withdrawn or refused is not counted as asked for: it is asked again, of another day or village.
    """
    closed = list(
        Harvest.objects.filter(produce_id=produce_id, status=HarvestStatus.CLOSED, declared_at__lte=at)
        .select_related("cooperative")
        .order_by("declared_starts_on", "pk")
    )
    ids = [harvest.pk for harvest in closed]
    picked = dict(
        HarvestReport.objects.filter(harvest_id__in=ids, picked_g__isnull=False)
        .values_list("harvest_id")
        .annotate(grams=Sum("picked_g"))
    )
    asked = dict(
        PickCall.objects.filter(harvest_id__in=ids)
        .exclude(status__in=(PickCallStatus.WITHDRAWN, PickCallStatus.REFUSED))
        .values_list("harvest_id")
        .annotate(grams=Sum("asked_g"))
    )
    return tuple(
        (
            harvest,
            PastHarvest(
                cooperative_id=harvest.cooperative_id,
                region_code=harvest.cooperative.region_id,
                declared_g=harvest.declared_likely_g,
                likely_g=harvest.likely_g,
                asked_g=asked.get(harvest.pk, 0),
                picked_g=picked[harvest.pk],
                days_late=(harvest.starts_on - harvest.declared_starts_on).days,
            ),
        )
        for harvest in closed
        if picked.get(harvest.pk, 0) > 0
    )
