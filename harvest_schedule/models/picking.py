"""What cooperatives are asked to pick."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from harvest_schedule.models.harvests import Harvest
from harvest_schedule.states import PickCallStatus


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
