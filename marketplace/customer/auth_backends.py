"""Sign in with the phone or the e-mail that belongs to the account, and its password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.db.models import Q
from django.http import HttpRequest


class PhoneOrEmailBackend(ModelBackend):
    """Finds the account by name, e-mail or phone; hashes a password even when none is found, so time tells nothing."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        login = (username or kwargs.get("email") or "").strip()
        if not login or password is None:
            return None
        model = get_user_model()
        matches = model._default_manager.filter(
            Q(username__iexact=login) | Q(email__iexact=login) | Q(buyer_profile__phone=login)
        )[:2]
        if len(matches) != 1:
            model().set_password(password)
            return None
        user = matches[0]
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
