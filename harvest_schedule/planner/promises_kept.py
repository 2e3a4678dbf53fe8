"""
How much of what is on sale can still be kept when less comes than was thought.

The windows in force are laid before the new question as sales that all count the same, after everything that is sold
already: what the plan then serves is what may stay on sale. Nothing is moved to better uses here, so the answer takes
away what must go and no more. It is the plan here that is held to the promise rule, since all it sells is listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harvest_schedule.planner.problem import Channel, Demand, Problem
from harvest_schedule.planner.solve import SolveParams, solve
from harvest_schedule.planner.stop import StoppingCriterion

#: A sale kept must be worth more than any cost of keeping it, and what is sold already more than that.
_WORTH_KEEPING, _WORTH_MORE = 100.0, 10.0
#: Of two promises that cannot both be kept, the one that ships first.
_EARLIER_FIRST = 1e-6
_AS_PICKED, _ANY = "as picked", "any"


@dataclass(frozen=True, slots=True)
class OnSale:
    """What a window may still sell: ``qty`` of a grade, to ship in any bucket of ``first`` … ``last``."""

    product: str
    produce: str
    grade: str
    first: int
    last: int
    qty: float
    ships_as_picked: bool = False


def promises_kept(data: Problem, on_sale: Sequence[OnSale], stop: StoppingCriterion) -> tuple[float, ...]:
    """Return what can be kept of each window, in its own order and unit."""
    if not on_sale:
        return ()
    costs = [row.cost for row in data.supply] + [row.cost for row in data.on_hand]
    dearest = max(costs, default=0.0)
    dearest += max((row.hold_cost for row in data.storage), default=0.0) * data.buckets
    price = _WORTH_KEEPING * (1.0 + dearest)
    known = {row.id for row in data.products}
    demand = [
        Demand(
            produce=row.produce,
            grade=row.grade,
            channel=_AS_PICKED if row.ships_as_picked else _ANY,
            bucket=max(row.first, 0),
            qty=row.qty,
            price=price * (1.0 - _EARLIER_FIRST * max(row.first, 0)),
            ship_within=max(row.last, 0) - max(row.first, 0),
            product=row.product if row.product in known else None,
        )
        for row in on_sale
    ]
    longest = max((data.longest_life(row.id) for row in data.produce), default=0)
    asked = replace(
        data,
        demand=tuple(demand),
        channels={**data.channels, _AS_PICKED: Channel(life_at_arrival=longest)},
        committed=tuple(replace(row, short_penalty=_WORTH_MORE * price) for row in data.committed),
        contracts=tuple(replace(row, short_penalty=_WORTH_MORE * price) for row in data.contracts),
        supply=tuple(replace(row, uptake_in_force=None) for row in data.supply),
        listing={},
        band={},
        fairness=(),
        freight=None,
        replan=None,
        frozen_until=0,
        initial_run={},
        promise_rule="plan",
    )
    sold = solve(asked, stop, params=SolveParams(rel_gap=1e-6)).plan.sold("spot")
    return tuple(min(sold.get(index, 0.0), row.qty) for index, row in enumerate(on_sale))
