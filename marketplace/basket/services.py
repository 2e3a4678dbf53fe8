"""What a shopper does to a basket: put packs of a window in, change how many, take out, agree to what changed."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.partner.models import StockRecord
from catalog.partner.strategy import WindowStrategy
from marketplace.basket.models import Basket, Line


class UnableToAdd(Exception):
    """The packs cannot go into the basket; the message says why and what is possible."""


def window_add(*, basket: Basket, window_id: int, quantity: int, at: datetime) -> Line:
    """
    Put packs of an open window into a basket.

    Raises
    ------
    UnableToAdd
        If the window is not open, sold out, or holds fewer packs than would then be in the basket.
    """
    window = StockRecord.objects.select_related("product").filter(pk=window_id).first()
    if window is None or not window.product.is_public or not window.is_open(at):
        raise UnableToAdd(_("This window is not open now. Please choose another one."))
    basket.strategy = WindowStrategy(at=at)
    present = basket.line_quantity(window.product, window)
    _check(window, present + quantity)
    line, _created = basket.add_window(window, quantity)
    return line


def line_set(*, basket: Basket, line_id: int, quantity: int, at: datetime) -> None:
    """Set how many packs a line holds; zero takes it out. Raises UnableToAdd when fewer are left."""
    with transaction.atomic():
        line = basket.lines.select_related("stockrecord").filter(pk=line_id).first()
        if line is None:
            return
        if quantity == 0:
            line.delete()
        else:
            _check(line.stockrecord, quantity)
            Line.objects.filter(pk=line.pk).update(quantity=quantity)
    basket.reset_offer_applications()


def basket_agree(*, basket: Basket, at: datetime) -> int:
    """
    Bring a basket to what is true now, as its owner asked: prices to the windows' own, packs down to what is left,
    closed and sold-out lines taken out. Returns how many lines changed.
    """
    changed = 0
    with transaction.atomic():
        for line in basket.lines.select_related("stockrecord", "product").order_by("pk"):
            window = line.stockrecord
            if not line.product.is_public or not window.is_open(at) or window.num_left == 0:
                line.delete()
                changed += 1
                continue
            quantity = min(line.quantity, window.num_left)
            if quantity != line.quantity or line.price_excl_tax != window.price:
                Line.objects.filter(pk=line.pk).update(
                    quantity=quantity, price_excl_tax=window.price, price_incl_tax=window.price
                )
                changed += 1
    basket.reset_offer_applications()
    return changed


def _check(window: StockRecord, wanted: int) -> None:
    if window.num_left == 0:
        raise UnableToAdd(_("Sold out. Please choose another window."))
    if wanted > window.num_left:
        raise UnableToAdd(_("Only %(left)s are left of this window.") % {"left": window.num_left})
    if wanted > settings.OSCAR_MAX_BASKET_QUANTITY_THRESHOLD:
        raise UnableToAdd(
            _("One order takes at most %(most)s boxes.") % {"most": settings.OSCAR_MAX_BASKET_QUANTITY_THRESHOLD}
        )
