"""Selling by the planner: with forecasts, planned anew every week, or knowing the whole season."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from harvest_schedule.planner.atp import available_to_promise, critical_ratio
from harvest_schedule.planner.forecast import ForecastParams, HarvestInput, HarvestWindow, forecast
from harvest_schedule.policies.instances import Question, losses, presale_weeks
from harvest_schedule.policies.season import Decision, Seller, SellerState
from harvest_schedule.policies.unplanned import pooled_sellers
from harvest_schedule.policies.world import DAYS, World, WorldHarvest

GRADE = "1"
G_PER_KG = 1000
#: Declared days are over for good so long after their end.
LATEST_DAYS = 28


@dataclass(frozen=True, slots=True)
class FengluParams:
    """
    How the planner is asked.

    ``timing_sd`` is the spread of the dates in days as they were declared, ``told_sd`` what reports of them err by
    before picking and during it, ``common_late`` the part of lateness that a county has in common, ``demand_spread``
    the spread of one week's buyers. ``now`` and ``later`` cut demand into steps (up to which quantile, at which part of
    the price): what this week's buyers leave is not lost, so this week counts whole; what later weeks may want beyond
    the usual counts by its chance, so that some is kept for it. ``level_weeks`` is how many weeks of sales weigh as
    much as the curves; ``promise`` a fixed quantile in place of the critical ratio; ``band`` holds planned weekly sales
    of every produce within (1 ± band) of one level.
    """

    timing_sd: float = 3.5
    told_sd: tuple[float, float] = (2.0, 1.0)
    common_late: float = 0.5
    demand_spread: float = 0.25
    now: tuple[tuple[float, float], ...] = ((0.95, 1.0),)
    later: tuple[tuple[float, float], ...] = ((0.5, 1.0), (0.85, 0.325))
    level_weeks: float = 4.0
    num_scenarios: int = 200
    promise: float | None = None
    band: float | None = None


class Fenglu:
    """Plans the rest of the season every week from what is known then, and does the plan's first week."""

    def __init__(self, params: FengluParams | None = None, seed: int = 0) -> None:
        self._params = params or FengluParams()
        self._seed = seed
        self._seen: dict[str, list[float]] = defaultdict(list)
        self._expected: dict[tuple[str, int], float] = {}

    def sellers(self, world: World) -> list[Seller]:
        return pooled_sellers(world)

    def observe(self, produce: str, week: int, cap: float, ordered: float) -> None:
        """Learn how the season's buyers compare with the curves; a week sold out says only that there were more."""
        expected = self._expected.get((produce, week), 0.0)
        if expected <= 0 or cap <= 0:
            return
        ratio = ordered / expected
        if ordered < cap * (1 - 1e-9) or ratio > self._level(produce):
            self._seen[produce].append(ratio)

    def decide(self, state: SellerState, week: int) -> Decision:
        world = state.world
        question = Question(world, week, state.seller.capacity)
        question.add_state(state)
        sure = self._add_supply(question, week)
        for row in world.produce:
            self._add_demand(question, row.id, week)
        planned = question.decision(question.solved(losses(world, is_true=False), self._params.band).plan, week)
        return self._held_to_promise(planned, state, sure, week)

    def _add_supply(self, question: Question, week: int) -> dict[str, list[int]]:
        """Add what is expected; returns what is sure enough to be promised, in kg by produce and week from now on."""
        world = question.world
        edges = range(week * DAYS, world.weeks * DAYS + 1, DAYS)
        sure: dict[str, list[int]] = {}
        for kind in world.by_produce:
            rows = [row for row in world.harvests if row.produce == kind and self._is_open(row, week)]
            if not rows:
                continue
            drawn = forecast(
                [self._input(world, row, rows, week) for row in rows],
                list(edges),
                seed=self._seed,
                params=ForecastParams(num_scenarios=self._params.num_scenarios, common_late=self._params.common_late),
            )
            for index, row in enumerate(drawn.harvests):
                for bucket, grams in enumerate(drawn.expected_g(index, GRADE)):
                    question.add_supply(row.coop, kind, week + bucket, grams / G_PER_KG)
            promised = drawn.promise_g(self._quantile(world, kind, week), GRADE)
            sure[kind] = [grams // G_PER_KG for grams in promised]
        return sure

    @staticmethod
    def _is_open(row: WorldHarvest, week: int) -> bool:
        return row.outlook(week) is not None and row.end_day + LATEST_DAYS > week * DAYS

    def _held_to_promise(
        self, planned: Decision, state: SellerState, sure: Mapping[str, Sequence[int]], week: int
    ) -> Decision:
        """
        Cut what is listed to what may still be promised.

        The plan itself reckons with what is expected: fruit that is picked and kept is no promise. Only what is listed
        now is one.
        """
        world, lead = state.world, state.world.presale_lead
        spot, presale = dict(planned.spot), dict(planned.presale)
        for kind, row in world.by_produce.items():
            supply = list(sure.get(kind, [0] * (world.weeks - week)))
            supply[0] += int(state.stock(kind))
            promised = [math.ceil(state.owed.get((kind, later), 0.0)) for later in range(week, world.weeks)]
            life = max(row.life.values(), default=0)
            spot[kind] = min(spot.get(kind, 0.0), available_to_promise(supply, promised, life)[0])
            promised[0] += math.ceil(spot[kind])
            if week + lead < world.weeks:
                presale[kind] = min(presale.get(kind, 0.0), available_to_promise(supply, promised, life)[lead])
        return replace(planned, spot=spot, presale=presale)

    def _quantile(self, world: World, produce: str, week: int) -> float:
        """How sure a promise must be: the margin lost without it against what a broken one costs."""
        if self._params.promise is not None:
            return self._params.promise
        prices = [world.market(produce, later).price for later in range(week, world.weeks)]
        price = max(prices, default=0.0)
        return critical_ratio(price - world.by_produce[produce].cost, price * (1 + world.goodwill))

    def _input(self, world: World, row: WorldHarvest, rows: Sequence[WorldHarvest], week: int) -> HarvestInput:
        word = row.outlook(week)
        if word is None:
            raise ValueError("only what is declared can be forecast")
        is_reported = word.week >= 0
        peers = [other for other in rows if other.coop != row.coop]
        seen = sum(row.ripe[:week])
        shift = round(word.shift_days)
        first = row.first_day + shift
        has_begun = seen > 0
        low, likely, high = word.low, word.likely, word.high
        window = HarvestWindow.between(first, row.end_day + shift)
        return HarvestInput(
            id=row.produce,
            coop=row.coop,
            county=world.county_of[row.coop],
            window=window,
            low_g=int(low * 1000),
            likely_g=int(likely * 1000),
            high_g=int(high * 1000),
            own_factors=() if is_reported else row.past_factors,
            peer_factors=() if is_reported else [one for other in peers for one in other.past_factors],
            own_shifts=row.past_shifts,
            peer_shifts=[one for other in peers for one in other.past_shifts],
            timing_sd=self._params.timing_sd,
            picked_g=int(seen * 1000),
            known_until=week * DAYS if has_begun else None,
            told_days=float(shift) if is_reported else None,
            told_sd=self._params.told_sd[has_begun],
            not_before=None if has_begun else week * DAYS,
        )

    def _level(self, produce: str) -> float:
        seen = self._seen[produce]
        return (self._params.level_weeks + sum(seen)) / (self._params.level_weeks + len(seen))

    def _add_demand(self, question: Question, produce: str, week: int) -> None:
        world, level = question.world, self._level(produce)
        for later in range(week, world.weeks):
            market = world.market(produce, later)
            self._expected[produce, later] = market.expected
            if not world.is_open(later):
                continue
            steps = self._params.now if later == week else self._params.later
            usual, low = market.expected * level, 0.0
            for quantile, worth in steps:
                high = usual * math.exp(self._params.demand_spread * NormalDist().inv_cdf(quantile))
                question.add_demand(produce, later, high - low, market.price * worth)
                low = high
        for ship in presale_weeks(world, week):
            market = world.market(produce, ship)
            question.add_demand(
                produce,
                ship - world.presale_lead,
                market.presale_expected * level,
                world.presale_price(produce, ship),
                ship_after=world.presale_lead,
            )


class Foresight:
    """Knows all that will be ripe, bought and lost: the most that anybody could have earned."""

    def __init__(self) -> None:
        self._decisions: list[Decision] = []
        self.bound = 0.0

    def sellers(self, world: World) -> list[Seller]:
        found = pooled_sellers(world)
        question = Question(world, 0, found[0].capacity)
        for row in world.harvests:
            for week, qty in enumerate(row.ripe):
                question.add_supply(row.coop, row.produce, week, qty)
        for kind in world.by_produce:
            for week in range(world.weeks):
                if world.is_open(week):
                    market = world.market(kind, week)
                    question.add_demand(kind, week, market.qty, market.price)
            for ship in presale_weeks(world, 0):
                qty, price = world.market(kind, ship).presale_qty, world.presale_price(kind, ship)
                question.add_demand(kind, ship - world.presale_lead, qty, price, ship_after=world.presale_lead)
        result = question.solved(losses(world, is_true=True))
        self.bound = result.bound
        self._decisions = [question.decision(result.plan, week) for week in range(world.weeks)]
        return found

    def decide(self, state: SellerState, week: int) -> Decision:
        return self._decisions[week]

    def observe(self, produce: str, week: int, cap: float, ordered: float) -> None:
        """Has nothing to learn."""
