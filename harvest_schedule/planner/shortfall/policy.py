"""How a shortfall is to be decided: who is served first, and what is tried for the packs that do not come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harvest_schedule.planner.shortfall.problem import OPTION_KINDS, SUBSTITUTE

#: Whoever ordered first is served whole first; or everybody gets the same share, in whole packs.
EARLIEST, PRO_RATA = "EARLIEST", "PRO_RATA"
ORDERS = (EARLIEST, PRO_RATA)


class UnreadablePolicy(ValueError):
    """A policy that cannot be read; ``field`` names what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")


@dataclass(frozen=True, slots=True)
class Policy:
    """
    Parameters
    ----------
    order
        ``EARLIEST`` or ``PRO_RATA``.
    contracts_first
        Whether standing contracts are served before anybody else, among themselves by the same order.
    unserved
        What is tried for packs that do not come, in this order; money back for what is left after it.
    substitute
        The window that is offered instead, for policies with ``SUBSTITUTE``; None for the best there is.
    """

    order: str = EARLIEST
    contracts_first: bool = False
    unserved: tuple[str, ...] = ()
    substitute: int | None = None

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            raise UnreadablePolicy("order", f"must be one of {', '.join(ORDERS)}")
        if not set(self.unserved) <= set(OPTION_KINDS):
            raise UnreadablePolicy("unserved", f"must be among {', '.join(OPTION_KINDS)}")
        if len(set(self.unserved)) != len(self.unserved):
            raise UnreadablePolicy("unserved", "names one thing twice")
        if self.substitute is not None and SUBSTITUTE not in self.unserved:
            raise UnreadablePolicy("substitute", "is only of use where substitutes are offered")

    def to_json(self) -> dict[str, Any]:
        return {
            "order": self.order,
            "contracts_first": self.contracts_first,
            "unserved": list(self.unserved),
            "substitute": self.substitute,
        }


def policy_read(data: Mapping[str, Any]) -> Policy:
    """
    Read a policy from plain JSON.

    Raises
    ------
    UnreadablePolicy
    """
    unserved = data.get("unserved", ())
    if not isinstance(unserved, (list, tuple)) or not all(isinstance(kind, str) for kind in unserved):
        raise UnreadablePolicy("unserved", "must be a list of kinds")
    substitute = data.get("substitute")
    if substitute is not None and (isinstance(substitute, bool) or not isinstance(substitute, int)):
        raise UnreadablePolicy("substitute", "must be the number of a window")
    contracts_first = data.get("contracts_first", False)
    if not isinstance(contracts_first, bool):
        raise UnreadablePolicy("contracts_first", "must be true or false")
    order = data.get("order", EARLIEST)
    if not isinstance(order, str):
        raise UnreadablePolicy("order", f"must be one of {', '.join(ORDERS)}")
    return Policy(order, contracts_first, tuple(unserved), substitute)
