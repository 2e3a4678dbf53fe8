"""Who may enter: people signed in, at their own stations. Another's station is a 404."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache

from logistics.selectors.scope import hubs_for_user


def hub_view(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give a view its station instead of the station's code."""

    @never_cache
    @login_required
    @wraps(view)
    def entered(request: HttpRequest, hub: str, **kwargs: Any) -> HttpResponseBase:
        return view(request, get_object_or_404(hubs_for_user(request.user), code=hub), **kwargs)

    return entered


def actor_of(request: HttpRequest) -> AbstractBaseUser:
    """Return who does it; only people signed in reach a station's views."""
    return cast(AbstractBaseUser, request.user)


def buyer_of(request: HttpRequest) -> AbstractBaseUser | None:
    """Return the buyer who is signed in; None for a guest."""
    return cast(AbstractBaseUser, request.user) if request.user.is_authenticated else None
