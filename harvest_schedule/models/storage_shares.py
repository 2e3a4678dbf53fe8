"""How the pools of a hub share its stores, week by week, as their common plan wants it."""

from django.db import models
from django.db.models import Q

STORE_MODES = ("AMBIENT", "COLD")


class HubSharing(models.Model):
    """
    The last common plan of a hub's pools, and what it was made from; the same input is not solved twice.

    `objective_fen` is what the pools earn together, `bound_fen` what no sharing can exceed.
    """

    hub = models.OneToOneField("cooperatives.Hub", on_delete=models.CASCADE, related_name="sharing")
    input_hash = models.CharField(max_length=64)
    starts_on = models.DateField()
    made_at = models.DateTimeField()
    objective_fen = models.BigIntegerField()
    bound_fen = models.BigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.hub_id} {self.starts_on}"


class StoreShare(models.Model):
    """
    What one pool may keep in one of its hub's two stores in one week (`week` is its Monday).

    The shares of a hub, mode and week never add up to more than the store can hold.
    """

    hub = models.ForeignKey("cooperatives.Hub", on_delete=models.CASCADE, related_name="store_shares")
    pool = models.ForeignKey("cooperatives.SupplyPool", on_delete=models.CASCADE, related_name="store_shares")
    mode = models.CharField(max_length=8)
    week = models.DateField()
    share_g = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "mode", "week"], name="storeshare_once"),
            models.CheckConstraint(condition=Q(share_g__gte=0), name="storeshare_not_negative"),
            models.CheckConstraint(condition=Q(mode__in=STORE_MODES), name="storeshare_mode_known"),
        ]
        indexes = [models.Index(fields=["hub", "mode", "week"], name="storeshare_hub_week")]

    def __str__(self) -> str:
        return f"{self.pool_id} {self.mode} {self.week}"
