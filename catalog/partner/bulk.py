"""Putting a plan's promises on sale: the one way a listing window comes to be or changes, in a few statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.models import Product
from catalog.partner.models import Phase, StockRecord, StockRecordQuerySet
from marketplace.foundation.units import fen_to_yuan

MAX_KEY_CHARS = 128

_PROMISE = ("phase", "opens_at", "closes_at", "ships_from", "ships_by", "picked_from", "picked_to", "dispatch_days")


@dataclass(frozen=True)
class WindowPlanRow:
    """
    What a plan wants of one window.

    ``more_packs`` is what may be sold beyond what is held or sold already; the lifetime cap is the sum of both, so
    that solving again after a sale never takes a promise back and never makes it twice.
    """

    key: str
    product_id: int
    phase: str
    opens_at: datetime
    closes_at: datetime
    ships_from: date
    ships_by: date
    picked_from: date | None
    picked_to: date | None
    dispatch_days: int | None
    more_packs: int
    price_fen: int


@dataclass(frozen=True)
class PublishedRow:
    """A window as it stands after publishing, and how many sold packs the plan does not cover."""

    window: StockRecord
    row: WindowPlanRow


class UnableToPublishWindow(ValueError):
    """A listing window that cannot stand as asked; the message says what to change."""


def _check(row: WindowPlanRow) -> None:
    if row.phase not in Phase.values:
        raise UnableToPublishWindow(_("The phase must be presale, fresh or stored."))
    if row.closes_at <= row.opens_at:
        raise UnableToPublishWindow(_("The window must close after it opens."))
    if row.ships_by < row.ships_from:
        raise UnableToPublishWindow(_("The last shipping day must not come before the first."))
    if row.picked_from is not None and row.picked_to is not None and row.picked_to < row.picked_from:
        raise UnableToPublishWindow(_("The last picking day must not come before the first."))
    if row.more_packs < 0 or row.price_fen <= 0:
        raise UnableToPublishWindow(_("A window needs a price above zero and a cap that is not negative."))
    if not row.key or len(row.key) > MAX_KEY_CHARS:
        raise UnableToPublishWindow(_("A window needs a key of at most 128 characters."))


def _check_may_be_offered(product_ids: set[int]) -> None:
    """Medicine-only herbs and protected wild species never go on sale, however their product came to be."""
    for product in Product.objects.filter(pk__in=product_ids).select_related("produce"):
        if product.produce is not None and not product.produce.may_be_offered:
            raise UnableToPublishWindow(_("This produce must not be offered to consumers."))


@transaction.atomic
def windows_publish(
    *,
    seller_id: int,
    product_ids: Sequence[int],
    rows: Sequence[WindowPlanRow],
    at: datetime,
    still_open: Mapping[str, int] | None = None,
) -> list[PublishedRow]:
    """
    Bring a seller's windows of some products to what a plan says, and nothing else.

    Windows that are over are left as they are, unless the plan sells the same shipment again. Windows the plan no
    longer has keep what is held or sold and nothing more, or so many packs more as ``still_open`` grants by their key,
    until they close. A window that has opened keeps its opening and its price: buyers have seen both. The same call
    twice changes no row.

    Returns
    -------
    list of PublishedRow
        One for each row given, in the same order.

    Raises
    ------
    UnableToPublishWindow
        If a row's dates are crossed, its figures make no sense, its produce may not be offered to consumers, or its
        key belongs to another product's window. Nothing is written then.
    """
    for row in rows:
        _check(row)
    _check_may_be_offered({row.product_id for row in rows})
    present = windows_lock(seller_id=seller_id, product_ids=product_ids, keys={row.key for row in rows}, at=at)
    laid = _lay(seller_id, present, rows, at, still_open or {})
    StockRecord.objects.bulk_create(laid.created, batch_size=500)
    StockRecord.objects.bulk_update(
        laid.changed, [*_PROMISE, "price", "planned_cap", "num_in_stock", "date_updated"], batch_size=200
    )
    return laid.published


def windows_lock(
    *, seller_id: int, product_ids: Sequence[int], keys: Collection[str], at: datetime
) -> dict[str, StockRecord]:
    """
    Lock, in key order, every window that publishing rows with these keys may touch, and return them by their keys.

    Whoever must know what was sold before saying what may be sold calls it first: nothing is sold until the caller's
    transaction ends.
    """
    rows = _present(seller_id, product_ids, keys, at).select_for_update(of=("self",))
    return {window.partner_sku: window for window in rows}


def windows_preview(
    *,
    seller_id: int,
    product_ids: Sequence[int],
    rows: Sequence[WindowPlanRow],
    at: datetime,
    still_open: Mapping[str, int] | None = None,
) -> list[tuple[StockRecord | None, StockRecord]]:
    """Return each window as it is (None: it is not there) and as publishing the rows would leave it; writes nothing."""
    present = {window.partner_sku: window for window in _present(seller_id, product_ids, {row.key for row in rows}, at)}
    before = {key: copy(window) for key, window in present.items()}
    laid = _lay(seller_id, present, rows, at, still_open or {})
    made = {window.partner_sku: window for window in laid.created}
    return [(before.get(key), window) for key, window in sorted({**present, **made}.items())]


@transaction.atomic
def windows_cut(*, caps: Mapping[int, int], at: datetime) -> int:
    """
    Lower the lifetime caps of windows, never below what is held or sold; returns how many windows fell.

    A window whose cap is not above the one given stays as it is, so calling twice changes nothing more.
    """
    windows = StockRecord.objects.select_for_update(of=("self",)).filter(pk__in=list(caps)).order_by("pk")
    changed = []
    for window in windows:
        cap = max(caps[window.pk], window.num_allocated)
        if cap < window.num_in_stock:
            window.num_in_stock = window.planned_cap = cap
            window.date_updated = at
            changed.append(window)
    StockRecord.objects.bulk_update(changed, ["num_in_stock", "planned_cap", "date_updated"], batch_size=200)
    return len(changed)


@dataclass(frozen=True)
class _Laid:
    created: list[StockRecord]
    changed: list[StockRecord]
    published: list[PublishedRow]


def _present(seller_id: int, product_ids: Sequence[int], keys: Collection[str], at: datetime) -> StockRecordQuerySet:
    return StockRecord.objects.filter(
        Q(closes_at__gt=at) | Q(partner_sku__in=keys), partner_id=seller_id, product_id__in=product_ids
    ).order_by("pk")


def _lay(
    seller_id: int,
    present: Mapping[str, StockRecord],
    rows: Sequence[WindowPlanRow],
    at: datetime,
    still_open: Mapping[str, int],
) -> _Laid:
    """Bring windows in memory to what the rows say."""
    laid = _Laid([], [], [])
    for row in rows:
        window = present.get(row.key)
        if window is not None and window.product_id != row.product_id:
            raise UnableToPublishWindow(_("This window's key belongs to another product."))
        if window is None:
            window = StockRecord(partner_id=seller_id, partner_sku=row.key, product_id=row.product_id)
            _set(window, row, at, is_new=True)
            laid.created.append(window)
        elif _set(window, row, at, is_new=False):
            laid.changed.append(window)
        laid.published.append(PublishedRow(window, row))
    wanted = {row.key for row in rows}
    for key, window in present.items():
        if key in wanted:
            continue
        more = min(window.num_left, still_open.get(key, 0))
        cap = window.num_allocated + more
        planned = cap if more else 0
        if (window.num_in_stock, window.planned_cap) != (cap, planned):
            window.num_in_stock, window.planned_cap = cap, planned
            laid.changed.append(window)
    return laid


def _set(window: StockRecord, row: WindowPlanRow, at: datetime, *, is_new: bool) -> bool:
    """Set what the row says; True when anything changed."""
    has_opened = not is_new and window.opens_at <= at
    before = [getattr(window, name) for name in (*_PROMISE, "price", "planned_cap", "num_in_stock")]
    for name in _PROMISE:
        if not (has_opened and name == "opens_at"):
            setattr(window, name, getattr(row, name))
    if not has_opened or window.price is None:
        window.price = fen_to_yuan(row.price_fen)
    window.planned_cap = window.num_allocated + row.more_packs
    window.num_in_stock = window.planned_cap
    window.date_updated = at
    after = [getattr(window, name) for name in (*_PROMISE, "price", "planned_cap", "num_in_stock")]
    return before != after
