"""
The life of an order and of its lines, in one glance. The tables stand in settings/oscar.py, where Oscar reads them.

AWAITING_PAYMENT  packs held, nothing paid          PAID        money at the provider, goods still to be drawn
RELEASED          hold given back, nothing paid     PREPARING   some line drawn or packed
SHIPPED           every line handed to a carrier    DELIVERED   every parcel signed for; the claim window runs
SETTLED           money split, the story is over    CANCELLED   paid, then cancelled and refunded in full

A line alone can be OFFERED: the goods promised do not come, others are held for it, and its buyer has not answered yet.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderStatus(models.TextChoices):
    AWAITING_PAYMENT = "AWAITING_PAYMENT", _("Waiting for payment")
    PAID = "PAID", _("Paid")
    PREPARING = "PREPARING", _("Being prepared")
    SHIPPED = "SHIPPED", _("On the way")
    DELIVERED = "DELIVERED", _("Delivered")
    SETTLED = "SETTLED", _("Completed")
    RELEASED = "RELEASED", _("Closed unpaid")
    CANCELLED = "CANCELLED", _("Cancelled and refunded")


class LineStatus(models.TextChoices):
    AWAITING_PAYMENT = "AWAITING_PAYMENT", _("Waiting for payment")
    PAID = "PAID", _("Paid")
    OFFERED = "OFFERED", _("Waiting for your answer")
    DRAWN = "DRAWN", _("Being picked")
    PACKED = "PACKED", _("Packed")
    SHIPPED = "SHIPPED", _("On the way")
    DELIVERED = "DELIVERED", _("Delivered")
    SETTLED = "SETTLED", _("Completed")
    RELEASED = "RELEASED", _("Closed unpaid")
    CANCELLED = "CANCELLED", _("Cancelled and refunded")


#: Lines in these states hold packs of their window.
HOLDING = (
    LineStatus.AWAITING_PAYMENT,
    LineStatus.PAID,
    LineStatus.OFFERED,
    LineStatus.DRAWN,
    LineStatus.PACKED,
    LineStatus.SHIPPED,
    LineStatus.DELIVERED,
    LineStatus.SETTLED,
)

#: Lines whose packs are promised and not drawn yet: what a plan must keep goods for.
UNDRAWN = (LineStatus.AWAITING_PAYMENT, LineStatus.PAID, LineStatus.OFFERED)
