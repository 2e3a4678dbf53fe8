"""Putting the cast on stage: hubs, cooperatives, pools, sellers, products, households, accounts, freight."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from oscar.core.loading import get_model

from catalog.models import Grade, Produce, Product
from catalog.partner.models import Partner
from catalog.services.products import product_create
from marketplace.cooperatives.models import (
    Certificate,
    Cooperative,
    Household,
    Hub,
    PoolMember,
    PoolProduct,
    SupplyPool,
)
from marketplace.customer.models import BuyerProfile
from marketplace.demo.cast import CARRIERS, GIVEN_NAMES, PASSWORD, POOLS, SURNAMES, VILLAGES, Pack, PoolCast
from marketplace.demo.tariffs import tariffs_load
from marketplace.foundation.units import G_PER_KG
from marketplace.shipping.models import Carrier

Country = get_model("address", "Country")


@dataclass
class Loaded:
    """How much was put on stage."""

    pools: int = 0
    cooperatives: int = 0
    households: int = 0
    products: int = 0
    counties: set[str] = field(default_factory=set)


@transaction.atomic
def cast_load(*, seed: int, at: datetime) -> Loaded:
    """Create the whole cast; the same seed makes the same people. The produce fixture must be loaded."""
    chance = random.Random(seed)  # noqa: S311  (a made-up cast, nothing secret)
    Country.objects.update_or_create(
        iso_3166_1_a2="CN",
        defaults={
            "iso_3166_1_a3": "CHN",
            "iso_3166_1_numeric": "156",
            "printable_name": "China",
            "name": "People's Republic of China",
            "display_order": 0,
            "is_shipping_country": True,
        },
    )
    for code, name_zh, name_en, pattern in CARRIERS:
        Carrier.objects.update_or_create(
            code=code, defaults={"name_zh": name_zh, "name_en": name_en, "tracking_pattern": pattern}
        )
    tariffs_load()
    loaded = Loaded()
    villages = iter(VILLAGES)
    for row in POOLS:
        _pool_load(row, villages, chance, loaded, at)
    _accounts_load()
    return loaded


def _pool_load(row: PoolCast, villages: Any, chance: random.Random, loaded: Loaded, at: datetime) -> None:
    produce = Produce.objects.select_related("region__parent").get(slug=row.produce)
    hub = _hub_load(produce)
    cooperatives = [
        _cooperative_load(produce, hub, next(villages), chance, loaded) for _ in range(row.num_cooperatives)
    ]
    if len(cooperatives) == 1:
        first = cooperatives[0]
        seller, _new = Partner.objects.get_or_create(
            code=first.code,
            defaults={"name": first.name_zh, "name_en": first.name_en, "kind": Partner.Kind.COOPERATIVE},
        )
    else:
        seller, _new = Partner.objects.get_or_create(
            code=hub.code, defaults={"name": hub.name_zh, "name_en": hub.name_en, "kind": Partner.Kind.COUNTY_HUB}
        )
    pool = SupplyPool.objects.create(
        code=produce.slug,
        name_zh=f"{produce.name_zh}供应池",
        name_en=f"{produce.name_en} pool",
        produce=produce,
        hub=hub,
        seller=seller,
    )
    grades = list(Grade.objects.filter(produce=produce).order_by("rank"))
    for pack in row.packs:
        grade = grades[min(pack.rank, len(grades)) - 1]
        product = _product_load(produce, grade, pack, at)
        PoolProduct.objects.create(
            pool=pool, product=product, base_price_fen=pack.price_fen, weekly_demand_packs=pack.weekly_packs
        )
        loaded.products += 1
    cheapest = min(pack.price_fen * G_PER_KG // pack.net_weight_g for pack in row.packs)
    for cooperative in cooperatives:
        PoolMember.objects.create(pool=pool, cooperative=cooperative, floor_fen_per_kg=cheapest * 2 // 5)
    loaded.pools += 1


def _hub_load(produce: Produce) -> Hub:
    region = produce.region
    stem_zh = region.name_zh.removesuffix("县").removesuffix("区").removesuffix("市") or region.name_zh
    stem_en = region.name_en.removesuffix(" County").removesuffix(" District")
    hub, _created = Hub.objects.get_or_create(
        code=f"hub-{region.code}",
        defaults={
            "name_zh": f"{stem_zh}集货站",
            "name_en": f"{stem_en} hub",
            "region": region,
            "ambient_capacity_g": 60_000_000,
            "cold_capacity_g": 40_000_000,
        },
    )
    return hub


def _cooperative_load(
    produce: Produce, hub: Hub, village: tuple[str, str], chance: random.Random, loaded: Loaded
) -> Cooperative:
    village_zh, village_en = village
    code = "".join(letter for letter in village_en.lower() if letter.isalnum())
    num_households = chance.randint(28, 140)
    cooperative = Cooperative.objects.create(
        code=code,
        name_zh=f"{village_zh}合作社",
        name_en=f"{village_en} Cooperative",
        region=produce.region,
        village_zh=f"{village_zh}村",
        village_en=f"{village_en} village",
        hub=hub,
        distance_to_hub_m=chance.randint(4, 46) * 1000,
        founded_year=chance.randint(2009, 2021),
        num_households=num_households,
        area_mu=num_households * chance.randint(6, 20),
    )
    Household.objects.bulk_create(
        [
            Household(
                cooperative=cooperative,
                code=f"H{number:03}",
                name=chance.choice(SURNAMES) + chance.choice(GIVEN_NAMES),
                joined_on=date(chance.randint(2012, 2024), chance.randint(1, 12), chance.randint(1, 28)),
            )
            for number in range(1, 9)
        ]
    )
    Certificate.objects.create(
        cooperative=cooperative,
        kind=Certificate.Kind.LICENCE,
        number=f"93{produce.region.code}DEMO{cooperative.pk:06}",
        issuer=f"{produce.region.name_zh}市场监督管理局（演示）",
        issued_on=date(2021, 3, 1),
    )
    loaded.cooperatives += 1
    loaded.households += 8
    loaded.counties.add(produce.region_id)
    return cooperative


def pack_name(net_weight_g: int) -> tuple[str, str]:
    """Return how a pack is called: in jin where that is a round number, else in grams or kilograms."""
    weight_en = f"{net_weight_g / G_PER_KG:g} kg" if net_weight_g >= G_PER_KG else f"{net_weight_g} g"
    if net_weight_g >= G_PER_KG and net_weight_g % 500 == 0:
        return f"{net_weight_g // 500}斤装", weight_en
    return f"{net_weight_g}克装", weight_en


def _product_load(produce: Produce, grade: Grade, pack: Pack, at: datetime) -> Product:
    pack_zh, pack_en = pack_name(pack.net_weight_g)
    detail_zh = f"{grade.name_zh}，{grade.detail_zh}" if grade.detail_zh else grade.name_zh
    detail_en = f"{grade.name_en}, {grade.detail_en}" if grade.detail_en else grade.name_en
    return product_create(
        produce=produce,
        grade=grade,
        net_weight_g=pack.net_weight_g,
        title_zh=produce.name_zh,
        title_en=produce.name_en,
        spec_zh=f"{detail_zh}，{pack_zh}",
        spec_en=f"{detail_en}, {pack_en}",
        slug=f"{produce.slug}-{grade.code.lower()}-{pack.net_weight_g}",
        at=at,
    )


#: user name, given name shown, what they are.
ACCOUNTS: tuple[tuple[str, str, str], ...] = (
    ("buyer", "张晓", "buyer"),
    ("coop", "橙里合作社会计", "cooperative:chengli"),
    ("coop2", "江岸合作社会计", "cooperative:jiangan"),
    ("hub", "秭归集货站", "hub:hub-420527"),
    ("officer", "县农业农村局", "officer"),
    ("admin", "丰路", "admin"),
)


def _accounts_load() -> None:
    users = get_user_model()._default_manager
    for username, name, role in ACCOUNTS:
        user, created = users.get_or_create(username=username, defaults={"first_name": name})
        if created:
            user.set_password(PASSWORD)
        kind, _, code = role.partition(":")
        user.is_staff = kind in {"officer", "admin"}
        user.is_superuser = kind == "admin"
        user.email = f"{username}@fenglu.example"
        user.save()
        if kind == "cooperative":
            Cooperative.objects.get(code=code).staff.add(user)
        if kind == "hub":
            Hub.objects.get(code=code).staff.add(user)
        if kind == "officer":
            group = Group.objects.filter(name="Editors").first()
            if group is not None:
                user.groups.add(group)
        if kind == "buyer":
            BuyerProfile.objects.get_or_create(user=user, defaults={"phone": "13900000001"})
