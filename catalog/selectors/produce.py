"""The produce database as its pages read it: by county, kind and words; the calendar; the counties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from catalog.models import HarvestWindow, Produce, Region
from catalog.partner.models import Phase, StockRecord
from catalog.search_words import is_chinese_run, plain, runs


def _words(text: str) -> Q:
    """Return the condition that every word of a question stands in a name, alias, species or place of a produce."""
    condition = Q()
    for run in runs(text[:200])[:8]:
        if is_chinese_run(run):
            condition &= (
                Q(name_zh__contains=run)
                | Q(aliases_zh__contains=run)
                | Q(variety_zh__contains=run)
                | Q(region__name_zh__contains=run)
            )
        else:
            condition &= (
                Q(pinyin__icontains=run)
                | Q(name_en__icontains=run)
                | Q(aliases_en__icontains=run)
                | Q(variety_en__icontains=run)
                | Q(species__icontains=run)
                | Q(region__name_en__icontains=run)
            )
    return condition


def produce_list(*, text: str = "", category: str = "", county_code: str = "", province: str = "") -> QuerySet[Produce]:
    """Return produce with county and harvest windows, by pinyin; every given condition narrows."""
    rows = Produce.objects.select_related("region").prefetch_related(_windows_in_order())
    if text and runs(plain(text)):
        rows = rows.filter(_words(text))
    if category:
        rows = rows.filter(category=category)
    if county_code:
        rows = rows.filter(region_id=county_code)
    if province:
        rows = rows.filter(region__code__startswith=province)
    return rows.order_by("pinyin", "slug")


def _windows_in_order() -> Prefetch:
    return Prefetch("harvest_windows", queryset=HarvestWindow.objects.order_by("produce_id", "ordinal"))


def harvest_windows_of(produce_ids: Iterable[int]) -> dict[int, list[HarvestWindow]]:
    """Return the harvest windows of some produce in one statement."""
    found: dict[int, list[HarvestWindow]] = defaultdict(list)
    for window in HarvestWindow.objects.filter(produce_id__in=set(produce_ids)).order_by("produce_id", "ordinal"):
        found[window.produce_id].append(window)
    return found


def phases_on_sale(at: datetime) -> dict[int, set[str]]:
    """Return the phases that each produce is on sale in, by produce id; sold out windows do not count."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = (
        StockRecord.objects.open_at(at)
        .with_packs_left()
        .filter(product__is_public=True, product__produce__isnull=False)
        .values_list("product__produce_id", "phase")
        .distinct()
    )
    for produce_id, phase in rows:
        found[produce_id].add(phase)
    return found


@dataclass(frozen=True)
class CountyRow:
    """A county with what grows in it. ``is_picking`` says that something freshly picked there is on sale now."""

    region: Region
    produce: list[Produce]
    is_picking: bool


def counties(at: datetime) -> list[CountyRow]:
    """Return the counties that have produce, by code, with their produce."""
    picked_now = (
        StockRecord.objects.open_at(at)
        .with_packs_left()
        .filter(phase=Phase.FRESH, product__is_public=True, product__produce__region=OuterRef("pk"))
    )
    rows = (
        Region.objects.filter(pk__in=Produce.objects.values("region_id"))
        .annotate(is_picking=Exists(picked_now))
        .prefetch_related(Prefetch("produce", queryset=Produce.objects.order_by("pinyin", "slug")))
        .order_by("code")
    )
    return [CountyRow(region, list(region.produce.all()), region.is_picking) for region in rows]


def produce_county_codes() -> list[tuple[str, str, str]]:
    """Return code, Chinese and English name of every county that has produce, by code."""
    return list(
        Region.objects.filter(pk__in=Produce.objects.values("region_id"))
        .order_by("code")
        .values_list("code", "name_zh", "name_en")
    )


def counties_on_map() -> list[Region]:
    """Return the counties that have produce and coordinates, in one statement."""
    return list(
        Region.objects.filter(pk__in=Produce.objects.values("region_id"), lat__isnull=False, lon__isnull=False)
        .only("code", "name_zh", "name_en", "lat", "lon")
        .order_by("code")
    )


@dataclass(frozen=True)
class SeasonNow:
    """
    What is fresh and stored at a moment, in kinds of produce.

    ``fresh`` pairs species and county code of everything picked now; a headline is made of it.
    """

    num_fresh: int
    num_stored: int
    num_presale: int
    fresh: list[tuple[str, str]]

    @property
    def picking_counties(self) -> set[str]:
        """The codes of the counties where something is picked for sale now."""
        return {county_code for _species, county_code in self.fresh}


def season_now(at: datetime) -> SeasonNow:
    """Return what is on sale in which phase, in one statement."""
    rows = (
        StockRecord.objects.open_at(at)
        .with_packs_left()
        .filter(product__is_public=True, product__produce__isnull=False)
        .values_list("phase", "product__produce_id", "product__produce__species", "product__produce__region_id")
        .distinct()
    )
    by_phase: dict[str, dict[int, tuple[str, str]]] = {phase: {} for phase in Phase.values}
    for phase, produce_id, species, county_code in rows:
        by_phase[phase][produce_id] = (species, county_code)
    return SeasonNow(
        num_fresh=len(by_phase[Phase.FRESH]),
        num_stored=len(by_phase[Phase.STORED]),
        num_presale=len(by_phase[Phase.PRESALE]),
        fresh=sorted(by_phase[Phase.FRESH].values()),
    )
