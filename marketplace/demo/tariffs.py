"""
The demo's freight table: every origin province to every destination province, from the distance between their seats.

Illustrative figures in the range of market_rules.md, section 15: first kilogram 6 to 18 yuan, further ones 1.2 to 9,
more into the far west. Hong Kong, Macau and Taiwan are not served.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

from catalog.models import Region
from marketplace.shipping.models import FreightTariff

#: Latitude and longitude of provincial seats, rounded to a tenth of a degree.
SEATS: dict[str, tuple[float, float]] = {
    "110000": (39.9, 116.4), "120000": (39.1, 117.2), "130000": (38.0, 114.5), "140000": (37.9, 112.5),
    "150000": (40.8, 111.7), "210000": (41.8, 123.4), "220000": (43.9, 125.3), "230000": (45.8, 126.5),
    "310000": (31.2, 121.5), "320000": (32.1, 118.8), "330000": (30.3, 120.2), "340000": (31.8, 117.2),
    "350000": (26.1, 119.3), "360000": (28.7, 115.9), "370000": (36.7, 117.0), "410000": (34.8, 113.6),
    "420000": (30.6, 114.3), "430000": (28.2, 112.9), "440000": (23.1, 113.3), "450000": (22.8, 108.4),
    "460000": (20.0, 110.2), "500000": (29.6, 106.5), "510000": (30.6, 104.1), "520000": (26.6, 106.7),
    "530000": (25.0, 102.7), "540000": (29.7, 91.1), "610000": (34.3, 108.9), "620000": (36.1, 103.8),
    "630000": (36.6, 101.8), "640000": (38.5, 106.3), "650000": (43.8, 87.6),
}  # fmt: skip
FAR_WEST = {"540000", "650000"}
EARTH_KM = 6371


def distance_km(origin: str, destination: str) -> float:
    """Return the great-circle distance between two provincial seats."""
    (lat1, lon1), (lat2, lon2) = SEATS[origin], SEATS[destination]
    half = sin(radians(lat2 - lat1) / 2) ** 2
    half += cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


def tariffs_load() -> int:
    """Write the whole table, replacing what is there; returns the number of rows."""
    provinces = list(Region.objects.filter(level=Region.Level.PROVINCE).values_list("code", flat=True))
    rows = []
    for origin in provinces:
        for destination in provinces:
            if origin not in SEATS:
                continue
            if destination not in SEATS:
                rows.append(FreightTariff(origin_id=origin, destination_id=destination, is_served=False))
                continue
            far = distance_km(origin, destination)
            remote = len({origin, destination} & FAR_WEST)
            rows.append(
                FreightTariff(
                    origin_id=origin,
                    destination_id=destination,
                    first_fen=600 + round(far / 500) * 50 + remote * 500,
                    further_fen=120 + round(far / 500) * 30 + remote * 350,
                    transit_days_min=1 + round(far / 1100) + remote,
                    transit_days_max=2 + round(far / 800) + 2 * remote,
                )
            )
    FreightTariff.objects.all().delete()
    FreightTariff.objects.bulk_create(rows, batch_size=500)
    return len(rows)
