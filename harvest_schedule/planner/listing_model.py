"""
The listed state of a produce as binaries: runs with their minimum length, limits, costs, band and changes.

``listed`` is 1 in a listed bucket, ``start`` is 1 where a run begins. A run that begins at t keeps the next ``min_run``
buckets listed: Σ start over the last ``min_run`` buckets ≤ listed, the tightest linear form of minimum up time
(Rajan and Takriti 2005). A run that the end of the horizon would cut may not begin, unless the horizon is open.
"""

from __future__ import annotations

from harvest_schedule.planner.model import Model
from harvest_schedule.planner.objective import runs_of
from harvest_schedule.planner.problem import Listing, Problem


def is_free_to_list(data: Problem, produce: str, rules: Listing) -> bool:
    """Whether being listed all the time can never hurt, so that no binary is needed; runs are then cut to the sales."""
    if not rules.is_free or produce in data.band:
        return False
    priced = data.replan is not None and produce in data.replan.previous
    return not priced and (rules.min_run <= data.buckets or data.open_end)


def add_listing(model: Model) -> None:
    """Add the listed state of every produce that has rules for it and cannot be listed for nothing."""
    for produce, rules in model.data.listed_rules().items():
        if not is_free_to_list(model.data, produce, rules):
            _add_states(model, produce, rules)
            _add_runs(model, produce, rules)
            _add_sales(model, produce, rules)
            if produce in model.data.band:
                _add_band(model, produce, model.data.band[produce])


def forced_buckets(data: Problem, produce: str, rules: Listing) -> range:
    """Buckets from 0 in which the run of before must go on to reach its minimum length, unless frozen to end."""
    age = data.initial_run.get(produce, 0)
    if not age or any(data.frozen_state(produce, bucket) == 0 for bucket in range(data.frozen_until)):
        return range(0)
    return range(min(max(rules.min_run - age, 0), data.buckets))


def _add_states(model: Model, produce: str, rules: Listing) -> None:
    data, program, scale = model.data, model.program, model.scale
    forced = forced_buckets(data, produce, rules)
    previous = data.replan.previous.get(produce) if data.replan else None
    change = data.replan.change_cost / scale.money if data.replan and previous is not None else 0.0
    for bucket in range(data.buckets):
        frozen = data.frozen_state(produce, bucket)
        cost = -rules.cost_bucket / scale.money
        if previous is not None:
            cost += change if previous[bucket] else -change
            program.constant -= change if previous[bucket] else 0.0
        low = 1.0 if bucket in forced else 0.0
        if frozen is not None:
            low = float(frozen)
        high = 1.0 if frozen is None else float(frozen)
        program.column(("listed", produce, bucket), cost=cost, low=low, high=high, integer=True)


def _add_runs(model: Model, produce: str, rules: Listing) -> None:
    data, program, scale = model.data, model.program, model.scale
    was_on = bool(data.initial_run.get(produce, 0))
    listed = [program.column_of["listed", produce, bucket] for bucket in range(data.buckets)]
    starts = []
    for bucket in range(data.buckets):
        is_frozen = data.frozen_state(produce, bucket) is not None
        is_cut = bucket + rules.min_run > data.buckets and not data.open_end and not is_frozen
        start = program.column(
            ("start", produce, bucket),
            cost=-rules.cost_start / scale.money,
            high=0.0 if is_cut or (bucket == 0 and was_on) else 1.0,
            integer=True,
        )
        starts.append(start)
        began = [(start, 1.0), (listed[bucket], -1.0)]
        if bucket:
            program.row(("begin", produce, bucket), [*began, (listed[bucket - 1], 1.0)], low=0.0)
            program.row(("rest", produce, bucket), [(start, 1.0), (listed[bucket - 1], 1.0)], high=1.0)
        elif not was_on:
            program.row(("begin", produce, bucket), began, low=0.0)
        if not is_frozen:
            recent = range(max(bucket - rules.min_run + 1, 0), bucket + 1)
            terms = [(starts[begin], 1.0) for begin in recent if not _ends_frozen(data, produce, begin)]
            program.row(("min_run", produce, bucket), [*terms, (listed[bucket], -1.0)], high=0.0)
        else:
            program.row(("min_run", produce, bucket), [(start, 1.0), (listed[bucket], -1.0)], high=0.0)
    if rules.max_runs is not None:
        terms = [(column, 1.0) for column in starts]
        if was_on:
            terms.append((listed[0], 1.0))
        program.row(("max_runs", produce), terms, high=float(rules.max_runs))


def _ends_frozen(data: Problem, produce: str, begin: int) -> bool:
    """Whether a run that begins here ends inside the frozen buckets: what is in force is not judged again."""
    return any(data.frozen_state(produce, bucket) == 0 for bucket in range(begin, data.frozen_until))


def _add_sales(model: Model, produce: str, rules: Listing) -> None:
    data, program, scale = model.data, model.program, model.scale
    columns = model.spot_columns(produce)
    for bucket in range(data.buckets):
        listed = program.column_of["listed", produce, bucket]
        for index, column in columns.get(bucket, ()):
            limit = data.sellable(data.demand[index]) / scale.qty
            program.row(("open", index), [(column, 1.0), (listed, -limit)], high=0.0)
        if rules.min_qty:
            sold = [(column, 1.0) for _, column in columns.get(bucket, ())]
            program.row(("min_qty", produce, bucket), [*sold, (listed, -rules.min_qty / scale.qty)], low=0.0)


def _add_band(model: Model, produce: str, beta: float) -> None:
    """Spot sales of a listed bucket lie within (1 ± beta) of one level; without a listed bucket the level is free."""
    data, program, scale = model.data, model.program, model.scale
    columns = model.spot_columns(produce)
    most = {b: sum(data.sellable(data.demand[i]) for i, _ in found) / scale.qty for b, found in columns.items()}
    peak = max(most.values(), default=0.0)
    # A level that a listed bucket can reach from below is at most peak / (1 - beta).
    level = program.column(("level", produce), high=peak / (1 - beta) if beta < 1 else peak)
    for bucket in range(data.buckets):
        listed = program.column_of["listed", produce, bucket]
        sold = [(column, 1.0) for _, column in columns.get(bucket, ())]
        program.row(("band_high", produce, bucket), [*sold, (level, -(1 + beta))], high=0.0)
        if beta < 1:
            terms = [*sold, (level, -(1 - beta)), (listed, -peak)]
            program.row(("band_low", produce, bucket), terms, low=-peak)


def listed_cover(data: Problem, produce: str, rules: Listing, sold: set[int]) -> tuple[int, ...]:
    """The shortest listing whose runs keep their minimum length and cover every bucket with a sale."""
    states = [int(bucket in sold) for bucket in range(data.buckets)]
    for bucket in forced_buckets(data, produce, rules):
        states[bucket] = 1
    age = data.initial_run.get(produce, 0)
    bucket = 0
    while bucket < data.buckets:
        if not states[bucket]:
            bucket += 1
            continue
        first, end = next(run for run in runs_of(states) if run[0] <= bucket < run[1])
        done = end - first + (age if first == 0 else 0)
        if done >= rules.min_run or (end == data.buckets and data.open_end):
            bucket = end
        elif end < data.buckets:
            states[end] = 1
        elif first > 0:
            states[first - 1] = 1
            bucket = first - 1
        else:
            bucket = end
    return tuple(states)
