"""What a provider's signed notice leads to: a row once, then a question; the notice itself is only a hint."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from marketplace.checkout.services.paying import anomaly_record, payment_ask
from marketplace.checkout.services.refunds import refund_send
from marketplace.foundation.outbox import handles, outbox_put
from marketplace.payment.models import PaymentAttempt, ProviderNotice, Refund, RefundStatus
from marketplace.payment.port import Notice, PaymentPort
from marketplace.payment.stripe_adapter import get_port


def notice_receive(*, notice: Notice, at: datetime) -> bool:
    """Store a notice by its id and offer it to the worker; False when it was known already."""
    with transaction.atomic():
        row, created = ProviderNotice.objects.get_or_create(
            event_id=notice.event_id,
            defaults={"kind": notice.type[:80], "object_id": notice.object_id[:120], "received_at": at},
        )
        if created:
            outbox_put(
                topic="payment.notice",
                key=f"notice:{notice.event_id}",
                payload={"notice_id": row.pk, "reference": notice.reference, "intent": notice.payment_intent_id},
                at=at,
            )
    return created


def notice_handle(*, notice_id: int, reference: str, intent: str, port: PaymentPort, at: datetime) -> None:
    """Ask about everything the notice could be about. One that fits no order is an anomaly for staff."""
    row = ProviderNotice.objects.get(pk=notice_id)
    attempts = list(PaymentAttempt.objects.filter(order__number=reference)) if reference else []
    attempts += list(PaymentAttempt.objects.filter(session_id=row.object_id).exclude(session_id=""))
    if intent:
        attempts += list(PaymentAttempt.objects.filter(payment_reference=intent).exclude(payment_reference=""))
    unique = {attempt.pk: attempt for attempt in attempts}
    for attempt_id in sorted(unique):
        payment_ask(attempt_id=attempt_id, port=port, at=at)
        for refund in Refund.objects.filter(attempt_id=attempt_id, status=RefundStatus.REQUESTED):
            refund_send(refund_id=refund.pk, port=port, at=at)
    if not unique and row.kind.startswith(("checkout.session.", "payment_intent.succeeded", "charge.")):
        anomaly_record(None, "unknown-payment", {"object": row.object_id, "kind": row.kind, "reference": reference}, at)
    ProviderNotice.objects.filter(pk=notice_id).update(handled_at=at)


@handles("payment.notice", asks=True)
def _deliver_notice(*, notice_id: int, reference: str, intent: str, at: datetime) -> None:
    notice_handle(notice_id=notice_id, reference=reference, intent=intent, port=get_port(), at=at)
