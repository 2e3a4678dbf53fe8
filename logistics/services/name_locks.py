"""A lock on something that has no row yet: a number about to be given."""

from __future__ import annotations

from django.db import connection


def name_lock(name: str) -> None:
    """Hold a name until the transaction ends; another transaction that asks for it waits. Take it after row locks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
