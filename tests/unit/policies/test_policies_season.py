"""Seasons in closed loop: nothing is lost or made, all policies are settled alike, and nobody beats foresight."""

from __future__ import annotations

import pytest

from harvest_schedule.policies.comparison import POLICIES, compare, policies_with, table_text
from harvest_schedule.policies.measures import gap_closed, measures_of
from harvest_schedule.policies.planned import Fenglu, FengluParams, Foresight
from harvest_schedule.policies.season import Decision, Seller, SellerState, filled, orders_split, season_play
from harvest_schedule.policies.unplanned import AsDeclared, lone_sellers, pooled_sellers
from harvest_schedule.policies.world import World
from harvest_schedule.policies.world_generate import world_generate
from harvest_schedule.policies.world_reading import world_read
from tests.unit.policies.worlds import STORE_AT_B, season

SEEDS = (7, 8)


class Fixed:
    """Says the same every week: one seller, caps and what is kept."""

    def __init__(self, decision: Decision) -> None:
        self._decision = decision

    def sellers(self, world: World) -> list[Seller]:
        return pooled_sellers(world)

    def decide(self, state: SellerState, week: int) -> Decision:
        return self._decision

    def observe(self, produce: str, week: int, cap: float, ordered: float) -> None:
        """Not asked here."""


@pytest.mark.parametrize("seed", SEEDS)
def test_in_every_policy_all_that_ripens_is_sold_spoilt_or_unsold(seed: int) -> None:
    world = world_generate(seed)
    for name, policy in POLICIES.items():
        outcome = season_play(world, policy())
        total = outcome.sold + outcome.spoilt + outcome.unsold
        assert total == pytest.approx(world.supply, rel=1e-9), name
        assert min(outcome.sold, outcome.spoilt, outcome.unsold) >= 0, name
        assert 0 <= outcome.broken <= outcome.promised, name
        assert sum(outcome.sales.values()) == pytest.approx(outcome.sold), name


@pytest.mark.parametrize("seed", SEEDS)
def test_foresight_earns_at_least_what_any_policy_earns(seed: int) -> None:
    world = world_generate(seed)
    incomes = {name: sum(season_play(world, policy()).income.values()) for name, policy in POLICIES.items()}
    assert all(incomes["foresight"] >= income - 1e-6 * abs(income) for income in incomes.values()), incomes


@pytest.mark.parametrize("seed", SEEDS)
def test_what_foresight_earns_is_what_the_planner_proved_to_be_the_most(seed: int) -> None:
    policy = Foresight()
    outcome = season_play(world_generate(seed), policy)
    assert sum(outcome.income.values()) == pytest.approx(policy.bound, rel=1e-6)
    assert outcome.broken == 0


def test_the_same_seed_gives_the_same_season_and_the_same_figures() -> None:
    assert world_generate(3) == world_generate(3)
    assert world_generate(3) != world_generate(4)
    once, again = (measures_of(season_play(world_generate(3), Fenglu())) for _ in range(2))
    assert once == again


def test_a_season_without_any_supply_is_a_season() -> None:
    for harvests in ([], [{**row, "ripe": []} for row in season()["harvests"]]):
        world = world_read(season(harvests=harvests))
        for name, policy in POLICIES.items():
            figures = measures_of(season_play(world, policy()))
            assert figures.sold_share == figures.spoilt_share == figures.fill_rate == 0, name
            assert figures.income <= 0, name


def test_a_season_without_any_buyer_picks_nothing_by_plan() -> None:
    world = world_read(season(demand=[]))
    outcome = season_play(world, Fenglu())
    assert outcome.unsold == world.supply
    assert set(outcome.income.values()) == {0.0}


def test_the_planner_knows_nothing_that_is_yet_to_come() -> None:
    plain = season()
    other = season()
    for row in other["harvests"]:
        row["ripe"] = [{"week": 1, "qty": row["ripe"][0]["qty"]}, {"week": 2, "qty": 5}]
    for row in other["demand"][2:]:
        row["qty"] = 3
    caps = []
    for file in (plain, other):
        world = world_read(file)
        policy = Fenglu()
        state = SellerState(world, policy.sellers(world)[0])
        caps.append([policy.decide(state, week) for week in range(2)])
    assert caps[0] == caps[1]


