"""
How long the planner takes and how near the best it comes. Printed (`make bench`), never asserted on.

A season of the shop in weeks: every produce has cooperatives that pick for some weeks, a spot and a presale channel,
an ambient and a cold store of its hub, and trucks where a hub is shared.
"""

from __future__ import annotations

import math
import resource
import time
from typing import Any

import numpy as np
import pytest

from harvest_schedule.planner.decompose import DecomposeParams, solve_in_parts
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.result import OPTIMAL, TIME_LIMIT, Result
from harvest_schedule.planner.solve import SolveParams, solve
from harvest_schedule.planner.stop import MaxRuntime

GAP = 0.005
HUBS_NATIONAL = 832


def _season(seed: int, *, produce: int, coops: int, weeks: int, hubs: int, has_costs: bool = False) -> dict[str, Any]:
    """A drawn season; produce are dealt out to hubs in turn, and the produce of a hub share its stores and trucks."""
    rng = np.random.default_rng(seed)
    instance: dict[str, Any] = {"buckets": weeks, "produce": [], "supply": [], "demand": [], "storage": []}
    held = dict.fromkeys((f"H{hub}" for hub in range(hubs)), 0.0)
    for number in range(produce):
        name, hub = f"p{number}", f"H{number % hubs}"
        instance["produce"].append({"id": name, "life": {f"ambient-{hub}": 3, f"cold-{hub}": int(rng.integers(4, 20))}})
        first = int(rng.integers(0, max(weeks - 14, 1)))
        whole = 0.0
        for coop in range(coops):
            begin = first + int(rng.integers(0, 4))
            for week in range(begin, min(begin + int(rng.integers(3, 7)), weeks)):
                qty = float(rng.integers(200, 2000))
                whole += qty
                row = {"coop": f"c{coop}", "hub": hub, "produce": name, "bucket": week, "qty": qty, "cost": 2.0}
                instance["supply"].append({**row, "promise_qty": 0.8 * qty})
        held[hub] += 0.2 * whole
        for week in range(weeks):
            price = 6 + 3 * math.sin(2 * math.pi * (week + number) / weeks) + float(rng.uniform(0, 1))
            base = {"produce": name, "bucket": week, "price": price, "qty": 1.3 * whole / weeks}
            instance["demand"].append({**base, "channel": "spot"})
            if week + 4 < weeks:
                instance["demand"].append(
                    {**base, "channel": "presale", "price": 0.93 * price, "qty": base["qty"] / 4, "ship_after": 4}
                )
    for hub, qty in held.items():
        instance["storage"] += [
            {
                "id": f"{hub}/a",
                "hub": hub,
                "mode": f"ambient-{hub}",
                "capacity": qty / 2,
                "loss": 0.02,
                "hold_cost": 0.01,
            },
            {"id": f"{hub}/c", "hub": hub, "mode": f"cold-{hub}", "capacity": qty, "loss": 0.005, "hold_cost": 0.05},
        ]
    instance["listing"] = {
        f"p{number}": {"min_run": 2, **({"cost_start": 300, "cost_bucket": 40} if has_costs else {})}
        for number in range(produce)
    }
    return instance


def _printed(title: str, seconds: float, result: Result) -> None:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(  # noqa: T201
        f"\n{title}: {seconds:.1f} s, gap {result.gap:.3%}, {result.status}, objective {result.objective:,.0f},"
        f" peak of the process so far {memory:,.0f} MB"
    )
    assert result.status in (OPTIMAL, TIME_LIMIT)
    assert result.is_feasible


@pytest.mark.parametrize("has_costs", [False, True], ids=["min_run only", "listing costs"])
def test_one_pool(has_costs: bool) -> None:
    data = problem_read(_season(1, produce=1, coops=20, weeks=52, hubs=1, has_costs=has_costs))
    begin = time.perf_counter()
    result = solve(data, MaxRuntime(60), params=SolveParams(rel_gap=1e-4))
    _printed(
        f"one pool of 20 cooperatives, 52 weeks, {'listing costs' if has_costs else 'min_run only'}",
        time.perf_counter() - begin,
        result,
    )


@pytest.mark.parametrize(
    ("produce", "hubs", "time_s"), [(50, 1, 60.0), (500, 10, 600.0)], ids=["50 at one hub", "500 at ten hubs"]
)
def test_a_season_of_many_produce(produce: int, hubs: int, time_s: float) -> None:
    data = problem_read(_season(2, produce=produce, coops=20, weeks=52, hubs=hubs))
    begin = time.perf_counter()
    result = solve_in_parts(data, MaxRuntime(time_s), params=SolveParams(rel_gap=GAP))
    _printed(f"{produce} produce x 20 cooperatives x 52 weeks, {hubs} hub(s)", time.perf_counter() - begin, result)


def test_fifty_produce_with_trucks_and_listing_costs() -> None:
    instance = _season(3, produce=50, coops=20, weeks=52, hubs=1, has_costs=True)
    instance["freight"] = {"capacity": 20_000, "cost": 3_000}
    begin = time.perf_counter()
    result = solve_in_parts(problem_read(instance), MaxRuntime(60), params=SolveParams(rel_gap=GAP))
    _printed("50 x 20 x 52, one hub, trucks and listing costs", time.perf_counter() - begin, result)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_whole_country(workers: int) -> None:
    data = problem_read(_season(4, produce=3_000, coops=3, weeks=26, hubs=HUBS_NATIONAL))
    begin = time.perf_counter()
    result = solve_in_parts(
        data, MaxRuntime(1_800), params=SolveParams(rel_gap=GAP), decompose=DecomposeParams(num_workers=workers)
    )
    _printed(
        f"3,000 produce-pools in {HUBS_NATIONAL} counties, 26 weeks, {workers} worker(s)",
        time.perf_counter() - begin,
        result,
    )
