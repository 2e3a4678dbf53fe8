"""Selling by the planner: with forecasts, planned anew every week, or knowing the whole season."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from harvest_schedule.planner.atp import critical_ratio
from harvest_schedule.planner.forecast import Forecast, ForecastParams, HarvestInput, HarvestWindow, forecast
from harvest_schedule.policies.instances import Question, losses, presale_weeks
from harvest_schedule.policies.season import Decision, Seller, SellerState
from harvest_schedule.policies.unplanned import pooled_sellers
from harvest_schedule.policies.world import DAYS, World, WorldHarvest


@dataclass(frozen=True, slots=True)
class FengluParams:
    """
    How the planner is asked.

    ``timing_sd`` is the spread of the dates in days before any report and after one; ``demand_spread`` of one week's
    buyers; ``quantiles`` cut this week's demand into steps, so that what may not be sold counts for less;
    ``level_weeks`` is how many weeks of sales weigh as much as the curves.
    """

    timing_sd: tuple[float, float] = (3.5, 2.0)
    demand_spread: float = 0.25
    quantiles: tuple[float, ...] = (0.25, 0.5, 0.75, 0.95)
    level_weeks: float = 4.0
    num_scenarios: int = 200
    kept_worth: float = 0.6
    promise: float | None = None


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
        """Learn how this season's buyers compare with the curves; a week that sold out says only that there were more."""
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
        self._add_supply(question, week)
        for row in world.produce:
            self._add_demand(question, row.id, week)
        return question.decision(question.solved(losses(world, is_true=False)).plan, week)

    def _add_supply(self, question: Question, week: int) -> None:
        world = question.world
        told: dict[str, list[WorldHarvest]] = {row.id: [] for row in world.produce}
        for row in world.harvests:
            if row.outlook(week) is not None and row.end_day + 4 * DAYS > week * DAYS:
                told[row.produce].append(row)
        edges = range(week * DAYS, world.weeks * DAYS + 1, DAYS)
        for kind, rows in told.items():
            if not rows:
                continue
            drawn = forecast(
                [self._input(world, row, rows, week) for row in rows],
                list(edges),
                seed=self._seed,
                params=ForecastParams(num_scenarios=self._params.num_scenarios),
            )
            promised = drawn.promise_rows_g(self._quantile(world, kind, week), "1")
            self._add_rows(question, drawn, promised, week)

    @staticmethod
    def _add_rows(question: Question, drawn: Forecast, promised: Sequence[Sequence[int]], week: int) -> None:
        for index, row in enumerate(drawn.harvests):
            produce = row.id
            for bucket, grams in enumerate(drawn.expected_g(index, "1")):
                promise = min(promised[index][bucket], grams)
                question.add_supply(row.coop, produce, week + bucket, grams / 1000, promise / 1000)

    def _quantile(self, world: World, produce: str, week: int) -> float:
        """How sure a promise must be: the margin lost without it against what a broken one costs, as the shop has it."""
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
            own_shifts=() if is_reported else row.past_shifts,
            peer_shifts=() if is_reported else [one for other in peers for one in other.past_shifts],
            timing_sd=self._params.timing_sd[is_reported],
            picked_g=int(seen * 1000),
            known_until=week * DAYS if has_begun else None,
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
            if later > week:
                question.add_demand(produce, later, market.expected * level, market.price)
                continue
            below, low = 0.0, 0.0
            worth = self._params.kept_worth if max(world.by_produce[produce].life.values(), default=0) else 0.0
            for quantile in self._params.quantiles:
                high = market.expected * level * math.exp(
                    self._params.demand_spread * NormalDist().inv_cdf(quantile)
                )
                comes = 1 - (below + quantile) / 2
                price = market.price * (comes + (1 - comes) * worth)
                question.add_demand(produce, week, high - low, price)
                below, low = quantile, high
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
                question.add_supply(row.coop, row.produce, week, qty, qty)
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
