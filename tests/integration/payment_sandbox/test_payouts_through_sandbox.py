"""Payouts through the real adapter: what the provider says is what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from marketplace.foundation.clock import shanghai
from marketplace.payment.port import PaymentStatus
from marketplace.payment.sandbox.control_client import SandboxControl
from marketplace.payment.stripe_adapter import StripePort
from marketplace.settlement.models import Payout, PayoutStatus
from marketplace.settlement.payouts import account_of, owed_fen, payouts_make, payouts_send
from marketplace.settlement.services import settlements_run
from tests.factories.orders import Market

pytestmark = pytest.mark.django_db

TUESDAY = shanghai(date(2026, 12, 1), 10)
FRIDAY = TUESDAY + timedelta(days=3)


@pytest.fixture
def cooperative_id() -> int:
    """Return a cooperative that is owed 34.42 yuan."""
    market = Market()
    market.delivered(1)
    settlements_run(at=TUESDAY - timedelta(days=1))
    return market.harvests[0].cooperative_id


def test_a_payout_reaches_the_cooperatives_account(
    cooperative_id: int, port: StripePort, control: SandboxControl, paid: Callable[..., PaymentStatus]
) -> None:
    paid("FL-7K3M-9QXD", amount_fen=4780)

    run = settlements_run(at=TUESDAY, port=port)

    assert (run.num_payouts, run.num_sent) == (1, 1)
    payout = Payout.objects.get()
    assert payout.provider_reference.startswith("tr_")
    assert control.change_account(account_of(cooperative_id)) == payout.amount_fen == 3442
    assert owed_fen(cooperative_id) == 0


def test_a_disabled_account_leaves_the_debt_open_until_it_is_mended(
    cooperative_id: int, port: StripePort, control: SandboxControl, paid: Callable[..., PaymentStatus]
) -> None:
    paid("FL-7K3M-9QXD", amount_fen=4780)
    control.change_account(account_of(cooperative_id), state="disabled")
    assert settlements_run(at=TUESDAY, port=port).num_sent == 0
    payout = Payout.objects.get()
    assert (payout.status, payout.refusal) == (PayoutStatus.FAILED, "account_invalid")
    assert owed_fen(cooperative_id) == 3442

    control.change_account(account_of(cooperative_id), state="enabled")
    assert len(payouts_make(at=FRIDAY)) == 1
    assert payouts_send(port=port, at=FRIDAY) == 1

    assert control.change_account(account_of(cooperative_id)) == 3442
    assert owed_fen(cooperative_id) == 0


def test_a_balance_that_does_not_reach_is_refused_and_named(cooperative_id: int, port: StripePort) -> None:
    settlements_run(at=TUESDAY, port=port)

    payout = Payout.objects.get()
    assert (payout.status, payout.refusal) == (PayoutStatus.FAILED, "balance_insufficient")
    assert owed_fen(cooperative_id) == 3442


def test_an_answer_lost_after_the_effect_pays_once(
    cooperative_id: int, port: StripePort, control: SandboxControl, paid: Callable[..., PaymentStatus]
) -> None:
    paid("FL-7K3M-9QXD", amount_fen=4780)
    control.order_fault("lost_answer", path="/v1/transfers", times=1)
    assert settlements_run(at=TUESDAY, port=port).num_sent == 0
    assert Payout.objects.get().status == PayoutStatus.REQUESTED

    assert payouts_send(port=port, at=TUESDAY + timedelta(hours=1)) == 1

    assert control.change_account(account_of(cooperative_id)) == 3442
    assert owed_fen(cooperative_id) == 0
