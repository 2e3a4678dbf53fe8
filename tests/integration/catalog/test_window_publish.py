"""Publishing listing windows: idempotent by key, never below what is promised."""

from datetime import timedelta
from typing import Any

import pytest

from catalog.partner.models import StockRecord
from catalog.partner.services import PublishedWindow, UnableToPublishWindow, window_publish
from marketplace.foundation.clock import shanghai
from tests.factories import TODAY, PartnerFactory, ProduceFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer() -> dict[str, Any]:
    return {
        "product": ProductFactory(),
        "seller": PartnerFactory(),
        "phase": "FRESH",
        "opens_at": shanghai(TODAY, 8),
        "closes_at": shanghai(TODAY + timedelta(days=7), 8),
        "ships_from": TODAY,
        "ships_by": TODAY + timedelta(days=2),
        "picked_from": TODAY,
        "picked_to": TODAY + timedelta(days=1),
        "planned_cap": 40,
        "price_fen": 3980,
        "key": "zigui/2026w48/fresh",
    }


def publish(offer: dict[str, Any], **changes: Any) -> PublishedWindow:
    return window_publish(**{**offer, **changes})


def test_publishing_twice_with_one_key_keeps_one_window(offer: dict[str, Any]) -> None:
    first = publish(offer)

    second = publish(offer)

    assert (first.is_new, second.is_new) == (True, False)
    assert StockRecord.objects.count() == 1
    assert (second.window.num_in_stock, second.window.price_fen, second.shortfall_packs) == (40, 3980, 0)


def test_a_cap_is_never_set_below_what_is_promised(offer: dict[str, Any]) -> None:
    window = publish(offer).window
    StockRecord.objects.filter(pk=window.pk).update(num_allocated=25)

    smaller = publish(offer, planned_cap=10)

    window.refresh_from_db()
    assert (window.num_in_stock, window.planned_cap, window.num_allocated) == (25, 10, 25)
    assert smaller.shortfall_packs == 15  # 25 promised less 10 planned


def test_a_later_plan_moves_dates_and_price(offer: dict[str, Any]) -> None:
    publish(offer)

    changed = publish(offer, price_fen=3380, ships_by=TODAY + timedelta(days=4)).window

    assert (changed.price_fen, changed.ships_by) == (3380, TODAY + timedelta(days=4))


@pytest.mark.parametrize(
    "change",
    [
        {"phase": "OFF"},
        {"closes_at": shanghai(TODAY, 8)},
        {"ships_by": TODAY - timedelta(days=1)},
        {"picked_to": TODAY - timedelta(days=1)},
        {"planned_cap": -1},
        {"price_fen": 0},
        {"key": ""},
    ],
)
def test_a_window_that_makes_no_sense_is_refused(offer: dict[str, Any], change: dict[str, Any]) -> None:
    with pytest.raises(UnableToPublishWindow):
        publish(offer, **change)

    assert not StockRecord.objects.exists()


def test_a_key_of_another_product_is_refused(offer: dict[str, Any]) -> None:
    publish(offer)

    with pytest.raises(UnableToPublishWindow):
        publish(offer, product=ProductFactory())

    assert StockRecord.objects.get().product_id == offer["product"].pk


def test_medicine_and_protected_species_never_go_on_sale(offer: dict[str, Any]) -> None:
    medicine = ProductFactory(produce=ProduceFactory(slug="xihe-pinellia", compliance_flags="TCM"))

    with pytest.raises(UnableToPublishWindow):
        publish(offer, product=medicine)

    assert not StockRecord.objects.exists()
