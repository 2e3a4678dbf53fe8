"""
What lies in the stores, told by whoever keeps them.

This room may not import logistics, which stands above it; logistics registers its lots here in AppConfig.ready.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class OnHandRow:
    """One lot's grams that no order line has drawn yet."""

    hub_id: int
    produce_id: int
    grade_id: int
    mode: str
    picked_on: date
    best_before: date
    grams: int


Source = Callable[[int, int, datetime], Iterable[OnHandRow]]
_sources: list[Source] = []


def register_on_hand_source(source: Source) -> None:
    """Add a source, called as ``source(hub_id, produce_id, at)``. Registering the same one again changes nothing."""
    if source not in _sources:
        _sources.append(source)


def on_hand(hub_id: int, produce_id: int, at: datetime) -> list[OnHandRow]:
    """Return what all sources hold of a produce at a hub, oldest first."""
    rows = [row for source in _sources for row in source(hub_id, produce_id, at)]
    return sorted(rows, key=lambda row: (row.picked_on, row.best_before, row.grade_id, row.mode, row.grams))
