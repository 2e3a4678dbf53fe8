"""
Replay finished harvests: how good would their forecasts have been, against what was declared and the season before?

Prints pinball loss, CRPS, coverage of the P20-P80 band, bias and skill. See docs/algorithms/policy_simulation.md.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from harvest_schedule.policies.forecast_scores import backtest, backtest_text
from harvest_schedule.selectors.past_seasons import past_seasons
from marketplace.foundation import clock


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--produce", metavar="SLUG", help="of this produce only")
        parser.add_argument("--by-produce", action="store_true", help="a table for every produce, besides that of all")

    def handle(self, *args: Any, **options: Any) -> None:
        found = past_seasons(clock.now(), produce_slug=options["produce"])
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
