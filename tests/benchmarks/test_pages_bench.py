"""How long the shop's pages take at 2,000 products, in one process; printed, never asserted. `make bench` runs it."""

import statistics
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.crowd import crowd

pytestmark = pytest.mark.django_db

ROUNDS = 30


def measure(client, name: str, address: str) -> None:
    """Print the median, the slowest of thirty and the statements of one page."""
    client.get(address)
    with CaptureQueriesContext(connection) as statements:
        answer = client.get(address)
    num_statements = len(statements)
    times_ms = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        answer = client.get(address)
        times_ms.append((time.perf_counter() - started) * 1000)
    median_ms, slowest_ms = statistics.median(times_ms), max(times_ms)
    print(  # noqa: T201  (printing is what a benchmark is for)
        f"\n{name:28} {answer.status_code}  median {median_ms:7.1f} ms  slowest {slowest_ms:7.1f} ms"
        f"  {num_statements:3} statements  {len(answer.content) / 1024:7.1f} KB"
    )


def test_pages_at_two_thousand_products(client):
    products = crowd(2000, is_indexed=True)

    measure(client, "product list", "/products/")
    measure(client, "product list, by price", "/products/?sort=price&phase=FRESH")
    measure(client, "product page", f"/products/{products[0].slug}/")
    measure(client, "search, Chinese", f"/products/?q={products[0].title[:2]}")
    measure(client, "search, pinyin", "/products/?q=shi")
    measure(client, "search, nothing fits", "/products/?q=zzzzqqq")
    measure(client, "calendar", "/calendar/")
