"""The demo's history: the real services on the real sandbox; same seed, same history; its books agree."""

import hashlib
import os
import random
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import transaction

from catalog.partner.models import Phase, StockRecord
from catalog.services.produce_load import produce_load
from harvest_schedule.models import SeasonPlan
from logistics.models import Lot, Shipment
from marketplace.demo import cast_load as cast_module
from marketplace.demo.cast import POOLS
from marketplace.demo.cast_load import cast_load
from marketplace.demo.declarations import Declarations
from marketplace.demo.season import History, season_simulate
from marketplace.foundation.clock import shanghai
from marketplace.foundation.outbox import outbox_without_worker
from marketplace.order.models import Line, Order
from marketplace.order.states import OrderStatus
from marketplace.payment.sandbox.control_client import SandboxControl
from marketplace.settlement.models import SettlementShare
from tests.payment_sandbox import SECRET_KEY, WEBHOOK_SECRET, SandboxProcess

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 11, 2), date(2026, 11, 11)
#: Oranges of three villages, apples in store, millet and tea: every phase and both kinds of seller.
CAST = ("zigui-navel-orange", "jingning-apple", "mizhi-millet", "meitan-cuiya-tea")


@pytest.fixture(scope="module")
def running_sandbox() -> Iterator[SandboxProcess]:
    sandbox = SandboxProcess(os.environ["DATABASE_URL"], f"test_season_{os.getpid()}")
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.stop()


@pytest.fixture
def live(running_sandbox, settings, monkeypatch):
    """Live the ten days with a seed, on a sandbox that has forgotten everything."""
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = SECRET_KEY, WEBHOOK_SECRET
    settings.STRIPE_API_BASE = running_sandbox.base_url
    monkeypatch.setattr(cast_module, "POOLS", [pool for pool in POOLS if pool.produce in CAST])

    def run(seed: int) -> History:
        control = SandboxControl(running_sandbox.base_url, SECRET_KEY)
        control.reset()
        control.close()
        at = shanghai(FIRST, 5)
        with outbox_without_worker():
            produce_load(at=at)
            cast_load(seed=seed, at=at)
            Declarations(first=FIRST, last=LAST, chance=random.Random(seed)).declare_all()
        return season_simulate(first=FIRST, last=LAST, seed=seed)

    return run


def digest() -> str:
    """Everything that happened, without the database's own numbers."""
    facts = [
        *Order.objects.order_by("number").values_list("number", "status", "total_fen", "date_placed", "paid_at"),
        *Line.objects.order_by("order__number", "partner_sku").values_list("partner_sku", "quantity", "status"),
        *Lot.objects.order_by("number").values_list("number", "received_g", "picked_on", "received_at"),
        *Shipment.objects.order_by("number").values_list("number", "tracking_number", "delivered_at"),
        *SettlementShare.objects.order_by("settlement__line__order__number", "purpose", "amount_fen").values_list(
            "purpose", "amount_fen"
        ),
        *SeasonPlan.objects.order_by("created_at", "pool__code").values_list("objective_fen", "status"),
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()


@pytest.fixture
def told(live):
    """The history of a seed, told as a digest, on rows that are gone afterwards."""

    def tell(seed: int) -> str:
        before = transaction.savepoint()
        live(seed)
        said = digest()
        transaction.savepoint_rollback(before)
        return said

    return tell


def test_a_history_lives_through_every_stage_and_its_books_agree(live):
    history = live(7)

    assert history.days == 10
    assert history.orders >= 5
    assert history.paid > 0
    assert history.lots > 0
    assert history.shipments > 0
    assert Order.objects.filter(status=OrderStatus.SETTLED).exists()
    # a plan of the morning after is in force for every pool, and what it offers is on sale
    after = shanghai(LAST + timedelta(days=1), 12)
    open_now = StockRecord.objects.open_at(after).with_packs_left()
    assert set(open_now.values_list("phase", flat=True)) >= {Phase.FRESH, Phase.STORED}
    call_command("check_books")


def test_the_same_seed_makes_the_same_history_and_another_seed_another(told):
    first, second, other = told(7), told(7), told(8)

    assert first == second
    assert other != first
