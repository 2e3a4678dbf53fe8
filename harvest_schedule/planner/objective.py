"""
What a plan is worth, computed from the plan and the problem alone, so that the solver's figure can be checked.

::

    objective =   Σ spot units sold · price · chance      + Σ contract units sold · price
                + Σ spot units sold · (1 - chance) · unsold_worth
                - Σ supply taken · cost          - Σ on-hand drawn · cost
                + Σ (supply qty - supply taken) · salvage
                - Σ put into a store · hold_cost · buckets held
                - Σ runs started · cost_start    - Σ listed buckets · cost_bucket
                - Σ trucks · freight cost
                - Σ units of contracts and commitments not delivered · short_penalty
                - Σ buckets whose listed state differs from the plan in force · change_cost

``chance`` is the part of a demand row that is expected to be bought. So ``revenue`` is what is expected to be taken,
and ``kept`` what goods are expected to be worth that are offered and not bought.

A run that was on before bucket 0 (``initial_run``) and stays on was not started, so it does not pay ``cost_start``.
Committed sales are paid already and earn nothing here. Stock on hand that is not drawn earns nothing either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from harvest_schedule.planner.plan import Plan
from harvest_schedule.planner.problem import Problem


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The objective by kind of money; costs are positive figures that are taken off."""

    revenue: float = 0.0
    harvest_cost: float = 0.0
    salvage: float = 0.0
    holding: float = 0.0
    listing: float = 0.0
    freight: float = 0.0
    penalties: float = 0.0
    changes: float = 0.0
    kept: float = 0.0

    @property
    def objective(self) -> float:
        """What is maximised."""
        costs = self.harvest_cost + self.holding + self.listing + self.freight + self.penalties + self.changes
        return self.revenue + self.kept + self.salvage - costs

    def to_json(self) -> dict[str, float]:
        """Every part by name."""
        return asdict(self)


def runs_of(states: Sequence[int]) -> list[tuple[int, int]]:
    """Maximal stretches of listed buckets as half-open (first, end)."""
    runs = []
    first = None
    for bucket, state in enumerate([*states, 0]):
        if state and first is None:
            first = bucket
        elif not state and first is not None:
            runs.append((first, bucket))
            first = None
    return runs


def evaluate(data: Problem, plan: Plan) -> Breakdown:
    """The money of a plan, part by part; whether the plan may be carried out is not judged here."""
    stores = {row.id: row for row in data.storage}
    spot = plan.sold("spot")
    delivered = plan.sold("contract")
    honoured = plan.sold("committed")
    taken = [plan.uptake.get(index, 0.0) for index in range(len(data.supply))]

    revenue = sum(data.demand[index].takings * qty for index, qty in spot.items())
    revenue += sum(data.contracts[index].price * qty for index, qty in delivered.items())
    harvest_cost = sum(row.cost * qty for row, qty in zip(data.supply, taken, strict=True))
    harvest_cost += sum(data.on_hand[index].cost * qty for index, qty in plan.drawn.items())
    holding = sum(
        stores[flow.store].hold_cost * (flow.ship_bucket - flow.lot.bucket) * flow.qty_in
        for flow in plan.flows
        if flow.store is not None
    )
    penalties = sum(
        row.short_penalty * (row.qty - delivered.get(index, 0.0)) for index, row in enumerate(data.contracts)
    ) + sum(row.short_penalty * (row.qty - honoured.get(index, 0.0)) for index, row in enumerate(data.committed))
    return Breakdown(
        revenue=revenue,
        harvest_cost=harvest_cost,
        salvage=data.salvage * sum(row.qty - qty for row, qty in zip(data.supply, taken, strict=True)),
        holding=holding,
        listing=_listing_cost(data, plan),
        freight=sum(plan.trucks.values()) * data.freight.cost if data.freight else 0.0,
        penalties=penalties,
        changes=_change_cost(data, plan),
        kept=sum(data.demand[index].kept_worth * qty for index, qty in spot.items()),
    )


def _listing_cost(data: Problem, plan: Plan) -> float:
    total = 0.0
    for produce, rules in data.listed_rules().items():
        states = plan.listed.get(produce, ())
        runs = runs_of(states)
        continued = bool(runs and runs[0][0] == 0 and data.initial_run.get(produce, 0))
        total += rules.cost_start * (len(runs) - continued) + rules.cost_bucket * sum(states)
    return total


def _change_cost(data: Problem, plan: Plan) -> float:
    if data.replan is None:
        return 0.0
    differing = 0
    for produce, previous in data.replan.previous.items():
        states = plan.listed.get(produce, (0,) * data.buckets)
        differing += sum(before != after for before, after in zip(previous, states, strict=True))
    return data.replan.change_cost * differing
