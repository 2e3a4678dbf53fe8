"""A lot's best-before by the store it lies in, from what its produce keeps there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from catalog.models import Produce
from logistics.allocation.life import Stay, best_before_day
from logistics.models import StorageMode

#: Dark teas improve for years and have no storage life in the fact file; a label still needs a date. Ten years.
KEEPS_LONG_DAYS = 3650


def keeps_days(produce: Produce, mode: str) -> int | None:
    """Return the days a produce keeps in a store from picking on; None where it cannot be kept there at all."""
    days = {StorageMode.AMBIENT: produce.storage_days_ambient, StorageMode.COLD: produce.storage_days_cold}
    if not any(days.values()):
        return KEEPS_LONG_DAYS if mode == StorageMode.AMBIENT else None
    return days[StorageMode(mode)] or None


def best_before(picked_on: date, stays: Sequence[Stay], *, keeps_for_days: int) -> date:
    """Return the last day of life after finished stays, where it now keeps for so many days."""
    return date.fromordinal(best_before_day(picked_on.toordinal(), stays, keeps_days=keeps_for_days))
