"""
Grams and fen. Everything inside is an integer; people write kilograms, jin and yuan, half-width or full-width.
"""

from __future__ import annotations

import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils.translation import gettext as _

G_PER_KG = 1000
#: 斤, the everyday weight: 500 g. Legal units are shown beside it (计量法).
G_PER_JIN = 500
FEN_PER_YUAN = 100
#: More than any one harvest or lot on Fenglu: 100,000 tonnes. A larger figure is a slip of the finger.
MAX_MASS_G = 10**11


class UnreadableQuantity(ValueError):
    """A quantity that a person typed and that cannot be used; the message says what to change."""


def parse_decimal(text: str) -> Decimal:
    """Read a plain decimal number; full-width digits and separators are understood, exponents are not."""
    plain = unicodedata.normalize("NFKC", str(text)).strip().replace(",", "").replace(" ", "")
    if not plain or not all(character in "0123456789.-+" for character in plain) or len(plain) > 20:
        raise UnreadableQuantity(_("Please write a number, for example 1250 or 12.5."))
    try:
        return Decimal(plain)
    except InvalidOperation as error:
        raise UnreadableQuantity(_("Please write a number, for example 1250 or 12.5.")) from error


def parse_kg(text: str, *, allow_zero: bool = False) -> int:
    """
    Read kilograms into whole grams.

    Raises
    ------
    UnreadableQuantity
        If it is not a number, not positive, finer than a gram, or above ``MAX_MASS_G``.
    """
    grams = parse_decimal(text) * G_PER_KG
    if grams < 0 or (grams == 0 and not allow_zero):
        raise UnreadableQuantity(_("The weight must be more than zero."))
    if grams > MAX_MASS_G:
        raise UnreadableQuantity(_("That is more than 100,000 tonnes. Please check the weight."))
    if grams != grams.to_integral_value():
        raise UnreadableQuantity(_("Please write kilograms with at most three decimals."))
    return int(grams)


def parse_count(text: str, *, maximum: int = 1_000_000) -> int:
    """Read a positive whole number of things."""
    number = parse_decimal(text)
    if number != number.to_integral_value() or number <= 0:
        raise UnreadableQuantity(_("Please write a whole number of 1 or more."))
    if number > maximum:
        raise UnreadableQuantity(_("That is more than %(maximum)s. Please check the number.") % {"maximum": maximum})
    return int(number)


def yuan_to_fen(amount: Decimal) -> int:
    """Turn Oscar's exact two-place decimal into integer fen, rounding half up where Oscar keeps four places."""
    return int((Decimal(amount) * FEN_PER_YUAN).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def fen_to_yuan(amount_fen: int) -> Decimal:
    """Turn fen into the two-place decimal that Oscar's columns hold."""
    return (Decimal(amount_fen) / FEN_PER_YUAN).quantize(Decimal("0.01"))


def price_per_mass_fen(price_fen: int, net_weight_g: int, per_g: int) -> int:
    """Return the unit price in fen for ``per_g`` grams, rounded half up (明码标价 shows it beside the price)."""
    return (2 * price_fen * per_g + net_weight_g) // (2 * net_weight_g)


def split_by_weight(total: int, weights: list[int]) -> list[int]:
    """
    Split a whole amount in proportion to weights by largest remainder; the parts sum to the total exactly.

    Ties go to the earlier part, so the same input always gives the same split. With no weight at all the
    first part takes everything.

    Parameters
    ----------
    total
        Amount in fen or grams; may be zero, must not be negative.
    weights
        Non-negative integers, at least one.
    """
    if total < 0 or not weights or min(weights) < 0:
        raise ValueError("a split needs a non-negative total and at least one non-negative weight")
    whole = sum(weights)
    if whole == 0:
        return [total, *([0] * (len(weights) - 1))]
    parts = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    left = total - sum(parts)
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:left]:
        parts[index] += 1
    return parts
