"""What one harvest has to do today: planned, and reported so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from harvest_schedule.models import Harvest, HarvestReport, PickCall
from harvest_schedule.services.pick_call_sharing import CRATE_G
from harvest_schedule.states import PickCallStatus


@dataclass(frozen=True)
class DayPicking:
    """Grams planned for the day (called for, else the even part of what is left) and grams reported for it."""

    day: date
    planned_g: int
    reported_g: int


def picking_of_day(harvest: Harvest, day: date) -> DayPicking:
    """Return the figures of one harvest (with ``total_picked_g``) on one day."""
    agreed = (PickCallStatus.CALLED, PickCallStatus.ACCEPTED, PickCallStatus.FULFILLED)
    called_g = PickCall.objects.filter(harvest=harvest, pick_on=day, status__in=agreed).aggregate(
        grams=Sum("asked_g", default=0)
    )["grams"]
    reported_g = HarvestReport.objects.filter(harvest=harvest, picked_on=day).aggregate(
        grams=Sum("picked_g", default=0)
    )["grams"]
    return DayPicking(day=day, planned_g=called_g or _even_part_g(harvest, day), reported_g=reported_g)


def _even_part_g(harvest: Harvest, day: date) -> int:
    num_days_left = max(1, (harvest.ends_on - max(day, harvest.starts_on)).days + 1)
    left_g = max(0, harvest.likely_g - getattr(harvest, "total_picked_g", 0))
    return left_g // num_days_left // CRATE_G * CRATE_G
