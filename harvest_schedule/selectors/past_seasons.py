"""Finished harvests as the backtest of the forecast needs them: each with only what was known when it was declared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from harvest_schedule.forecasting import PastHarvest
from harvest_schedule.models import Harvest
from harvest_schedule.policies.forecast_scores import PastSeason
from harvest_schedule.selectors.past_harvests import finished_harvests
from harvest_schedule.states import HarvestStatus
from marketplace.foundation.clock import business_date

_Finished = tuple[Harvest, PastHarvest]


def past_seasons(at: datetime, *, produce_slug: str | None = None) -> dict[str, tuple[PastSeason, ...]]:
    """
    Return every finished harvest of which something was picked, by produce, in the order of declaring.

    What came is reckoned as the record does it: the last word from the field, times the part of what was asked for that
    was picked. The declared band is the present one around what was declared first, for reports change it in place.
    """
    closed = Harvest.objects.filter(status=HarvestStatus.CLOSED, declared_at__lte=at)
    if produce_slug is not None:
        closed = closed.filter(produce__slug=produce_slug)
    kinds = closed.order_by("produce__slug").values_list("produce__slug", "produce_id").distinct()
    found = {}
    for slug, produce_id in kinds:
        finished = sorted(finished_harvests(produce_id, at), key=lambda row: (row[0].declared_at, row[0].pk))
        if finished:
            found[slug] = tuple(_season(row, finished) for row in finished)
    return found


def _season(row: _Finished, finished: Sequence[_Finished]) -> PastSeason:
    harvest, past = row
    declared_on = business_date(harvest.declared_at)
    before = sorted((other for other in finished if other[0].ends_on < declared_on), key=lambda it: it[0].ends_on)
    own = [other for other in before if other[1].cooperative_id == past.cooperative_id]
    others = [other for other in before if other[1].cooperative_id != past.cooperative_id]
    near = [other for other in others if other[1].region_code == past.region_code]
    province = [other for other in others if other[1].region_code[:2] == past.region_code[:2]]
    scale = harvest.declared_likely_g / harvest.likely_g
    return PastSeason(
        first_day=harvest.declared_starts_on.toordinal(),
        end_day=harvest.declared_ends_on.toordinal() + 1,
        low_g=min(int(harvest.low_g * scale), harvest.declared_likely_g),
        likely_g=harvest.declared_likely_g,
        high_g=max(int(harvest.high_g * scale), harvest.declared_likely_g),
        came_g=_came_g(past),
        own=tuple(other[1].factor for other in own),
        peers=tuple(other[1].factor for other in near or province),
        last_g=_came_g(own[-1][1]) if own else None,
    )


def _came_g(past: PastHarvest) -> int:
    return past.likely_g * past.picked_g // past.asked_g if past.asked_g else past.picked_g
