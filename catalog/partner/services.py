"""Putting a promise on sale: the one way a listing window comes to be or changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Product
from catalog.partner.models import Partner, Phase, StockRecord
from marketplace.foundation.units import fen_to_yuan


class UnableToPublishWindow(ValueError):
    """A listing window that cannot stand as asked; the message says what to change."""


@dataclass(frozen=True)
class PublishedWindow:
    """
    The window as it now stands.

    ``shortfall_packs`` is what is held or sold beyond the planned cap: promises that the plan no longer covers.
    """

    window: StockRecord
    shortfall_packs: int
    is_new: bool


def _check(
    *,
    product: Product,
    phase: str,
    opens_at: datetime,
    closes_at: datetime,
    ships_from: date,
    ships_by: date,
    picked_from: date | None,
    picked_to: date | None,
    planned_cap: int,
    price_fen: int,
    key: str,
) -> None:
    if phase not in Phase.values:
        raise UnableToPublishWindow(_("The phase must be presale, fresh or stored."))
    if closes_at <= opens_at:
        raise UnableToPublishWindow(_("The window must close after it opens."))
    if ships_by < ships_from:
        raise UnableToPublishWindow(_("The last shipping day must not come before the first."))
    if picked_from is not None and picked_to is not None and picked_to < picked_from:
        raise UnableToPublishWindow(_("The last picking day must not come before the first."))
    if planned_cap < 0 or price_fen <= 0:
        raise UnableToPublishWindow(_("A window needs a price above zero and a cap that is not negative."))
    if not key or len(key) > 128:
        raise UnableToPublishWindow(_("A window needs a key of at most 128 characters."))
    if product.produce is not None and not product.produce.may_be_offered:
        raise UnableToPublishWindow(_("This produce must not be offered to consumers."))


@transaction.atomic
def window_publish(
    *,
    product: Product,
    seller: Partner,
    phase: str,
    opens_at: datetime,
    closes_at: datetime,
    ships_from: date,
    ships_by: date,
    picked_from: date | None,
    picked_to: date | None,
    planned_cap: int,
    price_fen: int,
    key: str,
) -> PublishedWindow:
    """
    Put a listing window on sale, or bring the one with this key to what the plan now says.

    The row is locked; its cap becomes the planned one, but never less than what is already held or sold, and the
    difference is returned so that the caller can open a shortfall case. The same call twice changes nothing.

    Raises
    ------
    UnableToPublishWindow
        If the dates are crossed, the figures make no sense, the produce may not be offered to consumers, or the
        key belongs to another product's window.
    """
    _check(
        product=product,
        phase=phase,
        opens_at=opens_at,
        closes_at=closes_at,
        ships_from=ships_from,
        ships_by=ships_by,
        picked_from=picked_from,
        picked_to=picked_to,
        planned_cap=planned_cap,
        price_fen=price_fen,
        key=key,
    )
    window, is_new = StockRecord.objects.select_for_update().get_or_create(
        partner=seller,
        partner_sku=key,
        defaults={
            "product": product,
            "phase": phase,
            "opens_at": opens_at,
            "closes_at": closes_at,
            "ships_from": ships_from,
            "ships_by": ships_by,
            "price": fen_to_yuan(price_fen),
        },
    )
    if window.product_id != product.pk:
        raise UnableToPublishWindow(_("This window's key belongs to another product."))
    window.phase = phase
    window.opens_at, window.closes_at = opens_at, closes_at
    window.ships_from, window.ships_by = ships_from, ships_by
    window.picked_from, window.picked_to = picked_from, picked_to
    window.price = fen_to_yuan(price_fen)
    window.planned_cap = planned_cap
    window.num_in_stock = max(planned_cap, window.num_allocated)
    window.save()
    return PublishedWindow(window, max(0, window.num_allocated - planned_cap), is_new)
