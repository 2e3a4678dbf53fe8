"""One pool's season as it is drawn: harvests, stock by age and windows over one axis of weeks, with their reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import fmean, pstdev
from typing import Any

from catalog.partner.models import StockRecord
from harvest_schedule.demand import carriers_stop
from harvest_schedule.models import Harvest, PlanUptake, PlanWindow, SeasonPlan, ShortfallCase
from harvest_schedule.states import HarvestStatus, PlanStatus, ShortfallStatus
from marketplace.cooperatives.models import PoolMember, SupplyPool
from marketplace.foundation.bilingual import is_chinese
from marketplace.foundation.clock import business_date
from marketplace.foundation.units import G_PER_KG

#: Weeks in store up to which goods count as young, and as middle-aged.
YOUNG_WEEKS, MIDDLE_WEEKS = 2, 5
#: A smaller distance from the best is none.
LEAST_GAP = 0.0005
#: A harvest whose low and high are further apart than this part of likely has an unsure end.
WIDE_RANGE = 0.4


@dataclass(frozen=True)
class Axis:
    """Weeks from a Monday on; places are shares of its length."""

    starts_on: date
    num_weeks: int

    @property
    def ends_on(self) -> date:
        return self.starts_on + timedelta(weeks=self.num_weeks, days=-1)

    @property
    def mondays(self) -> list[date]:
        return [self.starts_on + timedelta(weeks=week) for week in range(self.num_weeks)]

    def at(self, day: date) -> float:
        """Where a day begins, kept within the axis."""
        return min(max((day - self.starts_on).days / (7 * self.num_weeks), 0.0), 1.0)

    def holds(self, first: date, last: date) -> bool:
        return first <= self.ends_on and last >= self.starts_on


@dataclass(frozen=True)
class Span:
    """A stretch of the axis."""

    at: float
    width: float


@dataclass(frozen=True)
class Tick:
    """The beginning of a week on the axis."""

    monday: date
    at: float
    is_named: bool


@dataclass(frozen=True)
class HarvestBar:
    """A harvest; grams the plan takes of it, of what is likely."""

    harvest: Harvest
    place: Span
    taken_g: int
    is_unsure: bool


@dataclass(frozen=True)
class StockWeek:
    """What lies in store for the pool at the end of a week by the plan, by weeks since picking, in grams."""

    monday: date
    young_g: int
    middle_g: int
    old_g: int
    scale_g: int

    @property
    def total_g(self) -> int:
        return self.young_g + self.middle_g + self.old_g

    @property
    def total_kg(self) -> int:
        return round(self.total_g / G_PER_KG)


@dataclass
class WindowRun:
    """Adjacent windows of one product in one phase at one price, drawn as one bar; ``number`` points to its reason."""

    rows: list[PlanWindow]
    number: int = 0
    lane: int = 0
    place: Span = Span(0, 0)

    @property
    def window(self) -> StockRecord:
        return self.rows[0].window

    @property
    def closes_at(self) -> datetime:
        return self.rows[-1].window.closes_at

    @property
    def ships_by(self) -> date:
        return max(row.window.ships_by for row in self.rows)

    @property
    def cap(self) -> int:
        return sum(row.window.num_in_stock for row in self.rows)

    @property
    def sold(self) -> int:
        return sum(row.window.num_allocated for row in self.rows)

    @property
    def main(self) -> PlanWindow:
        """The week with the most boxes: its reason stands for the run."""
        return max(self.rows, key=lambda row: row.planned_cap)

    @property
    def price_fen(self) -> int:
        return self.window.price_fen


@dataclass
class ProductLane:
    """A product with the lanes that its runs are drawn in."""

    name: str
    spec: str
    runs: list[WindowRun] = field(default_factory=list)

    @property
    def lanes(self) -> list[list[WindowRun]]:
        num = 1 + max((run.lane for run in self.runs), default=0)
        return [[run for run in self.runs if run.lane == lane] for lane in range(num)]


@dataclass(frozen=True)
class Figures:
    """
    What the plan in force comes to, over its whole horizon.

    ``variation`` is the coefficient of variation of the weekly quantity while on sale; ``revenue_fen`` is what sales
    earn before the hub's costs, packing taken off.
    """

    weeks_on_sale: int
    num_weeks: int
    variation: float | None
    share_sold: float | None
    revenue_fen: int
    gap: float | None

    @property
    def is_best(self) -> bool:
        """Whether no plan can be better by what would still be said as a tenth of a per cent."""
        return self.gap is not None and self.gap < LEAST_GAP


@dataclass(frozen=True)
class PoolSeason:
    """Everything the screen of one pool shows."""

    pool: SupplyPool
    plan: SeasonPlan | None
    axis: Axis
    today: date
    figures: Figures | None
    harvests: list[HarvestBar]
    stock: list[StockWeek]
    capacity_g: int
    scale_g: int
    products: list[ProductLane]
    pauses: list[Span]
    cases: list[ShortfallCase]
    remarks: list[str]

    @property
    def runs(self) -> list[WindowRun]:
        return sorted((run for lane in self.products for run in lane.runs), key=lambda run: run.number)

    @property
    def ticks(self) -> list[Tick]:
        """One line a week; where weeks are narrow only every second or fourth is named."""
        every = max(1, self.axis.num_weeks // 13)
        return [Tick(day, self.axis.at(day), week % every == 0) for week, day in enumerate(self.axis.mondays)]

    @property
    def today_at(self) -> float:
        """The middle of today."""
        return self.axis.at(self.today) + 0.5 / (7 * self.axis.num_weeks)

    @property
    def shows_capacity(self) -> bool:
        return 0 < self.capacity_g <= self.scale_g


def plan_in_force(pool: SupplyPool) -> SeasonPlan | None:
    return SeasonPlan.objects.filter(pool=pool, status=PlanStatus.PUBLISHED).first()


def pool_season(pool: SupplyPool, axis: Axis, at: datetime) -> PoolSeason:
    """Return a pool's season on an axis; without a plan in force only its harvests are there."""
    plan = plan_in_force(pool)
    stock, capacity_g = _stock(plan, axis) if plan is not None else ([], 0)
    highest = max((week.total_g for week in stock), default=0)
    scale_g = capacity_g if highest and capacity_g <= 2 * highest else highest
    return PoolSeason(
        pool=pool,
        plan=plan,
        axis=axis,
        today=business_date(at),
        figures=_figures(plan) if plan is not None else None,
        harvests=_harvests(pool, plan, axis),
        stock=[StockWeek(w.monday, w.young_g, w.middle_g, w.old_g, scale_g) for w in stock],
        capacity_g=capacity_g,
        scale_g=scale_g,
        products=_products(plan, axis) if plan is not None else [],
        pauses=[Span(axis.at(day), axis.at(day + timedelta(weeks=1)) - axis.at(day)) for day in _closed(axis)],
        cases=list(
            ShortfallCase.objects.filter(
                status=ShortfallStatus.OPEN, window__product__pool_product__pool=pool
            ).select_related("window__product")
        ),
        remarks=_remarks(plan) if plan is not None else [],
    )


