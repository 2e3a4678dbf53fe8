"""Money, weights and dates as each language writes them."""

from datetime import UTC, date, datetime

import pytest

from marketplace.storefront import formats

ZH, EN = "zh-hans", "en"


def test_a_price_is_set_in_three_pieces():
    parts = formats.price_parts(3980)

    assert (parts.sign, parts.yuan, parts.cents) == ("¥", "39", ".80")


def test_a_large_price_is_grouped_and_keeps_its_cents():
    parts = formats.price_parts(3842005)

    assert (parts.yuan, parts.cents) == ("38,420", ".05")


def test_money_that_goes_back_carries_a_minus():
    assert formats.money(-50, ZH) == "-0.50 元"
    assert formats.money(-50, EN) == "-¥0.50"


@pytest.mark.parametrize(
    ("amount_fen", "zh", "en"),
    [(3980, "39.80 元", "¥39.80"), (0, "0.00 元", "¥0.00"), (123456789, "1,234,567.89 元", "¥1,234,567.89")],
)
def test_money_in_running_text(amount_fen, zh, en):
    assert formats.money(amount_fen, ZH) == zh
    assert formats.money(amount_fen, EN) == en


@pytest.mark.parametrize(
    ("amount_fen", "zh", "en"),
    [(2_400_000, "2.4 万元", "¥24,000"), (72_500_000, "72.5 万元", "¥725,000"), (999_900, "9,999 元", "¥9,999")],
)
def test_money_of_a_headline(amount_fen, zh, en):
    assert formats.money_short(amount_fen, ZH) == zh
    assert formats.money_short(amount_fen, EN) == en


def test_both_unit_prices_of_the_pictures():
    # 39.80 for 2.5 kg is 7.96 for 500 g and 15.92 for 1 kg
    assert formats.unit_prices(3980, 2500, ZH) == ("7.96 元/斤", "15.92 元/kg")
    assert formats.unit_prices(3980, 2500, EN) == ("¥15.92 per kg", "¥7.96 per jin (500 g)")


def test_a_unit_price_rounds_half_up():
    # 1.00 for 3 kg: 33.3 fen per kg; 1.01 for 2 kg: 50.5 fen per kg
    assert formats.unit_prices(100, 3000, ZH)[1] == "0.33 元/kg"
    assert formats.unit_prices(101, 2000, ZH)[1] == "0.51 元/kg"


def test_a_pack_without_weight_has_no_unit_price():
    with pytest.raises(ValueError, match="net weight"):
        formats.unit_prices(100, 0, ZH)


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [(0, "0", "0"), (9_999, "9,999", "9,999"), (12_000, "1.2万", "12,000"), (10_000, "1万", "10,000")],
)
def test_counts(number, zh, en):
    assert formats.count(number, ZH) == zh
    assert formats.count(number, EN) == en


def test_weights():
    assert formats.kilograms(2500) == "2.5 kg"
    assert formats.kilograms(1_240_000) == "1,240 kg"
    assert formats.jin(2500, ZH) == "5 斤"
    assert formats.jin(2500, EN) == "5 jin"
    assert formats.jin(250, ZH) == "0.5 斤"
    assert formats.weight(250) == "250 g"
    assert formats.weight(612_400) == "612.4 kg"
    assert formats.weight(14_200_000) == "14.2 t"


@pytest.mark.parametrize(
    ("show", "zh", "en"),
    [
        (formats.day, "11月26日", "26 Nov"),
        (formats.day_year, "2026年11月26日", "26 Nov 2026"),
        (formats.weekday, "周四", "Thu"),
        (formats.day_weekday, "11月26日 周四", "Thu 26 Nov"),
        (formats.day_long, "2026年11月26日 星期四", "Thursday 26 November 2026"),
    ],
)
def test_a_date_in_each_length(show, zh, en):
    on = date(2026, 11, 26)

    assert show(on, ZH) == zh
    assert show(on, EN) == en


@pytest.mark.parametrize(
    ("first", "last", "zh", "en"),
    [
        (date(2026, 11, 24), date(2026, 11, 25), "11月24–25日", "24–25 Nov"),
        (date(2026, 11, 24), date(2026, 12, 3), "11月24日–12月3日", "24 Nov – 3 Dec"),
        (date(2026, 12, 28), date(2027, 1, 3), "12月28日–1月3日", "28 Dec – 3 Jan"),
        (date(2026, 11, 24), date(2026, 11, 24), "11月24日", "24 Nov"),
        (date(2026, 11, 24), date(2027, 11, 25), "11月24日–11月25日", "24 Nov – 25 Nov"),
    ],
)
def test_ranges(first, last, zh, en):
    assert formats.day_range(first, last, ZH) == zh
    assert formats.day_range(first, last, EN) == en


def test_a_moment_is_read_in_shanghai():
    late_evening = datetime(2026, 11, 23, 22, 10, tzinfo=UTC)

    assert formats.moment(late_evening, ZH) == "11月24日 06:10"
    assert formats.moment(late_evening, EN) == "24 Nov 06:10"
    assert formats.day(late_evening, ZH) == "11月24日"


def test_no_language_is_the_sites_default_chinese():
    assert formats.is_zh(None)
    assert not formats.is_zh("en-gb")
