"""
Statement budgets of the shopper's busiest pages at 2,000 products, for whole requests.

They hold for a visitor who has just come, and for one who is signed in, has said where to deliver, and has something
in the basket. Each test walks all addresses of one page, because making the shop takes longer than asking it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from catalog.partner.models import StockRecord
from tests.factories.crowd import crowd

pytestmark = pytest.mark.django_db

PRODUCT_LIST = 10
PRODUCT_PAGE = 14
SEARCH = 8


@pytest.fixture
def visitors(frozen_clock: datetime) -> dict[str, Client]:
    """A stranger, and a regular who is signed in with one box in the basket."""
    crowd(2000, is_indexed=True)
    regular = Client()
    regular.force_login(get_user_model().objects.create_user("lin", "lin@example.com", "fenglu-demo-1"))
    regular.cookies["place"] = "62"
    window = StockRecord.objects.open_at(frozen_clock).order_by("pk").last()
    assert regular.post("/basket/add/", {"window": window.pk, "quantity": "1"}).status_code == 302
    return {"stranger": Client(), "regular": regular}


def test_the_product_list_keeps_its_budget(
    visitors: dict[str, Client], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for who, browser in visitors.items():
        for address, cards in (
            ("/products/", 24),
            ("/products/?phase=FRESH&category=fruit&within=7d&province=42&sort=price&page=2", 24),
            ("/products/?sort=name&page=9999", 8),  # 2,000 products are 83 pages of 24 and one of 8
            ("/products/?province=65", 0),
        ):
            with django_assert_max_num_queries(PRODUCT_LIST, info=f"{who} {address}"):
                answer = browser.get(address)
            assert answer.status_code == 200
            assert answer.content.count(b'class="product-card ') == cards, address


def test_the_product_page_keeps_its_budget(
    visitors: dict[str, Client], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for who, browser in visitors.items():
        for slug, windows in (("crowd-0", 1), ("crowd-1", 1)):
            with django_assert_max_num_queries(PRODUCT_PAGE, info=f"{who} {slug}"):
                answer = browser.get(f"/products/{slug}/")
            assert answer.status_code == 200
            assert answer.content.count(b'name="window"') == windows


def test_search_keeps_its_budget(
    visitors: dict[str, Client], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for who, browser in visitors.items():
        for text, cards in (("脐橙", 24), ("qicheng", 24), ("apple", 24), ("orenge", 24), ("没有的东西", 6)):
            with django_assert_max_num_queries(SEARCH, info=f"{who} {text}"):
                answer = browser.get("/products/", {"q": text})
            assert answer.status_code == 200
            assert answer.content.count(b'class="product-card ') == cards, text
