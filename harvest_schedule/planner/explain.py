"""
Why the plan is as it is: for each window, each harvest and the plan as a whole, in both languages.

Every figure is read from the plan or from the solver's duals; nothing is estimated here. Duals are marginal: they say
what the first unit more would be worth, with runs and trucks as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.tracing import Served, trace
from harvest_schedule.planner.windows import Window
from harvest_schedule.planner.wording import PHASES, Units, say

SMALL = 1e-6
"""Relative difference below which two figures are one."""


@dataclass(frozen=True, slots=True)
class Reason:
    """
    One sentence about a subject (a window's key, ``supply[3]``, or ``plan``).

    ``key`` names the sentence, ``numbers`` are its figures in the problem's own units, ``zh`` and ``en`` say it.
    """

    subject: str
    key: str
    numbers: Mapping[str, float]
    zh: str
    en: str

    def to_json(self) -> dict[str, Any]:
        """The reason as plain data."""
        return {
            "subject": self.subject,
            "key": self.key,
            "numbers": dict(self.numbers),
            "zh": self.zh,
            "en": self.en,
        }


class _Facts:
    """What the sentences are made from, looked up once."""

    def __init__(self, result: Result, units: Units) -> None:
        self.result = result
        self.data: Problem = result.data
        self.units = units
        self.dual = {(row.kind, row.where): row.value for row in result.duals}
        self.sold = result.plan.sold("spot")
        self.served: dict[int, list[Served]] = defaultdict(list)
        for part in trace(self.data, result.plan):
            if part.kind == "spot":
                self.served[part.index].append(part)

    def worth(self, kind: str, where: str) -> float:
        return self.dual.get((kind, where), 0.0)

    def reason(self, subject: str, key: str, words: dict[str, tuple[str, str]], **numbers: float) -> Reason:
        zh, en = say(key, words)
        return Reason(subject, key, numbers, zh, en)


def explain(result: Result, windows: Sequence[Window], units: Units | None = None) -> tuple[Reason, ...]:
    """Every reason of a result: of its windows, of its supply rows and of the plan as a whole."""
    facts = _Facts(result, units or Units())
    reasons: list[Reason] = []
    for window in windows:
        reasons.extend(_window(facts, window, windows))
    for index in range(len(result.data.supply)):
        reasons.extend(_harvest(facts, index))
    reasons.extend(_plan(facts))
    return tuple(reasons)


def _window(facts: _Facts, window: Window, windows: Sequence[Window]) -> Iterator[Reason]:
    units = facts.units
    rows = [int(name[7:-1]) for name in window.rows if name.startswith("demand[")]
    served = [part for index in rows for part in facts.served[index]]
    words = {
        "sale": units.span(window.first_bucket, window.last_bucket),
        "ship": units.span(window.ship_from, window.ship_by),
    }
    figures = {"first": window.first_bucket, "last": window.last_bucket}
    ships = {"ship_from": window.ship_from, "ship_by": window.ship_by}
    yield facts.reason(window.key, "window.dates", words, **figures, **ships)
    top = window.sources[0]
    words = {"top": _source_name(facts, top.row), "top_qty": units.qty(top.qty)}
    count = len(window.sources)
    if count == 1:
        yield facts.reason(window.key, "window.from_one", words, top_qty=top.qty)
    else:
        words["num_rows"] = _count(count)
        yield facts.reason(window.key, "window.from_several", words, num_rows=count, top_qty=top.qty)
    stored = [part for part in served if part.store is not None]
    if stored:
        qty = sum(part.qty for part in stored)
        held = sum(part.qty * part.held for part in stored) / qty
        words = {"stored_qty": units.qty(qty), "stores": _names(units, window.stores), "held": units.duration(held)}
        yield facts.reason(window.key, "window.from_store", words, stored_qty=qty, held=held)
    yield from _beginning(facts, window, served)
    yield _ending(facts, window, served, windows)
    yield _cap(facts, window, rows, served)
    yield from _floor(facts, window, rows)


def _floor(facts: _Facts, window: Window, rows: Sequence[int]) -> Iterator[Reason]:
    """
    What the cheapest sale of a window must earn.

    Where all its demand is met, other uses set the goods' worth. Where it is not, this sale itself is the marginal use
    and the dual is its own price, so only its costs can be named.
    """
    data = facts.data
    index = min(rows, key=lambda k: (data.demand[k].price, k))
    row = data.demand[index]
    words = {"price": facts.units.price(row.price)}
    if row.qty - facts.sold[index] <= SMALL * row.qty:
        worth = max(
            facts.worth("goods", f"{part.lot.hub}/{row.produce}/{part.lot.grade}@{part.bucket}")
            for part in facts.served[index]
        ) * data.use_per_unit(row)
        if 0 < worth <= row.price * (1 + SMALL):
            words["worth"] = facts.units.price(worth)
            yield facts.reason(window.key, "window.price_floor", words, price=row.price, worth=worth)
            return
    worth = max(_cost(data, part) for part in facts.served[index]) * data.use_per_unit(row)
    if worth > 0:
        words["worth"] = facts.units.price(worth)
        yield facts.reason(window.key, "window.price_cost", words, price=row.price, worth=worth)


def _cost(data: Problem, part: Served) -> float:
    """What a unit that arrives this way costs: the dearest picking of its lot, salvage forgone, keeping and loss."""
    if part.lot.on_hand >= 0:
        source = data.on_hand[part.lot.on_hand].cost
    else:
        lot = (part.lot.hub, part.lot.produce, part.lot.grade, part.lot.bucket)
        source = data.salvage + max(
            row.cost for row in data.supply if (row.hub, row.produce, row.grade, row.bucket) == lot
        )
    if part.store is None:
        return source
    store = next(row for row in data.storage if row.id == part.store)
    return (source + store.hold_cost * part.held) / (1 - store.loss) ** part.held


def _beginning(facts: _Facts, window: Window, served: Sequence[Served]) -> Iterator[Reason]:
    first = min(served, key=lambda part: (part.bucket, part.lot.bucket))
    harvests = [row.bucket for row in facts.data.supply if row.produce == window.produce and row.qty > 0]
    has_stock = any(row.produce == window.produce and row.qty > 0 for row in facts.data.on_hand)
    if harvests and not has_stock and first.lot.bucket == first.bucket == min(harvests):
        yield facts.reason(
            window.key,
            "window.starts_with_harvest",
            {"bucket": facts.units.bucket(first.bucket)},
            bucket=first.bucket,
        )


def _ending(facts: _Facts, window: Window, served: Sequence[Served], windows: Sequence[Window]) -> Reason:
    data, units = facts.data, facts.units
    for other in windows:
        is_same = (other.produce, other.grade, other.channel) == (window.produce, window.grade, window.channel)
        if is_same and other.first_bucket == window.last_bucket + 1 and window.phase != other.phase:
            return facts.reason(window.key, "window.ends_by_next", {"phase": PHASES[other.phase]})
    if window.last_bucket == data.buckets - 1:
        return facts.reason(window.key, "window.ends_by_horizon", {})
    later = [
        index
        for index, row in enumerate(data.demand)
        if (row.produce, row.grade, row.channel) == (window.produce, window.grade, window.channel)
        and row.bucket > window.last_bucket
        and row.qty > 0
    ]
    if not later:
        return facts.reason(window.key, "window.ends_by_demand", {})
    need = data.need(window.channel)
    last = max(served, key=lambda part: (part.bucket, part.held))
    age = data.on_hand[last.lot.on_hand].age if last.lot.on_hand >= 0 else 0
    limit = _limit(data, last) - need
    if last.held + age >= limit and last.store is not None:
        return facts.reason(
            window.key,
            "window.ends_by_life",
            {"held": units.duration(last.held + age), "limit": units.duration(limit)},
            held=last.held + age,
            limit=limit,
        )
    worth = facts.worth("goods", f"{last.lot.hub}/{window.produce}/{last.lot.grade}@{last.bucket}")
    return facts.reason(window.key, "window.ends_by_supply", {"worth": units.price(worth)}, worth=worth)


def _limit(data: Problem, part: Served) -> int:
    if part.store is None:
        return data.longest_life(part.lot.produce)
    mode = next(row.mode for row in data.storage if row.id == part.store)
    return data.life(part.lot.produce)[mode]


def _cap(facts: _Facts, window: Window, rows: Sequence[int], served: Sequence[Served]) -> Reason:
    """What limits the quantity: demand, else room on the way, else what comes or may be promised, else trucks."""
    data, units = facts.data, facts.units
    demand = sum(data.demand[index].qty for index in rows)
    words = {"qty": units.qty(window.qty), "demand": units.qty(demand)}
    figures = {"qty": window.qty, "demand": demand}
    if demand - window.qty <= SMALL * demand:
        worth = max(facts.worth("demand", f"demand[{index}]") for index in rows)
        words["worth"] = units.price(worth)
        return facts.reason(window.key, "window.cap_demand", words, **figures, worth=worth)
    # Where most of a window comes through a full store, more supply would not reach it.
    stored = [part for part in served if part.store is not None]
    if stored and 2 * sum(part.qty for part in stored) >= window.qty:
        tightest = max(stored, key=lambda part: _room_worth(facts, part))
        worth = _room_worth(facts, tightest)
        if worth > 0 and tightest.store is not None:
            first, last = tightest.lot.bucket, tightest.bucket - 1
            words.update(store=units.name(tightest.store), worth=units.price(worth), span=units.span(first, last))
            figures.update(first=first, last=last, worth=worth)
            return facts.reason(window.key, "window.cap_storage", words, **figures)
    packing, place = _greatest(facts, "packing", [f"{part.lot.hub}@{part.bucket}" for part in served])
    if packing > 0:
        hub, bucket = place.rsplit("@", 1)
        words.update(hub=units.name(hub), bucket=units.bucket(int(bucket)), worth=units.price(packing))
        return facts.reason(window.key, "window.cap_packing", words, **figures, bucket=int(bucket), worth=packing)
    sources = [source.row for source in window.sources]
    promise, _ = _greatest(facts, "promise", [f"{row}.promise_qty" for row in sources])
    supply, _ = max(
        _greatest(facts, "supply", [row for row in sources if row.startswith("supply")], less=data.salvage),
        _greatest(facts, "on_hand", [row for row in sources if row.startswith("on_hand")]),
    )
    if max(promise, supply) > 0:
        key, worth = ("window.cap_promise", promise) if promise >= supply else ("window.cap_supply", supply)
        words["worth"] = units.price(worth)
        return facts.reason(window.key, key, words, **figures, worth=worth)
    for part in served if data.freight is not None else ():
        if facts.worth("truck", f"{part.lot.hub}@{part.bucket}") > 0:
            trucks = facts.result.plan.trucks.get((part.lot.hub, part.bucket), 0)
            words.update(trucks=_count(trucks), bucket=units.bucket(part.bucket))
            return facts.reason(window.key, "window.cap_freight", words, **figures, trucks=trucks, bucket=part.bucket)
    if window.produce in data.band or (window.produce in data.listing and data.listing[window.produce].min_qty):
        return facts.reason(window.key, "window.cap_listing", words, **figures)
    return facts.reason(window.key, "window.cap_price", words, **figures)


def _room_worth(facts: _Facts, part: Served) -> float:
    """What one more place in the store would earn over the time that this part is kept."""
    return sum(facts.worth("storage", f"{part.store}@{bucket}") for bucket in range(part.lot.bucket, part.bucket))


def _greatest(facts: _Facts, kind: str, places: Sequence[str], less: float = 0.0) -> tuple[float, str]:
    found = max(((facts.worth(kind, where), where) for where in dict.fromkeys(places)), default=(0.0, ""))
    return (found[0], found[1]) if found[0] > less * (1 + SMALL) else (0.0, "")


def _harvest(facts: _Facts, index: int) -> Iterator[Reason]:
    row, units = facts.data.supply[index], facts.units
    if row.qty <= 0:
        return
    subject = f"supply[{index}]"
    taken = facts.result.plan.uptake.get(index, 0.0)
    words = {"bucket": units.bucket(row.bucket), "qty": units.qty(row.qty)}
    if row.qty - taken <= SMALL * row.qty:
        worth = facts.worth("supply", subject) + facts.worth("promise", f"{subject}.promise_qty")
        words["worth"] = units.price(worth)
        yield facts.reason(subject, "harvest.all", words, qty=row.qty, worth=worth)
    elif (worth := facts.worth("promise", f"{subject}.promise_qty")) > 0:
        words.update(taken=units.qty(taken), left=units.qty(row.qty - taken), worth=units.price(worth))
        figures = {"qty": row.qty, "taken": taken, "left": row.qty - taken, "worth": worth}
        yield facts.reason(subject, "harvest.part_promise", words, **figures)
    elif taken > SMALL * row.qty:
        words.update(taken=units.qty(taken), left=units.qty(row.qty - taken))
        yield facts.reason(subject, "harvest.part", words, qty=row.qty, taken=taken, left=row.qty - taken)
    else:
        yield facts.reason(subject, "harvest.none", words, qty=row.qty)
    now = unit_worth(facts.data, facts.dual, index, row.bucket)
    for key, bucket in (("harvest.earlier", row.bucket - 1), ("harvest.later", row.bucket + 1)):
        if 0 <= bucket < facts.data.buckets:
            gain = unit_worth(facts.data, facts.dual, index, bucket) - now
            if gain > SMALL * max(now, 1.0):
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


def _plan(facts: _Facts) -> Iterator[Reason]:
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
        words = {"kind": _both(row.kind), "where": _both(row.where), "amount": _plain(row.amount)}
        yield facts.reason("plan", "plan.invalid", words, amount=row.amount)


def _source_name(facts: _Facts, name: str) -> tuple[str, str]:
    units = facts.units
    index = int(name[name.index("[") + 1 : -1])
    if name.startswith("on_hand"):
        zh, en = units.name(facts.data.on_hand[index].hub)
        return f"{zh}的库存", f"stock at {en}"
    row = facts.data.supply[index]
    zh, en = units.name(row.coop)
    return f"{zh}{units.bucket_zh(row.bucket)}的采收", f"{en}'s harvest of {units.bucket_en(row.bucket)}"


def _names(units: Units, identifiers: Sequence[str]) -> tuple[str, str]:
    pairs = [units.name(identifier) for identifier in identifiers]
    return "、".join(pair[0] for pair in pairs), ", ".join(pair[1] for pair in pairs)


def _count(value: int) -> tuple[str, str]:
    return _both(str(value))


def _plain(value: float) -> tuple[str, str]:
    return _both(f"{value:.1f}".removesuffix(".0"))


def _both(text: str) -> tuple[str, str]:
    return text, text
