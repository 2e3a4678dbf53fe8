"""
What a plan comes to in the figures that growers and officers judge a season by: money, quantities and steadiness.

::

    money          = revenue - keeping - listing - trucks - penalties of contracts
    share_sold     = supply taken / supply there
    variation      = standard deviation / mean of what is sold a bucket, over the buckets in which anything is
    fill_rate      = sold / asked for, over the buckets in which there can be goods: from the first picking (or the
                     first bucket, where stock is on hand) until the last picked goods have to be gone

Sold is what is sold on the spot and under contracts, and what may be wanted or not counts by its chance. Orders that
were paid already earn nothing more and are not counted, but what is kept for them costs. ``rows`` says for every supply
row what it brings: the price of each sale that its lot serves, less what that lot's stay in a store costs; what several
rows of one lot bring is shared by what is taken of each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, pstdev

from harvest_schedule.planner.objective import runs_of
from harvest_schedule.planner.plan import LotKey
from harvest_schedule.planner.problem import Demand, Problem
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.tracing import trace


@dataclass(frozen=True, slots=True)
class SeasonFigures:
    """
    The figures of one result, in the problem's units.

    ``by_row`` is the money of every supply row that is taken, ``from_stock`` that of what was on hand; together they
    are revenue less keeping. The sequences have one entry a bucket: sold, in store at its end, picked.
    """

    money: float
    revenue: float
    there: float
    picked: float
    sold: float
    contract_short: float
    committed_short: float
    buckets_on_sale: int
    num_runs: int
    variation: float | None
    fill_rate: float | None
    share_sold: float | None
    by_row: dict[int, float]
    from_stock: float
    weekly_sold: tuple[float, ...]
    weekly_stored: tuple[float, ...]
    weekly_picked: tuple[float, ...]

    @property
    def unpicked(self) -> float:
        return self.there - self.picked


def season_figures(result: Result) -> SeasonFigures:
    """Work out the figures of a result."""
    data, plan = result.data, result.plan
    spot, contracts = plan.sold("spot"), plan.sold("contract")
    weekly = [0.0] * data.buckets
    for index, qty in spot.items():
        weekly[data.demand[index].bucket] += qty * data.demand[index].chance
    on_sale = [qty for qty in weekly if qty > 0]
    there = sum(row.qty for row in data.supply)
    picked = sum(plan.uptake.values())
    by_row, from_stock = _money_by_row(result)
    penalties = sum(
        row.short_penalty * max(row.qty - contracts.get(index, 0.0), 0.0) for index, row in enumerate(data.contracts)
    )
    breakdown = result.breakdown
    short = result.short()
    sold_in_all = [*weekly]
    for index, qty in contracts.items():
        sold_in_all[data.contracts[index].bucket] += qty
    asked = asked_for(data)
    return SeasonFigures(
        money=breakdown.revenue - breakdown.holding - breakdown.listing - breakdown.freight - penalties,
        revenue=breakdown.revenue,
        there=there,
        picked=picked,
        sold=sum(sold_in_all),
        contract_short=sum(row["qty"] for row in short if row["kind"] == "contract"),
        committed_short=sum(row["qty"] for row in short if row["kind"] == "committed"),
        buckets_on_sale=len(on_sale),
        num_runs=len(runs_of([int(qty > 0) for qty in weekly])),
        variation=pstdev(on_sale) / fmean(on_sale) if on_sale else None,
        fill_rate=min(sum(sold_in_all) / asked, 1.0) if asked else None,
        share_sold=picked / there if there else None,
        by_row=by_row,
        from_stock=from_stock,
        weekly_sold=tuple(sold_in_all),
        weekly_stored=_stored(result),
        weekly_picked=_picked(data, plan.uptake),
    )


def asked_for(data: Problem) -> float:
    """What spot buyers and contracts ask for in the buckets in which there can be goods."""
    picked = [row.bucket for row in data.supply if row.qty > 0]
    held = [row for row in data.on_hand if row.qty > 0]
    if not picked and not held:
        return 0.0
    first = 0 if held else min(picked)
    ends = [row.bucket + data.longest_life(row.produce) for row in data.supply if row.qty > 0]
    ends += [max(data.life(row.produce)[row.mode] - row.age, 0) for row in held]
    last = max(ends)
    rows = [*data.demand, *data.contracts]
    return sum(row.qty * row.chance for row in rows if first <= row.bucket + row.ship_after <= last)


def _money_by_row(result: Result) -> tuple[dict[int, float], float]:
    data, plan = result.data, result.plan
    stores = {store.id: store for store in data.storage}
    by_lot: dict[LotKey, float] = defaultdict(float)
    for part in trace(data, plan):
        sale = data.sale(part.kind, part.index)
        price = sale.takings if isinstance(sale, Demand) and part.kind != "committed" else 0.0
        money = price * part.qty
        if part.store is not None:
            store = stores[part.store]
            put_in = part.qty * data.use_per_unit(sale) / (1 - store.loss) ** part.held
            money -= store.hold_cost * part.held * put_in
        by_lot[part.lot] += money
    taken: dict[LotKey, list[tuple[int, float]]] = defaultdict(list)
    for index, qty in sorted(plan.uptake.items()):
        row = data.supply[index]
        taken[LotKey(row.hub, row.produce, row.grade, row.bucket)].append((index, qty))
    by_row: dict[int, float] = {}
    from_stock = 0.0
    for lot, money in by_lot.items():
        if lot.on_hand >= 0:
            from_stock += money
            continue
        whole = sum(qty for _index, qty in taken[lot])
        for index, qty in taken[lot]:
            by_row[index] = money * qty / whole
    return by_row, from_stock


def _stored(result: Result) -> tuple[float, ...]:
    """What lies in the stores when a bucket is over, as it was put in."""
    levels = [0.0] * result.data.buckets
    for flow in result.plan.flows:
        if flow.store is not None:
            for bucket in range(flow.lot.bucket, flow.ship_bucket):
                levels[bucket] += flow.qty_in
    return tuple(levels)


def _picked(data: Problem, uptake: Mapping[int, float]) -> tuple[float, ...]:
    picked = [0.0] * data.buckets
    for index, qty in uptake.items():
        picked[data.supply[index].bucket] += qty
    return tuple(picked)
