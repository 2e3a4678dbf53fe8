"""
How numbers, weights and dates read in each language. Pure: the language is passed in, the clock is not read.

Chinese writes 11月26日 and 7.96 元/斤; English writes 26 Nov and ¥7.96 per jin (500 g).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from marketplace.foundation.clock import SHANGHAI
from marketplace.foundation.units import FEN_PER_YUAN, G_PER_JIN, G_PER_KG, price_per_mass_fen

_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEKDAYS_LONG_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS_LONG_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

#: Between two whole dates in a range; between two numbers of one month there are no spaces.
_DASH = "–"
_WAN = 10_000
_G_PER_TONNE = 1_000_000


def is_zh(language: str | None) -> bool:
    """Return whether a language code means Chinese; nothing active means the site's default, Chinese."""
    return (language or "zh-hans").lower().startswith("zh")


def _trimmed(thousandths: int, places: int) -> str:
    """Write a count of thousandths with up to ``places`` decimals, grouped, without trailing zeros."""
    sign = "-" if thousandths < 0 else ""
    scale = 10 ** (3 - places)
    rounded = (abs(thousandths) + scale // 2) // scale
    whole, rest = divmod(rounded, 10**places)
    digits = f"{rest:0{places}d}".rstrip("0") if places else ""
    return f"{sign}{whole:,}" + (f".{digits}" if digits else "")


# --- money -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PriceParts:
    """A price as it is set: small sign, large yuan, small decimals."""

    sign: str
    yuan: str
    cents: str


def price_parts(amount_fen: int) -> PriceParts:
    """Split fen into the pieces of a price: ¥ 39 .80, with a minus before the yuan where money goes back."""
    yuan, cents = divmod(abs(amount_fen), FEN_PER_YUAN)
    return PriceParts("¥", f"{'-' if amount_fen < 0 else ''}{yuan:,}", f".{cents:02d}")


def money(amount_fen: int, language: str) -> str:
    """Return an amount in running text: 39.80 元, ¥39.80."""
    parts = price_parts(amount_fen)
    if is_zh(language):
        return f"{parts.yuan}{parts.cents} 元"
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}¥{parts.yuan.lstrip('-')}{parts.cents}"


