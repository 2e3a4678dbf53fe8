"""
Tags and filters of the look: icons, art, and how figures read in the language of the moment.

Filters answer an empty string for a value that is not there, so that a missing date never becomes the word None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.db.models import Sum
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from marketplace.storefront import formats
from marketplace.storefront.almanac import AlmanacDay, almanac_day
from marketplace.storefront.art import art_of, category_drawing, field_inside, hero_images, plate_inside
from marketplace.storefront.display import TEXT_COOKIE, THEME_COOKIE, chosen
from marketplace.storefront.places import HEIGHT, WIDTH, Place, place_points
from marketplace.storefront.season_strip import SeasonStrip
from marketplace.storefront.season_strip import season_words as strip_words

register = template.Library()

_STATIC = Path(__file__).parents[1] / "static" / "fenglu"


def _language() -> str:
    return get_language() or "zh-hans"


# --- icons and art ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _icon_inside(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise ValueError(f"not an icon name: {name!r}")
    text = (_STATIC / "img" / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    inside = re.sub(r"<!--.*?-->|</?svg[^>]*>", "", text, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "", inside).strip()


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Draw a Lucide icon in the colour of the text. It is decoration: say the word beside it, or label the control."""
    return mark_safe(  # noqa: S308  (our own files and an escaped class)
        f'<svg class="icon {escape(css)}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        f' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        f"{_icon_inside(name)}</svg>"
    )


def _drawing_url(drawing: str) -> str:
    return static(f"fenglu/img/produce/{drawing}.svg") if drawing else ""


def _labelled(alt: str) -> SafeString:
    return format_html('role="img" aria-label="{}"', alt) if alt else mark_safe('aria-hidden="true"')


@register.simple_tag
def produce_art(slug: str, category: str = "", county_code: str = "", size: str = "card", alt: str = "") -> SafeString:
    """
    Draw the plate of a produce: its county's terraces with its pile or its character.

    ``size`` is card, page, tile or wide. Without ``alt`` the plate is decoration (the name stands beside it).
    """
    slug, category, county_code = str(slug), str(category or ""), str(county_code or "")
    box, palette, inside = plate_inside(slug, category, county_code, size, _drawing_url(art_of(slug, category).drawing))
    return mark_safe(  # noqa: S308  (made of numbers, escaped addresses and our own data)
        f'<svg class="ground ground--{palette}" viewBox="{box}" preserveAspectRatio="xMidYMid slice"'
        f" {_labelled(alt)}>{inside}</svg>"
    )


@register.simple_tag
def produce_pile(slug: str, category: str = "", css: str = "hero__pile") -> SafeString:
    """Draw a heap of a produce without ground, for the almanac header; nothing when no drawing of it is true."""
    art = art_of(str(slug), str(category or ""))
    if not art.drawing:
        return mark_safe("")
    images = hero_images(_drawing_url(art.drawing), width=400)
    return mark_safe(  # noqa: S308
        f'<svg class="pile {escape(css)}" viewBox="0 0 400 340" aria-hidden="true">{images}</svg>'
    )


@register.simple_tag
def category_art(category: str, css: str = "category-tile__art") -> SafeString:
    """Draw the picture that stands for a kind of produce in menus."""
    return format_html(
        '<img class="{}" src="{}" alt="" width="40" height="40">', css, _drawing_url(category_drawing(category))
    )


@register.simple_tag
def produce_drawing(slug: str, category: str = "", css: str = "") -> SafeString:
    """Draw one copy of a produce, small, in a list or a plot; its character when no drawing is true."""
    art = art_of(str(slug), str(category or ""))
    if not art.drawing:
        return format_html('<b class="{}" lang="zh-Hans" aria-hidden="true">{}</b>', css, art.character)
    return format_html('<img class="{}" src="{}" alt="" width="24" height="24">', css, _drawing_url(art.drawing))


@register.simple_tag
def field_ground(seed: str = "fenglu", css: str = "hero__ground") -> SafeString:
    """Draw the dark terraces behind an almanac header; put it first inside ``.hero``."""
    return mark_safe(  # noqa: S308
        f'<svg class="{escape(css)}" viewBox="0 0 1280 390" preserveAspectRatio="xMidYMax slice" aria-hidden="true">'
        f"{field_inside(str(seed))}</svg>"
    )


