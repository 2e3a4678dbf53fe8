"""From a pool's rows to windows without a database: nothing is promised twice, whatever the pool looks like."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Grade, Produce, Product
from harvest_schedule.forecasting import PastHarvest, expected_rows
from harvest_schedule.models import Harvest, HarvestGrade
from harvest_schedule.on_hand import OnHandRow
from harvest_schedule.planned_rows import planned_rows
from harvest_schedule.planner.atp import overpromised
from harvest_schedule.planner.phenology import DateNews
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.solve import solve
from harvest_schedule.planner.stop import MaxRuntime
from harvest_schedule.planner_io import WEEKS, Instance, PoolInput, instance_build
from marketplace.cooperatives.models import Cooperative, Hub, PoolProduct, SupplyPool
from marketplace.foundation.clock import shanghai

MONDAY = date(2026, 11, 23)
NOW = shanghai(MONDAY, 5)
KG = 1000
FLOOR_FEN = 500


def harvest(number: int, starts_in: int, days: int, likely_kg: int, spread: float = 0.25, **changes: Any) -> Harvest:
    """A harvest of grade 1 that no database knows."""
    starts_on = MONDAY + timedelta(days=starts_in)
    values: dict[str, Any] = {
        "pk": number,
        "cooperative": Cooperative(pk=number, code=f"coop-{number}", region_id="420527"),
        "starts_on": starts_on,
        "ends_on": starts_on + timedelta(days=days - 1),
        "low_g": round(likely_kg * KG * (1 - spread)),
        "likely_g": likely_kg * KG,
        "high_g": round(likely_kg * KG * (1 + spread)),
        "declared_likely_g": likely_kg * KG,
    }
    row = Harvest(**{**values, **changes})
    row._prefetched_objects_cache = {"grade_mix": [HarvestGrade(grade_id=1, share_permille=1000)]}  # type: ignore[attr-defined]
    return row


def pool_of(
    harvests: list[Harvest], *, demand_packs: int = 20, life_days: int = 30, on_hand_kg: int = 0, **changes: Any
) -> PoolInput:
    produce = Produce(
        pk=1,
        slug="orange",
        category="fruit",
        product_form="fresh",
        storage_days_ambient=life_days,
        storage_days_cold=life_days,
    )
    hub = Hub(pk=1, code="hub", ambient_capacity_g=900 * KG, cold_capacity_g=900 * KG)
    pool = SupplyPool(pk=1, code="orange", produce=produce, hub=hub, packing_fen_per_pack=350)
    products = tuple(
        PoolProduct(
            pool=pool,
            product=Product(pk=number, slug=f"orange-{grams}", produce=produce, grade=Grade(pk=1), net_weight_g=grams),
            base_price_fen=grams * 16 // 10,
            weekly_demand_packs=demand_packs,
        )
        for number, grams in ((11, 2500), (12, 4000))
    )
    stock = OnHandRow(1, 1, 1, "COLD", MONDAY, MONDAY + timedelta(days=life_days), on_hand_kg * KG)
    values: dict[str, Any] = {
        "pool": pool,
        "products": products,
        "harvests": tuple(harvests),
        "picked_g": {},
        "past": (),
        "on_hand": (stock,) if on_hand_kg else (),
        "open_lines": (),
        "floors": {row.cooperative_id: FLOOR_FEN for row in harvests},
        "listed_weeks": 0,
        "num_pools_at_hub": 1,
    }
    return PoolInput(**{**values, **changes})


def caps(data: PoolInput, instance: Instance) -> list[tuple[str, int, int, int]]:
    """Phase, first and last ship week, and grams of every window as it would be published."""
    result = solve(problem_read(instance.problem), MaxRuntime(10))
    products = {item.product_id: item for item in data.products}
    planned = planned_rows(result, starts_on=instance.starts_on, products=products, packing_fen=350, at=NOW)
    return [
        (window.phase, window.ship_from, window.ship_by, row.more_packs * products[row.product_id].product.net_weight_g)
        for window, row in planned.pairs
    ]


HARVESTS = st.lists(
    st.tuples(st.integers(-10, 200), st.integers(1, 60), st.integers(20, 3000), st.sampled_from([0.0, 0.2, 0.6])),
    min_size=0,
    max_size=4,
)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(rows=HARVESTS, demand=st.integers(0, 60), life_days=st.sampled_from([3, 20, 40]), stock=st.integers(0, 400))
def test_no_gram_of_a_pool_is_promised_twice(
    rows: list[tuple[int, int, int, float]], demand: int, life_days: int, stock: int
) -> None:
    harvests = [harvest(number, *row) for number, row in enumerate(rows, start=1)]
    data = pool_of(harvests, demand_packs=demand, life_days=life_days, on_hand_kg=stock)
    instance = instance_build(data, NOW)

    windows = caps(data, instance)

    comes = [0] * WEEKS
    for supply in instance.problem["supply"]:
        comes[supply["bucket"]] += round(supply["promise_qty"] * KG)
    comes[0] += stock * KG
    due = [0] * WEEKS
    for _phase, _first, last, grams in windows:
        due[last] += grams
    # To the gram, and not a gram of what is only expected.
    assert all(gone <= come for gone, come in zip(accumulate(due), accumulate(comes), strict=True))
    # Young enough: what ships in a stretch of weeks was picked in it or so shortly before that it keeps.
    life = max(instance.problem["produce"][0]["life"].values(), default=0)
    exact = [0] * WEEKS
    for _phase, first, last, grams in windows:
        if first == last:
            exact[last] += grams
    assert overpromised(comes, exact, life) is None


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(rows=HARVESTS)
def test_a_presale_ships_in_a_week_in_which_enough_is_picked_for_it(rows: list[tuple[int, int, int, float]]) -> None:
    harvests = [harvest(number, *row) for number, row in enumerate(rows, start=1)]
    data = pool_of(harvests)
    instance = instance_build(data, NOW)
    picked = [0] * WEEKS
    for supply in instance.problem["supply"]:
        picked[supply["bucket"]] += round(supply["promise_qty"] * KG)

    ahead = [0] * WEEKS
    for phase, first, last, grams in caps(data, instance):
        if phase == "presale":
            assert first == last
            ahead[last] += grams

    assert all(sold <= come for sold, come in zip(ahead, picked, strict=True))


def test_fruit_above_what_is_sure_is_picked_and_what_is_sure_is_listed() -> None:
    data = pool_of([harvest(1, 7, 14, 500, 0.6)], demand_packs=60)
    instance = instance_build(data, NOW)
    sure = sum(row["promise_qty"] for row in instance.problem["supply"])
    expected = sum(row["qty"] for row in instance.problem["supply"])

    result = solve(problem_read(instance.problem), MaxRuntime(10))
    listed = sum(grams for _phase, _first, _last, grams in caps(data, instance)) / KG

    # All of it finds buyers within four weeks, so all is picked; listed is what is sure, but for the last packs.
    assert sum(result.plan.uptake.values()) > 0.99 * expected > 1.1 * sure
    assert 0.9 * sure < listed <= sure


def demand_of(data: PoolInput, bucket: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The usual demand of the small pack in a week, and what may be wanted beyond it."""
    rows = [row for row in instance_build(data, NOW).problem["demand"] if row["channel"] == "spot"]
    usual, more = (row for row in rows if (row["bucket"], row["product"]) == (bucket, "11"))
    return usual, more


