"""A shop of thousands of products, made in a handful of statements, to hold the statement budgets against."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import connection

from catalog.models import Grade, HarvestWindow, Produce, Product, ProductClass, Region
from catalog.partner.models import Partner, Phase, StockRecord
from catalog.services.search_index import product_index
from marketplace.cooperatives.models import Cooperative, Hub, PoolMember, PoolProduct, SupplyPool
from marketplace.foundation.clock import shanghai
from tests.factories import NOW, TODAY

NUM_COUNTIES = 50
_PHASES = (Phase.FRESH, Phase.STORED, Phase.PRESALE)


def crowd(num_products: int = 2000, *, is_indexed: bool = False) -> list[Product]:
    """
    Make products of 50 counties. Each has one open window; some have a second that opens tomorrow.
    """
    provinces = Region.objects.bulk_create(
        [
            Region(code=f"{prefix}0000", level=Region.Level.PROVINCE, name_zh=name, name_en=name_en)
            for prefix, name, name_en in (("42", "湖北省", "Hubei"), ("62", "甘肃省", "Gansu"))
        ],
        ignore_conflicts=True,
    )
    counties = Region.objects.bulk_create(
        Region(
            code=f"{provinces[index % 2].code[:2]}05{index:02d}",
            level=Region.Level.COUNTY,
            name_zh=f"试{index}县",
            name_en=f"Trial{index}",
            parent=provinces[index % 2],
            lat=Decimal("30.5"),
            lon=Decimal("110.5"),
        )
        for index in range(1, NUM_COUNTIES + 1)
    )
    produce = Produce.objects.bulk_create(
        Produce(
            slug=f"crowd-{index}",
            name_zh=f"试{index}脐橙" if index % 2 else f"试{index}苹果",
            name_en=f"Trial{index} navel orange" if index % 2 else f"Trial{index} apple",
            pinyin="shi qicheng" if index % 2 else "shi pingguo",
            category=Produce.Category.FRUIT if index % 3 else Produce.Category.TEA,
            species="Citrus sinensis",
            region=county,
            storage_days_cold=90,
            product_form="fresh",
            compliance_flags="CERT",
        )
        for index, county in enumerate(counties)
    )
    HarvestWindow.objects.bulk_create(
        HarvestWindow(produce=one, start_month=11, start_day=5, end_month=1, end_day=31) for one in produce
    )
    grades = Grade.objects.bulk_create(
        Grade(produce=one, code="A", name_zh="一级", name_en="Grade 1") for one in produce
    )
    product_class, _made = ProductClass.objects.get_or_create(slug="produce", defaults={"name": "农产品"})
    products = Product.objects.bulk_create(
        Product(
            product_class=product_class,
            structure=Product.STANDALONE,
            produce=produce[index % NUM_COUNTIES],
            grade=grades[index % NUM_COUNTIES],
            title=produce[index % NUM_COUNTIES].name_zh,
            title_en=produce[index % NUM_COUNTIES].name_en,
            spec_zh="一级，5斤装",
            spec_en="Grade 1, 2.5 kg",
            slug=f"crowd-{index}",
            net_weight_g=2500,
        )
        for index in range(num_products)
    )
    partner, _made = Partner.objects.get_or_create(code="crowd", defaults={"name": "联合社"})
    StockRecord.objects.bulk_create(
        StockRecord(
            product=product,
            partner=partner,
            partner_sku=f"{product.slug}/{turn}",
            phase=_PHASES[(index + turn) % 3],
            opens_at=NOW + timedelta(days=1) if turn else shanghai(TODAY - timedelta(days=3)),
            closes_at=shanghai(TODAY + timedelta(days=14)),
            ships_from=TODAY + timedelta(days=1),
            ships_by=TODAY + timedelta(days=2 + index % 20),
            dispatch_days=2 if index % 2 else None,
            picked_from=TODAY - timedelta(days=20),
            picked_to=TODAY - timedelta(days=19),
            planned_cap=100,
            num_in_stock=100,
            price=Decimal("39.80") + index % 50,
        )
        for index, product in enumerate(products)
        for turn in ((0, 1) if index % 4 == 0 else (0,))
    )
    _pools(counties, produce, products, partner)
    if is_indexed:
        product_index(product_ids=[product.pk for product in products], at=NOW)
    # A shop's tables are analysed by the database in time; these grew from nothing inside one transaction, and a plan
    # made for empty tables takes minutes over thousands of rows.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return products


def _pools(counties: list[Region], produce: list[Produce], products: list[Product], partner: Partner) -> None:
    hubs = Hub.objects.bulk_create(
        Hub(
            code=f"crowd-{county.code}",
            name_zh="集货站",
            name_en="Hub",
            region=county,
            ambient_capacity_g=10**7,
            cold_capacity_g=10**7,
        )
        for county in counties
    )
    cooperatives = Cooperative.objects.bulk_create(
        Cooperative(code=f"crowd-{hub.region_id}-{turn}", name_zh="合作社", name_en="Coop", region=hub.region, hub=hub)
        for hub in hubs
        for turn in (0, 1)
    )
    pools = SupplyPool.objects.bulk_create(
        SupplyPool(code=one.slug, name_zh="池", name_en="Pool", produce=one, hub=hub, seller=partner)
        for one, hub in zip(produce, hubs, strict=True)
    )
    PoolMember.objects.bulk_create(
        PoolMember(pool=pool, cooperative=cooperative, floor_fen_per_kg=500)
        for index, pool in enumerate(pools)
        for cooperative in cooperatives[2 * index : 2 * index + 2]
    )
    PoolProduct.objects.bulk_create(
        PoolProduct(pool=pools[index % NUM_COUNTIES], product=product, base_price_fen=3980, weekly_demand_packs=50)
        for index, product in enumerate(products)
    )
