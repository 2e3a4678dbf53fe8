"""How a place is written beside a name."""

from __future__ import annotations

from catalog.models import Region
from catalog.provinces import province_of
from marketplace.foundation.bilingual import is_chinese


def origin_text(region: Region) -> str:
    """Return province and county in the language's order: 湖北 秭归县; Zigui, Hubei."""
    province = province_of(region.code).short
    if is_chinese():
        return f"{province} {region.name}".strip()
    return f"{region.name}, {province}" if province else region.name
