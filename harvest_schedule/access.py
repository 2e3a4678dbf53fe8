"""Who may see which plans: the county's officers all of them, a station's staff those of their station."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from marketplace.cooperatives.models import Hub, SupplyPool

View = Callable[..., HttpResponse]


def pools_of(user: Any) -> QuerySet[SupplyPool]:
    """Return the pools whose plans a person may see; none for shoppers and growers."""
    pools = SupplyPool.objects.filter(pool_products__isnull=False).select_related("produce", "hub").distinct()
    return pools if user.is_staff else pools.filter(hub__staff=user.pk)


def officer_page(view: View) -> View:
    """Let officers and station staff in. Without sign-in: to the sign-in page; anybody else finds nothing here."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not user.is_staff and not Hub.objects.filter(staff=user.pk).exists():
            raise Http404
        return view(request, *args, **kwargs)

    return inner


def pool_of(request: HttpRequest, code: str) -> SupplyPool:
    """Return a pool of the person's own; raises Http404 for another station's."""
    return get_object_or_404(pools_of(request.user), code=code)
