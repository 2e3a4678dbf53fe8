"""Harvest windows as a column of another query, so that a list of cards costs no statement of its own for them."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject

from catalog.models import HarvestWindow

_FIELDS = ("start_month", "start_day", "end_month", "end_day")


def harvest_windows_column(produce_id: str) -> ArraySubquery:
    """Return the annotation; ``produce_id`` is the path to the produce's key in the outer query."""
    return ArraySubquery(
        HarvestWindow.objects.filter(produce_id=OuterRef(produce_id))
        .order_by("ordinal")
        .values(window=JSONObject(**{name: F(name) for name in _FIELDS}))
    )


def harvest_windows_from(row: Any) -> list[HarvestWindow]:
    """Return the windows that a row holds in its column `seasons`."""
    return [HarvestWindow(**fields) for fields in row.seasons]
