"""
Talking to the provider about an order's payment, and what follows from its answers (payments.md).

Every function that asks does so outside any transaction, with the stored key and parameters; every function that
acts does so under the order's lock, once, and only on the provider's word. The browser's return is never believed.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from marketplace.checkout.services.packs import PacksGone, packs_take
from marketplace.checkout.services.refunds import refund_request
from marketplace.checkout.services.releasing import order_release_locked
from marketplace.foundation.outbox import outbox_put
from marketplace.foundation.transitions import move
from marketplace.foundation.units import fen_to_yuan
from marketplace.ledger.services import ledger_book
from marketplace.order.models import Line, Order
from marketplace.order.processing import lines_move, order_move
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.payment.accounts import PROVIDER, held_for_order
from marketplace.payment.models import (
    ATTEMPT_MOVES,
    AttemptStatus,
    PaymentAnomaly,
    PaymentAttempt,
    Refund,
    Source,
    SourceType,
)
from marketplace.payment.port import (
    CURRENCY,
    KeyReused,
    PaymentPort,
    PaymentRefused,
    PaymentState,
    PaymentStatus,
    PaymentUnavailable,
)

logger = logging.getLogger(__name__)


class PaymentPending(Exception):
    """The provider has not answered yet. Nothing is known to be wrong; the same key is tried again."""


def payment_start(*, attempt_id: int, port: PaymentPort, at: datetime) -> PaymentAttempt:
    """
    Open the provider's page for an attempt, or return the one that is open. Where the provider refuses, the attempt
    is returned EXPIRED and its order is released.

    Raises
    ------
    PaymentPending
        If the provider gave no answer; the attempt stays UNKNOWN and is asked about again.
    """
    attempt = PaymentAttempt.objects.get(pk=attempt_id)
    if attempt.status != AttemptStatus.UNKNOWN:
        return attempt
    try:
        redirect = port.start(attempt.params, attempt.key)
    except PaymentUnavailable as error:
        PaymentAttempt.objects.filter(pk=attempt.pk).update(asked_at=at)
        raise PaymentPending from error
    except KeyReused as error:
        anomaly_record(attempt.order, "key-reused", {"attempt": attempt.key, "message": str(error)}, at)
        raise PaymentPending from error
    except PaymentRefused as error:
        # Said of a key that was never used: no session exists, so none can be paid. Late replays are refused because
        # the stored expiry has come too near; a refusal of a fresh attempt is something for staff.
        if at < attempt.created_at + timedelta(minutes=1):
            anomaly_record(attempt.order, "start-refused", {"attempt": attempt.key, "message": str(error)}, at)
        _attempt_closed(attempt.pk, at)
        return PaymentAttempt.objects.get(pk=attempt_id)
    with transaction.atomic():
        locked = PaymentAttempt.objects.select_for_update().get(pk=attempt_id)
        if locked.status == AttemptStatus.UNKNOWN:
            move(
                locked,
                AttemptStatus.OPEN,
                moves=ATTEMPT_MOVES,
                at=at,
                session_id=redirect.session_id,
                url=redirect.url,
                asked_at=at,
            )
        return locked


def payment_ask(*, attempt_id: int, port: PaymentPort, at: datetime) -> PaymentAttempt:
    """Ask the provider about an attempt and act on the answer. Raises PaymentPending when there is none."""
    attempt = PaymentAttempt.objects.get(pk=attempt_id)
    if attempt.status == AttemptStatus.UNKNOWN:
        attempt = payment_start(attempt_id=attempt_id, port=port, at=at)
    if not attempt.session_id:
        return attempt
    try:
        status = port.status(attempt.session_id)
    except PaymentUnavailable as error:
        PaymentAttempt.objects.filter(pk=attempt.pk).update(asked_at=at)
        raise PaymentPending from error
    return payment_apply(attempt_id=attempt_id, status=status, at=at)


def payment_apply(*, attempt_id: int, status: PaymentStatus, at: datetime) -> PaymentAttempt:
    """Act on what the provider holds of a session: pay the order, release it, or leave it. Safe to repeat."""
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update(of=("self",)).get(payment_attempts__pk=attempt_id)
        attempt = PaymentAttempt.objects.select_for_update().get(pk=attempt_id)
        PaymentAttempt.objects.filter(pk=attempt_id).update(asked_at=at)
        if status.state == PaymentState.PAID and attempt.status != AttemptStatus.PAID:
            wrong = _mismatch(order, attempt, status)
            if wrong:
                anomaly_record(order, "amount-or-reference", {"session": status.session_id, "wrong": wrong}, at)
                return attempt
            attempt = move(
                attempt,
                AttemptStatus.PAID,
                moves=ATTEMPT_MOVES,
                at=at,
                payment_reference=status.payment_intent_id,
                charge_reference=status.charge_id,
                closed_at=at,
            )
            _order_paid(order, attempt, at)
        elif status.state == PaymentState.EXPIRED and attempt.status in (AttemptStatus.OPEN, AttemptStatus.UNKNOWN):
            attempt = move(attempt, AttemptStatus.EXPIRED, moves=ATTEMPT_MOVES, at=at, closed_at=at)
            if order.status == OrderStatus.AWAITING_PAYMENT:
                order_release_locked(order, at=at, reason="payment can no longer be made")
        return attempt


def _mismatch(order: Order, attempt: PaymentAttempt, status: PaymentStatus) -> dict[str, Any]:
    expected = {
        "amount_fen": attempt.amount_fen,
        "currency": CURRENCY,
        "livemode": not settings.STRIPE_SECRET_KEY.startswith("sk_test"),
        "reference": order.number,
    }
    return {name: getattr(status, name) for name, value in expected.items() if getattr(status, name) != value}


def _order_paid(order: Order, attempt: PaymentAttempt, at: datetime) -> None:
    ledger_book(
        key=f"paid:{attempt.key}",
        purpose="PAID",
        reference=order.number,
        legs={PROVIDER: attempt.amount_fen, held_for_order(order.number): -attempt.amount_fen},
        at=at,
    )
    _keep_oscars_source(order, attempt)
    if order.status == OrderStatus.AWAITING_PAYMENT:
        lines_move(order.lines.all(), LineStatus.PAID, at=at)
        order_move(order, OrderStatus.PAID, at=at, paid_at=at, hold_until=None)
    elif order.status == OrderStatus.RELEASED:
        _paid_after_release(order, attempt, at)
        return
    else:
        anomaly_record(order, "paid-twice", {"attempt": attempt.key, "status": order.status}, at)
        return
    outbox_put(topic="mail.order_paid", key=f"mail.order_paid:{order.number}", payload={"order_id": order.pk}, at=at)


def _paid_after_release(order: Order, attempt: PaymentAttempt, at: datetime) -> None:
    """Money came for packs that were given back: take them again under the same lock, else send it all back."""
    lines = list(order.lines.order_by("pk"))
    packs = _packs(lines)
    try:
        with transaction.atomic():
            packs_take(packs, at=None)
    except PacksGone:
        lines_move(lines, LineStatus.CANCELLED, at=at, reason="paid after release, sold out")
        order_move(order, OrderStatus.CANCELLED, at=at, paid_at=at, closed_at=at, reason="paid after release, sold out")
        refund_request(
            order_id=order.pk,
            amount_fen=attempt.amount_fen,
            purpose=Refund.Purpose.LATE_PAYMENT,
            key=f"late-{attempt.key}",
            at=at,
        )
        outbox_put(
            topic="mail.late_payment_refunded",
            key=f"mail.late_payment:{order.number}",
            payload={"order_id": order.pk},
            at=at,
        )
        return
    for line in lines:
        Line.objects.filter(pk=line.pk).update(num_allocated=line.quantity)
    lines_move(lines, LineStatus.PAID, at=at, reason="paid after release, packs taken again")
    order_move(order, OrderStatus.PAID, at=at, paid_at=at, hold_until=None, reason="paid after release")
    outbox_put(topic="mail.order_paid", key=f"mail.order_paid:{order.number}", payload={"order_id": order.pk}, at=at)


def _packs(lines: list[Any]) -> dict[int, int]:
    packs: dict[int, int] = {}
    for line in lines:
        packs[line.stockrecord_id] = packs.get(line.stockrecord_id, 0) + line.quantity
    return packs


def _keep_oscars_source(order: Order, attempt: PaymentAttempt) -> None:
    """Oscar's own screens read these rows; the ledger is the truth."""
    source_type, _ = SourceType.objects.get_or_create(code="provider", defaults={"name": "Provider"})
    amount = fen_to_yuan(attempt.amount_fen)
    source = Source.objects.create(
        order=order,
        source_type=source_type,
        currency="CNY",
        amount_allocated=amount,
        amount_debited=amount,
        reference=attempt.session_id,
    )
    source.transactions.create(txn_type="Debit", amount=amount, reference=attempt.payment_reference, status="paid")


