"""Bringing daily temperatures into the database: a whole file or nothing, and the same file twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Region
from harvest_schedule.models import DailyTemperature
from harvest_schedule.services.weather_reading import DayRow, Mistake, weather_read
from marketplace.foundation.clock import business_date

_BATCH = 5_000
_FIELDS = ("mean_dc", "low_dc", "high_dc", "source")
_Figures = tuple[int | None, int | None, int | None, str]


@dataclass(frozen=True, slots=True)
class Span:
    """What is known of one region after an import: first and last day, and days between them without a figure."""

    region: str
    first: date
    last: date
    num_missing: int


@dataclass(frozen=True, slots=True)
class WeatherImported:
    """What an import did. With mistakes nothing was written."""

    num_rows: int
    num_new: int
    num_changed: int
    mistakes: tuple[Mistake, ...]
    spans: tuple[Span, ...]


@transaction.atomic
def weather_import(*, content: bytes, at: datetime, region: str = "", source: str = "") -> WeatherImported:
    """
    Write the temperatures of a CSV, all of them or none.

    A row takes the place of what was known of its region and day. Days that the file leaves out stay as they are.

    Raises
    ------
    UnreadableWeather
        If the file cannot be read at all.
    """
    rows, mistakes = weather_read(content, today=business_date(at), region=region, source=source)
    mistakes += _unknown_regions(rows)
    if mistakes:
        mistakes.sort(key=lambda mistake: mistake.line)
        return WeatherImported(len(rows), 0, 0, tuple(mistakes), ())
    present = _present(rows)
    changed = [row for row in rows if present.get((row.region, row.day)) != _figures(row)]
    DailyTemperature.objects.bulk_create(
        [
            DailyTemperature(region_id=row.region, day=row.day, **dict(zip(_FIELDS, _figures(row), strict=True)))
            for row in changed
        ],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["region", "day"],
        update_fields=list(_FIELDS),
    )
    num_changed = sum((row.region, row.day) in present for row in changed)
    return WeatherImported(len(rows), len(changed) - num_changed, num_changed, (), _spans({row.region for row in rows}))


def _unknown_regions(rows: Iterable[DayRow]) -> list[Mistake]:
    """The first row of every region that is no county we know."""
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.region, row.line)
    known = set(Region.objects.filter(code__in=first, level=Region.Level.COUNTY).values_list("code", flat=True))
    return [
        Mistake(
            line,
            "region",
            _("No county with the code %(code)s is known. Check it, or import the county first.") % {"code": code},
        )
        for code, line in first.items()
        if code not in known
    ]


def _figures(row: DayRow) -> _Figures:
    return row.mean_dc, row.low_dc, row.high_dc, row.source


def _present(rows: list[DayRow]) -> dict[tuple[str, date], _Figures]:
    if not rows:
        return {}
    days = [row.day for row in rows]
    # Nobody else writes these rows between here and the end, so that two imports count right.
    found = (
        DailyTemperature.objects.select_for_update()
        .filter(region_id__in={row.region for row in rows}, day__range=(min(days), max(days)))
        .order_by("region_id", "day")
        .values_list("region_id", "day", *_FIELDS)
    )
    return {(region, day): (mean, low, high, source) for region, day, mean, low, high, source in found}


def _spans(regions: set[str]) -> tuple[Span, ...]:
    days: dict[str, list[date]] = {}
    found = DailyTemperature.objects.filter(region_id__in=regions).order_by("region_id", "day")
    for region, day in found.values_list("region_id", "day"):
        days.setdefault(region, []).append(day)
    return tuple(
        Span(region, known[0], known[-1], (known[-1] - known[0]).days + 1 - len(known))
        for region, known in sorted(days.items())
    )
