"""
What could be sent instead of packs that do not come: windows with room that keep what a buyer was promised.

    another lot   the same produce, grade and weight from another pool, sent no later than promised
    later         the same product, from a later window
    substitute    another grade, or other goods of the category, weighing no less, soon; the nearest in price that is
                  not cheaper comes first

The buyer pays no more than they did, so nothing of another pool is an option if its growers would get less than the
floor they agreed to. Windows that are short themselves have nothing to give.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, Q, QuerySet

from catalog.partner.models import StockRecord
from harvest_schedule.models import ShortfallCase
from harvest_schedule.planner.shortfall.problem import LATER, OTHER_LOT, SUBSTITUTE
from harvest_schedule.states import ShortfallStatus
from marketplace.cooperatives.models import SupplyPool
from marketplace.foundation.clock import business_date
from marketplace.foundation.units import G_PER_KG

#: Nobody is asked to wait longer than eight weeks for what was promised.
LATER_WITHIN = timedelta(weeks=8)
#: A substitute is on its way at most two weeks after what it stands for.
SUBSTITUTE_WITHIN = timedelta(weeks=2)
#: A buyer needs time to answer, and the station to pack.
SUBSTITUTE_NOT_BEFORE = timedelta(days=2)
MOST_SUBSTITUTES = 12
_PERMILLE = 1000


@dataclass(frozen=True)
class WindowOption:
    """
    A window that could take packs. ``gap_fen`` is what its growers forgo on a pack at the price that was paid;
    ``back_fen`` what goes back to the buyer on a pack.
    """

    kind: str
    window: StockRecord
    gap_fen: int
    back_fen: int
    ships_from: date
    ships_by: date

    @property
    def free_packs(self) -> int:
        return self.window.num_left

    @property
    def price_fen(self) -> int:
        return self.window.price_fen

    @property
    def is_cheaper(self) -> bool:
        return self.back_fen > 0


def window_options(window: StockRecord, *, paid_fen: int, at: datetime) -> list[WindowOption]:
    """
    Return the options for packs of a window, each kind in the order it is tried.

    Parameters
    ----------
    paid_fen
        The least that any waiting buyer paid for a pack.
    """
    today = business_date(at)
    windows = list(_with_room(window, at).filter(_similar(window)))
    floors = _floors(windows)
    options = []
    for other in windows:
        kind = _kind(window, other, today)
        if kind is None:
            continue
        if kind != LATER and not _covers_floor(other, min(paid_fen, other.price_fen), floors):
            continue
        options.append(
            WindowOption(
                kind=kind,
                window=other,
                gap_fen=max(0, other.price_fen - paid_fen),
                back_fen=max(0, paid_fen - other.price_fen),
                ships_from=max(today, other.ships_from),
                ships_by=other.ships_by,
            )
        )
    return [
        *sorted((row for row in options if row.kind == OTHER_LOT), key=lambda row: (row.gap_fen, *_soonest(row))),
        *sorted((row for row in options if row.kind == LATER), key=_soonest),
        *_substitutes(window, [row for row in options if row.kind == SUBSTITUTE]),
    ]


def _with_room(window: StockRecord, at: datetime) -> QuerySet[StockRecord]:
    """Windows not over that have packs left, are not short themselves, and ship from today on."""
    short = ShortfallCase.objects.filter(status=ShortfallStatus.OPEN).values("window_id")
    return (
        StockRecord.objects.with_packs_left()
        .filter(
            closes_at__gt=at,
            ships_by__gte=business_date(at),
            ships_from__lte=window.ships_by + LATER_WITHIN,
            product__is_public=True,
            product__pool_product__isnull=False,
        )
        .exclude(pk=window.pk)
        .exclude(pk__in=short)
        .select_related("partner", "product__produce", "product__grade", "product__pool_product__pool__hub__region")
        .order_by("ships_from", "pk")
    )


def _similar(window: StockRecord) -> Q:
    made_of = window.product.made_of
    return Q(product_id=window.product_id) | Q(
        product__produce__category=made_of.category, product__net_weight_g__gte=window.product.net_weight_g
    )


def _kind(window: StockRecord, other: StockRecord, today: date) -> str | None:
    product, wanted = other.product, window.product
    if product.pk == wanted.pk:
        return LATER if other.ships_by > window.ships_by else None
    same = (product.produce_id, product.grade_id, product.net_weight_g)
    if same == (wanted.produce_id, wanted.grade_id, wanted.net_weight_g):
        return OTHER_LOT if other.ships_by <= window.ships_by else None
    is_soon = today + SUBSTITUTE_NOT_BEFORE <= other.ships_by <= window.ships_by + SUBSTITUTE_WITHIN
    return SUBSTITUTE if is_soon and product.made_of.may_be_offered else None


def _floors(windows: Sequence[StockRecord]) -> dict[int, int]:
    """The highest floor among the members of each pool, in fen a kilogram."""
    pool_ids = {other.product.pool_product.pool_id for other in windows}
    rows = SupplyPool.objects.filter(pk__in=pool_ids).annotate(floor=Max("members__floor_fen_per_kg"))
    return {pool.pk: pool.floor or 0 for pool in rows.order_by("pk")}


def _covers_floor(other: StockRecord, paid_fen: int, floors: dict[int, int]) -> bool:
    pool = other.product.pool_product.pool
    kept = paid_fen * (_PERMILLE - pool.seller_fee_permille - pool.payment_fee_permille)
    kept -= pool.packing_fen_per_pack * _PERMILLE
    return kept * G_PER_KG >= floors[pool.pk] * other.product.net_weight_g * _PERMILLE


def _soonest(option: WindowOption) -> tuple[date, date, int]:
    return (option.ships_by, option.ships_from, option.window.pk)


def _substitutes(window: StockRecord, options: Iterable[WindowOption]) -> list[WindowOption]:
    """One window a product, the nearest in price that is not cheaper first, its own produce before others."""
    first: dict[int, WindowOption] = {}
    for option in sorted(options, key=_soonest):
        first.setdefault(option.window.product_id, option)
    ranked = sorted(
        first.values(),
        key=lambda option: (
            option.is_cheaper,
            option.window.product.produce_id != window.product.produce_id,
            option.gap_fen + option.back_fen,
            option.window.pk,
        ),
    )
    return ranked[:MOST_SUBSTITUTES]