def _attempt_closed(attempt_id: int, at: datetime) -> None:
    """The provider refused to open a session, so there is none that could be paid: release."""
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update(of=("self",)).get(payment_attempts__pk=attempt_id)
        attempt = PaymentAttempt.objects.select_for_update().get(pk=attempt_id)
        if attempt.status != AttemptStatus.UNKNOWN:
            return
        move(attempt, AttemptStatus.EXPIRED, moves=ATTEMPT_MOVES, at=at, closed_at=at)
        if order.status == OrderStatus.AWAITING_PAYMENT:
            order_release_locked(order, at=at, reason="the provider refused to take the payment")


def hold_end(*, order_id: int, port: PaymentPort, at: datetime) -> Order:
    """
    End an unpaid order's hold: see to it that it can no longer be paid, then release; if it was paid meanwhile, pay it.

    An attempt whose creation got no answer is settled by replaying its stored key, which returns the session or makes
    it, and then expiring that. Without an answer the hold is kept and PaymentPending raised: ask again later.
    """
    attempt = PaymentAttempt.objects.filter(order_id=order_id).order_by("-pk").first()
    if attempt is None:
        return Order.objects.get(pk=order_id)
    if attempt.status == AttemptStatus.UNKNOWN:
        try:
            attempt = payment_start(attempt_id=attempt.pk, port=port, at=at)
        except PaymentPending:
            attempt = _attempt_found(attempt, port, at)
    if attempt.status == AttemptStatus.OPEN:
        try:
            status = port.expire(attempt.session_id)
        except (PaymentUnavailable, PaymentRefused) as error:
            PaymentAttempt.objects.filter(pk=attempt.pk).update(asked_at=at)
            raise PaymentPending from error
        payment_apply(attempt_id=attempt.pk, status=status, at=at)
    return Order.objects.get(pk=order_id)


