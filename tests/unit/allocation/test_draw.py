"""The first-expired-first-out draw: hand-checked cases, and what must hold of every draw."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logistics.allocation.draw import DrawResult, LineNeed, LotStock, Reason, draw

ORANGE = ("zigui-navel-orange", "A")
TODAY = 100
CHENGLI, SHIMEN, STRANGER = 1, 2, 9


def lot(lot_id: int, grams: int, **changes: object) -> LotStock:
    values: dict = {
        "kind": ORANGE,
        "source_id": CHENGLI,
        "expires_day": TODAY + 20,
        "picked_day": TODAY - 1,
        "received_rank": lot_id,
    }
    return LotStock(lot_id=lot_id, grams=grams, **{**values, **changes})


def line(line_id: int, packs: int, **changes: object) -> LineNeed:
    values: dict = {
        "kind": ORANGE,
        "source_ids": frozenset({CHENGLI, SHIMEN}),
        "pack_g": 2500,
        "min_life_days": 2,
        "transit_days": 3,
        "due_day": TODAY + 1,
    }
    return LineNeed(line_id=line_id, packs=packs, **{**values, **changes})


def taken(result: DrawResult) -> list[tuple[int, int, int]]:
    return [(row.line_id, row.lot_id, row.packs) for row in result.draws]


def why(result: DrawResult) -> list[tuple[int, Reason, int]]:
    return [(row.line_id, row.reason, row.packs_free) for row in result.undrawn]


def test_the_lot_that_expires_first_goes_first_though_it_came_later() -> None:
    lots = [lot(1, 10_000, expires_day=TODAY + 20), lot(2, 10_000, expires_day=TODAY + 6)]

    assert taken(draw(lots, [line(1, 3)], today=TODAY)) == [(1, 2, 3)]


def test_of_one_expiry_day_a_lot_that_completes_the_line_alone_goes_before_two_older_ones() -> None:
    lots = [lot(1, 5_000), lot(2, 5_000), lot(3, 10_000)]

    assert taken(draw(lots, [line(1, 4)], today=TODAY)) == [(1, 3, 4)]


def test_of_several_lots_that_complete_a_line_the_oldest_receipt_goes() -> None:
    lots = [lot(1, 10_000, received_rank=7), lot(2, 50_000, received_rank=3), lot(3, 10_000, received_rank=5)]

    assert taken(draw(lots, [line(1, 2)], today=TODAY)) == [(1, 2, 2)]


def test_lots_received_together_go_by_id() -> None:
    lots = [lot(5, 10_000, received_rank=1), lot(4, 10_000, received_rank=1)]

    assert taken(draw(lots, [line(1, 2)], today=TODAY)) == [(1, 4, 2)]


def test_packs_are_never_made_up_of_two_lots() -> None:
    # 2.4 kg and 2.4 kg are 4.8 kg, but not one whole 2.5 kg box.
    result = draw([lot(1, 2_400), lot(2, 2_400)], [line(1, 1)], today=TODAY)

    assert why(result) == [(1, Reason.NOT_ENOUGH, 0)]


def test_a_line_that_cannot_be_filled_takes_nothing_and_leaves_it_to_the_next() -> None:
    result = draw([lot(1, 7_500)], [line(1, 4, due_day=TODAY), line(2, 3)], today=TODAY)

    assert taken(result) == [(2, 1, 3)]
    assert why(result) == [(1, Reason.NOT_ENOUGH, 3)]


def test_the_line_due_first_is_served_first() -> None:
    result = draw([lot(1, 5_000)], [line(1, 2, due_day=TODAY + 3), line(2, 2, due_day=TODAY)], today=TODAY)

    assert taken(result) == [(2, 1, 2)]


def test_life_is_counted_on_the_day_of_arrival() -> None:
    # Leaves on day 100, arrives on 103 and must keep two days more: 105 is just enough, 104 is not.
    assert taken(draw([lot(1, 2_500, expires_day=105)], [line(1, 1)], today=TODAY)) == [(1, 1, 1)]
    assert why(draw([lot(1, 2_500, expires_day=104)], [line(1, 1)], today=TODAY)) == [(1, Reason.LIFE_TOO_SHORT, 0)]


def test_a_far_buyer_gets_the_longer_lived_lot_and_a_near_one_the_shorter() -> None:
    lots = [lot(1, 2_500, expires_day=TODAY + 5), lot(2, 2_500, expires_day=TODAY + 9)]

    result = draw(lots, [line(1, 1, transit_days=7), line(2, 1, transit_days=1)], today=TODAY)

    assert taken(result) == [(1, 2, 1), (2, 1, 1)]


@pytest.mark.parametrize(
    ("stock", "reason"),
    [
        (lot(1, 9_000, is_free=False), Reason.HELD),
        (lot(1, 9_000, expires_day=TODAY - 1), Reason.EXPIRED),
        (lot(1, 9_000, picked_day=TODAY - 8), Reason.PICKED_TOO_EARLY),
        (lot(1, 9_000, source_id=STRANGER), Reason.NOTHING_IN_STORE),
        (lot(1, 9_000, kind=("zigui-navel-orange", "B")), Reason.NOTHING_IN_STORE),
        (lot(1, 0), Reason.NOTHING_IN_STORE),
        (lot(1, 3_000), Reason.NOT_ENOUGH),
    ],
    ids=["held", "expired", "picked early", "not of the pool", "other grade", "empty", "too little"],
)
def test_each_obstacle_is_named(stock: LotStock, reason: Reason) -> None:
    result = draw([stock], [line(1, 3, picked_from_day=TODAY - 2)], today=TODAY)

    assert taken(result) == []
    assert [row.reason for row in result.undrawn] == [reason]


def test_nothing_is_drawn_for_a_province_that_is_not_served() -> None:
    assert why(draw([lot(1, 9_000)], [line(1, 1, transit_days=None)], today=TODAY)) == [(1, Reason.NO_ROUTE, 0)]


def test_an_id_given_twice_is_malformed() -> None:
    with pytest.raises(ValueError, match="given once"):
        draw([lot(1, 1), lot(1, 1)], [], today=TODAY)


def test_a_lot_below_zero_and_a_line_of_nothing_are_malformed() -> None:
    with pytest.raises(ValueError, match="holds -1 g"):
        lot(1, -1)
    with pytest.raises(ValueError, match="wants 0 packs"):
        line(1, 0)


lots_of_any_kind = st.lists(
    st.builds(
        lot,
        lot_id=st.integers(1, 10**6),
        grams=st.integers(0, 30_000),
        expires_day=st.integers(TODAY - 3, TODAY + 12),
        picked_day=st.integers(TODAY - 9, TODAY),
        received_rank=st.integers(0, 3),
        source_id=st.sampled_from([CHENGLI, SHIMEN, STRANGER]),
        is_free=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda row: row.lot_id,
)
lines_of_any_kind = st.lists(
    st.builds(
        line,
        line_id=st.integers(1, 10**6),
        packs=st.integers(1, 6),
        pack_g=st.sampled_from([500, 2_500, 4_999]),
        transit_days=st.none() | st.integers(0, 6),
        due_day=st.integers(TODAY, TODAY + 3),
        picked_from_day=st.none() | st.integers(TODAY - 9, TODAY),
    ),
    max_size=8,
    unique_by=lambda row: row.line_id,
)


@given(lots=lots_of_any_kind, lines=lines_of_any_kind)
def test_every_line_is_drawn_whole_or_answered_for(lots: list[LotStock], lines: list[LineNeed]) -> None:
    result = draw(lots, lines, today=TODAY)

    packs = Counter[int]()
    for row in result.draws:
        packs[row.line_id] += row.packs
    wanted = {row.line_id: row.packs for row in lines}
    undrawn = {row.line_id for row in result.undrawn}
    assert dict(packs) == {line_id: number for line_id, number in wanted.items() if line_id not in undrawn}
    assert undrawn | set(packs) == set(wanted)


@given(lots=lots_of_any_kind, lines=lines_of_any_kind)
def test_no_lot_gives_more_than_it_has_and_only_whole_packs_to_lines_it_suits(
    lots: list[LotStock], lines: list[LineNeed]
) -> None:
    result = draw(lots, lines, today=TODAY)

    given_g = Counter[int]()
    by_lot = {row.lot_id: row for row in lots}
    by_line = {row.line_id: row for row in lines}
    for row in result.draws:
        source, need = by_lot[row.lot_id], by_line[row.line_id]
        given_g[row.lot_id] += row.grams
        assert row.packs > 0
        assert row.grams == row.packs * need.pack_g
        assert source.is_free
        assert source.source_id in need.source_ids
        assert need.transit_days is not None
        assert source.expires_day - TODAY - need.transit_days >= need.min_life_days
        assert need.picked_from_day is None or source.picked_day >= need.picked_from_day
    assert all(grams <= by_lot[lot_id].grams for lot_id, grams in given_g.items())


@given(lots=lots_of_any_kind, lines=lines_of_any_kind, seed=st.integers(0, 2**32))
def test_the_order_in_which_rows_are_given_makes_no_difference(
    lots: list[LotStock], lines: list[LineNeed], seed: int
) -> None:
    shuffled = random.Random(seed)
    other_lots, other_lines = shuffled.sample(lots, len(lots)), shuffled.sample(lines, len(lines))

    assert draw(lots, lines, today=TODAY) == draw(other_lots, other_lines, today=TODAY)


@given(lots=lots_of_any_kind, need=st.builds(line, line_id=st.just(1), packs=st.integers(1, 6)))
def test_a_single_line_leaves_nothing_that_would_have_expired_before_what_it_took(
    lots: list[LotStock], need: LineNeed
) -> None:
    result = draw(lots, [need], today=TODAY)

    by_lot = {row.lot_id: row for row in lots}
    drawn = {row.lot_id: row.packs for row in result.draws}
    if drawn:
        latest = max(by_lot[lot_id].expires_day for lot_id in drawn)
        for row in lots:
            suits = row.is_free and row.source_id in need.source_ids and row.expires_day >= TODAY + 5
            if suits and row.expires_day < latest:
                assert drawn.get(row.lot_id, 0) == row.grams // need.pack_g


@given(grams=st.lists(st.integers(0, 15_000), min_size=1, max_size=6), packs=st.integers(1, 8))
def test_of_one_expiry_day_no_choice_of_lots_is_smaller_than_the_one_taken(grams: list[int], packs: int) -> None:
    lots = [lot(index + 1, weight) for index, weight in enumerate(grams)]

    result = draw(lots, [line(1, packs)], today=TODAY)

    room = [weight // 2500 for weight in grams]
    sizes = [
        sum(chosen)
        for chosen in product((0, 1), repeat=len(room))
        if sum(r for r, c in zip(room, chosen, strict=True) if c) >= packs
    ]
    if sizes:
        assert len(result.draws) == min(sizes)
    else:
        assert result.draws == ()
