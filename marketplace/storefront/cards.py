"""
The finished rows that the components draw: selectors fill them, templates only show them.

Each mirrors one component in ``templates/cotton/``; nothing here asks the database or reads the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from marketplace.storefront.season_strip import SeasonStrip


@dataclass(frozen=True)
class ProductCard:
    """
    One product with the window that it is sold by (``<c-product-card :card="row" />``).

    ``phase`` is presale, fresh, stored or off (any case); ``phase_note`` follows its word (入库 33 天). ``spec`` is
    grade and pack, ``origin`` county and province. ``ships_text`` replaces the dispatch date where that is not a
    date (24 小时内发出). ``num_left`` is shown only when given.
    """

    url: str
    slug: str
    name: str
    category: str
    county_code: str
    spec: str
    origin: str
    phase: str
    price_fen: int | None
    net_weight_g: int
    phase_note: str = ""
    ships_by: date | None = None
    ships_text: str = ""
    opens_at: datetime | None = None
    strip: SeasonStrip | None = None
    num_left: int | None = None
    is_sold_out: bool = False
    photo_url: str = ""
    photo_alt: str = ""


@dataclass(frozen=True)
class WindowChoice:
    """
    One listing window to choose (``<c-window-choice :window="row" name="window" />``).

    ``state`` is open, soldout, later or closing. ``picked_from`` and ``picked_by`` are the days it was or will be
    picked; ``note`` is one short line (冷库 5–8℃, 现摘现发). ``next_text`` says what a sold out window is followed by.
    ``remind_url`` leads to where one asks to be told when the window opens.
    """

    id: int
    phase: str
    price_fen: int
    net_weight_g: int
    num_left: int
    picked_from: date | None = None
    picked_by: date | None = None
    note: str = ""
    state: str = "open"
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    ships_by: date | None = None
    next_text: str = ""
    remind_url: str = ""
    is_chosen: bool = False

    @property
    def can_be_chosen(self) -> bool:
        """Whether a basket may take it now."""
        return self.state in {"open", "closing"}


@dataclass(frozen=True)
class TrackingEvent:
    """One line of a parcel's or order's way, newest first; ``kind`` is now, done, late or coming."""

    what: str
    at: datetime | None = None
    where: str = ""
    kind: str = "done"
    day: date | None = None
