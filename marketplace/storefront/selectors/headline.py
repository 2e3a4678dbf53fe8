"""The sentence that leads the shop: what is being picked, and in how many counties."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.selectors.produce import SeasonNow
from marketplace.foundation.bilingual import is_chinese

#: What people call a species when it is everywhere: the word for a headline, Chinese and English plural.
_KINDS = {
    "Citrus sinensis": ("橙子", "Oranges"),
    "Citrus reticulata": ("蜜桔", "Mandarins"),
    "Citrus maxima": ("柚子", "Pomelos"),
    "Citrus japonica (Fortunella crassifolia)": ("金桔", "Kumquats"),
    "Malus domestica": ("苹果", "Apples"),
    "Pyrus bretschneideri": ("梨", "Pears"),
    "Prunus salicina": ("李子", "Plums"),
    "Prunus persica": ("桃子", "Peaches"),
    "Prunus avium": ("樱桃", "Cherries"),
    "Actinidia chinensis 'Hongyang'": ("红心猕猴桃", "Red-heart kiwifruit"),
    "Actinidia deliciosa / A. chinensis": ("猕猴桃", "Kiwifruit"),
    "Camellia sinensis": ("茶叶", "Tea leaves"),
    "Ipomoea batatas": ("红薯", "Sweet potatoes"),
    "Solanum tuberosum": ("土豆", "Potatoes"),
    "Juglans regia": ("核桃", "Walnuts"),
    "Auricularia heimuer": ("木耳", "Wood-ear mushrooms"),
    "Lycium barbarum": ("枸杞", "Goji berries"),
    "Setaria italica": ("小米", "Millet"),
    "Hemerocallis citrina": ("黄花菜", "Daylily buds"),
}
_NUMBERS_ZH = "零一两三四五六七八九十"
_NUMBERS_EN = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


@dataclass(frozen=True)
class Headline:
    """A headline and the line under it."""

    title: str
    lead: str


def _number(number: int) -> str:
    if number <= 10:
        return _NUMBERS_ZH[number] if is_chinese() else _NUMBERS_EN[number]
    return str(number)


def _counties_by_species(season: SeasonNow) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for species, county_code in season.fresh:
        if species in _KINDS:
            found[species].add(county_code)
    return found


def headline_species(season: SeasonNow) -> str:
    """Return the species that the headline speaks of; an empty string when it names none."""
    counties = _counties_by_species(season)
    return max(counties, key=lambda name: (len(counties[name]), name), default="")


def headline(season: SeasonNow) -> Headline:
    """Return what the season says: the kind picked in most counties, then how many kinds are fresh and stored."""
    lead = ngettext(
        "%(fresh)s kind fresh from the field and %(stored)s from store now.",
        "%(fresh)s kinds fresh from the field and %(stored)s from store now.",
        season.num_fresh,
    ) % {"fresh": season.num_fresh, "stored": season.num_stored}
    species = headline_species(season)
    if not species:
        if season.num_fresh:
            return Headline(_("Fresh from the field, county by county"), lead)
        return Headline(_("What the stores keep, and what opens next"), lead)
    kind_zh, kind_en = _KINDS[species]
    num = len(_counties_by_species(season)[species])
    if num == 1:
        return Headline(_("%(kind)s are being picked now") % {"kind": kind_zh if is_chinese() else kind_en}, lead)
    title = ngettext(
        "%(kind)s are being picked in %(number)s county", "%(kind)s are being picked in %(number)s counties", num
    ) % {"kind": kind_zh if is_chinese() else kind_en, "number": _number(num)}
    return Headline(title, lead)
