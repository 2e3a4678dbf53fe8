"""What we have, and where it went: lots, the append-only movements in grams, draws, shipments and claims."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from logistics.states import ClaimStatus, LotStatus, MovementKind, ShipmentStatus


class StorageMode(models.TextChoices):
    AMBIENT = "AMBIENT", _("Ambient")
    COLD = "COLD", _("Cold store")


class Lot(models.Model):
    """
    One received quantity with one origin, grade, picked-on and best-before. Its stock is the sum of its movements.

    `receipt_key` makes a receipt happen once; the certificate number is the 承诺达标合格证 that came with it.
    """

    number = models.CharField(max_length=24, unique=True)
    harvest = models.ForeignKey("harvest_schedule.Harvest", on_delete=models.PROTECT, related_name="lots")
    pick_call = models.ForeignKey(
        "harvest_schedule.PickCall", null=True, blank=True, on_delete=models.PROTECT, related_name="lots"
    )
    cooperative = models.ForeignKey("cooperatives.Cooperative", on_delete=models.PROTECT, related_name="lots")
    produce = models.ForeignKey("catalogue.Produce", on_delete=models.PROTECT, related_name="lots")
    grade = models.ForeignKey("catalogue.Grade", on_delete=models.PROTECT, related_name="lots")
    hub = models.ForeignKey("cooperatives.Hub", on_delete=models.PROTECT, related_name="lots")
    mode = models.CharField(max_length=8, choices=StorageMode.choices)
    received_g = models.BigIntegerField()
    picked_on = models.DateField()
    best_before = models.DateField()
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    certificate_number = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=10, choices=LotStatus.choices, default=LotStatus.AVAILABLE)
    receipt_key = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(received_g__gt=0), name="lot_weighs_something"),
            models.CheckConstraint(
                condition=Q(best_before__gte=models.F("picked_on")), name="lot_best_before_after_pick"
            ),
        ]
        indexes = [models.Index(fields=["hub", "produce", "grade", "best_before"], name="lot_fefo")]

    def __str__(self) -> str:
        return self.number


class StockMovement(models.Model):
    """
    One signed change of one lot at one hub and store, in grams. Append-only, held by a trigger; a correction is
    another movement. A deferred trigger refuses a lot whose sum would be negative.
    """

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=MovementKind.choices)
    grams = models.BigIntegerField()
    mode = models.CharField(max_length=8, choices=StorageMode.choices)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=100, unique=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(grams=0), name="movement_not_zero")]
        indexes = [models.Index(fields=["lot", "at"], name="movement_lot_at")]

    def __str__(self) -> str:
        return f"{self.lot_id} {self.kind} {self.grams}"


class LotDraw(models.Model):
    """Whole packs of an order line taken from a lot: the thread from the buyer's box back to the village."""

    line = models.ForeignKey("order.Line", on_delete=models.PROTECT, related_name="draws")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="draws")
    packs = models.PositiveIntegerField()
    grams = models.BigIntegerField()
    drawn_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "lot"], condition=Q(undone_at=None), name="lotdraw_once"),
            models.CheckConstraint(condition=Q(packs__gt=0, grams__gt=0), name="lotdraw_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}←{self.lot_id} {self.packs}"


class Shipment(models.Model):
    """One parcel of one order from one hub: what a carrier takes."""

    number = models.CharField(max_length=24, unique=True)
    order = models.ForeignKey("order.Order", on_delete=models.PROTECT, related_name="shipments")
    hub = models.ForeignKey("cooperatives.Hub", on_delete=models.PROTECT, related_name="shipments")
    carrier = models.ForeignKey(
        "shipping.Carrier", null=True, blank=True, on_delete=models.PROTECT, related_name="shipments"
    )
    tracking_number = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=10, choices=ShipmentStatus.choices, default=ShipmentStatus.PACKED)
    packed_at = models.DateTimeField()
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "tracking_number"],
                condition=~Q(tracking_number=""),
                name="shipment_tracking_once",
            ),
            models.CheckConstraint(
                condition=Q(status="PACKED") | Q(shipped_at__isnull=False) & ~Q(tracking_number=""),
                name="shipment_shipped_is_tracked",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ShipmentLine(models.Model):
    """An order line in a parcel. A line travels whole, in one parcel."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="shipment_lines")
    line = models.OneToOneField("order.Line", on_delete=models.PROTECT, related_name="shipment_line")
    quantity = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.shipment_id} {self.line_id}"


class TrackingEvent(models.Model):
    """What a carrier or the hub said about a parcel; events may repeat and come out of order, a row is one fact."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    state = models.CharField(max_length=20)
    text_zh = models.CharField(max_length=200)
    text_en = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shipment", "at", "state"], name="trackingevent_once")]

    def __str__(self) -> str:
        return f"{self.shipment_id} {self.state}"


class Claim(models.Model):
    """A buyer's report of spoilt weight on one line, with a photo, and its answer. One open or accepted per line."""

    line = models.ForeignKey("order.Line", on_delete=models.PROTECT, related_name="claims")
    spoilt_g = models.BigIntegerField()
    photo = models.ImageField(upload_to="claims/%Y/%m/")
    note = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=10, choices=ClaimStatus.choices, default=ClaimStatus.REPORTED)
    reported_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answer = models.CharField(max_length=300, blank=True)
    refund_fen = models.BigIntegerField(default=0)
    key = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(spoilt_g__gt=0, refund_fen__gte=0), name="claim_figures"),
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(status__in=["REPORTED", "ACCEPTED"]),
                name="claim_one_live_per_line",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.status}"

    @property
    def is_accepted(self) -> bool:
        return self.status == ClaimStatus.ACCEPTED

    @property
    def is_open(self) -> bool:
        return self.status == ClaimStatus.REPORTED