@register.simple_tag
def places_map(places: Iterable[Place], label: str = "", css: str = "", radius: float = 3.4) -> SafeString:
    """Draw counties as points on field colour (``places.Place`` rows). A list of them must stand beside it."""
    points = "".join(
        f'<circle class="places__point{" places__point--now" if point.is_now else ""}"'
        f' cx="{point.x}" cy="{point.y}" r="{radius * 2 if point.is_now else radius:g}"/>'
        for point in place_points(places)
    )
    return mark_safe(  # noqa: S308
        f'<svg class="places {escape(css)}" viewBox="0 0 {WIDTH} {HEIGHT}" {_labelled(label)}>{points}</svg>'
    )


# --- money, weight, numbers ------------------------------------------------------------------------------------------


@register.filter
def money(amount_fen: int | None) -> str:
    """Fen in running text: 39.80 元, ¥39.80."""
    return "" if amount_fen is None else formats.money(int(amount_fen), _language())


@register.filter
def money_short(amount_fen: int | None) -> str:
    """Fen for a headline: 2.4 万元, ¥24,000."""
    return "" if amount_fen is None else formats.money_short(int(amount_fen), _language())


@register.filter
def price_parts(amount_fen: int | None) -> formats.PriceParts | None:
    """Fen as sign, yuan and cents, to be set in different sizes (``<c-price>`` does it)."""
    return None if amount_fen is None or amount_fen == "" else formats.price_parts(int(amount_fen))


@register.simple_tag
def unit_prices(price_fen: int, net_weight_g: int) -> tuple[str, ...]:
    """Price per 斤 and per kg of a pack; empty when the pack has no weight."""
    if not price_fen or not net_weight_g:
        return ()
    return formats.unit_prices(int(price_fen), int(net_weight_g), _language())


@register.filter
def kg(mass_g: int | None) -> str:
    """Grams as kilograms: 2.5 kg."""
    return "" if mass_g is None else formats.kilograms(int(mass_g))


@register.filter
def jin(mass_g: int | None) -> str:
    """Grams as 斤: 5 斤, 5 jin."""
    return "" if mass_g is None else formats.jin(int(mass_g), _language())


@register.filter
def weight(mass_g: int | None) -> str:
    """Grams in the unit that reads best: 250 g, 2.5 kg, 14.2 t."""
    return "" if mass_g is None else formats.weight(int(mass_g))


@register.filter
def count(number: int | None) -> str:
    """A whole number: 1.2万, 12,000."""
    return "" if number is None else formats.count(int(number), _language())


@register.filter
def percent(share: float | None, places: int = 0) -> str:
    """A share of one as per cent."""
    return "" if share is None else formats.percent(float(share), places=int(places))


@register.simple_tag
def share(part: float, whole: float = 1) -> str:
    """A part of a whole as a number from 0 to 1 for ``--w`` and ``--at``; nothing of nothing is 0."""
    value = float(part or 0) / float(whole) if whole else 0.0
    return f"{min(max(value, 0.0), 1.0):.4f}"


# --- dates -----------------------------------------------------------------------------------------------------------


@register.filter
def day(value: date | datetime | None) -> str:
    """11月26日, 26 Nov."""
    return formats.day(value, _language()) if value else ""


@register.filter
def day_year(value: date | datetime | None) -> str:
    """2026年11月26日, 26 Nov 2026."""
    return formats.day_year(value, _language()) if value else ""


@register.filter
def day_weekday(value: date | datetime | None) -> str:
    """11月29日 周日, Sun 29 Nov."""
    return formats.day_weekday(value, _language()) if value else ""


@register.filter
def weekday(value: date | datetime | None) -> str:
    """周日, Sun."""
    return formats.weekday(value, _language()) if value else ""


@register.filter
def day_long(value: date | datetime | None, year: bool = True) -> str:
    """2026年11月24日 星期二, Tuesday 24 November 2026; ``day_long:False`` leaves the year out."""
    return formats.day_long(value, _language(), year=bool(year)) if value else ""


