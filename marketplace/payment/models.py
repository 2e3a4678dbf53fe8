"""
What we asked the provider and what it answered. Oscar's Source and Transaction rows stay for its own screens; the
ledger is the truth about money, and these rows are the truth about the conversation.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AttemptStatus(models.TextChoices):
    UNKNOWN = "UNKNOWN", _("Being prepared")
    OPEN = "OPEN", _("Waiting for the buyer")
    PAID = "PAID", _("Paid")
    EXPIRED = "EXPIRED", _("Can no longer be paid")


#: UNKNOWN until the provider has answered once; EXPIRED only when it has said that payment is impossible.
ATTEMPT_MOVES = {
    AttemptStatus.UNKNOWN: {AttemptStatus.OPEN, AttemptStatus.PAID, AttemptStatus.EXPIRED},
    AttemptStatus.OPEN: {AttemptStatus.PAID, AttemptStatus.EXPIRED},
    AttemptStatus.PAID: set(),
    AttemptStatus.EXPIRED: {AttemptStatus.PAID},
}


class PaymentAttempt(models.Model):
    """One session at the provider for one order: the key and the exact parameters are stored before the first call."""

    order = models.ForeignKey("order.Order", on_delete=models.PROTECT, related_name="payment_attempts")
    key = models.CharField(max_length=64, unique=True)
    params = models.JSONField(default=dict)
    amount_fen = models.BigIntegerField()
    status = models.CharField(max_length=8, choices=AttemptStatus.choices, default=AttemptStatus.UNKNOWN)
    session_id = models.CharField(max_length=120, blank=True, db_index=True)
    url = models.TextField(blank=True)
    payment_reference = models.CharField(max_length=120, blank=True)
    charge_reference = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="attempt_positive")]
        indexes = [models.Index(fields=["status", "created_at"], name="attempt_status_created")]

    def __str__(self) -> str:
        return f"{self.key} {self.status}"


class RefundStatus(models.TextChoices):
    REQUESTED = "REQUESTED", _("Being sent")
    SUCCEEDED = "SUCCEEDED", _("Refunded")
    FAILED = "FAILED", _("Refused by the provider")


REFUND_MOVES = {
    RefundStatus.REQUESTED: {RefundStatus.SUCCEEDED, RefundStatus.FAILED},
    RefundStatus.FAILED: {RefundStatus.REQUESTED},
    RefundStatus.SUCCEEDED: set(),
}


class Refund(models.Model):
    """Money to go back: a row with its key and its bound under lock first, the call second."""

    class Purpose(models.TextChoices):
        CANCELLED = "CANCELLED", _("Order cancelled")
        CLAIM = "CLAIM", _("Spoilt goods")
        LATE_PAYMENT = "LATE_PAYMENT", _("Paid after release")
        SHORTFALL = "SHORTFALL", _("Harvest fell short")

    attempt = models.ForeignKey(PaymentAttempt, on_delete=models.PROTECT, related_name="refunds")
    order = models.ForeignKey("order.Order", on_delete=models.PROTECT, related_name="refunds")
    line = models.ForeignKey("order.Line", null=True, blank=True, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=100, unique=True)
    amount_fen = models.BigIntegerField()
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    status = models.CharField(max_length=9, choices=RefundStatus.choices, default=RefundStatus.REQUESTED)
    provider_reference = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refund_positive")]
        indexes = [models.Index(fields=["status", "created_at"], name="refund_status_created")]

    def __str__(self) -> str:
        return f"{self.key} {self.amount_fen}"


class ProviderNotice(models.Model):
    """One webhook event, once by its id. Its body is a hint; the object is asked for again before anything moves."""

    event_id = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120, db_index=True)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class PaymentAnomaly(models.Model):
    """Something about money that a person must look at: never a paid order, never silently dropped."""

    key = models.CharField(max_length=160, unique=True)
    order = models.ForeignKey("order.Order", null=True, blank=True, on_delete=models.PROTECT, related_name="anomalies")
    what = models.CharField(max_length=80)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.what} {self.key}"


from oscar.apps.payment.models import *  # noqa: E402, F403