def money_short(amount_fen: int, language: str) -> str:
    """Return a large amount for a headline: 2.4 万元 from ten thousand yuan up, ¥24,000 in English."""
    if is_zh(language) and abs(amount_fen) >= _WAN * FEN_PER_YUAN:
        return f"{_trimmed(amount_fen * 1000 // (_WAN * FEN_PER_YUAN), 1)} 万元"
    yuan = (abs(amount_fen) + FEN_PER_YUAN // 2) // FEN_PER_YUAN
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{yuan:,} 元" if is_zh(language) else f"{sign}¥{yuan:,}"


def unit_prices(price_fen: int, net_weight_g: int, language: str) -> tuple[str, str]:
    """
    Return the price per 斤 and per kg of a pack, in the order that the language leads with.

    Raises
    ------
    ValueError
        If the pack has no weight.
    """
    if net_weight_g <= 0:
        raise ValueError("a unit price needs a net weight")
    jin = price_per_mass_fen(price_fen, net_weight_g, G_PER_JIN)
    kg = price_per_mass_fen(price_fen, net_weight_g, G_PER_KG)
    if is_zh(language):
        return f"{_plain(jin)} 元/斤", f"{_plain(kg)} 元/kg"
    return f"¥{_plain(kg)} per kg", f"¥{_plain(jin)} per jin (500 g)"


def _plain(amount_fen: int) -> str:
    return f"{amount_fen // FEN_PER_YUAN:,}.{amount_fen % FEN_PER_YUAN:02d}"


def count(number: int, language: str) -> str:
    """Return a whole number: 1.2万 in Chinese from ten thousand up, grouped by thousands otherwise."""
    if is_zh(language) and abs(number) >= _WAN:
        return f"{_trimmed(number * 1000 // _WAN, 1)}万"
    return f"{number:,}"


def percent(share: float, *, places: int = 0) -> str:
    """Return a share of one as per cent: 0.972 is 97.2% at one place."""
    return f"{share * 100:.{places}f}%"


# --- weight ----------------------------------------------------------------------------------------------------------


def kilograms(mass_g: int, *, places: int = 3) -> str:
    """Return grams as kilograms without trailing zeros: 2.5 kg, 1,240 kg."""
    return f"{_trimmed(mass_g, places)} kg"


def jin(mass_g: int, language: str) -> str:
    """Return grams as 斤: 5 斤, in English 5 jin."""
    number = _trimmed(mass_g * G_PER_KG // G_PER_JIN, 2)
    return f"{number} 斤" if is_zh(language) else f"{number} jin"


def weight(mass_g: int) -> str:
    """Return grams in the unit that reads best: 250 g, 2.5 kg, 14.2 t."""
    if abs(mass_g) < G_PER_KG:
        return f"{mass_g:,} g"
    if abs(mass_g) < 10 * _G_PER_TONNE:
        return kilograms(mass_g, places=3 if abs(mass_g) < 10 * G_PER_KG else 1)
    return f"{_trimmed(mass_g * 1000 // _G_PER_TONNE, 1)} t"


# --- dates -----------------------------------------------------------------------------------------------------------


def as_date(value: date | datetime) -> date:
    """Return a value's calendar date; moments are read in Shanghai."""
    return value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value


def day(value: date | datetime, language: str) -> str:
    """Return a date without its year: 11月26日, 26 Nov."""
    on = as_date(value)
    return f"{on.month}月{on.day}日" if is_zh(language) else f"{on.day} {_MONTHS_EN[on.month - 1]}"


def day_year(value: date | datetime, language: str) -> str:
    """Return a date with its year: 2026年11月26日, 26 Nov 2026."""
    on = as_date(value)
    return f"{on.year}年{day(on, language)}" if is_zh(language) else f"{day(on, language)} {on.year}"


def weekday(value: date | datetime, language: str) -> str:
    """Return the short weekday: 周日, Sun."""
    index = as_date(value).weekday()
    return f"周{_WEEKDAYS_ZH[index]}" if is_zh(language) else _WEEKDAYS_EN[index]


def day_weekday(value: date | datetime, language: str) -> str:
    """Return a date with its short weekday: 11月29日 周日, Sun 29 Nov."""
    text, name = day(value, language), weekday(value, language)
    return f"{text} {name}" if is_zh(language) else f"{name} {text}"


def day_long(value: date | datetime, language: str, *, year: bool = True) -> str:
    """Return a date in full: 2026年11月24日 星期二, Tuesday 24 November 2026."""
    on = as_date(value)
    if is_zh(language):
        return f"{day_year(on, language) if year else day(on, language)} 星期{_WEEKDAYS_ZH[on.weekday()]}"
    text = f"{_WEEKDAYS_LONG_EN[on.weekday()]} {on.day} {_MONTHS_LONG_EN[on.month - 1]}"
    return f"{text} {on.year}" if year else text


def day_range(first: date | datetime, last: date | datetime, language: str) -> str:
    """Return a range: 11月24–25日, 11月24日–12月3日; 24–25 Nov, 24 Nov – 3 Dec. A range of one day is that day."""
    start, end = as_date(first), as_date(last)
    if start == end:
        return day(start, language)
    same_month = (start.year, start.month) == (end.year, end.month)
    if is_zh(language):
        if same_month:
            return f"{start.month}月{start.day}{_DASH}{end.day}日"
        return f"{day(start, language)}{_DASH}{day(end, language)}"
    if same_month:
        return f"{start.day}{_DASH}{day(end, language)}"
    return f"{day(start, language)} {_DASH} {day(end, language)}"


def clock_time(value: datetime) -> str:
    """Return the hour and minute in Shanghai on the 24-hour clock: 06:10."""
    return value.astimezone(SHANGHAI).strftime("%H:%M")


def moment(value: datetime, language: str) -> str:
    """Return a moment in Shanghai: 11月24日 06:10, 24 Nov 06:10."""
    return f"{day(value, language)} {clock_time(value)}"


def month_labels(language: str) -> list[str]:
    """Return the twelve months, short: 1月, Jan."""
    return [f"{month}月" for month in range(1, 13)] if is_zh(language) else list(_MONTHS_EN)
