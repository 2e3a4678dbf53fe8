"""What is typed at the station alone: whole packs, and the form's own key."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms

from marketplace.foundation.units import UnreadableQuantity, parse_count


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


class KeyField(forms.CharField):
    """The form's own key: sent again, it changes nothing."""

    def __init__(self) -> None:
        super().__init__(min_length=8, max_length=64, widget=forms.HiddenInput)
