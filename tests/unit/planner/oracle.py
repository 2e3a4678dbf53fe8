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
    salvage = data.get("salvage", 0)
    sales = [("spot", row) for row in data["demand"]] + [("contract", row) for row in data.get("contracts", [])]
    substitutes = {(row["from"], row["to"]) for row in data.get("grade_substitution", [])}
    life = {row["id"]: row["life"] for row in data["produce"]}
    # SciPy refuses a program without variables, so there is always one that does nothing.
    variables: list[tuple] = [("nothing",)]
    variables += [("take", k) for k in range(len(data["supply"]))]
    variables += [("level", row["produce"]) for row in data.get("band", [])]
    for k, supply in enumerate(data["supply"]):
        for s, (_, sale) in enumerate(sales):
            grades = (supply.get("grade", "1"), sale.get("grade", "1"))
            if supply["produce"] != sale["produce"] or (grades[0] != grades[1] and grades not in substitutes):
                continue
            held = sale["bucket"] - supply["bucket"]
            if held == 0:
                variables.append(("flow", k, s, None, 0))
            for store in data["storage"]:
                same_hub = store.get("hub", "H1") == supply.get("hub", "H1")
                if held > 0 and same_hub and held <= life[supply["produce"]].get(store["mode"], -1):
                    variables.append(("flow", k, s, store["id"], held))
    column = {name: index for index, name in enumerate(variables)}
    stores = {row["id"]: row for row in data["storage"]}
    gain = np.zeros(len(variables))
    rows, limits = [np.zeros(len(variables))], [0.0]
    constant = salvage * sum(row["qty"] for row in data["supply"])
    constant -= sum(row["short_penalty"] * row["qty"] for row in data.get("contracts", []))

    def arrives(name: tuple) -> float:
        return 1.0 if name[3] is None else (1 - stores[name[3]].get("loss", 0)) ** name[4]

    flows = [name for name in variables if name[0] == "flow"]
    for k, supply in enumerate(data["supply"]):
        gain[column["take", k]] = -supply.get("cost", 0) - salvage
        row = np.zeros(len(variables))
        row[column["take", k]] = -1
        for name in flows:
            if name[1] == k:
                row[column[name]] = 1
        rows.append(row)
        limits.append(0.0)
    for name in flows:
        sale = sales[name[2]][1]
        gain[column[name]] = arrives(name) * (sale["price"] + sale.get("short_penalty", 0))
        if name[3] is not None:
            gain[column[name]] -= stores[name[3]].get("hold_cost", 0) * name[4]
    for s, (kind, sale) in enumerate(sales):
        row = np.zeros(len(variables))
        for name in flows:
            if name[2] == s:
                row[column[name]] = arrives(name)
        is_on = kind == "contract" or listed.get(sale["produce"], (1,) * data["buckets"])[sale["bucket"]]
        rows.append(row)
        limits.append(sale["qty"] if is_on else 0.0)
    for store in data["storage"]:
        for bucket in range(data["buckets"] if store.get("capacity") is not None else 0):
            row = np.zeros(len(variables))
            for name in flows:
                start = data["supply"][name[1]]["bucket"]
                if name[3] == store["id"] and start <= bucket < start + name[4]:
                    row[column[name]] = 1
            rows.append(row)
            limits.append(store["capacity"])
    for (hub, bucket), count in trucks.items():
        row = np.zeros(len(variables))
        for name in flows:
            if data["supply"][name[1]].get("hub", "H1") == hub and sales[name[2]][1]["bucket"] == bucket:
                row[column[name]] = arrives(name)
        rows.append(row)
        limits.append(count * data["freight"]["capacity"])
    for rule in data.get("fairness", []):
        row = np.zeros(len(variables))
        members = [k for k, supply in enumerate(data["supply"]) if supply["coop"] in rule["coops"]]
        for k in members:
            row[column["take", k]] = -1
        rows.append(row)
        limits.append(-rule["min_uptake"] * sum(data["supply"][k]["qty"] for k in members))
    for name, states in listed.items():
        for bucket, state in enumerate(states):
            sold = np.zeros(len(variables))
            for flow in flows:
                kind, sale = sales[flow[2]]
                if kind == "spot" and sale["produce"] == name and sale["bucket"] == bucket:
                    sold[column[flow]] = arrives(flow)
            if state:
                rows.append(-sold)
                limits.append(-data.get("listing", {}).get(name, {}).get("min_qty", 0))
            beta = _beta(data, name)
            if state and beta is not None:
                for sign, factor in ((1, 1 + beta), (-1, 1 - beta)):
                    row = sign * sold
                    row[column["level", name]] -= sign * factor
                    rows.append(row)
                    limits.append(0.0)
    bounds = [(0, data["supply"][name[1]]["qty"] if name[0] == "take" else None) for name in variables]
    found = linprog(-gain, A_ub=np.array(rows), b_ub=limits, bounds=bounds)
    return constant - found.fun if found.status == 0 else -math.inf
