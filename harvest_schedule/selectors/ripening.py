"""What the weather or a full bloom says of the dates of harvests that have not begun."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from harvest_schedule.forecasting import TIMING_SD_DAYS
from harvest_schedule.models import DailyTemperature, Harvest, HarvestReport
from harvest_schedule.planner.phenology import DateNews, bloom_news, degree_days, weather_news
from harvest_schedule.states import HarvestStatus
from marketplace.foundation.clock import business_date

_TENTHS = 10


def ripening_news(harvests: Sequence[Harvest], at: datetime) -> dict[int, DateNews]:
    """
    Return by harvest id how much later than told it will be; nothing of harvests of which nothing is known.

    Only a harvest whose produce is counted from a day, whose day was told, and which has not begun can be moved.
    """
    open_rows = [
        row
        for row in harvests
        if row.biofix_on is not None and row.status == HarvestStatus.DECLARED and row.produce.counts_from
    ]
    if not open_rows:
        return {}
    told, biofix_told = _last_words(open_rows, at)
    warmth = _temperatures(
        {row.cooperative.region_id for row in open_rows if row.produce.counts_from == "planting"}, at
    )
    found = {}
    for row in open_rows:
        news = (
            _by_bloom(row, told[row.pk], biofix_told[row.pk])
            if row.produce.counts_from == "bloom"
            else _by_warmth(row, told[row.pk], warmth.get(row.cooperative.region_id, []), business_date(at))
        )
        if news is not None:
            found[row.pk] = news
    return found


def _by_bloom(row: Harvest, told_on: date, bloom_told_on: date) -> DateNews | None:
    if row.biofix_on is None or not row.produce.bloom_days_low or not row.produce.bloom_days_high:
        return None
    return bloom_news(
        bloom=row.biofix_on,
        bloom_told_on=bloom_told_on,
        low_days=row.produce.bloom_days_low,
        high_days=row.produce.bloom_days_high,
        middle=row.starts_on + timedelta(days=(row.ends_on - row.starts_on).days // 2),
        told_on=told_on,
        own_sd=TIMING_SD_DAYS,
    )


def _by_warmth(row: Harvest, told_on: date, days: Sequence[DailyTemperature], today: date) -> DateNews | None:
    if row.biofix_on is None or row.produce.gdd_base_c is None or not row.produce.gdd_to_harvest:
        return None
    base_c = float(row.produce.gdd_base_c)
    return weather_news(
        {
            day.day: degree_days(
                base_c, mean_c=_celsius(day.mean_dc), low_c=_celsius(day.low_dc), high_c=_celsius(day.high_dc)
            )
            for day in days
        },
        biofix=row.biofix_on,
        needed=row.produce.gdd_to_harvest,
        told_on=told_on,
        today=today,
        own_sd=TIMING_SD_DAYS,
    )


def _celsius(tenths: int | None) -> float | None:
    return None if tenths is None else tenths / _TENTHS


def _last_words(harvests: Sequence[Harvest], at: datetime) -> tuple[dict[int, date], dict[int, date]]:
    """
    Return the day on which the field last spoke of each harvest's dates, and that on which its biofix was told.

    A report that tells of the bloom only leaves the dates to what follows from it; any other report says by its
    silence that the dates still hold.
    """
    told = {row.pk: business_date(row.declared_at) for row in harvests}
    biofix_told = dict(told)
    reports = HarvestReport.objects.filter(harvest_id__in=list(told), reported_at__lte=at).order_by("reported_at", "pk")
    for report in reports:
        day = business_date(report.reported_at)
        if report.biofix_on is not None:
            biofix_told[report.harvest_id] = day
        if report.biofix_on is None or report.shift_days:
            told[report.harvest_id] = day
    return told, biofix_told


def _temperatures(regions: Collection[str], at: datetime) -> dict[str, list[DailyTemperature]]:
    found: dict[str, list[DailyTemperature]] = {}
    for row in DailyTemperature.objects.filter(region_id__in=regions, day__lte=business_date(at)).order_by("day"):
        found.setdefault(row.region_id, []).append(row)
    return found
