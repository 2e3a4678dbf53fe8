"""What every page shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from marketplace.foundation import clock
from marketplace.storefront.place import chosen_place


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the operator's papers for the footer, today's date in Shanghai and where the visitor wants things sent."""
    place = chosen_place(request)
    return {
        "operator": settings.OPERATOR,
        "today": clock.business_date(clock.now()),
        "place_name": place.short if place else "",
    }
