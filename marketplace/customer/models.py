"""Oscar's customer models. Sign-in is ours (auth_backends.py): by phone or by e-mail."""

from django.conf import settings
from django.db import models


class BuyerProfile(models.Model):
    """What we know of a signed-in buyer beside the account: a phone, and the language to write to them in."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="buyer_profile")
    phone = models.CharField(max_length=24, unique=True, null=True, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")

    def __str__(self) -> str:
        return str(self.user_id)


class SavedAddress(models.Model):
    """An address a signed-in buyer used before, offered again at checkout."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_addresses")
    name = models.CharField(max_length=30)
    phone = models.CharField(max_length=24)
    district = models.ForeignKey("catalogue.Region", on_delete=models.PROTECT, related_name="+")
    town = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=120)
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} {self.district_id}"


from oscar.apps.customer.models import *  # noqa: E402, F403
