"""
Money back to a buyer: a row with its key and its bound under lock first, the call second, the books at success.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from marketplace.foundation.outbox import handles, outbox_put
from marketplace.foundation.transitions import move
from marketplace.foundation.units import fen_to_yuan
from marketplace.ledger.services import ledger_book
from marketplace.order.models import Line, Order
from marketplace.order.states import LineStatus
from marketplace.payment.accounts import PROVIDER, held_for_order
from marketplace.payment.models import (
    REFUND_MOVES,
    AttemptStatus,
    PaymentAnomaly,
    PaymentAttempt,
    Refund,
    RefundStatus,
    Source,
)
from marketplace.payment.port import PaymentPort, PaymentRefused, PaymentUnavailable, RefundRequest, RefundState
from marketplace.payment.stripe_adapter import get_port

logger = logging.getLogger(__name__)


class RefundTooLarge(Exception):
    """More than is left of the payment, or of the line. Carries what is left, in fen."""

    def __init__(self, wanted_fen: int, left_fen: int) -> None:
        self.wanted_fen = wanted_fen
        self.left_fen = left_fen
        super().__init__(f"{wanted_fen} fen wanted, {left_fen} left")


class AlreadySettled(Exception):
    """The money of the line, or of the order, has been split: what goes back now is a matter between people."""


class NothingPaid(Exception):
    """The order has no payment to refund from."""


@transaction.atomic
def refund_request(
    *,
    order_id: int,
    amount_fen: int,
    purpose: str,
    key: str,
    at: datetime,
    line_id: int | None = None,
    actor: Any = None,
) -> Refund:
    """
    Write a refund within what is left, and offer it to the worker; the same key returns the row it made before.

    Locks the order, then the paid attempt. A refund of a line grows the line's `refunded_fen`; a refund of the whole
    order spreads over its lines by what is left of each.

    Raises
    ------
    RefundTooLarge, NothingPaid, AlreadySettled
    """
    order = Order.objects.select_for_update().get(pk=order_id)
    known = Refund.objects.filter(key=key).first()
    if known is not None:
        return known
    attempt = (
        PaymentAttempt.objects.select_for_update()
        .filter(order_id=order.pk, status=AttemptStatus.PAID)
        .order_by("pk")
        .last()
    )
    if attempt is None:
        raise NothingPaid(order.number)
    spoken_for = attempt.refunds.exclude(status=RefundStatus.FAILED).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    left_fen = attempt.amount_fen - spoken_for
    lines = list(Line.objects.select_for_update().filter(order_id=order.pk).order_by("pk"))
    if line_id is not None:
        lines = [line for line in lines if line.pk == line_id]
        left_fen = min(left_fen, *(_left(line) for line in lines))
    if any(line.status == LineStatus.SETTLED for line in lines):
        raise AlreadySettled(order.number)
    if amount_fen > left_fen:
        raise RefundTooLarge(amount_fen, left_fen)
    refund = Refund.objects.create(
        attempt=attempt,
        order=order,
        line_id=line_id,
        key=key,
        amount_fen=amount_fen,
        purpose=purpose,
        created_at=at,
    )
    _spread(lines, amount_fen, sign=1)
    outbox_put(topic="payment.refund", key=f"refund:{key}", payload={"refund_id": refund.pk}, at=at)
    return refund


def _left(line: Line) -> int:
    return line.line_total_fen + line.freight_fen - line.refunded_fen


def _spread(lines: list[Line], amount_fen: int, *, sign: int) -> None:
    """Grow (or shrink) `refunded_fen` of the lines, in key order, each as far as it goes."""
    rest = amount_fen
    for line in lines:
        part = min(rest, _left(line) if sign > 0 else line.refunded_fen)
        line.refunded_fen += sign * part
        line.save(update_fields=["refunded_fen"])
        rest -= part


def refund_send(*, refund_id: int, port: PaymentPort, at: datetime) -> Refund:
    """
    Ask the provider to carry out a refund, or how far it is; book it when the money has gone back.

    Raises
    ------
    PaymentUnavailable
        If there was no answer; the row stays and the sweeper asks again with the same key.
    """
    refund = Refund.objects.select_related("attempt", "order").get(pk=refund_id)
    if refund.status != RefundStatus.REQUESTED:
        return refund
    try:
        if refund.provider_reference:
            outcome = port.refund_status(refund.provider_reference)
        else:
            outcome = port.refund(
                RefundRequest(
                    payment_intent_id=refund.attempt.payment_reference,
                    amount_fen=refund.amount_fen,
                    idempotency_key=f"refund-{refund.key}",
                    order_number=refund.order.number,
                    reference=refund.key,
                )
            )
    except PaymentRefused as error:
        return _failed(refund, str(error), at)
    if outcome.state == RefundState.FAILED:
        return _failed(refund, outcome.failure_reason, at)
    if outcome.state == RefundState.PENDING:
        Refund.objects.filter(pk=refund.pk).update(provider_reference=outcome.refund_id)
        return refund
    return _succeeded(refund, outcome.refund_id, at)


@transaction.atomic
def _succeeded(refund: Refund, provider_reference: str, at: datetime) -> Refund:
    locked = Refund.objects.select_for_update().get(pk=refund.pk)
    if locked.status != RefundStatus.REQUESTED:
        return locked
    locked = move(
        locked, RefundStatus.SUCCEEDED, moves=REFUND_MOVES, at=at, provider_reference=provider_reference, closed_at=at
    )
    ledger_book(
        key=f"refunded:{refund.key}",
        purpose="REFUNDED",
        reference=refund.order.number,
        legs={held_for_order(refund.order.number): refund.amount_fen, PROVIDER: -refund.amount_fen},
        at=at,
    )
    source = Source.objects.select_for_update().filter(order=refund.order).order_by("pk").first()
    if source is not None:
        amount = fen_to_yuan(refund.amount_fen)
        source.amount_refunded += amount
        source.save(update_fields=["amount_refunded"])
        source.transactions.create(txn_type="Refund", amount=amount, reference=provider_reference, status="refunded")
    outbox_put(topic="mail.refunded", key=f"mail.refunded:{refund.key}", payload={"refund_id": refund.pk}, at=at)
    return locked


@transaction.atomic
def _failed(refund: Refund, why: str, at: datetime) -> Refund:
    """The money stayed with us: the bound opens again, and a person is told."""
    Order.objects.select_for_update().get(pk=refund.order_id)
    locked = Refund.objects.select_for_update().get(pk=refund.pk)
    if locked.status != RefundStatus.REQUESTED:
        return locked
    locked = move(locked, RefundStatus.FAILED, moves=REFUND_MOVES, at=at, reason=why, closed_at=at)
    lines = Line.objects.select_for_update().filter(order_id=refund.order_id).order_by("pk")
    _spread([line for line in lines if refund.line_id in (None, line.pk)], refund.amount_fen, sign=-1)
    PaymentAnomaly.objects.get_or_create(
        key=f"refund-failed:{refund.key}",
        defaults={"order_id": refund.order_id, "what": "refund-failed", "detail": {"why": why}, "at": at},
    )
    return locked


def refunds_sweep(*, port: PaymentPort, at: datetime, limit: int = 100) -> int:
    """Ask about every refund that has been open for longer than the setting says."""
    since = at - timedelta(seconds=settings.PAYMENT_SWEEP_AFTER_S)
    waiting = Refund.objects.filter(status=RefundStatus.REQUESTED, created_at__lte=since).order_by("created_at", "pk")
    done = 0
    for refund_id in list(waiting.values_list("pk", flat=True)[:limit]):
        try:
            done += refund_send(refund_id=refund_id, port=port, at=at).status != RefundStatus.REQUESTED
        except PaymentUnavailable:
            logger.warning("refund %s: no answer from the provider", refund_id)
    return done


@handles("payment.refund", asks=True)
def _deliver_refund(*, refund_id: int, at: datetime) -> None:
    refund_send(refund_id=refund_id, port=get_port(), at=at)
