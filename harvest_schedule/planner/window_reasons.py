"""
Why a window is as it is: where its goods come from, what limits its quantity, what it must fetch, and, where a run of
adjacent windows begins or ends, why it does so there and not elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.reasons import SMALL, Facts, Reason, both
from harvest_schedule.planner.tracing import Served
from harvest_schedule.planner.windows import PRESALE, Window
from harvest_schedule.planner.wording import PHASES, Units

MOST_NAMES = 3
"""So many cooperatives are named; of more, the first two and how many there are."""


def window_reasons(facts: Facts, window: Window, windows: Sequence[Window]) -> Iterator[Reason]:
    """The sentences about one of ``windows``, in the order in which they are read."""
    rows = [int(name[7:-1]) for name in window.rows if name.startswith("demand[")]
    served = [part for index in rows for part in facts.served[index]]
    yield _dates(facts, window)
    yield from _sources(facts, window, served)
    yield _cap(facts, window, rows, served)
    yield from _cut(facts, window)
    yield from _floor(facts, window, rows)
    if window.phase == PRESALE:
        # A presale begins and ends as it is offered; its demand rows say from when to when.
        return
    run = [
        other
        for other in windows
        if (other.produce, other.grade, other.channel) == (window.produce, window.grade, window.channel)
    ]
    if not any(other.last_bucket == window.first_bucket - 1 for other in run):
        yield from _beginning(facts, window, served)
    following = [other for other in run if other.first_bucket == window.last_bucket + 1]
    if not following:
        yield from _ending(facts, window, served, run)
    elif window.listed and not any(other.listed for other in following):
        yield facts.reason(window.key, "window.ends_unsure", {})
    elif all(other.phase != window.phase for other in following):
        yield facts.reason(window.key, "window.ends_by_next", {"phase": PHASES[following[0].phase]})


def _dates(facts: Facts, window: Window) -> Reason:
    figures = {"first": window.first_bucket, "last": window.last_bucket}
    ships = {"ship_from": window.ship_from, "ship_by": window.ship_by}
    words = {"sale": facts.units.span(window.first_bucket, window.last_bucket)}
    if (window.first_bucket, window.last_bucket) == (window.ship_from, window.ship_by):
        return facts.reason(window.key, "window.dates_at_once", words, **figures, **ships)
    words["ship"] = facts.units.span(window.ship_from, window.ship_by)
    return facts.reason(window.key, "window.dates", words, **figures, **ships)


def _sources(facts: Facts, window: Window, served: Sequence[Served]) -> Iterator[Reason]:
    """The goods by the way they come: straight from picking, out of a store, and what is in store already."""
    units, data = facts.units, facts.data
    kinds: dict[str, list[Served]] = defaultdict(list)
    for part in served:
        kinds["stock" if part.lot.on_hand >= 0 else "store" if part.store is not None else "field"].append(part)
    for kind in ("field", "store", "stock"):
        parts = kinds[kind]
        if not parts:
            continue
        qty = sum(part.qty for part in parts)
        words, figures = {"qty": units.qty(qty)}, {"qty": qty}
        if kind != "stock":
            words["coops"] = _coops(facts, parts)
        if kind == "field":
            first, last = min(part.bucket for part in parts), max(part.bucket for part in parts)
            if (first, last) == (window.first_bucket, window.last_bucket) and first == last:
                yield facts.reason(window.key, "window.from_field", words, **figures)
            else:
                words["span"] = units.span(first, last)
                yield facts.reason(window.key, "window.from_field_of", words, **figures, first=first, last=last)
            continue
        held = sum(part.qty * _age(data, part) for part in parts) / qty
        words["held"] = units.about(held)
        # What leaves at once has no stay in a store: it lies at its hub.
        words["stores"] = _names(units, sorted({part.store or part.lot.hub for part in parts}))
        yield facts.reason(window.key, f"window.from_{kind}", words, **figures, held=held)


def _age(data: Problem, part: Served) -> int:
    return part.held + (data.on_hand[part.lot.on_hand].age if part.lot.on_hand >= 0 else 0)


def _coops(facts: Facts, parts: Sequence[Served]) -> tuple[str, str]:
    """Who picks the lots of some parts, the one with most of it first."""
    data, uptake = facts.data, facts.result.plan.uptake
    picked: dict[str, float] = defaultdict(float)
    for part in parts:
        lot = (part.lot.hub, part.lot.produce, part.lot.grade, part.lot.bucket)
        rows = [
            index
            for index in uptake
            if (data.supply[index].hub, data.supply[index].produce, data.supply[index].grade, data.supply[index].bucket)
            == lot
        ]
        whole = sum(uptake[index] for index in rows)
        for index in rows:
            picked[data.supply[index].coop] += part.qty * uptake[index] / whole
    names = [facts.units.name(coop) for coop in sorted(picked, key=lambda coop: (-picked[coop], coop))]
    if len(names) > MOST_NAMES:
        listed = names[: MOST_NAMES - 1]
        zh, en = "、".join(name[0] for name in listed), ", ".join(name[1] for name in listed)
        return f"{zh}等{len(names)}家", f"{en} and {len(names) - len(listed)} others"
    *others, last = [name[1] for name in names]
    return "、".join(name[0] for name in names), f"{', '.join(others)} and {last}" if others else last


def _floor(facts: Facts, window: Window, rows: Sequence[int]) -> Iterator[Reason]:
    """
    What the cheapest sale of a window must earn.

    Where all its demand is met, other uses set the goods' worth. Where it is not, this sale itself is the marginal use
    and the dual is its own price, so only its costs can be named.
    """
    data = facts.data
    index = min(_usual(data, rows), key=lambda k: (data.demand[k].price, k))
    row = data.demand[index]
    cost = max(_cost(data, part) for part in facts.served[index]) * data.use_per_unit(row)
    if row.qty - facts.sold[index] <= SMALL * row.qty:
        worth = max(
            facts.worth("goods", f"{part.lot.hub}/{row.produce}/{part.lot.grade}@{part.bucket}")
            for part in facts.served[index]
        ) * data.use_per_unit(row)
        if cost * (1 + SMALL) < worth <= row.price * (1 + SMALL):
            words = {"worth": facts.units.price(worth), "note": facts.units.price_note}
            yield facts.reason(window.key, "window.price_floor", words, price=row.price, worth=worth)
            return
    if cost > 0:
        words = {"worth": facts.units.price(cost), "note": facts.units.price_note}
        yield facts.reason(window.key, "window.price_cost", words, price=row.price, worth=cost)


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


def _beginning(facts: Facts, window: Window, served: Sequence[Served]) -> Iterator[Reason]:
    """A run begins with the first picking when nothing could be shipped before it."""
    first = min(served, key=lambda part: (part.bucket, part.lot.bucket))
    harvests = [row.bucket for row in facts.data.supply if row.produce == window.produce and row.qty > 0]
    has_stock = any(row.produce == window.produce and row.qty > 0 for row in facts.data.on_hand)
    if harvests and not has_stock and 0 < first.lot.bucket == first.bucket == min(harvests):
        words = {"bucket": facts.units.bucket(first.bucket)}
        yield facts.reason(window.key, "window.starts_with_harvest", words, bucket=first.bucket)


def _ending(facts: Facts, window: Window, served: Sequence[Served], run: Sequence[Window]) -> Iterator[Reason]:
    data, units = facts.data, facts.units
    if window.last_bucket == data.buckets - 1:
        if not data.open_end:
            yield facts.reason(window.key, "window.ends_by_horizon", {})
        return
    later = [
        row
        for row in data.demand
        if (row.produce, row.grade, row.channel) == (window.produce, window.grade, window.channel)
        and row.bucket > window.last_bucket
        and row.qty > 0
    ]
    if not later:
        yield facts.reason(window.key, "window.ends_by_demand", {})
        return
    last = max(served, key=lambda part: (part.bucket, part.held))
    age, limit = _age(data, last), _limit(data, last) - data.need(window.channel)
    if last.store is not None and age >= limit:
        words = {"limit": units.duration(limit)}
        yield facts.reason(window.key, "window.ends_by_life", words, held=age, limit=limit)
        return
    kept = [
        flow.ship_bucket
        for flow in facts.result.plan.flows
        if (flow.lot.produce, flow.lot.grade) == (window.produce, window.grade)
        and flow.lot.bucket <= window.last_bucket < flow.ship_bucket - 1
    ]
    if kept:
        yield facts.reason(window.key, "window.ends_kept", {"bucket": units.bucket(min(kept))}, bucket=min(kept))
        return
    # What the plan leaves unpicked next, though it might have been sold, does not pay or is not sure enough.
    left = [
        index
        for index, row in enumerate(data.supply)
        if (row.produce, row.grade, row.bucket) == (window.produce, window.grade, window.last_bucket + 1)
        and row.qty - facts.result.plan.uptake.get(index, 0.0) > SMALL * row.qty
    ]
    if left:
        is_unsure = any(facts.worth("promise", f"supply[{index}].promise_qty") > 0 for index in left)
        yield facts.reason(window.key, "window.ends_unsure" if is_unsure else "window.ends_by_cost", {})
        return
    again = [other.first_bucket for other in run if other.first_bucket > window.last_bucket]
    if again:
        words = {"bucket": units.bucket(min(again))}
        yield facts.reason(window.key, "window.ends_until", words, bucket=min(again))
    else:
        yield facts.reason(window.key, "window.ends_by_supply", {})


def _limit(data: Problem, part: Served) -> int:
    if part.store is None:
        return data.longest_life(part.lot.produce)
    mode = next(row.mode for row in data.storage if row.id == part.store)
    return data.life(part.lot.produce)[mode]


def _cap(facts: Facts, window: Window, rows: Sequence[int], served: Sequence[Served]) -> Reason:
    """What limits the quantity: demand, else room on the way, else what comes or may be promised, else trucks."""
    data, units = facts.data, facts.units
    usual = _usual(data, rows)
    demand = sum(data.demand[index].qty for index in usual)
    words = {"qty": units.qty(window.qty), "demand": units.qty(demand)}
    figures = {"qty": window.qty, "demand": demand}
    if demand - sum(facts.sold[index] for index in usual) <= SMALL * demand:
        extra = window.qty - demand
        if extra > SMALL * demand:
            words["extra"] = units.qty(extra)
            return facts.reason(window.key, "window.cap_beyond", words, **figures, extra=extra)
        worth = max(facts.worth("demand", f"demand[{index}]") for index in rows)
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
    packing, place = facts.greatest("packing", [f"{part.lot.hub}@{part.bucket}" for part in served])
    if packing > 0:
        hub, bucket = place.rsplit("@", 1)
        words.update(hub=units.name(hub), bucket=units.bucket(int(bucket)), worth=units.price(packing))
        return facts.reason(window.key, "window.cap_packing", words, **figures, bucket=int(bucket), worth=packing)
    sources = [source.row for source in window.sources]
    promise, _ = facts.greatest("promise", [f"{row}.promise_qty" for row in sources])
    supply, _ = max(
        facts.greatest("supply", [row for row in sources if row.startswith("supply")], less=data.salvage),
        facts.greatest("on_hand", [row for row in sources if row.startswith("on_hand")]),
    )
    if max(promise, supply) > 0:
        key, worth = ("window.cap_promise", promise) if promise >= supply else ("window.cap_supply", supply)
        words["worth"] = units.price(worth)
        return facts.reason(window.key, key, words, **figures, worth=worth)
    for part in served if data.freight is not None else ():
        if facts.worth("truck", f"{part.lot.hub}@{part.bucket}") > 0:
            trucks = facts.result.plan.trucks.get((part.lot.hub, part.bucket), 0)
            words.update(trucks=both(str(trucks)), bucket=units.bucket(part.bucket))
            return facts.reason(window.key, "window.cap_freight", words, **figures, trucks=trucks, bucket=part.bucket)
    if window.produce in data.band or (window.produce in data.listing and data.listing[window.produce].min_qty):
        return facts.reason(window.key, "window.cap_listing", words, **figures)
    return facts.reason(window.key, "window.cap_price", words, **figures)


def _usual(data: Problem, rows: Sequence[int]) -> list[int]:
    """The demand rows that are expected to be bought; all of them where none is."""
    return [index for index in rows if data.demand[index].chance == 1] or list(rows)


def _cut(facts: Facts, window: Window) -> Iterator[Reason]:
    """What of the plan is not listed yet, because it is not sure enough."""
    cut = window.qty - window.listed
    if cut <= SMALL * window.qty:
        return
    units = facts.units
    words = {"qty": units.qty(window.qty), "listed": units.qty(window.listed), "cut": units.qty(cut)}
    key = "window.cut_promise" if window.listed else "window.cut_promise_all"
    yield facts.reason(window.key, key, words, qty=window.qty, listed=window.listed, cut=cut)


def _room_worth(facts: Facts, part: Served) -> float:
    """What one more place in the store would earn over the time that this part is kept."""
    return sum(facts.worth("storage", f"{part.store}@{bucket}") for bucket in range(part.lot.bucket, part.bucket))


def _names(units: Units, identifiers: Sequence[str]) -> tuple[str, str]:
    pairs = [units.name(identifier) for identifier in identifiers]
    return "、".join(pair[0] for pair in pairs), " and ".join(pair[1] for pair in pairs)
