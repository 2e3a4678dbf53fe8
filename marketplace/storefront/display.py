"""What a person chose for reading: large text and theme. Kept in cookies, so that no page needs a script for it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

TEXT_COOKIE, THEME_COOKIE = "text", "theme"
CHOICES = {TEXT_COOKIE: ("normal", "large"), THEME_COOKIE: ("auto", "light", "dark")}
_YEAR_S = 365 * 24 * 3600


def chosen(request: HttpRequest, name: str) -> str:
    """Return the stored choice, or the first of its choices when there is none or it is not one of ours."""
    value = request.COOKIES.get(name, "")
    return value if value in CHOICES[name] else CHOICES[name][0]


@require_POST
def display_set(request: HttpRequest) -> HttpResponse:
    """Keep the posted ``text`` or ``theme`` choice and go back to where the person was."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    for name, choices in CHOICES.items():
        value = request.POST.get(name, "")
        if value in choices:
            response.set_cookie(name, value, max_age=_YEAR_S, samesite="Lax")
    return response
