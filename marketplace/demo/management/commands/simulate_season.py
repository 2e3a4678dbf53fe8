"""Live a stretch of days with the real services and a clock passed in. Same seed, same history."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.demo.season import History, season_simulate


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="first", required=True, help="first day, YYYY-MM-DD")
        parser.add_argument("--to", dest="last", required=True, help="last day, YYYY-MM-DD")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            first, last = date.fromisoformat(options["first"]), date.fromisoformat(options["last"])
        except ValueError as error:
            raise CommandError(f"--from and --to are days, YYYY-MM-DD: {error}") from error
        if last < first:
            raise CommandError("--to lies before --from")
        started = time.perf_counter()

        def progress(day: date, history: History) -> None:
            if options["verbosity"] >= 1 and (day.weekday() == 6 or day == last):
                self.stdout.write(
                    f"  {day}  orders {history.orders:4}  paid {history.paid:4}  lots {history.lots:4}  "
                    f"parcels {history.shipments:4}  claims {history.claims:3}  {time.perf_counter() - started:5.1f} s"
                )
                self.stdout.flush()

        history = season_simulate(first=first, last=last, seed=options["seed"], progress=progress)
        self.stdout.write(f"  {history}")
