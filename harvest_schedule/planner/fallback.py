"""The plan that can always be given, without a solver: sell nothing, list what has to be, take what fairness asks."""

from __future__ import annotations

from harvest_schedule.planner.listing_model import forced_buckets
from harvest_schedule.planner.plan import Plan
from harvest_schedule.planner.problem import Problem


def nothing_plan(data: Problem) -> Plan:
    """Sell nothing; frozen and begun listings go on, and fairness is met from the cheapest supply first."""
    uptake: dict[int, float] = {}
    for index, row in enumerate(data.supply):
        if row.bucket < data.frozen_until and row.uptake_in_force:
            uptake[index] = min(row.uptake_in_force, row.qty)
    for rule in data.fairness:
        rows = [k for k, row in enumerate(data.supply) if row.coop in rule.coops]
        missing = rule.min_uptake * sum(data.supply[k].qty for k in rows) - sum(uptake.get(k, 0.0) for k in rows)
        for index in sorted(rows, key=lambda k: (data.supply[k].cost, k)):
            row = data.supply[index]
            is_fixed = row.bucket < data.frozen_until and row.uptake_in_force is not None
            extra = min(max(missing, 0.0), row.qty - uptake.get(index, 0.0))
            if extra > 0 and not is_fixed:
                uptake[index] = uptake.get(index, 0.0) + extra
                missing -= extra
    return Plan(uptake=uptake, listed={name: _states(data, name) for name in data.listed_rules()})


def _states(data: Problem, produce: str) -> tuple[int, ...]:
    """Listed where frozen so or where a begun run must go on, and nowhere else."""
    rules = data.listed_rules()[produce]
    forced = forced_buckets(data, produce, rules)
    states = [int(bucket in forced) for bucket in range(data.buckets)]
    for bucket in range(data.frozen_until):
        frozen = data.frozen_state(produce, bucket)
        states[bucket] = states[bucket] if frozen is None else frozen
    first = data.frozen_until
    if first and first < data.buckets and states[first - 1] and not states[first]:
        begin = first - 1
        while begin and states[begin - 1]:
            begin -= 1
        done = first - begin + (data.initial_run.get(produce, 0) if begin == 0 else 0)
        for bucket in range(first, min(first + max(rules.min_run - done, 0), data.buckets)):
            states[bucket] = 1
    return tuple(states)
