"""
Sharing out an amount among claims in whole packs: by time, or in proportion.

In proportion means by largest remainder (Hamilton's method): every claim gets its exact share rounded down, and what is
left goes, a pack each, to the largest remainders. It never strays a full pack from the exact share. The price is known
(Balinski and Young, Fair Representation, 1982): a little more to share can cost a single claim one pack, the Alabama
paradox; all claims together never get fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harvest_schedule.planner.shortfall.policy import EARLIEST, Policy
from harvest_schedule.planner.shortfall.problem import CONTRACT


@dataclass(frozen=True, slots=True)
class Claim:
    """Packs wanted by one line, each of a size in the unit of what is shared out (grams, or 1 for packs)."""

    line_id: int
    buyer_kind: str
    packs: int
    size: int
    ordered_at: int

    @property
    def rank(self) -> tuple[int, int]:
        """Earlier orders first; of the same moment the smaller line id, so that equal input gives equal answers."""
        return (self.ordered_at, self.line_id)


def share_out(claims: Sequence[Claim], amount: int, policy: Policy) -> dict[int, int]:
    """Return the packs each line gets, never more than it wants and in all never more than the amount."""
    tiers = [list(claims)]
    if policy.contracts_first:
        tiers = [
            [claim for claim in claims if claim.buyer_kind == CONTRACT],
            [claim for claim in claims if claim.buyer_kind != CONTRACT],
        ]
    rule = by_time if policy.order == EARLIEST else in_proportion
    given: dict[int, int] = {}
    left = amount
    for tier in tiers:
        got = rule(tier, left)
        left -= sum(claim.size * got[claim.line_id] for claim in tier)
        given |= got
    return given


def by_time(claims: Sequence[Claim], amount: int) -> dict[int, int]:
    """Serve the earliest claim as far as the amount goes, then the next."""
    given: dict[int, int] = {}
    left = amount
    for claim in sorted(claims, key=lambda claim: claim.rank):
        packs = min(claim.packs, left // claim.size)
        given[claim.line_id] = packs
        left -= packs * claim.size
    return given


def in_proportion(claims: Sequence[Claim], amount: int) -> dict[int, int]:
    """
    Serve every claim the same share, in whole packs by largest remainder.

    The exact share of a claim is packs · min(1, amount / wanted), with both in the unit of the amount.
    """
    wanted = sum(claim.packs * claim.size for claim in claims)
    if wanted <= amount:
        return {claim.line_id: claim.packs for claim in claims}
    given = {claim.line_id: claim.packs * amount // wanted for claim in claims}
    left = amount - sum(claim.size * given[claim.line_id] for claim in claims)
    for claim in sorted(claims, key=lambda claim: (-(claim.packs * amount % wanted), claim.rank)):
        if claim.packs * amount % wanted and claim.size <= left:
            given[claim.line_id] += 1
            left -= claim.size
    return given
