"""Money to come and received, down to the lot."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.cooperative_portal.access import Membership, cooperative_page
from marketplace.cooperative_portal.selectors.money import lots_settled, money_of, payouts_of
from marketplace.foundation import clock

LOTS_A_PAGE = 30
PAYOUTS_SHOWN = 10
#: Nobody turns so many pages; a larger number is not a page of ours.
LAST_PAGE = 1000


@require_safe
@cooperative_page
def money(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show the three sums, then what each lot earned by day."""
    text = request.GET.get("page", "1")
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
    page = max(1, min(page, LAST_PAGE))
    cooperative_id = membership.cooperative.pk
    rows = lots_settled(cooperative_id, limit=LOTS_A_PAGE + 1, offset=(page - 1) * LOTS_A_PAGE)
    return render(
        request,
        "cooperative_portal/money.html",
        {
            "membership": membership,
            "money": money_of(cooperative_id),
            "lots": rows[:LOTS_A_PAGE],
            "payouts": list(payouts_of(cooperative_id)[:PAYOUTS_SHOWN]),
            "page": page,
            "has_more": len(rows) > LOTS_A_PAGE,
            "at": clock.now(),
        },
    )
