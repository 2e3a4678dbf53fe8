"""Promises that the plan in force cannot keep."""

from django.db import models
from django.db.models import Q

from harvest_schedule.models.plans import SeasonPlan
from harvest_schedule.states import ShortfallStatus


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
