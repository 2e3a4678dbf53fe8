"""A plan that takes as long as it is given: a pool's own question, and beside it two dozen hard ones."""

from __future__ import annotations

import random
from typing import Any

from harvest_schedule.models import SeasonPlan
from harvest_schedule.states import HarvestStatus
from tests.factories.harvests import HarvestFactory, Village

#: Produce that compete for one store and one kind of truck, each to be sold steadily: no optimum is proven in minutes.
HARD_PRODUCE = 24
HARD_WEEKS = 30
FAR = "far"


def make_slow(plan: SeasonPlan, village: Village, *, time_limit_s: int, seed: int = 1) -> SeasonPlan:
    """
    Make the question of an opened plan a long one: only the time limit ends it.

    The other produce are picked at a place of their own and sold in no product of the pool, so what is published is the
    pool's own plan, as if nothing were beside it.
    """
    rng = random.Random(seed)
    problem: dict[str, Any] = dict(plan.instance["problem"])
    harvest_ids = list(plan.instance["harvest_ids"])
    supply, demand = list(problem["supply"]), list(problem["demand"])
    produce, listing = list(problem["produce"]), dict(problem["listing"])
    band: list[dict[str, Any]] = []
    coop, grade = supply[0]["coop"], supply[0]["grade"]
    for number in range(HARD_PRODUCE):
        name = f"hard-{number}"
        # Withdrawn, so that nobody reads them as the pool's own.
        harvest = HarvestFactory(
            cooperative=village.harvests[0].cooperative,
            produce=village.harvests[0].produce,
            status=HarvestStatus.WITHDRAWN,
        )
        place = {"produce": name, "grade": grade}
        first = rng.randrange(HARD_WEEKS - 10)
        for bucket in range(first, first + 6):
            row = {"coop": coop, "hub": FAR, "bucket": bucket, "qty": rng.randint(20, 90), "cost": 1_000}
            supply.append({**place, **row})
            harvest_ids.append(harvest.pk)
        for bucket in range(HARD_WEEKS):
            asked = {"bucket": bucket, "qty": rng.randint(5, 30), "price": rng.uniform(2_000, 9_000)}
            demand.append({**place, "channel": "spot", "ship_after": 0, "ship_within": 0, **asked})
        produce.append({"id": name, "life": {"COLD": 9}})
        listing[name] = {"min_run": 4, "min_qty": 6, "cost_start": 150_000, "cost_bucket": 7_000}
        band.append({"produce": name, "beta": 0.2})
    store = {"id": FAR, "hub": FAR, "mode": "COLD", "capacity": 300, "hold_cost": 50, "loss": 0.01}
    plan.instance = {
        "problem": {
            **problem,
            "supply": supply,
            "demand": demand,
            "produce": produce,
            "listing": listing,
            "storage": [*problem["storage"], store],
            "band": band,
            "freight": {"capacity": 70, "cost": 60_000},
        },
        "harvest_ids": harvest_ids,
    }
    plan.time_limit_s = time_limit_s
    plan.save(update_fields=["instance", "time_limit_s"])
    return plan
