"""The page of one product: what can be chosen, what is promised, what is said honestly."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from marketplace.cooperatives.models import Certificate
from marketplace.shipping.models import FreightTariff
from tests.factories import (
    NOW,
    TODAY,
    CertificateFactory,
    HarvestWindowFactory,
    ProduceFactory,
    ProductFactory,
    RegionFactory,
    WindowFactory,
    product_on_sale,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_clock")]


def page_of(client: Client, slug: str, language: str = "en", query: str = "") -> str:
    answer = client.get(f"/products/{slug}/{query}", headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_windows_are_ordered_by_the_day_they_leave_and_the_first_is_chosen(client: Client) -> None:
    product = ProductFactory(slug="orange")
    presale = WindowFactory(product=product, phase="PRESALE", ships_by=TODAY + timedelta(days=40))
    fresh = WindowFactory(product=product, phase="FRESH", ships_by=TODAY + timedelta(days=3))
    stored = WindowFactory(product=product, phase="STORED", ships_by=TODAY + timedelta(days=2))

    page = page_of(client, "orange")

    places = [page.index(f'id="window-{window.pk}"') for window in (stored, fresh, presale)]
    assert places == sorted(places)
    assert page.count("checked>") == page.count("checked") == 1
    assert page.index("checked") < places[1]


def test_an_open_presale_is_shown_however_many_windows_open_before_it_ships(client: Client) -> None:
    product = ProductFactory(slug="orange")
    presale = WindowFactory(product=product, phase="PRESALE", ships_by=TODAY + timedelta(days=90))
    coming = [
        WindowFactory(
            product=product,
            opens_at=NOW + timedelta(days=day),
            closes_at=NOW + timedelta(days=day + 7),
            ships_by=TODAY + timedelta(days=day + 3),
        )
        for day in range(1, 9)
    ]

    page = page_of(client, "orange")

    assert f'value="{presale.pk}"' in page
    assert page.count('class="window ') == 3  # the open one, and the next two to open
    assert f"Opens {coming[1].opens_at.day} Nov" in page


def test_the_window_in_the_address_is_chosen_if_it_is_open(client: Client) -> None:
    product = ProductFactory(slug="orange")
    WindowFactory(product=product)
    second = WindowFactory(
        product=product, phase="PRESALE", ships_by=TODAY + timedelta(days=40), price=Decimal("35.80")
    )
    other = WindowFactory()

    assert "¥35.80</span></small>" in page_of(client, "orange", query=f"?window={second.pk}")
    assert "¥39.80</span></small>" in page_of(client, "orange", query=f"?window={other.pk}")
    assert "¥39.80</span></small>" in page_of(client, "orange", query="?window=x'")


def test_price_unit_prices_and_what_is_left_are_said_in_both_languages(client: Client) -> None:
    WindowFactory(product__slug="orange", num_in_stock=100, num_allocated=14)

    chinese, english = page_of(client, "orange", "zh-CN"), page_of(client, "orange", "en")

    for text in ("7.96 元/斤", "15.92 元/kg", "余 86 箱", "净重 2.5 kg", "11月26日前发出"):
        assert text in chinese, text
    for text in ("¥15.92 per kg", "¥7.96 per jin (500 g)", "86 boxes left", "Net weight 2.5 kg", "Ships by 26 Nov"):
        assert text in english, text


def test_a_sold_out_window_and_one_that_opens_later_cannot_be_chosen(client: Client) -> None:
    product = ProductFactory(slug="orange")
    sold_out = WindowFactory(product=product, num_allocated=100)
    later = WindowFactory(product=product, opens_at=NOW + timedelta(days=2), ships_by=TODAY + timedelta(days=20))

    page = page_of(client, "orange")

    assert "Sold out" in page
    assert "Opens 26 Nov 10:00" in page
    assert f'value="{sold_out.pk}"' not in page
    assert f'value="{later.pk}"' not in page
    assert 'name="buy_now"' not in page


def test_out_of_season_the_page_says_when_it_comes(client: Client) -> None:
    product = ProductFactory(slug="orange")
    HarvestWindowFactory(produce=product.produce, ordinal=1, start_month=3, start_day=1, end_month=6, end_day=10)
    WindowFactory(product=product, opens_at=NOW - timedelta(days=20), closes_at=NOW)

    page = page_of(client, "orange")

    assert "Off season" in page
    assert "The next picking begins about 1 Mar" in page
    assert 'name="quantity"' not in page


def test_presale_is_explained(client: Client) -> None:
    WindowFactory(product__slug="orange", phase="PRESALE")

    assert "您采" in page_of(client, "orange", "zh-CN")
    assert "you get your money back" in page_of(client, "orange")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("fresh", "outside the seven-day return"),
        ("frozen", "outside the seven-day return"),
        ("dried", "returned within seven days"),
        ("processed", "returned within seven days"),
    ],
)
def test_the_right_of_return_follows_what_the_goods_are(client: Client, form: str, said: str) -> None:
    WindowFactory(product__slug="it", product__produce__product_form=form)

    assert said in page_of(client, "it")


def test_growers_hub_and_certificate_are_named(client: Client) -> None:
    window = product_on_sale()

    page = page_of(client, window.product.slug)

    for text in ("Chengli cooperative", "62 households", "1,180 mu", "Zigui hub", "Commitment certificate"):
        assert text in page, text


def test_the_gi_name_is_shown_only_with_a_valid_permit_of_a_grower(client: Client) -> None:
    window = product_on_sale()
    cooperative = window.product.pool_product.pool.members.get().cooperative
    slug = window.product.slug
    assert "Geographical indication" not in page_of(client, slug)

    permit = CertificateFactory(cooperative=cooperative, kind=Certificate.Kind.GI_MARK, number="GI-420527-7")
    assert "GI-420527-7" in page_of(client, slug)

    permit.expires_on = TODAY - timedelta(days=1)
    permit.save()
    assert "Geographical indication" not in page_of(client, slug)


def test_freight_and_arrival_follow_the_place_that_was_chosen(client: Client) -> None:
    window = product_on_sale(ships_from=date(2026, 11, 25), ships_by=date(2026, 11, 26))
    hubei = window.product.produce.region.parent
    gansu = RegionFactory(code="620000", level="PROVINCE", name_zh="甘肃省", name_en="Gansu", parent=None)
    FreightTariff.objects.create(
        origin=hubei, destination=gansu, first_fen=600, further_fen=200, transit_days_min=2, transit_days_max=4
    )
    slug = window.product.slug

    assert "Say where it goes" in page_of(client, slug)
    client.cookies["place"] = "62"
    page = page_of(client, slug)
    assert "Freight for one box to Gansu: ¥10.00." in page  # 2.5 kg: first kg 6, two begun kg 2 each
    assert "27–30 Nov" in page  # leaves 25 to 26 November, two to four days
    client.cookies["place"] = "54"
    assert "We cannot send this to Tibet yet." in page_of(client, slug)


def test_a_product_that_is_not_there_is_not_found(client: Client) -> None:
    ProductFactory(slug="withdrawn", is_public=False)
    ProductFactory(slug="unbound", produce=None, grade=None)

    for slug in ("withdrawn", "unbound", "nothing"):
        assert client.get(f"/products/{slug}/").status_code == 404


def test_the_form_posts_the_chosen_window_to_the_basket(client: Client) -> None:
    window = product_on_sale()
    page = page_of(client, window.product.slug)
    assert 'action="/basket/add/"' in page

    answer = client.post("/basket/add/", {"window": window.pk, "quantity": "2"})

    assert answer.status_code == 302
    assert "秭归脐橙" in client.get("/basket/", headers={"accept-language": "zh-CN"}).content.decode()


def test_the_longest_names_are_whole(client: Client) -> None:
    produce = ProduceFactory(
        slug="long",
        name_zh="长" * 60,
        name_en="Long " * 19,
        region=RegionFactory(code="520526", name_zh="威宁彝族回族苗族自治县", name_en="Weining"),
    )
    WindowFactory(product=ProductFactory(slug="long", produce=produce, title="长" * 100, title_en="Long name " * 15))

    assert "长" * 100 in page_of(client, "long", "zh-CN")
