"""
What a load balancer and the supervisor ask: does the process live, and can it serve.

``/healthz`` touches nothing outside the process. ``/readyz`` is 200 only when the database, Redis, a worker and the
migrations are good; it names the part that is not, and never why (the log does), because anyone may ask.
"""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec

import redis
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from marketplace.celery import app as celery_app

logger = logging.getLogger(__name__)

#: A part that takes longer than this to answer is as good as away.
PATIENCE_S = 1.0


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 for as long as the process can answer at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every part is good, else 503; the body says which parts are and are not."""
    parts = {name: _is_good(name, check) for name, check in CHECKS.items()}
    body = {name: "ok" if good else "failing" for name, good in parts.items()}
    return JsonResponse(body, status=200 if all(parts.values()) else 503)


def _is_good(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, redis.RedisError, OperationalError, OSError) as error:
        logger.warning("readyz: %s is failing: %s", name, error)
        return False


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _redis_answers() -> bool:
    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S
    )
    with client:
        return bool(client.ping())


def _worker_answers() -> bool:
    # Asked only when the broker is there: Celery would try to reach it for longer than a probe waits.
    # One answer is enough. A worker that is busy with a long plan answers too: its main process does.
    return _redis_answers() and bool(celery_app.control.ping(timeout=PATIENCE_S, limit=1))


def _migrations_are_applied() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return _migrations_on_disk() <= set(cursor.fetchall())


@cache
def _migrations_on_disk() -> frozenset[tuple[str, str]]:
    """
    Every migration's ``(app, name)``, read from file names.

    Django's own loader imports all of them, which costs a second and ten megabytes in each web process.
    """
    found = set()
    for config in apps.get_app_configs():
        module, _ = MigrationLoader.migrations_module(config.label)
        try:
            spec = find_spec(module) if module else None
        except ModuleNotFoundError:
            continue
        if spec is not None and spec.submodule_search_locations:
            names = [item.name for item in pkgutil.iter_modules(spec.submodule_search_locations)]
            found |= {(config.label, name) for name in names if name[0] not in "_~"}
    return frozenset(found)


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database_answers,
    "redis": _redis_answers,
    "worker": _worker_answers,
    "migrations": _migrations_are_applied,
}
