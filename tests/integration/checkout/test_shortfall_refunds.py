"""Refunds of a decided shortfall, on the real sandbox: bought, paid, short, and paid back once."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from catalog.partner.models import Phase, StockRecord
from harvest_schedule.models import ShortfallCase, ShortfallDecision, ShortfallPart
from harvest_schedule.planner.shortfall.policy import Policy
from harvest_schedule.planner.shortfall.problem import LATER
from harvest_schedule.selectors.shortfalls import shortfall_preview
from harvest_schedule.services.shortfall_answers import part_answer
from harvest_schedule.services.shortfall_deciding import shortfall_apply
from marketplace.checkout.services.paying import payment_ask, payment_start
from marketplace.checkout.services.refunds import refunds_sweep
from marketplace.ledger.services import account_balance_fen
from marketplace.order.models import Order
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.payment.accounts import PROVIDER, held_for_order
from marketplace.payment.models import Refund, RefundStatus
from marketplace.payment.sandbox.control_client import SandboxControl
from marketplace.payment.stripe_adapter import StripePort
from marketplace.settlement.books.check import books_check
from marketplace.settlement.books.every import CHECKS
from tests.factories import NOW, TODAY, WindowFactory, product_on_sale
from tests.factories.harvests import SeasonPlanFactory, UserFactory
from tests.factories.shopping import basket_of, hangzhou, place
from tests.payment_sandbox import SECRET_KEY, WEBHOOK_SECRET

pytestmark = pytest.mark.django_db

SOON = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _the_sandbox_s_keys(settings: object) -> None:
    settings.STRIPE_SECRET_KEY = SECRET_KEY  # type: ignore[attr-defined]
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET  # type: ignore[attr-defined]


@pytest.fixture
def window() -> StockRecord:
    return product_on_sale(
        phase=Phase.PRESALE, ships_from=TODAY + timedelta(days=6), ships_by=TODAY + timedelta(days=12)
    )


def bought(window: StockRecord, packs: int, port: StripePort, control: SandboxControl) -> Order:
    """Return an order that a shopper placed and paid at the provider."""
    order = place(basket_of((window, packs)), hangzhou(window), port)
    attempt = payment_start(attempt_id=order.payment_attempts.get().pk, port=port, at=NOW)
    control.pay(attempt.session_id, method="alipay", at=NOW, quiet=True)
    payment_ask(attempt_id=attempt.pk, port=port, at=NOW)
    return Order.objects.get(pk=order.pk)


def decided(window: StockRecord, coming: int, policy: Policy) -> ShortfallDecision:
    """Decide that so many packs of the window come."""
    window.refresh_from_db()
    StockRecord.objects.filter(pk=window.pk).update(num_in_stock=window.num_allocated)
    case = ShortfallCase.objects.create(
        window=window,
        plan=SeasonPlanFactory(pool=window.product.pool_product.pool),
        short_packs=window.num_allocated - coming,
        promised_packs=window.num_allocated,
        coming_packs=coming,
        opened_at=NOW,
    )
    return shortfall_apply(
        case_id=case.pk,
        policy=policy,
        digest=shortfall_preview(case_id=case.pk, policy=policy, at=NOW).digest,
        why="hail",
        key=uuid.uuid4().hex,
        actor=UserFactory(is_staff=True),
        at=NOW,
    )


def gone_back_fen(order: Order, port: StripePort) -> list[int]:
    """What the provider says it has sent back."""
    return sorted(refund.amount_fen for refund in port.refunds_of(order.payment_attempts.get().payment_reference))


def assert_books_agree() -> None:
    assert [finding.check.key for finding in books_check(CHECKS) if finding.num_breaches] == []


def test_packs_that_do_not_come_are_paid_back_by_the_provider_once(
    window: StockRecord, port: StripePort, control: SandboxControl
) -> None:
    first, second = (bought(window, packs, port, control) for packs in (3, 4))
    taken_fen = first.total_fen + second.total_fen

    decision = decided(window, 5, Policy())
    assert [refunds_sweep(port=port, at=SOON), refunds_sweep(port=port, at=SOON)] == [1, 0]

    cancelled = second.lines.get(status=LineStatus.CANCELLED)
    # Two of four boxes, with half of the freight.
    assert decision.refund_fen == 2 * 3980 + second.freight_fen // 2 == cancelled.refunded_fen
    assert (gone_back_fen(first, port), gone_back_fen(second, port)) == ([], [decision.refund_fen])
    assert account_balance_fen(PROVIDER) == taken_fen - decision.refund_fen
    assert_books_agree()


def test_an_answer_that_is_lost_pays_nobody_back_twice(
    window: StockRecord, port: StripePort, control: SandboxControl
) -> None:
    order = bought(window, 4, port, control)
    decided(window, 1, Policy())
    control.order_fault("lost_answer", path="/v1/refunds", times=1)

    first = refunds_sweep(port=port, at=SOON)
    second = refunds_sweep(port=port, at=SOON + timedelta(minutes=1))

    assert (first, second) == (0, 1)
    assert gone_back_fen(order, port) == [Refund.objects.get(status=RefundStatus.SUCCEEDED).amount_fen]
    assert_books_agree()


def test_a_difference_and_then_all_the_rest_make_what_was_paid(
    window: StockRecord, port: StripePort, control: SandboxControl
) -> None:
    WindowFactory(
        product=window.product,
        partner=window.partner,
        price="35.00",
        ships_from=TODAY + timedelta(days=20),
        ships_by=TODAY + timedelta(days=26),
    )
    order = bought(window, 4, port, control)
    decided(window, 0, Policy(unserved=(LATER,)))
    refunds_sweep(port=port, at=SOON)
    assert gone_back_fen(order, port) == [4 * 480]

    part_answer(token=ShortfallPart.objects.get().token, accept=False, at=NOW + timedelta(days=2))
    refunds_sweep(port=port, at=NOW + timedelta(days=2, minutes=5))

    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert gone_back_fen(order, port) == [4 * 480, order.total_fen - 4 * 480]
    assert (account_balance_fen(PROVIDER), account_balance_fen(held_for_order(order.number))) == (0, 0)
    assert_books_agree()
