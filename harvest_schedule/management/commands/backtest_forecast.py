"""
Replay finished harvests: how good would their forecasts have been, against what was declared and the season before?

Prints pinball loss, CRPS, coverage of the P20-P80 band, bias and skill. With --seasons it takes drawn seasons in place
of the database's. See docs/algorithms/policy_simulation.md.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from harvest_schedule.policies.forecast_scores import PastSeason, backtest, backtest_text, seasons_of
from harvest_schedule.policies.world_generate import world_generate
from harvest_schedule.selectors.past_seasons import past_seasons
from marketplace.foundation import clock

MAX_SEASONS = 1_000


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--produce", metavar="SLUG", help="of this produce only")
        parser.add_argument("--seasons", type=int, metavar="N", help="of so many drawn seasons; no database is asked")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the first drawn season [1]")
        parser.add_argument("--by-produce", action="store_true", help="a table for every produce, besides that of all")

    def handle(self, *args: Any, **options: Any) -> None:
        found = (
            _drawn(options["seasons"], options["seed"], options["produce"])
            if options["seasons"] is not None
            else past_seasons(clock.now(), produce_slug=options["produce"])
        )
        result = backtest([row for rows in found.values() for row in rows])
        if result is None:
            asked = f" of {options['produce']}" if options["produce"] else ""
            raise CommandError(f"There is no finished harvest{asked} of which anything was picked.")
        if options["by_produce"]:
            for slug, rows in found.items():
                one = backtest(rows)
                if one is not None:
                    self.stdout.write(f"{slug}\n{backtest_text(one)}\n")
        self.stdout.write(f"all: {', '.join(found)}\n{backtest_text(result)}")


def _drawn(num_seasons: int, seed: int, produce: str | None) -> dict[str, tuple[PastSeason, ...]]:
    """The harvests of drawn seasons by produce."""
    if not 1 <= num_seasons <= MAX_SEASONS:
        raise CommandError(f"--seasons: between 1 and {MAX_SEASONS}")
    if seed < 0:
        raise CommandError("--seed: must not be negative")
    found: dict[str, list[PastSeason]] = {}
    for number in range(num_seasons):
        world = world_generate(seed + number)
        for row, season in zip(world.harvests, seasons_of(world), strict=True):
            if produce in (None, row.produce):
                found.setdefault(row.produce, []).append(season)
    return {kind: tuple(rows) for kind, rows in found.items()}
