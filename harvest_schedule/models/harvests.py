"""Harvests as declared by cooperatives, and the dated words from the field that correct them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from harvest_schedule.states import HarvestStatus


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
    #: The day from which ripening is counted: full bloom, or planting (Produce.counts_from); None until told.
    biofix_on = models.DateField(null=True, blank=True)
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
    biofix_on = models.DateField(null=True, blank=True)
    low_g = models.BigIntegerField(null=True, blank=True)
    likely_g = models.BigIntegerField(null=True, blank=True)
    high_g = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"{self.harvest_id} {self.reported_at:%Y-%m-%d}"
