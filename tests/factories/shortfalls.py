"""
A season that fell short: twelve boxes were promised to three buyers for next week, and seven come.

A later week of the same oranges has five boxes left at 1.80 less, another pool has three of the same kind at the same
price, and a dearer and a cheaper pomelo could be sent instead.
"""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from catalog.models import Produce
from catalog.partner.models import Phase, StockRecord
from harvest_schedule.models import SeasonPlan, ShortfallCase, ShortfallDecision
from harvest_schedule.planner.shortfall.policy import Policy
from harvest_schedule.selectors.shortfalls import ShortfallPreview, shortfall_preview
from harvest_schedule.services.shortfall_deciding import shortfall_apply
from marketplace.order.models import Order
from tests.factories import (
    NOW,
    TODAY,
    GradeFactory,
    PoolMemberFactory,
    PoolProductFactory,
    ProduceFactory,
    ProductFactory,
    SupplyPoolFactory,
    WindowFactory,
)
from tests.factories.harvests import SeasonPlanFactory, UserFactory
from tests.factories.lots import TariffFactory
from tests.factories.orders import Market, order_paid

_numbers = itertools.count(1)
SHIPS_FROM, SHIPS_BY = TODAY + timedelta(days=6), TODAY + timedelta(days=12)


class ShortSeason(Market):
    """The station, its windows, and the open case; `buy` adds waiting orders before `open`."""

    def __init__(self, *, num_in_stock: int = 40) -> None:
        super().__init__(phase=Phase.PRESALE, ships_from=SHIPS_FROM, ships_by=SHIPS_BY, num_in_stock=num_in_stock)
        self.officer = UserFactory(is_staff=True, first_name="主", last_name="任")
        self.plan: SeasonPlan = SeasonPlanFactory(pool=self.pool)
        self.later = WindowFactory(
            product=self.product,
            partner=self.pool.seller,
            phase=Phase.STORED,
            ships_from=SHIPS_FROM + timedelta(days=14),
            ships_by=SHIPS_BY + timedelta(days=14),
            price=Decimal("38.00"),
            num_in_stock=5,
        )

    def other_pool(self, *, num_in_stock: int = 3, **window: Any) -> StockRecord:
        """Return a window of another pool of the same county with the same produce, grade and weight."""
        return self._window_of(
            ProductFactory(produce=self.pool.produce, grade=self.grade), num_in_stock=num_in_stock, **window
        )

    def pomelo(self, price: str, *, num_in_stock: int = 9, grams: int = 2500, **window: Any) -> StockRecord:
        """Return a window of pomelos from the same station."""
        produce = ProduceFactory(
            slug=f"pomelo-{next(_numbers)}",
            name_zh="宜昌蜜柚",
            name_en="Yichang pomelo",
            category=Produce.Category.FRUIT,
            region=self.hub.region,
        )
        product = ProductFactory(
            produce=produce,
            grade=GradeFactory(produce=produce),
            title="宜昌蜜柚 5斤装",
            title_en="Yichang pomelo, 2.5 kg",
            net_weight_g=grams,
        )
        return self._window_of(product, price=Decimal(price), num_in_stock=num_in_stock, **window)

    def _window_of(self, product: Any, **window: Any) -> StockRecord:
        pool = SupplyPoolFactory(produce=product.produce, hub=self.hub)
        PoolMemberFactory(pool=pool)
        PoolProductFactory(pool=pool, product=product)
        TariffFactory(origin=self.tariff.origin, destination=self.tariff.destination)
        values = {"phase": Phase.FRESH, "ships_from": SHIPS_FROM, "ships_by": SHIPS_BY, **window}
        return WindowFactory(product=product, partner=pool.seller, **values)

    def buy(self, packs: int, *, hours_ago: int, freight_fen: int = 0, **order: Any) -> Order:
        """Return a paid order of some boxes, placed so long ago."""
        values = {"guest_email": f"buyer-{hours_ago}@fenglu.example", **order}
        return order_paid(
            (self.window, packs), freight_fen=freight_fen, date_placed=NOW - timedelta(hours=hours_ago), **values
        )

    def open(self, coming: int) -> ShortfallCase:
        """Return the case, of which so many boxes come."""
        self.window.refresh_from_db()
        StockRecord.objects.filter(pk=self.window.pk).update(
            num_in_stock=self.window.num_allocated, planned_cap=self.window.num_allocated
        )
        promised = self.window.num_allocated
        return ShortfallCase.objects.create(
            window=self.window,
            plan=self.plan,
            short_packs=promised - coming,
            promised_packs=promised,
            coming_packs=coming,
            opened_at=NOW,
            counted_at=NOW,
        )

    def preview(self, case: ShortfallCase, policy: Policy) -> ShortfallPreview:
        return shortfall_preview(case_id=case.pk, policy=policy, at=NOW)

    def decide(self, case: ShortfallCase, policy: Policy, **changes: Any) -> ShortfallDecision:
        """Decide as the preview says now."""
        values: dict[str, Any] = {
            "case_id": case.pk,
            "policy": policy,
            "why": "霜冻，先到先得",
            "key": uuid.uuid4().hex,
            "actor": self.officer,
            "at": NOW,
            **changes,
        }
        if "digest" not in values:
            values["digest"] = self.preview(case, policy).digest
        return shortfall_apply(**values)
