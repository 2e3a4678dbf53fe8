"""Harvests, plans, pick calls and the paid orders they are made for, around `tests.factories.NOW`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import factory
from django.contrib.auth import get_user_model
from factory.django import DjangoModelFactory

from catalog.partner.models import Phase, StockRecord
from harvest_schedule.models import Harvest, HarvestGrade, PickCall, PlanUptake, PlanWindow, SeasonPlan
from harvest_schedule.states import PlanStatus
from marketplace.cooperatives.models import Household
from marketplace.foundation.units import fen_to_yuan
from marketplace.order.models import Line, Order
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.payment.models import AttemptStatus, PaymentAttempt
from tests.factories import (
    NOW,
    TODAY,
    CooperativeFactory,
    GradeFactory,
    PoolMemberFactory,
    PoolProductFactory,
    ProduceFactory,
    SupplyPoolFactory,
    WindowFactory,
)

KG = 1000


class UserFactory(DjangoModelFactory):
    """Somebody who can sign in; what they may see is given by the rows that name them."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person-{n}")
    email = factory.Sequence(lambda n: f"person-{n}@fenglu.example")
    password = factory.PostGenerationMethodCall("set_password", "fenglu-demo-1")

    @factory.post_generation
    def saved(self, create: bool, _extracted: Any, **_more: Any) -> None:
        if create:
            self.save()  # type: ignore[attr-defined]


class HarvestFactory(DjangoModelFactory):
    """Twelve tonnes of one grade, picked from a week ago until four weeks from now."""

    class Meta:
        model = Harvest

    cooperative = factory.SubFactory(CooperativeFactory)
    produce = factory.SubFactory(ProduceFactory, region=factory.SelfAttribute("..cooperative.region"))
    starts_on = TODAY - timedelta(days=7)
    ends_on = TODAY + timedelta(days=28)
    low_g = 9_000 * KG
    likely_g = 12_000 * KG
    high_g = 14_000 * KG
    area_mu = 30
    declared_starts_on = factory.SelfAttribute("starts_on")
    declared_ends_on = factory.SelfAttribute("ends_on")
    declared_likely_g = factory.SelfAttribute("likely_g")
    declared_at = NOW - timedelta(days=40)
    key = factory.Sequence(lambda n: f"harvest-{n}")


class HarvestGradeFactory(DjangoModelFactory):
    """The whole harvest in one grade."""

    class Meta:
        model = HarvestGrade

    harvest = factory.SubFactory(HarvestFactory)
    grade = factory.SubFactory(GradeFactory, produce=factory.SelfAttribute("..harvest.produce"))
    share_permille = 1000


class PickCallFactory(DjangoModelFactory):
    """Half a tonne for today, not answered yet."""

    class Meta:
        model = PickCall

    harvest = factory.SubFactory(HarvestFactory)
    grade = factory.SubFactory(GradeFactory, produce=factory.SelfAttribute("..harvest.produce"))
    pick_on = TODAY
    asked_g = 500 * KG
    called_at = NOW - timedelta(hours=16)


class SeasonPlanFactory(DjangoModelFactory):
    """The plan in force of a pool, in weeks from yesterday on."""

    class Meta:
        model = SeasonPlan

    pool = factory.SubFactory(SupplyPoolFactory)
    status = PlanStatus.PUBLISHED
    input_hash = factory.Sequence(lambda n: f"{n:064d}")
    starts_on = TODAY - timedelta(days=1)
    bucket_days = 7
    num_buckets = 12
    created_at = NOW - timedelta(days=1)
    published_at = NOW - timedelta(days=1)


class PlanUptakeFactory(DjangoModelFactory):
    """Seven hundred kilograms in the plan's first week."""

    class Meta:
        model = PlanUptake

    plan = factory.SubFactory(SeasonPlanFactory)
    harvest = factory.SubFactory(HarvestFactory)
    grade = factory.SubFactory(GradeFactory, produce=factory.SelfAttribute("..harvest.produce"))
    starts_on = factory.SelfAttribute("plan.starts_on")
    uptake_g = 700 * KG


