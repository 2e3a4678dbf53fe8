"""
The produce database (what grows where and when) and the product database (what a basket can hold).

Region, Produce, HarvestWindow and Grade are facts; Product is Oscar's, bound to a produce in a grade and a pack.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from oscar.apps.catalogue.abstract_models import AbstractProduct

from marketplace.foundation.bilingual import Bilingual


class Region(models.Model):
    """An administrative division keyed by its GB/T 2260 code; codes change by year, so the edition is kept."""

    class Level(models.TextChoices):
        PROVINCE = "PROVINCE", _("province")
        PREFECTURE = "PREFECTURE", _("prefecture")
        COUNTY = "COUNTY", _("county")

    code = models.CharField(max_length=6, primary_key=True)
    level = models.CharField(max_length=12, choices=Level.choices)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    lat = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    lon = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    #: The year the county left the national list of poor counties, where it was on it.
    year_removed = models.PositiveSmallIntegerField(null=True, blank=True)
    edition = models.CharField(max_length=20, blank=True)

    name = Bilingual("name")

    class Meta:
        indexes = [models.Index(fields=["level", "parent"], name="region_level_parent")]
        constraints = [models.CheckConstraint(condition=Q(code__regex=r"^[0-9]{6}$"), name="region_code_six_digits")]

    def __str__(self) -> str:
        return f"{self.name_zh} {self.code}"

    @property
    def province_code(self) -> str:
        return self.code[:2] + "0000"


class Produce(models.Model):
    """Something that grows in a county and has a season. Facts with their confidence; nothing here is for sale."""

    class Category(models.TextChoices):
        FRUIT = "fruit", _("Fruit")
        VEGETABLE = "vegetable", _("Vegetables")
        TUBER = "tuber", _("Roots and tubers")
        MUSHROOM = "mushroom", _("Mushrooms")
        TEA = "tea", _("Tea")
        NUT = "nut", _("Nuts")
        GRAIN = "grain", _("Grain")
        SPICE = "spice", _("Spices")
        HERB = "herb", _("Herbs")
        HONEY = "honey", _("Honey")
        OIL = "oil", _("Oil")
        LIVESTOCK = "livestock", _("Meat and poultry")
        AQUATIC = "aquatic", _("Fish")
        PROCESSED = "processed", _("Processed")

    slug = models.SlugField(max_length=80, unique=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=100)
    #: Pinyin words with spaces; sorts Chinese names where the database has no Chinese collation, and feeds search.
    pinyin = models.CharField(max_length=200, blank=True, db_index=True)
    #: Other names that people search by, separated by spaces: 赣南脐橙, 百色芒果.
    aliases_zh = models.CharField(max_length=120, blank=True)
    aliases_en = models.CharField(max_length=120, blank=True)
    category = models.CharField(max_length=12, choices=Category.choices)
    species = models.CharField(max_length=120, blank=True)
    variety_zh = models.CharField(max_length=60, blank=True)
    variety_en = models.CharField(max_length=60, blank=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="produce")
    gi_mark = models.CharField(max_length=80, blank=True)
    gi_basis = models.CharField(max_length=40, blank=True)
    storage_days_ambient = models.PositiveIntegerField(null=True, blank=True)
    storage_days_cold = models.PositiveIntegerField(null=True, blank=True)
    storage_temp_min_c = models.SmallIntegerField(null=True, blank=True)
    storage_temp_max_c = models.SmallIntegerField(null=True, blank=True)
    typical_pack = models.CharField(max_length=120, blank=True)
    farmgate_low_fen_per_kg = models.PositiveIntegerField(null=True, blank=True)
    farmgate_high_fen_per_kg = models.PositiveIntegerField(null=True, blank=True)
    gdd_base_c = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    gdd_to_harvest = models.PositiveIntegerField(null=True, blank=True)
    #: Days after full bloom between which it is picked, where that is how its season is told.
    bloom_days_low = models.PositiveSmallIntegerField(null=True, blank=True)
    bloom_days_high = models.PositiveSmallIntegerField(null=True, blank=True)
    #: Where the degree-days or the days after bloom come from.
    timing_source = models.CharField(max_length=120, blank=True)
    notes_zh = models.CharField(max_length=300, blank=True)
    notes_en = models.CharField(max_length=400, blank=True)
    confidence = models.CharField(max_length=10, blank=True)
    product_form = models.CharField(max_length=40, blank=True)
    #: CERT, PREPACK, FOODHERB, TCM, QUARANTINE, WILD2 as in the fact file, separated by semicolons.
    compliance_flags = models.CharField(max_length=60, blank=True)

    name = Bilingual("name")
    variety = Bilingual("variety")
    notes = Bilingual("notes")

    class Meta:
        indexes = [models.Index(fields=["category", "region"], name="produce_category_region")]
        constraints = [
            models.CheckConstraint(
                condition=Q(bloom_days_low=None, bloom_days_high=None)
                | Q(bloom_days_low__gt=0, bloom_days_high__gte=F("bloom_days_low")),
                name="produce_bloom_days_low_high",
            )
        ]

    def __str__(self) -> str:
        return self.name_zh

    @property
    def flags(self) -> frozenset[str]:
        return frozenset(flag for flag in self.compliance_flags.split(";") if flag)

    @property
    def may_be_offered(self) -> bool:
        """Medicine-only herbs and protected wild species are in the database but never offered to consumers."""
        return not self.flags & {"TCM", "WILD2"}

    @property
    def counts_from(self) -> str:
        """What its season is counted from: "bloom", "planting" (a degree-day sum), or "" where nothing is known."""
        if self.bloom_days_low and self.bloom_days_high:
            return "bloom"
        return "planting" if self.gdd_base_c is not None and self.gdd_to_harvest else ""

    @property
    def is_fresh(self) -> bool:
        """Picked or cut and sold as it is, ambient or chilled; it ages by the day."""
        return self.product_form.startswith(("fresh", "chilled", "live"))

    @property
    def is_perishable(self) -> bool:
        """Fresh and perishable goods, frozen ones too, are outside the seven-day return (消费者权益保护法 art. 25)."""
        return self.is_fresh or self.product_form.startswith("frozen")


class HarvestWindow(models.Model):
    """When a produce is picked in an ordinary year, by month and day; the end may lie in the next year."""

    produce = models.ForeignKey(Produce, on_delete=models.CASCADE, related_name="harvest_windows")
    ordinal = models.PositiveSmallIntegerField(default=1)
    start_month = models.PositiveSmallIntegerField()
    start_day = models.PositiveSmallIntegerField()
    end_month = models.PositiveSmallIntegerField()
    end_day = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["produce", "ordinal"], name="harvestwindow_once"),
            models.CheckConstraint(
                condition=Q(start_month__range=(1, 12), end_month__range=(1, 12))
                & Q(start_day__range=(1, 31), end_day__range=(1, 31)),
                name="harvestwindow_calendar",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start_month:02}-{self.start_day:02}/{self.end_month:02}-{self.end_day:02}"

    @property
    def wraps_new_year(self) -> bool:
        return (self.end_month, self.end_day) < (self.start_month, self.start_day)


class Grade(models.Model):
    """A named quality class of a produce by its standard; rank 1 is the best."""

    produce = models.ForeignKey(Produce, on_delete=models.CASCADE, related_name="grades")
    code = models.CharField(max_length=8)
    rank = models.PositiveSmallIntegerField(default=1)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    detail_zh = models.CharField(max_length=80, blank=True)
    detail_en = models.CharField(max_length=120, blank=True)
    standard = models.CharField(max_length=60, blank=True)

    name = Bilingual("name")
    detail = Bilingual("detail")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["produce", "code"], name="grade_once_per_produce")]

    def __str__(self) -> str:
        return f"{self.produce_id} {self.code}"


class Product(AbstractProduct):
    """What a buyer can put in a basket: one produce in one grade and one pack. `title` is the Chinese title."""

    produce = models.ForeignKey(Produce, null=True, blank=True, on_delete=models.PROTECT, related_name="products")
    grade = models.ForeignKey(Grade, null=True, blank=True, on_delete=models.PROTECT, related_name="products")
    title_en = models.CharField(max_length=160, blank=True)
    spec_zh = models.CharField(max_length=100, blank=True)
    spec_en = models.CharField(max_length=140, blank=True)
    net_weight_g = models.PositiveIntegerField(default=1000)
    #: Days of life the goods must still have on the day they arrive.
    life_at_arrival_days = models.PositiveSmallIntegerField(default=2)
    search_vector = SearchVectorField(null=True, editable=False)
    #: Everything searchable as plain text, for misspellings by trigram.
    search_text = models.TextField(blank=True, editable=False)

    name = Bilingual("title", zh="title")
    spec = Bilingual("spec")

    @property
    def made_of(self) -> Produce:
        """The produce. Oscar's dashboard can make products without one; no selector of the shop returns those."""
        if self.produce is None:
            raise ValueError(f"product {self.pk} is not bound to a produce")
        return self.produce

    class Meta(AbstractProduct.Meta):
        indexes = [
            GinIndex(fields=["search_vector"], name="product_search_vector"),
            GinIndex(fields=["search_text"], name="product_search_trigram", opclasses=["gin_trgm_ops"]),
        ]
        constraints = [models.CheckConstraint(condition=Q(net_weight_g__gt=0), name="product_weighs_something")]


from oscar.apps.catalogue.models import *  # noqa: E402, F403
