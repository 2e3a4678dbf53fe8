"""How long produce keeps: the Q10 law, mean kinetic temperature, and the best-before of a lot that was moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logistics.allocation.life import (
    Spell,
    Stay,
    ageing_rate,
    best_before_day,
    life_left_h,
    life_used_h,
    mean_kinetic_temperature_c,
    q10_between,
)


def test_ten_degrees_more_age_by_the_q10() -> None:
    assert ageing_rate(15, reference_c=5, q10=2.5) == pytest.approx(2.5)
    assert ageing_rate(5, reference_c=5, q10=2.5) == 1
    assert ageing_rate(-5, reference_c=5, q10=2.5) == pytest.approx(0.4)


def test_a_day_on_a_warm_lorry_costs_several_in_the_store() -> None:
    # 24 h at 25 °C against 5 °C with Q10 2: 24 · 2² = 96 h; then 24 h in the store itself.
    trip = [Spell(24, 25), Spell(24, 5)]

    assert life_used_h(trip, reference_c=5, q10=2) == pytest.approx(120)
    assert life_left_h(240, trip, reference_c=5, q10=2) == pytest.approx(120)
    assert life_left_h(100, trip, reference_c=5, q10=2) == 0


def test_two_shelf_lives_tell_the_q10() -> None:
    # 30 days at 20 °C and 90 at 5 °C: three times over 15 degrees, so 3^(10/15).
    assert q10_between(30, 20, 90, 5) == pytest.approx(3 ** (2 / 3))


def test_the_mean_kinetic_temperature_lies_above_the_plain_mean() -> None:
    # With 83.14 kJ/mol the scale is 10 000 K: 1e4/298.15 = 33.5402 and 1e4/278.15 = 35.9518, so the mean of both
    # exponentials is exp(-33.5402)·(1 + exp(-2.4116))/2 = exp(-34.1475), and 1e4/34.1475 - 273.15 = 19.70.
    assert mean_kinetic_temperature_c([Spell(12, 5), Spell(12, 25)]) == pytest.approx(19.70, abs=0.005)
    assert mean_kinetic_temperature_c([Spell(1, 8)]) == pytest.approx(8)


def test_nothing_moved_keeps_what_its_store_keeps() -> None:
    assert best_before_day(100, [], keeps_days=90) == 190


def test_a_third_of_life_outside_leaves_two_thirds_of_the_cold_store() -> None:
    # Ten of thirty days outside, then 60 of 90 days in the cold: 100 + 10 + 60.
    assert best_before_day(100, [Stay(10, 30)], keeps_days=90) == 170


def test_taking_it_out_of_the_cold_shortens_what_is_left() -> None:
    # 45 of 90 days used, half of 30 left.
    assert best_before_day(100, [Stay(45, 90)], keeps_days=30) == 160


def test_a_stay_that_outlasts_life_ends_it_on_its_day() -> None:
    assert best_before_day(100, [Stay(40, 30), Stay(5, 90)], keeps_days=90) == 130


def test_malformed_lives_are_refused() -> None:
    with pytest.raises(ValueError, match="keep for a day"):
        best_before_day(1, [], keeps_days=0)
    with pytest.raises(ValueError, match="where it keeps 0"):
        Stay(1, 0)
    with pytest.raises(ValueError, match="less than nothing"):
        Spell(-1, 5)
    with pytest.raises(ValueError, match="positive ratio"):
        ageing_rate(5, reference_c=5, q10=0)
    with pytest.raises(ValueError, match="two temperatures"):
        q10_between(30, 5, 90, 5)
    with pytest.raises(ValueError, match="no time"):
        mean_kinetic_temperature_c([])


@given(
    stays=st.lists(st.builds(Stay, days=st.integers(0, 40), keeps_days=st.integers(1, 120)), max_size=4),
    keeps_days=st.integers(1, 120),
)
def test_no_way_through_the_stores_beats_the_best_store_or_falls_below_the_worst(
    stays: list[Stay], keeps_days: int
) -> None:
    kept = best_before_day(0, stays, keeps_days=keeps_days)

    lives = [stay.keeps_days for stay in stays] + [keeps_days]
    # Rounded down once, so one day below the worst at most.
    assert min(lives) - 1 <= kept <= max(lives)


@given(first=st.integers(0, 20), second=st.integers(0, 20), keeps=st.integers(41, 90))
def test_a_stay_cut_in_two_is_the_same_stay(first: int, second: int, keeps: int) -> None:
    whole = best_before_day(0, [Stay(first + second, keeps)], keeps_days=30)

    assert best_before_day(0, [Stay(first, keeps), Stay(second, keeps)], keeps_days=30) == whole


@given(
    temps=st.lists(st.floats(-5, 35), min_size=1, max_size=5),
    q10=st.floats(2, 3),
)
def test_warmer_never_leaves_more_life(temps: list[float], q10: float) -> None:
    cool = life_left_h(500, [Spell(10, temp) for temp in temps], reference_c=5, q10=q10)
    warm = life_left_h(500, [Spell(10, temp + 3) for temp in temps], reference_c=5, q10=q10)

    assert warm <= cool
