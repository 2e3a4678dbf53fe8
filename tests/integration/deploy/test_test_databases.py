"""The databases that tests get: migrated, their own, and whole again after a transactional test."""

import os

import pytest
from django.db import connection

from deploy import template_database


def page_count() -> int:
    """How many pages Wagtail's migrations made: the root and the welcome page, or what ours made of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM wagtailcore_page")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_transactional_test_finds_what_migrations_made_and_may_destroy_it(turn: str) -> None:
    found = page_count()

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE wagtailcore_page CASCADE")

    assert found >= 1
    assert page_count() == 0


@pytest.mark.django_db
def test_every_process_that_a_test_starts_is_led_to_the_same_database(database_name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == (database_name,)
    assert os.environ["DATABASE_URL"].endswith("/" + database_name)


@pytest.mark.django_db
def test_the_template_fits_the_migration_files() -> None:
    assert template_database.ensure_template() == template_database.ensure_template()
    hashes = template_database.migration_hashes()
    assert any(key.startswith("foundation/0001") for key in hashes)
    assert any(key.startswith("wagtailcore/") for key in hashes)
