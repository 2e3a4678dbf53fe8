"""
The pytest plugin that gives every test worker a database of its own.

It replaces pytest-django's way (migrate in each worker, empty every table after each transactional test) with
clones of one migrated template: a worker is ready in a fraction of a second, and a transactional test hands
on a database that still has what migrations put there (Wagtail's root page, permissions).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase
from psycopg.conninfo import conninfo_to_dict

from deploy import template_database
from deploy.test_services import services

PREFIX = "test_fenglu_"


def pytest_report_header() -> str:
    """Say which PostgreSQL the run uses."""
    return f"PostgreSQL: {services.described}"


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what this run started."""
    if not hasattr(config, "workerinput"):
        services.stop()


@pytest.fixture(scope="session")
def database_name(pytestconfig: pytest.Config) -> str:
    """The name of this worker's test database; there are no workers where xdist is switched off."""
    worker_id = getattr(pytestconfig, "workerinput", {}).get("workerid", "master")
    return f"{PREFIX}{os.getpid()}_{worker_id}"


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: Any,
    database_name: str,
) -> Iterator[None]:
    """Point Django, and every process that tests start, to a clone of the migrated template."""
    _drop_forgotten()
    patch = pytest.MonkeyPatch()
    with django_db_blocker.unblock():
        template = template_database.ensure_template()
        template_database.clone(template, database_name)
        connection.close()
        patch.setitem(connection.settings_dict, "NAME", database_name)
        patch.setitem(settings.DATABASES["default"], "NAME", database_name)
        patch.setenv("DATABASE_URL", _address_of(database_name))

    def restore(case: TransactionTestCase) -> None:
        connections.close_all()
        template_database.clone(template, database_name)

    patch.setattr(TransactionTestCase, "_fixture_teardown", restore)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        template_database.drop(database_name)
    patch.undo()


def _address_of(database: str) -> str:
    parts = conninfo_to_dict(os.environ["DATABASE_URL"])
    place = f"{parts['host']}:{parts.get('port', 5432)}"
    if str(parts["host"]).startswith("/"):
        return f"postgresql://{parts['user']}@/{database}?host={parts['host']}"
    return f"postgresql://{parts['user']}:{parts.get('password', '')}@{place}/{database}"


def _drop_forgotten() -> None:
    """Drop test databases of processes that are gone: they were killed before they could."""
    with template_database.maintenance() as server:
        rows = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX]).fetchall()
    for (name,) in rows:
        owner = name.removeprefix(PREFIX).split("_")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            template_database.drop(name)
