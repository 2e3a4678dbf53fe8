"""Rows to the plain data of the draw. Days are ordinals; grams stay grams."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from catalog.partner.models import Phase
from logistics.allocation.draw import LineNeed, LotStock
from logistics.models import Lot
from logistics.states import LotStatus
from marketplace.cooperatives.models import Hub, PoolMember
from marketplace.order.models import Line
from marketplace.shipping.models import FreightTariff

#: A buyer who was told "picked from the 24th" may get what was picked the evening before.
PICKED_EARLY_DAYS = 1


def lot_stock(lot: Lot, held_g: int) -> LotStock:
    """Return a lot as the draw sees it."""
    return LotStock(
        lot_id=lot.pk,
        kind=lot.grade_id,
        source_id=lot.cooperative_id,
        grams=held_g,
        expires_day=lot.best_before.toordinal(),
        picked_day=lot.picked_on.toordinal(),
        received_rank=int(lot.received_at.timestamp()),
        is_free=lot.status == LotStatus.AVAILABLE,
    )


def line_needs(hub: Hub, lines: Sequence[Line]) -> list[LineNeed]:
    """
    Return lines as the draw sees them, each with product, pool, window, order and address already read.

    Two statements: the pools' members, and the tariffs from the hub's province.
    """
    addresses = [line.order.shipping_address for line in lines]
    provinces = {address.province_code for address in addresses if address is not None}
    transit_days = transit_days_from(hub.region.province_code, provinces)
    sources = pool_sources({line.product.pool_product.pool_id for line in lines if line.product is not None})
    return [_line_need(line, sources, transit_days) for line in lines]


def _line_need(line: Line, sources: Mapping[int, frozenset[int]], transit_days: Mapping[str, int]) -> LineNeed:
    """Return a line as the draw sees it; its product must be one that a pool fulfils."""
    product = line.product
    if product is None:
        raise ValueError(f"line {line.pk} has no product any more")
    address = line.order.shipping_address
    return LineNeed(
        line_id=line.pk,
        kind=product.grade_id,
        source_ids=sources.get(product.pool_product.pool_id, frozenset()),
        pack_g=line.net_weight_g,
        packs=line.quantity,
        min_life_days=product.life_at_arrival_days,
        transit_days=transit_days.get(address.province_code) if address is not None else None,
        due_day=line.ships_by.toordinal(),
        picked_from_day=_picked_from(line),
    )


def _picked_from(line: Line) -> int | None:
    """Stored goods may be old; of fresh ones and presales the buyer was told when they are picked."""
    window = line.stockrecord
    if line.phase == Phase.STORED or window is None or window.picked_from is None:
        return None
    return (window.picked_from - timedelta(days=PICKED_EARLY_DAYS)).toordinal()


def pool_sources(pool_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Return the cooperatives of each pool."""
    members: dict[int, set[int]] = defaultdict(set)
    rows = PoolMember.objects.filter(pool_id__in=list(pool_ids)).order_by("pk")
    for pool_id, cooperative_id in rows.values_list("pool_id", "cooperative_id"):
        members[pool_id].add(cooperative_id)
    return {pool_id: frozenset(ids) for pool_id, ids in members.items()}


def transit_days_from(origin_province: str, provinces: Iterable[str]) -> dict[str, int]:
    """Return the days on the road at worst to each province that is served."""
    rows = FreightTariff.objects.filter(origin_id=origin_province, destination_id__in=list(provinces), is_served=True)
    return dict(rows.order_by("pk").values_list("destination_id", "transit_days_max"))
