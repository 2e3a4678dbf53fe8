"""
Oscar's order, with what was promised copied onto it: prices in fen, weights in grams, phase and ship-by dates.

An order exists, with its packs reserved, before any payment is asked for. `states.py` names the states,
`processing.py` makes the moves.
"""

from django.db import models
from django.db.models import F, Q
from oscar.apps.address.abstract_models import AbstractShippingAddress
from oscar.apps.order.abstract_models import AbstractLine, AbstractOrder

from catalog.partner.models import Phase
from marketplace.foundation.bilingual import Bilingual
from marketplace.order.states import LineStatus, OrderStatus


class Order(AbstractOrder):
    """One purchase. Totals in fen are the truth; Oscar's decimals are kept equal for its own screens."""

    #: The buyer's own key for "place this order": the same key gives the same order.
    checkout_key = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=10, default="zh-hans")
    contact_phone = models.CharField(max_length=24, db_index=True)
    goods_fen = models.BigIntegerField()
    freight_fen = models.BigIntegerField()
    total_fen = models.BigIntegerField()
    #: Until then the packs are held for an unpaid order; what happens after is payments.md, step 5.
    hold_until = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=200, blank=True)

    class Meta(AbstractOrder.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(total_fen=F("goods_fen") + F("freight_fen"), goods_fen__gt=0, freight_fen__gte=0),
                name="order_total_adds_up",
            )
        ]
        indexes = [models.Index(fields=["status", "hold_until"], name="order_status_hold")]

    @property
    def status_label(self) -> str:
        """The state in the words of the active language; Oscar's field knows no choices."""
        return str(OrderStatus(self.status).label)


class Line(AbstractLine):
    """Packs of one listing window, at its price, with its promise as it stood when the order was made."""

    title_en = models.CharField(max_length=160, blank=True)
    spec_zh = models.CharField(max_length=100, blank=True)
    spec_en = models.CharField(max_length=140, blank=True)
    phase = models.CharField(max_length=8, choices=Phase.choices)
    ships_from = models.DateField()
    ships_by = models.DateField()
    #: The latest day the goods should arrive at the buyer's province, as shown at checkout.
    arrives_by = models.DateField(null=True, blank=True)
    net_weight_g = models.PositiveIntegerField()
    unit_price_fen = models.BigIntegerField()
    line_total_fen = models.BigIntegerField()
    freight_fen = models.BigIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0)

    name = Bilingual("title", zh="title")
    spec = Bilingual("spec")

    class Meta(AbstractLine.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(line_total_fen=F("unit_price_fen") * F("quantity"), quantity__gt=0),
                name="line_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(refunded_fen__gte=0) & Q(refunded_fen__lte=F("line_total_fen") + F("freight_fen")),
                name="line_refund_bounded",
            ),
        ]
        indexes = [models.Index(fields=["status", "ships_by"], name="line_status_ships_by")]

    @property
    def status_label(self) -> str:
        """The state in the words of the active language; Oscar's field knows no choices."""
        return str(LineStatus(self.status).label)

    @property
    def weight_g(self) -> int:
        return self.net_weight_g * self.quantity


class ShippingAddress(AbstractShippingAddress):
    """
    Where the parcel goes. Oscar's lines are filled for its screens: first_name the name, state the province,
    line4 the city, line3 the county, line2 the town, line1 the detail.
    """

    district = models.ForeignKey("catalogue.Region", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    @property
    def province_code(self) -> str:
        return f"{self.district_id[:2]}0000" if self.district_id else ""

    @property
    def full(self) -> str:
        """The whole address in the order people write it; a direct municipality is not repeated."""
        parts = [self.state, self.line4, self.line3, self.line2, self.line1]
        return "".join(part for index, part in enumerate(parts) if part and part not in parts[:index])


from oscar.apps.order.models import *  # noqa: E402, F403
