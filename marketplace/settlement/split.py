"""
How a delivered line's money is divided. Pure: whole fen in, whole fen out, nothing read, nothing written.

The rules, with worked tables, stand in docs/algorithms/settlement.md:

1. What the buyer paid for freight goes to freight.
2. Of the goods, the payment fee (on all that was paid), packing and the seller's fee are taken; the rest is the
   cooperatives', by the grams drawn from their lots.
3. A refund is borne by the cooperatives' part first; then costs shrink: the seller's fee, then packing, then the
   payment fee, which the provider has really charged; freight, which was really driven, comes last.
4. One rounding for everything, by largest remainder; where remainders tie, the odd fen is a cooperative's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.foundation.units import split_by_weight

PERMILLE = 1000


@dataclass(frozen=True)
class DrawnPart:
    """Grams of one lot in the line, and whose lot it is."""

    lot_id: int
    cooperative_id: int
    grams: int

    def __post_init__(self) -> None:
        if self.grams <= 0:
            raise ValueError("a part of a line weighs something")


@dataclass(frozen=True)
class LineMoney:
    """What was paid for a line and sent back of it, in fen. The goods cost something."""

    goods_fen: int
    freight_fen: int
    refunded_fen: int

    def __post_init__(self) -> None:
        if self.goods_fen <= 0 or self.freight_fen < 0 or not 0 <= self.refunded_fen <= self.paid_fen:
            raise ValueError(f"impossible figures of a line: {self}")

    @property
    def paid_fen(self) -> int:
        return self.goods_fen + self.freight_fen

    @property
    def kept_fen(self) -> int:
        """What is there to be divided."""
        return self.paid_fen - self.refunded_fen


@dataclass(frozen=True)
class Costs:
    """What is taken of the goods: two fees in thousandths, and packing in fen for the line."""

    seller_fee_permille: int
    payment_fee_permille: int
    packing_fen: int

    def __post_init__(self) -> None:
        if min(self.seller_fee_permille, self.payment_fee_permille, self.packing_fen) < 0:
            raise ValueError(f"negative costs: {self}")


@dataclass(frozen=True)
class LotShare:
    """One lot's part of the cooperatives' money."""

    lot_id: int
    cooperative_id: int
    amount_fen: int


@dataclass(frozen=True)
class Split:
    """A line's money, divided; the parts sum to what was kept, none is negative."""

    lots: tuple[LotShare, ...]
    freight_fen: int
    packing_fen: int
    seller_fee_fen: int
    payment_fee_fen: int

    @property
    def cooperatives_fen(self) -> int:
        return sum(share.amount_fen for share in self.lots)

    @property
    def total_fen(self) -> int:
        return self.cooperatives_fen + self.freight_fen + self.packing_fen + self.seller_fee_fen + self.payment_fee_fen


def line_split(money: LineMoney, costs: Costs, parts: Sequence[DrawnPart]) -> Split:
    """
    Divide a line's money.

    Parameters
    ----------
    parts
        At least one; a lot at most once. Their order decides ties only.
    """
    if not parts or len({part.lot_id for part in parts}) != len(parts):
        raise ValueError("a line is drawn from at least one lot, and from each lot once")
    # Freight is reached by a refund only when nothing of the goods is left.
    goods_left_fen = max(0, money.goods_fen - money.refunded_fen)
    freight_fen = money.kept_fen - goods_left_fen

    # In thousandths of a fen everything is whole, so one rounding at the end is exact.
    left = goods_left_fen * PERMILLE
    payment_fee = min(left, money.paid_fen * costs.payment_fee_permille)
    packing = min(left - payment_fee, costs.packing_fen * PERMILLE)
    seller_fee = min(left - payment_fee - packing, money.goods_fen * costs.seller_fee_permille)
    cooperatives = left - payment_fee - packing - seller_fee

    grams = sum(part.grams for part in parts)
    weights = [cooperatives * part.grams for part in parts]
    weights += [packing * grams, seller_fee * grams, payment_fee * grams]
    *lots_fen, packing_fen, seller_fee_fen, payment_fee_fen = split_by_weight(goods_left_fen, weights)
    return Split(
        lots=tuple(LotShare(part.lot_id, part.cooperative_id, fen) for part, fen in zip(parts, lots_fen, strict=True)),
        freight_fen=freight_fen,
        packing_fen=packing_fen,
        seller_fee_fen=seller_fee_fen,
        payment_fee_fen=payment_fee_fen,
    )
