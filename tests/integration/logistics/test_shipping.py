"""A parcel's way: packed once, handed over under one number, signed for once, and the order follows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from catalog.partner.models import Phase
from logistics.models import Shipment, ShipmentLine, TrackingEvent
from logistics.services.shipping import (
    NothingToPack,
    TrackingNumberTaken,
    UnableToShip,
    shipment_deliver,
    tracking_record,
)
from logistics.services.stock import lot_hold, lot_release
from logistics.states import ShipmentStatus, TrackingState
from marketplace.foundation.models import OutboxMessage
from marketplace.foundation.outbox import outbox_sweep
from marketplace.order.models import Line, Order
from marketplace.order.states import LineStatus, OrderStatus
from tests.factories import NOW, WindowFactory
from tests.factories.harvests import UserFactory
from tests.factories.lots import CarrierFactory, Station, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def station() -> Station:
    station = Station()
    station.receive(100)
    return station


@pytest.fixture
def order(station: Station) -> Order:
    order = station.order(2)
    station.draw()
    return order


def state(order: Order) -> tuple[str, str]:
    return Order.objects.get(pk=order.pk).status, order.lines.get().status


def test_packing_puts_drawn_lines_into_one_parcel_once(station: Station, order: Order) -> None:
    parcel = station.pack(order, key="pack-once-01")

    assert station.pack(order, key="pack-once-01", at=later(hours=1)) == parcel
    assert (parcel.number, parcel.status, parcel.packed_at) == (f"{order.number}-1", ShipmentStatus.PACKED, NOW)
    assert [(row.line_id, row.quantity) for row in ShipmentLine.objects.all()] == [(order.lines.get().pk, 2)]
    assert state(order) == (OrderStatus.PREPARING, LineStatus.PACKED)
    assert TrackingEvent.objects.get().state == TrackingState.CREATED


def test_packing_again_with_another_key_finds_nothing_to_pack(station: Station, order: Order) -> None:
    station.pack(order)

    with pytest.raises(NothingToPack):
        station.pack(order)

    assert Shipment.objects.count() == 1


def test_the_key_of_another_orders_parcel_is_refused(station: Station, order: Order) -> None:
    station.pack(order, key="pack-once-01")
    other = station.order(1)
    station.draw()

    with pytest.raises(UnableToShip, match="another order"):
        station.pack(other, key="pack-once-01")

    assert state(other) == (OrderStatus.PREPARING, LineStatus.DRAWN)


def test_an_order_that_is_not_drawn_is_not_packed(station: Station) -> None:
    order = station.order(2)

    with pytest.raises(NothingToPack):
        station.pack(order)

    assert state(order) == (OrderStatus.PAID, LineStatus.PAID)


def test_another_station_finds_nothing_of_the_order_to_pack(station: Station, order: Order) -> None:
    with pytest.raises(NothingToPack):
        Station().pack(order)

    assert Shipment.objects.count() == 0


def test_a_line_that_leaves_later_gets_a_parcel_of_its_own(station: Station, order: Order) -> None:
    later_window = WindowFactory(product=station.product, partner=station.pool.seller, phase=Phase.STORED)
    line = order.lines.get()
    second = Line.objects.create(
        **{
            field.attname: getattr(line, field.attname)
            for field in Line._meta.concrete_fields
            if field.attname not in ("id", "stockrecord_id")
        }
        | {"stockrecord_id": later_window.pk, "status": LineStatus.PAID}
    )

    first_parcel = station.ship(station.pack(order))
    station.draw()
    second_parcel = station.ship(station.pack(order))

    assert (first_parcel.number, second_parcel.number) == (f"{order.number}-1", f"{order.number}-2")
    assert second_parcel.shipment_lines.get().line_id == second.pk
    assert Order.objects.get(pk=order.pk).status == OrderStatus.SHIPPED


def test_handing_over_moves_parcel_line_and_order_and_tells_the_buyer(station: Station, order: Order) -> None:
    order.user = UserFactory(email="chen@fenglu.example")
    order.save(update_fields=["user"])

    parcel = station.ship(station.pack(order), number=" ｓｆ 1234 5678 9012 ", at=later(hours=5))

    assert (parcel.status, parcel.tracking_number, parcel.carrier) == ("SHIPPED", "SF123456789012", station.carrier)
    assert parcel.shipped_at == later(hours=5)
    assert state(order) == (OrderStatus.SHIPPED, LineStatus.SHIPPED)
    event = TrackingEvent.objects.get(state=TrackingState.PICKED_UP)
    assert (event.text_zh, event.text_en) == (
        "已交给顺丰，运单号 SF123456789012",
        "Handed to SF Express, tracking number SF123456789012",
    )
    outbox_sweep(at=later(hours=5))
    (sent,) = mail.outbox
    assert sent.to == ["chen@fenglu.example"]
    assert "SF123456789012" in sent.body
    assert f"/orders/{order.number}/" in sent.body


def test_handing_over_again_changes_nothing_and_mails_once(station: Station, order: Order) -> None:
    parcel = station.pack(order)
    station.ship(parcel, number="SF123456789012")

    again = station.ship(parcel, number="SF123456789012", at=later(hours=1))

    assert again.shipped_at == NOW
    assert OutboxMessage.objects.filter(topic="mail.shipped").count() == 1


def test_a_parcel_that_left_does_not_get_another_number(station: Station, order: Order) -> None:
    parcel = station.ship(station.pack(order), number="SF123456789012")

    with pytest.raises(UnableToShip, match="another tracking number"):
        station.ship(parcel, number="SF999999999999")

    assert Shipment.objects.get().tracking_number == "SF123456789012"


@pytest.mark.parametrize("number", ["", "12345", "SF12345678901X", "SF1234567890123", "SF" + "1" * 60, "SF\x00"])
def test_a_number_that_is_not_the_carriers_is_refused(station: Station, order: Order, number: str) -> None:
    parcel = station.pack(order)

    with pytest.raises(UnableToShip) as refusal:
        station.ship(parcel, number=number or " ")

    assert refusal.value.field == "tracking_number"
    assert Shipment.objects.get().status == ShipmentStatus.PACKED
    assert state(order) == (OrderStatus.PREPARING, LineStatus.PACKED)


def test_two_parcels_never_share_a_number_of_one_carrier(station: Station, order: Order) -> None:
    first = station.ship(station.pack(order), number="SF123456789012")
    other_order = station.order(1)
    station.draw()
    parcel = station.pack(other_order)

    with pytest.raises(TrackingNumberTaken) as refusal:
        station.ship(parcel, number="SF123456789012")

    assert refusal.value.shipment == first
    assert state(other_order) == (OrderStatus.PREPARING, LineStatus.PACKED)
    station.carrier = CarrierFactory(code="post", name_zh="邮政", name_en="China Post", tracking_pattern=r"^SF[0-9]+$")
    assert station.ship(parcel, number="SF123456789012").carrier.code == "post"


def test_a_parcel_with_a_held_lot_stays_until_it_is_released(station: Station, order: Order) -> None:
    parcel = station.pack(order)
    lot = order.lines.get().draws.get().lot
    lot_hold(lot_id=lot.pk, reason="test", actor=station.packer, at=NOW)

    with pytest.raises(UnableToShip, match=lot.number):
        station.ship(parcel)
    assert state(order) == (OrderStatus.PREPARING, LineStatus.PACKED)

    lot_release(lot_id=lot.pk, reason="passed", actor=station.packer, at=NOW)
    assert station.ship(parcel).status == ShipmentStatus.SHIPPED


def test_a_signature_delivers_parcel_line_and_order_once(station: Station, order: Order) -> None:
    parcel = station.ship(station.pack(order))

    for days in (3, 4):
        delivered = shipment_deliver(shipment_id=parcel.pk, at=later(days=days), actor=station.packer)

    assert delivered.delivered_at == later(days=3)
    assert state(order) == (OrderStatus.DELIVERED, LineStatus.DELIVERED)
    assert Order.objects.get(pk=order.pk).delivered_at == later(days=3)
    assert TrackingEvent.objects.filter(state=TrackingState.DELIVERED).count() == 1


def test_nothing_arrives_before_it_has_left(station: Station, order: Order) -> None:
    parcel = station.pack(order)
    with pytest.raises(UnableToShip, match="not been handed"):
        shipment_deliver(shipment_id=parcel.pk, at=later(days=1), actor=station.packer)

    station.ship(parcel, at=later(days=1))
    with pytest.raises(UnableToShip, match="before it has left"):
        shipment_deliver(shipment_id=parcel.pk, at=NOW, actor=station.packer)

    assert state(order) == (OrderStatus.SHIPPED, LineStatus.SHIPPED)


def track(parcel: Shipment, state: str, **delta: int) -> None:
    tracking_record(
        shipment_id=parcel.pk,
        state=state,
        happened_at=later(**delta),
        text_zh="武汉分拨中心",
        text_en="Wuhan sorting centre",
        at=later(days=9),
    )


def test_a_carriers_events_may_come_twice_and_out_of_order(station: Station, order: Order) -> None:
    parcel = station.ship(station.pack(order))

    track(parcel, TrackingState.OUT_FOR_DELIVERY, days=3)
    track(parcel, TrackingState.IN_TRANSIT, days=1)
    track(parcel, TrackingState.IN_TRANSIT, days=1)
    track(parcel, TrackingState.DELIVERED, days=3, hours=2)
    track(parcel, TrackingState.EXCEPTION, days=2)

    events = [row.state for row in TrackingEvent.objects.order_by("at", "pk")]
    assert events == ["CREATED", "PICKED_UP", "IN_TRANSIT", "EXCEPTION", "OUT_FOR_DELIVERY", "DELIVERED"]
    parcel.refresh_from_db()
    assert (parcel.status, parcel.delivered_at) == (ShipmentStatus.DELIVERED, NOW + timedelta(days=3, hours=2))
