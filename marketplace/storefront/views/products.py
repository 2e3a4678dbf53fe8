"""What is on sale: the list with its rail, search, what opens next, and the page of one product."""

from __future__ import annotations

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.models import Product
from catalog.search_words import parse_query
from catalog.selectors.offers import facet_counts, offers_page
from catalog.selectors.produce import counties_on_map, produce_list, season_now
from catalog.selectors.search import product_hits
from marketplace.foundation import clock
from marketplace.storefront.filters import list_query, rail, sort_choices
from marketplace.storefront.place import chosen_place
from marketplace.storefront.selectors.headline import headline
from marketplace.storefront.selectors.offer_cards import offer_cards, waiting_cards
from marketplace.storefront.selectors.opening import openings
from marketplace.storefront.selectors.origins import county_places
from marketplace.storefront.selectors.product_page import product_of, product_page

PAGE_SIZE = 24
#: Products out of season that a search shows under what is on sale.
NUM_WAITING = 6


def _offset(page: Page) -> int:
    return max(0, page.start_index() - 1)


@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    """Show what is on sale now, narrowed by the rail; with `q`, what was searched for."""
    at = clock.now()
    query = list_query(request.GET, at)
    if query.text:
        return _search(request)
    filters = query.filters(None)
    counts = facet_counts(filters, list(query.days.values()), at)
    # a range instead of rows: the page is cut by the database
    page = Paginator(range(counts.total), PAGE_SIZE).get_page(query.page)
    windows = offers_page(filters, sort=query.sort or "ships", offset=_offset(page), limit=PAGE_SIZE, at=at)
    season = season_now(at)
    places = county_places(counties_on_map(), season.picking_counties)
    return render(
        request,
        "storefront/product_list.html",
        {
            "query": query,
            "rail": rail(query, counts),
            "sorts": sort_choices(query),
            "counts": counts,
            "page": page,
            "page_query": query.address(),
            "cards": offer_cards(windows, at),
            "headline": headline(season),
            "places": places,
            "num_picking": sum(place.is_now for place in places),
            "all_url": "?",
        },
    )


def _search(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    query = list_query(request.GET, at)
    hits = product_hits(parse_query(query.text))
    context = {"query": query, "hits": hits}
    if not hits.product_ids:
        context |= {
            # perhaps we know it, but nobody sells it yet
            "known": list(produce_list(text=query.text).prefetch_related(None)[:6]),
            "cards": offer_cards(offers_page(query.filters(None), sort="ships", offset=0, limit=6, at=at), at),
        }
        return render(request, "storefront/search_empty.html", context)
    filters = query.filters(hits.product_ids)
    counts = facet_counts(filters, list(query.days.values()), at)
    page = Paginator(range(counts.total), PAGE_SIZE).get_page(query.page)
    windows = (
        offers_page(filters, sort=query.sort or "best", offset=_offset(page), limit=PAGE_SIZE, at=at)
        if counts.total
        else []
    )
    is_last = not page.has_next() and not query.is_narrowed
    return render(
        request,
        "storefront/search_results.html",
        context
        | {
            "rail": rail(query, counts),
            "sorts": sort_choices(query),
            "counts": counts,
            "page": page,
            "page_query": query.address(),
            "cards": offer_cards(windows, at),
            "waiting": waiting_cards(hits.product_ids, at, limit=NUM_WAITING) if is_last else [],
            "all_url": "?" + query.address(phase=None, category=None, province=None, within=None),
        },
    )


@require_safe
def opening_next(request: HttpRequest) -> HttpResponse:
    """Show which windows open next, day by day."""
    at = clock.now()
    return render(request, "storefront/opening_next.html", {"days": openings(at)})


@require_safe
def product_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one product with the windows to choose from."""
    at = clock.now()
    try:
        product = product_of(slug)
    except Product.DoesNotExist as error:
        raise Http404 from error
    window = request.GET.get("window", "")
    chosen_id = int(window) if window.isascii() and window.isdigit() and len(window) < 12 else None
    place = chosen_place(request)
    page = product_page(product, place=place, chosen_id=chosen_id, at=at)
    return render(request, "storefront/product_detail.html", {"page": page, "product": product, "to": place})
