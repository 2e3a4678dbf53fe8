"""What a content page may ask for while it is served. Every tag reads the clock once and calls one selector."""

from __future__ import annotations

from django import template

from marketplace.foundation import clock
from marketplace.storefront.season_strip import SeasonStrip
from marketplace.storefront.selectors import front_page

register = template.Library()


@register.simple_tag
def season_lead() -> front_page.Lead:
    """Return the headline of the moment, and whose pile stands beside it."""
    return front_page.front_lead(clock.now())


@register.simple_tag
def goods_on_sale(shown: str, limit: int) -> front_page.OnSale:
    """Return cards of what is on sale now; ``shown`` is fresh, stored, soon or nothing."""
    return front_page.on_sale(str(shown or ""), limit=int(limit), at=clock.now())


@register.simple_tag
def coming_next(limit: int) -> list[front_page.Coming]:
    """Return open presales and the next openings, as many as the limit says."""
    return front_page.coming_next(int(limit), clock.now())


@register.simple_tag
def county_goods(code: str, limit: int) -> front_page.CountyGoods | None:
    """Return one county's goods; None for a code we do not know."""
    return front_page.county_goods(code, limit=int(limit), at=clock.now())


@register.simple_tag
def county_map() -> front_page.CountyMap:
    """Return the counties for the map."""
    return front_page.county_map(clock.now())


@register.simple_tag
def season_of(slug: str) -> SeasonStrip | None:
    """Return the year of one produce; None when there is no such produce."""
    return front_page.produce_season(slug, clock.now())