def _attempt_found(attempt: PaymentAttempt, port: PaymentPort, at: datetime) -> PaymentAttempt:
    """
    Look among the provider's sessions for one that our key may have opened: a provider keeps an answer 500 under the
    key, so that replaying it never tells more. None there means that there is nothing to be paid.
    """
    try:
        found = port.find(
            attempt.order.number,
            created_from=attempt.created_at - timedelta(minutes=5),
            created_to=attempt.created_at + timedelta(hours=24),
        )
    except (PaymentUnavailable, PaymentRefused) as error:
        raise PaymentPending from error
    if found is None:
        _attempt_closed(attempt.pk, at)
        return PaymentAttempt.objects.get(pk=attempt.pk)
    with transaction.atomic():
        return move(
            attempt,
            AttemptStatus.OPEN,
            moves=ATTEMPT_MOVES,
            at=at,
            session_id=found.session_id,
            url=found.url,
            asked_at=at,
        )


def holds_sweep(*, port: PaymentPort, at: datetime, limit: int = 100) -> int:
    """End every lapsed hold; returns how many orders were settled one way or the other."""
    lapsed = Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT, hold_until__lte=at).order_by("hold_until", "pk")
    settled = 0
    for order_id in list(lapsed.values_list("pk", flat=True)[:limit]):
        try:
            order = hold_end(order_id=order_id, port=port, at=at)
        except PaymentPending:
            logger.warning("hold of order %s kept: no answer from the provider", order_id)
            continue
        settled += order.status != OrderStatus.AWAITING_PAYMENT
    return settled


def payments_sweep(*, port: PaymentPort, at: datetime, limit: int = 100) -> int:
    """Ask about every attempt that has been open or unknown for longer than the setting says."""
    since = at - timedelta(seconds=settings.PAYMENT_SWEEP_AFTER_S)
    waiting = (
        PaymentAttempt.objects.filter(status__in=[AttemptStatus.UNKNOWN, AttemptStatus.OPEN], created_at__lte=since)
        .exclude(asked_at__gt=since)
        .order_by("created_at", "pk")
    )
    asked = 0
    for attempt_id in list(waiting.values_list("pk", flat=True)[:limit]):
        try:
            payment_ask(attempt_id=attempt_id, port=port, at=at)
            asked += 1
        except PaymentPending:
            logger.warning("attempt %s: no answer from the provider", attempt_id)
    return asked


def anomaly_record(order: Order | None, what: str, detail: dict[str, Any], at: datetime) -> None:
    """Write down once what a person must look at."""
    subject = order.number if order else detail.get("object", "unknown")
    PaymentAnomaly.objects.get_or_create(
        key=f"{what}:{subject}"[:160], defaults={"order": order, "what": what, "detail": detail, "at": at}
    )
