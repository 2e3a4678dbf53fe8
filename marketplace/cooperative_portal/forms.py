"""What people type on the phone, read into grams, thousandths and dates. Every form carries its own key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy

from catalog.models import Grade
from harvest_schedule.services.harvest_rules import HarvestRefused
from marketplace.foundation.form_fields import DayField, KilogramsField, PercentField, WholeNumberField


class KeyedForm(forms.Form):
    """A form that may be sent again and again with one effect."""

    key = forms.RegexField(r"^[\w.:-]{8,64}$", widget=forms.HiddenInput)

    #: Field of a refusal to the field of the form; what is not named goes to the top of the form.
    refused_at: Mapping[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid4().hex
        # Two forms of one page have the same field names; the ids must differ.
        self.fields["key"].widget.attrs.setdefault("id", f"key-{uuid4().hex[:8]}")

    @property
    def range_fields(self) -> list[forms.BoundField]:
        """The three figures, as the page draws them."""
        return [self[name] for name in ("low_kg", "likely_kg", "high_kg")]

    def add_refusal(self, refused: HarvestRefused) -> None:
        """Show a service's refusal at the field it names."""
        name = self.refused_at.get(refused.field, refused.field)
        self.add_error(name if name in self.fields else None, refused.message)


class BiofixForm(KeyedForm):
    """A form that asks for full bloom or planting where the produce's season is counted from it (``counts_from``)."""

    LABELS = {"bloom": gettext_lazy("Full bloom"), "planting": gettext_lazy("Day of planting")}

    def __init__(self, *args: Any, counts_from: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counts_from = counts_from
        if counts_from:
            self.fields["biofix_on"] = DayField(label=self.LABELS[counts_from], required=False)

    @property
    def biofix_on(self) -> date | None:
        """The day typed in a valid form, if the form asked for one."""
        return self.cleaned_data.get("biofix_on")


class DeclareForm(BiofixForm):
    """A harvest: days, three figures, one share for each grade of the produce."""

    cooperative = forms.IntegerField(widget=forms.HiddenInput)
    starts_on = DayField(label=gettext_lazy("First day of picking"))
    ends_on = DayField(label=gettext_lazy("Last day of picking"))
    low_kg = KilogramsField(label=gettext_lazy("In a bad year"), allow_zero=True)
    likely_kg = KilogramsField(label=gettext_lazy("Most likely"))
    high_kg = KilogramsField(label=gettext_lazy("In a good year"))
    area_mu = WholeNumberField(label=gettext_lazy("Area in mu"))

    refused_at = {"low_g": "low_kg", "likely_g": "likely_kg", "high_g": "high_kg"}

    def __init__(self, *args: Any, grades: list[Grade], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grades = grades
        for index, grade in enumerate(grades):
            self.fields[f"grade_{grade.pk}"] = PercentField(
                label=grade.name, initial="100" if not index and len(grades) == 1 else ""
            )

    @property
    def grade_fields(self) -> list[forms.BoundField]:
        return [self[f"grade_{grade.pk}"] for grade in self.grades]

    def grade_shares(self) -> dict[int, int]:
        """Thousandths by grade id, of a valid form."""
        return {grade.pk: self.cleaned_data[f"grade_{grade.pk}"] for grade in self.grades}


class ReportForm(BiofixForm):
    """A word from the field. What is left empty did not change."""

    picked_kg = KilogramsField(label=gettext_lazy("Kilograms picked"), required=False, allow_zero=True)
    picked_on = DayField(label=gettext_lazy("Day of picking"), required=False)
    shift_days = WholeNumberField(label=gettext_lazy("Days later (below zero: earlier)"))
    low_kg = KilogramsField(label=gettext_lazy("In a bad year"), required=False, allow_zero=True)
    likely_kg = KilogramsField(label=gettext_lazy("Most likely"), required=False)
    high_kg = KilogramsField(label=gettext_lazy("In a good year"), required=False)
    note = forms.CharField(
        label=gettext_lazy("What happened"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )

    refused_at = {"picked_g": "picked_kg", "low_g": "low_kg", "likely_g": "likely_kg", "high_g": "high_kg"}

    def clean_picked_kg(self) -> int | None:
        """Zero kilograms picked is how the key at zero says "not today": then only the rest of the form counts."""
        return self.cleaned_data["picked_kg"] or None


class RefusalForm(forms.Form):
    """Why a pick call cannot be met: one of the usual reasons, or words."""

    REASONS = (
        ("rain", gettext_lazy("Rain, the road or the slope is not safe")),
        ("unripe", gettext_lazy("Not ripe yet")),
        ("hands", gettext_lazy("Not enough hands")),
        ("short", gettext_lazy("Not that much left")),
    )
    reason = forms.ChoiceField(choices=REASONS, widget=forms.RadioSelect, required=False)
    words = forms.CharField(label=gettext_lazy("Another reason"), required=False, max_length=160)

    def in_words(self) -> str:
        """The reason as it is stored: the usual one, then the words."""
        usual = str(dict(self.REASONS).get(self.cleaned_data.get("reason", ""), ""))
        return " ".join(part for part in (usual, self.cleaned_data.get("words", "")) if part)
