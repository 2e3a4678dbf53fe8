"""
Two people at the same shelf: what locks prevent, with the locks taken out as the control that shows the race.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from harvest_schedule.models import PickCall
from harvest_schedule.states import PickCallStatus
from logistics.models import Lot, LotDraw, Shipment, StockMovement
from logistics.selectors.stock import hub_stock, lot_balance_g
from logistics.services import picking, receiving, shipping
from logistics.services.picking import TooFewPacksInLot, line_draw_by_hand
from logistics.services.receiving import StoreFull
from logistics.services.shipping import TrackingNumberTaken, UnableToShip
from marketplace.cooperatives.models import Hub
from marketplace.order.states import LineStatus
from tests.factories import NOW
from tests.factories.harvests import PickCallFactory
from tests.factories.lots import Station

pytestmark = pytest.mark.django_db(transaction=True)


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run every work in a thread and a connection of its own, begun at once; return results and errors in order."""
    start = threading.Barrier(len(works))
    answers: list[Any] = [None] * len(works)

    def run(index: int) -> None:
        try:
            start.wait(timeout=20)
            answers[index] = works[index]()
        except Exception as error:
            answers[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


@contextmanager
def without_row_locks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read rows without locking them: the code as it would be had its author forgotten the locks."""
    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "select_for_update", lambda rows, **_options: rows.all())
        yield


@contextmanager
def meeting_before_write(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, parties: int) -> Iterator[None]:
    """Let the works meet between their reading and their writing, if nothing keeps them apart."""
    meeting = threading.Barrier(parties)
    write = getattr(module, name)

    def meet_then_write(*args: Any, **kwargs: Any) -> Any:
        try:
            meeting.wait(timeout=1.5)
        except threading.BrokenBarrierError:
            pass  # the other one waits for our lock: that is what a lock is for
        return write(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(module, name, meet_then_write)
        yield


def test_two_pickers_at_one_lot_never_take_more_than_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station()
    lot = station.receive(10)
    first, second = station.line(3), station.line(3)

    def take(line_id: int) -> Callable[[], Any]:
        return lambda: line_draw_by_hand(
            line_id=line_id, hub_id=station.hub.pk, packs_by_lot={lot.pk: 3}, at=NOW, actor=None
        )

    with meeting_before_write(monkeypatch, picking, "_write", 2):
        answers = together(take(first.pk), take(second.pk))

    # Four packs lie there: one takes three, the other is told that one is left.
    refusals = [answer for answer in answers if isinstance(answer, TooFewPacksInLot)]
    assert [(row.packs_wanted, row.packs_left) for row in refusals] == [(3, 1)]
    assert lot_balance_g(lot.pk) == 2_500
    assert sorted([first.__class__.objects.get(pk=row.pk).status for row in (first, second)]) == [
        LineStatus.DRAWN,
        LineStatus.PAID,
    ]


def test_without_the_lock_both_see_enough_and_only_the_database_stops_the_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: the race is real. The deferred trigger still holds, but as a raw error at commit."""
    station = Station()
    lot = station.receive(10)
    first, second = station.line(3), station.line(3)

    def take(line_id: int) -> Callable[[], Any]:
        return lambda: line_draw_by_hand(
            line_id=line_id, hub_id=station.hub.pk, packs_by_lot={lot.pk: 3}, at=NOW, actor=None
        )

    with without_row_locks(monkeypatch), meeting_before_write(monkeypatch, picking, "_write", 2):
        answers = together(take(first.pk), take(second.pk))

    # Committed at the same moment, not even the trigger sees the other's movement; otherwise it answers raw.
    raw = [answer for answer in answers if isinstance(answer, IntegrityError)]
    assert not [answer for answer in answers if isinstance(answer, TooFewPacksInLot)]
    assert raw or lot_balance_g(lot.pk) < 0


def test_without_lock_and_trigger_the_lot_is_overdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station()
    lot = station.receive(10)
    first, second = station.line(3), station.line(3)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE logistics_stockmovement DISABLE TRIGGER movement_stock_not_negative")

    def take(line_id: int) -> Callable[[], Any]:
        return lambda: line_draw_by_hand(
            line_id=line_id, hub_id=station.hub.pk, packs_by_lot={lot.pk: 3}, at=NOW, actor=None
        )

    with without_row_locks(monkeypatch), meeting_before_write(monkeypatch, picking, "_write", 2):
        together(take(first.pk), take(second.pk))

    assert lot_balance_g(lot.pk) == 10_000 - 2 * 7_500


def test_two_runs_of_the_draw_at_once_draw_every_line_once(monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station()
    lots = [station.receive(20), station.receive(20)]
    lines = [station.line(2) for _ in range(7)]

    with meeting_before_write(monkeypatch, picking, "_write", 2):
        answers = together(station.draw, station.draw)

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    drawn = Counter(LotDraw.objects.filter(undone_at=None).values_list("line_id", flat=True))
    assert set(drawn) == {line.pk for line in lines}
    assert sum(LotDraw.objects.values_list("packs", flat=True)) == 14
    assert [lot_balance_g(lot.pk) for lot in lots] == [0, 5_000]


def test_a_draw_locks_orders_then_lines_then_lots_each_in_key_order() -> None:
    station = Station()
    station.receive(20)
    station.order(2)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        station.draw()

    locking = [row["sql"] for row in queries if "FOR UPDATE" in row["sql"]]
    tables = [statement.split(' FROM "')[1].split('"')[0] for statement in locking]
    assert tables[:3] == ["order_order", "order_line", "logistics_lot"]
    assert all('.id" ASC' in sql.replace('"."', ".") or '"id" ASC' in sql for sql in locking[:3])


def test_one_receipt_sent_twice_at_once_is_one_lot() -> None:
    station = Station()
    call = PickCallFactory(harvest=station.harvests[0], grade=station.grade, status=PickCallStatus.ACCEPTED)

    def receive() -> Lot:
        return station.receive(100, key="receipt-once", pick_call_id=call.pk)

    first, second = together(receive, receive)

    assert first == second
    assert (Lot.objects.count(), StockMovement.objects.count()) == (1, 1)
    assert PickCall.objects.get().delivered_g == 100_000


def test_two_receipts_at_once_do_not_share_the_last_room(monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station()
    Hub.objects.update(ambient_capacity_g=150_000)

    with meeting_before_write(monkeypatch, receiving, "_number", 2):
        answers = together(lambda: station.receive(100), lambda: station.receive(100))

    assert [answer.free_g for answer in answers if isinstance(answer, StoreFull)] == [50_000]
    assert hub_stock(hub=station.hub)["AMBIENT"].held_g == 100_000


def test_without_the_lock_two_receipts_overfill_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station()
    Hub.objects.update(ambient_capacity_g=150_000)

    with without_row_locks(monkeypatch), meeting_before_write(monkeypatch, receiving, "_number", 2):
        together(lambda: station.receive(100), lambda: station.receive(100))

    assert hub_stock(hub=Hub.objects.get(pk=station.hub.pk))["AMBIENT"].held_g == 200_000


def test_receipts_of_two_stations_with_the_same_letters_at_once_get_two_numbers() -> None:
    stations = [Station(), Station()]

    lots = together(*[lambda station=station: station.receive(10) for station in stations])

    assert sorted(lot.number for lot in lots) == ["ZG261124-01", "ZG261124-02"]


def test_an_order_packed_twice_at_once_is_one_parcel() -> None:
    station = Station()
    station.receive(20)
    order = station.order(2)
    station.draw()

    answers = together(*[lambda: station.pack(order, key="pack-once-01")] * 2)

    assert answers[0] == answers[1]
    assert Shipment.objects.count() == 1


def two_parcels() -> tuple[Station, list[Shipment]]:
    """Two parcels of two lots, so that no lot's lock keeps them apart."""
    station = Station()
    orders = [station.order(2), station.order(2)]
    for _ in orders:
        station.receive(5)
    station.draw()
    return station, [station.pack(order) for order in orders]


def test_two_parcels_given_one_number_at_once_do_not_both_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    station, parcels = two_parcels()

    with meeting_before_write(monkeypatch, shipping, "move", 2):
        answers = together(*[lambda parcel=parcel: station.ship(parcel, "SF123456789012") for parcel in parcels])

    assert len([answer for answer in answers if isinstance(answer, Shipment)]) == 1
    assert [type(answer) for answer in answers if isinstance(answer, UnableToShip)] == [TrackingNumberTaken]
    assert Shipment.objects.filter(tracking_number="SF123456789012").count() == 1


def test_without_the_lock_the_second_parcel_meets_a_raw_database_error(monkeypatch: pytest.MonkeyPatch) -> None:
    station, parcels = two_parcels()
    monkeypatch.setattr(shipping, "name_lock", lambda _name: None)

    with meeting_before_write(monkeypatch, shipping, "move", 2):
        answers = together(*[lambda parcel=parcel: station.ship(parcel, "SF123456789012") for parcel in parcels])

    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [IntegrityError]
