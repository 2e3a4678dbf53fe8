"""Which paid lines must be picked for on a day: due, neither in the store already nor waited for by a live call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from catalog.partner.models import Phase
from harvest_schedule.models import PickCallLine
from harvest_schedule.on_hand import OnHandRow, on_hand
from harvest_schedule.services.pick_call_sharing import Need
from harvest_schedule.states import PickCallStatus
from marketplace.cooperatives.models import PoolProduct
from marketplace.order.models import Line
from marketplace.order.states import LineStatus

#: Picked one day, sent the next.
LEAD_DAYS = 1
#: Days on the road when a line does not say when it should arrive.
USUAL_TRANSIT_DAYS = 3
LIVE = (PickCallStatus.CALLED, PickCallStatus.ACCEPTED)


@dataclass(frozen=True)
class PooledProduct:
    """A product with the pool that fulfils it, as far as picking is concerned."""

    pool_id: int
    produce_id: int
    grade_id: int
    life_at_arrival_days: int


@dataclass(frozen=True)
class _Cover:
    outstanding_g: int
    called_for_day_g: int


def pooled_products(*, hub_id: int) -> dict[int | None, PooledProduct]:
    """Return what the pools of a hub fulfil, by product id."""
    rows = PoolProduct.objects.filter(pool__hub_id=hub_id, product__grade__isnull=False).values_list(
        "product_id", "pool_id", "pool__produce_id", "product__grade_id", "product__life_at_arrival_days"
    )
    return {row[0]: PooledProduct(*row[1:]) for row in rows}


def due_lines_lock(*, products: Mapping[int | None, PooledProduct], day: date) -> list[Line]:
    """Lock, in key order, the paid lines of these products to be sent by the day after; most urgent first."""
    lines = list(
        Line.objects.select_for_update(of=("self",))
        .filter(
            product_id__in=[product_id for product_id in products if product_id is not None],
            status=LineStatus.PAID,
            ships_from__lte=day + timedelta(days=LEAD_DAYS),
        )
        .select_related("stockrecord")
        .order_by("pk")
    )
    return sorted(lines, key=lambda line: (line.ships_by, line.pk))


def needs_of_day(
    *, hub_id: int, products: Mapping[int | None, PooledProduct], lines: list[Line], day: date, at: datetime
) -> tuple[dict[tuple[int, int], list[Need]], Callable[[int, int], int]]:
    """
    Return what to pick by pool and grade, and a way to ask which grams of a pool's grade no fresh line needs.

    Fresh and presale lines count as covered by the store only with fruit picked in the days their buyer was told.
    Presales are spread over the days they may be sent in, so that one village is not asked for a month's fruit in one
    morning.
    """
    cover = _covers([line.pk for line in lines], day)
    store = _Store(hub_id, at)
    waiting: dict[tuple[int, int], list[tuple[Line, int]]] = defaultdict(list)
    for line in lines:
        product = products[line.product_id]
        grams = line.weight_g - cover[line.pk].outstanding_g if line.pk in cover else line.weight_g
        grams -= store.take(line, product, grams)
        if grams > 0:
            waiting[(product.pool_id, product.grade_id)].append((line, grams))
    needs = {key: _spread(rows, lines, cover, day) for key, rows in waiting.items()}
    produce_of = {product.pool_id: product.produce_id for product in products.values()}

    def left_in_store(pool_id: int, grade_id: int) -> int:
        return store.left_for_stored(produce_of[pool_id], grade_id)

    return needs, left_in_store


class _Store:
    """What lies at the hub, given to lines one after the other."""

    def __init__(self, hub_id: int, at: datetime) -> None:
        self._hub_id = hub_id
        self._at = at
        self._rows: dict[int, list[tuple[OnHandRow, list[int]]]] = {}
        self._taken_by_stored: dict[tuple[int, int], int] = defaultdict(int)

    def look_at(self, produce_id: int) -> list[tuple[OnHandRow, list[int]]]:
        if produce_id not in self._rows:
            rows = sorted(on_hand(self._hub_id, produce_id, self._at), key=lambda row: row.best_before)
            self._rows[produce_id] = [(row, [row.grams]) for row in rows]
        return self._rows[produce_id]

    def left_for_stored(self, produce_id: int, grade_id: int) -> int:
        """What stored lines took is still there for stored windows, whose caps count these lines too."""
        left = sum(left[0] for row, left in self.look_at(produce_id) if row.grade_id == grade_id)
        return left + self._taken_by_stored[(produce_id, grade_id)]

    def take(self, line: Line, product: PooledProduct, grams: int) -> int:
        arrives_on = line.arrives_by or line.ships_by + timedelta(days=USUAL_TRANSIT_DAYS)
        keeps_until = arrives_on + timedelta(days=product.life_at_arrival_days)
        picked_from = None if line.phase == Phase.STORED or line.stockrecord is None else line.stockrecord.picked_from
        taken = 0
        for row, left in self.look_at(product.produce_id) if grams > 0 else ():
            if row.grade_id != product.grade_id or row.best_before < keeps_until:
                continue
            if picked_from is not None and row.picked_on < picked_from - timedelta(days=LEAD_DAYS):
                continue
            part = min(left[0], grams - taken)
            left[0] -= part
            taken += part
        if line.phase == Phase.STORED:
            self._taken_by_stored[(product.produce_id, product.grade_id)] += taken
        return taken


def _covers(line_ids: list[int], day: date) -> dict[int, _Cover]:
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    rows = PickCallLine.objects.filter(line_id__in=line_ids, pick_call__status__in=LIVE).values_list(
        "line_id", "grams", "pick_call__pick_on", "pick_call__asked_g", "pick_call__delivered_g"
    )
    for line_id, grams, pick_on, asked_g, delivered_g in rows if line_ids else ():
        # What of the call has come in already lies in the store and is counted there.
        sums[line_id][0] += grams * max(0, asked_g - delivered_g) // asked_g
        sums[line_id][1] += grams if pick_on == day else 0
    return {line_id: _Cover(*pair) for line_id, pair in sums.items()}


def _spread(waiting: list[tuple[Line, int]], all_lines: list[Line], cover: dict[int, _Cover], day: date) -> list[Need]:
    """Keep of each presale window's lines only this day's part; everything else is wanted at once."""
    chosen: list[Need] = []
    quota: dict[int | None, int] = {}
    for line, grams in waiting:
        if line.phase == Phase.PRESALE:
            if line.stockrecord_id not in quota:
                quota[line.stockrecord_id] = _presale_quota(line, waiting, all_lines, cover, day)
            if quota[line.stockrecord_id] <= 0:
                continue
            quota[line.stockrecord_id] -= grams
        chosen.append(Need(line.pk, grams, is_stored=line.phase == Phase.STORED))
    return chosen


def _presale_quota(
    line: Line, waiting: list[tuple[Line, int]], all_lines: list[Line], cover: dict[int, _Cover], day: date
) -> int:
    lead = timedelta(days=LEAD_DAYS)
    last_day = line.ships_by - lead
    first_day = max(day, line.ships_from - lead)
    num_days = max(1, (last_day - first_day).days + 1)
    window_id = line.stockrecord_id
    open_g = sum(grams for other, grams in waiting if other.stockrecord_id == window_id)
    called_g = sum(
        cover[other.pk].called_for_day_g
        for other in all_lines
        if other.stockrecord_id == window_id and other.pk in cover
    )
    return -(-(open_g + called_g) // num_days) - called_g
