"""
What is on sale at a moment: open windows with packs left, one best window per product.

Availability is judged by the clock in every statement, so the answer is right whatever a background job did or did
not do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Greatest, Least

from catalog.models import Produce
from catalog.partner.models import Phase, StockRecord
from catalog.provinces import PROVINCES
from catalog.selectors.seasons import harvest_windows_column
from marketplace.foundation.clock import business_date

#: How a list may be sorted. `best` is the order in which a search found the products.
SORTS = ("ships", "price", "name", "best")


@dataclass(frozen=True)
class OfferFilters:
    """
    What a shopper narrows a list down by; an empty set means no narrowing.

    ``provinces`` are two-digit prefixes and ``counties`` six-digit codes of GB/T 2260. ``leaves_by`` is the last day
    a pack may leave. ``product_ids`` are a search's hits, best first; None when nothing was searched for.
    """

    phases: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    provinces: frozenset[str] = frozenset()
    counties: frozenset[str] = frozenset()
    produce_ids: frozenset[int] = frozenset()
    leaves_by: date | None = None
    product_ids: tuple[int, ...] | None = None


@dataclass(frozen=True)
class FacetCounts:
    """How many products each choice would show, with the other groups' choices as they are."""

    total: int
    phases: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)
    provinces: dict[str, int] = field(default_factory=dict)
    days: dict[date, int] = field(default_factory=dict)


def leaves_by_on(day: date) -> Case:
    """Return the SQL of `StockRecord.promise_on(day)[1]`: the last day on which packs ordered that day leave."""
    after_order = ExpressionWrapper(
        Greatest(F("ships_from"), Value(day, output_field=DateField())) + F("dispatch_days"), output_field=DateField()
    )
    return Case(
        When(dispatch_days__isnull=True, then=F("ships_by")),
        default=Least(F("ships_by"), after_order),
        output_field=DateField(),
    )


def followed_by() -> QuerySet[StockRecord]:
    """Return, for an outer window, the one of the same product and phase that opens when it closes: it goes on."""
    return StockRecord.objects.filter(
        product=OuterRef("product"), phase=OuterRef("phase"), opens_at=OuterRef("closes_at"), num_in_stock__gt=0
    )


def offers_at(at: datetime) -> QuerySet[StockRecord]:
    """Return the open windows with packs left of public products, with `leaves_by` for an order of that day."""
    return (
        StockRecord.objects.open_at(at)
        .with_packs_left()
        .filter(product__is_public=True, product__produce__isnull=False)
        .annotate(leaves_by=leaves_by_on(business_date(at)))
    )


def _groups(filters: OfferFilters) -> dict[str, Q]:
    groups = {}
    if filters.phases:
        groups["phases"] = Q(phase__in=filters.phases)
    if filters.categories:
        groups["categories"] = Q(product__produce__category__in=filters.categories)
    if filters.provinces:
        groups["provinces"] = _in_provinces(filters.provinces)
    if filters.leaves_by is not None:
        groups["days"] = Q(leaves_by__lte=filters.leaves_by)
    return groups


def _in_provinces(prefixes: frozenset[str]) -> Q:
    within = Q()
    for prefix in sorted(prefixes):
        within |= Q(product__produce__region__code__startswith=prefix)
    return within


def _base(filters: OfferFilters, at: datetime) -> QuerySet[StockRecord]:
    """Return the offers of the search and the county: what the facets count within."""
    offers = offers_at(at)
    if filters.product_ids is not None:
        offers = offers.filter(product_id__in=filters.product_ids)
    if filters.counties:
        offers = offers.filter(product__produce__region_id__in=filters.counties)
    if filters.produce_ids:
        offers = offers.filter(product__produce_id__in=filters.produce_ids)
    return offers


def offers_filtered(filters: OfferFilters, at: datetime) -> QuerySet[StockRecord]:
    """Return the offers that pass every filter."""
    return _base(filters, at).filter(*_groups(filters).values())


def facet_counts(filters: OfferFilters, days: Sequence[date], at: datetime) -> FacetCounts:
    """Count products for every choice of the filter rail in one statement."""
    groups = _groups(filters)
    aggregates: dict[str, Count] = {}

    def count(name: str, own: Q | None, group: str) -> None:
        conditions = [q for key, q in groups.items() if key != group]
        if own is not None:
            conditions.append(own)
        aggregates[name] = Count("product_id", distinct=True, filter=Q(*conditions) if conditions else None)

    count("total", None, "")
    for phase in Phase.values:
        count(f"phase_{phase}", Q(phase=phase), "phases")
    for category in Produce.Category.values:
        count(f"category_{category}", Q(product__produce__category=category), "categories")
    for prefix in PROVINCES:
        count(f"province_{prefix}", Q(product__produce__region__code__startswith=prefix), "provinces")
    for index, day in enumerate(days):
        count(f"day_{index}", Q(leaves_by__lte=day), "days")
    found: dict[str, int] = _base(filters, at).aggregate(**aggregates)
    return FacetCounts(
        total=found["total"],
        phases={phase: found[f"phase_{phase}"] for phase in Phase.values},
        categories={category: found[f"category_{category}"] for category in Produce.Category.values},
        provinces={prefix: found[f"province_{prefix}"] for prefix in PROVINCES},
        days={day: found[f"day_{index}"] for index, day in enumerate(days)},
    )


def _window_order(sort: str) -> tuple[str, ...]:
    return ("price", "leaves_by", "pk") if sort == "price" else ("leaves_by", "price", "pk")


def _list_order(sort: str, product_ids: Sequence[int] | None) -> list[Any]:
    if sort == "price":
        return ["price", "leaves_by", "product_id"]
    if sort == "name":
        return ["product__produce__pinyin", "product_id"]
    if sort == "best" and product_ids:
        position = Func(
            Value(list(product_ids)), F("product_id"), function="array_position", output_field=IntegerField()
        )
        return [position, "product_id"]
    return ["leaves_by", "product__produce__pinyin", "product_id"]


def offers_page(filters: OfferFilters, *, sort: str, offset: int, limit: int, at: datetime) -> list[StockRecord]:
    """
    Return one best window per product for a page of the list, with product, produce, county, grade and `seasons`.

    The best window of a product is the one that leaves first (or costs least, when sorted by price). Names are
    sorted by pinyin: the database knows no Chinese order.
    """
    best = offers_filtered(filters, at).order_by("product_id", *_window_order(sort)).distinct("product_id").values("pk")
    return list(
        StockRecord.objects.filter(pk__in=best)
        .annotate(
            leaves_by=leaves_by_on(business_date(at)),
            seasons=harvest_windows_column("product__produce_id"),
            is_followed=Exists(followed_by()),
        )
        .select_related("product__produce__region", "product__grade")
        .defer("product__search_vector", "product__search_text", "product__description")
        .order_by(*_list_order(sort, filters.product_ids))[offset : offset + limit]
    )
