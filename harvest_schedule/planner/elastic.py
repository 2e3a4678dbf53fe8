"""
When no plan keeps every rule: give the rules that can clash slack, and let breaking one cost more than all money.

Only obligations can clash, a listing that must go on (begun before, or frozen) with a minimum quantity that cannot be
met, with the limit on runs or with the end of the horizon, and frozen uptake with fairness. Shortfalls of contracts
need no slack; they are part of every plan.
"""

from __future__ import annotations

from harvest_schedule.planner.model import Model

BREAKABLE = {"min_qty": -1.0, "fair": -1.0, "max_runs": 1.0, "min_run": 1.0, "begin": -1.0, "rest": 1.0}
"""Row kinds with the side on which they may be left: -1 below their lower bound, 1 above their upper."""
WEIGHT = 1e4
"""How many times the dearest unit a broken unit costs; large enough to come last, small enough to stay exact."""


def slack_add(model: Model) -> None:
    """Give every breakable row a slack column, in place."""
    program = model.program
    price = WEIGHT * max((abs(cost) for cost in program.cost), default=1.0)
    for key, row in list(program.row_of.items()):
        if key[0] in BREAKABLE:
            side = BREAKABLE[key[0]]
            slack = program.column(("slack", *key), cost=-max(price, 1.0))
            program.terms[row].append((slack, -side))
