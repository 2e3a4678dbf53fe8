"""How a draft is spoken of: why it waits, and what kind of changes it brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from harvest_schedule.planner import plan_changes

#: The headings of the groups of changes.
GROUP_TITLES: dict[str, Promise] = {
    plan_changes.WITHDRAWN: gettext_lazy("Taken off sale"),
    plan_changes.MOVED: gettext_lazy("Moved"),
    plan_changes.FEWER: gettext_lazy("Fewer boxes"),
    plan_changes.DEARER: gettext_lazy("Dearer"),
    plan_changes.OPENED: gettext_lazy("New on sale"),
    plan_changes.MORE: gettext_lazy("More boxes"),
    plan_changes.CHEAPER: gettext_lazy("Cheaper"),
    plan_changes.OTHERWISE: gettext_lazy("Sold as fresh or as stored"),
}


def hold_words(reason: Mapping[str, Any]) -> str:
    """Say why a draft waits, with its figure and the bound that it passes."""
    code: str = reason["code"]
    figure: Any = reason.get("figure")
    bound: Any = reason.get("bound")
    if code == "by_hand":
        return _("New plans of this pool are published by hand.")
    if code == "breaks_rules":
        words = ngettext(
            "%(figure)s rule cannot be kept by any plan.", "%(figure)s rules cannot be kept by any plan.", figure
        )
        return words % {"figure": figure}
    if code == "best_so_far":
        if figure is None:
            return _("Its time ran out before it was known how far it is from the best.")
        words = _("Its time ran out: it may be %(figure)s from the best; up to %(bound)s publishes itself.")
        return words % {"figure": _percent(figure), "bound": _percent(bound)}
    if code == "quantity":
        words = _("It changes %(figure)s of what is to be sold; up to %(bound)s publishes itself.")
        return words % {"figure": _percent(figure), "bound": _percent(bound)}
    if code == "price":
        words = _("A price changes by %(figure)s; up to %(bound)s publishes itself.")
        return words % {"figure": _percent(figure), "bound": _percent(bound)}
    if code == "days":
        words = _("A window moves by %(figure)s days; up to %(bound)s publishes itself.")
        return words % {"figure": figure, "bound": bound}
    words = ngettext(
        "It takes %(figure)s window off sale; up to %(bound)s publishes itself.",
        "It takes %(figure)s windows off sale; up to %(bound)s publishes itself.",
        figure,
    )
    return words % {"figure": figure, "bound": bound}


def _percent(permille: int | None) -> str:
    """Whole percent without a decimal, else one."""
    return f"{(permille or 0) / 10:g}%"