@register.filter
def clock(value: datetime | None) -> str:
    """06:10, in Shanghai."""
    return formats.clock_time(value) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """11月24日 06:10, 24 Nov 06:10."""
    return formats.moment(value, _language()) if value else ""


@register.filter
def iso_day(value: date | datetime | None) -> str:
    """2026-11-26, for the datetime attribute."""
    return formats.as_date(value).isoformat() if value else ""


@register.simple_tag
def day_range(first: date | datetime | None, last: date | datetime | None) -> str:
    """11月24–25日, 24–25 Nov; one end alone is that day."""
    if not first or not last:
        return day(first or last)
    return formats.day_range(first, last, _language())


@register.simple_tag
def almanac(on: date | datetime) -> AlmanacDay:
    """The almanac of a day: ``{% almanac today as almanac %}``."""
    return almanac_day(formats.as_date(on))


@register.filter
def in_language(thing: Any, attribute: str) -> str:
    """Call a method that takes the language: ``almanac|in_language:"term_line"``."""
    return str(getattr(thing, attribute)(_language()))


@register.filter
def season_words(strip: SeasonStrip) -> str:
    """A season strip as text."""
    return strip_words(strip, _language())


# --- the page --------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def root_attributes(context: template.Context, theme: str = "") -> SafeString:
    """Language, text size and theme of the ``<html>`` element. ``theme`` is used where the person chose none."""
    request: HttpRequest | None = context.get("request")
    text = chosen(request, TEXT_COOKIE) if request else "normal"
    chosen_theme = chosen(request, THEME_COOKIE) if request else "auto"
    if chosen_theme == "auto":
        chosen_theme = theme or "auto"
    return format_html(
        'lang="{}" data-text="{}" data-theme="{}"',
        "zh-Hans" if formats.is_zh(_language()) else "en",
        text,
        chosen_theme,
    )


@register.simple_tag
def url_or(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a view, or an empty string where no such view is mounted (a link without target is left out)."""
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def here(context: template.Context, *names: str) -> SafeString:
    """``aria-current="page"`` when the page is one of the named views; ``basket:*`` means all of a namespace."""
    request: HttpRequest | None = context.get("request")
    match = getattr(request, "resolver_match", None)
    view_name = match.view_name if match else ""
    for name in names:
        if name == view_name or (name.endswith(":*") and view_name.startswith(name[:-1])):
            return mark_safe('aria-current="page"')
    return mark_safe("")


@register.simple_tag(takes_context=True)
def basket_count(context: template.Context) -> int:
    """How many packs are in the basket; no statement is spent on a visitor who has none."""
    request: Any = context.get("request")
    basket = getattr(request, "basket", None)
    if basket is None or not getattr(basket, "id", None):
        return 0
    # Oscar's num_items loads every line with its attributes and pictures; the header and the tabs want one number
    if not hasattr(request, "num_in_basket"):
        request.num_in_basket = basket.lines.aggregate(packs=Sum("quantity"))["packs"] or 0
    return int(request.num_in_basket)


@register.filter
def phrases(text: str) -> SafeString:
    """Let a headline break between its clauses rather than inside one."""
    clauses = re.findall(r"[^，。；：！？]+[，。；：！？]?", str(text)) or [str(text)]
    return format_html_join("", '<span class="phrase">{}</span>', ((clause,) for clause in clauses))


@register.filter
def lower_key(value: Any) -> str:
    """A stored choice as the name of a style: FRESH is fresh."""
    return str(value or "").lower()


@register.simple_tag(takes_context=True)
def display_choice(context: template.Context, name: str) -> str:
    """What the person chose for ``text`` (normal, large) or ``theme`` (auto, light, dark)."""
    request: HttpRequest | None = context.get("request")
    return chosen(request, name) if request else ""


@register.simple_tag
def month_labels() -> list[str]:
    """The twelve months, short: 1月, Jan."""
    return formats.month_labels(_language())


@register.simple_tag
def fen_total(shares: Iterable[tuple[str, int]]) -> int:
    """The sum of named amounts in fen."""
    return sum(int(amount_fen) for _name, amount_fen in shares)
