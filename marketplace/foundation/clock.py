"""
The one place that reads the clock. Views, tasks and commands call it and pass `at` on; nothing below them does.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

#: Every business date of Fenglu is a date in this zone (no daylight saving since 1991).
SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the present moment, aware."""
    return timezone.now()


def business_date(at: datetime) -> date:
    """Return the calendar date in Shanghai at a moment."""
    return at.astimezone(SHANGHAI).date()


def shanghai(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """Return the moment at which that day reaches that hour in Shanghai."""
    return datetime.combine(day, time(hour, minute), tzinfo=SHANGHAI)


def day_end(day: date) -> datetime:
    """Return the first moment after the day, for half-open intervals."""
    return shanghai(day + timedelta(days=1))
