"""Where an order goes: a Chinese address, checked against the register of divisions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Region
from marketplace.checkout.address_text import Division, address_read
from marketplace.checkout.services.placing import Destination

MOBILE = re.compile(r"^1[3-9]\d{9}$")
LANDLINE = re.compile(r"^0\d{2,3}-?\d{7,8}$")
VIRTUAL = re.compile(r"^1\d{10}-\d{1,4}$")
NAME = re.compile(r"^[\w·• .'\-]{2,30}$")


def phone_read(text: str) -> str:
    """Return a Chinese phone number in its plain form; raises ValueError when it cannot be one."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(" ", "")
    plain = re.sub(r"^(\+?86-?)(?=1\d{10})", "", plain)
    if not (MOBILE.match(plain) or LANDLINE.match(plain) or VIRTUAL.match(plain)):
        raise ValueError(text)
    return plain


class AddressForm(forms.Form):
    """Name, phone and address. Province and city are there to choose the county; only the county is kept."""

    name = forms.CharField(label=_("Receiver"), max_length=30, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = forms.CharField(
        label=pgettext_lazy("address", "Phone number"),
        max_length=24,
        help_text=_("The courier calls this number."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    province = forms.ChoiceField(label=_("Province"))
    city = forms.ChoiceField(label=_("City"))
    district = forms.ChoiceField(label=_("County or district"))
    town = forms.CharField(label=_("Town or street office"), max_length=60, required=False)
    detail = forms.CharField(
        label=_("Street, house and room"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    email = forms.EmailField(label=_("E-mail"), required=False, help_text=_("Optional. We send the order there too."))
    remark = forms.CharField(label=_("Note for the packer"), max_length=100, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "phone", "detail"):
            self.fields[name].error_messages["required"] = _("Please fill this in.")
        for name in ("province", "city", "district"):
            self.fields[name].error_messages["required"] = _("Please choose one.")
            self.fields[name].error_messages["invalid_choice"] = _("Please choose one of the list.")
        self.fields["province"].choices = self._choices(Region.objects.filter(level=Region.Level.PROVINCE))
        self.fields["city"].choices = self._children(self._value("province"))
        self.fields["district"].choices = self._children(self._value("city"))

    def _value(self, name: str) -> str:
        source = self.data if self.is_bound else self.initial
        value = str(source.get(name) or "")
        return value if re.fullmatch(r"[0-9]{6}", value) else ""

    def _children(self, parent: str) -> list[tuple[str, str]]:
        return self._choices(Region.objects.filter(parent_id=parent)) if parent else [("", "—")]

    @staticmethod
    def _choices(regions: Any) -> list[tuple[str, Any]]:
        return [("", _("Please choose")), *((region.code, region.name) for region in regions.order_by("code"))]

    def clean_name(self) -> str:
        name = " ".join(unicodedata.normalize("NFKC", self.cleaned_data["name"]).split())
        if not NAME.match(name) or any(character.isdigit() for character in name):
            raise forms.ValidationError(_("Please write the name of the person who receives the parcel."))
        return name

    def clean_phone(self) -> str:
        try:
            return phone_read(self.cleaned_data["phone"])
        except ValueError as error:
            raise forms.ValidationError(
                _("Please write a mobile number of 11 digits, or a landline with its area code.")
            ) from error

    def clean_town(self) -> str:
        return " ".join(self.cleaned_data["town"].split())

    def clean_detail(self) -> str:
        detail = " ".join(self.cleaned_data["detail"].split())
        if len(detail) < 3:
            raise forms.ValidationError(_("Please write the street, house number and room."))
        return detail

    @classmethod
    def filled_from_text(cls, text: str, typed: dict[str, str]) -> AddressForm:
        """Return a form with what a pasted text says, over what was typed before; nothing in it is judged yet."""
        rows = Region.objects.values_list("code", "name_zh", "parent_id")
        found = address_read(text, (Division(code, name, parent or "") for code, name, parent in rows))
        initial = {**typed, **{name: value for name, value in vars(found).items() if value}}
        if found.province:
            # what stood in the selects belongs to another place
            initial |= {"city": found.city, "district": found.district}
        form = cls(initial=initial)
        form.missing = [str(form.fields[name].label) for name in form.fields if form.is_missing(name)]
        return form

    #: What a pasted text did not say, by label.
    missing: Sequence[str] = ()

    def is_missing(self, name: str) -> bool:
        """Return whether a field that must be filled has nothing in it yet."""
        return self.fields[name].required and not self.initial.get(name)

    def destination(self) -> Destination:
        """Return what the form says, once it is valid."""
        data = self.cleaned_data
        return Destination(
            name=data["name"],
            phone=data["phone"],
            district=Region.objects.select_related("parent__parent").get(pk=data["district"]),
            town=data["town"],
            detail=data["detail"],
            email=data["email"],
            remark=data["remark"],
        )
