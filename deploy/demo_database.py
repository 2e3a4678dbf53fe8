"""
Whether a database has been migrated and filled by this version of the project.

The mark is a comment on the database itself, so that it goes where the data goes: a fresh folder, a restored copy or
a real server are each judged rightly.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from deploy.paths import PROJECT

MARK = "prepared by make demo: "
FILES_THAT_MATTER = (
    "uv.lock",
    "**/migrations/*.py",
    "**/management/commands/load_demo.py",
    "**/management/commands/demo_accounts.py",
)
NOT_OURS = {".venv", ".data", ".git", "node_modules"}


def fingerprint(project: Path = PROJECT) -> str:
    """A short hash of everything that decides what a prepared database looks like."""
    digest = hashlib.sha256()
    for pattern in FILES_THAT_MATTER:
        for path in sorted(project.glob(pattern)):
            relative = path.relative_to(project)
            if NOT_OURS.isdisjoint(relative.parts):
                digest.update(str(relative).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def is_prepared(url: str) -> bool:
    """Whether the database at ``url`` bears the mark of this version."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    return row is not None and row[0] == MARK + fingerprint()


def is_half_loaded(url: str) -> bool:
    """Whether a load of the demo's data began here and did not end: a kill in its middle leaves that behind."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT to_regclass('cooperatives_supplypool')").fetchone()
        if row is None or row[0] is None:
            return False
        row = connection.execute(
            "SELECT EXISTS (SELECT FROM cooperatives_supplypool) AND NOT EXISTS"
            " (SELECT FROM foundation_answeredrequest WHERE scope = 'demo' AND key = 'loaded')"
        ).fetchone()
    return bool(row and row[0])


def make_anew(url: str) -> None:
    """Drop the database at ``url`` and make it again, empty. Only ever done to one of our own embedded servers."""
    parts = urlsplit(url)
    name = sql.Identifier(parts.path.lstrip("/"))
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))


def mark_prepared(url: str) -> None:
    """Leave the mark; on a server where we may not, the next start prepares again (and finds nothing to do)."""
    with psycopg.connect(url) as connection:
        try:
            connection.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                    sql.Identifier(connection.info.dbname), sql.Literal(MARK + fingerprint())
                )
            )
        except psycopg.errors.InsufficientPrivilege:
            return


def sandbox_database_on(url: str) -> str:
    """
    The address of the sandbox's own database beside the site's on a server that is not ours, made if need be.

    Raises
    ------
    psycopg.Error
        If we may not make one there.
    """
    parts = urlsplit(url)
    name = parts.path.lstrip("/") + "_sandbox"
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return urlunsplit(parts._replace(path="/" + name))
