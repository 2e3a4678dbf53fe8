"""What the cooperative's fruit is sold as, and why so."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from harvest_schedule.selectors.supplied_windows import windows_supplied
from marketplace.cooperative_portal.access import Membership, cooperative_page
from marketplace.foundation import clock


@require_safe
@cooperative_page
def window_list(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show windows on sale, then those that open next, each with its reason in words."""
    at = clock.now()
    windows = windows_supplied(membership.cooperative.pk, at)
    return render(
        request,
        "cooperative_portal/window_list.html",
        {
            "membership": membership,
            "open_windows": [window for window in windows if window.is_open],
            "next_windows": [window for window in windows if not window.is_open],
            "at": at,
        },
    )
