"""
A second solver for tiny instances, written another way: every listing and truck count is tried, and for each the
quantities are found by SciPy's linear programming with one variable per lot, store, sale and ship bucket.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from scipy.optimize import linprog


def best_objective(data: dict[str, Any]) -> float:
    """The largest objective of any plan, minus infinity where no plan keeps every rule."""
    ruled = {*data.get("listing", {}), *(row["produce"] for row in data.get("band", []))}
    produce = [row["id"] for row in data["produce"] if row["id"] in ruled]
    patterns = [list(_patterns(data, name)) for name in produce]
    trucks = [{}]
    if "freight" in data:
        hubs = sorted({row.get("hub", "H1") for row in data["supply"]})
        places = list(itertools.product(hubs, range(data["buckets"])))
        most = [range(_most_trucks(data) + 1)] * len(places)
        trucks = [dict(zip(places, counts, strict=True)) for counts in itertools.product(*most)]
    best = -math.inf
    for chosen in itertools.product(*patterns):
        listed = dict(zip(produce, chosen, strict=True))
        fixed = -sum(_listing_cost(data, name, states) for name, states in listed.items())
        for counts in trucks:
            cost = data["freight"]["cost"] * sum(counts.values()) if counts else 0.0
            best = max(best, fixed - cost + _lp(data, listed, counts))
    return best


def _most_trucks(data: dict[str, Any]) -> int:
    return math.ceil(sum(row["qty"] for row in data["supply"]) / data["freight"]["capacity"])


def _beta(data: dict[str, Any], name: str) -> float | None:
    return next((row["beta"] for row in data.get("band", []) if row["produce"] == name), None)


def _runs(states: tuple[int, ...]) -> list[int]:
    return [len(list(group)) for state, group in itertools.groupby(states) if state]


def _patterns(data: dict[str, Any], name: str):
    rules = data.get("listing", {}).get(name, {})
    for states in itertools.product((0, 1), repeat=data["buckets"]):
        runs = _runs(states)
        if all(run >= rules.get("min_run", 1) for run in runs) and len(runs) <= rules.get("max_runs", len(states)):
            yield states


def _listing_cost(data: dict[str, Any], name: str, states: tuple[int, ...]) -> float:
    rules = data.get("listing", {}).get(name, {})
    cost = rules.get("cost_start", 0) * len(_runs(states)) + rules.get("cost_bucket", 0) * sum(states)
    replan = data.get("replan")
    if replan and name in replan["previous"]:
        cost += replan["change_cost"] * sum(a != b for a, b in zip(states, replan["previous"][name], strict=True))
    return cost


def _lp(data: dict[str, Any], listed: dict[str, tuple[int, ...]], trucks: dict[tuple[str, int], int]) -> float:
    """The best quantities for a listing and trucks that are given."""
    lots = [row | {"age": 0, "mode": None} for row in data["supply"]]
    lots += [row | {"bucket": 0} for row in data.get("on_hand", [])]
    sales = [("spot", row) for row in data["demand"]] + [("contract", row) for row in data.get("contracts", [])]
    sales += [("committed", row | {"price": 0}) for row in data.get("committed", [])]
    stores = {row["id"]: row for row in data["storage"]}
    variables: list[tuple] = [("take", k) for k in range(len(lots))]
    variables += [("level", row["produce"]) for row in data.get("band", [])]
    # SciPy refuses a program without variables, so there is always one that does nothing.
    variables.append(("nothing",))
    flows = [
        ("flow", k, s, store, bucket)
        for k, lot in enumerate(lots)
        for s, (kind, sale) in enumerate(sales)
        for bucket in _ship_buckets(data, kind, sale)
        for store in (None, *stores)
        if _may_go(data, lot, sale, None if store is None else stores[store], bucket)
    ]
    variables += flows
    column = {name: index for index, name in enumerate(variables)}
    gain = np.zeros(len(variables))
    rows, limits = [np.zeros(len(variables))], [0.0]
    constant = data.get("salvage", 0) * sum(row["qty"] for row in data["supply"])
    constant -= sum(row["short_penalty"] * row["qty"] for kind, row in sales if kind != "spot")

    def held(name: tuple) -> int:
        return name[4] - lots[name[1]]["bucket"]

    def arrives(name: tuple) -> float:
        return 1.0 if name[3] is None else (1 - stores[name[3]].get("loss", 0)) ** held(name)

    def at_most(limit: float, terms: dict[tuple, float]) -> None:
        row = np.zeros(len(variables))
        for name, value in terms.items():
            row[column[name]] = value
        rows.append(row)
        limits.append(limit)

    for k, lot in enumerate(lots):
        salvage = data.get("salvage", 0) if lot["mode"] is None else 0
        gain[column["take", k]] = -lot.get("cost", 0) - salvage
        at_most(0.0, {("take", k): -1.0} | {name: 1.0 for name in flows if name[1] == k})
    for name in flows:
        sale = sales[name[2]][1]
        gain[column[name]] = arrives(name) * (sale["price"] + sale.get("short_penalty", 0))
        if name[3] is not None:
            gain[column[name]] -= stores[name[3]].get("hold_cost", 0) * held(name)
    for s, (kind, sale) in enumerate(sales):
        is_on = kind != "spot" or listed.get(sale["produce"], (1,) * data["buckets"])[sale["bucket"]]
        at_most(sale["qty"] if is_on else 0.0, {name: arrives(name) for name in flows if name[2] == s})
    for store in data["storage"]:
        for bucket in range(data["buckets"] if store.get("capacity") is not None else 0):
            inside = [f for f in flows if f[3] == store["id"] and lots[f[1]]["bucket"] <= bucket < f[4]]
            room = store["capacity"][bucket] if isinstance(store["capacity"], list) else store["capacity"]
            at_most(room, dict.fromkeys(inside, 1.0))
    for bucket in range(data["buckets"]):
        for hub in {lot.get("hub", "H1") for lot in lots}:
            leaving = {f: arrives(f) for f in flows if f[4] == bucket and lots[f[1]].get("hub", "H1") == hub}
            if hub in data.get("pack_capacity", {}):
                at_most(data["pack_capacity"][hub], leaving)
            if trucks:
                at_most(trucks[hub, bucket] * data["freight"]["capacity"], leaving)
    for rule in data.get("fairness", []):
        members = [k for k, row in enumerate(data["supply"]) if row["coop"] in rule["coops"]]
        whole = sum(data["supply"][k]["qty"] for k in members)
        at_most(-rule["min_uptake"] * whole, {("take", k): -1.0 for k in members})
    for name, states in listed.items():
        for bucket in [bucket for bucket, state in enumerate(states) if state]:
            spot = [s for s, (kind, row) in enumerate(sales) if kind == "spot" and row["produce"] == name]
            sold = {f: arrives(f) for f in flows if f[2] in spot and sales[f[2]][1]["bucket"] == bucket}
            at_most(-data.get("listing", {}).get(name, {}).get("min_qty", 0), {f: -v for f, v in sold.items()})
            beta = _beta(data, name)
            if beta is not None:
                at_most(0.0, sold | {("level", name): -(1 + beta)})
                at_most(0.0, {f: -v for f, v in sold.items()} | {("level", name): 1 - beta})
    bounds = [(0, lots[name[1]]["qty"] if name[0] == "take" else None) for name in variables]
    found = linprog(-gain, A_ub=np.array(rows), b_ub=limits, bounds=bounds)
    return constant - found.fun if found.status == 0 else -math.inf


def _ship_buckets(data: dict[str, Any], kind: str, sale: dict[str, Any]) -> range:
    if kind == "committed":
        return range(sale["from"], min(sale["to"], data["buckets"] - 1) + 1)
    first = sale["bucket"] + sale.get("ship_after", 0)
    return range(first, min(first + sale.get("ship_within", 0), data["buckets"] - 1) + 1)


def _may_go(
    data: dict[str, Any], lot: dict[str, Any], sale: dict[str, Any], store: dict[str, Any] | None, bucket: int
) -> bool:
    """Whether a lot may serve a sale by way of a store (or straight away) in a ship bucket."""
    grades = (lot.get("grade", "1"), sale.get("grade", "1"))
    swaps = {(row["from"], row["to"]) for row in data.get("grade_substitution", [])}
    if lot["produce"] != sale["produce"] or (grades[0] != grades[1] and grades not in swaps):
        return False
    hub, held = lot.get("hub", "H1"), bucket - lot["bucket"]
    if bucket in data.get("closed", {}).get(hub, []) or (held == 0) != (store is None) or held < 0:
        return False
    life = next(row["life"] for row in data["produce"] if row["id"] == lot["produce"])
    channel = data.get("channels", {}).get(sale.get("channel"), {})
    age = lot["age"] + held + channel.get("transit", 0) + channel.get("life_at_arrival", 0)
    if store is None:
        return age <= (max(life.values(), default=0) if lot["mode"] is None else life[lot["mode"]])
    if store.get("hub", "H1") != hub or lot["mode"] not in (None, store["mode"]):
        return False
    return age <= life.get(store["mode"], -1)
