"""One check of the books, and how it is run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

#: More breaches of one check than this are counted, not listed.
MOST_LISTED = 20


@dataclass(frozen=True)
class Check:
    """
    A sentence that must be true of every row, with the SQL that finds the rows it is not true of.

    ``breaches`` returns two text columns, the row's name and what is wrong with it; ``counted`` returns how many rows
    were looked at, so that a check that looks at nothing is seen.
    """

    key: str
    #: Of reliability.md, section 2.0.
    invariant: str
    says: str
    counted: str
    breaches: str


@dataclass(frozen=True)
class Breach:
    """A row of which a check is not true."""

    row: str
    detail: str


@dataclass(frozen=True)
class Finding:
    """What one check found. ``num_breaches`` counts them all, ``breaches`` holds the first few."""

    check: Check
    num_rows: int
    num_breaches: int
    breaches: tuple[Breach, ...]


def books_check(checks: Iterable[Check]) -> list[Finding]:
    """Run checks against one snapshot of the database, without writing anything."""
    with _snapshot():
        return [_find(check) for check in checks]


@contextmanager
def _snapshot() -> Iterator[None]:
    """All checks see the same moment: money that moves while they run is not taken for a difference."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # Years of books take longer than a page may.
        cursor.execute("SET LOCAL statement_timeout = 0")
        yield


def _find(check: Check) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(check.counted)
        (num_rows,) = cursor.fetchone()
        cursor.execute(check.breaches)
        rows = cursor.fetchall()
    return Finding(check, num_rows, len(rows), tuple(Breach(*row) for row in rows[:MOST_LISTED]))
