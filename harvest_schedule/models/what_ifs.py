"""Questions of the kind "what if", each with the answer of the planner; no plan in force is touched by them."""

from django.conf import settings
from django.db import models

from harvest_schedule.models.plans import SeasonPlan
from harvest_schedule.states import WhatIfStatus


class WhatIf(models.Model):
    """
    One pool's season solved as it is known now and once more with changes.

    `cooperative` is set when a grower asks: the changes then touch its own harvests only, and it sees its own figures.
    """

    pool = models.ForeignKey("cooperatives.SupplyPool", on_delete=models.CASCADE, related_name="what_ifs")
    plan_in_force = models.ForeignKey(
        SeasonPlan, null=True, blank=True, on_delete=models.SET_NULL, related_name="what_ifs"
    )
    cooperative = models.ForeignKey(
        "cooperatives.Cooperative", null=True, blank=True, on_delete=models.CASCADE, related_name="what_ifs"
    )
    key = models.CharField(max_length=64, unique=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    changes = models.JSONField(default=list)
    status = models.CharField(max_length=8, choices=WhatIfStatus.choices, default=WhatIfStatus.SOLVING)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    failure = models.CharField(max_length=300, blank=True)
    solved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["pool", "asked_at"], name="whatif_pool_asked")]

    def __str__(self) -> str:
        return f"{self.pool_id} {self.asked_at:%Y-%m-%d %H:%M}"
