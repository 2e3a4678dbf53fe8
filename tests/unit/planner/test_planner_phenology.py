"""Degree-days and days after full bloom, by hand: when a sum is reached, how surely, and what that adds to a word."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from harvest_schedule.planner.phenology import (
    DateNews,
    Reached,
    bloom_news,
    degree_days,
    sum_reached,
    weather_news,
)

BIOFIX = date(2026, 4, 20)


def run(first: date, *values: float) -> dict[date, float]:
    return {first + timedelta(days=index): value for index, value in enumerate(values)}


def years(*levels: float, days: int = 100) -> dict[date, float]:
    """Past years, last year first, each with the same warmth every day from 20 April on."""
    found: dict[date, float] = {}
    for back, level in enumerate(levels, start=1):
        found |= run(date(2026 - back, 4, 20), *[level] * days)
    return found


@pytest.mark.parametrize(
    ("mean", "low", "high", "expected"),
    [
        (None, 6.0, 14.0, 8.0),  # all of the day is above the base of 2
        (None, -4.0, 1.0, 0.0),  # none of it is
        (None, -4.0, 8.0, 1.5),  # (8 - 2)² / (2 · 12)
        (None, 2.0, 2.0, 0.0),
        (9.5, None, None, 7.5),
        (1.0, None, None, 0.0),
        (9.5, None, 20.0, 7.5),  # a day with half of its extremes is a day with its mean
    ],
)
def test_a_day_s_degree_days_by_hand(
    mean: float | None, low: float | None, high: float | None, expected: float
) -> None:
    assert degree_days(2.0, mean_c=mean, low_c=low, high_c=high) == pytest.approx(expected)


def test_a_day_without_temperatures_is_refused() -> None:
    with pytest.raises(ValueError, match="mean"):
        degree_days(2.0, mean_c=None, low_c=3.0, high_c=None)


def test_a_sum_is_reached_within_the_day_that_completes_it() -> None:
    # 4 + 6 = 10 after two days; 5 more are wanted of a day of 10: half a day.
    warmth = run(BIOFIX, 4, 6, 10)

    assert sum_reached(warmth, biofix=BIOFIX, needed=15, known_until=BIOFIX + timedelta(days=2)) == Reached(2.5, 0.0)


def test_the_rest_of_the_season_comes_as_in_the_mean_of_past_years() -> None:
    # Two days of 20 are known; past years had 8 and 12 a day, mean 10: (100 - 40) / 10 = 6 days more.
    # As last year 60 / 8 = 7.5 days, as the year before 60 / 12 = 5: sd = 2.5 / √2 = 1.768.
    warmth = years(8, 12) | run(BIOFIX, 20, 20)

    reached = sum_reached(warmth, biofix=BIOFIX, needed=100, known_until=date(2026, 12, 31))
    assert reached is None, "days that are over and not known are gaps"

    reached = sum_reached(warmth, biofix=BIOFIX, needed=100, known_until=BIOFIX + timedelta(days=1))
    assert reached is not None
    assert reached.days == pytest.approx(8.0)
    assert reached.sd == pytest.approx(1.768, abs=0.001)


def test_one_past_year_gives_the_date_and_an_estimated_spread() -> None:
    reached = sum_reached(years(10), biofix=BIOFIX, needed=500, known_until=BIOFIX - timedelta(days=1))

    assert reached == Reached(50.0, pytest.approx(4.0))


def test_a_gap_is_filled_with_what_is_usual_and_many_gaps_say_nothing() -> None:
    known = run(BIOFIX, *[20] * 10)
    one_gap = {day: value for day, value in known.items() if day != BIOFIX + timedelta(days=3)}
    five_gaps = dict(list(known.items())[:4] + list(known.items())[-1:])
    last = BIOFIX + timedelta(days=9)

    # Nine days of 20 and one of 10 make 190; 10 a day then: one day more.
    assert sum_reached(years(10) | one_gap, biofix=BIOFIX, needed=200, known_until=last) == Reached(
        11.0, pytest.approx(0.08)
    )
    assert sum_reached(years(10) | five_gaps, biofix=BIOFIX, needed=200, known_until=last) is None


def test_without_a_past_year_nothing_is_said_of_days_to_come() -> None:
    assert sum_reached(run(BIOFIX, 20, 20), biofix=BIOFIX, needed=100, known_until=BIOFIX + timedelta(days=1)) is None
    assert sum_reached({}, biofix=BIOFIX, needed=100, known_until=BIOFIX) is None


def test_a_sum_that_is_never_reached_is_no_date() -> None:
    warmth = years(0.0, days=360) | run(date(2024, 4, 20), *[0.0] * 360)

    assert sum_reached(warmth, biofix=BIOFIX, needed=100, known_until=BIOFIX) is None


def test_a_season_over_new_year_and_a_leap_day_find_their_past() -> None:
    planted = date(2027, 12, 1)
    warmth = run(date(2026, 12, 1), *[5.0] * 120)

    # 91 days from 1 December are the last of February, so day 92 is 29 February 2028, whose like is 28 February 2027.
    reached = sum_reached(warmth, biofix=planted, needed=5 * 95, known_until=planted - timedelta(days=1))

    assert reached is not None
    assert reached.days == pytest.approx(95.0)


def test_a_cool_spring_since_the_word_makes_the_harvest_later_by_its_variance() -> None:
    # Told at the biofix: usual 10 a day, so 40 days; as in past years 50 and 33.33: variance 16.667²/2 = 138.9.
    # Ten days of 5 instead of 10: 350 left, 35 days more, 45 in all; by years 43.75 and 29.17: variance 106.3.
    # v = 138.9 - 106.3 = 32.55, m² = 9: weight 0.783, later by 5 · 0.783 = 3.917 days.
    # sd² = 2² + 0.783 · 9 + 106.3.
    warmth = years(8, 12) | run(BIOFIX, *[5.0] * 10)

    news = weather_news(
        warmth,
        biofix=BIOFIX,
        needed=400,
        told_on=BIOFIX - timedelta(days=1),
        today=BIOFIX + timedelta(days=20),
        own_sd=2.0,
    )

    assert news is not None
    assert news.days == pytest.approx(5 * 32.55 / (32.55 + 9), abs=0.01)
    assert news.sd**2 == pytest.approx(4 + 9 * 32.55 / (32.55 + 9) + 106.34, abs=0.05)


def test_a_word_younger_than_the_weather_is_not_moved() -> None:
    warmth = years(8, 12) | run(BIOFIX, *[5.0] * 10)

    assert (
        weather_news(
            warmth,
            biofix=BIOFIX,
            needed=400,
            told_on=BIOFIX + timedelta(days=9),
            today=BIOFIX + timedelta(days=20),
            own_sd=2.0,
        )
        is None
    )


def test_the_older_the_word_the_more_the_weather_counts() -> None:
    warmth = years(8, 12) | run(BIOFIX, *[5.0] * 30)
    today = BIOFIX + timedelta(days=29)

    moved = [
        weather_news(warmth, biofix=BIOFIX, needed=400, told_on=BIOFIX + timedelta(days=told), today=today, own_sd=2.0)
        for told in (-1, 14, 27)
    ]

    days = [news.days for news in moved if news is not None]
    assert len(days) == 3
    assert days[0] > days[1] > days[2] > 0


def test_temperatures_of_days_to_come_are_not_looked_at() -> None:
    past = years(8, 12)
    known = {
        "warmth": past | run(BIOFIX, *[5.0] * 10),
        "later": past | run(BIOFIX, *[5.0] * 10) | run(BIOFIX + timedelta(days=10), *[30.0] * 10),
    }

    found = [
        weather_news(
            warmth,
            biofix=BIOFIX,
            needed=400,
            told_on=BIOFIX - timedelta(days=1),
            today=BIOFIX + timedelta(days=9),
            own_sd=2.0,
        )
        for warmth in known.values()
    ]

    assert found[0] is not None
    assert found[0] == found[1]


def test_a_bloom_seen_after_the_word_moves_the_middle_by_precision() -> None:
    # 24 April + 175 days = 16 October, six days after the told middle of 10 October. Word: 5² = 25.
    # Bloom: ((180 - 170) / 2.563)² = 15.22. Weight 25 / 40.22 = 0.6216: 3.73 days later, sd² = 0.6216 · 15.22 = 9.46.
    news = bloom_news(
        bloom=date(2026, 4, 24),
        bloom_told_on=date(2026, 5, 1),
        low_days=170,
        high_days=180,
        middle=date(2026, 10, 10),
        told_on=date(2026, 3, 1),
        own_sd=2.0,
    )

    assert news == DateNews(pytest.approx(3.73, abs=0.01), pytest.approx(3.076, abs=0.001))


def test_dates_told_with_or_after_the_bloom_knew_of_it() -> None:
    for told_on in (date(2026, 5, 1), date(2026, 5, 9)):
        assert (
            bloom_news(
                bloom=date(2026, 4, 24),
                bloom_told_on=date(2026, 5, 1),
                low_days=170,
                high_days=180,
                middle=date(2026, 10, 10),
                told_on=told_on,
                own_sd=2.0,
            )
            is None
        )
