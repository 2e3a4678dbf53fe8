"""
Making history: the real services, day by day, with the clock passed in. Same seed, same history.

A day has this order: plans on every third Monday (and on Sundays where the field has spoken), calls at six,
answers at seven, deliveries, claims answered at ten, fruit received and parcels sent in the afternoon for the orders
of the days before, shopping from nine to eleven at night, money settled before midnight. On the morning after the last
day the hubs have asked and nobody has answered yet: that is where whoever tries the demo comes in.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import connection

from harvest_schedule.services.plans import plans_run
from harvest_schedule.services.replanning import requested_plans_run
from harvest_schedule.services.ticking import windows_tick
from marketplace.checkout.services.paying import holds_sweep
from marketplace.checkout.services.refunds import refund_send
from marketplace.demo.buyers import Buyers, port_at
from marketplace.demo.drafts import draft_leave
from marketplace.demo.field import Field
from marketplace.foundation.clock import shanghai
from marketplace.foundation.outbox import outbox_sweep, outbox_without_worker
from marketplace.payment.models import Refund, RefundStatus
from marketplace.payment.sandbox.control_client import SandboxControl
from marketplace.settlement.services import settlements_run


@dataclass
class History:
    """What a simulated stretch of days has seen."""

    days: int = 0
    plans: int = 0
    orders: int = 0
    paid: int = 0
    cancelled: int = 0
    lots: int = 0
    shipments: int = 0
    claims: int = 0


def season_simulate(
    *, first: date, last: date, seed: int, progress: Callable[[date, History], None] | None = None
) -> History:
    """
    Live every day from first to last. Harvests and cast must be there; the payment sandbox must be running.

    Plans are made on the first day, on every third Monday, and on the morning after the last day, so that the site
    opens with a plan of today. One pool's draft waits there for an officer.
    """
    chance = random.Random(seed)  # noqa: S311  (a made-up history, nothing secret)
    control = SandboxControl(settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY)
    buyers, field = Buyers(chance=chance, control=control), Field(chance=chance)
    history = History()
    with connection.cursor() as cursor:
        # History can be made again; a power cut in the middle may cost its last moments.
        cursor.execute("SET synchronous_commit = off")
    with outbox_without_worker():
        day = first
        while day <= last:
            _live(day, day == first, buyers, field, history)
            history.days += 1
            history.orders, history.paid, history.cancelled = buyers.num_orders, buyers.num_paid, buyers.num_cancelled
            history.lots, history.shipments, history.claims = field.num_lots, field.num_shipments, field.num_claims
            if progress is not None:
                progress(day, history)
            day += timedelta(days=1)
        history.plans += len(plans_run(at=shanghai(day, 5)))
        windows_tick(at=shanghai(day, 5))
        field.call(day, is_answered=False)
        history.plans += draft_leave(at=shanghai(day, 6, 30)) is not None
        outbox_sweep(at=shanghai(day, 5), limit=100_000)
    return history


def _live(day: date, is_first: bool, buyers: Buyers, field: Field, history: History) -> None:
    if is_first:
        outbox_sweep(at=shanghai(day, 5), limit=10_000)
    if is_first or (day.weekday() == 0 and day.isocalendar().week % 3 == 0):
        history.plans += len(plans_run(at=shanghai(day, 5)))
    windows_tick(at=shanghai(day, 8))
    field.call(day)
    field.deliver(day)
    field.answer_claims(day)
    field.pick_and_receive(day)
    field.pack_and_send(day)
    buyers.shop(day)
    if day.weekday() == 6:
        field.report_changes(day)
        field.clear_shelves(day)
    night = shanghai(day, 23, 55)
    holds_sweep(port=port_at(night), at=night)
    for refund in Refund.objects.filter(status=RefundStatus.REQUESTED).order_by("pk"):
        refund_send(refund_id=refund.pk, port=port_at(night), at=night)
    settlements_run(at=night, limit=10_000, port=port_at(night))
    outbox_sweep(at=night, limit=10_000)
    if day.weekday() == 6:
        history.plans += requested_plans_run(at=night, limit=100)
