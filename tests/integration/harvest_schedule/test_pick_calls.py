"""Pick calls cut for a day from the orders held and the plan's uptake, and what cooperatives answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db.models import Sum

from catalog.partner.models import Phase
from harvest_schedule import on_hand
from harvest_schedule.models import PickCall, PickCallLine
from harvest_schedule.on_hand import OnHandRow
from harvest_schedule.services.pick_calls import (
    PickDayPassed,
    UnableToAnswerPickCall,
    pick_call_accept,
    pick_call_deliver,
    pick_call_refuse,
    pick_calls_make,
)
from harvest_schedule.states import HarvestStatus, PickCallStatus
from marketplace.foundation.models import OutboxMessage, StatusChange
from marketplace.foundation.outbox import outbox_sweep
from marketplace.order.models import Line
from marketplace.order.states import LineStatus
from tests.factories import NOW, TODAY, WindowFactory
from tests.factories.harvests import (
    KG,
    HarvestGradeFactory,
    PickCallFactory,
    PlanUptakeFactory,
    SeasonPlanFactory,
    Village,
    paid_order,
    plan_window,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[OnHandRow]]:
    """What lies at every hub: a list that tests fill."""
    rows: list[OnHandRow] = []
    monkeypatch.setattr(on_hand, "_sources", [lambda hub_id, produce_id, at: [r for r in rows if r.hub_id == hub_id]])
    return rows


def in_store(village: Village, kg: int, **changes: object) -> OnHandRow:
    values: dict[str, object] = {
        "hub_id": village.hub.pk,
        "produce_id": village.pool.produce_id,
        "grade_id": village.grade.pk,
        "mode": "COLD",
        "picked_on": TODAY,
        "best_before": TODAY + timedelta(days=60),
        "grams": kg * KG,
    }
    return OnHandRow(**{**values, **changes})  # type: ignore[arg-type]


def make(village: Village, day: date = TODAY) -> dict[int, int]:
    """Grams asked by harvest for the day, after a run."""
    pick_calls_make(hub_id=village.hub.pk, day=day, at=NOW)
    live = PickCall.objects.filter(pick_on=day).exclude(status__in=[PickCallStatus.REFUSED, PickCallStatus.WITHDRAWN])
    return {row["harvest_id"]: row["grams"] for row in live.values("harvest_id").annotate(grams=Sum("asked_g"))}


def test_a_paid_order_due_tomorrow_is_asked_in_whole_crates(store: list[OnHandRow]) -> None:
    village = Village(12_000)
    paid_order(village.window, packs=3)

    asked = make(village)

    assert asked == {village.harvests[0].pk: 8 * KG}
    waiting = PickCallLine.objects.get()
    assert (waiting.line, waiting.grams) == (Line.objects.get(), 7_500)


def test_running_twice_asks_once(store: list[OnHandRow]) -> None:
    village = Village(12_000, 6_000)
    paid_order(village.window, packs=30)

    first = make(village)

    assert make(village) == first
    assert pick_calls_make(hub_id=village.hub.pk, day=TODAY, at=NOW) == []


def test_an_order_that_came_since_raises_the_open_call(store: list[OnHandRow]) -> None:
    village = Village(12_000)
    paid_order(village.window, packs=4)
    make(village)

    paid_order(village.window, packs=2)

    assert make(village) == {village.harvests[0].pk: 15 * KG}
    assert PickCall.objects.count() == 1
    assert PickCallLine.objects.count() == 2


def test_an_order_that_came_after_the_answer_waits_for_another_cooperative(store: list[OnHandRow]) -> None:
    village = Village(12_000, 6_000)
    paid_order(village.window, packs=4)
    make(village)
    pick_call_accept(pick_call_id=PickCall.objects.get().pk, actor=None, at=NOW)

    paid_order(village.window, packs=2)

    assert make(village) == {village.harvests[0].pk: 10 * KG, village.harvests[1].pk: 5 * KG}


def test_unpaid_and_later_orders_are_not_asked_for(store: list[OnHandRow]) -> None:
    village = Village(12_000)
    paid_order(village.window, status=LineStatus.AWAITING_PAYMENT)
    paid_order(village.window, ships_from=TODAY + timedelta(days=2), ships_by=TODAY + timedelta(days=3))

    assert make(village) == {}


def test_a_harvest_outside_its_days_or_over_is_not_asked(store: list[OnHandRow]) -> None:
    village = Village(12_000, 12_000, 12_000)
    early, late, closed = village.harvests
    early.starts_on = TODAY + timedelta(days=1)
    early.save()
    late.starts_on, late.ends_on = TODAY - timedelta(days=9), TODAY - timedelta(days=1)
    late.save()
    closed.status = HarvestStatus.CLOSED
    closed.save()
    paid_order(village.window)

    assert make(village) == {}


def test_without_a_plan_the_likely_grams_decide(store: list[OnHandRow]) -> None:
    village = Village(9_000, 3_000)
    paid_order(village.window, packs=32)

    assert make(village) == {village.harvests[0].pk: 60 * KG, village.harvests[1].pk: 20 * KG}


def test_the_plan_in_force_decides_who_is_asked(store: list[OnHandRow]) -> None:
    village = Village(9_000, 3_000)
    plan = SeasonPlanFactory(pool=village.pool)
    PlanUptakeFactory(plan=plan, harvest=village.harvests[0], grade=village.grade, uptake_g=100 * KG)
    PlanUptakeFactory(plan=plan, harvest=village.harvests[1], grade=village.grade, uptake_g=300 * KG)
    paid_order(village.window, packs=32)

    assert make(village) == {village.harvests[0].pk: 20 * KG, village.harvests[1].pk: 60 * KG}


def test_nobody_is_asked_beyond_the_high_figure_of_the_grade(store: list[OnHandRow]) -> None:
    village = Village(100, 100)
    for harvest in village.harvests:
        harvest.grade_mix.update(share_permille=200)
    paid_order(village.window, packs=40)

    assert make(village) == {harvest.pk: 30 * KG for harvest in village.harvests}


def test_fruit_in_store_that_keeps_long_enough_is_not_asked_again(store: list[OnHandRow]) -> None:
    village = Village(12_000)
    paid_order(village.window, packs=4)
    store.append(in_store(village, 6))

    assert make(village) == {village.harvests[0].pk: 4 * KG}


@pytest.mark.parametrize(
    "changes",
    [
        {"best_before": TODAY + timedelta(days=6)},
        {"picked_on": TODAY - timedelta(days=2)},
        {"hub_id": 0},
    ],
    ids=["would not keep", "picked before the days the buyer was told", "another hub's"],
)
def test_fruit_in_store_that_does_not_fit_a_fresh_order_is_left(
    changes: dict[str, object], store: list[OnHandRow]
) -> None:
    village = Village(12_000)
    paid_order(village.window, packs=4)
    store.append(in_store(village, 100, **changes))

    assert make(village) == {village.harvests[0].pk: 10 * KG}


def test_an_older_lot_serves_a_stored_order(store: list[OnHandRow]) -> None:
    village = Village(12_000, phase=Phase.STORED)
    paid_order(village.window, packs=4)
    store.append(in_store(village, 100, picked_on=TODAY - timedelta(days=20)))

    assert make(village) == {}


def test_a_presale_is_spread_over_the_days_it_may_be_sent_in(store: list[OnHandRow]) -> None:
    village = Village(
        12_000,
        phase=Phase.PRESALE,
        ships_from=TODAY + timedelta(days=1),
        ships_by=TODAY + timedelta(days=5),
        num_in_stock=400,
    )
    for _ in range(10):
        paid_order(village.window, packs=10)

    asked = [sum(make(village, TODAY + timedelta(days=day)).values()) for day in range(5)]

    assert asked == [50 * KG] * 5
    assert PickCallLine.objects.aggregate(grams=Sum("grams"))["grams"] == 250 * KG


def test_what_the_plan_lays_in_store_is_asked_over_the_days_of_its_week(store: list[OnHandRow]) -> None:
    village = Village(12_000)
    stored = WindowFactory(
        product=village.product,
        phase=Phase.STORED,
        ships_from=TODAY + timedelta(days=40),
        ships_by=TODAY + timedelta(days=50),
        num_in_stock=200,
    )
    plan = SeasonPlanFactory(pool=village.pool, starts_on=TODAY)
    plan_window(plan, stored)
    PlanUptakeFactory(plan=plan, harvest=village.harvests[0], grade=village.grade, uptake_g=700 * KG)

    asked = [sum(make(village, TODAY + timedelta(days=day)).values()) for day in range(7)]

    # 100 kg a day until the 500 kg that the stored window can sell are on their way.
    assert asked == [100 * KG] * 5 + [0, 0]


def test_fruit_in_store_counts_towards_the_stored_windows(store: list[OnHandRow]) -> None:
    village = Village(12_000)
    stored = WindowFactory(product=village.product, phase=Phase.STORED, num_in_stock=200)
    plan = SeasonPlanFactory(pool=village.pool, starts_on=TODAY)
    plan_window(plan, stored)
    PlanUptakeFactory(plan=plan, harvest=village.harvests[0], grade=village.grade, uptake_g=700 * KG)
    store.append(in_store(village, 440))

    assert make(village) == {village.harvests[0].pk: 60 * KG}


def test_orders_take_their_part_of_the_plans_uptake_first(store: list[OnHandRow]) -> None:
    village = Village(12_000)
    stored = WindowFactory(product=village.product, phase=Phase.STORED, num_in_stock=200)
    plan = SeasonPlanFactory(pool=village.pool, starts_on=TODAY)
    plan_window(plan, stored)
    PlanUptakeFactory(plan=plan, harvest=village.harvests[0], grade=village.grade, uptake_g=700 * KG)
    paid_order(village.window, packs=16)

    assert make(village) == {village.harvests[0].pk: 100 * KG}
    assert PickCallLine.objects.get().grams == 40 * KG


def test_a_plan_without_stored_windows_asks_only_for_orders(store: list[OnHandRow]) -> None:
    village = Village(12_000)
    plan = SeasonPlanFactory(pool=village.pool, starts_on=TODAY)
    PlanUptakeFactory(plan=plan, harvest=village.harvests[0], grade=village.grade, uptake_g=700 * KG)

    assert make(village) == {}


def test_a_call_that_nobody_answered_is_withdrawn_and_asked_anew(store: list[OnHandRow]) -> None:
    village = Village(12_000)
    paid_order(village.window, packs=4)
    make(village)

    tomorrow = NOW + timedelta(days=1)
    pick_calls_make(hub_id=village.hub.pk, day=TODAY + timedelta(days=1), at=tomorrow)

    rows = PickCall.objects.order_by("pick_on").values_list("pick_on", "status", "asked_g")
    assert list(rows) == [
        (TODAY, PickCallStatus.WITHDRAWN, 10 * KG),
        (TODAY + timedelta(days=1), PickCallStatus.CALLED, 10 * KG),
    ]


def test_accepted_fruit_that_never_came_is_asked_of_others_after_the_grace(store: list[OnHandRow]) -> None:
    village = Village(12_000)
    paid_order(village.window, packs=4)
    make(village)
    pick_call_accept(pick_call_id=PickCall.objects.get().pk, actor=None, at=NOW)

    for days in (2, 3):
        pick_calls_make(hub_id=village.hub.pk, day=TODAY + timedelta(days=days), at=NOW + timedelta(days=days))

    rows = PickCall.objects.order_by("pick_on").values_list("pick_on", "status")
    assert list(rows) == [
        (TODAY, PickCallStatus.WITHDRAWN),
        (TODAY + timedelta(days=3), PickCallStatus.CALLED),
    ]


def test_nobody_is_asked_to_pick_yesterday() -> None:
    village = Village(12_000)

    with pytest.raises(PickDayPassed):
        pick_calls_make(hub_id=village.hub.pk, day=TODAY - timedelta(days=1), at=NOW)


def test_accepting_is_recorded_and_may_be_repeated() -> None:
    call = PickCallFactory()

    for _ in range(2):
        assert pick_call_accept(pick_call_id=call.pk, actor=None, at=NOW).status == PickCallStatus.ACCEPTED

    assert StatusChange.objects.count() == 1
    call.refresh_from_db()
    assert call.answered_at == NOW


def test_refusing_needs_a_reason() -> None:
    call = PickCallFactory()

    for reason in ("", "  ", "x" * 201):
        with pytest.raises(UnableToAnswerPickCall) as caught:
            pick_call_refuse(pick_call_id=call.pk, reason=reason, actor=None, at=NOW)
        assert caught.value.field == "reason"

    call.refresh_from_db()
    assert call.status == PickCallStatus.CALLED
    assert not OutboxMessage.objects.exists()


def test_what_one_refuses_is_asked_of_the_others_of_the_pool(store: list[OnHandRow]) -> None:
    village = Village(12_000, 6_000)
    paid_order(village.window, packs=4)
    make(village)
    call = PickCall.objects.get()

    for _ in range(2):
        pick_call_refuse(pick_call_id=call.pk, reason="下雨了", actor=None, at=NOW)
    assert outbox_sweep(at=NOW) == 1

    other = PickCall.objects.exclude(pk=call.pk).get()
    assert (other.harvest_id, other.asked_g) == (village.harvests[1].pk, 10 * KG)
    call.refresh_from_db()
    assert (call.status, call.refusal_reason) == (PickCallStatus.REFUSED, "下雨了")


def test_a_refusal_after_the_day_asks_nobody(store: list[OnHandRow]) -> None:
    village = Village(12_000, 6_000)
    paid_order(village.window, packs=4)
    make(village)
    pick_call_refuse(pick_call_id=PickCall.objects.get().pk, reason="下雨了", actor=None, at=NOW)

    assert outbox_sweep(at=NOW + timedelta(days=1)) == 1
    assert PickCall.objects.count() == 1


@pytest.mark.parametrize("status", [PickCallStatus.REFUSED, PickCallStatus.WITHDRAWN])
def test_what_is_over_cannot_be_accepted(status: str) -> None:
    call = PickCallFactory(status=status)

    with pytest.raises(UnableToAnswerPickCall):
        pick_call_accept(pick_call_id=call.pk, actor=None, at=NOW)


@pytest.mark.parametrize("status", [PickCallStatus.ACCEPTED, PickCallStatus.FULFILLED, PickCallStatus.WITHDRAWN])
def test_what_is_agreed_or_over_cannot_be_refused(status: str) -> None:
    call = PickCallFactory(status=status)

    with pytest.raises(UnableToAnswerPickCall):
        pick_call_refuse(pick_call_id=call.pk, reason="下雨了", actor=None, at=NOW)

    call.refresh_from_db()
    assert call.status == status


def test_a_call_is_answered_on_its_day_at_the_latest() -> None:
    call = PickCallFactory(pick_on=TODAY)

    with pytest.raises(UnableToAnswerPickCall):
        pick_call_accept(pick_call_id=call.pk, actor=None, at=NOW + timedelta(days=1))

    call.refresh_from_db()
    assert call.status == PickCallStatus.CALLED


def test_a_call_is_handed_over_when_all_of_it_has_come() -> None:
    call = PickCallFactory(asked_g=100 * KG, status=PickCallStatus.ACCEPTED)

    first = pick_call_deliver(pick_call_id=call.pk, grams=60 * KG, actor=None, at=NOW)
    assert (first.status, first.delivered_g) == (PickCallStatus.ACCEPTED, 60 * KG)

    second = pick_call_deliver(pick_call_id=call.pk, grams=40 * KG, actor=None, at=NOW)
    assert (second.status, second.delivered_g) == (PickCallStatus.FULFILLED, 100 * KG)


def test_bringing_the_fruit_accepts_the_call() -> None:
    call = PickCallFactory(asked_g=100 * KG)

    assert pick_call_deliver(pick_call_id=call.pk, grams=KG, actor=None, at=NOW).status == PickCallStatus.ACCEPTED


def test_what_came_of_an_accepted_call_is_counted_in_the_store_only(store: list[OnHandRow]) -> None:
    village = Village(12_000)
    paid_order(village.window, packs=4)
    make(village)
    call = PickCall.objects.get()
    pick_call_accept(pick_call_id=call.pk, actor=None, at=NOW)
    pick_call_deliver(pick_call_id=call.pk, grams=4 * KG, actor=None, at=NOW)
    store.append(in_store(village, 4))

    assert make(village, TODAY + timedelta(days=1)) == {}


def test_another_grade_of_the_same_harvest_is_not_asked(store: list[OnHandRow]) -> None:
    village = Village(12_000)
    village.harvests[0].grade_mix.all().delete()
    HarvestGradeFactory(harvest=village.harvests[0], grade__code="B", grade__produce=village.pool.produce)
    paid_order(village.window, packs=4)

    assert make(village) == {}


def test_a_run_takes_a_bounded_number_of_statements(
    store: list[OnHandRow], django_assert_max_num_queries: object
) -> None:
    village = Village(*[5_000] * 12)
    for _ in range(25):
        paid_order(village.window, packs=3)

    with django_assert_max_num_queries(16):  # type: ignore[operator]
        pick_calls_make(hub_id=village.hub.pk, day=TODAY, at=NOW)
