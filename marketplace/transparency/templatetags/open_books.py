"""The open books inside other pages: `{% money_of_product product as split %}`, `{% money_featured as split %}`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template

from marketplace.foundation import clock
from marketplace.foundation.bilingual import is_chinese
from marketplace.settlement.selectors.money_split import (
    MoneyPart,
    MoneySplit,
    money_split_featured,
    money_split_last,
)

register = template.Library()

_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class BoxWords:
    """One amount and its four parts, by name, for a sentence."""

    amount_fen: int
    cooperatives_fen: int
    freight_fen: int
    packing_fen: int
    platform_fen: int


@register.simple_tag
def money_of_product(product: Any) -> MoneySplit | None:
    """Return where the money of a product went last season, or of its produce; None while it may not be told."""
    if product.produce_id is None:
        return None
    return money_split_last(
        at=clock.now(), produce_id=product.produce_id, product_id=product.pk, produce=product.produce
    )


@register.simple_tag
def money_featured() -> MoneySplit | None:
    """Return the split of the produce that was settled most often, for the home page."""
    return money_split_featured(clock.now())


@register.filter
def of_amount(split: MoneySplit, amount_fen: int) -> BoxWords:
    """Return the parts of an amount, in whole fen that sum to it."""
    parts = dict(zip(MoneyPart, (fen for _label, fen in split.of(amount_fen)), strict=True))
    return BoxWords(
        amount_fen,
        parts[MoneyPart.COOPERATIVES],
        parts[MoneyPart.FREIGHT],
        parts[MoneyPart.PACKING],
        parts[MoneyPart.PLATFORM],
    )


@register.filter
def month_year(month: date) -> str:
    """Return a month with its year: 2026年11月, November 2026."""
    return f"{month.year}年{month.month}月" if is_chinese() else f"{_MONTHS[month.month - 1]} {month.year}"


@register.simple_tag
def month_span(first: date, last: date) -> str:
    """Return a span of months: 2026年10月至11月, October to November 2026; one month alone is that month."""
    if (first.year, first.month) == (last.year, last.month):
        return month_year(first)
    same_year = first.year == last.year
    if is_chinese():
        return f"{month_year(first)}至{f'{last.month}月' if same_year else month_year(last)}"
    return f"{_MONTHS[first.month - 1] if same_year else month_year(first)} to {month_year(last)}"
