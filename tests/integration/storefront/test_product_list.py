"""The list of what is on sale, and search, as a visitor sees them."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from catalog.models import Produce
from catalog.services.search_index import product_index
from tests.factories import NOW, TODAY, ProduceFactory, ProductFactory, RegionFactory, WindowFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_clock")]


def cards(page: str) -> list[str]:
    return re.findall(r'href="/products/([a-z0-9-]+)/"', page)


def test_a_card_says_phase_day_price_and_place(client: Client) -> None:
    WindowFactory(product__slug="zigui-a-2500", ships_by=TODAY + timedelta(days=5), dispatch_days=None)

    chinese = client.get("/products/", headers={"accept-language": "zh-CN"}).content.decode()
    english = client.get("/products/", headers={"accept-language": "en"}).content.decode()

    for text in ("正在卖", "鲜采", "11月29日前发出", "湖北 秭归县", "7.96 元/斤", "15.92 元/kg", "秭归脐橙 5斤装"):
        assert text in chinese, text
    for text in ("On sale now", "Fresh", "Ships by 29 Nov", "Zigui, Hubei", "¥15.92 per kg", "Zigui navel orange"):
        assert text in english, text


def test_the_rail_counts_and_keeps_what_was_chosen(client: Client) -> None:
    WindowFactory(product__slug="fresh-one")
    WindowFactory(product__slug="stored-one", phase="STORED")

    page = client.get("/products/?phase=STORED&within=7d").content.decode()

    assert cards(page) == ["stored-one"]
    assert re.search(r'value="STORED"[^>]*checked', page)
    assert re.search(r'value="7d"[^>]*checked', page)
    assert not re.search(r'value="FRESH"[^>]*checked', page)


@pytest.mark.parametrize(
    "query",
    [
        "phase=NONSENSE&category=%27&province=xx&within=1y&sort=drop&page=-1",
        "page=%F0%9F%98%80",
        "page=99999999999999999999",
        "q=" + "%E6%A9%99" * 3000,
        "q=%27%29%3B--&page=2",
        "province=42&province=42&province=%00x".replace("%00", ""),
    ],
)
def test_an_address_that_says_nonsense_is_answered_as_if_it_said_nothing(client: Client, query: str) -> None:
    WindowFactory(product__slug="zigui")

    answer = client.get(f"/products/?{query}")

    assert answer.status_code == 200


def test_a_nul_byte_is_a_bad_request(client: Client) -> None:
    assert client.get("/products/?q=%00").status_code == 400


def test_nothing_that_fits_says_so_and_leads_on(client: Client) -> None:
    WindowFactory()

    narrowed = client.get("/products/?phase=STORED", headers={"accept-language": "en"}).content.decode()

    assert "Nothing on sale fits all of this" in narrowed
    assert 'href="?"' in narrowed


def test_an_empty_shop_points_to_what_opens_next(client: Client) -> None:
    page = client.get("/products/", headers={"accept-language": "en"}).content.decode()

    assert "Nothing is on sale at this hour" in page
    assert "/opening-next/" in page


def test_search_shows_what_is_on_sale_first_and_then_what_waits(client: Client) -> None:
    orange = WindowFactory(product__slug="now").product
    later = WindowFactory(
        product__slug="later", opens_at=NOW + timedelta(days=3), closes_at=NOW + timedelta(days=9)
    ).product
    product_index(product_ids=[orange.pk, later.pk], at=NOW)

    page = client.get("/products/?q=qicheng", headers={"accept-language": "en"}).content.decode()

    assert cards(page) == ["now", "later"]
    assert page.index("Waiting for its season") < page.index("/products/later/")
    assert "Opens 27 Nov" in page


def test_a_search_that_finds_nothing_suggests_the_database_and_the_shelf(client: Client) -> None:
    WindowFactory(product__slug="on-the-shelf")
    ProduceFactory(
        slug="yanchi-tan-lamb",
        name_zh="盐池滩羊肉",
        name_en="Yanchi Tan lamb",
        category=Produce.Category.LIVESTOCK,
        region=RegionFactory(code="640323", name_zh="盐池县", name_en="Yanchi"),
    )

    page = client.get("/products/?q=%E6%BB%A9%E7%BE%8A", headers={"accept-language": "zh-CN"}).content.decode()

    assert "没有找到“滩羊”" in page
    assert "/produce/yanchi-tan-lamb/" in page
    assert cards(page) == ["on-the-shelf"]


def test_what_was_typed_is_shown_as_text(client: Client) -> None:
    page = client.get("/products/?q=<script>alert(1)</script>").content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page


def test_what_opens_next_is_listed_by_day(client: Client) -> None:
    WindowFactory(product__slug="open-now")
    WindowFactory(
        product=ProductFactory(slug="second"), opens_at=NOW + timedelta(days=9), closes_at=NOW + timedelta(days=20)
    )
    WindowFactory(
        product=ProductFactory(slug="first"), opens_at=NOW + timedelta(days=2), closes_at=NOW + timedelta(days=20)
    )

    page = client.get("/opening-next/", headers={"accept-language": "en"}).content.decode()

    assert cards(page) == ["first", "second"]
    assert page.index("Thu 26 Nov") < page.index("Thu 3 Dec")
