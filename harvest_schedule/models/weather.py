"""Temperatures as they were measured, brought in from files; without them no forecast changes."""

from django.db import models
from django.db.models import F, Q


class DailyTemperature(models.Model):
    """One day of one county in tenths of a degree Celsius: its mean, or its lowest and highest, or all three."""

    region = models.ForeignKey("catalogue.Region", on_delete=models.PROTECT, related_name="daily_temperatures")
    day = models.DateField()
    mean_dc = models.SmallIntegerField(null=True, blank=True)
    low_dc = models.SmallIntegerField(null=True, blank=True)
    high_dc = models.SmallIntegerField(null=True, blank=True)
    #: Where the figures come from, as the file or whoever brought it in says.
    source = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "day"], name="dailytemperature_once_a_day"),
            models.CheckConstraint(
                condition=Q(mean_dc__isnull=False) | Q(low_dc__isnull=False, high_dc__isnull=False),
                name="dailytemperature_mean_or_extremes",
            ),
            models.CheckConstraint(
                condition=Q(low_dc__isnull=True) | Q(high_dc__isnull=True) | Q(low_dc__lte=F("high_dc")),
                name="dailytemperature_low_high",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.day}"
