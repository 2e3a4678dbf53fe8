"""What opens next: windows that have not opened yet, by their hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.db.models import Exists, OuterRef, QuerySet

from catalog.partner.models import StockRecord
from marketplace.foundation.clock import business_date
from marketplace.storefront.selectors.origins import origin_text

#: More than a month of openings on the busiest plan we know.
_MAX_OPENINGS = 120


@dataclass(frozen=True)
class Opening:
    """A window that opens later."""

    slug: str
    name: str
    spec: str
    origin: str
    phase: str
    price_fen: int
    opens_at: datetime
    ships_by: date


@dataclass(frozen=True)
class OpeningDay:
    """The windows that open on one day."""

    on: date
    openings: list[Opening]


def _continued() -> QuerySet[StockRecord]:
    """Windows that another one of the same product and phase follows without a gap: nothing opens there."""
    return StockRecord.objects.filter(
        product=OuterRef("product"), phase=OuterRef("phase"), closes_at=OuterRef("opens_at"), num_in_stock__gt=0
    )


def openings(at: datetime) -> list[OpeningDay]:
    """Return the next windows to open, by day; one statement."""
    windows = (
        StockRecord.objects.filter(
            opens_at__gt=at, planned_cap__gt=0, product__is_public=True, product__produce__isnull=False
        )
        .exclude(Exists(_continued()))
        .select_related("product__produce__region")
        .defer("product__search_vector", "product__search_text", "product__description")
        .order_by("opens_at", "product__produce__pinyin", "pk")[:_MAX_OPENINGS]
    )
    rows = [
        Opening(
            slug=window.product.slug,
            name=window.product.name,
            spec=window.product.spec,
            origin=origin_text(window.product.made_of.region),
            phase=window.phase,
            price_fen=window.price_fen,
            opens_at=window.opens_at,
            ships_by=window.ships_by,
        )
        for window in windows
    ]
    return [OpeningDay(day, list(group)) for day, group in groupby(rows, key=lambda row: business_date(row.opens_at))]