def _closed(axis: Axis) -> Iterable[date]:
    return (monday for monday in axis.mondays if carriers_stop(monday))


def _harvests(pool: SupplyPool, plan: SeasonPlan | None, axis: Axis) -> list[HarvestBar]:
    taken: dict[int, int] = defaultdict(int)
    for harvest_id, grams in PlanUptake.objects.filter(plan=plan).values_list("harvest_id", "uptake_g") if plan else ():
        taken[harvest_id] += grams
    members = PoolMember.objects.filter(pool=pool).values("cooperative_id")
    rows = (
        Harvest.objects.filter(
            produce_id=pool.produce_id,
            cooperative_id__in=members,
            starts_on__lte=axis.ends_on,
            ends_on__gte=axis.starts_on,
        )
        .exclude(status=HarvestStatus.WITHDRAWN)
        .select_related("cooperative")
        .order_by("starts_on", "pk")
    )
    return [
        HarvestBar(
            harvest=row,
            place=_span(axis, row.starts_on, row.ends_on),
            taken_g=taken[row.pk],
            is_unsure=row.high_g - row.low_g > WIDE_RANGE * row.likely_g,
        )
        for row in rows
    ]


def _span(axis: Axis, first: date, last: date) -> Span:
    at = axis.at(first)
    return Span(at, max(axis.at(last + timedelta(days=1)) - at, 0.004))


