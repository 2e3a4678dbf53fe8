"""Everything a plan of one pool is made from, read at one moment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import Max, Sum

from catalog.partner.models import Phase, StockRecord
from harvest_schedule.demand import THIS_WEEK_UP_TO, beyond_usual, week_factors
from harvest_schedule.models import Harvest, HarvestReport, PlanWindow, SeasonPlan
from harvest_schedule.on_hand import on_hand
from harvest_schedule.planner_io import MIN_RUN, OPENING_HOUR, TRANSIT_DAYS, PoolInput, StillOpen, week_start
from harvest_schedule.selectors.past_harvests import past_harvests
from harvest_schedule.selectors.plan_before import plan_before
from harvest_schedule.selectors.ripening import ripening_news
from harvest_schedule.selectors.store_shares import pool_shares_g
from harvest_schedule.states import HarvestStatus
from marketplace.cooperatives.models import Hub, PoolMember, PoolProduct, SupplyPool
from marketplace.foundation import clock
from marketplace.order.models import Line
from marketplace.order.states import UNDRAWN
from marketplace.shipping.models import FreightTariff


def pool_input_read(*, pool_id: int, at: datetime) -> PoolInput:
    """Read everything a plan of one pool is made from, in a fixed number of statements."""
    before = plan_before(pool_id=pool_id, at=at)
    pool = SupplyPool.objects.select_related("produce", "hub", "seller").get(pk=pool_id)
    products = tuple(PoolProduct.objects.filter(pool=pool).select_related("product__grade").order_by("product_id"))
    members = list(PoolMember.objects.filter(pool=pool).order_by("cooperative_id"))
    today = clock.business_date(at)
    harvests = tuple(
        Harvest.objects.filter(
            produce_id=pool.produce_id,
            cooperative_id__in=[member.cooperative_id for member in members],
            ends_on__gte=today,
            declared_at__lte=at,
            status__in=[HarvestStatus.DECLARED, HarvestStatus.PICKING],
        )
        .select_related("cooperative", "produce")
        .prefetch_related("grade_mix")
        .order_by("starts_on", "pk")
    )
    picked = (
        HarvestReport.objects.filter(harvest__in=harvests, picked_g__isnull=False)
        .values("harvest_id")
        .annotate(grams=Sum("picked_g"))
    )
    product_ids = [item.product_id for item in products]
    open_lines = Line.objects.filter(product_id__in=product_ids, status__in=UNDRAWN).select_related("product")
    return PoolInput(
        pool=pool,
        products=products,
        harvests=harvests,
        picked_g={row["harvest_id"]: row["grams"] for row in picked},
        on_hand=tuple(on_hand(pool.hub_id, pool.produce_id, at)),
        open_lines=tuple(open_lines.order_by("pk")),
        floors={member.cooperative_id: member.floor_fen_per_kg for member in members},
        listed_weeks=MIN_RUN if _was_listed(pool_id, today) else 0,
        past=past_harvests(pool.produce_id, at),
        num_pools_at_hub=SupplyPool.objects.filter(hub_id=pool.hub_id).count(),
        before=before,
        shares_g=pool_shares_g(pool, week_start(today)),
        ripening=ripening_news(harvests, at),
        transit_days=_transit_days(pool.hub),
        still_open=_still_open(pool, products, at),
    )


def _transit_days(hub: Hub) -> int:
    """Days on the road at worst, to the farthest province that is served from the hub's."""
    served = FreightTariff.objects.filter(origin_id=hub.region_id[:2] + "0000", is_served=True)
    worst = served.aggregate(days=Max("transit_days_max"))["days"]
    return TRANSIT_DAYS if worst is None else worst


def _still_open(pool: SupplyPool, products: Sequence[PoolProduct], at: datetime) -> tuple[StillOpen, ...]:
    """
    The windows that close when this week's open, with what they may still sell until then.

    They stay on sale, but not with all that is left in them: beyond what buyers may take in the hours that are left,
    it is for the new week's windows.
    """
    monday = week_start(clock.business_date(at))
    opening = clock.shanghai(monday, OPENING_HOUR)
    if at >= opening:
        return ()
    demand, _price = week_factors(pool.produce, monday - timedelta(weeks=1))
    of_product = {item.product_id: item for item in products}
    windows = StockRecord.objects.filter(
        product_id__in=list(of_product), opens_at__lte=at, closes_at__gt=at, closes_at__lte=opening
    )
    found = []
    for window in windows.order_by("pk"):
        item = of_product[window.product_id]
        usual = item.weekly_demand_packs * demand * ((opening - at) / timedelta(weeks=1))
        packs = min(window.num_left, math.ceil(usual * (1 + beyond_usual(THIS_WEEK_UP_TO))))
        if packs > 0:
            found.append(
                StillOpen(
                    key=window.partner_sku,
                    grade_id=item.product.grade_id or 0,
                    packs=packs,
                    net_weight_g=item.product.net_weight_g,
                    ships_from=window.ships_from,
                    ships_by=window.ships_by,
                )
            )
    return tuple(found)


def _was_listed(pool_id: int, today: date) -> bool:
    """Whether the plan in force last week had the pool on sale in its last hour; planning again does not change it."""
    opening = clock.shanghai(week_start(today), OPENING_HOUR)
    last = (
        SeasonPlan.objects.filter(pool_id=pool_id, starts_on__lt=week_start(today), published_at__isnull=False)
        .order_by("-published_at")
        .first()
    )
    if last is None:
        return False
    spot = PlanWindow.objects.filter(plan=last, planned_cap__gt=0).exclude(phase=Phase.PRESALE)
    return spot.filter(opens_at__lt=opening, closes_at__gte=opening).exists()
