"""The almanac's clock: solar terms, ten-day periods, lunar dates."""

from datetime import date, timedelta

import pytest

from marketplace.storefront.almanac import TERMS_EN, almanac_day


def test_the_day_of_the_pictures_is_the_third_of_minor_snow():
    day = almanac_day(date(2026, 11, 24))

    assert (day.term.name_zh, day.term.name_en, day.day_in_term) == ("小雪", "Minor Snow", 3)
    assert (day.next_term.name_zh, day.next_term.name_en, day.days_to_next) == ("大雪", "Major Snow", 13)
    assert (day.following_term.name_zh, day.following_term.begins_on) == ("冬至", date(2026, 12, 22))
    assert day.period_name("zh-hans") == "11月下旬"
    assert day.period_name("en") == "late Nov"


def test_the_lunar_date_reads_in_both_languages():
    day = almanac_day(date(2026, 11, 24))

    assert day.lunar("zh-hans") == "农历十月十六"
    assert day.lunar("en") == "day 16 of the 10th lunar month"


def test_spring_festival_is_the_first_day_of_the_lunar_year():
    # 2027-02-06 is Spring Festival (国务院办公厅's holiday notice names the date)
    assert almanac_day(date(2027, 2, 6)).lunar("zh-hans") == "农历正月初一"


def test_a_leap_month_is_named():
    # 2025 had a leap sixth month from 25 July
    day = almanac_day(date(2025, 7, 25))

    assert day.lunar("zh-hans") == "农历闰六月初一"
    assert day.lunar("en") == "day 1 of the leap 6th lunar month"


def test_the_line_under_the_term_reads_in_both_languages():
    day = almanac_day(date(2026, 11, 24))

    assert day.term_line("zh-hans") == "小雪第 3 天·距大雪 13 天"
    assert day.term_line("en") == "third day of Minor Snow 小雪, 13 days to Major Snow"


@pytest.mark.parametrize(
    ("on", "term"),
    [
        (date(2026, 12, 7), "大雪"),  # the day a term begins is its first, whatever the hour
        (date(2026, 12, 6), "小雪"),
        (date(2026, 12, 22), "冬至"),
        (date(2027, 1, 1), "冬至"),
        (date(2027, 2, 4), "立春"),
    ],
)
def test_a_term_owns_its_first_day(on, term):
    assert almanac_day(on).term.name_zh == term


def test_every_day_of_three_years_has_a_term_that_follows_the_last():
    on, seen, before = date(2026, 1, 1), set(), None
    while on < date(2029, 1, 1):
        day = almanac_day.__wrapped__(on)
        seen.add(day.term.name_zh)

        assert 1 <= day.day_in_term <= 16
        assert 1 <= day.days_to_next <= 16
        assert before is None or day.term in {before.term, before.next_term}
        before, on = day, on + timedelta(days=1)

    assert seen == set(TERMS_EN)
