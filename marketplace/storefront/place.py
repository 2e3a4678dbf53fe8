"""Where a visitor wants goods sent, as far as they have said: a province, kept in a cookie."""

from __future__ import annotations

from django.http import HttpRequest

from catalog.provinces import PROVINCES, Province

PLACE_COOKIE = "place"


def chosen_place(request: HttpRequest) -> Province | None:
    """Return the chosen province, or None when nothing or nonsense is in the cookie."""
    return PROVINCES.get(request.COOKIES.get(PLACE_COOKIE, ""))


def text_param(request: HttpRequest, name: str) -> str:
    """Return a parameter of the address as text that the database can take: no NUL, at most 200 characters."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:200]
