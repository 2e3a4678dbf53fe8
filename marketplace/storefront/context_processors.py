"""What every page shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from marketplace.foundation import clock


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the operator's papers for the footer and today's date in Shanghai."""
    return {"operator": settings.OPERATOR, "today": clock.business_date(clock.now())}
