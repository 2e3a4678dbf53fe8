"""Where the money of a product, a produce and the whole shop went."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from marketplace.settlement.selectors.money_split import (
    MoneyPart,
    money_split_featured,
    money_split_last,
    money_split_total,
)
from marketplace.settlement.services import settlements_run
from tests.factories import PoolProductFactory, ProductFactory
from tests.factories.orders import SETTLES_AT, Market

pytestmark = pytest.mark.django_db


def settled(packs: int = 1, **market: Any) -> Market:
    made = Market(**market)
    made.delivered(packs)
    settlements_run(at=SETTLES_AT)
    return made


def test_the_split_of_a_product_is_its_settled_shares() -> None:
    product = settled().product

    split = money_split_last(at=SETTLES_AT, produce_id=product.produce_id, product_id=product.pk)

    # As in tests/unit/settlement/test_split.py: 4780 paid, freight 800 of it.
    assert split is not None
    assert split.of_product
    assert split.fen == {
        MoneyPart.COOPERATIVES: 3442,
        MoneyPart.FREIGHT: 800,
        MoneyPart.PACKING: 350,
        MoneyPart.PLATFORM: 188,
    }
    assert (split.total_fen, split.first_on, split.last_on) == (4780, SETTLES_AT.date(), SETTLES_AT.date())


def test_any_amount_is_split_to_the_fen_with_labels_in_the_language() -> None:
    product = settled().product
    split = money_split_last(at=SETTLES_AT, produce_id=product.produce_id)
    assert split is not None

    with translation.override("zh-hans"):
        hundred = split.of_hundred_yuan
    with translation.override("en"):
        box = split.of(3980)

    assert [label for label, _fen in hundred] == ["合作社与农户", "运费", "分拣、冷藏与包装", "平台与支付"]
    # 10000 × 3442, 800, 350 and 188 of 4780: 7200.8, 1673.6, 732.2, 393.3.
    assert [fen for _label, fen in hundred] == [7201, 1674, 732, 393]
    assert sum(fen for _label, fen in box) == 3980
    assert box[0][0] == "Cooperatives and households"


def test_a_product_not_settled_yet_is_told_by_its_produce() -> None:
    market = settled()
    other = PoolProductFactory(pool=market.pool, product=ProductFactory(produce=market.pool.produce)).product

    split = money_split_last(at=SETTLES_AT, produce_id=other.produce_id, product_id=other.pk)

    assert split is not None
    assert not split.of_product
    assert split.total_fen == 4780


def test_too_few_households_are_not_told() -> None:
    market = settled()
    cooperative = market.harvests[0].cooperative
    cooperative.num_households = 4
    cooperative.save()

    assert money_split_last(at=SETTLES_AT, produce_id=market.product.produce_id) is None
    assert money_split_total(SETTLES_AT) is None
    assert money_split_featured(SETTLES_AT) is None


def test_last_year_is_over_after_a_year() -> None:
    product = settled().product

    assert money_split_last(at=SETTLES_AT + timedelta(days=364), produce_id=product.produce_id) is not None
    assert money_split_last(at=SETTLES_AT + timedelta(days=365), produce_id=product.produce_id) is None
    # Nor is the future told.
    assert money_split_last(at=SETTLES_AT - timedelta(seconds=1), produce_id=product.produce_id) is None


def test_the_home_page_tells_of_the_produce_that_is_settled_most_often() -> None:
    settled(9)
    often = settled(1)
    often.delivered(1)
    settlements_run(at=SETTLES_AT)

    split = money_split_featured(SETTLES_AT)

    assert split is not None
    assert split.produce == often.pool.produce
    total = money_split_total(SETTLES_AT)
    assert total is not None
    assert total.total_fen == 9 * 3980 + 800 + 2 * 4780


def test_a_shop_without_settlements_tells_nothing() -> None:
    assert money_split_featured(SETTLES_AT) is None
    assert money_split_total(SETTLES_AT) is None


def test_a_product_costs_one_statement(django_assert_num_queries: Any) -> None:
    product = settled().product

    with django_assert_num_queries(1):
        money_split_last(at=SETTLES_AT, produce_id=product.produce_id, product_id=product.pk)
