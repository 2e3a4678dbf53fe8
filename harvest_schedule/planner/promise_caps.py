"""
What may be listed of a plan that reckons with what is expected: the promise rule ``windows``.

The plan picks, keeps and sells what is expected, since fruit that is picked and kept is no promise. What is listed is
one. So the windows of a plan share what is sure: stock on hand, and ``promise_qty`` of what is still to come, on the
same ways as in ``promise_model`` (ages, losses, needs, grades; stores without limit). First comes what was promised
before: what is committed, what contracts take by the plan, and what windows of an earlier plan may still sell
(``open_before``). Then windows take their part in the order in which they open, of those that open together the one
that ships first, and of equals by key. Every window may ship in the buckets in which the plan ships it.

So whatever is ordered within all caps can be sent when no more than what is sure comes; with one grade and no loss
that is the rule that for all s ≤ e what ships in s … e is at most what is sure of harvests of s - life … e. Where
rows are frozen the calls are out, so no more of them is sure than is taken.

It is one linear program. What can be served together is a polymatroid where nothing is lost, and there falling weights
give exactly what serving one after the other would; with losses the weights decide where one window's gain would cost
another more than itself. The limits hold either way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harvest_schedule.planner.model import add_classes, scale_of
from harvest_schedule.planner.network import Network, Outlet, Place, network_build
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.program import Limits, Program, maximise
from harvest_schedule.planner.promise_model import add_promise_ways, needs_of_places, serve_by_promise
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.windows import Window, largest_first

COMMITTED, STANDING, OPEN_BEFORE = 16.0, 12.0, 8.0
FIRST_WINDOW, LAST_WINDOW = 4.0, 2.0
"""What a unit served weighs: promises that were made come before any window, and windows as they open."""
WHOLE = 1 - 1e-9
"""So much of a window is the window."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """Somebody's part: up to ``qty`` goods through any of the outlets, all of which have a use of one."""

    kind: str
    index: int
    qty: float
    weight: float
    outlets: tuple[Outlet, ...]


def windows_held(result: Result, windows: Sequence[Window]) -> tuple[Window, ...]:
    """
    The windows with their caps cut to what is sure; unchanged where the plan itself keeps the promise rule.

    ``windows`` must be all windows of the plan. ``qty`` stays what is planned, ``listed`` and ``packs`` are what is
    left; a window of which nothing is sure keeps no packs.
    """
    data = result.data
    if data.promise_rule != "windows" or not windows:
        return tuple(windows)
    network = network_build(data)
    claims = [*_promised_before(result, network), *_claims(data, network, windows)]
    served = _served(result, network, claims)
    return tuple(_held(data, window, served.get(index, 0.0)) for index, window in enumerate(windows))


def _promised_before(result: Result, network: Network) -> Iterator[_Claim]:
    data = result.data
    for index, row in enumerate(data.committed):
        outlets = network.outlets.get(("committed", index), ())
        yield _Claim("committed", index, row.qty, COMMITTED, _plain(outlets))
    for index, qty in result.plan.sold("contract").items():
        outlets = network.outlets.get(("contract", index), ())
        use = data.use_per_unit(data.contracts[index])
        yield _Claim("contract", index, qty * use, STANDING, _plain(outlets))
    for index, before in enumerate(data.open_before):
        found = [
            Outlet("spot", index, hub, produce, grade, bucket, 0, 1.0)
            for hub, produce, grade, bucket in network.needs
            if produce == before.produce
            and grade in data.source_grades(before.grade)
            and before.first <= bucket <= before.last
        ]
        yield _Claim("open_before", index, before.qty, OPEN_BEFORE, tuple(found))


