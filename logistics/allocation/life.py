"""
How long produce keeps.

Respiration, and with it ageing, goes 2 to 3 times as fast for every 10 °C more: the Q10 law (USDA Agriculture
Handbook 66, "The Commercial Storage of Fruits, Vegetables, and Florist and Nursery Stocks", 2016). The mean kinetic
temperature that sums up a trip follows USP <1079>.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

_KELVIN = 273.15
#: Gas constant in kJ per mol and K.
_GAS_KJ = 8.314462618e-3
#: USP <1079>: activation energy where none is known, in kJ per mol.
_ACTIVATION_KJ = 83.14462618


@dataclass(frozen=True)
class Spell:
    """Hours at one temperature."""

    hours: float
    temp_c: float

    def __post_init__(self) -> None:
        if self.hours < 0:
            raise ValueError("a spell does not last less than nothing")


@dataclass(frozen=True)
class Stay:
    """Whole days in a store in which the produce keeps for ``keeps_days`` from fresh to the end."""

    days: int
    keeps_days: int

    def __post_init__(self) -> None:
        if self.days < 0 or self.keeps_days <= 0:
            raise ValueError(f"a stay of {self.days} days where it keeps {self.keeps_days}")


def ageing_rate(temp_c: float, *, reference_c: float, q10: float) -> float:
    """Return how many hours of life at the reference temperature one hour at another uses."""
    if q10 <= 0:
        raise ValueError("Q10 is a positive ratio")
    return float(q10 ** ((temp_c - reference_c) / 10))


def life_used_h(spells: Sequence[Spell], *, reference_c: float, q10: float) -> float:
    """Return the hours of life at the reference temperature that spells used."""
    return sum(spell.hours * ageing_rate(spell.temp_c, reference_c=reference_c, q10=q10) for spell in spells)


def life_left_h(shelf_life_h: float, spells: Sequence[Spell], *, reference_c: float, q10: float) -> float:
    """Return the hours left at the reference temperature; never less than 0."""
    return max(0.0, shelf_life_h - life_used_h(spells, reference_c=reference_c, q10=q10))


def q10_between(warm_days: float, warm_c: float, cold_days: float, cold_c: float) -> float:
    """
    Return the Q10 that two measured shelf lives imply.

    Raises
    ------
    ValueError
        If the temperatures are the same or a life is not positive.
    """
    if warm_c == cold_c or warm_days <= 0 or cold_days <= 0:
        raise ValueError("two lives at two temperatures are needed")
    return float((cold_days / warm_days) ** (10 / (warm_c - cold_c)))


def mean_kinetic_temperature_c(spells: Sequence[Spell], *, activation_kj: float = _ACTIVATION_KJ) -> float:
    """
    Return the one temperature that would have done the same as all spells together, in °C.

    Raises
    ------
    ValueError
        If the spells last no time at all.
    """
    hours = sum(spell.hours for spell in spells)
    if hours <= 0:
        raise ValueError("spells that last no time have no temperature")
    scale = activation_kj / _GAS_KJ
    mean = sum(spell.hours * math.exp(-scale / (spell.temp_c + _KELVIN)) for spell in spells) / hours
    return scale / -math.log(mean) - _KELVIN


def best_before_day(picked_day: int, stays: Sequence[Stay], *, keeps_days: int) -> int:
    """
    Return the last day of life of produce picked on a day.

    Every finished stay uses the share of life that its days are of what the produce keeps there; what is left is
    spent where it lies now. This is the Q10 law with the two measured lives in place of a rate. Rounded down.

    Parameters
    ----------
    stays
        Finished stays since picking, in order.
    keeps_days
        What fresh produce keeps where it lies now, 1 or more.
    """
    if keeps_days <= 0:
        raise ValueError("produce must keep for a day at least")
    day, left = picked_day, Fraction(1)
    for stay in stays:
        share = Fraction(stay.days, stay.keeps_days)
        if share >= left:
            return day + math.floor(left * stay.keeps_days)
        left -= share
        day += stay.days
    return day + math.floor(left * keeps_days)
