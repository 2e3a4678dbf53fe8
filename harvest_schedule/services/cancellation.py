"""A buyer takes back a paid presale while nobody has agreed to pick for it."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.partner.models import Phase
from harvest_schedule.models import PickCall, PickCallLine
from harvest_schedule.services.pick_call_sharing import crates_up
from harvest_schedule.states import PICK_CALL_MOVES, PickCallStatus
from marketplace.checkout.services.orders import UnableToCancel, order_cancel
from marketplace.foundation.transitions import move
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
    calls = list(
        PickCall.objects.select_for_update(of=("self",))
        .filter(pk__in=PickCallLine.objects.filter(line__in=lines).values("pick_call_id"))
        .order_by("pk")
    )
    if any(call.status in _AGREED for call in calls):
        raise TooLateToCancel(
            _("The cooperative has agreed to pick for this order, so it can no longer be cancelled here.")
        )
    for call in calls:
        if call.status == PickCallStatus.CALLED:
            _call_shrink(call, lines, at=at, actor=actor)
    try:
        return order_cancel(order_id=order.pk, at=at, actor=actor, reason=reason)
    except UnableToCancel as error:
        raise TooLateToCancel(_("The order is being prepared already, so it can no longer be cancelled.")) from error


def _check_is_paid_presale(order: Order, lines: list[Line]) -> None:
    if order.status in (OrderStatus.PREPARING, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.SETTLED):
        raise TooLateToCancel(_("The order is being prepared already, so it can no longer be cancelled."))
    if order.status != OrderStatus.PAID:
        raise NotAPaidPresale(_("Only a paid order can be cancelled here."))
    if any(line.phase != Phase.PRESALE for line in lines):
        raise NotAPaidPresale(_("Only orders of presales alone can be cancelled after payment."))
    if any(line.status != LineStatus.PAID for line in lines):
        raise TooLateToCancel(_("The order is being prepared already, so it can no longer be cancelled."))


def _call_shrink(call: PickCall, lines: list[Line], *, at: datetime, actor: AbstractBaseUser | None) -> None:
    waiting = list(call.for_lines.all())
    line_ids = {line.pk for line in lines}
    gone = [row for row in waiting if row.line_id in line_ids]
    before_g = crates_up(sum(row.grams for row in waiting))
    after_g = crates_up(sum(row.grams for row in waiting if row.line_id not in line_ids))
    PickCallLine.objects.filter(pk__in=[row.pk for row in gone]).delete()
    # What was asked beyond the orders is for the store and stays.
    asked_g = call.asked_g - max(0, before_g - after_g)
    if asked_g <= 0:
        move(call, PickCallStatus.WITHDRAWN, moves=PICK_CALL_MOVES, at=at, actor=actor, reason="order cancelled")
    else:
        call.asked_g = asked_g
        call.save(update_fields=["asked_g"])
