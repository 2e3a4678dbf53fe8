"""Lots in the store: sums over append-only movements, write-offs, counts, holds, recalls and moves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from harvest_schedule.on_hand import on_hand
from logistics.models import Lot, StockMovement
from logistics.selectors.stock import hub_stock, lot_balance_g, lots_in_store
from logistics.services.stock import (
    NotThatMuchInLot,
    UnableToChangeStock,
    lot_adjust,
    lot_hold,
    lot_recall,
    lot_release,
    lot_relocate,
    lot_spoil,
)
from logistics.states import LotStatus
from marketplace.cooperatives.models import Hub
from marketplace.foundation.models import StatusChange
from tests.factories import NOW, TODAY
from tests.factories.lots import Station, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def station() -> Station:
    return Station()


@pytest.fixture
def lot(station: Station) -> Lot:
    return station.receive(100)


def test_a_write_off_takes_grams_away_once_per_key(station: Station, lot: Lot) -> None:
    for _ in range(2):
        lot_spoil(lot_id=lot.pk, grams=4_000, reason="mould", key="spoil-001", actor=station.packer, at=NOW)

    assert lot_balance_g(lot.pk) == 96_000
    movement = StockMovement.objects.get(kind="SPOILAGE")
    assert (movement.grams, movement.reason, movement.actor_id) == (-4_000, "mould", station.packer.pk)


def test_more_than_is_left_cannot_be_written_off(station: Station, lot: Lot) -> None:
    with pytest.raises(NotThatMuchInLot) as refusal:
        lot_spoil(lot_id=lot.pk, grams=100_001, reason="mould", key="spoil-001", actor=station.packer, at=NOW)

    assert refusal.value.left_g == 100_000
    assert lot_balance_g(lot.pk) == 100_000


def test_a_write_off_needs_grams_a_reason_and_a_fresh_key(station: Station, lot: Lot) -> None:
    def spoil(grams: int, reason: str, key: str) -> None:
        lot_spoil(lot_id=lot.pk, grams=grams, reason=reason, key=key, actor=station.packer, at=NOW)

    spoil(1_000, "mould", "spoil-001")
    for grams, reason, key, field in [
        (0, "mould", "spoil-002", "grams"),
        (-5, "mould", "spoil-003", "grams"),
        (5, "  ", "spoil-004", "reason"),
        (5, "m" * 201, "spoil-005", "reason"),
        (2_000, "mould", "spoil-001", "key"),
    ]:
        with pytest.raises(UnableToChangeStock) as refusal:
            spoil(grams, reason, key)
        assert refusal.value.field == field

    assert lot_balance_g(lot.pk) == 99_000


def test_counting_brings_the_books_to_what_is_there(station: Station, lot: Lot) -> None:
    for _ in range(2):
        lot_adjust(lot_id=lot.pk, counted_g=98_500, reason="count", key="count-001", actor=station.packer, at=NOW)

    assert lot_balance_g(lot.pk) == 98_500
    assert StockMovement.objects.get(kind="ADJUSTMENT").grams == -1_500


def test_counting_what_the_books_say_writes_nothing(station: Station, lot: Lot) -> None:
    count = lot_adjust(lot_id=lot.pk, counted_g=100_000, reason="count", key="count-001", actor=None, at=NOW)

    assert count is None
    assert StockMovement.objects.count() == 1


def test_a_lot_is_never_counted_above_what_came_less_what_was_drawn(station: Station, lot: Lot) -> None:
    station.order(4)
    station.draw()
    lot_spoil(lot_id=lot.pk, grams=5_000, reason="mould", key="spoil-001", actor=None, at=NOW)

    with pytest.raises(UnableToChangeStock, match="90 kg"):
        lot_adjust(lot_id=lot.pk, counted_g=90_001, reason="count", key="count-001", actor=None, at=NOW)
    # What was taken for spoilt may turn up again.
    lot_adjust(lot_id=lot.pk, counted_g=90_000, reason="count", key="count-002", actor=None, at=NOW)

    assert lot_balance_g(lot.pk) == 90_000


def test_a_hold_is_recorded_and_can_be_taken_back(station: Station, lot: Lot) -> None:
    for _ in range(2):
        lot_hold(lot_id=lot.pk, reason="residue test", actor=station.packer, at=NOW)
    assert Lot.objects.get().status == LotStatus.HELD

    lot_release(lot_id=lot.pk, reason="passed", actor=station.packer, at=NOW)

    assert Lot.objects.get().status == LotStatus.AVAILABLE
    changes = StatusChange.objects.filter(subject_id=lot.pk, subject_type="logistics.Lot").order_by("pk")
    assert [(row.to_status, row.reason) for row in changes] == [("HELD", "residue test"), ("AVAILABLE", "passed")]


def test_a_recalled_lot_stays_recalled(station: Station, lot: Lot) -> None:
    lot_recall(lot_id=lot.pk, reason="residue", actor=station.packer, at=NOW)

    for change in (lot_release, lot_hold):
        with pytest.raises(UnableToChangeStock):
            change(lot_id=lot.pk, reason="please", actor=station.packer, at=NOW)

    assert Lot.objects.get().status == LotStatus.RECALLED


def test_moving_to_the_cold_store_keeps_the_share_of_life_that_is_left(station: Station, lot: Lot) -> None:
    # Ten of thirty days used, so two thirds of ninety are left: 24 November + 10 + 60 days.
    for _ in range(2):
        lot_relocate(lot_id=lot.pk, mode="COLD", key="move-001", actor=station.packer, at=later(days=10))

    moved = Lot.objects.get()
    assert (moved.mode, moved.best_before) == ("COLD", date(2027, 2, 2))
    stores = hub_stock(hub=station.hub)
    assert (stores["AMBIENT"].held_g, stores["COLD"].held_g) == (0, 100_000)
    assert lot_balance_g(lot.pk) == 100_000


def test_moving_there_and_back_remembers_every_stay(station: Station, lot: Lot) -> None:
    # A third of life in ten ambient days, then 30 of 90 cold days: a third left, ten ambient days.
    lot_relocate(lot_id=lot.pk, mode="COLD", key="move-001", actor=None, at=later(days=10))
    lot_relocate(lot_id=lot.pk, mode="AMBIENT", key="move-002", actor=None, at=later(days=40))

    assert Lot.objects.get().best_before == TODAY + timedelta(days=50)


def test_only_what_is_left_moves(station: Station, lot: Lot) -> None:
    station.order(4)
    station.draw()

    lot_relocate(lot_id=lot.pk, mode="COLD", key="move-001", actor=None, at=later(days=1))

    assert hub_stock(hub=station.hub)["COLD"].held_g == 90_000


def test_a_lot_does_not_move_into_a_full_or_wrong_store_or_when_its_life_is_over(station: Station, lot: Lot) -> None:
    def refused(message: str, mode: str = "COLD", days: int = 1) -> None:
        with pytest.raises(UnableToChangeStock, match=message):
            lot_relocate(lot_id=lot.pk, mode=mode, key="move-001", actor=None, at=later(days=days))

    refused("Choose the ambient or the cold store", mode="WARM")
    refused("past its best-before", days=31)
    Hub.objects.update(cold_capacity_g=99_999)
    refused("99.999 kg")
    type(station.pool.produce).objects.update(storage_days_cold=None)
    refused("not kept in that store")

    assert Lot.objects.get().mode == "AMBIENT"
    assert StockMovement.objects.count() == 1


def test_an_empty_lot_does_not_move(station: Station, lot: Lot) -> None:
    lot_spoil(lot_id=lot.pk, grams=100_000, reason="mould", key="spoil-001", actor=None, at=NOW)

    with pytest.raises(UnableToChangeStock):
        lot_relocate(lot_id=lot.pk, mode="COLD", key="move-001", actor=None, at=NOW)


def test_the_planner_sees_what_can_still_be_sold_and_nothing_else(station: Station, lot: Lot) -> None:
    held, expired, empty = station.receive(10), station.receive(20), station.receive(30)
    lot_hold(lot_id=held.pk, reason="test", actor=None, at=NOW)
    Lot.objects.filter(pk=expired.pk).update(best_before=TODAY - timedelta(days=1), picked_on=TODAY - timedelta(days=9))
    lot_spoil(lot_id=empty.pk, grams=30_000, reason="frost", key="spoil-001", actor=None, at=NOW)
    station.order(4)
    station.draw()

    (row,) = on_hand(station.hub.pk, station.pool.produce_id, NOW)

    assert (row.grade_id, row.mode, row.picked_on, row.best_before, row.grams) == (
        station.grade.pk,
        "AMBIENT",
        TODAY,
        TODAY + timedelta(days=30),
        90_000,
    )


def test_the_store_lists_what_is_left_first_expiry_first(station: Station) -> None:
    cold, ambient, empty = station.receive(10, mode="COLD"), station.receive(20), station.receive(30)
    lot_spoil(lot_id=empty.pk, grams=30_000, reason="frost", key="spoil-001", actor=None, at=NOW)

    assert [(row.pk, row.held_g) for row in lots_in_store(hub_id=station.hub.pk)] == [
        (ambient.pk, 20_000),
        (cold.pk, 10_000),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE logistics_stockmovement SET grams = 1",
        "DELETE FROM logistics_stockmovement",
        "TRUNCATE logistics_stockmovement CASCADE",
    ],
    ids=["update", "delete", "truncate"],
)
def test_the_database_refuses_to_change_a_movement(lot: Lot, statement: str) -> None:
    # What hangs on deferred checks is settled first, so that TRUNCATE meets our trigger and no other.
    sql("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(DatabaseError, match="append-only"):
        sql(statement)

    assert StockMovement.objects.get().grams == 100_000


def test_the_database_refuses_a_lot_below_nothing_whoever_writes(lot: Lot) -> None:
    sql("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(DatabaseError, match="would hold -1 g"), transaction.atomic():
        StockMovement.objects.create(lot=lot, kind="PICK", grams=-100_001, mode="AMBIENT", at=NOW, key="raw")

    assert lot_balance_g(lot.pk) == 100_000


def sql(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
