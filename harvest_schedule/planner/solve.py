"""
The whole way from a problem to a result, in one page.

1. Build the program (``model``, ``listing_model``, ``promise_model``).
2. Let HiGHS maximise it, from ``initial`` where one is given.
3. With runs and trucks as found, solve the linear program that is left: exact quantities and duals.
4. Read the plan out, value it by ``objective`` and check it by ``feasibility``, both without the solver.

Where no plan keeps every rule, the rules that can be broken are given slack and broken as little as possible. Where
the stop rule ends the search before a plan was found, the best plan known is given: the one in ``initial``, or selling
nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from harvest_schedule.planner.elastic import slack_add
from harvest_schedule.planner.extract import duals_extract, plan_extract
from harvest_schedule.planner.fallback import nothing_plan
from harvest_schedule.planner.feasibility import violations
from harvest_schedule.planner.listing_model import add_listing
from harvest_schedule.planner.model import Model, model_build
from harvest_schedule.planner.objective import evaluate
from harvest_schedule.planner.plan import Plan
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.program import Limits, Outcome, Program, Progress, maximise
from harvest_schedule.planner.promise_model import add_promise
from harvest_schedule.planner.result import INVALID, OPTIMAL, TIME_LIMIT, Result
from harvest_schedule.planner.stop import StoppingCriterion

FINISHING_TIME_S = 2.0
"""What the last linear program may take beyond the stop rule, so that a plan found in time gets exact quantities."""


@dataclass(frozen=True, slots=True)
class SolveParams:
    """
    How exact the answer is: the search ends when the bound is within ``rel_gap`` of the best plan.

    ``tries_initial``: first see whether the listing of ``initial`` is within that gap of the relaxation, as it often is
    when little has changed; only where it is not, search.
    """

    rel_gap: float = 1e-7
    tries_initial: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.rel_gap < 1:
            raise ValueError("rel_gap must lie in [0, 1)")


def solve(
    data: Problem,
    stop: StoppingCriterion,
    seed: int = 0,
    params: SolveParams | None = None,
    initial: Plan | None = None,
) -> Result:
    """
    Plan a season.

    Parameters
    ----------
    data
        The question, as ``reading.problem_read`` gives it.
    stop
        When to end; a plan is given back all the same, marked ``time_limit``.
    seed
        Of HiGHS. Same problem, seed and iterations give the same plan.
    params
        How exact the answer has to be.
    initial
        A plan to start from, such as the one in force; its listing is what is used of it.

    Returns
    -------
    Result
        Always with a plan. Infeasible is an answer (``status`` invalid), never an exception.
    """
    params = params or SolveParams()
    model = program_build(data)
    stop.limits()
    outcome = _search(model, stop, seed, params, initial)
    if outcome.status == "infeasible":
        model = program_build(data)
        slack_add(model)
        outcome = _search(model, stop, seed, params, initial)
        return _result(model, outcome, INVALID, initial)
    return _result(model, outcome, OPTIMAL if outcome.status == "optimal" else TIME_LIMIT, initial)


def program_build(data: Problem) -> Model:
    """The complete program of a problem."""
    model = model_build(data)
    add_listing(model)
    add_promise(model)
    return model


def _search(model: Model, stop: StoppingCriterion, seed: int, params: SolveParams, initial: Plan | None) -> Outcome:
    left = stop.limits()
    limits = Limits(time_s=left.time_s, nodes=left.nodes, rel_gap=params.rel_gap, seed=seed)
    program, money = model.program, model.scale.money
    watch: Progress | None = None
    if stop.is_watching:

        def watch(seconds: float, best: float, bound: float) -> bool:
            return stop(best * money, bound * money)

    start = _start(model, initial)
    tried = _tried(program, start, limits) if params.tries_initial and start else None
    outcome = tried or maximise(program, limits, start=start, progress=watch)
    if outcome.values is None or not program.has_integers:
        return outcome
    whole = {
        column: float(round(outcome.values[column]))
        for column, is_integer in enumerate(program.is_integer)
        if is_integer
    }
    time_s = max(stop.limits().time_s, FINISHING_TIME_S)
    exact = maximise(program.fixed(whole), Limits(time_s=time_s, seed=seed))
    if exact.values is None:
        return outcome
    return Outcome(
        status=outcome.status,
        values=exact.values,
        objective=exact.objective,
        bound=max(outcome.bound, exact.objective),
        row_dual=exact.row_dual,
        column_dual=exact.column_dual,
        nodes=outcome.nodes,
    )


def _tried(program: Program, start: dict[int, float], limits: Limits) -> Outcome | None:
    """The best with the listing it starts from, bounded by the relaxation; None when that is not near enough."""
    found = maximise(program.started(start), limits)
    if found.values is None:
        return None
    bound = maximise(program.relaxed(), limits).bound
    if bound - found.objective > limits.rel_gap * abs(found.objective):
        return None
    return replace(found, status="optimal", bound=max(bound, found.objective))


def _start(model: Model, initial: Plan | None) -> dict[int, float]:
    """The listing of the initial plan as values of its columns."""
    columns = model.program.column_of
    if initial is None:
        return {}
    return {
        columns["listed", produce, bucket]: float(state)
        for produce, states in initial.listed.items()
        for bucket, state in enumerate(states)
        if ("listed", produce, bucket) in columns
    }


def _result(model: Model, outcome: Outcome, status: str, initial: Plan | None) -> Result:
    data = model.data
    if outcome.values is not None:
        plan = plan_extract(model, outcome.values)
    else:
        known = [initial] if initial is not None and not violations(data, initial) else []
        plan = max([*known, nothing_plan(data)], key=lambda row: evaluate(data, row).objective)
    breakdown = evaluate(data, plan)
    bound = math.inf if status == INVALID else outcome.bound * model.scale.money
    return Result(
        data=data,
        plan=plan,
        breakdown=breakdown,
        bound=max(bound, breakdown.objective),
        status=status,
        duals=duals_extract(model, outcome),
        violations=violations(data, plan),
    )
