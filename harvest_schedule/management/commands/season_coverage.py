"""Print for each week of the coming year how many products are on sale, and in which phase."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from harvest_schedule.selectors.season_coverage import season_coverage
from marketplace.foundation import clock


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", help="the moment to count from, ISO 8601; Shanghai time without a zone")
        parser.add_argument("--weeks", type=int, default=52)
        parser.add_argument("--least", type=int, help="exit with 1 when a week has fewer products or lacks a phase")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            at = datetime.fromisoformat(options["at"]) if options["at"] else clock.now()
        except ValueError as error:
            raise CommandError(f"--at: {error}") from error
        if at.tzinfo is None:
            at = at.replace(tzinfo=clock.SHANGHAI)
        if not 1 <= options["weeks"] <= 104:
            raise CommandError("--weeks: between 1 and 104")
        weeks = season_coverage(at, num_weeks=options["weeks"])
        self.stdout.write("week of     products  presale  fresh  stored")
        for week in weeks:
            self.stdout.write(
                f"{week.monday}  {week.num_products:8}  {week.num_presale:7}  {week.num_fresh:5}  {week.num_stored:6}"
            )
        least = min(week.num_products for week in weeks)
        lacking = sum(not week.has_every_phase for week in weeks)
        self.stdout.write(f"least {least} products; {lacking} of {len(weeks)} weeks lack a phase")
        if options["least"] is not None and (least < options["least"] or lacking):
            raise SystemExit(1)
