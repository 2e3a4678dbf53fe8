"""The public ledger: where the money of settled lines went, by produce, county and month, as far as it may be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth

from catalog.models import Produce
from marketplace.foundation.clock import SHANGHAI, business_date, shanghai
from marketplace.settlement.disclosure import Cell, cells_published
from marketplace.settlement.models import LineSettlement, SettlementShare
from marketplace.settlement.selectors.money_split import MoneyPart

_PRODUCE = "line__stockrecord__product__produce_id"
#: The sums of a cell: the four parts by name, and these.
_PAID, _REFUNDED, _LINES = "PAID", "REFUNDED", "LINES"


@dataclass(frozen=True)
class MonthCell:
    """Sums of one produce in one closed month; ``produce`` is None where small ones are told together."""

    month: date
    produce: Produce | None
    num_lines: int
    paid_fen: int
    refunded_fen: int
    parts_fen: dict[MoneyPart, int]

    @property
    def kept_fen(self) -> int:
        return self.paid_fen - self.refunded_fen


@dataclass(frozen=True)
class LedgerRow:
    """A row of the public ledger: what it is about (None: small ones together), and its sums in fen."""

    about: Any
    num_lines: int
    paid_fen: int
    refunded_fen: int
    parts_fen: dict[MoneyPart, int]

    @property
    def kept_fen(self) -> int:
        return self.paid_fen - self.refunded_fen

    @property
    def amounts_fen(self) -> list[int]:
        """The parts in the order of `MoneyPart`."""
        return [self.parts_fen[part] for part in MoneyPart]

    @property
    def shares(self) -> list[tuple[str, int]]:
        """Label and fen of each part, for `<c-ledger-bar>`."""
        return [(part.label, self.parts_fen[part]) for part in MoneyPart]


def month_cells(at: datetime) -> list[MonthCell]:
    """
    Return the published cells of all months that are over, the newest month first.

    A month is told when it is over: a sum that grew from day to day would tell what one cooperative earned that day.
    """
    over_at = shanghai(business_date(at).replace(day=1))
    cells: dict[date, list[Cell[int]]] = defaultdict(list)
    for (month, produce_id), (households, sums) in _sums(over_at).items():
        cells[month].append(Cell(produce_id, households, sums))
    published = [
        (month, cell) for month in sorted(cells, reverse=True) for cell in cells_published(cells[month], size=_PAID)
    ]
    names = Produce.objects.select_related("region").in_bulk({cell.key for _month, cell in published if cell.key})
    return [
        MonthCell(
            month=month,
            produce=names[cell.key] if cell.key is not None else None,
            num_lines=cell.sums[_LINES],
            paid_fen=cell.sums[_PAID],
            refunded_fen=cell.sums[_REFUNDED],
            parts_fen={part: cell.sums[part.name] for part in MoneyPart},
        )
        for month, cell in published
    ]


def _sums(over_at: datetime) -> dict[tuple[date, int], tuple[dict[int, int], dict[str, int]]]:
    """Households by cooperative, and sums, of each produce in each month."""
    found: dict[tuple[date, int], tuple[dict[int, int], dict[str, int]]] = {}
    settlements = (
        LineSettlement.objects.filter(settled_at__lt=over_at, **{f"{_PRODUCE}__isnull": False})
        .annotate(month=TruncMonth("settled_at", tzinfo=SHANGHAI))
        .values("month", _PRODUCE)
        .annotate(
            goods=Sum("goods_fen"), freight=Sum("freight_fen"), refunded=Sum("refunded_fen"), num_lines=Count("pk")
        )
        .order_by("month", _PRODUCE)
    )
    for row in settlements:
        sums = {part.name: 0 for part in MoneyPart}
        sums |= {_PAID: row["goods"] + row["freight"], _REFUNDED: row["refunded"], _LINES: row["num_lines"]}
        found[row["month"].date(), row[_PRODUCE]] = ({}, sums)
    part_of = {purpose: part for part in MoneyPart for purpose in part.purposes}
    by_produce = f"settlement__{_PRODUCE}"
    shares = (
        SettlementShare.objects.filter(settlement__settled_at__lt=over_at, **{f"{by_produce}__isnull": False})
        .annotate(month=TruncMonth("settlement__settled_at", tzinfo=SHANGHAI))
        .values("month", by_produce, "purpose", "cooperative_id", "cooperative__num_households")
        .annotate(fen=Sum("amount_fen"))
        .order_by("month", by_produce, "purpose", "cooperative_id")
    )
    for row in shares:
        households, sums = found[row["month"].date(), row[by_produce]]
        sums[part_of[row["purpose"]].name] += row["fen"]
        if row["cooperative_id"] is not None:
            households[row["cooperative_id"]] = row["cooperative__num_households"]
    return found


def ledger_total(cells: Iterable[MonthCell]) -> LedgerRow | None:
    """Return the sum over all cells; None where there are none."""
    rows = ledger_by(cells, lambda _cell: "all")
    return rows[0] if rows else None


def ledger_by(cells: Iterable[MonthCell], about: Callable[[MonthCell], Any]) -> list[LedgerRow]:
    """Return sums over cells by what they are about, the largest first, small ones together last."""
    groups: dict[Any, list[MonthCell]] = defaultdict(list)
    for cell in cells:
        groups[about(cell)].append(cell)
    rows = [
        LedgerRow(
            about=key,
            num_lines=sum(cell.num_lines for cell in group),
            paid_fen=sum(cell.paid_fen for cell in group),
            refunded_fen=sum(cell.refunded_fen for cell in group),
            parts_fen={part: sum(cell.parts_fen[part] for cell in group) for part in MoneyPart},
        )
        for key, group in groups.items()
    ]
    return sorted(rows, key=lambda row: (row.about is None, -row.paid_fen, str(row.about)))
