"""The cooperatives of a county: public facts only."""

from __future__ import annotations

from marketplace.cooperatives.models import Cooperative


def cooperatives_of_county(code: str) -> list[Cooperative]:
    """Return the cooperatives of a county by code; their households stay where they are."""
    return list(Cooperative.objects.filter(region_id=code).order_by("code"))
