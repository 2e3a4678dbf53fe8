"""Tiny planner instances, and short ways to solve them."""

from __future__ import annotations

from typing import Any

from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.solve import SolveParams, solve
from harvest_schedule.planner.stop import MaxRuntime


def instance(**changes: Any) -> dict[str, Any]:
    """One cooperative picks 100 apples in bucket 0; 60 can be sold then at 5 and 60 in bucket 1 at 7."""
    base: dict[str, Any] = {
        "buckets": 3,
        "produce": [{"id": "apple", "life": {"cold": 2}}],
        "storage": [{"id": "cold", "mode": "cold", "capacity": 30, "hold_cost": 0.5}],
        "supply": [{"coop": "A", "produce": "apple", "bucket": 0, "qty": 100, "cost": 1}],
        "demand": [
            {"produce": "apple", "channel": "web", "bucket": 0, "qty": 60, "price": 5},
            {"produce": "apple", "channel": "web", "bucket": 1, "qty": 60, "price": 7},
        ],
    }
    return base | changes


def solved(data: dict[str, Any], **options: Any) -> Result:
    """Solve an instance with time enough for anything that is tiny."""
    params = SolveParams(**{key: options.pop(key) for key in ("rel_gap",) if key in options})
    return solve(problem_read(data), MaxRuntime(60), params=params, **options)
