"""
Which picture stands for a produce: a true drawing, piled by one, three or five, or a plate with its character.

Never a look-alike: the choice of each produce is data (``art.json``), and a produce that the data does not know gets
the character of its kind. Drawings are Noto Emoji, see ``static/fenglu/NOTICE.txt``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.html import escape

from marketplace.storefront.ground import CANVAS, field_shapes, ground_shapes

_DATA = Path(__file__).with_name("art.json")


@dataclass(frozen=True)
class Art:
    """The picture of one produce: ``drawing`` with its number of copies, or ``character``; and its light."""

    palette: str
    drawing: str = ""
    copies: int = 1
    character: str = ""


@dataclass(frozen=True)
class Copy:
    """One drawing of a pile: centre and side as shares of the canvas width, the lean in degrees clockwise."""

    x: float
    y: float
    side: float
    lean: int


#: Back to front, so that the last one lies on top. Heights are for a 4:3 card; other canvases shift them.
PILES: dict[int, tuple[Copy, ...]] = {
    1: (Copy(0.50, 0.40, 0.54, 0),),
    3: (
        Copy(0.285, 0.49, 0.485, -9),
        Copy(0.715, 0.49, 0.485, 9),
        Copy(0.505, 0.375, 0.585, 0),
    ),
    5: (
        Copy(0.405, 0.30, 0.42, -6),
        Copy(0.63, 0.295, 0.44, 6),
        Copy(0.27, 0.485, 0.40, -8),
        Copy(0.765, 0.485, 0.40, 8),
        Copy(0.505, 0.505, 0.45, 0),
    ),
}

#: Three drawings heaped at the foot of the almanac header; the front one may run over its edge.
HERO_PILE = (
    Copy(0.27, 0.58, 0.54, -5),
    Copy(0.60, 0.25, 0.52, 3),
    Copy(0.74, 0.63, 0.72, 4),
)


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    return data


def art_of(slug: str, category: str = "") -> Art:
    """Return the picture of a produce; one that the data does not know shows the character of its kind."""
    entry = _data()["produce"].get(slug)
    if entry is None:
        entry = _data()["categories"].get(category, _data()["categories"]["fruit"])
        return Art(palette=entry["palette"], character=entry["character"])
    return Art(
        palette=entry["palette"],
        drawing=entry.get("drawing", ""),
        copies=entry.get("copies", 1),
        character=entry.get("character", ""),
    )


def category_drawing(category: str) -> str:
    """Return the drawing that stands for a kind of produce in menus."""
    drawing: str = _data()["categories"].get(category, _data()["categories"]["fruit"])["drawing"]
    return drawing


def pile_images(copies: int, href: str, *, width: int, height: int) -> str:
    """Return ``<image>`` elements of a pile, lifted or lowered to sit well on a canvas that is not 4:3."""
    return _images(PILES.get(copies, PILES[1]), href, width=width, lift=(height - width * 0.75) * 0.48)


def hero_images(href: str, *, width: int) -> str:
    """Return the ``<image>`` elements of the header's heap."""
    return _images(HERO_PILE, href, width=width, lift=0)


def _images(pile: tuple[Copy, ...], href: str, *, width: int, lift: float) -> str:
    parts = []
    for copy in pile:
        side, x, y = copy.side * width, copy.x * width, copy.y * width + lift
        turn = f' transform="rotate({copy.lean} {x:.0f} {y:.0f})"' if copy.lean else ""
        parts.append(
            f'<image href="{escape(href)}" x="{x - side / 2:.0f}" y="{y - side / 2:.0f}"'
            f' width="{side:.0f}" height="{side:.0f}"{turn}/>'
        )
    return "".join(parts)


@lru_cache(maxsize=512)
def plate_inside(slug: str, category: str, county_code: str, size: str, href: str) -> tuple[str, str, str]:
    """
    Return the view box, palette and inner SVG of a produce's plate.

    Parameters
    ----------
    size : str
        ``card``, ``page``, ``tile`` or ``wide``.
    href : str
        Address of the drawing's static file, empty for a character plate.
    """
    width, height = CANVAS[size]
    art = art_of(slug, category)
    inside = ground_shapes(county_code or slug, width=width, height=height)
    if art.drawing:
        # Where the plate fills the width of the page, a pile of three would look like giants.
        copies = 5 if art.copies == 3 and size in {"page", "wide"} else art.copies
        inside += pile_images(copies, href, width=width, height=height)
    else:
        font = width * 0.27 if len(art.character) == 1 else width * 0.2
        baseline = height * 0.47 + font * 0.36
        inside += (
            f'<text class="ground__character" x="{width / 2:.0f}" y="{baseline:.0f}" font-size="{font:.0f}">'
            f"{escape(art.character)}</text>"
        )
    return f"0 0 {width} {height}", art.palette, inside


@lru_cache(maxsize=64)
def field_inside(seed: str) -> str:
    """Return the inner SVG of the header's dark terraces."""
    return field_shapes(seed)
