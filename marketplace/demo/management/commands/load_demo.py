"""Load the produce database, the cast and eight weeks of history. Done already? Then it says so and stops."""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from catalog.services.produce_load import produce_load
from marketplace.cms.demo_pages import pages_load
from marketplace.cooperatives.models import SupplyPool
from marketplace.demo.cast_load import cast_load
from marketplace.demo.declarations import Declarations
from marketplace.foundation import clock
from marketplace.foundation.models import AnsweredRequest
from marketplace.foundation.outbox import outbox_without_worker

DONE = ("demo", "loaded")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--weeks", type=int, default=8, help="weeks of history before today")
        parser.add_argument("--today", help="the day the history ends on, YYYY-MM-DD; today if left out")
        parser.add_argument("--seed", type=int, default=20261125)

    def handle(self, *args: Any, **options: Any) -> None:
        if AnsweredRequest.objects.filter(scope=DONE[0], key=DONE[1]).exists():
            self.stdout.write("The demo is loaded already.")
            return
        if SupplyPool.objects.exists():
            self.stdout.write("A load was broken off half-way. Start over with: make demo-reset")
            raise SystemExit(3)
        started = time.perf_counter()
        today = date.fromisoformat(options["today"]) if options["today"] else clock.business_date(clock.now())
        first = today - timedelta(weeks=options["weeks"])
        last = today - timedelta(days=1)
        at = clock.shanghai(first, 5)

        def say(text: str) -> None:
            self.stdout.write(f"  {time.perf_counter() - started:6.1f} s  {text}")
            self.stdout.flush()

        with outbox_without_worker():
            loaded = produce_load(at=at)
            say(f"{loaded.num_produce} produce in {loaded.num_regions} divisions")
            cast = cast_load(seed=options["seed"], at=at)
            say(f"{cast.cooperatives} cooperatives in {len(cast.counties)} counties, {cast.products} products")
            declarations = Declarations(first=first, last=last, chance=random.Random(options["seed"]))  # noqa: S311
            declarations.declare_all()
            say(f"{declarations.num_harvests} harvests declared, {declarations.num_lots} lots in store")
        pages_load()
        say("pages written")
        call_command(
            "simulate_season",
            "--from",
            first.isoformat(),
            "--to",
            last.isoformat(),
            "--seed",
            str(options["seed"]),
            stdout=self.stdout,
        )
        AnsweredRequest.objects.create(scope=DONE[0], key=DONE[1], at=clock.now())
        say("the demo is ready")
