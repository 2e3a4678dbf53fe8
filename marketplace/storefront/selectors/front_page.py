"""What the home page and the county stories show of the moment: goods, what opens next, counties that pick, a pile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from random import Random

from catalog.models import Produce, Region
from catalog.partner.models import Phase, StockRecord
from catalog.selectors.offers import OfferFilters, facet_counts, offers_at, offers_page
from catalog.selectors.produce import counties, harvest_windows_of, produce_list, season_now
from marketplace.foundation.clock import business_date
from marketplace.storefront.art import art_of
from marketplace.storefront.cards import ProductCard
from marketplace.storefront.places import Place
from marketplace.storefront.season_strip import SeasonStrip
from marketplace.storefront.seasons import produce_strip
from marketplace.storefront.selectors.headline import Headline, headline, headline_species
from marketplace.storefront.selectors.offer_cards import offer_cards
from marketplace.storefront.selectors.opening import Opening, openings
from marketplace.storefront.selectors.origins import origin_text

#: "Within 48 hours" counts from today, as the filter of the list does.
_SOON_DAYS = 2
_PHASE_ORDER = (Phase.FRESH, Phase.STORED, Phase.PRESALE)
#: Of what is on sale, so many are looked at for a choice of different produce.
_LOOKED_AT = 120


@dataclass(frozen=True)
class Lead:
    """The headline and the produce whose pile stands beside it; an empty slug where no drawing of it is true."""

    headline: Headline
    pile_slug: str = ""
    pile_category: str = ""


def front_lead(at: datetime) -> Lead:
    """Return what the front page says first; two statements."""
    season = season_now(at)
    species = headline_species(season)
    county_codes = {county for kind, county in season.fresh if kind == species}
    rows = Produce.objects.filter(region_id__in=county_codes, species=species) if species else Produce.objects.none()
    for slug, category in rows.order_by("slug").values_list("slug", "category"):
        if art_of(slug, category).drawing:
            return Lead(headline(season), slug, category)
    return Lead(headline(season))


@dataclass(frozen=True)
class OnSale:
    """Cards of what is on sale, one per produce, and how many products each chip would show."""

    cards: list[ProductCard]
    shown: str
    num_all: int
    num_fresh: int
    num_stored: int
    num_soon: int


def on_sale(shown: str, *, limit: int, at: datetime) -> OnSale:
    """
    Return goods on sale for the front page; three statements.

    ``shown`` is fresh, stored or soon; anything else means all of them, the field before the store. Two packs of one
    produce would look like the same card twice, so each produce is shown by one of them.
    """
    soon = business_date(at) + timedelta(days=_SOON_DAYS)
    narrowed = {
        "fresh": OfferFilters(phases=frozenset({Phase.FRESH})),
        "stored": OfferFilters(phases=frozenset({Phase.STORED})),
        "soon": OfferFilters(leaves_by=soon),
    }
    filters = narrowed.get(shown, OfferFilters())
    counts = facet_counts(OfferFilters(), [soon], at)
    windows = offers_page(filters, sort="ships", offset=0, limit=_LOOKED_AT, at=at)
    return OnSale(
        cards=offer_cards(_one_each(windows, at)[:limit], at),
        shown=shown if shown in narrowed else "",
        num_all=counts.total,
        num_fresh=counts.phases[Phase.FRESH],
        num_stored=counts.phases[Phase.STORED],
        num_soon=counts.days[soon],
    )


def _one_each(windows: Sequence[StockRecord], at: datetime) -> list[StockRecord]:
    """
    One window per produce, the field leading and every third from the store, so that a year without it is seen.

    Those we have a drawing of come first; which of them changes from day to day, or the alphabet would decide who
    stands in the window.
    """
    shuffled = list(windows)
    Random(business_date(at).toordinal()).shuffle(shuffled)  # noqa: S311  (a shop window, not a secret)
    shuffled.sort(key=lambda window: not art_of(window.product.made_of.slug, window.product.made_of.category).drawing)
    seen: set[int] = set()
    fresh: list[StockRecord] = []
    others: list[StockRecord] = []
    for window in sorted(shuffled, key=lambda window: _PHASE_ORDER.index(window.phase)):
        if window.product.made_of.pk not in seen:
            seen.add(window.product.made_of.pk)
            (fresh if window.phase == Phase.FRESH else others).append(window)
    chosen: list[StockRecord] = []
    while fresh or others:
        wants_other = len(chosen) % 3 == 2
        chosen.append((others if others and (wants_other or not fresh) else fresh).pop(0))
    return chosen


@dataclass(frozen=True)
class Coming(Opening):
    """A line of what comes next: a presale that is open already, or a window that opens at its hour."""

    is_open: bool = False


def coming_next(limit: int, at: datetime) -> list[Coming]:
    """Return what one can order ahead and what opens next, each produce once; up to half of the lines are presales."""
    ahead = (
        offers_at(at)
        .filter(phase=Phase.PRESALE)
        .select_related("product__produce__region")
        .defer("product__search_vector", "product__search_text", "product__description")
        .order_by("ships_by", "product__produce__pinyin", "pk")
    )
    seen: set[str] = set()
    rows: list[Coming] = []
    for window in ahead[:60]:
        if len(rows) < limit // 2 and window.product.name not in seen:
            seen.add(window.product.name)
            rows.append(
                Coming(
                    slug=window.product.slug,
                    name=window.product.name,
                    spec=window.product.spec,
                    origin=origin_text(window.product.made_of.region),
                    phase=window.phase,
                    price_fen=window.price_fen,
                    opens_at=window.opens_at,
                    ships_by=window.ships_by,
                    is_open=True,
                )
            )
    for day in openings(at):
        for opening in day.openings:
            if len(rows) < limit and opening.name not in seen:
                seen.add(opening.name)
                rows.append(Coming(**vars(opening)))
    return rows


@dataclass(frozen=True)
class PickingCounty:
    """A county that picks now: what, and until when it is on sale."""

    region: Region
    produce: str
    until: date


@dataclass(frozen=True)
class CountyMap:
    """Every county with produce as a point, and those that pick now by name."""

    places: list[Place]
    num_counties: int
    picking: list[PickingCounty]


def county_map(at: datetime) -> CountyMap:
    """Return the counties for the map; three statements."""
    rows = counties(at)
    places = [
        Place(float(row.region.lat), float(row.region.lon), row.is_picking, row.region.name)
        for row in rows
        if row.region.lat is not None and row.region.lon is not None
    ]
    windows = (
        StockRecord.objects.filter(closes_at__gt=at, num_in_stock__gt=0, phase=Phase.FRESH)
        .filter(product__is_public=True, product__produce__isnull=False)
        .select_related("product__produce__region")
        .defer("product__search_vector", "product__search_text", "product__description")
        .order_by("product_id", "opens_at", "pk")
    )
    picking: dict[str, PickingCounty] = {}
    for _product_id, run in groupby(windows, key=lambda window: window.product_id):
        closes_at = at
        for window in run:
            # a run is windows that follow each other without a gap, from the one that is open now
            if window.opens_at > closes_at:
                break
            closes_at, produce = window.closes_at, window.product.made_of
            until = business_date(closes_at - timedelta(microseconds=1))
            known = picking.get(produce.region_id)
            if known is None or known.until < until:
                picking[produce.region_id] = PickingCounty(produce.region, produce.name, until)
    return CountyMap(places, len(rows), list(picking.values()))


@dataclass(frozen=True)
class CountyGoods:
    """A county with what it sells now, or its seasons when it sells nothing."""

    region: Region
    cards: list[ProductCard]
    strips: list[SeasonStrip]


def county_goods(code: str, *, limit: int, at: datetime) -> CountyGoods | None:
    """Return one county's goods; None for a code we do not know."""
    region = Region.objects.filter(pk=code, level=Region.Level.COUNTY).first()
    if region is None:
        return None
    filters = OfferFilters(counties=frozenset({code}))
    cards = offer_cards(offers_page(filters, sort="ships", offset=0, limit=limit, at=at), at)
    strips = [
        produce_strip(produce, produce.harvest_windows.all(), business_date(at), name=produce.name)
        for produce in produce_list(county_code=code)
    ]
    return CountyGoods(region, cards, strips)


def produce_season(slug: str, at: datetime) -> SeasonStrip | None:
    """Return the year of one produce; None when there is no such produce."""
    produce = Produce.objects.filter(slug=slug).first()
    if produce is None:
        return None
    windows = harvest_windows_of([produce.pk])[produce.pk]
    return replace(produce_strip(produce, windows, business_date(at)), name=produce.name)
