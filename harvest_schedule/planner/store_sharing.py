"""
A hub's pools in one problem, and what their common plan means for each: a share of every store in every bucket.

Each pool's problem is about one produce, which takes the pool's name in the common one, so that two pools of the same
produce stay two. Stores are the hub's own. A share is what the common plan keeps there for the pool, at the beginning
at least what lies there already; what is left over is divided by what each could want to keep.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from harvest_schedule.planner.result import Result

_SCALARS = ("buckets", "salvage", "open_end", "promise_rule")


def problem_of_pools(problems: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """
    The instances of pools, by pool name and each with the hub's whole stores, as one instance.

    A store that loses more of one pool's goods than of another's counts with the lesser loss, so what the pools earn
    together is never bounded too low.
    """
    first = next(iter(problems.values()))
    merged: dict[str, Any] = {key: first[key] for key in _SCALARS if key in first}
    lists = ("produce", "supply", "demand", "contracts", "on_hand", "committed", "products")
    merged.update((key, []) for key in lists)
    merged.update((key, {}) for key in ("listing", "initial_run", "channels", "closed"))
    stores: dict[str, dict[str, Any]] = {}
    for pool, problem in problems.items():
        for key in lists:
            merged[key] += [_named(row, pool) for row in problem.get(key, ())]
        for key in ("listing", "initial_run"):
            merged[key].update((pool, value) for value in problem.get(key, {}).values())
        merged["channels"].update((f"{pool}:{name}", row) for name, row in problem.get("channels", {}).items())
        merged["closed"].update(problem.get("closed", {}))
        for store in problem["storage"]:
            known = stores.setdefault(store["id"], dict(store))
            known["loss"] = min(known["loss"], store["loss"])
    merged["storage"] = list(stores.values())
    return merged


def _named(row: Mapping[str, Any], pool: str) -> dict[str, Any]:
    """A row of the pool's one produce under the pool's name; its channels are its own too."""
    named = {**row, "produce": pool} if "produce" in row else {**row, "id": pool}
    if named.get("channel") is not None:
        named["channel"] = f"{pool}:{named['channel']}"
    return named


def kept_by_pool(result: Result) -> dict[tuple[str, str, int], float]:
    """What the common plan keeps, by pool, store and bucket."""
    kept: dict[tuple[str, str, int], float] = defaultdict(float)
    for flow in result.plan.flows:
        if flow.store is not None:
            for bucket in range(flow.lot.bucket, flow.ship_bucket):
                kept[flow.lot.produce, flow.store, bucket] += flow.qty_in
    return dict(kept)


def shares_g(
    capacity_g: int, lying_g: Mapping[str, int], kept_g: Mapping[str, int], need_g: Mapping[str, int]
) -> dict[str, int]:
    """
    Divide a store's grams among the pools named in ``need_g``: first what lies there, then what the plan keeps, then
    the rest by need. The shares add up to the capacity; each step that asks for more than is left gets its part of it.
    """
    names = sorted(need_g)
    found = dict.fromkeys(names, 0)
    left = capacity_g
    beyond = {name: max(kept_g.get(name, 0) - lying_g.get(name, 0), 0) for name in names}
    for wanted in ({name: lying_g.get(name, 0) for name in names}, beyond):
        total = sum(wanted.values())
        given = (
            wanted if total <= left else dict(zip(names, apportioned(left, [wanted[n] for n in names]), strict=True))
        )
        for name in names:
            found[name] += given[name]
        left -= sum(given.values())
    for name, more in zip(names, apportioned(left, [need_g[name] for name in names]), strict=True):
        found[name] += more
    return found


def apportioned(total: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of ``total`` by weight (equal ones where all are zero), by largest remainder, the first at ties."""
    if not any(weights):
        weights = [1] * len(weights)
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda k: (-(total * weights[k] % whole), k))
    for index in by_rest[: total - sum(parts)]:
        parts[index] += 1
    return parts
