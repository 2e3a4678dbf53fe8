"""Who grows, where it is gathered, and who sells it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.cooperatives.encryption import EncryptedTextField
from marketplace.foundation.bilingual import Bilingual


class Hub(models.Model):
    """A county gathering station (集货站): one ambient and one cold store, with what each can hold."""

    code = models.SlugField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80)
    region = models.ForeignKey("catalogue.Region", on_delete=models.PROTECT, related_name="hubs")
    ambient_capacity_g = models.BigIntegerField()
    cold_capacity_g = models.BigIntegerField()
    cold_temp_min_c = models.SmallIntegerField(default=0)
    cold_temp_max_c = models.SmallIntegerField(default=4)
    staff = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="hubs", blank=True)

    name = Bilingual("name")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ambient_capacity_g__gte=0, cold_capacity_g__gte=0),
                name="hub_capacity_not_negative",
            )
        ]

    def __str__(self) -> str:
        return self.name_zh


class Cooperative(models.Model):
    """A farmers' specialised cooperative. Public facts only; its people are households and staff."""

    code = models.SlugField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    region = models.ForeignKey("catalogue.Region", on_delete=models.PROTECT, related_name="cooperatives")
    village_zh = models.CharField(max_length=40, blank=True)
    village_en = models.CharField(max_length=60, blank=True)
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="cooperatives")
    #: The village's distance from its hub by road.
    distance_to_hub_m = models.PositiveIntegerField(default=0)
    founded_year = models.PositiveSmallIntegerField(null=True, blank=True)
    num_households = models.PositiveIntegerField(default=0)
    area_mu = models.PositiveIntegerField(default=0)
    staff = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="cooperatives", blank=True)

    name = Bilingual("name")
    village = Bilingual("village")

    def __str__(self) -> str:
        return self.name_zh


class Household(models.Model):
    """
    A member household: sensitive personal data (PIPL art. 28), encrypted, never on a public page.

    Everything that links to a family goes by its code; names and phones are only for the cooperative's own books.
    """

    cooperative = models.ForeignKey(Cooperative, on_delete=models.PROTECT, related_name="households")
    code = models.CharField(max_length=16)
    name = EncryptedTextField(blank=True)
    phone = EncryptedTextField(blank=True)
    assistance_status = EncryptedTextField(blank=True)
    joined_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cooperative", "code"], name="household_code_once")]

    def __str__(self) -> str:
        return f"{self.cooperative_id}/{self.code}"

    @property
    def masked_name(self) -> str:
        """The surname and a star, as public notices write it."""
        return f"{self.name[:1]}*" if self.name else ""


class SupplyPool(models.Model):
    """
    The cooperatives whose lots may fulfil the same products, and the one seller that contracts with the buyer.

    The seller's fee and the packing cost are legs of every settlement; they are data, not code.
    """

    code = models.SlugField(max_length=80, unique=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    produce = models.ForeignKey("catalogue.Produce", on_delete=models.PROTECT, related_name="pools")
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="pools")
    seller = models.ForeignKey("partner.Partner", on_delete=models.PROTECT, related_name="pools")
    seller_fee_permille = models.PositiveIntegerField(default=40)
    payment_fee_permille = models.PositiveIntegerField(default=6)
    packing_fen_per_pack = models.PositiveIntegerField(default=350)

    name = Bilingual("name")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(seller_fee_permille__lt=500, payment_fee_permille__lt=100),
                name="pool_fees_sensible",
            )
        ]

    def __str__(self) -> str:
        return self.name_zh


class PoolMember(models.Model):
    """A cooperative in a pool, with the least it must earn per kilogram."""

    pool = models.ForeignKey(SupplyPool, on_delete=models.CASCADE, related_name="members")
    cooperative = models.ForeignKey(Cooperative, on_delete=models.PROTECT, related_name="pool_memberships")
    floor_fen_per_kg = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "cooperative"], name="poolmember_once")]

    def __str__(self) -> str:
        return f"{self.pool_id}/{self.cooperative_id}"


class PoolProduct(models.Model):
    """A product the pool fulfils. One product, one pool: a basket line always knows whose lots it may draw."""

    pool = models.ForeignKey(SupplyPool, on_delete=models.CASCADE, related_name="pool_products")
    product = models.OneToOneField("catalogue.Product", on_delete=models.PROTECT, related_name="pool_product")
    #: The price the plan starts from, in fen for one pack, before season and phase.
    base_price_fen = models.PositiveIntegerField()
    #: Packs a week the market takes at the base price in an average week.
    weekly_demand_packs = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.pool_id}/{self.product_id}"


class Certificate(models.Model):
    """A paper of a cooperative: licence, test report, mark authorisation. An expired one hides what needs it."""

    class Kind(models.TextChoices):
        LICENCE = "LICENCE", _("Business licence")
        GI_MARK = "GI_MARK", _("Geographical indication mark")
        GREEN = "GREEN", _("Green food")
        TEST = "TEST", _("Test report")

    cooperative = models.ForeignKey(Cooperative, on_delete=models.CASCADE, related_name="certificates")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    number = models.CharField(max_length=60)
    issuer = models.CharField(max_length=80, blank=True)
    issued_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "number"], name="certificate_number_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
