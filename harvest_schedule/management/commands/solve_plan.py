"""Solve a planning instance in the neutral format; no database is asked. See docs/algorithms/harvest_planning.md."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from harvest_schedule.planner import cli


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        cli.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        code = cli.solve_file(
            options["instance"],
            time_limit_s=options["time_limit"],
            output=options["output"],
            is_explained=options["explain"],
            seed=options["seed"],
            rel_gap=options["gap"],
        )
        if code:
            raise SystemExit(code)
