"""The home page and a county story, served by Wagtail inside the shop, with live blocks."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.partner.models import Phase
from marketplace.cms.demo_pages import pages_load
from marketplace.cms.models import HomePage
from tests.factories import (
    NOW,
    TODAY,
    HarvestWindowFactory,
    PoolProductFactory,
    ProduceFactory,
    RegionFactory,
    WindowFactory,
    product_on_sale,
)
from tests.factories.crowd import crowd

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_clock")]


@pytest.fixture
def home() -> HomePage:
    return pages_load()


def get(client: Client, path: str, language: str = "en") -> str:
    answer = client.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_loading_the_pages_again_changes_nothing(home):
    assert pages_load() == home
    assert HomePage.objects.count() == 1


@pytest.mark.parametrize(
    ("language", "term", "title"),
    [("zh-hans", "小雪", "丰路"), ("en", "Minor Snow", "Fenglu")],
)
def test_the_term_leads_the_home_page_in_both_languages(client, home, language, term, title):
    text = get(client, "/", language)

    assert f"<b>{term}</b>" in text
    assert title in re.search(r"<title>(.*?)</title>", text, re.DOTALL).group(1)


def test_an_empty_shop_still_has_a_front_door(client, home):
    assert "Nothing is on sale at this hour" in get(client, "/")


def test_what_is_on_sale_shows_at_once_and_what_is_sold_out_does_not(client, home):
    window = product_on_sale()
    address = f"/products/{window.product.slug}/"
    assert address in get(client, "/")

    window.num_allocated = window.num_in_stock
    window.save()

    assert address not in get(client, "/")


def test_chips_narrow_what_is_on_sale(client, home):
    fresh = product_on_sale()
    stored = product_on_sale(phase=Phase.STORED)
    both = {f"/products/{window.product.slug}/" for window in (fresh, stored)}

    def shown(query: str) -> set[str]:
        return both & set(re.findall(r'href="([^"]+)"', get(client, f"/{query}")))

    assert shown("") == both
    assert shown("?show=fresh") == {f"/products/{fresh.product.slug}/"}
    assert shown("?show=stored") == {f"/products/{stored.product.slug}/"}
    assert shown("?show=nonsense") == both


def test_two_packs_of_one_produce_are_one_card(client, home):
    window = product_on_sale()
    other = PoolProductFactory(pool=window.product.pool_product.pool)
    WindowFactory(product=other.product, partner=window.partner, ships_by=TODAY + timedelta(days=5))

    text = get(client, "/")

    assert text.count('class="product-card ') == 1


def test_an_open_presale_can_be_ordered_and_a_later_window_only_looked_at(client, home):
    open_now = product_on_sale(phase=Phase.PRESALE, ships_by=TODAY + timedelta(days=20))
    later = product_on_sale(opens_at=NOW + timedelta(days=2))
    open_now.product.title_en, later.product.title_en = "Orange to come", "Orange for later"
    open_now.product.save()
    later.product.save()

    text = get(client, "/")
    rows = re.findall(r'<div class="opening">(.*?)</a>', text, re.DOTALL)

    assert len(rows) == 2
    assert "Order ahead" in rows[0]
    assert "Orange to come" in rows[0]
    assert "Look" in rows[1]
    assert "Orange for later" in rows[1]


def test_the_story_is_told_in_both_languages_with_its_year(client, home):
    region = RegionFactory(code="620826", name_zh="静宁县", name_en="Jingning")
    produce = ProduceFactory(slug="jingning-apple", region=region, species="Malus domestica")
    HarvestWindowFactory(produce=produce, start_month=10, start_day=1, end_month=10, end_day=31)

    assert "静宁：开花一百七十天才下树" in get(client, "/jingning/", "zh-hans").replace(
        '</span><span class="phrase">', ""
    )
    text = get(client, "/jingning/")
    assert "Jingning: 170 days from flower to fruit" in text
    assert 'class="season season--page' in text
    assert "Nothing of it is on sale just now" in text


def test_a_page_that_does_not_exist_is_not_found(client, home):
    assert client.get("/no-such-page/").status_code == 404


def test_the_home_page_of_a_large_shop_asks_a_bounded_number_of_statements(client, home):
    crowd(2000)
    get(client, "/")

    with CaptureQueriesContext(connection) as statements:
        get(client, "/")

    assert len(statements) <= 20
