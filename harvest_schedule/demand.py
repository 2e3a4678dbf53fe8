"""
When people buy what: monthly shapes of retail demand and price, and how much of a presale's discount pays.

Source: ../shared design paper `demand_and_events.md`, section 3 (own estimates of November 2026, to be replaced by
real sales). An index of 1.0 is the goods' own yearly mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

from catalog.models import Produce

#: Chinese New Year's day; the next feast decides the gift season. Computed with lunar-python 1.4.8.
SPRING_FESTIVALS = (date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13))
#: Carriers stop so many days before the feast and start again so many after it.
STOP_DAYS_BEFORE, STOP_DAYS_AFTER = 7, 7
#: The part of a usual week's buyers who order although nothing is sent before the carriers are back; own estimate.
PAUSE_DEMAND = 0.3
#: How far one week's buyers stray from the usual (log scale), and up to which quantile of them goods are planned: in
#: the running week, and in later ones. As measured in docs/algorithms/policy_simulation.md.
WEEK_SPREAD = 0.25
THIS_WEEK_UP_TO, LATER_UP_TO = 0.95, 0.85


@dataclass(frozen=True)
class Shape:
    """Demand and price indices for the twelve months."""

    demand: tuple[float, ...]
    price: tuple[float, ...]


_FLAT = (1.0,) * 12
_SHAPES: dict[str, Shape] = {
    "apple": Shape(
        (1.9, 0.9, 0.8, 0.8, 0.7, 0.6, 0.6, 0.7, 1.0, 1.2, 1.4, 1.4),
        (0.98, 1.0, 1.02, 1.05, 1.1, 1.14, 1.16, 1.1, 0.98, 0.88, 0.92, 0.96),
    ),
    "orange": Shape(
        (2.6, 1.1, 1.0, 0.7, 0.4, 0.2, 0.1, 0.1, 0.2, 0.6, 2.1, 2.9),
        (0.98, 1.05, 1.1, 1.2, 1.3, 1.3, 1.3, 1.3, 1.2, 1.15, 1.0, 0.95),
    ),
    "kiwifruit": Shape(
        (0.9, 0.7, 0.6, 0.5, 0.4, 0.4, 0.5, 1.2, 2.4, 2.2, 1.4, 0.8),
        (1.1, 1.15, 1.2, 1.3, 1.3, 1.3, 1.3, 1.1, 0.95, 0.88, 0.92, 1.0),
    ),
    "tea": Shape(
        (0.6, 0.5, 1.6, 2.9, 1.6, 0.9, 0.7, 0.6, 0.9, 0.7, 0.6, 0.4),
        (0.85, 0.85, 1.5, 1.2, 1.0, 0.9, 0.85, 0.85, 0.85, 0.85, 0.85, 0.85),
    ),
    "tuber": Shape(
        (1.1, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 1.0, 1.1, 1.3, 1.2, 1.2),
        (1.05, 1.1, 1.15, 1.2, 1.15, 1.0, 0.95, 0.9, 0.85, 0.85, 0.9, 1.0),
    ),
    "livestock": Shape((1.6, 1.0, 0.8, 0.7, 0.6, 0.6, 0.6, 0.7, 1.0, 1.2, 1.5, 1.7), _FLAT),
    "dried": Shape(
        (2.2, 0.8, 0.7, 0.7, 0.7, 0.8, 0.7, 0.8, 1.3, 1.1, 1.2, 1.0),
        (1.1, 1.02, 1.0, 1.0, 1.0, 1.0, 0.98, 0.96, 0.95, 0.97, 1.0, 1.04),
    ),
    "pantry": Shape((1.9, 0.8, 0.8, 0.8, 0.8, 0.9, 0.8, 0.9, 1.4, 1.0, 1.0, 0.9), _FLAT),
    "fresh": Shape(_FLAT, _FLAT),
}
_BY_WORD = (("apple", "apple"), ("orange", "orange"), ("mandarin", "orange"), ("kiwi", "kiwifruit"))
_BY_CATEGORY = {
    "tea": "tea",
    "tuber": "tuber",
    "livestock": "livestock",
    "aquatic": "livestock",
    "oil": "pantry",
    "honey": "pantry",
    "grain": "pantry",
    "nut": "dried",
    "herb": "dried",
    "spice": "dried",
    "mushroom": "dried",
}


def shape_of(produce: Produce) -> Shape:
    """Return the shape of a produce: by its name where it has one of its own, else by category and form."""
    for word, shape in _BY_WORD:
        if word in produce.slug:
            return _SHAPES[shape]
    if produce.is_fresh and produce.category in {"fruit", "vegetable", "mushroom"}:
        return _SHAPES["fresh"]
    return _SHAPES[_BY_CATEGORY.get(produce.category, "dried")]


def gift_lift(day: date) -> float:
    """Return the lift of demand before Spring Festival: highest twelve days ahead, gone when too late to ship."""
    ahead = min(((feast - day).days for feast in SPRING_FESTIVALS if feast >= day), default=400)
    if ahead < 4:
        return 0.3
    return 1 + 1.2 * math.exp(-(((ahead - 12) / 7) ** 2))


def week_factors(produce: Produce, monday: date) -> tuple[float, float]:
    """Return demand and price index of a week, judged on its Thursday; few order while nothing can be sent."""
    thursday = date.fromordinal(monday.toordinal() + 3)
    shape = shape_of(produce)
    lift = gift_lift(thursday) if produce.category not in {"vegetable"} else 1.0
    if carriers_stop(monday):
        lift = PAUSE_DEMAND
    return shape.demand[thursday.month - 1] * lift, shape.price[thursday.month - 1]


def carriers_stop(monday: date) -> bool:
    """Return whether carriers stand still for most of the week that begins on a Monday."""
    days = [date.fromordinal(monday.toordinal() + offset) for offset in range(7)]
    still = [
        day
        for day in days
        if any(-STOP_DAYS_BEFORE <= (day - feast).days <= STOP_DAYS_AFTER for feast in SPRING_FESTIVALS)
    ]
    return len(still) >= 4


def beyond_usual(quantile: float) -> float:
    """Return by which part of the usual a week at this quantile wants more."""
    return math.exp(WEEK_SPREAD * NormalDist().inv_cdf(quantile)) - 1


def chance_beyond_usual(quantile: float) -> float:
    """Return the mean chance that goods are bought which lie between the usual and this quantile."""
    return (0.5 + (1 - quantile)) / 2
