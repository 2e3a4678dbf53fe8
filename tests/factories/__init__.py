"""
Rows for the tests, in the middle of the orange harvest of 2026.

`NOW` is the moment the cast lives in: Tuesday 24 November 2026, ten in the morning in Shanghai. Pass it as `at`; for
views, set `marketplace.foundation.clock.now` to return it (fixture `frozen_clock` in `tests/integration/conftest.py`).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from catalog.models import Grade, HarvestWindow, Produce, Product, ProductClass, Region
from catalog.partner.models import Partner, Phase, StockRecord
from marketplace.cooperatives.models import (
    Certificate,
    Cooperative,
    Hub,
    PoolMember,
    PoolProduct,
    SupplyPool,
)
from marketplace.foundation.clock import shanghai

TODAY = date(2026, 11, 24)
NOW: datetime = shanghai(TODAY, 10)


class RegionFactory(DjangoModelFactory):
    """A county of Hubei; give `parent=None` and a level for provinces."""

    class Meta:
        model = Region
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"4205{27 + n % 70:02d}")
    level = Region.Level.COUNTY
    name_zh = "秭归县"
    name_en = "Zigui"
    lat = Decimal("30.83")
    lon = Decimal("110.98")
    year_removed = 2018

    @factory.lazy_attribute
    def parent(self) -> Region | None:
        if self.level == Region.Level.PROVINCE:
            return None
        province, _made = Region.objects.get_or_create(
            code=self.code[:2] + "0000",
            defaults={"level": Region.Level.PROVINCE, "name_zh": "湖北省", "name_en": "Hubei"},
        )
        return province


class ProduceFactory(DjangoModelFactory):
    """Zigui navel oranges, picked in winter and spring."""

    class Meta:
        model = Produce
        django_get_or_create = ("slug",)

    slug = factory.Sequence(lambda n: f"zigui-navel-orange-{n}")
    name_zh = "秭归脐橙"
    name_en = "Zigui navel orange"
    pinyin = "zigui qicheng"
    category = Produce.Category.FRUIT
    species = "Citrus sinensis"
    region = factory.SubFactory(RegionFactory)
    gi_mark = "PGI 2006"
    gi_basis = "own knowledge"
    storage_days_ambient = 30
    storage_days_cold = 90
    storage_temp_min_c = 5
    storage_temp_max_c = 8
    confidence = "high"
    product_form = "fresh"
    compliance_flags = "CERT"


class HarvestWindowFactory(DjangoModelFactory):
    """From November over the new year to the end of January."""

    class Meta:
        model = HarvestWindow

    produce = factory.SubFactory(ProduceFactory)
    ordinal = factory.Sequence(lambda n: n + 1)
    start_month, start_day = 11, 5
    end_month, end_day = 1, 31


class GradeFactory(DjangoModelFactory):
    """Grade 1 by diameter."""

    class Meta:
        model = Grade
        django_get_or_create = ("produce", "code")

    produce = factory.SubFactory(ProduceFactory)
    code = "A"
    rank = 1
    name_zh = "一级"
    name_en = "Grade 1"
    detail_zh = "果径 70–80 mm"
    detail_en = "70–80 mm"


class ProductClassFactory(DjangoModelFactory):
    """Oscar's product class of everything Fenglu sells."""

    class Meta:
        model = ProductClass
        django_get_or_create = ("slug",)

    name = "农产品"
    slug = "produce"
    track_stock = True
    requires_shipping = True


class ProductFactory(DjangoModelFactory):
    """A 2.5 kg box; not indexed for search (call `product_index` where a test searches)."""

    class Meta:
        model = Product

    product_class = factory.SubFactory(ProductClassFactory)
    structure = Product.STANDALONE
    produce = factory.SubFactory(ProduceFactory)
    grade = factory.SubFactory(GradeFactory, produce=factory.SelfAttribute("..produce"))
    title = "秭归脐橙 5斤装"
    title_en = "Zigui navel orange, 2.5 kg"
    spec_zh = "一级，果径 70–80 mm，净重 2.5 kg"
    spec_en = "Grade 1, 70–80 mm, 2.5 kg net"
    slug = factory.Sequence(lambda n: f"zigui-navel-orange-2500g-{n}")
    net_weight_g = 2500


