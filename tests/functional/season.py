"""One pool of the demo's cast, brought on sale by the real services: declared, planned, open since Monday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from unittest import mock

from catalog.models import Grade
from catalog.partner.models import Phase, StockRecord
from catalog.services.produce_load import produce_load
from harvest_schedule.services.harvests import harvest_declare
from harvest_schedule.services.plans import plan_season
from marketplace.cms.demo_pages import pages_load
from marketplace.cooperatives.models import SupplyPool
from marketplace.demo import cast_load
from marketplace.demo.cast import Pack, PoolCast
from marketplace.foundation.clock import shanghai
from marketplace.foundation.outbox import outbox_without_worker
from marketplace.foundation.units import G_PER_KG
from tests.factories import TODAY

PRODUCE = "zigui-navel-orange"
CAST = (PoolCast(PRODUCE, 2, (Pack(1, 2500, 3980, 26), Pack(2, 5000, 6200, 12))),)
#: The plan of the week is made before its windows open on Monday.
PLANNED_AT = shanghai(TODAY - timedelta(days=TODAY.weekday()), 5)


@dataclass(frozen=True)
class Season:
    """What is on sale."""

    pool: SupplyPool
    fresh: StockRecord
    presale: StockRecord

    @property
    def product_path(self) -> str:
        return f"/products/{self.fresh.product.slug}/"


def season_of_zigui() -> Season:
    """Load all produce, one pool with its people, two harvests and a plan."""
    with outbox_without_worker():
        produce_load(at=PLANNED_AT)
        with mock.patch.object(cast_load, "POOLS", CAST):
            cast_load.cast_load(seed=1, at=PLANNED_AT)
        pages_load()
        pool = SupplyPool.objects.get(code=PRODUCE)
        grades = Grade.objects.filter(produce=pool.produce).order_by("rank")
        first, second = grades[0], grades[1]
        for member in pool.members.order_by("pk"):
            harvest_declare(
                cooperative_id=member.cooperative_id,
                produce_id=pool.produce_id,
                starts_on=TODAY - timedelta(days=8),
                ends_on=TODAY + timedelta(days=60),
                low_g=7_000 * G_PER_KG,
                likely_g=9_000 * G_PER_KG,
                high_g=11_000 * G_PER_KG,
                grade_shares={first.pk: 650, second.pk: 350},
                area_mu=40,
                key=f"declared-{member.pk}",
                actor=None,
                at=PLANNED_AT - timedelta(days=10),
            )
        plan_season(pool_id=pool.pk, at=PLANNED_AT)
    product_id = pool.pool_products.get(base_price_fen=3980).product_id
    windows = StockRecord.objects.filter(product_id=product_id, num_in_stock__gt=0).order_by("opens_at", "pk")
    open_now = windows.open_at(shanghai(TODAY, 10))
    return Season(
        pool=pool,
        fresh=open_now.filter(phase=Phase.FRESH)[0],
        presale=open_now.filter(phase=Phase.PRESALE)[0],
    )
