"""What a cooperative is asked to pick: its own calls only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, Value, When

from harvest_schedule.models import PickCall
from harvest_schedule.states import PickCallStatus


@dataclass(frozen=True)
class HandOver:
    """What is to be handed over on one day: agreed grams, grams that have come, and calls still to be answered."""

    day: date
    agreed_g: int
    delivered_g: int
    num_to_answer: int
    to_answer_g: int

    @property
    def missing_g(self) -> int:
        return max(0, self.agreed_g - self.delivered_g)


def pick_calls_of(cooperative_ids: Collection[int]) -> QuerySet[PickCall]:
    """Return calls with the number of orders that wait; to be answered first, then by day, the newest first."""
    order = Case(
        When(status=PickCallStatus.CALLED, then=Value(0)),
        When(status=PickCallStatus.ACCEPTED, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return (
        PickCall.objects.filter(harvest__cooperative_id__in=cooperative_ids)
        .select_related("harvest__produce", "harvest__cooperative", "grade")
        .annotate(standing=order, num_orders=Count("for_lines__line__order_id", distinct=True))
        .order_by("standing", "-pick_on", "-pk")
    )


def pick_call_of(cooperative_ids: Collection[int], pick_call_id: int) -> PickCall:
    """Return one call; raises PickCall.DoesNotExist for another cooperative's."""
    return pick_calls_of(cooperative_ids).get(pk=pick_call_id)


def calls_to_answer(cooperative_id: int, today: date) -> QuerySet[PickCall]:
    """Return the calls that can still be answered, the next day first."""
    return (
        pick_calls_of([cooperative_id])
        .filter(status=PickCallStatus.CALLED, pick_on__gte=today)
        .order_by("pick_on", "pk")
    )


def hand_over_of_day(cooperative_id: int, day: date) -> HandOver:
    """Return the day's figures over all produce of a cooperative."""
    agreed = Q(status__in=(PickCallStatus.ACCEPTED, PickCallStatus.FULFILLED))
    called = Q(status=PickCallStatus.CALLED)
    sums = PickCall.objects.filter(harvest__cooperative_id=cooperative_id, pick_on=day).aggregate(
        agreed_g=Sum("asked_g", filter=agreed, default=0),
        delivered_g=Sum("delivered_g", filter=agreed, default=0),
        to_answer_g=Sum("asked_g", filter=called, default=0),
        num_to_answer=Count("pk", filter=called),
    )
    return HandOver(day=day, **sums)
