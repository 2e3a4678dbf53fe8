"""
Why the plan is as it is: for each window, each harvest and the plan as a whole, in both languages.

Every figure is read from the plan or from the solver's duals; nothing is estimated here. Duals are marginal: they say
what the first unit more would be worth, with runs and trucks as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.reasons import SMALL, Facts, Reason, both
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.window_reasons import window_reasons
from harvest_schedule.planner.windows import Window
from harvest_schedule.planner.wording import Units

__all__ = ["Reason", "explain", "unit_worth"]


def explain(result: Result, windows: Sequence[Window], units: Units | None = None) -> tuple[Reason, ...]:
    """Every reason of a result: of its windows, of its supply rows and of the plan as a whole."""
    facts = Facts(result, units or Units())
    reasons: list[Reason] = []
    for window in windows:
        reasons.extend(window_reasons(facts, window, windows))
    for index in range(len(result.data.supply)):
        reasons.extend(_harvest(facts, index))
    reasons.extend(_plan(facts))
    return tuple(reasons)


def _harvest(facts: Facts, index: int) -> Iterator[Reason]:
    row, units = facts.data.supply[index], facts.units
    if row.qty <= 0:
        return
    subject = f"supply[{index}]"
    taken = facts.result.plan.uptake.get(index, 0.0)
    words = {"bucket": units.bucket(row.bucket), "qty": units.qty(row.qty)}
    if row.bucket < facts.data.frozen_until and row.uptake_in_force is not None:
        # Neither worth nor cost decided here: the plan in force did, and its pick calls are out.
        words["taken"] = units.qty(taken)
        yield facts.reason(subject, "harvest.frozen", words, qty=row.qty, taken=taken)
        return
    if row.qty - taken <= SMALL * row.qty:
        worth = facts.worth("supply", subject) + facts.worth("promise", f"{subject}.promise_qty")
        words["worth"] = units.price(worth)
        key = "harvest.all" if worth > max(units.little, SMALL) else "harvest.all_enough"
        yield facts.reason(subject, key, words, qty=row.qty, worth=worth)
    elif (worth := facts.worth("promise", f"{subject}.promise_qty")) > 0:
        words.update(taken=units.qty(taken), left=units.qty(row.qty - taken), worth=units.price(worth))
        figures = {"qty": row.qty, "taken": taken, "left": row.qty - taken, "worth": worth}
        yield facts.reason(subject, "harvest.part_promise", words, **figures)
    elif taken > SMALL * row.qty:
        words.update(taken=units.qty(taken), left=units.qty(row.qty - taken), cost=units.source_cost)
        yield facts.reason(subject, "harvest.part", words, qty=row.qty, taken=taken, left=row.qty - taken)
    else:
        yield facts.reason(subject, "harvest.none", {**words, "cost": units.source_cost}, qty=row.qty)
    now = unit_worth(facts.data, facts.dual, index, row.bucket)
    for key, bucket in (("harvest.earlier", row.bucket - 1), ("harvest.later", row.bucket + 1)):
        if 0 <= bucket < facts.data.buckets:
            gain = unit_worth(facts.data, facts.dual, index, bucket) - now
            if gain > max(units.little, SMALL * max(now, 1.0)):
                words = {"worth": units.price(gain), "step": (units.step_zh, units.steps_en[0])}
                yield facts.reason(subject, key, words, worth=gain)


def unit_worth(data: Problem, dual: Mapping[tuple[str, str], float], index: int, bucket: int) -> float:
    """
    What one unit of a supply row would earn if it were picked in ``bucket``, before its cost, at the plan's duals.

    The best of all its ways: what the goods are worth where they ship, less holding and the room they take. Ship
    buckets in which the plan ships no goods of this grade have no dual and are left out.
    """
    row = data.supply[index]

    def goods(ship: int) -> float:
        return dual.get(("goods", f"{row.hub}/{row.produce}/{row.grade}@{ship}"), 0.0)

    best = goods(bucket)
    for store in data.storage:
        life = data.life(row.produce).get(store.mode)
        if store.hub != row.hub or life is None:
            continue
        room = 0.0
        for held in range(1, min(life, data.buckets - 1 - bucket) + 1):
            room += dual.get(("storage", f"{store.id}@{bucket + held - 1}"), 0.0)
            best = max(best, (1 - store.loss) ** held * goods(bucket + held) - store.hold_cost * held - room)
    return best


def _plan(facts: Facts) -> Iterator[Reason]:
    data, units = facts.data, facts.units
    for store in data.storage:
        full = sorted(b for b in range(data.buckets) if facts.worth("storage", f"{store.id}@{b}") > 0)
        if full:
            worth = sum(facts.worth("storage", f"{store.id}@{b}") for b in full)
            words = {"store": units.name(store.id), "worth": units.price(worth)}
            words["span"] = units.span(full[0], full[-1])
            yield facts.reason("plan", "storage.binds", words, first=full[0], last=full[-1], worth=worth)
    for hub in data.pack_capacity:
        full = [b for b in range(data.buckets) if facts.worth("packing", f"{hub}@{b}") > 0]
        if full:
            peak = max(full, key=lambda b: facts.worth("packing", f"{hub}@{b}"))
            worth = facts.worth("packing", f"{hub}@{peak}")
            words = {"hub": units.name(hub), "num": units.duration(len(full)), "bucket": units.bucket(peak)}
            words["worth"] = units.price(worth)
            yield facts.reason("plan", "packing.binds", words, num=len(full), bucket=peak, worth=worth)
    for index, rule in enumerate(data.fairness):
        cost = -facts.worth("fairness", f"fairness[{index}]")
        if cost > 0:
            words = {"coops": _names(units, rule.coops), "worth": units.price(cost)}
            yield facts.reason("plan", "fairness.binds", words, worth=cost)
    for short in facts.result.short():
        words = {"qty": units.qty(short["qty"])}
        if short["kind"] == "contract":
            words.update(bucket=units.bucket(short["bucket"]), channel=units.name(short["channel"]))
            yield facts.reason(f"contracts[{short['index']}]", "contract.short", words, qty=short["qty"])
        else:
            words["span"] = units.span(short["from"], min(short["to"], data.buckets - 1))
            yield facts.reason(f"committed[{short['index']}]", "committed.short", words, qty=short["qty"])
    for row in facts.result.violations:
        words = {"kind": both(row.kind), "where": both(row.where), "amount": _plain(row.amount)}
        yield facts.reason("plan", "plan.invalid", words, amount=row.amount)


def _names(units: Units, identifiers: Sequence[str]) -> tuple[str, str]:
    pairs = [units.name(identifier) for identifier in identifiers]
    return "、".join(pair[0] for pair in pairs), ", ".join(pair[1] for pair in pairs)


def _plain(value: float) -> tuple[str, str]:
    return both(f"{value:.1f}".removesuffix(".0"))
