"""What a person may ask of a season's drawing, and of planning."""

from __future__ import annotations

from datetime import date

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from harvest_schedule.planner_io import week_start
from harvest_schedule.selectors.pool_season import Axis

#: Seconds that a person may give the solver, as offered; the first is what it takes otherwise.
TIME_LIMITS_S = (20, 60, 180)
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


class PlanAgainForm(forms.Form):
    """How long a person gives the solver; without a choice, as long as every night."""

    time_limit_s = forms.TypedChoiceField(
        label=_("Time for solving"),
        choices=[
            (TIME_LIMITS_S[0], _("at most 20 seconds")),
            (TIME_LIMITS_S[1], _("at most 1 minute")),
            (TIME_LIMITS_S[2], _("at most 3 minutes")),
        ],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.Select(attrs={"class": "input select"}),
    )
