"""Where one lot comes from and how far it went: places and dates, never people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from catalog.models import Produce, Region
from catalog.provinces import province_of
from logistics.models import Lot, LotDraw
from logistics.states import LotStatus
from marketplace.order.states import LineStatus
from marketplace.settlement.disclosure import FEWEST_HOUSEHOLDS

_GONE = (LineStatus.SHIPPED, LineStatus.DELIVERED, LineStatus.SETTLED)


@dataclass(frozen=True)
class Trace:
    """
    What the public may know of a lot.

    ``village`` is empty where fewer than five households grow for the cooperative; ``provinces`` are where parcels
    with this lot went, by number of packs, without the packs: one buyer in one province is nobody's business.
    """

    number: str
    produce: Produce
    county: Region
    province_name: str
    village: str
    cooperative_name: str
    grade_name: str
    grade_detail: str
    picked_on: date
    received_at: datetime
    best_before: date
    certificate_number: str
    hub_name: str
    is_cold: bool
    is_held: bool
    is_recalled: bool
    provinces: tuple[str, ...]


def trace_of(number: str) -> Trace:
    """
    Return the trace of a lot by its number, however it is capitalised.

    Raises
    ------
    Lot.DoesNotExist
    """
    lot = Lot.objects.select_related("produce", "grade", "cooperative__region", "hub").get(number=number.upper())
    county = lot.cooperative.region
    return Trace(
        number=lot.number,
        produce=lot.produce,
        county=county,
        province_name=province_of(county.code).short,
        village=lot.cooperative.village if lot.cooperative.num_households >= FEWEST_HOUSEHOLDS else "",
        cooperative_name=lot.cooperative.name,
        grade_name=lot.grade.name,
        grade_detail=lot.grade.detail,
        picked_on=lot.picked_on,
        received_at=lot.received_at,
        best_before=lot.best_before,
        certificate_number=lot.certificate_number,
        hub_name=lot.hub.name,
        is_cold=lot.mode == "COLD",
        is_held=lot.status == LotStatus.HELD,
        is_recalled=lot.status == LotStatus.RECALLED,
        provinces=_went_to(lot),
    )


def _went_to(lot: Lot) -> tuple[str, ...]:
    draws = LotDraw.objects.filter(lot=lot, undone_at=None, line__status__in=_GONE).values_list(
        "line__order__shipping_address__district_id", "packs"
    )
    packs: Counter[str] = Counter()
    for district, num_packs in draws:
        if district:
            packs[district[:2]] += num_packs
    return tuple(province_of(code).short for code, _packs in packs.most_common())
