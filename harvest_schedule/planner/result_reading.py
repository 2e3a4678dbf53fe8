"""
Reading an answer back: what ``Result.to_json`` wrote, with the problem that it answers, is the result again.

So a plan can be published, compared or explained long after the worker that solved it is gone. Figures come back to
the last digit; null comes back as infinite.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from harvest_schedule.planner.extract import Dual
from harvest_schedule.planner.feasibility import Violation
from harvest_schedule.planner.objective import Breakdown
from harvest_schedule.planner.plan import Flow, LotKey, Plan, Shipment
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.result import Result


class UnreadableAnswer(ValueError):
    """An answer that does not hold a whole plan, such as one stored before answers could be read back."""


def result_read(data: Problem, answer: Mapping[str, Any]) -> Result:
    """
    Return the result whose ``to_json`` is ``answer``.

    Raises
    ------
    UnreadableAnswer
        If a part of the plan is missing or names a row that the problem does not have.
    """
    try:
        result = Result(
            data=data,
            plan=_plan(data, answer),
            breakdown=Breakdown(**answer["breakdown"]),
            bound=math.inf if answer["bound"] is None else answer["bound"],
            status=answer["status"],
            duals=tuple(Dual(row["kind"], row["where"], row["value"]) for row in answer["duals"]),
            violations=tuple(Violation(row["kind"], row["where"], row["amount"]) for row in answer["violations"]),
        )
        _check_rows(data, result.plan)
    except (KeyError, TypeError) as error:
        raise UnreadableAnswer(f"not a whole answer: {error}") from error
    return result


def _plan(data: Problem, answer: Mapping[str, Any]) -> Plan:
    flows = [
        Flow(
            lot=LotKey(row["hub"], row["produce"], row["grade"], row["from"], row.get("on_hand", -1)),
            store=row.get("store"),
            ship_bucket=row["to"],
            qty_in=row["qty"],
            qty_out=row["arrives"],
        )
        for row in (*answer["at_once"], *answer["storage"])
    ]
    shipments = [
        Shipment(sale["kind"], sale["index"], ship["hub"], ship["bucket"], ship["grade"], ship["qty"])
        for sale in answer["sales"]
        for ship in sale["ships"]
    ]
    with_state = data.listed_rules()
    return Plan(
        uptake={row["supply"]: row["qty"] for row in answer["uptake"]},
        drawn={row["on_hand"]: row["qty"] for row in answer["drawn"]},
        flows=tuple(flows),
        shipments=tuple(shipments),
        # An answer also says of produce without rules when it is sold; that is no decision.
        listed={name: tuple(states) for name, states in answer["listed"].items() if name in with_state},
        trucks={(row["hub"], row["bucket"]): row["trucks"] for row in answer["trucks"]},
    )


def _check_rows(data: Problem, plan: Plan) -> None:
    num_sales = {"spot": len(data.demand), "contract": len(data.contracts), "committed": len(data.committed)}
    named = [(index, len(data.supply)) for index in plan.uptake]
    named += [(index, len(data.on_hand)) for index in plan.drawn]
    named += [(row.index, num_sales[row.kind]) for row in plan.shipments]
    if any(not 0 <= index < num_rows for index, num_rows in named):
        raise UnreadableAnswer("the answer names rows that the question does not have")
