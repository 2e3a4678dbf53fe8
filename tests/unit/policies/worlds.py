"""Small seasons, written as files of the neutral format are."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

_SEASON: dict[str, Any] = {
    "weeks": 6,
    "presale_weeks": 1,
    "presale_discount": 1.0,
    "goodwill": 0.5,
    "switching": 0.5,
    "stores": {"COLD": {"loss": 0.0, "true_loss": 0.1, "hold_cost": 1}},
    "produce": [{"id": "apple", "life": {"COLD": 2}, "cost": 2}],
    "cooperatives": [
        {"id": "A", "county": "520623", "storage": {"COLD": 40}},
        {"id": "B", "county": "520623"},
    ],
    "harvests": [
        {
            "coop": name,
            "produce": "apple",
            "first_day": 7,
            "end_day": 21,
            "low": 80,
            "likely": 100,
            "high": 120,
            "ripe": [{"week": 1, "qty": ripe}, {"week": 2, "qty": ripe}],
        }
        for name, ripe in (("A", 50), ("B", 30))
    ],
    "demand": [{"produce": "apple", "week": week, "expected": 60, "qty": 60, "price": 10} for week in range(6)],
}

STORE_AT_B = [
    {"id": "A", "county": "520623"},
    {"id": "B", "county": "520623", "storage": {"COLD": 40}},
]


def season(**changes: Any) -> dict[str, Any]:
    """Two cooperatives pick apples in weeks 1 and 2 of six; B brings less than it declared; A has the cold store."""
    return deepcopy(_SEASON) | changes
