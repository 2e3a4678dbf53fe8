"""
Who sells, and what was promised.

A Partner is the seller that contracts with the buyer. A StockRecord is one listing window: one product on sale from
an hour to an hour, in one phase, at one price, with a ship-by promise and a lifetime cap in packs. `num_in_stock` is
that cap, `num_allocated` everything held or sold and not cancelled; shipping is a state of the order line and never
touches either (`consume_allocation` is not used).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from oscar.apps.partner.abstract_models import AbstractPartner, AbstractStockRecord

from marketplace.foundation.bilingual import Bilingual
from marketplace.foundation.units import yuan_to_fen


class Phase(models.TextChoices):
    """What kind of promise a window is. Off season is the absence of a window, so it is not stored."""

    PRESALE = "PRESALE", _("Presale")
    FRESH = "FRESH", _("Fresh")
    STORED = "STORED", _("Stored")


class Partner(AbstractPartner):
    """A seller: a cooperative for a pool of one, a union or county hub for a larger pool."""

    class Kind(models.TextChoices):
        COOPERATIVE = "COOPERATIVE", _("Cooperative")
        UNION = "UNION", _("Cooperative union")
        COUNTY_HUB = "COUNTY_HUB", _("County hub")

    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.COOPERATIVE)
    name_en = models.CharField(max_length=128, blank=True)

    title = Bilingual("name", zh="name")


class StockRecordQuerySet(models.QuerySet["StockRecord"]):
    """Filters that every screen and rule shares, so that "open" means one thing."""

    def open_at(self, at: datetime) -> StockRecordQuerySet:
        """Windows on sale at the moment, by the clock; half-open, so no window is open twice."""
        return self.filter(opens_at__lte=at, closes_at__gt=at)

    def with_packs_left(self) -> StockRecordQuerySet:
        return self.filter(num_in_stock__gt=F("num_allocated"))


class StockRecord(AbstractStockRecord):
    """One listing window. The database refuses overselling, negatives and crossed dates."""

    product = models.ForeignKey("catalogue.Product", on_delete=models.PROTECT, related_name="stockrecords")
    phase = models.CharField(max_length=8, choices=Phase.choices)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    ships_from = models.DateField()
    ships_by = models.DateField()
    #: Days between picking and dispatch the plan reckons with: picked dates shown to the buyer.
    picked_from = models.DateField(null=True, blank=True)
    picked_to = models.DateField(null=True, blank=True)
    #: Packs leave at most this many days after the order, never before `ships_from` nor after `ships_by`; empty when
    #: everything leaves in the one period, as a presale does.
    dispatch_days = models.PositiveSmallIntegerField(null=True, blank=True)
    #: What the plan in force wants the cap to be; `num_in_stock` is never set below what is allocated.
    planned_cap = models.PositiveIntegerField(default=0)
    num_in_stock = models.PositiveIntegerField(default=0)
    num_allocated = models.IntegerField(default=0)
    price = models.DecimalField(max_digits=12, decimal_places=2)

    objects = StockRecordQuerySet.as_manager()

    class Meta(AbstractStockRecord.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(num_allocated__gte=0), name="window_allocated_not_negative"),
            models.CheckConstraint(condition=Q(num_allocated__lte=F("num_in_stock")), name="window_never_oversold"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="window_closes_after_opening"),
            models.CheckConstraint(condition=Q(ships_by__gte=F("ships_from")), name="window_ships_by_after_from"),
            models.CheckConstraint(condition=Q(price__gt=0), name="window_has_a_price"),
            models.CheckConstraint(condition=Q(phase__in=Phase.values), name="window_phase_known"),
        ]
        indexes = [models.Index(fields=["product", "opens_at", "closes_at"], name="window_product_open")]

    @property
    def price_fen(self) -> int:
        """Price of one pack in fen."""
        return yuan_to_fen(self.price)

    @property
    def num_left(self) -> int:
        """Packs that can still be promised from this window."""
        return max(0, self.num_in_stock - self.num_allocated)

    def promise_on(self, day: date) -> tuple[date, date]:
        """Return the first and the last day on which packs ordered that day leave."""
        first = max(day, self.ships_from)
        if self.dispatch_days is None:
            return self.ships_from, self.ships_by
        return min(first, self.ships_by), min(first + timedelta(days=self.dispatch_days), self.ships_by)

    def is_open(self, at: datetime) -> bool:
        """Return whether the window is on sale at the moment, whatever any background job did."""
        return self.opens_at <= at < self.closes_at


from oscar.apps.partner.models import *  # noqa: E402, F403
