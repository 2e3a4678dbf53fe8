"""What a content page may ask for while it is served: goods in season, what opens next, counties, one county's goods."""

from __future__ import annotations

from dataclasses import dataclass

from django import template

from catalog.models import Region
from catalog.selectors.offers import OfferFilters, offers_page
from catalog.selectors.produce import counties, produce_list, season_now
from marketplace.foundation import clock
from marketplace.storefront.cards import ProductCard
from marketplace.storefront.places import Place
from marketplace.storefront.season_strip import SeasonStrip
from marketplace.storefront.seasons import produce_strip
from marketplace.storefront.selectors.headline import Headline, headline
from marketplace.storefront.selectors.offer_cards import offer_cards
from marketplace.storefront.selectors.opening import Opening, openings

register = template.Library()


@register.simple_tag
def season_headline() -> Headline:
    """Return the headline of the moment."""
    return headline(season_now(clock.now()))


@register.simple_tag
def cards_in_season(limit: int) -> list[ProductCard]:
    """Return cards of what is on sale now, soonest to ship first."""
    at = clock.now()
    return offer_cards(offers_page(OfferFilters(), sort="ships", offset=0, limit=int(limit), at=at), at)


@register.simple_tag
def openings_next(limit: int) -> list[Opening]:
    """Return the next openings, as many as the limit says."""
    return [opening for day in openings(clock.now()) for opening in day.openings][: int(limit)]


@dataclass(frozen=True)
class CountyGoods:
    """A county with what it sells now, or its seasons when it sells nothing."""

    region: Region
    cards: list[ProductCard]
    strips: list[tuple[str, SeasonStrip]]


@register.simple_tag
def county_goods(code: str, limit: int) -> CountyGoods | None:
    """Return one county's goods; None for a code we do not know."""
    region = Region.objects.filter(pk=code, level=Region.Level.COUNTY).first()
    if region is None:
        return None
    at = clock.now()
    filters = OfferFilters(counties=frozenset({code}))
    cards = offer_cards(offers_page(filters, sort="ships", offset=0, limit=int(limit), at=at), at)
    on = clock.business_date(at)
    strips = [
        (produce.name, produce_strip(produce, produce.harvest_windows.all(), on, name=produce.name))
        for produce in produce_list(county_code=code)
    ]
    return CountyGoods(region, cards, strips)


@dataclass(frozen=True)
class CountyMap:
    """Every county with produce as a point, and those that pick now by name."""

    places: list[Place]
    num_counties: int
    picking: list[Region]


@register.simple_tag
def county_map() -> CountyMap:
    """Return the counties for the map."""
    rows = counties(clock.now())
    places = [
        Place(float(row.region.lat), float(row.region.lon), row.is_picking, row.region.name)
        for row in rows
        if row.region.lat is not None and row.region.lon is not None
    ]
    return CountyMap(places, len(rows), [row.region for row in rows if row.is_picking])
