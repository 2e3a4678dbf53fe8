"""Order lines draw lots: first expired first out, whole packs, and what may never be drawn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Sum

from catalog.partner.models import Phase
from logistics.allocation.draw import Reason
from logistics.models import Lot, LotDraw, StockMovement
from logistics.selectors.stock import lot_balance_g
from logistics.services.picking import TooFewPacksInLot, UnableToDraw, line_draw_by_hand, line_undraw
from logistics.services.shipping import shipment_pack
from logistics.services.stock import lot_hold, lot_recall
from logistics.states import LotStatus
from marketplace.order.models import Order
from marketplace.order.states import LineStatus, OrderStatus
from tests.factories import NOW, TODAY, CooperativeFactory, GradeFactory, WindowFactory
from tests.factories.harvests import HarvestFactory, HarvestGradeFactory
from tests.factories.lots import DISPATCH, Station, TariffFactory, province

pytestmark = pytest.mark.django_db


@pytest.fixture
def station() -> Station:
    return Station()


def draws() -> list[tuple[str, int, int]]:
    rows = LotDraw.objects.filter(undone_at=None).order_by("line_id", "lot_id")
    return [(row.lot.number, row.packs, row.grams) for row in rows.select_related("lot")]


def test_a_due_line_draws_the_lot_that_expires_first_and_its_order_is_being_prepared(station: Station) -> None:
    station.receive(50, mode="COLD")
    first_out = station.receive(50)
    order = station.order(4)

    answer = station.draw()

    assert draws() == [(first_out.number, 4, 10_000)]
    assert answer.undrawn == ()
    assert (answer.num_lines, answer.num_packs) == (1, 4)
    order.refresh_from_db()
    assert order.status == OrderStatus.PREPARING
    assert order.lines.get().status == LineStatus.DRAWN
    assert lot_balance_g(first_out.pk) == 40_000
    movement = StockMovement.objects.get(kind="PICK")
    assert (movement.grams, movement.actor_id, movement.at) == (-10_000, station.packer.pk, NOW)


def test_running_the_draw_again_draws_nothing_twice(station: Station) -> None:
    lot = station.receive(50)
    station.order(4)
    station.draw()

    again = station.draw()

    assert again.draws == ()
    assert lot_balance_g(lot.pk) == 40_000


def test_a_line_that_may_not_leave_yet_waits(station: Station) -> None:
    station.receive(50)
    line = station.line(ships_from=DISPATCH + timedelta(days=1))

    assert station.draw().draws == ()

    line.refresh_from_db()
    assert line.status == LineStatus.PAID


def test_the_last_boxes_go_to_the_line_that_must_leave_first(station: Station) -> None:
    station.receive(10)
    late, urgent = station.line(3), station.line(3, ships_by=DISPATCH)

    answer = station.draw()

    assert {row.line_id for row in answer.draws} == {urgent.pk}
    assert [(row.line_id, row.reason, row.packs_free) for row in answer.undrawn] == [(late.pk, Reason.NOT_ENOUGH, 1)]


def test_an_unpaid_line_is_never_drawn(station: Station) -> None:
    station.receive(50)
    station.line(status=LineStatus.AWAITING_PAYMENT)

    answer = station.draw()

    assert (answer.draws, answer.undrawn) == ((), ())


@pytest.mark.parametrize("change", [lot_hold, lot_recall])
def test_a_held_or_recalled_lot_is_never_drawn(station: Station, change: object) -> None:
    lot = station.receive(50)
    change(lot_id=lot.pk, reason="mould", actor=station.packer, at=NOW)  # type: ignore[operator]
    line = station.line()

    answer = station.draw()

    assert [(row.line_id, row.reason) for row in answer.undrawn] == [(line.pk, Reason.HELD)]
    assert lot_balance_g(lot.pk) == 50_000


def test_an_expired_lot_is_never_drawn(station: Station) -> None:
    lot = station.receive(50)
    station.line(phase=Phase.STORED)
    day = lot.best_before + timedelta(days=1)

    answer = station.draw(day=day, at=NOW + (day - TODAY))

    assert [row.reason for row in answer.undrawn] == [Reason.EXPIRED]


def test_a_past_day_does_not_bring_an_expired_lot_back(station: Station) -> None:
    lot = station.receive(50)
    station.line(phase=Phase.STORED)
    at = NOW + (lot.best_before - TODAY) + timedelta(days=1)

    assert [row.reason for row in station.draw(day=DISPATCH, at=at).undrawn] == [Reason.EXPIRED]


def test_the_way_to_a_far_province_counts_against_the_life_left(station: Station) -> None:
    # 30 days from picking; thirty days on the road leave less than the two days at the door.
    station.receive(50)
    TariffFactory(origin=station.tariff.origin, destination=province("650000", "新疆"), transit_days_max=30)
    near, far = station.line(), station.line(county="650102")

    answer = station.draw()

    assert {row.line_id for row in answer.draws} == {near.pk}
    assert [(row.line_id, row.reason) for row in answer.undrawn] == [(far.pk, Reason.LIFE_TOO_SHORT)]


def test_nothing_is_drawn_for_a_province_without_a_tariff(station: Station) -> None:
    station.receive(50)
    station.line(county="540102")

    assert [row.reason for row in station.draw().undrawn] == [Reason.NO_ROUTE]


def test_a_fresh_line_gets_nothing_picked_before_the_days_its_buyer_was_told(station: Station) -> None:
    station.receive(50, picked_on=TODAY - timedelta(days=2))
    fresh, stored = station.line(), station.line(phase=Phase.STORED)

    answer = station.draw()

    assert {row.line_id for row in answer.draws} == {stored.pk}
    assert [(row.line_id, row.reason) for row in answer.undrawn] == [(fresh.pk, Reason.PICKED_TOO_EARLY)]


def test_only_members_of_the_pool_and_only_the_right_grade_serve_a_product(station: Station) -> None:
    stranger = HarvestFactory(cooperative=CooperativeFactory(hub=station.hub), produce=station.pool.produce)
    HarvestGradeFactory(harvest=stranger, grade=station.grade)
    station.receive(50, harvest_id=stranger.pk, certificate_number="HGZ-STRANGER")
    station.receive(50, grade_id=GradeFactory(produce=station.pool.produce, code="B").pk)
    line = station.line()

    answer = station.draw()

    assert [(row.line_id, row.reason) for row in answer.undrawn] == [(line.pk, Reason.NOTHING_IN_STORE)]


def test_another_hubs_lines_and_lots_stay_as_they_are(station: Station) -> None:
    other = Station()
    lot, line = other.receive(50), other.line()
    station.receive(50)

    assert station.draw().draws == ()

    line.refresh_from_db()
    assert line.status == LineStatus.PAID
    assert lot_balance_g(lot.pk) == 50_000


def test_a_big_line_is_made_up_of_several_lots(station: Station) -> None:
    small, large = station.receive(10), station.receive(20)
    station.order(11)

    station.draw()

    # The larger first, because no lot completes the line alone: 8 packs of it, 3 of the other.
    assert sorted(draws()) == sorted([(large.number, 8, 20_000), (small.number, 3, 7_500)])


def test_putting_a_line_back_gives_its_lot_the_grams_and_lets_it_wait_again(station: Station) -> None:
    lot = station.receive(50)
    line = station.line(4)
    station.draw()

    line_undraw(line_id=line.pk, reason="wrong box", at=NOW, actor=station.packer)
    line_undraw(line_id=line.pk, reason="wrong box", at=NOW, actor=station.packer)

    line.refresh_from_db()
    assert line.status == LineStatus.PAID
    assert lot_balance_g(lot.pk) == 50_000
    assert draws() == []
    assert StockMovement.objects.filter(kind="UNPICK").aggregate(grams=Sum("grams"))["grams"] == 10_000
    station.draw()
    assert draws() == [(lot.number, 4, 10_000)]


def test_a_packed_line_cannot_be_put_back(station: Station) -> None:
    station.receive(50)
    order = station.order(4)
    station.draw()
    station.pack(order)

    with pytest.raises(UnableToDraw, match="packed already"):
        line_undraw(line_id=order.lines.get().pk, reason="late", at=NOW, actor=station.packer)

    assert order.lines.get().status == LineStatus.PACKED


def by_hand(station: Station, line: object, packs: dict[int, int]) -> list[LotDraw]:
    return line_draw_by_hand(
        line_id=line.pk,  # type: ignore[attr-defined]
        hub_id=station.hub.pk,
        packs_by_lot=packs,
        at=NOW,
        actor=station.packer,
    )


def test_by_hand_a_person_may_take_what_was_picked_earlier(station: Station) -> None:
    older = station.receive(50, picked_on=TODAY - timedelta(days=4))
    line = station.line(2)

    by_hand(station, line, {older.pk: 2})

    assert draws() == [(older.number, 2, 5_000)]
    line.refresh_from_db()
    assert line.status == LineStatus.DRAWN
    assert Order.objects.get(pk=line.order_id).status == OrderStatus.PREPARING


def test_by_hand_more_than_is_there_is_refused_and_nothing_is_taken(station: Station) -> None:
    first, second = station.receive(10), station.receive(10)
    line = station.line(6)

    with pytest.raises(TooFewPacksInLot) as refusal:
        by_hand(station, line, {first.pk: 5, second.pk: 1})

    assert (refusal.value.lot.pk, refusal.value.packs_wanted, refusal.value.packs_left) == (first.pk, 5, 4)
    assert draws() == []
    line.refresh_from_db()
    assert line.status == LineStatus.PAID
    assert (lot_balance_g(first.pk), lot_balance_g(second.pk)) == (10_000, 10_000)


def test_by_hand_the_packs_must_be_those_of_the_line(station: Station) -> None:
    lot = station.receive(50)
    line = station.line(3)

    for packs in ({lot.pk: 2}, {lot.pk: 4}, {}, {lot.pk: -3}):
        with pytest.raises(UnableToDraw, match="must sum to 3"):
            by_hand(station, line, packs)

    assert draws() == []


def test_by_hand_held_expired_foreign_and_unsuitable_lots_are_refused(station: Station) -> None:
    held = station.receive(50)
    lot_hold(lot_id=held.pk, reason="mould", actor=station.packer, at=NOW)
    expired = station.receive(50)
    Lot.objects.filter(pk=expired.pk).update(best_before=TODAY - timedelta(days=1), picked_on=TODAY - timedelta(days=9))
    too_old = station.receive(50)
    Lot.objects.filter(pk=too_old.pk).update(best_before=TODAY + timedelta(days=4))
    other_grade = station.receive(50, grade_id=GradeFactory(produce=station.pool.produce, code="B").pk)
    foreign = Station().receive(50)
    line = station.line(2)

    cases = {
        held.pk: "held or recalled",
        expired.pk: "past its best-before",
        too_old.pk: "too old on arrival",
        other_grade.pk: "may not serve",
        foreign.pk: "not in this station",
    }
    for lot_id, message in cases.items():
        with pytest.raises(UnableToDraw, match=message):
            by_hand(station, line, {lot_id: 2})

    assert draws() == []


def test_by_hand_a_line_that_is_drawn_already_is_refused(station: Station) -> None:
    lot = station.receive(50)
    line = station.line(2)
    station.draw()

    with pytest.raises(UnableToDraw, match="drawn already"):
        by_hand(station, line, {lot.pk: 2})

    assert lot_balance_g(lot.pk) == 45_000


def test_a_lot_recalled_after_the_draw_is_not_packed(station: Station) -> None:
    lot = station.receive(50)
    order = station.order(2)
    station.draw()
    lot_recall(lot_id=lot.pk, reason="residue", actor=station.packer, at=NOW)

    with pytest.raises(Exception, match=lot.number):
        shipment_pack(order_id=order.pk, hub_id=station.hub.pk, at=NOW, actor=station.packer, key="pack-recalled")

    assert order.lines.get().status == LineStatus.DRAWN
    assert Lot.objects.get(pk=lot.pk).status == LotStatus.RECALLED


def test_two_orders_of_two_windows_share_one_lot(station: Station) -> None:
    lot = station.receive(50)
    stored = WindowFactory(product=station.product, partner=station.pool.seller, phase=Phase.STORED)
    station.order(2)
    station.order(3, window=stored)

    station.draw()

    assert draws() == [(lot.number, 2, 5_000), (lot.number, 3, 7_500)]
