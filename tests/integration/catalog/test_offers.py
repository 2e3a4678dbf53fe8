"""What is on sale at a moment, and how the list is narrowed, counted and sorted."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Product
from catalog.partner.models import StockRecord
from catalog.selectors.offers import OfferFilters, facet_counts, offers_at, offers_page
from catalog.selectors.produce import counties, phases_on_sale, season_now
from tests.factories import NOW, TODAY, ProduceFactory, ProductFactory, RegionFactory, WindowFactory

pytestmark = pytest.mark.django_db


def shown(filters: OfferFilters | None = None, *, sort: str = "ships") -> list[StockRecord]:
    return offers_page(filters or OfferFilters(), sort=sort, offset=0, limit=50, at=NOW)


def product_of(category: str, code: str, name: str) -> Product:
    region = RegionFactory(code=code, name_zh=name)
    produce = ProduceFactory(slug=f"{category}-{code}", category=category, region=region, pinyin=f"{name} x")
    return ProductFactory(produce=produce)


def test_a_window_is_on_sale_by_the_clock_whatever_a_job_did() -> None:
    window = WindowFactory()

    def on_sale(at: Any) -> bool:
        return offers_at(at).filter(pk=window.pk).exists()

    assert not on_sale(window.opens_at - timedelta(microseconds=1))
    assert on_sale(window.opens_at)
    assert on_sale(window.closes_at - timedelta(microseconds=1))
    assert not on_sale(window.closes_at)


def test_sold_out_and_withdrawn_products_are_not_offered() -> None:
    WindowFactory(num_in_stock=5, num_allocated=5)
    WindowFactory(product__is_public=False)

    assert shown() == []


def test_of_two_windows_the_one_that_leaves_first_is_shown_and_by_price_the_cheaper() -> None:
    product = ProductFactory()
    soon = WindowFactory(product=product, price=Decimal("39.80"), ships_by=TODAY + timedelta(days=2))
    cheap = WindowFactory(product=product, price=Decimal("33.80"), ships_by=TODAY + timedelta(days=9))

    assert [window.pk for window in shown()] == [soon.pk]
    assert [window.pk for window in shown(sort="price")] == [cheap.pk]


def test_the_day_packs_leave_is_the_one_the_window_promises() -> None:
    day = {
        "ends first": WindowFactory(dispatch_days=5, ships_from=TODAY, ships_by=TODAY + timedelta(days=3)),
        "days after order": WindowFactory(dispatch_days=1, ships_from=TODAY, ships_by=TODAY + timedelta(days=30)),
        "not before it begins": WindowFactory(
            dispatch_days=1, ships_from=TODAY + timedelta(days=6), ships_by=TODAY + timedelta(days=30)
        ),
        "one period": WindowFactory(dispatch_days=None, ships_by=TODAY + timedelta(days=12)),
    }

    asked = {window.pk: window.leaves_by for window in offers_at(NOW)}

    for case, window in day.items():
        assert asked[window.pk] == window.promise_on(TODAY)[1], case
    assert [asked[window.pk] - TODAY for window in day.values()] == [timedelta(days=days) for days in (3, 1, 7, 12)]


def test_filters_narrow_and_counts_say_what_each_choice_would_show() -> None:
    fresh_fruit = WindowFactory(product=product_of("fruit", "420527", "zigui"), ships_by=TODAY + timedelta(days=2))
    stored_fruit = WindowFactory(
        product=product_of("fruit", "620826", "jingning"), phase="STORED", ships_by=TODAY + timedelta(days=6)
    )
    presale_tea = WindowFactory(
        product=product_of("tea", "420528", "changyang"), phase="PRESALE", ships_by=TODAY + timedelta(days=20)
    )
    both = WindowFactory(product=fresh_fruit.product, phase="PRESALE", ships_by=TODAY + timedelta(days=30))
    filters = OfferFilters(categories=frozenset({"fruit"}))

    counts = facet_counts(filters, [TODAY + timedelta(days=2), TODAY + timedelta(days=7)], NOW)

    assert [window.pk for window in shown(filters)] == [fresh_fruit.pk, stored_fruit.pk]
    assert counts.total == 2
    assert counts.phases == {"FRESH": 1, "STORED": 1, "PRESALE": 1}  # the orange is sold in two phases
    assert (counts.categories["fruit"], counts.categories["tea"]) == (2, 1)  # its own group is left open
    assert (counts.provinces["42"], counts.provinces["62"]) == (1, 1)
    assert list(counts.days.values()) == [1, 2]
    assert [window.pk for window in shown(OfferFilters(phases=frozenset({"PRESALE"})))] == [presale_tea.pk, both.pk]
    assert [window.pk for window in shown(OfferFilters(provinces=frozenset({"62"})))] == [stored_fruit.pk]
    assert [window.pk for window in shown(OfferFilters(leaves_by=TODAY + timedelta(days=2)))] == [fresh_fruit.pk]
    assert [window.pk for window in shown(OfferFilters(counties=frozenset({"420528"})))] == [presale_tea.pk]


def test_a_search_keeps_its_own_order() -> None:
    first = WindowFactory(product=product_of("fruit", "420527", "b"), ships_by=TODAY + timedelta(days=9))
    second = WindowFactory(product=product_of("fruit", "620826", "a"))
    filters = OfferFilters(product_ids=(first.product_id, second.product_id))

    assert [window.pk for window in shown(filters, sort="best")] == [first.pk, second.pk]
    assert [window.pk for window in shown(filters, sort="ships")] == [second.pk, first.pk]
    assert [window.pk for window in shown(filters, sort="name")] == [second.pk, first.pk]


def test_what_is_picked_now_is_what_is_freshly_on_sale() -> None:
    fresh = WindowFactory(product=product_of("fruit", "420527", "zigui"))
    stored = WindowFactory(product=product_of("fruit", "620826", "jingning"), phase="STORED")
    gone = WindowFactory(product=product_of("fruit", "420528", "gone"), num_allocated=100)

    season = season_now(NOW)

    assert (season.num_fresh, season.num_stored, season.picking_counties) == (1, 1, {"420527"})
    assert {row.region.code: row.is_picking for row in counties(NOW)} == {
        "420527": True,
        "420528": False,
        "620826": False,
    }
    assert phases_on_sale(NOW) == {fresh.product.produce_id: {"FRESH"}, stored.product.produce_id: {"STORED"}}
    assert gone.product.produce_id not in phases_on_sale(NOW)