def plan_window(plan: SeasonPlan, window: StockRecord, **changes: Any) -> PlanWindow:
    """Return what a plan says of a window, copied from it, with a reason in both languages."""
    values = {
        "phase": window.phase,
        "opens_at": window.opens_at,
        "closes_at": window.closes_at,
        "ships_from": window.ships_from,
        "ships_by": window.ships_by,
        "planned_cap": window.num_in_stock,
        "price_fen": window.price_fen,
        "reason_zh": "橙里 12月13日采完，之后每周可承诺量低于 400 箱的下限。",
        "reason_en": "Chengli finishes on 13 December; after that less than 400 boxes a week can be promised.",
    }
    return PlanWindow.objects.create(plan=plan, window=window, **{**values, **changes})


class HouseholdFactory(DjangoModelFactory):
    """A member family of the cooperative."""

    class Meta:
        model = Household

    cooperative = factory.SubFactory(CooperativeFactory)
    code = factory.Sequence(lambda n: f"H{n:03d}")
    name = "向桂英"
    phone = "13900001234"


def paid_order(window: StockRecord, *, packs: int = 1, user: Any = None, **line: Any) -> Order:
    """Return a paid order of packs of one window, which holds them, as checkout leaves it."""
    product = window.product
    goods_fen = window.price_fen * packs
    number = f"T{Order.objects.count():013d}"
    order = Order.objects.create(
        number=number,
        checkout_key=f"key-{number}",
        user=user,
        contact_phone="13800001234",
        currency="CNY",
        total_incl_tax=fen_to_yuan(goods_fen),
        total_excl_tax=fen_to_yuan(goods_fen),
        shipping_incl_tax=0,
        shipping_excl_tax=0,
        goods_fen=goods_fen,
        freight_fen=0,
        total_fen=goods_fen,
        status=OrderStatus.PAID,
        paid_at=NOW - timedelta(hours=20),
        date_placed=NOW - timedelta(hours=20),
    )
    values = {
        "partner": window.partner,
        "partner_name": window.partner.name,
        "partner_sku": window.partner_sku,
        "product": product,
        "stockrecord": window,
        "title": product.title,
        "title_en": product.title_en,
        "quantity": packs,
        "num_allocated": packs,
        "phase": window.phase,
        "ships_from": window.ships_from,
        "ships_by": window.ships_by,
        "arrives_by": window.ships_by + timedelta(days=3),
        "net_weight_g": product.net_weight_g,
        "unit_price_fen": window.price_fen,
        "line_total_fen": goods_fen,
        "line_price_incl_tax": fen_to_yuan(goods_fen),
        "line_price_excl_tax": fen_to_yuan(goods_fen),
        "line_price_before_discounts_incl_tax": fen_to_yuan(goods_fen),
        "line_price_before_discounts_excl_tax": fen_to_yuan(goods_fen),
        "unit_price_incl_tax": window.price,
        "unit_price_excl_tax": window.price,
        "status": LineStatus.PAID,
    }
    Line.objects.create(order=order, **{**values, **line})
    PaymentAttempt.objects.create(
        order=order, key=f"pay-{number}", amount_fen=goods_fen, status=AttemptStatus.PAID, created_at=order.paid_at
    )
    window.num_allocated += packs
    window.save(update_fields=["num_allocated"])
    return order


class Village:
    """One pool with its hub, product and member cooperatives, each with an open harvest of the product's grade."""

    def __init__(self, *likely_kg: int, phase: str = Phase.FRESH, **window: Any) -> None:
        self.pool = SupplyPoolFactory()
        self.hub = self.pool.hub
        self.product = PoolProductFactory(pool=self.pool).product
        self.grade = self.product.grade
        self.window = WindowFactory(product=self.product, partner=self.pool.seller, phase=phase, **window)
        self.harvests = []
        for kg in likely_kg:
            member = PoolMemberFactory(pool=self.pool)
            harvest = HarvestFactory(
                cooperative=member.cooperative,
                produce=self.pool.produce,
                low_g=kg * KG // 2,
                likely_g=kg * KG,
                high_g=kg * KG * 3 // 2,
            )
            HarvestGradeFactory(harvest=harvest, grade=self.grade)
            self.harvests.append(harvest)