def test_a_week_is_settled_by_hand() -> None:
    # 80 kg ripen in week 1; 60 are sent for 10, 20 kept; A's part of all is 50 of 80.
    world = world_read(season(weeks=2, harvests=_until(2), demand=season()["demand"][:2]))
    outcome = season_play(world, Fixed(Decision({"apple": 60}, {}, {("apple", "COLD"): 20})))
    sent, kept = 60 * (10 - 2), 20 * (2 + 1)
    # 60 more were promised in week 0, when nothing was ripe: goodwill of half the price, by what was declared.
    goodwill = 60 * 10 * 0.5
    assert outcome.income["A"] == pytest.approx((sent - kept) * 50 / 80 - goodwill / 2)
    assert outcome.income["B"] == pytest.approx((sent - kept) * 30 / 80 - goodwill / 2)
    assert (outcome.promised, outcome.broken, outcome.sold) == (120, 60, 60)
    assert outcome.spoilt == pytest.approx(20 * 0.1)
    assert outcome.unsold == pytest.approx(20 * 0.9)


def test_what_outlives_its_life_is_spoilt_and_a_full_store_takes_no_more() -> None:
    world = world_read(season())
    outcome = season_play(world, Fixed(Decision({}, {}, {("apple", "COLD"): 1000})))
    # 40 kg fit in week 1, none in week 2 for room counts what was put in; two weeks later they are too old.
    assert outcome.unsold == pytest.approx(160 - 40)
    assert outcome.spoilt == pytest.approx(40)


def test_alone_a_store_serves_its_owner_only_and_buyers_are_shared_by_what_is_declared() -> None:
    first, second = lone_sellers(world_read(season()))
    assert (first.capacity, second.capacity) == ({"COLD": 40}, {"COLD": 0})
    assert first.share == second.share == {"apple": 0.5}


def test_a_neighbour_s_empty_store_is_of_use_in_the_pool_only() -> None:
    world = world_read(season(cooperatives=STORE_AT_B))
    alone, pooled = (sum(season_play(world, AsDeclared(is_pooled=way)).sales.values()) for way in (False, True))
    # Alone, A sells 30 a week of its 50 and B all of its 30; pooled, 20 a week are kept and 90 % of them sold.
    assert alone == pytest.approx(120)
    assert pooled == pytest.approx(120 + 2 * 20 * 0.9 - 20 * 0.9 * 0.1)


def test_half_of_the_buyers_sent_away_turn_to_who_has_some_left() -> None:
    assert orders_split(100, [0.5, 0.5], [10, 80], 0.5) == pytest.approx([10, 70])
    assert orders_split(100, [0.5, 0.5], [10, 60], 0.5) == pytest.approx([10, 60])
    assert orders_split(100, [1.0], [30], 0.5) == [30]
    assert filled(5, [0, 0]) == [0, 0]


def test_the_gap_closed_is_a_part_of_what_could_be_gained() -> None:
    assert gap_closed(10, 16, 20) == pytest.approx(0.6)
    assert gap_closed(10, 9, 10) != gap_closed(10, 9, 10)  # not a number: nothing could be gained


def _until(weeks: int) -> list[dict[str, object]]:
    harvests: list[dict[str, object]] = season()["harvests"]
    return [
        {**row, "end_day": 14, "ripe": [entry for entry in row["ripe"] if entry["week"] < weeks]}  # type: ignore[attr-defined]
        for row in harvests
    ]


def test_a_band_makes_weekly_sales_steadier_and_costs_income() -> None:
    world = world_generate(2)
    plain, steady = (
        measures_of(season_play(world, Fenglu(params))) for params in (FengluParams(), FengluParams(band=0.3))
    )

    assert steady.variation < 0.9 * plain.variation
    assert steady.income < plain.income


def test_the_table_tells_what_the_band_brings_and_costs() -> None:
    policies = policies_with(0.3)
    told = table_text(compare([world_read(season())], list(policies), policies=policies))

    assert "steady" in told
    assert "the band costs" in told
