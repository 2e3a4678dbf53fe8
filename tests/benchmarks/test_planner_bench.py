"""
How long the planner takes, how near the best it comes and how much memory it needs. Printed (`make bench`, or
`make bench-planner` for these alone), never asserted on.

Every season is read and solved in a process of its own, so that the memory is its own; with several workers it is that
of the parent and of all workers together, each counted as the largest.
"""

from __future__ import annotations

import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from harvest_schedule.planner.decompose import DecomposeParams, solve_in_parts
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.resolve import resolve, solve_and_keep
from harvest_schedule.planner.result import OPTIMAL, TIME_LIMIT
from harvest_schedule.planner.solve import SolveParams
from harvest_schedule.planner.stop import MaxRuntime
from tests.benchmarks.seasons import changed, season

GAP = 0.005
COUNTIES, PREFECTURES = 832, 200
MB_PER_PAGE = 1 / 1024


@dataclass(frozen=True)
class Measured:
    """One solve: seconds, gap, status, what it earns, and megabytes at the highest."""

    seconds: float
    gap: float
    status: str
    objective: float
    memory_mb: float

    def __str__(self) -> str:
        return (
            f"{self.seconds:.1f} s, gap {self.gap:.3%}, {self.status}, objective {self.objective:,.0f},"
            f" memory {self.memory_mb:,.0f} MB"
        )


def _solved(time_s: float, num_workers: int, options: dict[str, Any]) -> Measured:
    data = problem_read(season(**options))
    begin = time.perf_counter()
    result = solve_in_parts(
        data,
        MaxRuntime(time_s),
        params=SolveParams(rel_gap=GAP),
        decompose=DecomposeParams(num_workers=num_workers),
    )
    seconds = time.perf_counter() - begin
    assert result.is_feasible
    return Measured(seconds, result.gap, result.status, result.objective, _memory_mb(num_workers))


def _memory_mb(num_workers: int) -> float:
    status = Path("/proc/self/status").read_text()
    own = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return (own + (children * num_workers if num_workers > 1 else 0)) * MB_PER_PAGE


def _alone(time_s: float, num_workers: int = 1, **options: Any) -> Measured:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        measured = pool.submit(_solved, time_s, num_workers, options).result()
    assert measured.status in (OPTIMAL, TIME_LIMIT)
    return measured


@pytest.mark.parametrize("has_costs", [False, True], ids=["min_run only", "listing costs"])
def test_one_pool(has_costs: bool) -> None:
    measured = _alone(60, seed=1, produce=1, coops=20, weeks=52, hubs=1, has_costs=has_costs)
    kind = "listing costs" if has_costs else "min_run only"
    print(f"\none pool of 20 cooperatives, 52 weeks, {kind}: {measured}")  # noqa: T201


@pytest.mark.parametrize("has_costs", [False, True], ids=["min_run only", "listing costs"])
@pytest.mark.parametrize(("produce", "hubs", "time_s"), [(50, 1, 60.0), (500, 10, 600.0), (500, 1, 600.0)])
def test_a_season_of_many_produce(produce: int, hubs: int, time_s: float, has_costs: bool) -> None:
    measured = _alone(
        time_s, seed=2, produce=produce, coops=20, weeks=52, hubs=hubs, has_costs=has_costs, has_trucks=True
    )
    print(  # noqa: T201
        f"\n{produce} produce x 20 cooperatives x 52 weeks, stores and trucks of {hubs} hub(s) shared,"
        f" {'listing costs' if has_costs else 'min_run only'}: {measured}"
    )


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("hubs", "name"), [(COUNTIES, "counties"), (PREFECTURES, "prefectures")])
def test_the_whole_country(hubs: int, name: str, workers: int) -> None:
    measured = _alone(
        1_800, workers, seed=4, produce=3_000, coops=3, weeks=26, hubs=hubs, has_costs=True, has_trucks=True
    )
    print(  # noqa: T201
        f"\n3,000 produce-pools, 26 weeks, stores and trucks of {hubs} {name} shared, listing costs,"
        f" {workers} worker(s): {measured}"
    )


@pytest.mark.parametrize(
    ("title", "hubs", "has_trucks"),
    [
        ("200 pools by themselves", 200, False),
        ("200 pools, ten at a hub with its stores and trucks", 20, True),
        ("200 pools, fifty at a hub with its stores and trucks", 4, True),
    ],
    ids=["apart", "tens", "fifties"],
)
def test_a_night_after_a_twentieth_of_the_harvests_changed(title: str, hubs: int, has_trucks: bool) -> None:
    before = season(6, produce=200, coops=3, weeks=52, hubs=hubs, has_costs=True, has_trucks=has_trucks)
    after, num_harvests, num_pools = changed(before, 0.05)
    params, data = SolveParams(rel_gap=GAP), problem_read(after)

    kept_in = time.perf_counter()
    kept = solve_and_keep(problem_read(before), MaxRuntime(600), params=params)
    kept_in = time.perf_counter() - kept_in
    fresh_in = time.perf_counter()
    fresh = solve_in_parts(data, MaxRuntime(600), params=params)
    fresh_in = time.perf_counter() - fresh_in
    again_in = time.perf_counter()
    again = resolve(kept, data, MaxRuntime(600), params=params)
    again_in = time.perf_counter() - again_in

    assert fresh.is_feasible
    assert again.result.is_feasible
    difference = (again.result.objective - fresh.objective) / abs(fresh.objective)
    print(  # noqa: T201
        f"\n{title}, listing costs; {num_harvests} of 600 harvests changed, in {num_pools} pools:"
        f" fresh {fresh_in:.2f} s (and kept for the next night {kept_in:.2f} s), again {again_in:.2f} s,"
        f" ratio {again_in / fresh_in:.2f};"
        f" of {len(again.parts)} parts {again.num_kept} kept, {again.num_patched} patched;"
        f" gap fresh {fresh.gap:.3%}, again {again.result.gap:.3%}; objective {difference:+.4%}"
    )
