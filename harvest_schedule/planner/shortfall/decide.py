"""
The answer: what comes is shared out, then each thing the policy names is tried for the packs that do not come.

Money is exact: for every line, what it keeps and what goes back sum to what was paid for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harvest_schedule.planner.shortfall.policy import Policy
from harvest_schedule.planner.shortfall.problem import REFUND, SUBSTITUTE, Demand, Option, Shortfall
from harvest_schedule.planner.shortfall.sharing import Claim, share_out


@dataclass(frozen=True, slots=True)
class Part:
    """
    Packs of a line that do not come as promised.

    ``freight_fen`` is their share of the line's freight. ``back_fen`` goes back at once: all that was paid for packs
    that are refunded, the difference to a cheaper price for packs that are moved. For packs that are only offered it
    is nothing yet; ``difference_fen`` is what goes back when their buyer agrees.
    """

    kind: str
    packs: int
    window_id: int | None
    price_fen: int
    freight_fen: int
    back_fen: int
    difference_fen: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one line gets: packs as promised with their share of the freight, and parts for all the others."""

    line_id: int
    buyer_kind: str
    promised: int
    served: int
    served_freight_fen: int
    parts: tuple[Part, ...]

    def packs_of(self, kind: str) -> int:
        return sum(part.packs for part in self.parts if part.kind == kind)


@dataclass(frozen=True, slots=True)
class Decision:
    """One share a line, in the order of the lines."""

    shares: tuple[Share, ...]

    @property
    def promised(self) -> int:
        return sum(share.promised for share in self.shares)

    @property
    def served(self) -> int:
        return sum(share.served for share in self.shares)

    @property
    def back_fen(self) -> int:
        return sum(part.back_fen for share in self.shares for part in share.parts)

    def packs_of(self, kind: str) -> int:
        return sum(share.packs_of(kind) for share in self.shares)


def decide(shortfall: Shortfall, policy: Policy) -> Decision:
    """Decide a shortfall by a policy. The same input gives the same answer."""
    demands = shortfall.demands
    served = share_out([_claim(demand, demand.packs, demand.pack_g) for demand in demands], shortfall.coming_g, policy)
    left = {demand.line_id: demand.packs - served[demand.line_id] for demand in demands}
    taken: dict[int, list[tuple[Option, int]]] = {demand.line_id: [] for demand in demands}
    for kind in policy.unserved:
        for option in _options(shortfall.options, kind, policy):
            waiting = [_claim(demand, left[demand.line_id], 1) for demand in demands if _may_take(demand, option, left)]
            for line_id, packs in share_out(waiting, option.free_packs, policy).items():
                if packs:
                    taken[line_id].append((option, packs))
                    left[line_id] -= packs
    return Decision(
        tuple(_share(demand, served[demand.line_id], taken[demand.line_id], left[demand.line_id]) for demand in demands)
    )


def undecided(shortfall: Shortfall) -> Decision:
    """Return what would come of it if nobody decided: the lines due first are sent, the rest is paid back."""
    claims = [
        Claim(demand.line_id, demand.buyer_kind, demand.packs, demand.pack_g, demand.due_day)
        for demand in shortfall.demands
    ]
    served = share_out(claims, shortfall.coming_g, Policy())
    return Decision(
        tuple(
            _share(demand, served[demand.line_id], [], demand.packs - served[demand.line_id])
            for demand in shortfall.demands
        )
    )


def _claim(demand: Demand, packs: int, size: int) -> Claim:
    return Claim(demand.line_id, demand.buyer_kind, packs, size, demand.ordered_at)


def _options(options: Iterable[Option], kind: str, policy: Policy) -> list[Option]:
    chosen = [option for option in options if option.kind == kind]
    if kind == SUBSTITUTE and policy.substitute is not None:
        return [option for option in chosen if option.window_id == policy.substitute]
    # One offer a buyer: what is offered must be understood in one sentence.
    return chosen[:1] if kind == SUBSTITUTE else chosen


def _may_take(demand: Demand, option: Option, left: dict[int, int]) -> bool:
    is_reached = option.reaches is None or demand.line_id in option.reaches
    return left[demand.line_id] > 0 and is_reached and option.kind not in demand.refuses


def _share(demand: Demand, served: int, taken: Sequence[tuple[Option, int]], refunded: int) -> Share:
    packs = [served, *(number for _option, number in taken), refunded]
    served_freight_fen, *freights_fen, refund_freight_fen = freight_split(demand.freight_fen, packs)
    parts = []
    for (option, number), freight_fen in zip(taken, freights_fen, strict=True):
        difference_fen = max(0, demand.unit_price_fen - option.price_fen) * number
        back_fen = 0 if option.kind == SUBSTITUTE else difference_fen
        parts.append(
            Part(option.kind, number, option.window_id, option.price_fen, freight_fen, back_fen, difference_fen)
        )
    if refunded:
        paid_fen = demand.unit_price_fen * refunded + refund_freight_fen
        parts.append(Part(REFUND, refunded, None, 0, refund_freight_fen, paid_fen, 0))
    return Share(demand.line_id, demand.buyer_kind, demand.packs, served, served_freight_fen, tuple(parts))


def freight_split(freight_fen: int, packs: Sequence[int]) -> list[int]:
    """Split a line's freight by packs, by largest remainder; earlier parts win ties, no packs get no freight."""
    whole = sum(packs)
    parts = [freight_fen * number // whole for number in packs]
    order = sorted(range(len(packs)), key=lambda index: (-(freight_fen * packs[index] % whole), index))
    for index in order[: freight_fen - sum(parts)]:
        parts[index] += 1
    return parts
