"""What /healthz and /readyz say when parts are missing."""

import pytest
from django.db import connection
from django.test import Client, override_settings

from marketplace import health


@pytest.fixture
def worker_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is there: a real one is started by the demo, not by these tests."""
    monkeypatch.setattr(health.celery_app.control, "ping", lambda **_: [{"worker@here": {"ok": "pong"}}])


def test_healthz_needs_nothing_but_the_process(client: Client) -> None:
    # No database is allowed in this test: pytest-django would refuse the first statement.
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.content == b"ok\n"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_readyz_is_good_when_every_part_is(client: Client, worker_answers: None) -> None:
    answer = client.get("/readyz")

    assert answer.json() == {"database": "ok", "redis": "ok", "worker": "ok", "migrations": "ok"}
    assert answer.status_code == 200


@pytest.mark.django_db
def test_readyz_names_a_worker_that_does_not_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE_S", 0.1)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "redis": "ok", "worker": "failing", "migrations": "ok"}


@pytest.mark.django_db
def test_readyz_answers_soon_when_redis_is_away(client: Client, worker_answers: None) -> None:
    with override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0"):
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "redis": "failing", "worker": "failing", "migrations": "ok"}


@pytest.mark.django_db
def test_readyz_names_a_missing_migration(client: Client, worker_answers: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'foundation' AND name = '0001_initial'")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["migrations"] == "failing"


@pytest.mark.django_db
def test_readyz_does_not_tell_strangers_why(client: Client, worker_answers: None) -> None:
    with override_settings(CELERY_BROKER_URL="redis://:geheim@127.0.0.1:1/0"):
        answer = client.get("/readyz")

    assert b"geheim" not in answer.content
    assert b"127.0.0.1" not in answer.content


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_only_reading_is_allowed(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