def test_what_is_wanted_beyond_the_usual_is_offered_at_the_same_price_and_counts_by_its_chance() -> None:
    usual, more = demand_of(pool_of([harvest(1, -20, 60, 9000)], demand_packs=1000), 2)

    # Up to the 85th percentile, exp(0.25 * 1.0364) = 1.2958 of the usual; wanted with a mean chance of 0.325.
    assert more["qty"] / usual["qty"] == pytest.approx(0.2958, abs=0.001)
    assert (more["price"], more["chance"], more["unsold_worth"]) == (usual["price"], 0.325, 0)
    assert "chance" not in usual


def test_this_weeks_rest_counts_whole_where_it_keeps_and_by_its_chance_where_it_does_not() -> None:
    harvests = [harvest(1, -20, 60, 9000)]
    usual, keeps = demand_of(pool_of(harvests, demand_packs=1000, life_days=30), 0)
    _, spoils = demand_of(pool_of(harvests, demand_packs=1000, life_days=5), 0)

    # Up to the 95th percentile, exp(0.25 * 1.6449) = 1.5086 of the usual; wanted with a mean chance of 0.275.
    assert keeps["qty"] / usual["qty"] == pytest.approx(0.5086, abs=0.001)
    assert (keeps["chance"], keeps["unsold_worth"]) == (0.275, keeps["price"])
    assert (spoils["chance"], spoils["unsold_worth"]) == (0.275, 0)


