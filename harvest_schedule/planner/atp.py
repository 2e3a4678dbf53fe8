"""
What may still be promised: available-to-promise over time, and how sure one has to be to promise at all.

Supply and promises are integers by ship bucket. An order that ships in bucket b may use supply of b and of the
``life`` buckets before it. All orders can be served exactly when for every s ≤ e

    Σ promised in s … e  ≤  Σ supply in s - life … e                                    (interval condition)

which for goods that keep is the cumulative balance. What can be added in bucket b is the smallest slack of all
intervals around b, so for goods that keep it is the minimum of the balances from b on: an order for one week never
eats what a later week was promised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

LOWEST_QUANTILE = 0.05
HIGHEST_QUANTILE = 0.60
"""Policy: never promise on less than an even-or-so chance, whatever the margins say."""


@dataclass(frozen=True, slots=True)
class Overpromise:
    """In ship buckets ``first`` … ``last`` (included) ``excess`` more is promised than can be there."""

    first: int
    last: int
    excess: int


def critical_ratio(
    underage: float, overage: float, *, lowest: float = LOWEST_QUANTILE, highest: float = HIGHEST_QUANTILE
) -> float:
    """
    The quantile of supply up to which promising pays, Cu / (Cu + Co), clipped to policy.

    Parameters
    ----------
    underage
        Cu: margin lost on a unit that was not promised (price - cost - what it fetches later or as salvage).
    overage
        Co: cost of a unit promised and not delivered (refund, goodwill, replacement).

    Raises
    ------
    ValueError
        If the cost of a broken promise is negative or not a number.
    """
    if not overage >= 0 or math.isnan(underage):
        raise ValueError("underage must be a number and overage a number of zero or more")
    if underage <= 0:
        return lowest
    return min(max(underage / (underage + overage), lowest), highest)


def available_to_promise(supply: Sequence[int], promised: Sequence[int], life: int | None = None) -> list[int]:
    """
    What may still be promised for each ship bucket, alone and beside all promises made; never negative.

    Parameters
    ----------
    supply, promised
        Quantity by bucket, of the same length.
    life
        Buckets after its own in which supply may still ship; None for goods that keep through the horizon.
    """
    _check(supply, promised, life)
    buckets = len(supply)
    slack = [[0] * buckets for _ in range(buckets)]
    for first, last, value in _intervals(supply, promised, life):
        slack[first][last] = value
    # smallest[s] is the least slack of intervals from s that reach b; going down in b adds those that end at b.
    answer = [0] * buckets
    smallest: list[float] = [math.inf] * buckets
    for bucket in range(buckets - 1, -1, -1):
        for first in range(bucket + 1):
            smallest[first] = min(smallest[first], slack[first][bucket])
        answer[bucket] = max(int(min(smallest[: bucket + 1])), 0)
    return answer


def overpromised(supply: Sequence[int], promised: Sequence[int], life: int | None = None) -> Overpromise | None:
    """The interval in which most is promised too much, the earliest of equals; None when all can be served."""
    _check(supply, promised, life)
    worst: Overpromise | None = None
    for first, last, value in _intervals(supply, promised, life):
        if value < 0 and (worst is None or -value > worst.excess):
            worst = Overpromise(first, last, -value)
    return worst


def _intervals(supply: Sequence[int], promised: Sequence[int], life: int | None) -> list[tuple[int, int, int]]:
    """Every interval (first, last) with what is left of the supply that can serve it."""
    come = [0, *accumulate(supply)]
    gone = [0, *accumulate(promised)]
    return [
        (first, last, come[last + 1] - come[0 if life is None else max(first - life, 0)] - gone[last + 1] + gone[first])
        for first in range(len(supply))
        for last in range(first, len(supply))
    ]


def _check(supply: Sequence[int], promised: Sequence[int], life: int | None) -> None:
    if len(supply) != len(promised):
        raise ValueError("supply and promised must have one entry for the same buckets")
    if any(qty < 0 for qty in (*supply, *promised)) or (life is not None and life < 0):
        raise ValueError("quantities and life must not be negative")
