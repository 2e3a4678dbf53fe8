"""Sharing a need among harvests: whole crates, no more than each has, nothing lost, small needs go round."""

from hypothesis import given
from hypothesis import strategies as st

from harvest_schedule.services.pick_call_sharing import (
    CRATE_G,
    SMALLEST_CALL_G,
    Need,
    Offer,
    assign_needs,
    crates_up,
    share_among,
)

OFFERS = st.lists(
    st.builds(
        Offer,
        harvest_id=st.integers(1, 10**6),
        weight=st.integers(0, 10**9),
        asked_g=st.integers(0, 10**8),
        room_g=st.integers(0, 5 * 10**5),
        has_open_call=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda offer: offer.harvest_id,
)


@given(need_g=st.integers(0, 10**6), offers=OFFERS)
def test_a_share_is_whole_crates_within_the_room_and_nothing_is_lost(need_g: int, offers: list[Offer]) -> None:
    shares = share_among(need_g, offers)

    rooms = {offer.harvest_id: offer.room_g // CRATE_G * CRATE_G for offer in offers}
    assert all(grams > 0 and grams % CRATE_G == 0 for grams in shares.values())
    assert all(grams <= rooms[harvest_id] for harvest_id, grams in shares.items())
    assert sum(shares.values()) == min(crates_up(need_g), sum(rooms.values()))


@given(need_g=st.integers(1, 10**6), offers=OFFERS)
def test_the_same_question_has_the_same_answer_in_any_order(need_g: int, offers: list[Offer]) -> None:
    assert share_among(need_g, offers) == share_among(need_g, offers[::-1])


@given(
    grams=st.lists(st.integers(1, 10**5), max_size=20),
    shares=st.dictionaries(st.integers(1, 9), st.integers(1, 10**5), max_size=5),
)
def test_lines_wait_for_no_more_than_the_shares_hold(grams: list[int], shares: dict[int, int]) -> None:
    needs = [Need(line_id, part) for line_id, part in enumerate(grams)]

    assigned = assign_needs(needs, shares)

    assert all(sum(need.grams for need in rows) <= shares[harvest_id] for harvest_id, rows in assigned.items())
    assert sum(need.grams for rows in assigned.values() for need in rows) == min(sum(grams), sum(shares.values()))


def test_a_large_need_is_split_by_weight() -> None:
    offers = [Offer(1, weight=3, asked_g=0, room_g=10**6), Offer(2, weight=1, asked_g=0, room_g=10**6)]

    assert share_among(400_000, offers) == {1: 300_000, 2: 100_000}


def test_a_need_below_a_trip_goes_to_whoever_was_asked_least_for_its_weight() -> None:
    offers = [
        Offer(1, weight=10, asked_g=90_000, room_g=10**6),
        Offer(2, weight=10, asked_g=10_000, room_g=10**6),
    ]

    assert share_among(SMALLEST_CALL_G - 1, offers) == {2: SMALLEST_CALL_G}


def test_what_one_has_no_room_for_goes_to_the_next() -> None:
    offers = [Offer(1, weight=3, asked_g=0, room_g=50_000), Offer(2, weight=1, asked_g=0, room_g=10**6)]

    assert share_among(400_000, offers) == {1: 50_000, 2: 350_000}


def test_a_harvest_that_the_plan_leaves_alone_is_asked_only_when_the_others_are_full() -> None:
    offers = [Offer(1, weight=0, asked_g=0, room_g=10**6), Offer(2, weight=5, asked_g=0, room_g=60_000)]

    assert share_among(60_000, offers) == {2: 60_000}
    assert share_among(90_000, offers) == {2: 60_000, 1: 30_000}
