"""Plan the season of every supply pool, or of one, and publish the plans."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from harvest_schedule.services.plans import plan_season
from marketplace.cooperatives.models import SupplyPool
from marketplace.foundation import clock


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pool", help="code of one supply pool")
        parser.add_argument("--at", help="the moment to plan at, ISO 8601 with zone; now if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            at = datetime.fromisoformat(options["at"]) if options["at"] else clock.now()
        except ValueError as error:
            raise CommandError(f"--at: {error}") from error
        if at.tzinfo is None:
            at = at.replace(tzinfo=clock.SHANGHAI)
        pools = SupplyPool.objects.filter(pool_products__isnull=False).distinct().order_by("code")
        if options["pool"]:
            pools = pools.filter(code=options["pool"])
            if not pools:
                raise CommandError(f"no supply pool with products has the code {options['pool']}")
        for pool in pools:
            started = time.perf_counter()
            plan = plan_season(pool_id=pool.pk, at=at)
            self.stdout.write(
                f"{pool.code:40} {plan.result['status']:10} {plan.windows.count():4} windows "
                f"{(plan.objective_fen or 0) / 100:12,.2f} yuan  {time.perf_counter() - started:5.2f} s"
                f"{'' if plan.created_at == at else '  (unchanged)'}"
            )
