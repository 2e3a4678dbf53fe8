"""What the field, the stores and the buyers say, and whether it asks for a plan before the night."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from catalog.partner.models import Phase, StockRecord
from harvest_schedule.models import PickCall, PlanRequest
from harvest_schedule.services.plans import plan_season
from harvest_schedule.services.replan_events import sales_ahead_g, sales_check
from harvest_schedule.services.replanning import nightly_request
from harvest_schedule.states import PickCallStatus, ReplanReason
from logistics.services.stock import lot_adjust, lot_hold, lot_recall, lot_release, lot_spoil
from marketplace.cooperatives.models import SupplyPool
from marketplace.foundation.clock import shanghai
from marketplace.foundation.outbox import outbox_sweep
from tests.factories import NOW, TODAY, SupplyPoolFactory
from tests.factories.harvests import KG, PickCallFactory, Village
from tests.factories.lots import Station

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def reasons(at: datetime = NOW) -> list[str]:
    """Deliver what was said, and return why plans are asked for, in order."""
    outbox_sweep(at=at)
    return list(PlanRequest.objects.order_by("pk").values_list("reason", flat=True))


# --- the stores -------------------------------------------------------------------------------------------------------


def call_for(station: Station, kg: int) -> PickCall:
    return PickCallFactory(harvest=station.harvests[0], grade=station.grade, asked_g=kg * KG)


def test_what_was_called_for_and_a_little_more_waits_for_the_night() -> None:
    station = Station()
    call = call_for(station, 1000)

    station.receive(1090, pick_call_id=call.pk)

    assert reasons() == []


def test_more_than_a_tenth_above_what_was_called_for_asks_for_a_plan_of_that_pool() -> None:
    station, _elsewhere = Station(), Village(100)
    call = call_for(station, 1000)

    station.receive(700, pick_call_id=call.pk)
    assert reasons() == []
    station.receive(450, pick_call_id=call.pk)

    assert reasons() == [ReplanReason.RECEIPT]
    assert PlanRequest.objects.get().pool == station.pool


@pytest.mark.parametrize(("kg", "asked"), [(50, []), (51, [ReplanReason.RECEIPT])])
def test_what_nobody_called_for_asks_from_fifty_kilograms_on(kg: int, asked: list[str]) -> None:
    Station().receive(kg)

    assert reasons() == asked


@pytest.mark.parametrize(("kg", "asked"), [(19, []), (20, [ReplanReason.STOCK])])
def test_goods_written_off_ask_from_twenty_kilograms_on(kg: int, asked: list[str]) -> None:
    station = Station()
    lot = station.receive(40)

    lot_spoil(lot_id=lot.pk, grams=kg * KG, reason="mould", key="mould", actor=station.packer, at=NOW)

    assert reasons() == asked


def test_a_lot_counted_anew_held_released_and_recalled_asks_each_time_the_last_plan_knew_otherwise() -> None:
    station = Station()
    lot = station.receive(45)
    options = {"lot_id": lot.pk, "actor": station.packer}
    moment = NOW

    def served() -> list[str]:
        """What was asked for since, with its requests answered, so that the next is not one with them."""
        asked = reasons(moment)
        PlanRequest.objects.update(taken_at=moment, done_at=moment)
        return asked

    lot_adjust(counted_g=22 * KG, reason="count", key="count", at=moment, **options)
    assert len(served()) == 1
    for number, change in enumerate((lot_hold, lot_release, lot_recall), start=2):
        moment += 20 * MINUTE
        change(reason="a doubt", at=moment, **options)
        assert len(served()) == number
    assert set(reasons(moment)) == {ReplanReason.STOCK}


def test_many_small_changes_of_a_morning_ask_once_and_none_is_lost() -> None:
    station = Station()
    lots = [station.receive(45) for _ in range(5)]

    for minute, lot in enumerate(lots):
        at = NOW + minute * MINUTE
        lot_spoil(lot_id=lot.pk, grams=30 * KG, reason="frost", key=f"f{minute}", actor=station.packer, at=at)
        outbox_sweep(at=at)
    assert PlanRequest.objects.count() == 1
    PlanRequest.objects.update(taken_at=NOW, done_at=NOW)
    late = station.receive(45)
    at = NOW + 6 * MINUTE
    lot_spoil(lot_id=late.pk, grams=30 * KG, reason="frost", key="late", actor=station.packer, at=at)
    outbox_sweep(at=at)

    assert PlanRequest.objects.get(done_at=None).due_at == NOW + 15 * MINUTE


# --- the calls and the buyers -----------------------------------------------------------------------------------------


def test_what_was_called_for_yesterday_and_did_not_come_asks_today() -> None:
    station = Station()
    call = call_for(station, 1000)
    PickCall.objects.filter(pk=call.pk).update(
        pick_on=TODAY - timedelta(days=1), status=PickCallStatus.ACCEPTED, delivered_g=900 * KG
    )
    assert sales_check(at=NOW) == 0
    PickCall.objects.filter(pk=call.pk).update(delivered_g=899 * KG)

    assert sales_check(at=NOW) == 1
    assert sales_check(at=NOW + timedelta(hours=1)) == 1

    assert reasons() == [ReplanReason.RECEIPT]


def open_window(village: Village, at: datetime) -> StockRecord:
    """The week's window of the plan in force."""
    windows = StockRecord.objects.filter(product=village.product, plan_windows__isnull=False, phase=Phase.FRESH)
    return windows.get(opens_at__lte=at, closes_at__gt=at)


