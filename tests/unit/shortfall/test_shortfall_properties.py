"""What must hold of every decision, and a second way to the same answer for small ones."""

from __future__ import annotations

import itertools
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from harvest_schedule.planner.shortfall.decide import Decision, decide
from harvest_schedule.planner.shortfall.fairness import fairness_of
from harvest_schedule.planner.shortfall.policy import PRO_RATA, Policy
from harvest_schedule.planner.shortfall.problem import CONTRACT, REFUND, Shortfall
from tests.unit.shortfall.lines import demand, policies, shortfalls

many = settings(max_examples=100, deadline=None, derandomize=True)


def served_g(case: Shortfall, decision: Decision) -> int:
    return sum(row.pack_g * share.served for row, share in zip(case.demands, decision.shares, strict=True))


@many
@given(case=shortfalls(), policy=policies())
def test_every_promised_pack_and_every_fen_has_one_place(case: Shortfall, policy: Policy) -> None:
    decision = decide(case, policy)

    for row, share in zip(case.demands, decision.shares, strict=True):
        assert share.served + sum(part.packs for part in share.parts) == row.packs
        assert share.served_freight_fen + sum(part.freight_fen for part in share.parts) == row.freight_fen
        assert min([share.served, *(part.packs - 1 for part in share.parts)]) >= 0
        for part in share.parts:
            if part.kind == REFUND:
                assert part.back_fen == part.packs * row.unit_price_fen + part.freight_fen
            else:
                # Nobody pays more than they did, and nobody more than it costs there.
                assert part.difference_fen == part.packs * max(0, row.unit_price_fen - part.price_fen)


@many
@given(case=shortfalls(), policy=policies())
def test_never_more_than_comes_or_than_an_option_has_or_where_it_may_not_go(case: Shortfall, policy: Policy) -> None:
    decision = decide(case, policy)

    assert served_g(case, decision) <= case.coming_g
    for option in case.options:
        taken = {share.line_id: part.packs for share in decision.shares for part in share.parts
                 if part.window_id == option.window_id}  # fmt: skip
        assert sum(taken.values()) <= option.free_packs
        assert option.reaches is None or set(taken) <= option.reaches
        assert all(option.kind not in row.refuses for row in case.demands if row.line_id in taken)
    assert {part.kind for share in decision.shares for part in share.parts} <= {*policy.unserved, REFUND}


@many
@given(case=shortfalls(), policy=policies())
def test_the_same_question_has_the_same_answer_in_whatever_order_it_is_put(case: Shortfall, policy: Policy) -> None:
    turned = Shortfall(tuple(reversed(case.demands)), case.coming_g, case.options)

    assert decide(case, policy) == decide(case, policy)
    assert decide(turned, policy).shares == tuple(reversed(decide(case, policy).shares))


@many
@given(case=shortfalls(same_size=True), more_g=st.integers(0, 12_000), policy=policies())
def test_more_to_share_never_serves_fewer_packs(case: Shortfall, more_g: int, policy: Policy) -> None:
    larger = Shortfall(case.demands, case.coming_g + more_g, case.options)

    assert decide(larger, policy).served >= decide(case, policy).served


@many
@given(case=shortfalls(), more_g=st.integers(0, 12_000))
def test_by_time_more_to_share_costs_no_first_line_a_pack(case: Shortfall, more_g: int) -> None:
    first = min(range(len(case.demands)), key=lambda index: (case.demands[index].ordered_at, index))
    larger = Shortfall(case.demands, case.coming_g + more_g, case.options)

    assert decide(larger, Policy()).shares[first].served >= decide(case, Policy()).shares[first].served


@many
@given(case=shortfalls(same_size=True), more_g=st.integers(0, 12_000))
def test_by_time_more_to_share_costs_no_line_a_pack_when_packs_are_alike(case: Shortfall, more_g: int) -> None:
    larger = Shortfall(case.demands, case.coming_g + more_g, case.options)

    pairs = zip(decide(case, Policy()).shares, decide(larger, Policy()).shares, strict=True)
    assert all(more.served >= less.served for less, more in pairs)


@many
@given(case=shortfalls())
def test_by_time_nobody_could_be_served_better_with_what_later_buyers_got(case: Shortfall) -> None:
    decision = decide(case, Policy())
    rows = sorted(zip(case.demands, decision.shares, strict=True), key=lambda row: (row[0].ordered_at, row[0].line_id))
    left_g = case.coming_g - served_g(case, decision)

    for place, (early, share) in enumerate(rows):
        after_g = left_g + sum(late.pack_g * got.served for late, got in rows[place + 1 :])
        assert share.served == early.packs or after_g < early.pack_g


