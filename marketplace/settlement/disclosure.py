"""
What may be said in public of money without pointing at a family. Pure.

Sums are published by cell (a produce in a month). A cell that fewer than five households stand behind is merged with
other small ones of the same month; if the merged cell is still too small it takes the smallest sound cell with it, so
that it cannot be worked out by subtraction; a month in which that does not help is withheld whole. Everything public
is a sum over published cells, so no two tables can be held against each other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

#: Fewer households than this are never shown as a group of their own (PIPL; market_rules.md, section 11).
FEWEST_HOUSEHOLDS = 5

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Cell(Generic[Key]):
    """
    Sums of one group; ``key`` is None for a merged one.

    ``households`` is by cooperative, so that none is counted twice when cells are merged.
    """

    key: Key | None
    households: Mapping[int, int]
    sums: Mapping[str, int] = field(default_factory=dict)

    @property
    def num_households(self) -> int:
        return sum(self.households.values())

    @property
    def is_small(self) -> bool:
        return self.num_households < FEWEST_HOUSEHOLDS


def cells_published(cells: Iterable[Cell[Key]], *, size: str) -> list[Cell[Key]]:
    """
    Return what may be published of the cells of one month: sound ones as they are, the rest as one without a key.

    Parameters
    ----------
    size
        The sum by which cells are compared when a sound one must be given up.
    """
    small = [cell for cell in cells if cell.is_small]
    sound = sorted(
        (cell for cell in cells if not cell.is_small), key=lambda cell: (-cell.sums.get(size, 0), str(cell.key))
    )
    if not small:
        return sound
    merged = _merge(small)
    if merged.is_small:
        if not sound:
            return []
        merged = _merge([merged, sound.pop()])
    return [*sound, merged]


def _merge(cells: list[Cell[Key]]) -> Cell[Key]:
    households: dict[int, int] = {}
    sums: dict[str, int] = {}
    for cell in cells:
        households |= cell.households
        for name, amount in cell.sums.items():
            sums[name] = sums.get(name, 0) + amount
    return Cell(None, households, sums)
