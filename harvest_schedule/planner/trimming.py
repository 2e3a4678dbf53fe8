"""
Take away what a plan takes, keeps or draws without shipping it.

Where picking and holding cost nothing, a solver may as well take too much; no grower should be told to pick it. Sales
stay as they are, so the plan is worth at least as much and keeps every rule it kept. Uptake that fairness or a frozen
bucket asks for stays.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from harvest_schedule.planner.plan import LotKey, Plan
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.tracing import used_of_flows


def plan_trim(data: Problem, plan: Plan) -> Plan:
    """The same sales from no more than they need."""
    flows = []
    needed: dict[LotKey, float] = defaultdict(float)
    for flow, used in zip(plan.flows, used_of_flows(data, plan), strict=True):
        if used > 0:
            part = min(used / flow.qty_out, 1.0)
            flows.append(replace(flow, qty_in=flow.qty_in * part, qty_out=flow.qty_out * part))
            needed[flow.lot] += flow.qty_in * part
    drawn = {}
    for index, qty in plan.drawn.items():
        lot = data.on_hand[index]
        kept = min(needed[LotKey(lot.hub, lot.produce, lot.grade, 0, index)], qty)
        if kept > 0:
            drawn[index] = kept
    return replace(plan, flows=tuple(flows), drawn=drawn, uptake=_uptake(data, plan, needed))


def _uptake(data: Problem, plan: Plan, needed: dict[LotKey, float]) -> dict[int, float]:
    """Give back the excess of every lot, the dearest rows first and equals in proportion."""
    uptake = dict(plan.uptake)
    protected = {coop for rule in data.fairness if rule.min_uptake for coop in rule.coops}
    rows_of: dict[LotKey, list[int]] = defaultdict(list)
    for index in plan.uptake:
        row = data.supply[index]
        rows_of[LotKey(row.hub, row.produce, row.grade, row.bucket)].append(index)
    for lot, rows in rows_of.items():
        excess = sum(uptake[index] for index in rows) - needed[lot]
        free = [k for k in rows if data.supply[k].coop not in protected and not _is_fixed(data, k)]
        for cost in sorted({data.supply[k].cost for k in free}, reverse=True):
            members = [k for k in free if data.supply[k].cost == cost]
            total = sum(uptake[k] for k in members)
            part = min(max(excess, 0.0) / total, 1.0)
            for k in members:
                uptake[k] *= 1.0 - part
            excess -= part * total
    return {index: qty for index, qty in sorted(uptake.items()) if qty > 0}


def _is_fixed(data: Problem, index: int) -> bool:
    row = data.supply[index]
    return row.bucket < data.frozen_until and row.uptake_in_force is not None
