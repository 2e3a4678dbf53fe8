"""The split of each delivered line's money, and what was sent to cooperatives."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class LineSettlement(models.Model):
    """One order line's money, split once after the claim window: shares sum to what was paid and not refunded."""

    line = models.OneToOneField("order.Line", on_delete=models.PROTECT, related_name="settlement")
    settled_at = models.DateTimeField()
    goods_fen = models.BigIntegerField()
    freight_fen = models.BigIntegerField()
    refunded_fen = models.BigIntegerField()

    def __str__(self) -> str:
        return f"line {self.line_id}"


class SettlementShare(models.Model):
    """One part of a line's money: a cooperative's for one lot, or a cost. Whole fen, by largest remainder."""

    class Purpose(models.TextChoices):
        COOPERATIVE = "COOPERATIVE", _("Cooperative and households")
        FREIGHT = "FREIGHT", _("Freight")
        PACKING = "PACKING", _("Sorting and packing")
        SELLER_FEE = "SELLER_FEE", _("Seller's fee")
        PAYMENT_FEE = "PAYMENT_FEE", _("Payment fee")

    settlement = models.ForeignKey(LineSettlement, on_delete=models.PROTECT, related_name="shares")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    lot = models.ForeignKey("logistics.Lot", null=True, blank=True, on_delete=models.PROTECT, related_name="shares")
    cooperative = models.ForeignKey(
        "cooperatives.Cooperative", null=True, blank=True, on_delete=models.PROTECT, related_name="shares"
    )
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="share_not_negative"),
            models.UniqueConstraint(fields=["settlement", "purpose", "lot"], name="share_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.settlement_id} {self.purpose} {self.amount_fen}"


class PayoutStatus(models.TextChoices):
    REQUESTED = "REQUESTED", pgettext_lazy("payout", "Being sent")
    SENT = "SENT", pgettext_lazy("payout", "Received")
    FAILED = "FAILED", pgettext_lazy("payout", "Refused by the provider")


PAYOUT_MOVES = {
    PayoutStatus.REQUESTED: {PayoutStatus.SENT, PayoutStatus.FAILED},
    PayoutStatus.FAILED: {PayoutStatus.REQUESTED},
    PayoutStatus.SENT: set(),
}


class Payout(models.Model):
    """
    Money sent to a cooperative for the shares settled since the last payout. Disclosed only in sums.

    One is under way for each cooperative at most; a refused one is asked for again before a new one is made.
    """

    cooperative = models.ForeignKey("cooperatives.Cooperative", on_delete=models.PROTECT, related_name="payouts")
    amount_fen = models.BigIntegerField()
    status = models.CharField(max_length=9, choices=PayoutStatus.choices, default=PayoutStatus.REQUESTED)
    key = models.CharField(max_length=100, unique=True)
    provider_reference = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    #: When it was asked for last: how long its key at the provider is good is counted from here.
    requested_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    num_refusals = models.PositiveSmallIntegerField(default=0)
    #: The provider's word for the last refusal.
    refusal = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payout_positive"),
            models.UniqueConstraint(
                fields=["cooperative"], condition=Q(status="REQUESTED"), name="payout_one_under_way"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cooperative_id} {self.amount_fen}"
