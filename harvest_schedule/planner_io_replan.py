"""
What a new plan keeps of the plan in force: the keys of an instance that are no facts of the field.

The running week is frozen: its pick calls are out, so what the plan in force takes of each harvest in it stands, as
far as the field and the buyers allow. Every other week may change, and putting a week on sale or leaving one out that
the plan in force has otherwise must be worth `CHANGE_COST_FEN`. None of these keys belongs to the input hash: the same
facts are the same question, whatever plan is in force.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from marketplace.foundation.units import G_PER_KG

#: Fen that a week on sale must bring beyond a plan without it before buyers and cooperatives are told something new:
#: what about two boxes earn over the floor and packing (24 yuan for 2.5 kg of oranges, 40 for 4 kg). A usual week
#: brings sixty boxes, so this settles ties and scraps and never a harvest.
CHANGE_COST_FEN = 5_000
#: The running week; nearer than the next one nobody can be asked otherwise.
FROZEN_WEEKS = 1
#: What a week may lack of its frozen picking before others may step in, as a share; forecasts move that much by day.
YIELDS_AT = 0.05

Key = tuple[int, int]
"""A harvest and a grade."""


@dataclass(frozen=True)
class InForce:
    """
    The plan in force as far as the next one looks at it.

    ``weeks_on_sale`` are the Mondays of weeks in which it sells, ``ends_on`` is the Monday after its last week,
    ``uptake_g`` is what it takes in the whole running week.
    """

    weeks_on_sale: frozenset[date]
    ends_on: date
    uptake_g: Mapping[Key, int]
    harvest_ids: frozenset[int]


@dataclass(frozen=True)
class Before:
    """
    What was so before planning began.

    ``last_line_id`` was the last order line written; with the open lines read after it, it says later what was sold
    since. ``delivered_g`` was handed over in the running week already, ``called_g`` is still to come by live calls.
    """

    last_line_id: int = 0
    in_force: InForce | None = None
    delivered_g: Mapping[Key, int] = field(default_factory=dict)
    called_g: Mapping[Key, int] = field(default_factory=dict)


def facts_of(problem: Mapping[str, Any]) -> dict[str, Any]:
    """The instance without what comes from the plan in force and the moment of reading: what its hash is made from."""
    facts = {key: value for key, value in problem.items() if key not in ("replan", "frozen_until", "shop")}
    facts["supply"] = [
        {key: value for key, value in row.items() if key != "uptake_in_force"} for row in problem["supply"]
    ]
    return facts


def replan_add(
    problem: dict[str, Any],
    *,
    starts_on: date,
    harvest_ids: Sequence[int],
    open_line_ids: Sequence[int],
    before: Before,
) -> None:
    """Add to an instance what is frozen, what a change costs, and under ``shop`` what publishing must know later."""
    problem["shop"] = {
        "last_line_id": before.last_line_id,
        "open_line_ids": sorted(open_line_ids),
        "delivered_g": [[*key, grams] for key, grams in sorted(before.delivered_g.items()) if grams],
    }
    in_force = before.in_force
    if in_force is None:
        return
    weeks = [starts_on + timedelta(weeks=bucket) for bucket in range(problem["buckets"])]
    # In the running week selling is free either way: what is picked stands, and goods that are there may be sold. What
    # lies beyond the plan in force is no change of it.
    is_on = [
        int(bucket < FROZEN_WEEKS or week >= in_force.ends_on or week in in_force.weeks_on_sale)
        for bucket, week in enumerate(weeks)
    ]
    produce = problem["produce"][0]["id"]
    problem["replan"] = {"previous": {produce: is_on}, "change_cost": CHANGE_COST_FEN}
    problem["frozen_until"] = FROZEN_WEEKS
    for index, kilograms in _frozen_kg(problem, harvest_ids, in_force, before).items():
        problem["supply"][index]["uptake_in_force"] = kilograms


def _frozen_kg(
    problem: Mapping[str, Any], harvest_ids: Sequence[int], in_force: InForce, before: Before
) -> dict[int, float]:
    """
    What is left to pick of the running week by the plan in force, for each supply row that is held to it.

    Where a harvest can no longer bring its part, or more is sold for this week than the frozen picking and the stores
    hold, the harvests of that grade that have more are free to step in.
    """
    rows = problem["supply"]
    by_grade: dict[str, dict[int, float]] = defaultdict(dict)
    for index, row in enumerate(rows):
        key = (harvest_ids[index], int(row["grade"]))
        # A harvest that the plan in force has not heard of is bound by nothing.
        if row["bucket"] < FROZEN_WEEKS and key[0] in in_force.harvest_ids:
            left_g = in_force.uptake_g.get(key, 0) - before.delivered_g.get(key, 0)
            by_grade[row["grade"]][index] = max(left_g, before.called_g.get(key, 0), 0) / G_PER_KG
    frozen: dict[int, float] = {}
    for grade, wanted in by_grade.items():
        comes = sum(min(kilograms, rows[index]["qty"]) for index, kilograms in wanted.items())
        in_store = sum(row["qty"] for row in problem["on_hand"] if row["grade"] == grade)
        due = sum(row["qty"] for row in problem["committed"] if row["grade"] == grade and row["to"] < FROZEN_WEEKS)
        must_yield = comes < (1 - YIELDS_AT) * sum(wanted.values()) or comes + in_store < due
        for index, kilograms in wanted.items():
            if not (must_yield and rows[index]["qty"] > kilograms):
                frozen[index] = kilograms
    return frozen
