"""The split of a line's money: worked by hand, then by ten thousand made-up lines."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.settlement.split import Costs, DrawnPart, LineMoney, line_split

#: What pools take unless told otherwise: 4 % for the seller, 0.6 % for the payment, 3.50 yuan a pack.
USUAL = Costs(seller_fee_permille=40, payment_fee_permille=6, packing_fen=350)
ONE_LOT = (DrawnPart(lot_id=1, cooperative_id=7, grams=2500),)
CASES = 10_000


@dataclass(frozen=True)
class Case:
    case: str
    money: LineMoney
    lots: tuple[int, ...]
    freight: int
    packing: int
    seller: int
    payment: int
    costs: Costs = USUAL
    parts: tuple[DrawnPart, ...] = ONE_LOT


@pytest.mark.parametrize(
    "case",
    [
        # 3980 × 4 % = 159.2; (3980 + 800) × 0.6 % = 28.68; 3980 − 350 − 159.2 − 28.68 = 3442.12.
        # Whole parts 3442 + 350 + 159 + 28 = 3979; the odd fen goes to the remainder .68.
        Case("one box, one lot", LineMoney(3980, 800, 0), (3442,), 800, 350, 159, 29),
        # The cooperatives bear the refund: 3442.12 − 796 = 2646.12.
        Case("a fifth was spoilt", LineMoney(3980, 800, 796), (2646,), 800, 350, 159, 29),
        # 3700 back leaves 280 of the goods: the payment fee 28.68 is taken first, packing has the other 251.32.
        Case("costs shrink: the seller's fee, then packing", LineMoney(3980, 800, 3700), (0,), 800, 251, 0, 29),
        Case("all goods back, freight was driven", LineMoney(3980, 800, 3980), (0,), 800, 0, 0, 0),
        Case("the refund reaches the freight", LineMoney(3980, 800, 4180), (0,), 600, 0, 0, 0),
        Case("everything back", LineMoney(3980, 800, 4780), (0,), 0, 0, 0, 0),
        # Costs of nothing: the box is the cooperatives', by grams; 5000 and 2500 of 1000 fen are 666.67 and 333.33.
        Case(
            "two lots by grams",
            LineMoney(1000, 0, 0),
            (667, 333),
            0,
            0,
            0,
            0,
            costs=Costs(0, 0, 0),
            parts=(DrawnPart(1, 7, 5000), DrawnPart(2, 8, 2500)),
        ),
        # F-PY11: three share one fen; remainders tie, so the first lot has it.
        Case(
            "three share one fen",
            LineMoney(1, 0, 0),
            (1, 0, 0),
            0,
            0,
            0,
            0,
            costs=Costs(0, 0, 0),
            parts=(DrawnPart(1, 7, 2500), DrawnPart(2, 8, 2500), DrawnPart(3, 9, 2500)),
        ),
        # 100 × 0.5 % = 0.5 for the payment and 99.5 for the lot tie: the odd fen is the cooperative's.
        Case("a tie goes to the cooperative", LineMoney(100, 0, 0), (100,), 0, 0, 0, 0, costs=Costs(0, 5, 0)),
        Case("packing dearer than the goods", LineMoney(200, 0, 0), (0,), 0, 199, 0, 1),
    ],
    ids=lambda case: case.case,
)
def test_a_line_is_split_as_worked_by_hand(case: Case) -> None:
    split = line_split(case.money, case.costs, case.parts)

    assert tuple(share.amount_fen for share in split.lots) == case.lots
    assert (split.freight_fen, split.packing_fen) == (case.freight, case.packing)
    assert (split.seller_fee_fen, split.payment_fee_fen) == (case.seller, case.payment)


#: Goods, freight, refund in thousandths of what was paid, seller and payment permille, packing, grams of the lots.
Figures = tuple[int, int, int, int, int, int, list[int]]
FIGURES = st.tuples(
    st.integers(1, 400) | st.integers(1, 10**8),
    st.integers(0, 10**5),
    st.integers(0, 1000),
    st.integers(0, 499),
    st.integers(0, 99),
    st.integers(0, 10**5),
    st.lists(st.integers(1, 10**7), min_size=1, max_size=5),
)


def line_of(figures: Figures) -> tuple[LineMoney, Costs, tuple[DrawnPart, ...]]:
    goods, freight, refund_permille, seller, payment, packing, grams = figures
    money = LineMoney(goods, freight, (goods + freight) * refund_permille // 1000)
    parts = tuple(DrawnPart(lot_id=n, cooperative_id=n % 3, grams=g) for n, g in enumerate(grams))
    return money, Costs(seller, payment, packing), parts


@settings(max_examples=CASES, deadline=None)
@given(FIGURES)
def test_parts_sum_to_what_was_kept_and_none_is_negative_or_a_fen_off(figures: Figures) -> None:
    money, costs, parts = line_of(figures)

    split = line_split(money, costs, parts)

    lots = [share.amount_fen for share in split.lots]
    costs_fen = [split.packing_fen, split.seller_fee_fen, split.payment_fee_fen]
    amounts = [*lots, *costs_fen, split.freight_fen]
    assert all(type(amount) is int and amount >= 0 for amount in amounts)
    assert split.total_fen == sum(amounts) == money.kept_fen
    # No part is a whole fen away from its exact share, told here in thousandths.
    left = max(0, money.goods_fen - money.refunded_fen) * 1000
    payment = min(left, money.paid_fen * costs.payment_fee_permille)
    packing = min(left - payment, costs.packing_fen * 1000)
    seller = min(left - payment - packing, money.goods_fen * costs.seller_fee_permille)
    assert all(abs(fen * 1000 - exact) < 1000 for fen, exact in zip(costs_fen, (packing, seller, payment), strict=True))
    grams = sum(part.grams for part in parts)
    rest = left - payment - packing - seller
    assert all(
        abs(fen * 1000 * grams - rest * part.grams) < 1000 * grams for fen, part in zip(lots, parts, strict=True)
    )


@settings(max_examples=1000, deadline=None)
@given(FIGURES, st.integers(0, 10**8))
def test_a_larger_refund_never_earns_anyone_more(figures: Figures, more: int) -> None:
    money, costs, parts = line_of(figures)
    larger = LineMoney(money.goods_fen, money.freight_fen, min(money.paid_fen, money.refunded_fen + more))

    before, after = line_split(money, costs, parts), line_split(larger, costs, parts)

    # Each part is rounded by less than a fen, before and after.
    assert after.cooperatives_fen < before.cooperatives_fen + 2 * len(parts)
    assert after.seller_fee_fen <= before.seller_fee_fen + 1
    assert after.packing_fen <= before.packing_fen + 1
    assert after.payment_fee_fen <= before.payment_fee_fen + 1
    assert after.freight_fen <= before.freight_fen


@pytest.mark.parametrize(
    ("goods", "freight", "refunded"), [(0, 0, 0), (-1, 0, 0), (100, -1, 0), (100, 10, 111), (100, 10, -1)]
)
def test_impossible_figures_are_refused(goods: int, freight: int, refunded: int) -> None:
    with pytest.raises(ValueError, match="impossible figures"):
        LineMoney(goods, freight, refunded)


@pytest.mark.parametrize("parts", [(), (DrawnPart(1, 7, 2500), DrawnPart(1, 7, 2500))], ids=["no lot", "a lot twice"])
def test_a_line_needs_lots_each_once(parts: tuple[DrawnPart, ...]) -> None:
    with pytest.raises(ValueError, match="at least one lot"):
        line_split(LineMoney(3980, 800, 0), USUAL, parts)


def test_weightless_parts_and_negative_costs_are_refused() -> None:
    with pytest.raises(ValueError, match="weighs something"):
        DrawnPart(1, 7, 0)
    with pytest.raises(ValueError, match="negative costs"):
        Costs(seller_fee_permille=-1, payment_fee_permille=0, packing_fen=0)
