"""What a pool may keep in its hub's stores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db.models import Sum

from harvest_schedule.models import StoreShare
from marketplace.cooperatives.models import SupplyPool


def pool_shares_g(pool: SupplyPool, week: date) -> Mapping[tuple[str, date], int]:
    """
    Return a pool's shares from a week on, by mode and Monday; none where its hub's were not divided yet.

    Shares that were made of larger stores than the hub has now count for nothing: until they are made anew, every pool
    has its equal part.
    """
    rows = StoreShare.objects.filter(hub_id=pool.hub_id, week__gte=week)
    given = dict(rows.filter(week=week).values_list("mode").annotate(grams=Sum("share_g")))
    capacity_g = {"AMBIENT": pool.hub.ambient_capacity_g, "COLD": pool.hub.cold_capacity_g}
    if any(grams > capacity_g[mode] for mode, grams in given.items()):
        return {}
    own = rows.filter(pool=pool).order_by("mode", "week")
    return {(mode, monday): grams for mode, monday, grams in own.values_list("mode", "week", "share_g")}