def test_goods_kept_must_outlast_packing_the_farthest_road_and_the_days_at_the_door() -> None:
    def weeks(transit_days: int) -> int:
        data = pool_of([harvest(1, 3, 30, 900)], life_days=30, transit_days=transit_days)
        return instance_build(data, NOW).problem["produce"][0]["life"]["COLD"]

    # 30 days less 2 of packing and 2 at the door: 26 for road and store.
    assert [weeks(days) for days in (4, 5, 6, 12, 13)] == [3, 3, 2, 2, 1]


def test_the_same_rows_are_the_same_question() -> None:
    first, second = (instance_build(pool_of([harvest(1, 3, 30, 900)]), NOW) for _ in range(2))

    assert first.hash == second.hash


def test_another_harvest_figure_is_another_question() -> None:
    first, second = (instance_build(pool_of([harvest(1, 3, 30, kg)]), NOW) for kg in (900, 901))

    assert first.hash != second.hash


def expected_kg(*harvests: Harvest, past: tuple[PastHarvest, ...] = (), quantile: float = 0.33, picked_g: int = 0):  # type: ignore[no-untyped-def]
    rows = expected_rows(
        harvests,
        picked_g={row.pk: picked_g for row in harvests},
        past=past,
        quantiles={1: quantile},
        starts_on=MONDAY,
        today=MONDAY,
        num_weeks=WEEKS,
    )
    return sum(row.expected_g for row in rows) / KG, sum(row.promise_g for row in rows) / KG


def test_less_is_promised_than_is_expected_and_less_of_what_is_less_sure() -> None:
    sure, _ = expected_kg(harvest(1, 10, 28, 1000, 0.0))
    _, narrow = expected_kg(harvest(1, 10, 28, 1000, 0.1))
    _, wide = expected_kg(harvest(1, 10, 28, 1000, 0.5))

    assert 950 < sure <= 1000
    assert wide < narrow < 1000


def test_harvests_that_vary_apart_cover_for_each_other() -> None:
    elsewhere = Cooperative(pk=2, code="coop-2", region_id="520623")
    _, alone = expected_kg(harvest(1, 10, 28, 1000, 0.5), quantile=0.1)
    _, together = expected_kg(
        harvest(1, 10, 28, 1000, 0.5), harvest(2, 10, 28, 1000, 0.5, cooperative=elsewhere), quantile=0.1
    )

    assert together > 2.1 * alone


def first_week_kg(neighbour_late: int, news: DateNews | None = None) -> float:
    """What is expected next week of a harvest that begins then, with a neighbour who was reported so many days late."""
    begins = harvest(1, 7, 28, 1000, 0.0, declared_starts_on=MONDAY + timedelta(days=7))
    told = harvest(2, 7 + neighbour_late, 28, 1000, 0.0, declared_starts_on=MONDAY + timedelta(days=7))
    rows = expected_rows(
        [begins, told],
        picked_g={},
        past=(),
        quantiles={1: 0.33},
        starts_on=MONDAY,
        today=MONDAY,
        num_weeks=WEEKS,
        ripening={} if news is None else {1: news},
    )
    return sum(row.expected_g for row in rows if row.harvest_id == 1 and row.bucket == 1) / KG


