"""A load of the demo that was broken off is seen, and its database made anew; one that ended is left alone."""

import os
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from deploy.demo_database import is_half_loaded, make_anew


@pytest.fixture
def url():
    """An empty database of its own on the tests' server."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    address = urlunsplit(parts._replace(path=f"/test_half_loaded_{os.getpid()}"))
    make_anew(address)
    yield address
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "test_half_loaded_{os.getpid()}" WITH (FORCE)')


def fill(url: str, *, pools: int, is_done: bool) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE cooperatives_supplypool (id int)")
        connection.execute("CREATE TABLE foundation_answeredrequest (scope text, key text)")
        for number in range(pools):
            connection.execute("INSERT INTO cooperatives_supplypool VALUES (%s)", [number])
        if is_done:
            connection.execute("INSERT INTO foundation_answeredrequest VALUES ('demo', 'loaded')")


def test_a_database_without_tables_is_not_half_loaded(url):
    assert not is_half_loaded(url)


@pytest.mark.parametrize(
    ("pools", "is_done", "expected"), [(0, False, False), (3, False, True), (3, True, False)], ids=str
)
def test_pools_without_the_mark_of_an_ended_load_are_half_a_load(url, pools, is_done, expected):
    fill(url, pools=pools, is_done=is_done)

    assert is_half_loaded(url) is expected


def test_making_anew_leaves_an_empty_database(url):
    fill(url, pools=3, is_done=False)

    make_anew(url)

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('cooperatives_supplypool')").fetchone() == (None,)
