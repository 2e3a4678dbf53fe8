"""The produce database, the calendar, the counties and the place, as a visitor sees them."""

import re

import pytest
from django.test import Client

from catalog.models import Produce
from tests.factories import (
    CooperativeFactory,
    GradeFactory,
    HarvestWindowFactory,
    HubFactory,
    ProduceFactory,
    ProductFactory,
    RegionFactory,
    WindowFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_clock")]


@pytest.fixture
def orange() -> Produce:
    produce = ProduceFactory(slug="zigui-navel-orange", region=RegionFactory(code="420527"))
    HarvestWindowFactory(produce=produce, ordinal=1)
    return produce


@pytest.fixture
def plum() -> Produce:
    region = RegionFactory(code="500237", name_zh="巫山县", name_en="Wushan")
    produce = ProduceFactory(
        slug="wushan-crisp-plum",
        name_zh="巫山脆李",
        name_en="Wushan crisp plum",
        pinyin="wushan cuili",
        region=region,
        storage_days_ambient=4,
        storage_days_cold=25,
        gi_mark="kind unverified",
    )
    HarvestWindowFactory(produce=produce, ordinal=1, start_month=6, start_day=20, end_month=8, end_day=5)
    return produce


def get(client: Client, address: str, language: str = "en") -> str:
    answer = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def slugs(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'href="/produce/([a-z-]+)/"', page)))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["wushan-crisp-plum", "zigui-navel-orange"]),
        ("?county=420527", ["zigui-navel-orange"]),
        ("?province=50", ["wushan-crisp-plum"]),
        ("?category=tea", []),
        ("?q=脐橙", ["zigui-navel-orange"]),
        ("?q=cuili", ["wushan-crisp-plum"]),
        ("?q=navel+orange", ["zigui-navel-orange"]),
        ("?q=Citrus+sinensis", ["zigui-navel-orange", "wushan-crisp-plum"][:1]),
        ("?county=x&category=%27&province=99", ["wushan-crisp-plum", "zigui-navel-orange"]),
    ],
)
def test_the_database_is_narrowed_by_kind_place_and_words(
    client: Client, orange: Produce, plum: Produce, query: str, expected: list[str]
) -> None:
    Produce.objects.filter(pk=plum.pk).update(species="Prunus salicina")

    assert slugs(get(client, f"/produce/{query}")) == expected


def test_the_facts_are_told_with_their_basis(client: Client, orange: Produce) -> None:
    GradeFactory(produce=orange, standard="GB/T 21488-2008")

    english = get(client, "/produce/zigui-navel-orange/")
    chinese = get(client, "/produce/zigui-navel-orange/", "zh-CN")

    for text in (
        "early Nov to late Jan of the next year",
        "30 days at room temperature; 90 days in the cold",
        "5 to 8 °C",
        "protected geographical indication product (2006)",
        "general knowledge, not looked up",
        "420527",
        "GB/T 21488-2008",
        "In its picking season",
    ):
        assert text in english, text
    for text in ("11月上旬至次年1月下旬", "常温 30 天；冷藏 90 天", "5～8℃", "常识，未查证", "正当采收季"):
        assert text in chinese, text


def test_an_unverified_mark_says_that_it_is(client: Client, plum: Produce) -> None:
    assert "has a mark; its kind is not verified" in get(client, "/produce/wushan-crisp-plum/")


def test_medicine_is_shown_and_said_not_to_be_sold(client: Client) -> None:
    ProduceFactory(slug="xihe-pinellia", compliance_flags="TCM")

    assert "not sold to consumers here" in get(client, "/produce/xihe-pinellia/")


def test_the_calendar_wraps_the_new_year_and_marks_what_is_on_sale(
    client: Client, orange: Produce, plum: Produce
) -> None:
    WindowFactory(product=ProductFactory(produce=orange), phase="STORED")

    page = get(client, "/calendar/")

    row = page[page.index("/produce/zigui-navel-orange/") :]
    strip = re.search(r'<div class="season__cells">(.*?)</div>', row)
    assert strip is not None
    kinds = re.findall(r'<i(?: class="(\w)")?', strip[1])
    assert kinds[:3] == ["h"] * 3  # January
    assert kinds[-6:] == ["h"] * 6  # November and December
    assert 'class="calendar__row--now"' in page
    assert slugs(get(client, "/calendar/?on_sale=1")) == ["zigui-navel-orange"]
    assert "Harvest early Nov to early Jan" not in page
    assert "Harvest early Nov to late Jan" in page


def test_the_calendar_is_a_table_with_heads(client: Client, orange: Produce) -> None:
    page = get(client, "/calendar/")

    assert page.count('scope="col"') == 3
    assert page.count('scope="row"') == 1
    assert 'role="region"' in page


def test_counties_are_listed_beside_their_points(client: Client, orange: Produce, plum: Produce) -> None:
    WindowFactory(product=ProductFactory(produce=orange))

    page = get(client, "/counties/")

    assert page.count('class="places__point') == 2
    assert page.count("places__point--now") == 1
    assert "/counties/420527/" in page
    assert "/counties/500237/" in page
    assert "1 county picking now" in page


def test_a_county_shows_what_grows_who_grows_it_and_what_is_on_sale(client: Client, orange: Produce) -> None:
    CooperativeFactory(hub=HubFactory(region=orange.region))
    WindowFactory(product=ProductFactory(produce=orange, slug="orange-box"))

    page = get(client, "/counties/420527/")

    for text in (
        "Zigui",
        "30.83°N",
        "2018",
        "Chengli cooperative",
        "/products/orange-box/",
        "/produce/zigui-navel-orange/",
    ):
        assert text in page, text


@pytest.mark.parametrize("code", ["999999", "420000", "420526", "abc", "４２０５２７"])
def test_a_place_without_anything_is_not_found(client: Client, orange: Produce, code: str) -> None:
    RegionFactory(code="420526", name_zh="兴山县")

    assert client.get(f"/counties/{code}/").status_code == 404


def test_the_place_is_kept_and_said_on_every_page(client: Client) -> None:
    answer = client.post("/deliver-to/", {"province": "33", "next": "/calendar/"})

    assert (answer.status_code, answer["Location"]) == (302, "/calendar/")
    assert "To Zhejiang" in get(client, "/calendar/")


def test_a_place_that_is_none_is_asked_for_again_and_no_stranger_is_led_to(client: Client) -> None:
    refused = client.post("/deliver-to/", {"province": "99"}, headers={"accept-language": "en"})
    elsewhere = client.post("/deliver-to/", {"province": "33", "next": "https://evil.example/"})

    assert refused.status_code == 400
    assert "Please choose one of the provinces." in refused.content.decode()
    assert "place" not in refused.cookies
    assert elsewhere["Location"] == "/products/"


def test_a_cookie_with_nonsense_is_no_place(client: Client) -> None:
    client.cookies["place"] = "'; DROP"

    assert "Deliver to" in get(client, "/calendar/")
