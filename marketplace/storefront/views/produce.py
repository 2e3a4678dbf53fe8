"""The produce database: what grows where and when, whether it is on sale or not."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalog.models import Produce
from catalog.provinces import PROVINCES
from catalog.selectors.offers import OfferFilters, offers_page
from catalog.selectors.produce import phases_on_sale, produce_county_codes
from catalog.selectors.produce import produce_list as produce_rows
from marketplace.foundation import clock
from marketplace.foundation.clock import business_date
from marketplace.storefront.place import text_param
from marketplace.storefront.season_strip import SeasonStrip
from marketplace.storefront.seasons import is_picked_on, next_harvest, produce_strip
from marketplace.storefront.selectors.offer_cards import offer_cards
from marketplace.storefront.selectors.origins import origin_text
from marketplace.storefront.selectors.produce_facts import produce_facts


@dataclass(frozen=True)
class ProduceRow:
    """One kind of produce in a list or the calendar. ``phases`` are those it is on sale in now, fresh first."""

    produce: Produce
    origin: str
    strip: SeasonStrip
    phases: list[str]
    is_picked_now: bool


_PHASE_ORDER = ("FRESH", "STORED", "PRESALE")


def _rows(request: HttpRequest) -> tuple[list[ProduceRow], dict[str, object]]:
    """Return the rows that the address asks for, and the filters as the form shows them."""
    at = clock.now()
    on = business_date(at)
    category = text_param(request, "category")
    province = text_param(request, "province")
    county = text_param(request, "county")
    chosen = {
        "text": text_param(request, "q"),
        "category": category if category in Produce.Category.values else "",
        "province": province if province in PROVINCES else "",
        "county_code": county if county.isascii() and county.isdigit() and len(county) == 6 else "",
    }
    on_sale = phases_on_sale(at)
    rows = [
        ProduceRow(
            produce=produce,
            origin=origin_text(produce.region),
            strip=produce_strip(produce, produce.harvest_windows.all(), on),
            phases=[phase for phase in _PHASE_ORDER if phase in on_sale.get(produce.pk, ())],
            is_picked_now=is_picked_on(produce.harvest_windows.all(), on),
        )
        for produce in produce_rows(**chosen)
    ]
    if request.GET.get("on_sale"):
        rows = [row for row in rows if row.phases]
    counties = produce_county_codes()
    return rows, chosen | {
        "on_sale": bool(request.GET.get("on_sale")),
        "is_narrowed": any(chosen.values()) or bool(request.GET.get("on_sale")),
        "categories": Produce.Category.choices,
        "provinces": [PROVINCES[prefix] for prefix in sorted({code[:2] for code, *_names in counties})],
        "counties": counties,
    }


@require_safe
def produce_list(request: HttpRequest) -> HttpResponse:
    """List the produce database by kind, province, county and words."""
    rows, chosen = _rows(request)
    return render(request, "storefront/produce_list.html", {"rows": rows, "chosen": chosen})


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Show the harvest calendar: ten-day periods across, produce down."""
    rows, chosen = _rows(request)
    return render(
        request,
        "storefront/calendar.html",
        {
            "rows": rows,
            "chosen": chosen,
            "num_picked": sum(row.is_picked_now for row in rows),
            "num_on_sale": sum(bool(row.phases) for row in rows),
        },
    )


@require_safe
def produce_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the facts of one kind of produce, and what of it is on sale."""
    at = clock.now()
    on = business_date(at)
    produce = get_object_or_404(
        Produce.objects.select_related("region__parent").prefetch_related("harvest_windows", "grades"), slug=slug
    )
    windows = sorted(produce.harvest_windows.all(), key=lambda window: window.ordinal)
    offers = offers_page(OfferFilters(produce_ids=frozenset([produce.pk])), sort="ships", offset=0, limit=12, at=at)
    return render(
        request,
        "storefront/produce_detail.html",
        {
            "produce": produce,
            "origin": origin_text(produce.region),
            "facts": produce_facts(produce, windows),
            "strips": [produce_strip(produce, windows, on, name=produce.name)],
            "strip": produce_strip(produce, windows, on),
            "grades": sorted(produce.grades.all(), key=lambda grade: grade.rank),
            "cards": offer_cards(offers, at),
            "is_picked_now": is_picked_on(windows, on),
            "next_harvest": next_harvest(windows, on),
        },
    )
