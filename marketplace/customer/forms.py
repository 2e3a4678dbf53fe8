"""Signing in, opening an account, finding an order again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.checkout.forms import phone_read

PHONE_HELP = _("Please write a mobile number of 11 digits, or a landline with its area code.")


class SignInForm(AuthenticationForm):
    """Django's own, under our labels: phone, e-mail or user name, and the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Phone or e-mail")
        self.fields["password"].label = _("Password")
        self.error_messages["invalid_login"] = _("Phone, e-mail or password do not match. Please try again.")


class RegisterForm(forms.Form):
    """A buyer's account: a phone and a password; an e-mail if they like."""

    phone = forms.CharField(
        label=pgettext_lazy("address", "Phone number"),
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(label=_("E-mail"), required=False, help_text=_("Optional, for order mails."))
    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least nine characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_phone(self) -> str:
        try:
            return phone_read(self.cleaned_data["phone"])
        except ValueError as error:
            raise forms.ValidationError(PHONE_HELP) from error

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password


class FindOrderForm(forms.Form):
    """An order's number and the phone it was placed with."""

    number = forms.CharField(label=_("Order number"), max_length=40)
    phone = forms.CharField(
        label=_("Phone given with the order"), max_length=24, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )

    def clean_phone(self) -> str:
        try:
            return phone_read(self.cleaned_data["phone"])
        except ValueError as error:
            raise forms.ValidationError(PHONE_HELP) from error
