"""The question: order lines that wait, what will come for them, and what else could be sent."""

from __future__ import annotations

from dataclasses import dataclass

#: Kinds of buyers.
CONSUMER, INSTITUTION, CONTRACT = "CONSUMER", "INSTITUTION", "CONTRACT"
BUYER_KINDS = (CONSUMER, INSTITUTION, CONTRACT)
#: What can become of packs that do not come as promised; the last always can.
OTHER_LOT, LATER, SUBSTITUTE, REFUND = "OTHER_LOT", "LATER", "SUBSTITUTE", "REFUND"
OPTION_KINDS = (OTHER_LOT, LATER, SUBSTITUTE)


@dataclass(frozen=True, slots=True)
class Demand:
    """
    Packs of one order line that were promised and are not drawn yet.

    Parameters
    ----------
    ordered_at
        When it was ordered, as any number that grows with time; ties go by line id.
    due_day
        The last day it may be sent, as a day number: who would be served first if nobody decided.
    unit_price_fen, freight_fen
        Paid for a pack, and for the freight of the whole line.
    refuses
        Kinds of options that this buyer has turned down before and is not asked again.
    """

    line_id: int
    buyer_kind: str
    packs: int
    pack_g: int
    ordered_at: int
    due_day: int
    unit_price_fen: int
    freight_fen: int = 0
    refuses: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.packs <= 0 or self.pack_g <= 0 or self.unit_price_fen <= 0 or self.freight_fen < 0:
            raise ValueError(f"impossible figures of a line: {self}")
        if self.buyer_kind not in BUYER_KINDS or not self.refuses <= set(OPTION_KINDS):
            raise ValueError(f"unknown kind: {self}")


@dataclass(frozen=True, slots=True)
class Option:
    """
    A window whose packs can take the place of promised ones, pack for pack.

    Parameters
    ----------
    free_packs
        What can still be promised of it.
    price_fen
        What a pack costs there. A buyer pays the smaller of this and what they paid.
    reaches
        Lines whose buyers it can be sent to; None for all.
    """

    window_id: int
    kind: str
    free_packs: int
    price_fen: int
    reaches: frozenset[int] | None = None

    def __post_init__(self) -> None:
        if self.free_packs < 0 or self.price_fen <= 0:
            raise ValueError(f"impossible figures of an option: {self}")
        if self.kind not in OPTION_KINDS:
            raise ValueError(f"unknown kind: {self}")


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Lines, the grams that will come for them, and the options of each kind in the order they are to be tried."""

    demands: tuple[Demand, ...]
    coming_g: int
    options: tuple[Option, ...] = ()

    def __post_init__(self) -> None:
        if self.coming_g < 0:
            raise ValueError("what comes must not be negative")
        if len({demand.line_id for demand in self.demands}) != len(self.demands):
            raise ValueError("a line waits once")
        if len({option.window_id for option in self.options}) != len(self.options):
            raise ValueError("a window is one option")
