"""Lot numbers people can say: the county's letters, the day, and a running number, ZG261124-03."""

from __future__ import annotations

import re
from datetime import date

#: One pinyin syllable: its first letters, its vowels, and an ending that does not begin the next syllable.
_SYLLABLE = re.compile(r"(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?[aeiouü]+(?:ng|n|r)?(?![aeiouü])")
_KINDS = {"county", "district", "city", "banner", "autonomous"}
_LETTERS = 3


def place_letters(name_en: str) -> str:
    """Return the first letters of a county's syllables: Zigui is ZG, Jingning JN; FL where there are no letters."""
    words = [word for word in re.findall(r"[a-zü]+", name_en.lower()) if word not in _KINDS]
    syllables = [syllable for word in words for syllable in _SYLLABLE.findall(word) or [word]]
    return "".join(syllable[0] for syllable in syllables).upper().replace("Ü", "V")[:_LETTERS] or "FL"


def lot_number(prefix: str, day: date, ordinal: int) -> str:
    """Return the number of the nth lot of a day."""
    return f"{prefix}{day:%y%m%d}-{ordinal:02d}"
