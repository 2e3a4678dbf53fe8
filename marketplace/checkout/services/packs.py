"""
Taking packs of listing windows and giving them back: the scarce thing of the shop, by the one recipe.

Windows are locked in key order, so two orders never wait for each other in a ring; each is then taken by one
conditional update, so that even a caller who forgot the lock cannot oversell, and the CHECK stands behind both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import F
from django.db.models.functions import Greatest

from catalog.partner.models import StockRecord


class PacksGone(Exception):
    """Fewer packs are left than were asked for. Carries the window and what is left of it."""

    def __init__(self, window: StockRecord, wanted: int) -> None:
        self.window = window
        self.wanted = wanted
        super().__init__(f"window {window.pk}: {wanted} wanted, {window.num_left} left")


class WindowShut(Exception):
    """The window is not open at the moment of the order."""

    def __init__(self, window: StockRecord) -> None:
        self.window = window
        super().__init__(f"window {window.pk} is not open")


def windows_lock(window_ids: Iterable[int]) -> dict[int, StockRecord]:
    """Lock windows in key order and return them by id."""
    rows = StockRecord.objects.select_for_update(of=("self",)).filter(pk__in=set(window_ids)).order_by("pk")
    return {window.pk: window for window in rows}


def packs_take(packs: Mapping[int, int], *, at: datetime | None) -> None:
    """
    Hold packs of windows, all or none (the caller's transaction rolls back on an error).

    Parameters
    ----------
    packs
        Window id to number of packs.
    at
        The moment the windows must be open; None when a promise made before is taken up again.

    Raises
    ------
    WindowShut, PacksGone
    """
    windows = windows_lock(packs)
    for window_id in sorted(packs):
        window, wanted = windows[window_id], packs[window_id]
        if at is not None and not window.is_open(at):
            raise WindowShut(window)
        taken = StockRecord.objects.filter(pk=window_id, num_in_stock__gte=F("num_allocated") + wanted).update(
            num_allocated=F("num_allocated") + wanted
        )
        if not taken:
            raise PacksGone(window, wanted)


def packs_give_back(packs: Mapping[int, int]) -> None:
    """Release held packs. The CHECK refuses to go below nothing held."""
    windows_lock(packs)
    for window_id in sorted(packs):
        StockRecord.objects.filter(pk=window_id).update(num_allocated=F("num_allocated") - packs[window_id])


def packs_withdraw(packs: Mapping[int, int]) -> None:
    """Release held packs that cannot be promised to anybody else: the caps fall with them."""
    windows_lock(packs)
    for window_id in sorted(packs):
        gone = packs[window_id]
        StockRecord.objects.filter(pk=window_id).update(
            num_allocated=F("num_allocated") - gone,
            num_in_stock=F("num_in_stock") - gone,
            planned_cap=Greatest(F("planned_cap") - gone, 0),
        )
