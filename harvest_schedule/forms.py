"""What a person may ask of a season's drawing."""

from __future__ import annotations

from datetime import date

from django.http import QueryDict

from harvest_schedule.planner_io import week_start
from harvest_schedule.selectors.pool_season import Axis

ZOOMS = (13, 26, 52)
_FURTHEST_DAYS = 400


def axis_asked(query: QueryDict, today: date) -> Axis:
    """Return the axis that an address asks for; what cannot be read or lies too far off is the season from today."""
    try:
        num_weeks = int(query.get("weeks", ""))
    except ValueError:
        num_weeks = ZOOMS[0]
    if num_weeks not in ZOOMS:
        num_weeks = ZOOMS[0]
    try:
        first = date.fromisoformat(query.get("from", ""))
    except ValueError:
        first = today
    if abs((first - today).days) > _FURTHEST_DAYS:
        first = today
    return Axis(week_start(first), num_weeks)
