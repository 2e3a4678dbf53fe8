"""36 ten-day cells from windows, over the new year too."""

from datetime import date

import pytest

from marketplace.storefront.season_strip import (
    HARVEST,
    NUM_CELLS,
    STORED,
    SeasonWindow,
    cell_of,
    season_strip,
    season_words,
    spans,
    today_share,
)


def cells_of(strip, kind):
    return [index for index, cell in enumerate(strip.cells) if cell == kind]


@pytest.mark.parametrize(
    ("month", "day", "cell"),
    [(1, 1, 0), (1, 10, 0), (1, 11, 1), (1, 20, 1), (1, 21, 2), (1, 31, 2), (2, 29, 5), (12, 31, 35)],
)
def test_a_day_lies_in_its_ten_day_period(month, day, cell):
    assert cell_of(month, day) == cell


def test_a_window_covers_every_period_that_it_touches():
    strip = season_strip([SeasonWindow((9, 10), (10, 1))])

    # 9月上旬 to 10月上旬: a single day in a period counts
    assert cells_of(strip, HARVEST) == [24, 25, 26, 27]


def test_a_window_over_the_new_year_wraps():
    strip = season_strip([SeasonWindow((11, 15), (1, 28))])

    assert cells_of(strip, HARVEST) == [0, 1, 2, 31, 32, 33, 34, 35]


def test_a_window_that_ends_just_before_it_starts_is_the_whole_year():
    strip = season_strip([SeasonWindow((6, 5), (6, 3))])

    assert len(cells_of(strip, HARVEST)) == NUM_CELLS


def test_harvest_is_shown_where_store_and_harvest_meet():
    strip = season_strip([SeasonWindow((10, 21), (2, 8), STORED), SeasonWindow((10, 1), (10, 31), HARVEST)])

    assert cells_of(strip, HARVEST) == [27, 28, 29]
    assert cells_of(strip, STORED) == [0, 1, 2, 3, 30, 31, 32, 33, 34, 35]


def test_store_is_one_hatched_piece_and_the_pieces_fill_the_year():
    strip = season_strip([SeasonWindow((2, 1), (3, 25), STORED), SeasonWindow((11, 1), (1, 25))])

    assert [piece.length for piece in strip.pieces if piece.kind == STORED] == [6]
    assert sum(piece.length for piece in strip.pieces) == NUM_CELLS


def test_a_run_over_the_new_year_is_one_span():
    strip = season_strip([SeasonWindow((11, 15), (1, 28))])

    assert spans(strip.cells, HARVEST) == [(31, 2)]


def test_today_stands_in_its_cell_whatever_the_month_is_long():
    for on in (date(2026, 1, 1), date(2026, 2, 28), date(2028, 2, 29), date(2026, 11, 24), date(2026, 12, 31)):
        cell = today_share(on) * NUM_CELLS

        assert int(cell) == cell_of(on.month, on.day)


def test_the_strip_says_its_months_in_chinese():
    strip = season_strip([SeasonWindow((11, 1), (1, 25)), SeasonWindow((2, 1), (3, 25), STORED)], name="纽荷尔")

    assert season_words(strip, "zh-hans") == "纽荷尔：采收 11月上旬至次年1月下旬；冷库 2月上旬至3月下旬"


def test_the_strip_says_its_months_in_english():
    strip = season_strip([SeasonWindow((5, 1), (6, 5)), SeasonWindow((9, 1), (9, 8))])

    assert season_words(strip, "en") == "Harvest early May to early Jun, early Sep"


def test_a_strip_without_windows_says_so():
    assert season_words(season_strip([]), "en") == "Nothing in this year"
    assert season_words(season_strip([]), "zh-hans") == "全年无货"


def test_a_month_that_is_none_is_refused():
    with pytest.raises(ValueError, match="13-1"):
        SeasonWindow((13, 1), (1, 1))
