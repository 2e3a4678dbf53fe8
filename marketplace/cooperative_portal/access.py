"""Who may see which cooperative: its staff. Everybody else finds nothing here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from marketplace.cooperatives.models import Cooperative

CHOSEN = "cooperative_id"


@dataclass(frozen=True)
class Membership:
    """A person, the cooperatives they work for, and the one whose screens are open."""

    user: AbstractBaseUser
    cooperative: Cooperative
    cooperatives: tuple[Cooperative, ...]

    @property
    def ids(self) -> list[int]:
        """Every cooperative whose rows this person may touch, so that a report kept on the phone finds its own."""
        return [cooperative.pk for cooperative in self.cooperatives]


View = Callable[..., HttpResponse]


def wants_json(request: HttpRequest) -> bool:
    """Return whether the page's own script asks, which must tell "not sent" from "refused"."""
    return "application/json" in request.headers.get("Accept", "")


def cooperative_page(view: View) -> View:
    """
    Hand a view the `Membership` of the person, after the request.

    Without sign-in: to the sign-in page (401 for the script). Staff of no cooperative: 404. Of several and none
    chosen: to the choice.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            if wants_json(request):
                return JsonResponse(
                    {"status": "waiting", "message": _("Please sign in again; nothing is lost.")}, status=401
                )
            return redirect_to_login(request.get_full_path())
        cooperatives = cooperatives_of(request)
        chosen = [row for row in cooperatives if row.pk == request.session.get(CHOSEN)]
        if not chosen and len(cooperatives) > 1 and request.method == "GET":
            return redirect("cooperative_portal:choose")
        membership = Membership(
            user=request.user, cooperative=(chosen or cooperatives)[0], cooperatives=tuple(cooperatives)
        )
        return view(request, membership, *args, **kwargs)

    return inner


def cooperatives_of(request: HttpRequest) -> list[Cooperative]:
    """Return the cooperatives that the signed-in person works for; raises Http404 when there is none."""
    rows = list(Cooperative.objects.filter(staff=request.user.pk).select_related("region", "hub").order_by("pk"))
    if not rows:
        raise Http404
    return rows
