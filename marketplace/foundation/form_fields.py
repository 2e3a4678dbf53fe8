"""Fields for what people type: kilograms, yuan, per cent, whole numbers and days, half-width or full-width."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from marketplace.foundation.units import FEN_PER_YUAN, UnreadableQuantity, parse_decimal, parse_kg

_TEN = 10


class KilogramsField(forms.CharField):
    """Kilograms as people write them, half-width or full-width, to whole grams."""

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


class PercentField(forms.CharField):
    """Per cent with at most one decimal, to thousandths; nothing typed is nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, required=False, **kwargs)

    def clean(self, value: Any) -> int:
        text = unicodedata.normalize("NFKC", super().clean(value)).replace("%", "")
        if not text.strip():
            return 0
        try:
            permille = parse_decimal(text) * _TEN
        except UnreadableQuantity as error:
            raise forms.ValidationError(str(error)) from error
        if permille != permille.to_integral_value() or not 0 <= permille <= 1000:
            raise forms.ValidationError(_("Please write a share between 0 and 100 %, with at most one decimal."))
        return int(permille)


class WholeNumberField(forms.CharField):
    """A whole number, possibly below zero; nothing typed is zero."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, required=False, **kwargs)

    def clean(self, value: Any) -> int:
        text = super().clean(value)
        if not text:
            return 0
        try:
            number = parse_decimal(text)
        except UnreadableQuantity as error:
            raise forms.ValidationError(str(error)) from error
        if number != number.to_integral_value() or abs(number) > 10**9:
            raise forms.ValidationError(_("Please write a whole number."))
        return int(number)


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


class YuanField(forms.CharField):
    """Yuan as people write them, to whole fen; nothing typed is nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            fen = parse_decimal(text) * FEN_PER_YUAN
        except UnreadableQuantity as error:
            raise forms.ValidationError(str(error)) from error
        if fen != fen.to_integral_value() or not 0 <= fen <= 10**9:
            raise forms.ValidationError(_("Please write yuan with at most two decimals, zero or more."))
        return int(fen)
