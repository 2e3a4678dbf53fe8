"""Shortfalls worked out by hand; the first is the worked example of docs/algorithms/shortfall.md."""

from __future__ import annotations

import pytest

from harvest_schedule.planner.shortfall.decide import Decision, decide, undecided
from harvest_schedule.planner.shortfall.fairness import fairness_of, fairness_read
from harvest_schedule.planner.shortfall.policy import PRO_RATA, Policy, UnreadablePolicy, policy_read
from harvest_schedule.planner.shortfall.problem import (
    CONTRACT,
    INSTITUTION,
    LATER,
    OTHER_LOT,
    REFUND,
    SUBSTITUTE,
    Option,
    Shortfall,
)
from tests.unit.shortfall.lines import demand

#: Twenty boxes of 2.5 kg were promised to four buyers; thirteen come.
LINES = (
    demand(1, 10, buyer_kind=INSTITUTION, freight_fen=2000),
    demand(2, 2, freight_fen=800),
    demand(3, 3, freight_fen=1000),
    demand(4, 5, buyer_kind=CONTRACT, freight_fen=1200),
)
OPTIONS = (Option(201, LATER, 4, 3800), Option(301, SUBSTITUTE, 50, 4500))
CASE = Shortfall(LINES, 13 * 2500 + 900, OPTIONS)


def served(decision: Decision) -> list[int]:
    return [share.served for share in decision.shares]


def test_earliest_first_serves_the_first_two_and_a_part_of_the_third() -> None:
    decision = decide(CASE, Policy())

    assert served(decision) == [10, 2, 1, 0]
    assert decision.packs_of(REFUND) == 7
    # Two boxes at 40.00 with two thirds of 10.00 freight, and five with all of 12.00.
    assert [[part.back_fen for part in share.parts] for share in decision.shares] == [[], [], [8667], [21200]]


def test_in_proportion_gives_the_odd_boxes_to_the_largest_remainders() -> None:
    # 900 g come beyond 13 boxes, so the exact share is 33,400 of 50,000 g: 6.68, 1.336, 2.004 and 3.34 boxes. Rounded
    # down that is twelve; 3.4 kg are left, which is one box, for the largest remainder, 0.68.
    decision = decide(CASE, Policy(PRO_RATA))

    assert served(decision) == [7, 1, 2, 3]
    assert decision.served == 13


def test_contracts_first_serves_them_whole_and_the_others_by_the_rest() -> None:
    assert served(decide(CASE, Policy(contracts_first=True))) == [8, 0, 0, 5]
    # 8 boxes and 900 g for fifteen: 5.57, 1.11, 1.67; down that is seven, and the one box left goes to 0.67.
    assert served(decide(CASE, Policy(PRO_RATA, contracts_first=True))) == [5, 1, 2, 5]


def test_a_mix_moves_what_has_room_offers_the_rest_and_refunds_nobody() -> None:
    decision = decide(CASE, Policy(PRO_RATA, unserved=(LATER, SUBSTITUTE)))

    # Missing are 3, 1, 1 and 2 boxes; four can go later: 1.71, 0.57, 0.57 and 1.14, so one each of the first and the
    # last, then one to 0.71 and one to the earlier 0.57.
    assert [share.packs_of(LATER) for share in decision.shares] == [2, 1, 0, 1]
    assert [share.packs_of(SUBSTITUTE) for share in decision.shares] == [1, 0, 1, 1]
    assert decision.packs_of(REFUND) == 0
    # The later window is 2.00 cheaper a box; the substitute is dearer and costs nothing more.
    assert decision.back_fen == 4 * 200


def test_the_order_of_the_chain_decides() -> None:
    options = (Option(101, OTHER_LOT, 3, 4100), *OPTIONS)
    case = Shortfall(LINES, 13 * 2500, options)

    first_others = decide(case, Policy(unserved=(OTHER_LOT, LATER)))
    first_later = decide(case, Policy(unserved=(LATER, OTHER_LOT)))

    assert [(share.packs_of(OTHER_LOT), share.packs_of(LATER)) for share in first_others.shares[2:]] == [(2, 0), (1, 4)]
    assert [(share.packs_of(OTHER_LOT), share.packs_of(LATER)) for share in first_later.shares[2:]] == [(0, 2), (3, 2)]


