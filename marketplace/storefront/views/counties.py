"""The counties that things come from: points on a map, and the list beside it."""

from __future__ import annotations

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalog.models import Region
from catalog.provinces import province_of
from catalog.selectors.offers import OfferFilters, offers_page
from catalog.selectors.produce import counties, produce_list
from marketplace.foundation import clock
from marketplace.foundation.clock import business_date
from marketplace.storefront.seasons import produce_strip
from marketplace.storefront.selectors.growers import cooperatives_of_county
from marketplace.storefront.selectors.offer_cards import offer_cards
from marketplace.storefront.selectors.origins import county_places, origin_text


@require_safe
def county_list(request: HttpRequest) -> HttpResponse:
    """Show every county with produce, those picking now marked."""
    rows = counties(clock.now())
    picking = [row for row in rows if row.is_picking]
    places = county_places((row.region for row in rows), {row.region.code for row in picking})
    provinces = [
        (province_of(prefix), list(group)) for prefix, group in groupby(rows, key=lambda row: row.region.code[:2])
    ]
    return render(
        request,
        "storefront/county_list.html",
        {
            "provinces": provinces,
            "places": places,
            "num_counties": len(rows),
            "num_picking": len(picking),
            "picking": picking,
        },
    )


@require_safe
def county_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show one county: what grows there and when, who grows it, what is on sale."""
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        raise Http404
    at = clock.now()
    on = business_date(at)
    region = get_object_or_404(Region, code=code, level=Region.Level.COUNTY)
    rows = [
        (produce, produce_strip(produce, produce.harvest_windows.all(), on, name=produce.name))
        for produce in produce_list(county_code=code)
    ]
    cooperatives = cooperatives_of_county(code)
    if not rows and not cooperatives:
        raise Http404
    windows = offers_page(OfferFilters(counties=frozenset([code])), sort="ships", offset=0, limit=12, at=at)
    return render(
        request,
        "storefront/county_detail.html",
        {
            "region": region,
            "origin": origin_text(region),
            "rows": rows,
            "strips": [strip for _produce, strip in rows],
            "cards": offer_cards(windows, at),
            "cooperatives": cooperatives,
        },
    )
