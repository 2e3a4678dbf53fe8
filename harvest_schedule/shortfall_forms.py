"""Deciding a shortfall, as it is typed: who comes first and what is tried instead; then the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from harvest_schedule.planner.shortfall.policy import EARLIEST, PRO_RATA, Policy, UnreadablePolicy
from harvest_schedule.planner.shortfall.problem import OPTION_KINDS, SUBSTITUTE
from harvest_schedule.selectors.shortfall_options import WindowOption
from harvest_schedule.services.shortfall_deciding import UnableToDecide
from harvest_schedule.states import PartKind

#: Names under which an address asks for a policy.
POLICY_NAMES = ("order", "contracts_first", "unserved", "substitute")


@dataclass(frozen=True)
class Try:
    """One of the selects that say what is tried one after another."""

    number: int
    label: str
    chosen: str


class _ChainField(forms.MultipleChoiceField):
    """Several choices whose order counts; an empty one is no choice."""

    def to_python(self, value: Any) -> list[str]:
        return [kind for kind in super().to_python(value) if kind]

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(set(value)) != len(value):
            raise forms.ValidationError(_("One thing is named twice. Please name each once."))


class PolicyForm(forms.Form):
    """A policy, in the parts of its address: `unserved` is repeated, in the order in which it is tried."""

    order = forms.ChoiceField(
        label=gettext_lazy("Who is served first"),
        required=False,
        initial=EARLIEST,
        choices=[
            (EARLIEST, gettext_lazy("Whoever ordered first, in full")),
            (PRO_RATA, gettext_lazy("Everybody the same share, in whole boxes")),
        ],
        widget=forms.RadioSelect,
    )
    contracts_first = forms.BooleanField(label=gettext_lazy("Standing contracts before all others"), required=False)
    unserved = _ChainField(
        label=gettext_lazy("Instead of boxes that do not come"),
        required=False,
        choices=[(kind, PartKind(kind).label) for kind in OPTION_KINDS],
        error_messages={"invalid_choice": gettext_lazy("Please choose from the list.")},
    )

    def __init__(self, data: Any, *, options: Sequence[WindowOption], usual: Policy) -> None:
        asked = data if data is not None and any(name in data for name in POLICY_NAMES) else None
        super().__init__(asked, initial={"order": usual.order, "unserved": list(usual.unserved)})
        self.usual = usual
        self.fields["order"].error_messages["invalid_choice"] = _("Please choose from the list.")
        self.offers = [option for option in options if option.kind == SUBSTITUTE]
        self.fields["substitute"] = forms.TypedChoiceField(
            label=_("What to offer"),
            required=False,
            coerce=int,
            empty_value=None,
            choices=[
                ("", _("The nearest in price")),
                *((row.window.pk, row.window.product.name) for row in self.offers),
            ],
            error_messages={"invalid_choice": _("This can no longer be offered. Please choose another.")},
        )

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return [(kind, str(PartKind(kind).label)) for kind in OPTION_KINDS]

    @property
    def tries(self) -> list[Try]:
        """One select for each place in the chain."""
        labels = (pgettext("instead", "First"), pgettext("instead", "Then"), pgettext("instead", "And then"))
        chosen = [kind for kind in (self["unserved"].value() or []) if kind in OPTION_KINDS]
        chosen = [*chosen, *("" for _place in labels)]
        return [Try(number, label, chosen[number]) for number, label in enumerate(labels)]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                data["policy"] = Policy(
                    data["order"] or EARLIEST, data["contracts_first"], tuple(data["unserved"]), data["substitute"]
                )
            except UnreadablePolicy as error:
                self.add_error(error.field, _("Choose to offer something else above too, or leave this as it was."))
        return data

    def policy(self) -> Policy | None:
        """Return what is asked for, the usual one where nothing is; None if it cannot be read."""
        if not self.is_bound:
            return self.usual
        return self.cleaned_data["policy"] if self.is_valid() else None


class DecideForm(forms.Form):
    """The reason, and what the decision is taken on. The service says what is missing."""

    why = forms.CharField(
        label=gettext_lazy("Why so"),
        help_text=gettext_lazy("Kept with the decision. Buyers do not see it."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 400}),
    )
    digest = forms.CharField(required=False, widget=forms.HiddenInput)
    key = forms.CharField(required=False, widget=forms.HiddenInput)

    def add_refusal(self, refused: UnableToDecide) -> None:
        """Show a refusal at the reason, or above the form."""
        self.add_error("why" if refused.field == "why" else None, refused.message)