def test_neighbours_who_were_late_make_the_next_one_late() -> None:
    assert first_week_kg(8) < 0.9 * first_week_kg(0)


def test_weather_that_makes_a_harvest_later_moves_its_first_week() -> None:
    plain = first_week_kg(0)

    assert first_week_kg(0, news=DateNews(6.0, 2.0)) < 0.4 * plain
    assert first_week_kg(0, news=DateNews(0.0, 2.0)) == plain


def test_what_weather_moves_beyond_the_declared_days_is_expected_and_not_promised() -> None:
    rows = expected_rows(
        [harvest(1, 7, 28, 1000, 0.0)],
        picked_g={},
        past=(),
        quantiles={1: 0.33},
        starts_on=MONDAY,
        today=MONDAY,
        num_weeks=WEEKS,
        ripening={1: DateNews(10.0, 2.0)},
    )

    beyond = [row for row in rows if row.bucket > 4]
    assert sum(row.expected_g for row in rows) > 990 * KG
    assert sum(row.expected_g for row in beyond) > 50 * KG
    assert {row.promise_g for row in beyond} == {0}


def test_the_dates_of_a_harvest_that_has_begun_are_not_moved_by_weather() -> None:
    running = harvest(1, -14, 28, 1000, 0.0)
    found = [
        expected_rows(
            [running],
            picked_g={1: 400 * KG},
            past=(),
            quantiles={1: 0.33},
            starts_on=MONDAY,
            today=MONDAY,
            num_weeks=WEEKS,
            ripening=ripening,
        )
        for ripening in ({}, {1: DateNews(9.0, 4.0)})
    ]

    assert found[0] == found[1]


def past(cooperative_id: int, factor: float, **changes: Any) -> PastHarvest:
    values: dict[str, Any] = {
        "cooperative_id": cooperative_id,
        "region_code": "420527",
        "declared_g": 1000,
        "likely_g": 1000,
        "asked_g": 0,
        "picked_g": round(1000 * factor),
        "days_late": 0,
    }
    return PastHarvest(**{**values, **changes})


def test_a_record_of_too_high_declarations_lowers_what_is_expected_a_fifth_of_the_way() -> None:
    plain, _ = expected_kg(harvest(1, 10, 28, 1000, 0.0))
    with_record, _ = expected_kg(harvest(1, 10, 28, 1000, 0.0), past=(past(1, 0.5),))

    # One own season at one half, four seasons' weight on the prior of one: 0.9.
    # The season that was so far off makes it less sure too: 200 scenarios hit the mean to a few per cent.
    assert abs(with_record / plain - 0.9) < 0.06


def test_what_the_field_reported_since_is_not_corrected_again() -> None:
    reported = harvest(1, 10, 28, 1000, 0.0, declared_likely_g=2000 * KG)

    assert expected_kg(reported, past=(past(1, 0.5),)) == expected_kg(reported)


def test_fruit_that_was_not_asked_for_is_no_fault_of_the_declaration() -> None:
    assert past(1, 0.4, asked_g=400).factor == 1
    assert past(1, 0.4, asked_g=400, likely_g=800).factor == 0.8
    assert past(1, 0.4).factor == 0.4


def test_what_was_picked_is_not_expected_again() -> None:
    running = harvest(1, -14, 28, 1000, 0.0)

    untouched, _ = expected_kg(running)
    half_picked, _ = expected_kg(running, picked_g=700 * KG)

    assert 500 < untouched < 620
    assert 290 < half_picked <= 300


def test_nothing_is_expected_of_a_harvest_that_was_picked_in_full() -> None:
    assert expected_kg(harvest(1, -14, 28, 1000), picked_g=1000 * KG) == (0, 0)
