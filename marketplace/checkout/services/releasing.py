"""Undoing an order that was not paid: its packs go back, its basket is offered again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from marketplace.basket.models import Basket
from marketplace.checkout.services.packs import packs_give_back
from marketplace.order.models import Line, Order
from marketplace.order.processing import lines_move, order_move
from marketplace.order.states import LineStatus, OrderStatus


def lines_release_packs(lines: Iterable[Line]) -> None:
    """Give the packs of lines back to their windows. The order is locked by the caller; windows are locked here."""
    packs: dict[int, int] = defaultdict(int)
    for line in lines:
        if line.stockrecord_id is not None:
            packs[line.stockrecord_id] += line.quantity
    packs_give_back(packs)
    Line.objects.filter(pk__in=[line.pk for line in lines]).update(num_allocated=0)


def order_release_locked(order: Order, *, at: datetime, reason: str, actor: AbstractBaseUser | None = None) -> Order:
    """
    Release an unpaid order that the caller has locked: packs, lines, order, basket, in one transaction.

    Vouchers and offers are not part of Fenglu (docs/adr/0003), so there is no use of them to take back.
    """
    lines = list(order.lines.order_by("pk"))
    lines_release_packs(lines)
    lines_move(lines, LineStatus.RELEASED, at=at, actor=actor, reason=reason)
    order_move(order, OrderStatus.RELEASED, at=at, actor=actor, reason=reason, hold_until=None, closed_at=at)
    _offer_basket_again(order.basket)
    return order


def _offer_basket_again(basket: Any) -> None:
    """Open the basket again, unless its owner has begun another one that is not empty."""
    if basket is None or basket.status != Basket.SUBMITTED:
        return
    if basket.owner_id and Basket.open.filter(owner_id=basket.owner_id, lines__isnull=False).exists():
        return
    if basket.owner_id:
        Basket.open.filter(owner_id=basket.owner_id, lines__isnull=True).delete()
    basket.status = Basket.OPEN
    basket.date_submitted = None
    basket.save(update_fields=["status", "date_submitted"])
