"""How a place is written beside a name."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from catalog.models import Region
from catalog.provinces import province_of
from marketplace.foundation.bilingual import is_chinese
from marketplace.storefront.places import Place


def origin_text(region: Region) -> str:
    """Return province and county in the language's order: 湖北 秭归县; Zigui, Hubei."""
    province = province_of(region.code).short
    if is_chinese():
        return f"{province} {region.name}".strip()
    return f"{region.name}, {province}" if province else region.name


def county_places(regions: Iterable[Region], shining: Collection[str]) -> list[Place]:
    """Return the counties with coordinates as points; those whose code is in ``shining`` stand out."""
    return [
        Place(float(region.lat), float(region.lon), region.code in shining, region.name)
        for region in regions
        if region.lat is not None and region.lon is not None
    ]
