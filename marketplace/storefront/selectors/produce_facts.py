"""The facts of a produce as pairs of name and value, in the language of the moment."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from catalog.models import HarvestWindow, Produce
from marketplace.foundation.bilingual import is_chinese
from marketplace.storefront.season_strip import cell_of, period_name

_MARKS = {
    "PGI": gettext_lazy("protected geographical indication product"),
    "AGI": gettext_lazy("geographical indication of agricultural produce"),
    "GTM": gettext_lazy("geographical indication trade mark"),
}
_BASES = {"own knowledge": gettext_lazy("general knowledge, not looked up"), "look-up": gettext_lazy("looked up")}
_CONFIDENCE = {
    "high": pgettext_lazy("confidence", "high"),
    "medium": pgettext_lazy("confidence", "medium"),
    "low": pgettext_lazy("confidence", "low"),
}
_FORMS = {
    "fresh": pgettext_lazy("form", "fresh"),
    "chilled": pgettext_lazy("form", "chilled"),
    "frozen": pgettext_lazy("form", "frozen"),
    "dried": pgettext_lazy("form", "dried"),
    "processed": pgettext_lazy("form", "processed"),
}
_PAPERS = {
    "CERT": gettext_lazy("comes with a commitment certificate for each lot"),
    "PREPACK": gettext_lazy("prepacked food, with a food label"),
    "FOODHERB": gettext_lazy("on the list of things that are food and medicine; sold as food, without health claims"),
    "TCM": gettext_lazy("medicine only: not for sale to consumers"),
    "QUARANTINE": gettext_lazy("comes with an animal quarantine certificate"),
    "WILD2": gettext_lazy("nationally protected plant (class II): not for sale here"),
}


def gi_mark_text(produce: Produce) -> str:
    """Return the mark in words: its kind, and that the kind is unverified where it is."""
    mark = produce.gi_mark
    if not mark:
        return _("none known")
    kinds = [str(name) for code, name in _MARKS.items() if code in mark]
    if not kinds:
        return _("has a mark; its kind is not verified")
    year = re.search(r"\b(20\d\d)\b", mark)
    text = pgettext("between marks", ", ").join(kinds)
    return f"{text} ({year[1]})" if year and not is_chinese() else f"{text}（{year[1]}）" if year else text


def harvest_text(windows: Sequence[HarvestWindow]) -> str:
    """Return the harvests of an ordinary year in ten-day periods."""
    language = get_language() or "zh-hans"
    parts = []
    for window in windows:
        if (window.start_month, window.start_day, window.end_month, window.end_day) == (1, 1, 12, 31):
            return _("all year")
        first = period_name(cell_of(window.start_month, window.start_day), language)
        last = period_name(cell_of(window.end_month, window.end_day), language)
        template = _("%(first)s to %(last)s of the next year") if window.wraps_new_year else _("%(first)s to %(last)s")
        parts.append(template % {"first": first, "last": last})
    return pgettext("between harvests", "; ").join(parts)


def _days(number: int) -> str:
    if number >= 720:
        return _("about %(years)s years") % {"years": number // 365 if number % 365 < 300 else number // 365 + 1}
    return _("%(days)s days") % {"days": number}


def storage_text(produce: Produce) -> str:
    """Return how long it keeps, and at which temperatures."""
    parts = []
    if produce.storage_days_ambient:
        parts.append(_("%(time)s at room temperature") % {"time": _days(produce.storage_days_ambient)})
    if produce.storage_days_cold:
        parts.append(_("%(time)s in the cold") % {"time": _days(produce.storage_days_cold)})
    return pgettext("between harvests", "; ").join(parts) or _("keeps for years when dry and dark")


def temperature_text(produce: Produce) -> str:
    """Return the storage temperature; an empty string when neither end is known."""
    low, high = produce.storage_temp_min_c, produce.storage_temp_max_c
    if low is None and high is None:
        return ""
    if low is None:
        return _("up to %(high)s °C") % {"high": high}
    return _("%(low)s to %(high)s °C") % {"low": low, "high": high}


def produce_facts(produce: Produce, windows: Sequence[HarvestWindow]) -> list[tuple[str, str]]:
    """Return the pairs that the produce page lists; pairs without a value are left out."""
    pairs = [
        (pgettext("fact", "Variety"), produce.variety),
        (pgettext("fact", "Species"), produce.species),
        (pgettext("fact", "Form sold"), str(_FORMS.get(produce.product_form, produce.product_form))),
        (pgettext("fact", "Picked"), harvest_text(windows)),
        (pgettext("fact", "Keeps"), storage_text(produce)),
        (pgettext("fact", "Stored at"), temperature_text(produce)),
        (pgettext("fact", "Geographical indication"), gi_mark_text(produce)),
        (pgettext("fact", "Basis of the mark"), str(_BASES.get(produce.gi_basis, produce.gi_basis))),
        (pgettext("fact", "Confidence in this record"), str(_CONFIDENCE.get(produce.confidence, produce.confidence))),
        (
            pgettext("fact", "Papers"),
            pgettext("between harvests", "; ").join(str(_PAPERS[flag]) for flag in _PAPERS if flag in produce.flags),
        ),
    ]
    return [(name, value) for name, value in pairs if value]
