"""How many products are on sale in each week of a year, and in which phase."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from catalog.partner.models import Phase, StockRecord
from marketplace.foundation.clock import business_date, shanghai

#: A week is judged at noon of its Wednesday; the present one at the moment asked for when that is later.
JUDGED_ON, JUDGED_HOUR = 2, 12


@dataclass(frozen=True)
class WeekCoverage:
    """Products on sale in one week; a product with windows of two phases counts in both, and once in all."""

    monday: date
    num_products: int
    num_presale: int
    num_fresh: int
    num_stored: int

    @property
    def has_every_phase(self) -> bool:
        return min(self.num_presale, self.num_fresh, self.num_stored) > 0


def season_coverage(at: datetime, *, num_weeks: int = 52) -> list[WeekCoverage]:
    """Return what is on sale, sold out or not, week by week from the present one on."""
    today = business_date(at)
    first = today - timedelta(days=today.weekday())
    moments = [
        max(at, shanghai(first + timedelta(weeks=week, days=JUDGED_ON), JUDGED_HOUR)) for week in range(num_weeks)
    ]
    found: list[dict[str, set[int]]] = [defaultdict(set) for _ in moments]
    windows = StockRecord.objects.filter(closes_at__gt=moments[0], opens_at__lte=moments[-1], num_in_stock__gt=0)
    for product_id, phase, opens_at, closes_at in windows.values_list("product_id", "phase", "opens_at", "closes_at"):
        for week, moment in enumerate(moments):
            if opens_at <= moment < closes_at:
                found[week][phase].add(product_id)
    return [
        WeekCoverage(
            monday=first + timedelta(weeks=week),
            num_products=len(set().union(*phases.values())),
            num_presale=len(phases[Phase.PRESALE]),
            num_fresh=len(phases[Phase.FRESH]),
            num_stored=len(phases[Phase.STORED]),
        )
        for week, phases in enumerate(found)
    ]
