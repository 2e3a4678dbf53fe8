"""
Play the same seasons under four ways of selling, and print what each brings. No database is asked.

See docs/algorithms/policy_simulation.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from harvest_schedule.planner.cli import EXIT_MALFORMED, solver_banner_on_stderr
from harvest_schedule.planner.fields import InstanceError
from harvest_schedule.policies.comparison import POLICIES, STEADY, compare, policies_with, table_text
from harvest_schedule.policies.world import World
from harvest_schedule.policies.world_generate import world_generate
from harvest_schedule.policies.world_reading import world_read, world_to_json

MAX_SEASONS = 10_000


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seasons", type=_seasons, default=20, metavar="N", help="how many are drawn [20]")
        parser.add_argument("--seed", type=_seed, default=1, metavar="S", help="of the first; the next has S+1 [1]")
        parser.add_argument(
            "--world", metavar="FILE", help="one season from a JSON file instead; - reads standard input"
        )
        parser.add_argument(
            "--policies", type=_policies, default=list(POLICIES), metavar="A,B", help=f"of {', '.join(POLICIES)}"
        )
        parser.add_argument(
            "--band", type=_band, metavar="B", help="also fenglu with weekly sales planned within (1 ± B) of one level"
        )
        parser.add_argument("--write-world", metavar="FILE", help="write the season of the seed to a file, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["write_world"]:
                _write(options["write_world"], world_generate(options["seed"]))
                return
            worlds = [_load(options["world"])] if options["world"] else None
        except InstanceError as error:
            self.stderr.write(str(error))
            raise SystemExit(EXIT_MALFORMED) from None
        count = 1 if worlds else options["seasons"]
        drawn = worlds or (world_generate(options["seed"] + index) for index in range(count))
        names, policies = options["policies"], POLICIES
        if options["band"] is not None:
            # What the band brings and costs is told beside these two.
            names, policies = [*dict.fromkeys([*names, "alone", "fenglu"]), STEADY], policies_with(options["band"])
        with solver_banner_on_stderr():
            table = compare(drawn, names, lambda done: self.stderr.write(f"season {done} of {count}"), policies)
        self.stdout.write(table_text(table))


def _load(name: str) -> World:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        value = json.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        raise InstanceError("$", f"cannot be read: {error.strerror}: {name}") from error
    except (ValueError, RecursionError) as error:
        raise InstanceError("$", f"is not JSON that can be read: {error}") from error
    return world_read(value)


def _write(name: str, world: World) -> None:
    try:
        Path(name).write_text(json.dumps(world_to_json(world), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InstanceError("--write-world", f"{error.strerror}: {name}") from error


def _seasons(text: str) -> int:
    value = int(text)
    if not 1 <= value <= MAX_SEASONS:
        raise argparse.ArgumentTypeError(f"must lie in 1 … {MAX_SEASONS}")
    return value


def _seed(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return value


def _band(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must lie in 0 … 1")
    return value


def _policies(text: str) -> list[str]:
    names = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [name for name in names if name not in POLICIES]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"must name some of {', '.join(POLICIES)}: {', '.join(unknown) or 'none'}")
    return names
