"""
The almanac of a day: its solar term, ten-day period and lunar date, in Chinese and English.

Solar terms and lunar dates come from lunar-python. English names of the terms follow the list that UNESCO's entry
of 2016 made common (Minor Snow, Grain Rain).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from lunar_python import Solar

from marketplace.storefront.season_strip import cell_of, period_name

TERMS_EN = {
    "立春": "Start of Spring",
    "雨水": "Rain Water",
    "惊蛰": "Awakening of Insects",
    "春分": "Spring Equinox",
    "清明": "Clear and Bright",
    "谷雨": "Grain Rain",
    "立夏": "Start of Summer",
    "小满": "Grain Buds",
    "芒种": "Grain in Ear",
    "夏至": "Summer Solstice",
    "小暑": "Minor Heat",
    "大暑": "Major Heat",
    "立秋": "Start of Autumn",
    "处暑": "End of Heat",
    "白露": "White Dew",
    "秋分": "Autumn Equinox",
    "寒露": "Cold Dew",
    "霜降": "Frost's Descent",
    "立冬": "Start of Winter",
    "小雪": "Minor Snow",
    "大雪": "Major Snow",
    "冬至": "Winter Solstice",
    "小寒": "Minor Cold",
    "大寒": "Major Cold",
}

_ORDINALS_EN = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
]


@dataclass(frozen=True)
class SolarTerm:
    """One of the 24 terms, and the day it begins."""

    name_zh: str
    name_en: str
    begins_on: date

    def name(self, language: str) -> str:
        """Return the term's name in a language."""
        return self.name_zh if language.startswith("zh") else self.name_en


@dataclass(frozen=True)
class AlmanacDay:
    """A day as an almanac has it. ``day_in_term`` counts from 1; ``period`` is its ten-day cell, 0 to 35."""

    on: date
    term: SolarTerm
    day_in_term: int
    next_term: SolarTerm
    days_to_next: int
    following_term: SolarTerm
    period: int
    lunar_zh: str
    lunar_en: str

    def period_name(self, language: str) -> str:
        """Return the ten-day period in words: 11月下旬, late Nov."""
        return period_name(self.period, language)

    def lunar(self, language: str) -> str:
        """Return the lunar date: 农历十月十六, day 16 of the 10th lunar month."""
        return self.lunar_zh if language.startswith("zh") else self.lunar_en

    def term_line(self, language: str) -> str:
        """Return where in the term the day stands: 小雪第 3 天·距大雪 13 天."""
        if language.startswith("zh"):
            return f"{self.term.name_zh}第 {self.day_in_term} 天·距{self.next_term.name_zh} {self.days_to_next} 天"
        nth = _ORDINALS_EN[self.day_in_term - 1]
        days = "1 day" if self.days_to_next == 1 else f"{self.days_to_next} days"
        return f"{nth} day of {self.term.name_en} {self.term.name_zh}, {days} to {self.next_term.name_en}"


def _lunar_english(month: int, day: int) -> str:
    number = abs(month)
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(number, "th")
    leap = "leap " if month < 0 else ""
    return f"day {day} of the {leap}{number}{suffix} lunar month"


def _term_at(on: date, *, later: bool) -> SolarTerm:
    lunar = Solar.fromYmd(on.year, on.month, on.day).getLunar()
    # True: the term owns the whole of the day that it begins on, whatever the hour
    term = lunar.getNextJieQi(True) if later else lunar.getPrevJieQi(True)
    start = term.getSolar()
    name = term.getName()
    return SolarTerm(name, TERMS_EN[name], date(start.getYear(), start.getMonth(), start.getDay()))


@lru_cache(maxsize=400)
def almanac_day(on: date) -> AlmanacDay:
    """Return the almanac of a business date (Asia/Shanghai)."""
    lunar = Solar.fromYmd(on.year, on.month, on.day).getLunar()
    term = _term_at(on, later=False)
    next_term = _term_at(on, later=True)
    return AlmanacDay(
        on=on,
        term=term,
        day_in_term=(on - term.begins_on).days + 1,
        next_term=next_term,
        days_to_next=(next_term.begins_on - on).days,
        following_term=_term_at(next_term.begins_on + timedelta(days=1), later=True),
        period=cell_of(on.month, on.day),
        lunar_zh=f"农历{lunar.getMonthInChinese()}月{lunar.getDayInChinese()}",
        lunar_en=_lunar_english(lunar.getMonth(), lunar.getDay()),
    )
