"""Oscar's dashboard and Wagtail's admin: for staff, by the one sign-in, without orders, without any other host."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.factories import ProductFactory, product_on_sale

pytestmark = pytest.mark.django_db

#: What a browser fetches by itself; a link that a person may follow is another matter.
FETCHED = re.compile(r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc=["']?([^"'\s>]+)""")
STYLES = re.compile(r"""<link\b[^>]*\bhref=["']?([^"'\s>]+)""")


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(
        get_user_model().objects.create_superuser("chief", "chief@example.com", "long enough 1"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


@pytest.fixture
def buyer(client: Client) -> Client:
    client.force_login(
        get_user_model().objects.create_user("buyer", "buyer@example.com", "long enough 1"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def outside(text: str) -> list[str]:
    fetched = FETCHED.findall(text) + STYLES.findall(text)
    return [address for address in fetched if re.match(r"(?:https?:)?//", address)]


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/",
        "/dashboard/catalogue/",
        "/dashboard/catalogue/product-types/",
        "/dashboard/catalogue/categories/",
        "/dashboard/catalogue/categories/create/",
        "/dashboard/catalogue/option/",
        "/dashboard/partners/",
        "/dashboard/partners/create/",
        "/cms/",
        "/cms/pages/",
        "/cms/images/",
        "/cms/account/",
    ],
)
def test_staff_s_pages_load_nothing_from_another_host(admin, path):
    product_on_sale()

    answer = admin.get(path)

    assert answer.status_code == 200
    text = answer.content.decode()
    assert "<script" in text
    assert outside(text) == []
    assert "dashboard/orders" not in text


def test_a_product_can_be_opened_and_leads_to_its_page_in_the_shop(admin):
    product = ProductFactory()

    answer = admin.get(f"/dashboard/catalogue/products/{product.pk}/")

    assert answer.status_code == 200
    assert f"/products/{product.slug}/" in answer.content.decode()
    assert outside(answer.content.decode()) == []


@pytest.mark.parametrize(
    "room", ["orders", "users", "vouchers", "offers", "ranges", "reports", "reviews", "comms", "pages", "shipping"]
)
def test_the_rest_of_oscar_s_dashboard_is_mounted_for_nobody(admin, room):
    assert admin.get(f"/dashboard/{room}/").status_code == 404


@pytest.mark.parametrize(
    "path", ["/dashboard/", "/dashboard/catalogue/", "/dashboard/login/", "/cms/", "/cms/pages/", "/cms/login/"]
)
def test_both_back_offices_ask_at_the_one_sign_in(client, path):
    answer = client.get(path, follow=True)

    assert answer.redirect_chain[-1][0].startswith("/account/sign-in/")
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/dashboard/", "/dashboard/catalogue/", "/dashboard/partners/"])
def test_a_buyer_is_refused_by_the_dashboard(buyer, path):
    assert buyer.get(path).status_code == 403


def test_a_buyer_who_asks_for_the_pages_is_told_and_not_sent_round_in_a_ring(buyer):
    answer = buyer.get("/cms/", follow=True, headers={"accept-language": "en"})

    assert answer.status_code == 200
    assert len(answer.redirect_chain) == 1
    assert "You are signed in as buyer, and that account may not open the page" in answer.content.decode()


def test_someone_signed_in_goes_on_from_the_sign_in_page(admin):
    assert admin.get("/account/sign-in/").headers["Location"] == "/dashboard/"
