"""
How fair a decision is, in three figures that a person can check.

    share of a kind      packs served of the kind's lines / packs promised to them
    Jain index           (Σ fᵢ)² / (n · Σ fᵢ²) over the lines' served fractions fᵢ: 1 when all are alike, 1/n when one
                         has everything. Jain, Chiu and Hawe, A Quantitative Measure of Fairness, DEC-TR-301, 1984.
    worst served         the smallest fᵢ, and whose it is

Served means as promised; packs sent later or by others are told beside it, and money back is no share of anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from harvest_schedule.planner.shortfall.decide import Decision
from harvest_schedule.planner.shortfall.problem import BUYER_KINDS, LATER, OTHER_LOT

PERMILLE = 1000


@dataclass(frozen=True, slots=True)
class KindShare:
    """Packs of one kind of buyers: promised, served as promised, moved to other goods or days of the same kind."""

    kind: str
    promised_packs: int
    served_packs: int
    moved_packs: int

    @property
    def share_permille(self) -> int:
        return permille(Fraction(self.served_packs, self.promised_packs))


@dataclass(frozen=True, slots=True)
class Fairness:
    """The three figures. Kinds without a line are left out; ``worst_line_id`` is None when there is no line at all."""

    kinds: tuple[KindShare, ...]
    jain_permille: int
    worst_permille: int
    worst_line_id: int | None

    def to_json(self) -> dict[str, Any]:
        return {
            "kinds": [
                {
                    "kind": share.kind,
                    "promised_packs": share.promised_packs,
                    "served_packs": share.served_packs,
                    "moved_packs": share.moved_packs,
                }
                for share in self.kinds
            ],
            "jain_permille": self.jain_permille,
            "worst_permille": self.worst_permille,
            "worst_line_id": self.worst_line_id,
        }


def fairness_of(decision: Decision) -> Fairness:
    """Measure a decision."""
    kinds = []
    for kind in BUYER_KINDS:
        lines = [share for share in decision.shares if share.buyer_kind == kind]
        if lines:
            moved = sum(share.packs_of(OTHER_LOT) + share.packs_of(LATER) for share in lines)
            kinds.append(
                KindShare(kind, sum(line.promised for line in lines), sum(line.served for line in lines), moved)
            )
    fractions = [Fraction(share.served, share.promised) for share in decision.shares]
    worst = min(range(len(fractions)), key=lambda index: (fractions[index], index), default=None)
    return Fairness(
        kinds=tuple(kinds),
        jain_permille=permille(jain(fractions)),
        worst_permille=PERMILLE if worst is None else permille(fractions[worst]),
        worst_line_id=None if worst is None else decision.shares[worst].line_id,
    )


def fairness_read(data: Mapping[str, Any]) -> Fairness:
    """Read figures that `Fairness.to_json` wrote."""
    return Fairness(
        kinds=tuple(KindShare(**row) for row in data["kinds"]),
        jain_permille=data["jain_permille"],
        worst_permille=data["worst_permille"],
        worst_line_id=data["worst_line_id"],
    )


def jain(fractions: Sequence[Fraction]) -> Fraction:
    """Return Jain's index; 1 where there is nobody, or nobody has anything: all are alike."""
    squares = sum((fraction * fraction for fraction in fractions), Fraction(0))
    if not squares:
        return Fraction(1)
    total = sum(fractions, Fraction(0))
    return total * total / (len(fractions) * squares)


def permille(fraction: Fraction) -> int:
    """Return thousandths, rounded half up."""
    return (2 * PERMILLE * fraction.numerator + fraction.denominator) // (2 * fraction.denominator)
