"""What a parcel costs and how long it travels, by the table of origin and destination provinces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from marketplace.shipping.models import FreightTariff


@dataclass(frozen=True)
class Freight:
    """Freight of one parcel: fen, and days from dispatch to arrival. Not served means it cannot be sent there."""

    is_served: bool
    freight_fen: int
    transit_days_min: int
    transit_days_max: int


NOT_SERVED = Freight(is_served=False, freight_fen=0, transit_days_min=0, transit_days_max=0)


def tariff_freight(tariff: FreightTariff | None, weight_g: int) -> Freight:
    """Return the freight of a weight by one tariff: the first weight, then every further weight begun."""
    if tariff is None or not tariff.is_served:
        return NOT_SERVED
    further_g = max(0, weight_g - tariff.first_weight_g)
    steps = -(-further_g // tariff.further_weight_g)
    return Freight(
        is_served=True,
        freight_fen=tariff.first_fen + steps * tariff.further_fen,
        transit_days_min=tariff.transit_days_min,
        transit_days_max=tariff.transit_days_max,
    )


def tariffs_to(destination_province: str, origins: Iterable[str]) -> dict[str, FreightTariff]:
    """Return the tariffs to a province by origin province code, in one statement."""
    rows = FreightTariff.objects.filter(destination_id=destination_province, origin_id__in=set(origins))
    return {row.origin_id: row for row in rows}
