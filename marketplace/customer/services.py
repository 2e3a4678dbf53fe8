"""Accounts and saved addresses."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from marketplace.customer.models import BuyerProfile, SavedAddress

if TYPE_CHECKING:
    from marketplace.checkout.services.placing import Destination


class AccountExists(Exception):
    """There is an account with this phone or e-mail."""


@transaction.atomic
def account_create(*, phone: str, email: str, password: str, language: str) -> Any:
    """
    Make a buyer's account that signs in by phone or e-mail.

    Raises
    ------
    AccountExists
    """
    users = get_user_model()._default_manager
    if email and users.filter(email__iexact=email).exists():
        raise AccountExists
    try:
        with transaction.atomic():
            user = users.create_user(
                username=f"buyer-{phone}", email=unicodedata.normalize("NFKC", email), password=password
            )
            BuyerProfile.objects.create(user=user, phone=phone, language=language)
    except IntegrityError as error:
        raise AccountExists from error
    return user


def saved_address_remember(*, user: Any, destination: Destination, at: datetime) -> SavedAddress:
    """Keep where a signed-in buyer sent an order to; the same address is kept once."""
    address, _created = SavedAddress.objects.update_or_create(
        user=user,
        name=destination.name,
        phone=destination.phone,
        district=destination.district,
        town=destination.town,
        detail=destination.detail,
        defaults={"used_at": at},
    )
    return address


def saved_address_latest(user: Any) -> dict[str, str] | None:
    """Return the address a buyer used last, as the checkout form's initial values."""
    if not user.is_authenticated:
        return None
    address = (
        SavedAddress.objects.filter(user=user).select_related("district__parent").order_by("-used_at", "-pk").first()
    )
    if address is None:
        return None
    city = address.district.parent
    return {
        "name": address.name,
        "phone": address.phone,
        "province": (city.parent_id if city and city.parent_id else address.district.province_code),
        "city": city.pk if city else "",
        "district": address.district_id,
        "town": address.town,
        "detail": address.detail,
        "email": user.email,
    }
