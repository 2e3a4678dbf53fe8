"""What an officer says about a pool's bounds: shares in percent, kept in permille."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from harvest_schedule.models import PublishBounds
from harvest_schedule.services.bounds import MOST_DAYS, MOST_WINDOWS, Bounds

#: Fields that are asked for in percent and kept in permille.
_PERCENT = ("max_quantity_change_permille", "max_price_change_permille")


def _share(label: Any, help_text: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=100,
        max_digits=4,
        decimal_places=1,
        widget=forms.NumberInput(attrs={"class": "input", "inputmode": "decimal"}),
        error_messages={
            "required": _("Give a share from 0 to 100 percent."),
            "min_value": _("Give a share from 0 to 100 percent."),
            "max_value": _("Give a share from 0 to 100 percent."),
            "invalid": _("Give a share from 0 to 100 percent."),
            "max_digits": _("Give a share from 0 to 100 percent."),
            "max_whole_digits": _("Give a share from 0 to 100 percent."),
            "max_decimal_places": _("One decimal is enough."),
        },
    )


def _up_to(most: int) -> str:
    return gettext("Give a whole number from 0 to %(most)s.") % {"most": most}


#: Said in the reader's language: a lazy text that is filled in with % is fixed in that of the moment.
_up_to_lazy = lazy(_up_to, str)


def _number(label: Any, help_text: Any, most: int) -> forms.IntegerField:
    words = _up_to_lazy(most)
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=most,
        widget=forms.NumberInput(attrs={"class": "input", "inputmode": "numeric"}),
        error_messages={"required": words, "min_value": words, "max_value": words, "invalid": words},
    )


class BoundsForm(forms.Form):
    """Inside which changes a new plan publishes itself."""

    is_automatic = forms.BooleanField(label=_("New plans publish themselves inside these bounds"), required=False)
    max_quantity_change_permille = _share(
        _("Boxes that change"), _("All that is added, taken away or shifted, of what is still to be sold.")
    )
    max_price_change_permille = _share(
        _("Change of a price"), _("Of any one window; what has opened keeps its price anyway.")
    )
    max_days_moved = _number(_("Days a window moves"), _("Of any one window, earlier or later."), MOST_DAYS)
    max_windows_withdrawn = _number(
        _("Windows taken off sale"), _("What was bought of them stays promised."), MOST_WINDOWS
    )

    @classmethod
    def of(cls, row: PublishBounds) -> BoundsForm:
        """The form as it is filled with a pool's bounds."""
        names = [name for name in cls.base_fields if name != "is_automatic"]
        initial: dict[str, Any] = {name: getattr(row, name) for name in names}
        for name in _PERCENT:
            initial[name] = f"{initial[name] / 10:g}"
        return cls(initial={**initial, "is_automatic": row.is_automatic})

    def bounds(self) -> Bounds:
        """What was said, in the service's units."""
        said = dict(self.cleaned_data)
        for name in _PERCENT:
            said[name] = int(Decimal(said[name]) * 10)
        return Bounds(**said)
