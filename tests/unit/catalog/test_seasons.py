"""The year of a produce as the strips draw it."""

from datetime import date

from catalog.models import HarvestWindow, Produce
from marketplace.storefront.festival import last_dispatch_before_festival
from marketplace.storefront.season_strip import HARVEST, NOTHING, STORED
from marketplace.storefront.seasons import is_picked_on, next_harvest, produce_strip

WINTER = HarvestWindow(start_month=11, start_day=5, end_month=1, end_day=31)
SPRING = HarvestWindow(start_month=3, start_day=1, end_month=6, end_day=10)


def test_a_harvest_over_the_new_year_is_drawn_at_both_ends_and_stored_after() -> None:
    orange = Produce(product_form="fresh", storage_days_ambient=30, storage_days_cold=90)

    cells = produce_strip(orange, [WINTER], None).cells

    assert cells[:3] == (HARVEST,) * 3  # January
    assert cells[30:] == (HARVEST,) * 6  # November and December
    assert cells[3:12] == (STORED,) * 9  # February to April: 31 January and 90 days is 1 May
    assert cells[13] == NOTHING


def test_soft_fruit_is_not_drawn_as_stored() -> None:
    plum = Produce(product_form="fresh", storage_days_ambient=4, storage_days_cold=25)

    cells = produce_strip(plum, [HarvestWindow(start_month=6, start_day=20, end_month=8, end_day=5)], None).cells

    assert STORED not in cells


def test_tea_that_keeps_for_years_is_in_store_all_year() -> None:
    tea = Produce(product_form="processed")

    cells = produce_strip(tea, [HarvestWindow(start_month=4, start_day=20, end_month=6, end_day=30)], None).cells

    assert NOTHING not in cells


def test_picking_is_judged_with_both_ends_and_over_the_new_year() -> None:
    assert is_picked_on([WINTER], date(2026, 11, 5))
    assert is_picked_on([WINTER], date(2027, 1, 31))
    assert not is_picked_on([WINTER], date(2027, 2, 1))
    assert not is_picked_on([WINTER], date(2026, 11, 4))


def test_the_next_harvest_is_the_first_start_after_the_day() -> None:
    assert next_harvest([WINTER, SPRING], date(2026, 11, 24)) == date(2027, 3, 1)
    assert next_harvest([WINTER], date(2026, 11, 5)) == date(2027, 11, 5)
    assert next_harvest([], date(2026, 11, 5)) is None


def test_the_last_dispatch_before_the_festival_is_shown_while_it_is_near() -> None:
    # 腊月二十 before the new year of 6 February 2027 (market_rules.md section 18)
    assert last_dispatch_before_festival(date(2026, 11, 24)) == date(2027, 1, 27)
    assert last_dispatch_before_festival(date(2026, 9, 1)) is None
    assert last_dispatch_before_festival(date(2027, 1, 28)) is None