def _claims(data: Problem, network: Network, windows: Sequence[Window]) -> Iterator[_Claim]:
    order = sorted(range(len(windows)), key=lambda k: (windows[k].first_bucket, windows[k].ship_by, windows[k].key))
    step = (FIRST_WINDOW - LAST_WINDOW) / len(windows)
    for position, index in enumerate(order):
        window = windows[index]
        rows = [int(name[7:-1]) for name in window.rows if name.startswith("demand[")]
        outlets = {
            (outlet.hub, outlet.grade, outlet.bucket): outlet
            for row in rows
            for outlet in network.outlets.get(("spot", row), ())
            if window.ship_from <= outlet.bucket <= window.ship_by
        }
        weight = FIRST_WINDOW - step * position
        yield _Claim("window", index, _goods(data, window), weight, _plain(tuple(outlets.values())))


def _plain(outlets: Sequence[Outlet]) -> tuple[Outlet, ...]:
    return tuple(replace(outlet, use=1.0) for outlet in outlets)


def _goods(data: Problem, window: Window) -> float:
    """What goes into a window: its whole packs with what packing loses, or its quantity where nothing is packed."""
    uses = _uses(data, window)
    return sum(packs * uses[product] for product, packs in window.packs) if uses else window.qty


def _uses(data: Problem, window: Window) -> dict[str, float]:
    """Goods that go into one pack, for every product of the window's grade."""
    return {
        row.id: row.net_weight / row.packing_yield
        for row in data.products
        if (row.produce, row.grade) == (window.produce, window.grade)
    }


def _served(result: Result, network: Network, claims: Sequence[_Claim]) -> dict[int, float]:
    """How much of each window can be served beside everything else, in goods."""
    data = result.data
    scale = scale_of(data).qty
    produce = {row.id for row in data.produce}
    frozen = {
        index: result.plan.uptake.get(index, 0.0)
        for index, row in enumerate(data.supply)
        if row.bucket < data.frozen_until and row.uptake_in_force is not None
    }
    program = Program()
    arrivals = add_promise_ways(data, network, scale, program, produce, frozen)
    uses: dict[tuple[Place, int], list[tuple[int, float]]] = defaultdict(list)
    columns: dict[int, int] = {}
    for claim in claims:
        if not claim.outlets or claim.qty <= 0:
            continue
        key = (claim.kind, claim.index)
        served = program.column(("served", *key), cost=claim.weight, high=claim.qty / scale)
        if claim.kind == "window":
            columns[claim.index] = served
        by_bucket: dict[int, list[Outlet]] = defaultdict(list)
        for outlet in claim.outlets:
            by_bucket[outlet.bucket].append(outlet)
        parts = [(served, -1.0)]
        for bucket, outlets in by_bucket.items():
            part = program.column(("part", *key, bucket))
            parts.append((part, 1.0))
            serve_by_promise(program, (*key, bucket), outlets, [(part, 1.0)], uses)
        program.row(("served", *key), parts, low=0.0, high=0.0)
    if not columns:
        return {}
    # `open_before` may ask for a place at a need that no sale has.
    needs = {
        place: tuple(sorted({*of, *(n for p, n in uses if p == place)}, reverse=True))
        for place, of in needs_of_places(network, produce).items()
    }
    add_classes(program, "promise_place", needs, arrivals, uses)
    values = maximise(program, Limits()).values
    if values is None:
        raise RuntimeError("listing nothing always keeps the promise, so there must be an answer")
    return {index: float(values[column]) * scale for index, column in columns.items()}


def _held(data: Problem, window: Window, goods: float) -> Window:
    whole = _goods(data, window)
    part = goods / whole if whole > 0 else 1.0
    if part >= WHOLE:
        return window
    uses = _uses(data, window)
    if not uses:
        return replace(window, listed=window.qty * part)
    planned = dict(window.packs)
    kept = {product: int(packs * part + 1e-6) for product, packs in window.packs}
    left = goods - sum(packs * uses[product] for product, packs in kept.items())
    for row in sorted((row for row in data.products if row.id in planned), key=largest_first):
        more = max(min(planned[row.id] - kept[row.id], int((left + 1e-6) // uses[row.id])), 0)
        kept[row.id] += more
        left -= more * uses[row.id]
    packs = tuple((product, num) for product, num in kept.items() if num)
    weights = {row.id: row.net_weight for row in data.products}
    return replace(window, packs=packs, listed=sum(weights[product] * num for product, num in packs))
