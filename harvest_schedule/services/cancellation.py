"""A buyer takes back a paid presale while nobody has agreed to pick for it."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.partner.models import Phase
from harvest_schedule.services.pick_call_shrinking import calls_lock, calls_shrink
from harvest_schedule.states import PickCallStatus
from marketplace.checkout.services.orders import UnableToCancel, order_cancel
from marketplace.order.models import Line, Order
from marketplace.order.states import LineStatus, OrderStatus

_AGREED = (PickCallStatus.ACCEPTED, PickCallStatus.FULFILLED)


class UnableToCancelPresale(Exception):
    """The order cannot be cancelled by its buyer; the text says why, in the active language."""


class NotAPaidPresale(UnableToCancelPresale):
    """The order is not paid, or holds something that is not a presale."""


class TooLateToCancel(UnableToCancelPresale):
    """A cooperative has agreed to pick for it, or the goods are being prepared."""


@transaction.atomic
def presale_cancel(*, order_id: int, at: datetime, actor: AbstractBaseUser | None, reason: str = "") -> Order:
    """
    Cancel a paid order of presales: money back in full, and nobody is asked to pick for it any more.

    Calls not answered yet shrink by what the order waited for. Cancelling a cancelled order changes nothing.

    Raises
    ------
    NotAPaidPresale, TooLateToCancel
    """
    order: Order = Order.objects.select_for_update(of=("self",)).get(pk=order_id)
    if order.status == OrderStatus.CANCELLED:
        return order
    lines = list(order.lines.select_for_update(of=("self",)).exclude(status=LineStatus.CANCELLED).order_by("pk"))
    _check_is_paid_presale(order, lines)
    calls = calls_lock([line.pk for line in lines])
    if any(call.status in _AGREED for call in calls):
        raise TooLateToCancel(
            _("The cooperative has agreed to pick for this order, so it can no longer be cancelled here.")
        )
    calls_shrink(calls, dict.fromkeys((line.pk for line in lines), 0), at=at, actor=actor, reason="order cancelled")
    try:
        return order_cancel(order_id=order.pk, at=at, actor=actor, reason=reason)
    except UnableToCancel as error:
        raise TooLateToCancel(_("The order is being prepared already, so it can no longer be cancelled.")) from error


def _check_is_paid_presale(order: Order, lines: list[Line]) -> None:
    if order.status in (OrderStatus.PREPARING, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.SETTLED):
        raise TooLateToCancel(_("The order is being prepared already, so it can no longer be cancelled."))
    if order.status != OrderStatus.PAID:
        raise NotAPaidPresale(_("Only a paid order can be cancelled here."))
    if any(line.status == LineStatus.OFFERED for line in lines):
        raise TooLateToCancel(_("Please answer first what we offer you in this order."))
    if any(line.phase != Phase.PRESALE for line in lines):
        raise NotAPaidPresale(_("Only orders of presales alone can be cancelled after payment."))
    if any(line.status != LineStatus.PAID for line in lines):
        raise TooLateToCancel(_("The order is being prepared already, so it can no longer be cancelled."))