def _stock(plan: SeasonPlan, axis: Axis) -> tuple[list[StockWeek], int]:
    """By the plan's own flows: what was put in before the week is over and leaves after it."""
    problem = plan.instance["problem"]
    ages: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in plan.result["storage"]:
        before = problem["on_hand"][row["on_hand"]]["age"] if "on_hand" in row else 0
        for bucket in range(row["from"], row["to"]):
            weeks = bucket - row["from"] + before
            age = "young" if weeks < YOUNG_WEEKS else "middle" if weeks < MIDDLE_WEEKS else "old"
            ages[bucket][age] += row["qty"]
    found = []
    for monday in axis.mondays:
        of = ages.get((monday - plan.starts_on).days // 7, {})
        young, middle, old = (round(of.get(age, 0.0) * G_PER_KG) for age in ("young", "middle", "old"))
        found.append(StockWeek(monday, young, middle, old, 0))
    limits = [store["capacity"] for store in problem["storage"] if store.get("capacity") is not None]
    # A pool's share of a store changes from week to week; the line is drawn at the most it ever is.
    capacity = sum(max(limit) if isinstance(limit, list) else limit for limit in limits)
    return found, round(capacity * G_PER_KG)


def _products(plan: SeasonPlan, axis: Axis) -> list[ProductLane]:
    rows = (
        PlanWindow.objects.filter(plan=plan)
        .select_related("window__product__grade")
        .order_by("window__product_id", "window__opens_at", "pk")
    )
    by_product: dict[int, list[PlanWindow]] = defaultdict(list)
    for row in rows:
        first, last = business_date(row.window.opens_at), business_date(row.window.closes_at - timedelta(hours=9))
        if row.window.num_in_stock and axis.holds(first, last):
            by_product[row.window.product_id].append(row)
    lanes = []
    for windows in by_product.values():
        product = windows[0].window.product
        runs = _runs(windows)
        for run in runs:
            first = business_date(run.window.opens_at)
            run.place = _span(axis, first, business_date(run.closes_at) - timedelta(days=1))
        _pack_lanes(runs)
        lanes.append(ProductLane(product.name, product.spec, runs))
    numbered = sorted((run for lane in lanes for run in lane.runs), key=lambda run: (run.window.opens_at, run.lane))
    for number, run in enumerate(numbered, start=1):
        run.number = number
    return lanes


def _runs(windows: Sequence[PlanWindow]) -> list[WindowRun]:
    """Join windows that follow each other without a gap in the same phase at the same price."""
    open_runs: dict[tuple[str, int], WindowRun] = {}
    runs = []
    for row in windows:
        key = (row.window.phase, row.window.price_fen)
        run = open_runs.get(key)
        if run is not None and run.closes_at == row.window.opens_at:
            run.rows.append(row)
            continue
        run = WindowRun([row])
        open_runs[key] = run
        runs.append(run)
    return runs


def _pack_lanes(runs: Sequence[WindowRun]) -> None:
    """Give each run the first lane that is free when it opens."""
    ends: list[datetime] = []
    for run in sorted(runs, key=lambda run: run.window.opens_at):
        for lane, end in enumerate(ends):
            if end <= run.window.opens_at:
                run.lane, ends[lane] = lane, run.closes_at
                break
        else:
            run.lane = len(ends)
            ends.append(run.closes_at)


def _figures(plan: SeasonPlan) -> Figures:
    result: dict[str, Any] = plan.result
    problem: dict[str, Any] = plan.instance["problem"]
    by_week: dict[int, float] = defaultdict(float)
    for sale in result["sales"]:
        if sale["kind"] == "spot":
            # What buyers may want beyond the usual is no sale yet; it counts by its chance, as it does in the money.
            by_week[sale["bucket"]] += sale["qty"] * problem["demand"][sale["index"]].get("chance", 1)
    weekly = [qty for qty in by_week.values() if qty > 0]
    there = sum(row["qty"] for row in problem["supply"])
    taken = sum(row["qty"] for row in result["uptake"])
    return Figures(
        weeks_on_sale=len(weekly),
        num_weeks=plan.num_buckets,
        variation=pstdev(weekly) / fmean(weekly) if weekly else None,
        share_sold=taken / there if there else None,
        revenue_fen=round(result["breakdown"]["revenue"]),
        gap=result["gap"],
    )


def _remarks(plan: SeasonPlan) -> list[str]:
    """What is said of the plan as a whole, and of orders that fall short."""
    tongue = "zh" if is_chinese() else "en"
    return [row[tongue] for row in plan.result.get("reasons", []) if not row["subject"].startswith("supply")]