def test_sales_in_step_with_the_plan_ask_for_nothing_and_much_faster_or_slower_ones_do() -> None:
    village = Village(7000, 7000)
    village.window.delete()
    plan_season(pool_id=village.pool.pk, at=NOW)
    middle = shanghai(TODAY - timedelta(days=TODAY.weekday()), 8) + timedelta(days=3, hours=12)
    window = open_window(village, middle)
    cap, pack_g = window.planned_cap, window.product.net_weight_g
    assert cap * pack_g > 200 * KG

    def sold(packs: int) -> int:
        StockRecord.objects.filter(pk=window.pk).update(num_allocated=packs)
        return sales_ahead_g(middle)[village.pool.pk]

    assert sold(cap // 2) == 0
    assert sold(round(cap * 0.74)) == 0
    assert sold(round(cap * 0.27)) == 0
    assert sold(cap) == pytest.approx(cap * pack_g * 0.5, rel=0.01)
    assert sold(0) == pytest.approx(-cap * pack_g * 0.5, rel=0.01)

    for hour in range(3):
        assert sales_check(at=middle + timedelta(hours=hour)) == 1
    assert reasons() == [ReplanReason.SALES]


def test_a_window_that_is_hardly_open_says_nothing_by_having_no_buyers() -> None:
    village = Village(7000, 7000)
    plan_season(pool_id=village.pool.pk, at=NOW)
    early = shanghai(TODAY - timedelta(days=TODAY.weekday()), 8) + timedelta(days=1)

    assert set(sales_ahead_g(early).values()) == {0}


# --- the night --------------------------------------------------------------------------------------------------------


def test_every_night_asks_for_every_pool_with_products_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(
        "harvest_schedule.services.replanning.current_app.send_task",
        lambda _name, kwargs, **_options: told.append(kwargs["pool_id"]),
    )
    pools = [Village(100).pool, Village(100).pool]
    empty = SupplyPoolFactory()

    assert nightly_request(at=NOW) == 2
    assert nightly_request(at=NOW + 5 * MINUTE) == 2

    assert told == [pool.pk for pool in pools]
    assert not PlanRequest.objects.filter(pool=empty).exists()
    assert PlanRequest.objects.count() == 2
    assert SupplyPool.objects.count() == 3
