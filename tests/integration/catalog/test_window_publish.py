"""Publishing listing windows: idempotent by key, never below what is promised, refused where it makes no sense."""

from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.partner.bulk import PublishedRow, UnableToPublishWindow, WindowPlanRow, windows_publish
from catalog.partner.models import Partner, StockRecord
from marketplace.foundation.clock import shanghai
from tests.factories import NOW, TODAY, PartnerFactory, ProduceFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Partner:
    return PartnerFactory()


@pytest.fixture
def row() -> WindowPlanRow:
    return WindowPlanRow(
        key="zigui/W/2026-11-24",
        product_id=ProductFactory().pk,
        phase="FRESH",
        opens_at=shanghai(TODAY + timedelta(days=1), 8),
        closes_at=shanghai(TODAY + timedelta(days=8), 8),
        ships_from=TODAY + timedelta(days=1),
        ships_by=TODAY + timedelta(days=3),
        picked_from=TODAY,
        picked_to=TODAY + timedelta(days=1),
        dispatch_days=2,
        more_packs=40,
        price_fen=3980,
    )


def publish(seller: Partner, *rows: WindowPlanRow, products: tuple[int, ...] = ()) -> list[PublishedRow]:
    product_ids = [*products, *(row.product_id for row in rows)]
    return windows_publish(seller_id=seller.pk, product_ids=product_ids, rows=rows, at=NOW)


def test_publishing_twice_with_one_key_keeps_one_window(seller, row):
    publish(seller, row)

    publish(seller, row)

    window = StockRecord.objects.get()
    assert (window.num_in_stock, window.planned_cap, window.price_fen) == (40, 40, 3980)


def test_what_is_held_stays_and_what_the_plan_still_offers_comes_on_top(seller, row):
    publish(seller, row)
    StockRecord.objects.update(num_allocated=25)

    publish(seller, replace(row, more_packs=10))

    window = StockRecord.objects.get()
    # 25 held or sold, and 10 more that the plan offers
    assert (window.num_in_stock, window.num_allocated) == (35, 25)


def test_a_window_the_plan_no_longer_has_keeps_what_is_held_and_nothing_more(seller, row):
    publish(seller, row)
    StockRecord.objects.update(num_allocated=25)

    publish(seller, products=(row.product_id,))

    window = StockRecord.objects.get()
    assert (window.num_in_stock, window.planned_cap, window.num_allocated) == (25, 0, 25)


def test_a_later_plan_moves_dates_and_price_of_a_window_that_has_not_opened(seller, row):
    publish(seller, row)

    publish(seller, replace(row, price_fen=3380, ships_by=TODAY + timedelta(days=4)))

    window = StockRecord.objects.get()
    assert (window.price_fen, window.ships_by) == (3380, TODAY + timedelta(days=4))


def test_a_window_that_has_opened_keeps_its_price_and_its_opening(seller, row):
    opened = replace(row, opens_at=shanghai(TODAY - timedelta(days=1), 8))
    publish(seller, opened)

    publish(seller, replace(opened, price_fen=3380, opens_at=shanghai(TODAY, 8)))

    window = StockRecord.objects.get()
    assert (window.price_fen, window.opens_at) == (3980, opened.opens_at)


@pytest.mark.parametrize(
    "change",
    [
        {"phase": "OFF"},
        {"closes_at": shanghai(TODAY + timedelta(days=1), 8)},
        {"ships_by": TODAY},
        {"picked_to": TODAY - timedelta(days=1)},
        {"more_packs": -1},
        {"price_fen": 0},
        {"key": ""},
        {"key": "k" * 129},
    ],
    ids=lambda change: f"{next(iter(change))}",
)
def test_a_window_that_makes_no_sense_is_refused_and_nothing_is_written(seller, row, change):
    with pytest.raises(UnableToPublishWindow):
        publish(seller, row, replace(row, **{"key": "zigui/W/other", **change}))

    assert not StockRecord.objects.exists()


def test_a_key_of_another_product_is_refused(seller, row):
    publish(seller, row)

    with pytest.raises(UnableToPublishWindow):
        publish(seller, replace(row, product_id=ProductFactory().pk), products=(row.product_id,))

    assert StockRecord.objects.get().product_id == row.product_id


def test_medicine_and_protected_species_never_go_on_sale(seller, row):
    medicine = ProductFactory(produce=ProduceFactory(slug="xihe-pinellia", compliance_flags="TCM"))

    with pytest.raises(UnableToPublishWindow):
        publish(seller, replace(row, product_id=medicine.pk))

    assert not StockRecord.objects.exists()