def test_who_refused_or_cannot_be_reached_is_paid_back() -> None:
    case = Shortfall(
        (demand(1, 2, refuses=frozenset({LATER})), demand(2, 2), demand(3, 2)),
        0,
        (Option(201, LATER, 9, 4000, frozenset({1, 2})),),
    )

    decision = decide(case, Policy(unserved=(LATER,)))

    assert [share.packs_of(LATER) for share in decision.shares] == [0, 2, 0]
    assert [share.packs_of(REFUND) for share in decision.shares] == [2, 0, 2]


def test_one_substitute_is_offered_and_it_is_the_one_that_was_chosen() -> None:
    options = (Option(301, SUBSTITUTE, 1, 4500), Option(302, SUBSTITUTE, 9, 3900))
    case = Shortfall((demand(1, 3),), 0, options)

    (best,) = decide(case, Policy(unserved=(SUBSTITUTE,))).shares
    (chosen,) = decide(case, Policy(unserved=(SUBSTITUTE,), substitute=302)).shares

    assert [(part.window_id, part.packs) for part in best.parts] == [(301, 1), (None, 2)]
    assert [(part.window_id, part.packs, part.back_fen, part.difference_fen) for part in chosen.parts] == [
        (302, 3, 0, 300)
    ]


def test_without_a_decision_the_lines_due_first_are_sent() -> None:
    case = Shortfall((demand(1, 2, due_day=9), demand(2, 2, due_day=8)), 3 * 2500)

    assert served(undecided(case)) == [1, 2]


def test_fairness_is_measured_in_thousandths() -> None:
    before, after = fairness_of(decide(CASE, Policy())), fairness_of(decide(CASE, Policy(PRO_RATA)))

    # Fractions 1, 1, 1/3, 0: (7/3)² / (4 · (2 + 1/9)) = (49/9) / (76/9) = 49/76.
    assert (before.jain_permille, before.worst_permille, before.worst_line_id) == (645, 0, 4)
    assert [(kind.kind, kind.share_permille) for kind in before.kinds] == [
        ("CONSUMER", 600),
        ("INSTITUTION", 1000),
        ("CONTRACT", 0),
    ]
    # Fractions 7/10, 1/2, 2/3, 3/5: in thirtieths 21, 15, 20, 18: 74² / (4 · 1390) = 5476/5560.
    assert (after.jain_permille, after.worst_permille, after.worst_line_id) == (985, 500, 2)
    assert fairness_read(after.to_json()) == after


def test_nobody_served_is_as_even_as_everybody_served() -> None:
    nothing = fairness_of(decide(Shortfall((demand(1, 2), demand(2, 1)), 0), Policy()))

    assert (nothing.jain_permille, nothing.worst_permille) == (1000, 0)
    assert fairness_of(Decision(())).worst_line_id is None


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"order": "LOUDEST"}, "order"),
        ({"order": ["EARLIEST"]}, "order"),
        ({"unserved": "LATER"}, "unserved"),
        ({"unserved": ["LATER", "LATER"]}, "unserved"),
        ({"unserved": ["REFUND"]}, "unserved"),
        ({"unserved": [["LATER"]]}, "unserved"),
        ({"substitute": 4}, "substitute"),
        ({"unserved": ["SUBSTITUTE"], "substitute": "4"}, "substitute"),
        ({"contracts_first": "yes"}, "contracts_first"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_the_field(data: dict[str, object], field: str) -> None:
    with pytest.raises(UnreadablePolicy) as refused:
        policy_read(data)

    assert refused.value.field == field


def test_a_policy_survives_being_written_down() -> None:
    policy = Policy(PRO_RATA, True, (LATER, SUBSTITUTE), 7)

    assert policy_read(policy.to_json()) == policy