class PartnerFactory(DjangoModelFactory):
    """A seller: the cooperative itself."""

    class Meta:
        model = Partner
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"chengli-{n}")
    name = "秭归县橙里柑橘专业合作社"
    name_en = "Chengli Citrus Cooperative"
    kind = Partner.Kind.COOPERATIVE


class WindowFactory(DjangoModelFactory):
    """A fresh window that is open at `NOW`, with 100 packs at 39.80 yuan."""

    class Meta:
        model = StockRecord

    product = factory.SubFactory(ProductFactory)
    partner = factory.SubFactory(PartnerFactory)
    partner_sku = factory.Sequence(lambda n: f"window-{n}")
    phase = Phase.FRESH
    opens_at = shanghai(TODAY - timedelta(days=4), 8)
    closes_at = shanghai(TODAY + timedelta(days=10), 8)
    ships_from = TODAY + timedelta(days=1)
    ships_by = TODAY + timedelta(days=2)
    picked_from = TODAY
    picked_to = TODAY + timedelta(days=1)
    planned_cap = 100
    num_in_stock = 100
    num_allocated = 0
    price = Decimal("39.80")


class HubFactory(DjangoModelFactory):
    """A county gathering station with room for 24 tonnes cold."""

    class Meta:
        model = Hub
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"zigui-hub-{n}")
    name_zh = "秭归集货站"
    name_en = "Zigui hub"
    region = factory.SubFactory(RegionFactory)
    ambient_capacity_g = 40_000_000
    cold_capacity_g = 24_000_000
    cold_temp_min_c = 5
    cold_temp_max_c = 8


class CooperativeFactory(DjangoModelFactory):
    """A cooperative of 62 households."""

    class Meta:
        model = Cooperative
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"chengli-{n}")
    name_zh = "橙里合作社"
    name_en = "Chengli cooperative"
    hub = factory.SubFactory(HubFactory)
    region = factory.SelfAttribute("hub.region")
    village_zh = "橙里村"
    village_en = "Chengli village"
    distance_to_hub_m = 12_000
    founded_year = 2015
    num_households = 62
    area_mu = 1180


class SupplyPoolFactory(DjangoModelFactory):
    """A pool with one seller; add members with `PoolMemberFactory`."""

    class Meta:
        model = SupplyPool
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"zigui-navel-orange-{n}")
    name_zh = "秭归脐橙供应池"
    name_en = "Zigui navel orange pool"
    produce = factory.SubFactory(ProduceFactory)
    hub = factory.SubFactory(HubFactory, region=factory.SelfAttribute("..produce.region"))
    seller = factory.SubFactory(PartnerFactory)


class PoolMemberFactory(DjangoModelFactory):
    """A cooperative in a pool, with its floor of 6 yuan per kg."""

    class Meta:
        model = PoolMember

    pool = factory.SubFactory(SupplyPoolFactory)
    cooperative = factory.SubFactory(CooperativeFactory, hub=factory.SelfAttribute("..pool.hub"))
    floor_fen_per_kg = 600


class PoolProductFactory(DjangoModelFactory):
    """A product that a pool fulfils."""

    class Meta:
        model = PoolProduct

    pool = factory.SubFactory(SupplyPoolFactory)
    product = factory.SubFactory(ProductFactory, produce=factory.SelfAttribute("..pool.produce"))
    base_price_fen = 3980
    weekly_demand_packs = 60


class CertificateFactory(DjangoModelFactory):
    """A test report of the cooperative."""

    class Meta:
        model = Certificate

    cooperative = factory.SubFactory(CooperativeFactory)
    kind = Certificate.Kind.TEST
    number = factory.Sequence(lambda n: f"TEST-2026-{n:04d}")
    issuer = "县农产品质量检测站"
    issued_on = date(2026, 10, 20)
    expires_on = date(2027, 10, 20)


def product_on_sale(**window: Any) -> StockRecord:
    """Return an open window of a product that a pool with one cooperative fulfils: the smallest complete offer."""
    pool = SupplyPoolFactory()
    PoolMemberFactory(pool=pool)
    sold = PoolProductFactory(pool=pool)
    return WindowFactory(product=sold.product, partner=pool.seller, **window)
