"""
What a reason is, and the figures that reasons are made from, looked up once for a result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.tracing import Served, trace
from harvest_schedule.planner.wording import Units, say

SMALL = 1e-6
"""Relative difference below which two figures are one."""


@dataclass(frozen=True, slots=True)
class Reason:
    """
    One sentence about a subject (a window's key, ``supply[3]``, or ``plan``).

    ``key`` names the sentence, ``numbers`` are its figures in the problem's own units, ``zh`` and ``en`` say it.
    """

    subject: str
    key: str
    numbers: Mapping[str, float]
    zh: str
    en: str

    def to_json(self) -> dict[str, Any]:
        """The reason as plain data."""
        return {
            "subject": self.subject,
            "key": self.key,
            "numbers": dict(self.numbers),
            "zh": self.zh,
            "en": self.en,
        }


class Facts:
    """What the sentences are made from, looked up once."""

    def __init__(self, result: Result, units: Units) -> None:
        self.result = result
        self.data: Problem = result.data
        self.units = units
        self.dual = {(row.kind, row.where): row.value for row in result.duals}
        self.sold = result.plan.sold("spot")
        self.served: dict[int, list[Served]] = defaultdict(list)
        for part in trace(self.data, result.plan):
            if part.kind == "spot":
                self.served[part.index].append(part)

    def worth(self, kind: str, where: str) -> float:
        """What one more unit of something limited would earn; zero where it does not bind."""
        return self.dual.get((kind, where), 0.0)

    def reason(self, subject: str, key: str, words: dict[str, tuple[str, str]], **numbers: float) -> Reason:
        """A sentence of ``wording`` about a subject; every sentence may use the unit's word ``one``."""
        zh, en = say(key, {"one": self.units.one, **words})
        return Reason(subject, key, numbers, zh, en)

    def greatest(self, kind: str, places: Sequence[str], less: float = 0.0) -> tuple[float, str]:
        """The greatest dual of a kind over places, with its place; nothing where it is not above ``less``."""
        found = max(((self.worth(kind, where), where) for where in dict.fromkeys(places)), default=(0.0, ""))
        return (found[0], found[1]) if found[0] > less * (1 + SMALL) else (0.0, "")


def both(text: str) -> tuple[str, str]:
    """A word that is the same in both languages."""
    return text, text
