"""The cooperative itself: its papers, its pools, its member households by code and masked name."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.cooperative_portal.access import Membership, cooperative_page
from marketplace.foundation import clock

#: Names are decrypted one by one; more than a large cooperative has is not shown on a phone.
HOUSEHOLDS_SHOWN = 300


@require_safe
@cooperative_page
def about(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show what is on file. No phone number and no assistance status leaves the database here."""
    cooperative = membership.cooperative
    households = cooperative.households.only("cooperative_id", "code", "name", "joined_on").order_by("code", "pk")
    return render(
        request,
        "cooperative_portal/about.html",
        {
            "membership": membership,
            "households": [
                {"code": row.code, "masked_name": row.masked_name, "joined_on": row.joined_on}
                for row in households[:HOUSEHOLDS_SHOWN]
            ],
            "num_on_file": cooperative.households.count(),
            "certificates": list(cooperative.certificates.order_by("kind", "-issued_on", "pk")),
            "pools": list(cooperative.pool_memberships.select_related("pool__hub", "pool__produce").order_by("pk")),
            "day": clock.business_date(clock.now()),
        },
    )