@many
@given(case=shortfalls())
def test_in_proportion_everybody_is_within_a_pack_of_the_exact_share(case: Shortfall) -> None:
    decision = decide(case, Policy(PRO_RATA))

    promised_g = sum(row.packs * row.pack_g for row in case.demands)
    part = min(Fraction(1), Fraction(case.coming_g, promised_g))
    for row, share in zip(case.demands, decision.shares, strict=True):
        assert abs(share.served - part * row.packs) < 1
    # And no pack that would fit is left lying.
    left_g = case.coming_g - served_g(case, decision)
    assert decision.served == decision.promised or left_g < max(row.pack_g for row in case.demands)


@many
@given(case=shortfalls(), policy=policies())
def test_contracts_first_means_that_others_get_nothing_a_contract_could_have_had(
    case: Shortfall, policy: Policy
) -> None:
    decision = decide(case, Policy(policy.order, True, policy.unserved))

    rows = list(zip(case.demands, decision.shares, strict=True))
    others_g = sum(row.pack_g * share.served for row, share in rows if row.buyer_kind != CONTRACT)
    left_g = case.coming_g - served_g(case, decision)
    for row, share in rows:
        if row.buyer_kind == CONTRACT and share.served < row.packs and policy.order != PRO_RATA:
            assert others_g + left_g < row.pack_g
    if policy.order == PRO_RATA:
        contracts = [row for row in rows if row[0].buyer_kind == CONTRACT]
        if any(share.served < row.packs for row, share in contracts):
            assert others_g + left_g < max(row.pack_g for row, _share in contracts)


@many
@given(case=shortfalls(), policy=policies())
def test_fairness_stays_inside_its_bounds(case: Shortfall, policy: Policy) -> None:
    measured = fairness_of(decide(case, policy))

    assert 1000 // len(case.demands) <= measured.jain_permille <= 1000
    assert all(0 <= kind.share_permille <= 1000 for kind in measured.kinds)
    assert sum(kind.promised_packs for kind in measured.kinds) == sum(row.packs for row in case.demands)


def possible(case: Shortfall) -> list[tuple[int, ...]]:
    """Every way to serve whole packs of these lines with what comes."""
    return [
        packs
        for packs in itertools.product(*(range(row.packs + 1) for row in case.demands))
        if sum(row.pack_g * number for row, number in zip(case.demands, packs, strict=True)) <= case.coming_g
    ]


small = shortfalls().filter(lambda case: len(case.demands) <= 4)


@settings(many, max_examples=60)
@given(case=small)
def test_by_time_is_the_best_of_all_ways_for_the_first_then_for_the_next(case: Shortfall) -> None:
    order = sorted(range(len(case.demands)), key=lambda index: (case.demands[index].ordered_at, index))
    best = max(possible(case), key=lambda packs: [packs[index] for index in order])

    assert tuple(share.served for share in decide(case, Policy()).shares) == best


@settings(many, max_examples=60)
@given(case=shortfalls(same_size=True).filter(lambda case: len(case.demands) <= 4))
def test_in_proportion_strays_least_of_all_ways_that_serve_as_many(case: Shortfall) -> None:
    decision = decide(case, Policy(PRO_RATA))
    promised_g = sum(row.packs * row.pack_g for row in case.demands)
    part = min(Fraction(1), Fraction(case.coming_g, promised_g))

    def strays(packs: tuple[int, ...]) -> Fraction:
        return sum(
            ((number - part * row.packs) ** 2 for row, number in zip(case.demands, packs, strict=True)), Fraction(0)
        )

    most = max(sum(packs) for packs in possible(case))
    found = tuple(share.served for share in decision.shares)
    assert sum(found) == most
    assert strays(found) == min(strays(packs) for packs in possible(case) if sum(packs) == most)


def test_the_alabama_paradox_costs_one_pack_at_most() -> None:
    """Balinski and Young's price of never straying a full pack from the exact share."""
    lines = (demand(1, 3), demand(2, 3), demand(3, 1))

    at_three = [share.served for share in decide(Shortfall(lines, 3 * 2500), Policy(PRO_RATA)).shares]
    at_four = [share.served for share in decide(Shortfall(lines, 4 * 2500), Policy(PRO_RATA)).shares]

    assert (at_three, at_four) == ([1, 1, 1], [2, 2, 0])
