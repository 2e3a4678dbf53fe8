"""Tiny shortfalls: a few lines that wait, and what comes for them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from harvest_schedule.planner.shortfall.policy import ORDERS, Policy
from harvest_schedule.planner.shortfall.problem import (
    BUYER_KINDS,
    CONSUMER,
    OPTION_KINDS,
    Demand,
    Option,
    Shortfall,
)


def demand(line_id: int, packs: int, **changes: Any) -> Demand:
    """A household's line of 2.5 kg boxes at 40.00, ordered in the order of the line ids."""
    values: dict[str, Any] = {
        "buyer_kind": CONSUMER,
        "pack_g": 2500,
        "ordered_at": line_id,
        "due_day": 7,
        "unit_price_fen": 4000,
        "freight_fen": 0,
    }
    return Demand(line_id=line_id, packs=packs, **{**values, **changes})


@st.composite
def shortfalls(draw: st.DrawFn, *, same_size: bool = False) -> Shortfall:
    """Up to six lines, what comes for them, and up to four options."""
    size = draw(st.sampled_from([1000, 2500]))
    number = draw(st.integers(1, 6))
    demands = tuple(
        demand(
            line_id,
            draw(st.integers(1, 7)),
            buyer_kind=draw(st.sampled_from(BUYER_KINDS)),
            pack_g=size if same_size else draw(st.sampled_from([1000, 2500, 5000])),
            ordered_at=draw(st.integers(0, 4)),
            due_day=draw(st.integers(0, 3)),
            unit_price_fen=draw(st.integers(1, 9999)),
            freight_fen=draw(st.integers(0, 1500)),
            refuses=draw(st.frozensets(st.sampled_from(OPTION_KINDS), max_size=2)),
        )
        for line_id in range(1, number + 1)
    )
    promised_g = sum(row.packs * row.pack_g for row in demands)
    reach = st.none() | st.frozensets(st.integers(1, number))
    options = tuple(
        Option(
            window_id,
            draw(st.sampled_from(OPTION_KINDS)),
            draw(st.integers(0, 8)),
            draw(st.integers(1, 9999)),
            draw(reach),
        )
        for window_id in range(101, 101 + draw(st.integers(0, 4)))
    )
    return Shortfall(demands, draw(st.integers(0, promised_g + 3000)), options)


def policies() -> st.SearchStrategy[Policy]:
    """Any policy, with the options tried in any order."""
    chains = st.lists(st.sampled_from(OPTION_KINDS), unique=True).map(tuple)
    return st.builds(Policy, st.sampled_from(ORDERS), st.booleans(), chains)
