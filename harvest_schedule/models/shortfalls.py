"""
Promises that the plan in force cannot keep: the case, what a person decided, and what it means for each order line.

A case is one window short of packs. Its decision divides what comes among the lines that waited (`ShortfallShare`) and
says of every other pack where it went (`ShortfallPart`): another cooperative's goods, a later window, something else if
the buyer agrees, or money back. What was decided is never changed; only a part's answer is.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from harvest_schedule.models.plans import SeasonPlan
from harvest_schedule.states import AnswerStatus, BuyerKind, PartKind, ShortfallStatus
from marketplace.foundation.bilingual import Bilingual


class StandingBuyer(models.Model):
    """An account that buys for an institution, or under a standing contract. Anybody else counts by what they order."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="standing_buyer")
    kind = models.CharField(max_length=12, choices=BuyerKind.choices, default=BuyerKind.INSTITUTION)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    since = models.DateField()

    name = Bilingual("name")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[BuyerKind.INSTITUTION, BuyerKind.CONTRACT]), name="standingbuyer_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name_zh} {self.kind}"


class ShortfallCase(models.Model):
    """
    Promises of a window exceed what the plan in force can deliver. Publishing opens and closes it; a person decides it.

    `coming_packs` is what the plan that counted it delivers of the `promised_packs` that waited then, and
    `drawn_packs` what of the window had been drawn before: packs drawn since are taken off what comes. A case with no
    packs promised was opened before they were counted; for it the missing packs are what counts.
    """

    window = models.ForeignKey("partner.StockRecord", on_delete=models.PROTECT, related_name="shortfall_cases")
    plan = models.ForeignKey(SeasonPlan, on_delete=models.PROTECT, related_name="shortfall_cases")
    short_packs = models.PositiveIntegerField()
    promised_packs = models.PositiveIntegerField(default=0)
    coming_packs = models.PositiveIntegerField(default=0)
    drawn_packs = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=8, choices=ShortfallStatus.choices, default=ShortfallStatus.OPEN)
    opened_at = models.DateTimeField()
    counted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["window"],
                condition=Q(status=ShortfallStatus.OPEN),
                name="shortfall_one_open_per_window",
            )
        ]

    def __str__(self) -> str:
        return f"{self.window_id} short {self.short_packs}"


class ShortfallDecision(models.Model):
    """
    How a case was decided, once: by whom, why, under which policy, and how fair it was.

    Every promised pack is served, sent from another lot, sent later, offered as something else, or refunded. The
    fairness figures are those of docs/algorithms/shortfall.md, in thousandths.
    """

    case = models.OneToOneField(ShortfallCase, on_delete=models.PROTECT, related_name="decision")
    key = models.CharField(max_length=64, unique=True)
    #: The policy as JSON, see planner/shortfall/policy.py.
    policy = models.JSONField()
    why = models.CharField(max_length=400)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    #: Digest of the preview that was decided on.
    digest = models.CharField(max_length=64)
    promised_packs = models.PositiveIntegerField()
    coming_packs = models.PositiveIntegerField()
    served_packs = models.PositiveIntegerField()
    other_lot_packs = models.PositiveIntegerField()
    later_packs = models.PositiveIntegerField()
    substitute_packs = models.PositiveIntegerField()
    refund_packs = models.PositiveIntegerField()
    #: What goes back at once, in fen; refunds that buyers ask for later are not in it.
    refund_fen = models.BigIntegerField()
    fairness_before = models.JSONField()
    fairness_after = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    promised_packs=F("served_packs")
                    + F("other_lot_packs")
                    + F("later_packs")
                    + F("substitute_packs")
                    + F("refund_packs"),
                    served_packs__lte=F("coming_packs"),
                    refund_fen__gte=0,
                ),
                name="shortfalldecision_adds_up",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.decided_at:%Y-%m-%d}"


class ShortfallShare(models.Model):
    """What a decision gave one order line that waited: of so many promised packs so many come as promised."""

    decision = models.ForeignKey(ShortfallDecision, on_delete=models.PROTECT, related_name="shares")
    line = models.ForeignKey("order.Line", on_delete=models.PROTECT, related_name="shortfall_shares")
    buyer_kind = models.CharField(max_length=12, choices=BuyerKind.choices)
    ordered_at = models.DateTimeField()
    promised_packs = models.PositiveIntegerField()
    served_packs = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "line"], name="shortfallshare_once"),
            models.CheckConstraint(
                condition=Q(promised_packs__gt=0, served_packs__lte=F("promised_packs")), name="shortfallshare_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.served_packs}/{self.promised_packs}"

    @property
    def missing_packs(self) -> int:
        return self.promised_packs - self.served_packs


class ShortfallPart(models.Model):
    """
    Packs of a line that do not come as promised, and what becomes of them.

    `line` is the order line that carries them since: the old one where all of its packs went one way, else a new one
    split off it. Packs that are sent later or by others may be given back for money until they are sent; a substitute
    is only offered and becomes money back unless its buyer agrees by `answer_by`. `token` opens the buyer's page.
    """

    share = models.ForeignKey(ShortfallShare, on_delete=models.PROTECT, related_name="parts")
    kind = models.CharField(max_length=10, choices=PartKind.choices)
    packs = models.PositiveIntegerField()
    line = models.ForeignKey("order.Line", on_delete=models.PROTECT, related_name="shortfall_parts")
    #: Where the packs come from now; none for money back.
    window = models.ForeignKey(
        "partner.StockRecord", null=True, blank=True, on_delete=models.PROTECT, related_name="shortfall_parts"
    )
    #: The price of a pack the buyer paid, and what a pack costs there; the buyer pays the smaller of the two.
    paid_fen = models.BigIntegerField()
    price_fen = models.BigIntegerField()
    #: What was promised of these packs before, for the buyer's page and to undo an offer: fields of the order line.
    was = models.JSONField(default=dict)
    token = models.CharField(max_length=64, unique=True)
    answer = models.CharField(max_length=8, choices=AnswerStatus.choices, default=AnswerStatus.NONE)
    answer_by = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    #: Money that went back for these packs, all that was paid for them with their freight.
    refund = models.OneToOneField(
        "payment.Refund", null=True, blank=True, on_delete=models.PROTECT, related_name="shortfall_part"
    )
    #: The difference to a cheaper price, which went back when the packs were moved or the offer was agreed to.
    difference_refund = models.OneToOneField(
        "payment.Refund", null=True, blank=True, on_delete=models.PROTECT, related_name="shortfall_difference"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(packs__gt=0, paid_fen__gt=0, price_fen__gte=0), name="shortfallpart_figures"
            ),
            models.CheckConstraint(
                condition=Q(kind=PartKind.REFUND, window=None, answer=AnswerStatus.NONE, answer_by=None)
                | Q(~Q(kind=PartKind.REFUND), ~Q(answer=AnswerStatus.NONE), Q(window__isnull=False))
                & Q(answer_by__isnull=False),
                name="shortfallpart_answerable",
            ),
        ]
        indexes = [
            models.Index(fields=["answer_by"], condition=Q(answer=AnswerStatus.OPEN), name="shortfallpart_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.packs} of {self.share_id}"
