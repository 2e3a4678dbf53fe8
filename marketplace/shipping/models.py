"""Who carries parcels, and what a parcel costs from one province to another."""

from django.db import models
from django.db.models import Q

from marketplace.foundation.bilingual import Bilingual


class Carrier(models.Model):
    """A carrier parcels are handed to."""

    code = models.SlugField(max_length=20, unique=True)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    #: What a tracking number of this carrier looks like, as a regular expression.
    tracking_pattern = models.CharField(max_length=80, default=r"^[A-Za-z0-9]{8,30}$")

    name = Bilingual("name")

    def __str__(self) -> str:
        return self.name_zh


class FreightTariff(models.Model):
    """
    Freight from an origin province to a destination province: first weight, then every further weight begun.

    Not served means that nothing is sent there, which the buyer is told before paying. Poor counties are often
    themselves remote, so the origin matters as much as the destination.
    """

    origin = models.ForeignKey("catalogue.Region", on_delete=models.PROTECT, related_name="+")
    destination = models.ForeignKey("catalogue.Region", on_delete=models.PROTECT, related_name="+")
    is_served = models.BooleanField(default=True)
    first_weight_g = models.PositiveIntegerField(default=1000)
    first_fen = models.PositiveIntegerField(default=0)
    further_weight_g = models.PositiveIntegerField(default=1000)
    further_fen = models.PositiveIntegerField(default=0)
    transit_days_min = models.PositiveSmallIntegerField(default=2)
    transit_days_max = models.PositiveSmallIntegerField(default=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin", "destination"], name="tariff_once"),
            models.CheckConstraint(
                condition=Q(first_weight_g__gt=0, further_weight_g__gt=0), name="tariff_weights_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.origin_id}→{self.destination_id}"


from oscar.apps.shipping.models import *  # noqa: E402, F403
