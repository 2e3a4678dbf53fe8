"""
Where the money of settled lines went: of one product or produce, of all, and for the home page's ledger.

Public: sums behind which fewer than five households stand are not told (disclosure.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum

from django.db.models import Count, Max, Min, QuerySet, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Produce
from marketplace.foundation.clock import business_date
from marketplace.foundation.units import FEN_PER_YUAN, split_by_weight
from marketplace.settlement.disclosure import FEWEST_HOUSEHOLDS
from marketplace.settlement.models import SettlementShare

#: A season comes once a year, so the last year holds the last season of everything.
SEASON = timedelta(days=365)
#: Shares of this many fen are told: of every hundred yuan.
HUNDRED_YUAN_FEN = 100 * FEN_PER_YUAN

# By the window's product: Oscar lets a line's own product become empty, a window's never.
_PRODUCT = "settlement__line__stockrecord__product_id"
_PRODUCE = "settlement__line__stockrecord__product__produce_id"


class MoneyPart(Enum):
    """The four parts that the public is told of, in the order of their telling."""

    COOPERATIVES = "COOPERATIVES"
    FREIGHT = "FREIGHT"
    PACKING = "PACKING"
    PLATFORM = "PLATFORM"

    @property
    def label(self) -> str:
        return str(_LABELS[self])

    @property
    def purposes(self) -> tuple[str, ...]:
        return _PURPOSES[self]


_LABELS = {
    MoneyPart.COOPERATIVES: _("Cooperatives and households"),
    MoneyPart.FREIGHT: pgettext_lazy("part of the money", "Freight"),
    MoneyPart.PACKING: _("Sorting, cold store and packing"),
    MoneyPart.PLATFORM: _("Platform and payment"),
}
_PURPOSES = {
    MoneyPart.COOPERATIVES: (SettlementShare.Purpose.COOPERATIVE,),
    MoneyPart.FREIGHT: (SettlementShare.Purpose.FREIGHT,),
    MoneyPart.PACKING: (SettlementShare.Purpose.PACKING,),
    MoneyPart.PLATFORM: (SettlementShare.Purpose.SELLER_FEE, SettlementShare.Purpose.PAYMENT_FEE),
}


@dataclass(frozen=True)
class MoneySplit:
    """
    Where the money of a year's settled lines went, refunds already taken off, in fen by part.

    ``first_on`` and ``last_on`` are the days of the first and last settling. ``of_product`` says whether the product
    itself was settled often enough, or its produce stands in for it; ``produce`` is None for the whole shop.
    """

    fen: dict[MoneyPart, int]
    first_on: date
    last_on: date
    produce: Produce | None = None
    of_product: bool = False

    @property
    def total_fen(self) -> int:
        return sum(self.fen.values())

    def of(self, amount_fen: int) -> list[tuple[str, int]]:
        """Return label and fen of each part of an amount, in whole fen that sum to it; for `<c-ledger-bar>`."""
        parts = split_by_weight(amount_fen, [self.fen[part] for part in MoneyPart])
        return [(part.label, fen) for part, fen in zip(MoneyPart, parts, strict=True)]

    @property
    def of_hundred_yuan(self) -> list[tuple[str, int]]:
        """Return label and fen of each part of every hundred yuan paid."""
        return self.of(HUNDRED_YUAN_FEN)


def money_split_last(
    *, at: datetime, produce_id: int, product_id: int | None = None, produce: Produce | None = None
) -> MoneySplit | None:
    """
    Return where the money of a product went last season, or of its produce while too little of it is settled.

    None while fewer than five households stand behind it. One statement. Every amount includes freight, which the
    buyer pays beside the price.
    """
    rows = _rows(_settled(at).filter(**{_PRODUCE: produce_id}))
    if product_id is not None:
        of_product = _split(row for row in rows if row.product_id == product_id)
        if of_product is not None:
            return replace(of_product, produce=produce, of_product=True)
    of_produce = _split(rows)
    return replace(of_produce, produce=produce) if of_produce is not None else None


def money_split_featured(at: datetime) -> MoneySplit | None:
    """Return the split of the produce that was settled most often in the last year, for the home page."""
    most_settled = (
        _settled(at)
        .filter(**{f"{_PRODUCE}__isnull": False})
        .values(_PRODUCE)
        .annotate(num_lines=Count("settlement_id", distinct=True))
        .order_by("-num_lines", _PRODUCE)
    )
    for row in most_settled[:3]:
        produce = Produce.objects.select_related("region").get(pk=row[_PRODUCE])
        split = money_split_last(at=at, produce_id=produce.pk, produce=produce)
        if split is not None:
            return split
    return None


def money_split_total(at: datetime) -> MoneySplit | None:
    """Return the split of everything settled in the last year; None while too few households stand behind it."""
    return _split(_rows(_settled(at)))


@dataclass(frozen=True)
class _Row:
    """One sum of shares: of a product, for a purpose, and for a cooperative where it is a cooperative's."""

    product_id: int
    purpose: str
    cooperative_id: int | None
    num_households: int
    fen: int
    first_at: datetime
    last_at: datetime


def _settled(at: datetime) -> QuerySet[SettlementShare]:
    return SettlementShare.objects.filter(settlement__settled_at__gt=at - SEASON, settlement__settled_at__lte=at)


def _rows(shares: QuerySet[SettlementShare]) -> list[_Row]:
    grouped = (
        shares.values(_PRODUCT, "purpose", "cooperative_id", "cooperative__num_households")
        .annotate(
            fen=Sum("amount_fen"),
            first_at=Min("settlement__settled_at"),
            last_at=Max("settlement__settled_at"),
        )
        .order_by(_PRODUCT, "purpose", "cooperative_id")
    )
    return [
        _Row(
            product_id=row[_PRODUCT],
            purpose=row["purpose"],
            cooperative_id=row["cooperative_id"],
            num_households=row["cooperative__num_households"] or 0,
            fen=row["fen"],
            first_at=row["first_at"],
            last_at=row["last_at"],
        )
        for row in grouped
    ]


def _split(rows: Iterable[_Row]) -> MoneySplit | None:
    rows = list(rows)
    households = {row.cooperative_id: row.num_households for row in rows if row.cooperative_id is not None}
    by_purpose: dict[str, int] = defaultdict(int)
    for row in rows:
        by_purpose[row.purpose] += row.fen
    if sum(households.values()) < FEWEST_HOUSEHOLDS or not sum(by_purpose.values()):
        return None
    return MoneySplit(
        fen={part: sum(by_purpose[purpose] for purpose in part.purposes) for part in MoneyPart},
        first_on=business_date(min(row.first_at for row in rows)),
        last_on=business_date(max(row.last_at for row in rows)),
    )
