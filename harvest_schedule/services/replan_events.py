"""
What makes a pool worth planning again before the night: from the field, from the stores, from the buyers.

Small differences wait for the nightly plan. Each kind asks once per pool in a while (`quiet`), and what comes within
that while is due at its end, so nothing is lost. A buyer's claim changes no fact that a plan is made from and asks for
none; what it leads to (a lot written off, held or recalled) does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from catalog.partner.models import Phase, StockRecord
from harvest_schedule.models import HarvestReport, PickCall
from harvest_schedule.services.plan_requests import replan_request
from harvest_schedule.states import PickCallStatus, PlanStatus, ReplanReason
from marketplace.cooperatives.models import SupplyPool
from marketplace.foundation.clock import business_date
from marketplace.foundation.outbox import handles
from marketplace.foundation.units import G_PER_KG

#: A weight that came in differs from what was called for when both are exceeded.
RECEIPT_SHARE, RECEIPT_LEAST_G = 0.10, 50 * G_PER_KG
#: A lot that grew or shrank by less than a few boxes.
STOCK_LEAST_G = 20 * G_PER_KG
#: Sales of the open windows differ from an even pace by more than this share of their caps, and this weight.
SALES_SHARE, SALES_LEAST_G = 0.25, 50 * G_PER_KG
#: Before this share of its time a window with few buyers tells nothing yet.
SALES_FROM_SHARE = 0.25
STORES_QUIET = timedelta(minutes=15)
SALES_QUIET = timedelta(hours=20)


@handles("harvest.changed")
def _harvest_changed(*, at: datetime, harvest_id: int, report_id: int | None = None, **_: Any) -> None:
    """A weight that was picked as expected changes little and waits for the nightly plan; anything else asks now."""
    report = HarvestReport.objects.filter(pk=report_id).first() if report_id else None
    if report is not None and not report.shift_days and report.likely_g is None and report.low_g is None:
        return
    pools = SupplyPool.objects.filter(members__cooperative__harvests__pk=harvest_id, produce__harvests__pk=harvest_id)
    replan_request(
        pool_ids=list(pools.values_list("pk", flat=True)),
        reason=ReplanReason.HARVEST,
        key=f"harvest:{harvest_id}:{report_id or at.isoformat()}",
        at=at,
    )


@handles("stock.received")
def _stock_received(
    *, at: datetime, lot_id: int, hub_id: int, produce_id: int, grams: int, pick_call_id: int | None = None, **_: Any
) -> None:
    """What was called for changes nothing; more, or what nobody called for, asks. `sales_check` sees what lacks."""
    beyond_g, asked_g = grams, 0
    if pick_call_id is not None:
        call = PickCall.objects.get(pk=pick_call_id)
        beyond_g, asked_g = call.delivered_g - call.asked_g, call.asked_g
    if beyond_g > max(RECEIPT_LEAST_G, RECEIPT_SHARE * asked_g):
        _ask(hub_id, produce_id, ReplanReason.RECEIPT, f"received:{lot_id}", at)


@handles("stock.changed")
def _stock_changed(*, at: datetime, hub_id: int, produce_id: int, grams: int, movement: str, **_: Any) -> None:
    """Goods written off, counted anew, held back, released or recalled; ``grams`` is what can be sold more or less."""
    if abs(grams) >= STOCK_LEAST_G:
        _ask(hub_id, produce_id, ReplanReason.STOCK, f"stock:{movement}", at)


def _ask(hub_id: int, produce_id: int, reason: ReplanReason, key: str, at: datetime) -> None:
    pools = SupplyPool.objects.filter(hub_id=hub_id, produce_id=produce_id)
    replan_request(pool_ids=list(pools.values_list("pk", flat=True)), reason=reason, key=key, at=at, quiet=STORES_QUIET)


def sales_check(*, at: datetime) -> int:
    """
    Look whether the pools sell at the pace of their plans and got what they called for; beat asks every hour.

    Returns how many pools differ by more than the thresholds; each is asked for once in `SALES_QUIET`.
    """
    differing = [pool_id for pool_id, grams in sales_ahead_g(at).items() if grams]
    hour = f"{at:%Y%m%d%H}"
    replan_request(pool_ids=differing, reason=ReplanReason.SALES, key=f"sales:{hour}", at=at, quiet=SALES_QUIET)
    short = _short_of_calls(at)
    replan_request(pool_ids=short, reason=ReplanReason.RECEIPT, key=f"short:{business_date(at):%Y%m%d}", at=at)
    return len(set(differing) | set(short))


def sales_ahead_g(at: datetime) -> dict[int, int]:
    """
    Grams that each pool's open windows sold more (or less, below zero) than the plan in force expected by now.

    Expected is the cap in proportion to the time the window has been open; zero where the difference is within the
    thresholds. Presales are left out: people buy them when they think of them, at no even pace.
    """
    cap_g: dict[int, int] = defaultdict(int)
    ahead_g: dict[int, float] = defaultdict(float)
    for window in _open_windows(at):
        pool_id = window.product.pool_product.pool_id
        pack_g = window.product.net_weight_g
        share = (at - window.opens_at) / (window.closes_at - window.opens_at)
        ahead = window.num_allocated - window.planned_cap * share
        cap_g[pool_id] += window.planned_cap * pack_g
        ahead_g[pool_id] += pack_g * (ahead if share >= SALES_FROM_SHARE else max(ahead, 0))
    return {
        pool_id: round(grams) if abs(grams) > max(SALES_LEAST_G, SALES_SHARE * cap_g[pool_id]) else 0
        for pool_id, grams in sorted(ahead_g.items())
    }


def _open_windows(at: datetime) -> Iterable[StockRecord]:
    return (
        StockRecord.objects.filter(
            opens_at__lte=at, closes_at__gt=at, plan_windows__plan__status=PlanStatus.PUBLISHED, planned_cap__gt=0
        )
        .exclude(phase=Phase.PRESALE)
        .select_related("product__pool_product")
        .order_by("pk")
    )


def _short_of_calls(at: datetime) -> list[int]:
    """Pools of which yesterday's pick calls brought less than was asked for, beyond the thresholds."""
    yesterday = business_date(at) - timedelta(days=1)
    calls = PickCall.objects.filter(
        pick_on=yesterday, status__in=[PickCallStatus.CALLED, PickCallStatus.ACCEPTED, PickCallStatus.FULFILLED]
    ).select_related("harvest")
    asked_g: dict[int, int] = defaultdict(int)
    came_g: dict[int, int] = defaultdict(int)
    for call in calls:
        asked_g[call.harvest_id] += call.asked_g
        came_g[call.harvest_id] += call.delivered_g
    short = [
        harvest_id
        for harvest_id, grams in asked_g.items()
        if grams - came_g[harvest_id] > max(RECEIPT_LEAST_G, RECEIPT_SHARE * grams)
    ]
    pools = SupplyPool.objects.filter(members__cooperative__harvests__in=short, produce__harvests__in=short)
    return sorted(set(pools.values_list("pk", flat=True)))
