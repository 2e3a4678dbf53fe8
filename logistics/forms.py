"""The station's forms. Each that writes carries its own key, made when the page is shown."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Grade
from harvest_schedule.models import Harvest, PickCall
from logistics.fields import KeyField, PacksField
from logistics.life_days import keeps_days
from logistics.models import Lot, StorageMode
from logistics.selectors.picking import LotChoice
from marketplace.foundation.form_fields import DayField, KilogramsField
from marketplace.shipping.models import Carrier


class StationForm(forms.Form):
    """A form that takes what a service refused to the field that must change."""

    def refuse(self, error: Any) -> None:
        """Show a service's refusal (with ``field`` and ``message``) at its field, or above the form."""
        self.add_error(error.field if error.field in self.fields else None, error.message)


class KeyedForm(StationForm):
    """A form with a key of its own."""

    key = KeyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": uuid.uuid4().hex, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


class ReceiveForm(KeyedForm):
    """One receipt of a harvest: weight, grade, day of picking, store and certificate."""

    grams = KilogramsField(label=gettext_lazy("Net weight"))
    grade = forms.TypedChoiceField(label=gettext_lazy("Grade"), coerce=int, widget=forms.RadioSelect)
    picked_on = DayField(label=gettext_lazy("Picked on"))
    mode = forms.ChoiceField(label=gettext_lazy("Put into"), widget=forms.RadioSelect)
    certificate_number = forms.CharField(label=gettext_lazy("Certificate number"), max_length=60, required=False)

    def __init__(
        self, *args: Any, harvest: Harvest, grades: Sequence[Grade], call: PickCall | None, today: date, **kwargs: Any
    ) -> None:
        suits = [mode for mode in StorageMode if keeps_days(harvest.produce, mode.value)]
        kwargs["initial"] = {
            "picked_on": min(call.pick_on, today) if call is not None else today,
            "grade": call.grade_id if call is not None else (grades[0].pk if len(grades) == 1 else None),
            "mode": suits[-1].value if len(suits) == 1 else StorageMode.AMBIENT.value,
        }
        super().__init__(*args, **kwargs)
        self.fields["grade"].choices = [(grade.pk, grade.name) for grade in grades]
        self.fields["mode"].choices = [(mode.value, mode.label) for mode in suits]
        self.fields["certificate_number"].required = "CERT" in harvest.produce.flags


class SpoilForm(KeyedForm):
    """Grams of a lot to write off."""

    grams = KilogramsField(label=gettext_lazy("Spoilt weight"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


class CountForm(KeyedForm):
    """What of a lot was counted."""

    counted = KilogramsField(label=gettext_lazy("Counted weight"), allow_zero=True)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


class ReasonForm(StationForm):
    """Why a lot is held, released or recalled."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


class RelocateForm(KeyedForm):
    """The store a lot moves to."""

    mode = forms.ChoiceField(label=gettext_lazy("Move to"), choices=StorageMode.choices, widget=forms.HiddenInput)


class HandDrawForm(StationForm):
    """Packs of one line from each of several lots."""

    def __init__(self, *args: Any, choices: Iterable[LotChoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lots: list[Lot] = []
        for choice in choices:
            self.lots.append(choice.lot)
            self.fields[f"lot_{choice.lot.pk}"] = PacksField(label=choice.lot.number)

    def packs_by_lot(self) -> dict[int, int]:
        """Return the packs by lot id, of a valid form."""
        return {lot.pk: self.cleaned_data[f"lot_{lot.pk}"] for lot in self.lots}


class HandOverForm(StationForm):
    """Who takes a parcel, under which number."""

    carrier = forms.ModelChoiceField(label=gettext_lazy("Carrier"), queryset=Carrier.objects.none(), empty_label=None)
    tracking_number = forms.CharField(
        label=gettext_lazy("Tracking number"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, carriers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["carrier"].queryset = carriers
        self.fields["carrier"].label_from_instance = lambda carrier: carrier.name


class AnswerForm(StationForm):
    """The answer to a claim."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[("accept", gettext_lazy("Accept and refund")), ("refuse", gettext_lazy("Refuse"))],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=gettext_lazy("What we tell the buyer"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("decision") == "refuse" and not data.get("answer", "").strip():
            self.add_error("answer", _("Please tell the buyer why."))
        return data


class ClaimForm(KeyedForm):
    """A buyer's report of spoilt goods."""

    spoilt = KilogramsField(label=gettext_lazy("Spoilt weight"))
    photo = forms.FileField(
        label=gettext_lazy("Photo"),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={"required": gettext_lazy("Please add a photo of all the spoilt fruit together.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Anything to add"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
