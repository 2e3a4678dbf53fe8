"""What people type at the station: kilograms and whole packs, half-width or full-width, and days."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from django import forms

from marketplace.foundation.units import UnreadableQuantity, parse_count, parse_kg


class KilogramsField(forms.CharField):
    """Kilograms to whole grams."""

    def __init__(self, *, allow_zero: bool = False, **kwargs: Any) -> None:
        self.allow_zero = allow_zero
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_kg(text, allow_zero=self.allow_zero)
        except UnreadableQuantity as error:
            raise forms.ValidationError(str(error)) from error


class PacksField(forms.CharField):
    """A whole number of packs; nothing typed, or 0, is none."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
        super().__init__(max_length=20, required=False, **kwargs)

    def clean(self, value: Any) -> int:
        text = unicodedata.normalize("NFKC", super().clean(value)).strip()
        if text in ("", "0"):
            return 0
        try:
            return parse_count(text, maximum=100_000)
        except UnreadableQuantity as error:
            raise forms.ValidationError(str(error)) from error


class DayField(forms.DateField):
    """A day from the phone's own picker, or typed; full-width digits are understood."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"],
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            **kwargs,
        )

    def to_python(self, value: Any) -> date | None:
        return super().to_python(unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else value)


class KeyField(forms.CharField):
    """The form's own key: sent again, it changes nothing."""

    def __init__(self) -> None:
        super().__init__(min_length=8, max_length=64, widget=forms.HiddenInput)
