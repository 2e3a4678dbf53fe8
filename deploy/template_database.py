"""
A migrated database to clone for each test worker.

Migrating Oscar and Wagtail takes about a minute, a clone a tenth of a second. The template is named by a hash
of all migration files, so that it serves every run until one of them changes; then the nearest template whose
migrations are all still there is carried on instead of starting from nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import psycopg
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg import sql
from psycopg.conninfo import make_conninfo

from deploy.paths import PROJECT

PREFIX = "fenglu_template_"
BUILDING = "building_"
KEPT_TEMPLATES = 3

#: Any number, as long as nothing else on the server locks the same one.
ADVISORY_LOCK = 7_301_145


@contextmanager
def maintenance() -> Iterator[psycopg.Connection]:
    """A connection to the server's own database, outside any transaction."""
    address = make_conninfo(os.environ["DATABASE_URL"], dbname="postgres")
    with psycopg.connect(address, autocommit=True) as server:
        yield server


def migration_hashes() -> dict[str, str]:
    """``{"app/0001_initial.py": short hash of its content}`` over every installed app, ours and others'."""
    hashes = {}
    for config in apps.get_app_configs():
        module_name, _ = MigrationLoader.migrations_module(config.label)
        if module_name is None:
            continue
        try:
            folders = import_module(module_name).__path__
        except ModuleNotFoundError:
            continue
        for folder in folders:
            for path in sorted(Path(folder).iterdir()):
                if path.is_file() and path.suffix != ".pyc" and path.name != "__init__.py":
                    digest = hashlib.sha256(path.read_bytes()).hexdigest()
                    hashes[f"{config.label}/{path.name}"] = digest[:10]
    return hashes


def ensure_template() -> str:
    """Return the name of the template that fits the migration files, making it first if there is none."""
    wanted = migration_hashes()
    name = PREFIX + _digest(json.dumps(wanted, sort_keys=True))
    with maintenance() as server:
        server.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        templates = _templates(server)
        if name not in templates:
            for unfinished in _databases(server, BUILDING):
                drop(unfinished)
            _build(server, name=name, wanted=wanted, templates=templates)
    return name


def clone(template: str, name: str) -> None:
    """Make database ``name`` a copy of ``template``, in place of one of that name."""
    with maintenance() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )


def drop(name: str) -> None:
    """Drop database ``name``, ending the sessions that still use it."""
    with maintenance() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _databases(server: psycopg.Connection, prefix: str) -> list[str]:
    rows = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
    return [name for (name,) in rows]


def _templates(server: psycopg.Connection) -> dict[str, dict[str, str]]:
    """Each template's migration hashes, newest template first."""
    rows = server.execute(
        "SELECT datname, coalesce(shobj_description(oid, 'pg_database'), '{}') FROM pg_database"
        " WHERE starts_with(datname, %s) ORDER BY oid DESC",
        [PREFIX],
    ).fetchall()
    return {name: json.loads(comment) for name, comment in rows}


def _build(
    server: psycopg.Connection,
    *,
    name: str,
    wanted: dict[str, str],
    templates: dict[str, dict[str, str]],
) -> None:
    foundation, foundation_name = _settled_migrations(wanted)
    if foundation_name not in templates:
        with (
            _under_construction(server, foundation_name, source="template0", hashes=foundation) as building,
            _connected_to(building),
        ):
            MigrationExecutor(connection).migrate(_furthest(foundation))
        templates = {foundation_name: foundation, **templates}
    fitting = [old for old, hashes in templates.items() if hashes and hashes.items() <= wanted.items()]
    nearest = max(fitting, key=lambda old: len(templates[old]))
    try:
        _carry_on(server, name, source=nearest, wanted=wanted)
    except InconsistentMigrationHistory:
        # A migration was slipped in below one that the nearest template has already.
        _carry_on(server, name, source=foundation_name, wanted=wanted)
    for old in [old for old in templates if old != foundation_name][KEPT_TEMPLATES - 1 :]:
        drop(old)


def _settled_migrations(wanted: dict[str, str]) -> tuple[dict[str, str], str]:
    """
    The migrations that rest on nothing that this project wrote, and the name of their template.

    They take most of the time and change only with the lock file, so a changed migration of ours costs
    seconds.
    """
    graph = MigrationLoader(None).graph
    own = {node for node in graph.nodes if _is_written_here(*node)}
    settled = [node for node in graph.nodes if own.isdisjoint(graph.forwards_plan(node))]
    hashes = {key: wanted[key] for key in sorted(f"{app}/{migration}.py" for app, migration in settled)}
    return hashes, PREFIX + "base_" + _digest(json.dumps(hashes))


def _furthest(hashes: dict[str, str]) -> list[tuple[str, str]]:
    """Those of the migrations that no other of them rests on; Django takes the rest along."""
    graph = MigrationLoader(None).graph
    chosen = {(app, file.removesuffix(".py")) for app, file in (key.split("/") for key in hashes)}
    return sorted(node for node in chosen if not any(child.key in chosen for child in graph.node_map[node].children))


def _is_written_here(app: str, migration: str) -> bool:
    module = import_module(MigrationLoader.migrations_module(app)[0] or "")
    if not Path(module.__path__[0]).is_relative_to(PROJECT) or ".venv" in module.__path__[0]:
        return False
    # A fork carries Oscar's own migrations under their own names.
    upstream = find_spec(f"oscar.apps.{app}.migrations") if find_spec(f"oscar.apps.{app}") else None
    if upstream is None or not upstream.submodule_search_locations:
        return True
    return not (Path(upstream.submodule_search_locations[0]) / f"{migration}.py").exists()


def _carry_on(server: psycopg.Connection, name: str, *, source: str, wanted: dict[str, str]) -> None:
    with (
        _under_construction(server, name, source=source, hashes=wanted) as building,
        _connected_to(building),
    ):
        call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)


@contextmanager
def _under_construction(server: psycopg.Connection, name: str, *, source: str, hashes: dict[str, str]) -> Iterator[str]:
    """Build under another name, so that a run that is broken off leaves no template that is half migrated."""
    building = BUILDING + name
    clone(source, building)
    yield building
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(building), sql.Identifier(name)))
    server.execute(
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(json.dumps(hashes)))
    )


@contextmanager
def _connected_to(database: str) -> Iterator[None]:
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
