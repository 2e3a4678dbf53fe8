"""Harvests as declared and reported, the plans made of them, and what cooperatives are asked to pick."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from catalog.partner.models import Phase
from harvest_schedule.states import HarvestStatus, PickCallStatus, PlanStatus, ShortfallStatus
from marketplace.foundation.bilingual import Bilingual


class Harvest(models.Model):
    """
    One cooperative's declared picking of one produce: dates, kilograms with a range, and a grade mix.

    `low_g` and `high_g` are meant as the tenth and ninetieth percentile. What was declared first is kept in
    `declared_*`, so that a cooperative's record can be learnt from; reports change the present figures only.
    """

    cooperative = models.ForeignKey("cooperatives.Cooperative", on_delete=models.PROTECT, related_name="harvests")
    produce = models.ForeignKey("catalogue.Produce", on_delete=models.PROTECT, related_name="harvests")
    starts_on = models.DateField()
    ends_on = models.DateField()
    low_g = models.BigIntegerField()
    likely_g = models.BigIntegerField()
    high_g = models.BigIntegerField()
    area_mu = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, choices=HarvestStatus.choices, default=HarvestStatus.DECLARED)
    declared_starts_on = models.DateField()
    declared_ends_on = models.DateField()
    declared_likely_g = models.BigIntegerField()
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    key = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="harvest_ends_after_start"),
            models.CheckConstraint(
                condition=Q(low_g__gte=0, likely_g__gt=0) & Q(low_g__lte=F("likely_g")) & Q(likely_g__lte=F("high_g")),
                name="harvest_low_likely_high",
            ),
        ]
        indexes = [models.Index(fields=["produce", "starts_on", "ends_on"], name="harvest_produce_dates")]

    def __str__(self) -> str:
        return f"{self.cooperative_id} {self.produce_id} {self.starts_on}"


class HarvestGrade(models.Model):
    """The share of a harvest expected in one grade, in thousandths; the shares of a harvest sum to 1000."""

    harvest = models.ForeignKey(Harvest, on_delete=models.CASCADE, related_name="grade_mix")
    grade = models.ForeignKey("catalogue.Grade", on_delete=models.PROTECT, related_name="+")
    share_permille = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["harvest", "grade"], name="harvestgrade_once"),
            models.CheckConstraint(condition=Q(share_permille__range=(0, 1000)), name="harvestgrade_share"),
        ]

    def __str__(self) -> str:
        return f"{self.harvest_id} {self.grade_id} {self.share_permille}‰"


class HarvestReport(models.Model):
    """A dated word from the field: what changed, or what was picked. Never edited; the next report corrects it."""

    harvest = models.ForeignKey(Harvest, on_delete=models.PROTECT, related_name="reports")
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    picked_on = models.DateField(null=True, blank=True)
    picked_g = models.BigIntegerField(null=True, blank=True)
    shift_days = models.SmallIntegerField(default=0)
    low_g = models.BigIntegerField(null=True, blank=True)
    likely_g = models.BigIntegerField(null=True, blank=True)
    high_g = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"{self.harvest_id} {self.reported_at:%Y-%m-%d}"


class SeasonPlan(models.Model):
    """
    One run of the planner for one supply pool: the instance it was given, and the result, stored whole.

    The same input hash is solved and published once; a plan in force is superseded by the next one published.
    """

    pool = models.ForeignKey("cooperatives.SupplyPool", on_delete=models.PROTECT, related_name="plans")
    status = models.CharField(max_length=10, choices=PlanStatus.choices, default=PlanStatus.SOLVING)
    input_hash = models.CharField(max_length=64)
    starts_on = models.DateField()
    bucket_days = models.PositiveSmallIntegerField(default=7)
    num_buckets = models.PositiveSmallIntegerField()
    instance = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    objective_fen = models.BigIntegerField(null=True, blank=True)
    bound_fen = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pool"], condition=Q(status=PlanStatus.PUBLISHED), name="plan_one_in_force_per_pool"
            ),
        ]
        indexes = [models.Index(fields=["pool", "created_at"], name="plan_pool_created")]

    def __str__(self) -> str:
        return f"{self.pool_id} {self.starts_on} {self.status}"


class PlanWindow(models.Model):
    """What a plan says about one listing window, with the reason in words and the solver rows it came from."""

    plan = models.ForeignKey(SeasonPlan, on_delete=models.CASCADE, related_name="windows")
    window = models.ForeignKey("partner.StockRecord", on_delete=models.PROTECT, related_name="plan_windows")
    phase = models.CharField(max_length=8, choices=Phase.choices)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    ships_from = models.DateField()
    ships_by = models.DateField()
    planned_cap = models.PositiveIntegerField()
    price_fen = models.BigIntegerField()
    reason_zh = models.TextField()
    reason_en = models.TextField()
    solver_rows = models.JSONField(default=list)

    reason = Bilingual("reason")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "window"], name="planwindow_once")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.window_id}"


class PlanUptake(models.Model):
    """How much of which grade of a harvest the plan takes in one bucket: what the pick calls are cut from."""

    plan = models.ForeignKey(SeasonPlan, on_delete=models.CASCADE, related_name="uptakes")
    harvest = models.ForeignKey(Harvest, on_delete=models.PROTECT, related_name="uptakes")
    grade = models.ForeignKey("catalogue.Grade", on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    uptake_g = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "harvest", "grade", "starts_on"], name="uptake_once")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.harvest_id} {self.starts_on}"


class PlanRequest(models.Model):
    """
    A reason to plan a pool again: a row, so that nothing the field said is lost, and solving stays outside its write.

    Done when a plan made after it is in force.
    """

    pool = models.ForeignKey("cooperatives.SupplyPool", on_delete=models.CASCADE, related_name="plan_requests")
    key = models.CharField(max_length=120, unique=True)
    reason = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], condition=Q(done_at=None), name="planrequest_open")]

    def __str__(self) -> str:
        return f"{self.pool_id} {self.reason}"


class PickCall(models.Model):
    """What a cooperative is asked to pick: harvest, grade, day, grams. Accepted, or refused with a reason."""

    harvest = models.ForeignKey(Harvest, on_delete=models.PROTECT, related_name="pick_calls")
    grade = models.ForeignKey("catalogue.Grade", on_delete=models.PROTECT, related_name="+")
    pick_on = models.DateField()
    asked_g = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=PickCallStatus.choices, default=PickCallStatus.CALLED)
    called_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    refusal_reason = models.CharField(max_length=200, blank=True)
    delivered_g = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["harvest", "grade", "pick_on"], name="pickcall_once"),
            models.CheckConstraint(condition=Q(asked_g__gt=0, delivered_g__gte=0), name="pickcall_grams"),
        ]
        indexes = [models.Index(fields=["pick_on", "status"], name="pickcall_day_status")]

    def __str__(self) -> str:
        return f"{self.harvest_id} {self.pick_on} {self.asked_g}g"


class PickCallLine(models.Model):
    """The part of a pick call that an order line waits for; once accepted, its presale cannot be cancelled."""

    pick_call = models.ForeignKey(PickCall, on_delete=models.CASCADE, related_name="for_lines")
    line = models.ForeignKey("order.Line", on_delete=models.PROTECT, related_name="pick_call_lines")
    grams = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pick_call", "line"], name="pickcallline_once")]

    def __str__(self) -> str:
        return f"{self.pick_call_id}→{self.line_id}"


class ShortfallCase(models.Model):
    """Promises of a window exceed what the plan in force can deliver: opened by publishing, closed by a person."""

    window = models.ForeignKey("partner.StockRecord", on_delete=models.PROTECT, related_name="shortfall_cases")
    plan = models.ForeignKey(SeasonPlan, on_delete=models.PROTECT, related_name="shortfall_cases")
    short_packs = models.PositiveIntegerField()
    status = models.CharField(max_length=8, choices=ShortfallStatus.choices, default=ShortfallStatus.OPEN)
    opened_at = models.DateTimeField()
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
