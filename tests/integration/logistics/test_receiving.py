"""A harvest becomes a lot: once per key, with its number, best-before and certificate, or not at all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from harvest_schedule.models import PickCall
from harvest_schedule.states import HarvestStatus, PickCallStatus
from logistics.life_days import keeps_days
from logistics.lot_numbers import place_letters
from logistics.models import Lot, StockMovement
from logistics.selectors.stock import hub_stock, lot_balance_g
from logistics.services.receiving import ReceiptKeyReused, StoreFull, UnableToReceive
from marketplace.cooperatives.models import Hub
from tests.factories import NOW, TODAY, GradeFactory, ProduceFactory
from tests.factories.harvests import HarvestFactory, PickCallFactory
from tests.factories.lots import Station, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def station() -> Station:
    return Station()


def test_a_receipt_becomes_a_lot_with_number_best_before_and_first_movement(station: Station) -> None:
    lot = station.receive(612, mode="COLD", certificate_number=" HGZ-1124 ")

    # Zigui, 24 November 2026, the first of the day; 90 days in the cold from the day of picking.
    assert lot.number == "ZG261124-01"
    assert (lot.best_before, lot.certificate_number) == (date(2027, 2, 22), "HGZ-1124")
    assert (lot.cooperative, lot.produce, lot.received_by) == (
        station.harvests[0].cooperative,
        station.pool.produce,
        station.packer,
    )
    movement = lot.movements.get()
    assert (movement.kind, movement.grams, movement.mode, movement.at) == ("RECEIPT", 612_000, "COLD", NOW)
    assert lot_balance_g(lot.pk) == 612_000
    assert hub_stock(hub=station.hub)["COLD"].held_g == 612_000


def test_lots_of_a_day_are_counted_and_the_next_day_begins_anew(station: Station) -> None:
    numbers = [station.receive().number for _ in range(3)]

    assert numbers == ["ZG261124-01", "ZG261124-02", "ZG261124-03"]
    assert station.receive(at=later(days=1)).number == "ZG261125-01"


def test_stations_in_counties_with_the_same_letters_share_one_count(station: Station) -> None:
    station.receive()

    assert Station().receive().number == "ZG261124-02"


def test_a_second_receipt_with_the_same_key_is_the_same_lot(station: Station) -> None:
    first = station.receive(100, key="receipt-once")

    again = station.receive(100, key="receipt-once", at=later(minutes=2))

    assert again == first
    assert (Lot.objects.count(), StockMovement.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "changes",
    [{"kg": 101}, {"mode": "COLD"}, {"certificate_number": "HGZ-OTHER"}, {"picked_on": TODAY - timedelta(days=1)}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_second_receipt_with_the_same_key_and_other_figures_is_refused(
    station: Station, changes: dict[str, Any]
) -> None:
    first = station.receive(100, key="receipt-once")

    with pytest.raises(ReceiptKeyReused, match=first.number) as refusal:
        station.receive(**{"kg": 100, "key": "receipt-once", **changes})

    assert refusal.value.lot == first
    assert Lot.objects.get().received_g == 100_000


def test_the_same_receipt_again_is_the_same_lot_even_after_the_lot_was_moved(station: Station) -> None:
    first = station.receive(100, key="receipt-once")
    StockMovement.objects.create(lot=first, kind="RELOCATION", grams=-100_000, mode="AMBIENT", at=NOW, key="out")
    StockMovement.objects.create(lot=first, kind="RELOCATION", grams=100_000, mode="COLD", at=NOW, key="in")
    Lot.objects.filter(pk=first.pk).update(mode="COLD")

    assert station.receive(100, key="receipt-once") == first


def refused(station: Station, field: str, message: str, **changes: Any) -> UnableToReceive:
    before = Lot.objects.count()
    with pytest.raises(UnableToReceive, match=message) as refusal:
        station.receive(**changes)
    assert refusal.value.field == field
    assert Lot.objects.count() == before
    return refusal.value


def test_fruit_without_its_certificate_is_not_received(station: Station) -> None:
    refused(station, "certificate_number", "only be received with its certificate", certificate_number=" ")


def test_produce_outside_the_certificate_rule_needs_none(station: Station) -> None:
    type(station.pool.produce).objects.filter(pk=station.pool.produce.pk).update(compliance_flags="")

    assert station.receive(certificate_number="").certificate_number == ""


def test_a_certificate_of_another_cooperatives_lot_is_refused() -> None:
    station = Station(12_000, 8_000)
    station.receive(certificate_number="HGZ-1")

    refused(station, "certificate_number", "another cooperative", harvest=1, certificate_number="HGZ-1")
    # One batch sorted into two lots keeps its certificate.
    assert station.receive(certificate_number="HGZ-1").certificate_number == "HGZ-1"


@pytest.mark.parametrize("number", ["x" * 61, "HGZ\x00", "HGZ\n1"], ids=["long", "nul", "newline"])
def test_an_unusable_certificate_number_is_refused(station: Station, number: str) -> None:
    refused(station, "certificate_number", "60", certificate_number=number)


def test_tomorrow_cannot_have_been_picked(station: Station) -> None:
    refused(station, "picked_on", "future", picked_on=TODAY + timedelta(days=1))


def test_picking_long_before_the_harvest_is_a_wrong_date(station: Station) -> None:
    # The harvest begins seven days ago; a fortnight before that is the limit.
    refused(station, "picked_on", "harvest begins", picked_on=TODAY - timedelta(days=22))
    assert station.receive(picked_on=TODAY - timedelta(days=21)).picked_on == TODAY - timedelta(days=21)


def test_fruit_that_is_past_its_life_is_not_received() -> None:
    station = Station()
    type(station.pool.produce).objects.filter(pk=station.pool.produce.pk).update(storage_days_ambient=3)

    refused(station, "picked_on", "kept until", picked_on=TODAY - timedelta(days=4))


@pytest.mark.parametrize("kg", [0, -5])
def test_a_receipt_weighs_something(station: Station, kg: int) -> None:
    refused(station, "grams", "more than zero", kg=kg)


def test_no_lorry_carries_fifty_tonnes(station: Station) -> None:
    refused(station, "grams", "49,000 kg", kg=49_001)


def test_three_times_the_highest_expectation_is_a_slip_of_the_finger(station: Station) -> None:
    Hub.objects.update(ambient_capacity_g=10**9)
    # The harvest expects 18 t at most, so 54 t in all.
    station.receive(40_000)

    refused(station, "grams", "54,001 kg", kg=14_001)


def test_a_full_store_names_the_room_that_is_left(station: Station) -> None:
    Hub.objects.update(cold_capacity_g=1_000_000)
    station.receive(700, mode="COLD")

    refusal = refused(station, "grams", "300 kg", kg=301, mode="COLD")

    assert isinstance(refusal, StoreFull)
    assert refusal.free_g == 300_000
    assert hub_stock(hub=station.hub)["COLD"].held_g == 700_000
    assert station.receive(300, mode="COLD").received_g == 300_000


def test_a_store_that_does_not_exist_or_does_not_suit_is_refused(station: Station) -> None:
    refused(station, "mode", "ambient or the cold", mode="WARM")
    type(station.pool.produce).objects.filter(pk=station.pool.produce.pk).update(storage_days_cold=None)

    refused(station, "mode", "not kept", mode="COLD")


def test_a_withdrawn_harvest_brings_nothing(station: Station) -> None:
    type(station.harvests[0]).objects.update(status=HarvestStatus.WITHDRAWN)

    refused(station, "harvest", "withdrawn")


def test_a_cooperative_of_another_station_delivers_there(station: Station) -> None:
    stranger = HarvestFactory(produce=station.pool.produce)

    refused(station, "harvest", "does not deliver", harvest_id=stranger.pk)


def test_a_grade_of_another_produce_is_refused(station: Station) -> None:
    refused(station, "grade", "another produce", grade_id=GradeFactory().pk)


def test_a_form_without_a_key_is_refused(station: Station) -> None:
    refused(station, "key", "key", key="")


def test_receiving_for_a_pick_call_counts_towards_it_and_fulfils_it(station: Station) -> None:
    call = PickCallFactory(harvest=station.harvests[0], grade=station.grade, status=PickCallStatus.ACCEPTED)

    station.receive(200, pick_call_id=call.pk)
    call.refresh_from_db()
    assert (call.delivered_g, call.status) == (200_000, PickCallStatus.ACCEPTED)

    station.receive(300, pick_call_id=call.pk)
    call.refresh_from_db()
    assert (call.delivered_g, call.status) == (500_000, PickCallStatus.FULFILLED)
    assert [lot.pick_call_id for lot in Lot.objects.order_by("pk")] == [call.pk, call.pk]


def test_the_same_receipt_counts_towards_its_call_once(station: Station) -> None:
    call = PickCallFactory(harvest=station.harvests[0], grade=station.grade, status=PickCallStatus.ACCEPTED)
    for _ in range(2):
        station.receive(200, pick_call_id=call.pk, key="receipt-once")

    assert PickCall.objects.get().delivered_g == 200_000


def test_a_pick_call_for_another_grade_is_not_credited(station: Station) -> None:
    call = PickCallFactory(
        harvest=station.harvests[0], grade=GradeFactory(produce=station.pool.produce, code="B"), pick_on=TODAY
    )

    refused(station, "pick_call", "another harvest or grade", pick_call_id=call.pk)
    assert PickCall.objects.get().delivered_g == 0


@pytest.mark.parametrize(
    ("ambient", "cold", "expected"),
    [(30, 90, (30, 90)), (365, None, (365, None)), (0, 365, (None, 365)), (None, None, (3650, None))],
    ids=["fruit", "dried", "frozen", "dark tea"],
)
def test_what_produce_keeps_in_each_store_comes_from_its_facts(
    ambient: int | None, cold: int | None, expected: tuple[int | None, int | None]
) -> None:
    produce = ProduceFactory.build(storage_days_ambient=ambient, storage_days_cold=cold, region=None)

    assert (keeps_days(produce, "AMBIENT"), keeps_days(produce, "COLD")) == expected


@pytest.mark.parametrize(
    ("county", "letters"),
    [
        ("Zigui", "ZG"),
        ("Jingning County", "JN"),
        ("Yongdeng County", "YD"),
        ("Hengshan", "HS"),
        ("Lingao", "LG"),
        ("Shangri-La", "SRL"),
        ("Lüchun County", "LC"),
        ("Fengjie", "FJ"),
        ("", "FL"),
    ],
)
def test_a_lots_letters_are_those_of_its_countys_syllables(county: str, letters: str) -> None:
    assert place_letters(county) == letters
