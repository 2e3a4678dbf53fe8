"""
Drawn seasons of the shop in weeks, as neutral instances.

Every produce has cooperatives that pick for some weeks and a spot and a presale channel; the produce of a hub share its
ambient and its cold store and, where asked for, trucks of five tonnes. Quantities are kilograms, money is yuan.
"""

from __future__ import annotations

import copy
import math
import random
from typing import Any

import numpy as np

TRUCK = {"capacity": 5_000, "cost": 900}


def season(
    seed: int,
    *,
    produce: int,
    coops: int,
    weeks: int,
    hubs: int,
    has_costs: bool = False,
    has_trucks: bool = False,
) -> dict[str, Any]:
    """A season; produce are dealt out to hubs in turn. Stores hold a tenth and a fifth of what comes to the hub."""
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
        ambient = {"id": f"{hub}/a", "hub": hub, "mode": f"ambient-{hub}", "loss": 0.02, "hold_cost": 0.01}
        cold = {"id": f"{hub}/c", "hub": hub, "mode": f"cold-{hub}", "loss": 0.005, "hold_cost": 0.05}
        instance["storage"] += [{**ambient, "capacity": qty / 2}, {**cold, "capacity": qty}]
    instance["listing"] = {
        f"p{number}": {"min_run": 2, **({"cost_start": 300, "cost_bucket": 40} if has_costs else {})}
        for number in range(produce)
    }
    if has_trucks:
        instance["freight"] = TRUCK
    return instance


def changed(instance: dict[str, Any], share: float, seed: int = 1) -> tuple[dict[str, Any], int, int]:
    """
    The season after a share of its harvests, drawn from all, came out at 70 % to 120 % of what was expected.

    Returns
    -------
    tuple
        The instance, how many harvests changed, and of how many produce.
    """
    after, rng = copy.deepcopy(instance), random.Random(seed)
    harvests = sorted({(row["coop"], row["produce"]) for row in after["supply"]})
    drawn = {key: rng.uniform(0.7, 1.2) for key in rng.sample(harvests, round(len(harvests) * share))}
    for row in after["supply"]:
        factor = drawn.get((row["coop"], row["produce"]), 1.0)
        row["qty"] *= factor
        row["promise_qty"] *= factor
    return after, len(drawn), len({name for _, name in drawn})
