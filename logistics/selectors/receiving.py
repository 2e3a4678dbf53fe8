"""What is on its way to a station, and what came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q, QuerySet, Sum

from harvest_schedule.models import Harvest, HarvestReport, PickCall
from harvest_schedule.states import HarvestStatus, PickCallStatus
from logistics.models import Lot
from marketplace.cooperatives.models import Hub

#: Fruit loses water on the way and scales differ: up to 3 % is nothing to talk about.
USUAL_PERMILLE = 30


@dataclass(frozen=True)
class Difference:
    """What the scale says against what was reported."""

    reported_g: int
    received_g: int

    @property
    def grams(self) -> int:
        """How much more (or, below zero, less) came than was reported."""
        return self.received_g - self.reported_g

    @property
    def short_g(self) -> int:
        return max(0, -self.grams)

    @property
    def more_g(self) -> int:
        return max(0, self.grams)

    @property
    def share(self) -> float:
        return abs(self.grams) / self.reported_g if self.reported_g else 0.0

    @property
    def is_usual(self) -> bool:
        return abs(self.grams) * 1000 <= USUAL_PERMILLE * self.reported_g


def calls_to_receive(*, hub: Hub, today: date) -> QuerySet[PickCall]:
    """Return the pick calls whose fruit should come today or should have come, the oldest first."""
    return (
        PickCall.objects.filter(harvest__cooperative__hub=hub, pick_on__lte=today + timedelta(days=1))
        .filter(Q(status=PickCallStatus.ACCEPTED) | Q(status=PickCallStatus.CALLED, pick_on__gte=today))
        .filter(delivered_g__lt=F("asked_g"))
        .select_related("harvest__cooperative", "harvest__produce", "grade")
        .order_by("pick_on", "harvest__cooperative__code", "pk")
    )


def calls_of_hub(hub: Hub) -> QuerySet[PickCall]:
    """Return every pick call of a station's cooperatives, to receive fruit for."""
    return PickCall.objects.filter(harvest__cooperative__hub=hub).select_related(
        "harvest__cooperative", "harvest__produce", "grade"
    )


def harvests_of_hub(hub: Hub) -> QuerySet[Harvest]:
    """Return the harvests whose fruit may come to a station without a call: not withdrawn."""
    return (
        Harvest.objects.filter(cooperative__hub=hub)
        .exclude(status=HarvestStatus.WITHDRAWN)
        .select_related("cooperative", "produce")
        .order_by("cooperative__code", "produce__pinyin", "starts_on", "pk")
    )


def harvests_now(*, hub: Hub, today: date) -> QuerySet[Harvest]:
    """Return the harvests being picked about now."""
    return harvests_of_hub(hub).filter(starts_on__lte=today + timedelta(days=7), ends_on__gte=today - timedelta(days=7))


def reported_g(*, harvest_id: int, picked_on: date) -> int | None:
    """Return what the cooperative last reported as picked on a day; None when it said nothing."""
    reports = HarvestReport.objects.filter(harvest_id=harvest_id, picked_on=picked_on, picked_g__isnull=False)
    return reports.order_by("-reported_at", "-pk").values_list("picked_g", flat=True).first()


def difference_of(lot: Lot) -> Difference | None:
    """Return a day's receipts of a harvest and grade against its pick call, or all of them against the report."""
    if lot.pick_call is not None:
        return Difference(lot.pick_call.asked_g, lot.pick_call.delivered_g)
    told_g = reported_g(harvest_id=lot.harvest_id, picked_on=lot.picked_on)
    if not told_g:
        return None
    came = Lot.objects.filter(harvest_id=lot.harvest_id, picked_on=lot.picked_on)
    return Difference(told_g, came.aggregate(grams=Sum("received_g"))["grams"] or 0)


def lots_just_received(*, hub: Hub, limit: int = 5) -> QuerySet[Lot]:
    """Return the last lots that came."""
    lots = Lot.objects.filter(hub=hub).select_related("cooperative", "produce", "grade")
    return lots.order_by("-received_at", "-pk")[:limit]
