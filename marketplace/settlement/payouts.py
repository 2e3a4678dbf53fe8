"""
Money sent to cooperatives. Read this file for how a payout can be repeated without being paid twice.

A payout is a row first and a call to the provider second. One is under way for each cooperative at most, held by the
database. The ledger is booked when the provider has taken it; until then the debt stays open and visible.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from marketplace.cooperatives.models import Cooperative
from marketplace.foundation.clock import business_date
from marketplace.foundation.outbox import handles, outbox_put
from marketplace.foundation.transitions import move
from marketplace.ledger.models import Account
from marketplace.ledger.services import account_balance_fen, ledger_book
from marketplace.payment.accounts import PROVIDER, payable_to_cooperative
from marketplace.payment.models import PaymentAnomaly
from marketplace.payment.port import PaymentPort, PaymentRefused, PaymentUnavailable, TransferInstruction
from marketplace.payment.stripe_adapter import get_port
from marketplace.settlement.models import PAYOUT_MOVES, Payout, PayoutStatus

logger = logging.getLogger(__name__)

#: Tuesdays and Fridays: often enough to be soon, seldom enough that a cooperative's book-keeper can follow.
PAYOUT_WEEKDAYS = (1, 4)
#: The most a provider moves in one transfer; the rest follows with the next payout.
TRANSFER_MOST_FEN = 99_999_999
#: Providers remember an idempotency key for 24 hours. A call that got no answer is not repeated after this long,
#: because it might pay twice; a person must look.
KEY_IS_SAFE = timedelta(hours=20)


def account_of(cooperative_id: int) -> str:
    """Return the id of a cooperative's account at the provider."""
    return f"acct_coop_{cooperative_id}"


def owed_fen(cooperative_id: int) -> int:
    """Return what a cooperative has earned and not been sent, by the ledger."""
    return -account_balance_fen(payable_to_cooperative(cooperative_id))


def payouts_make(*, at: datetime) -> list[Payout]:
    """On a payout day, make the payouts of all cooperatives that are owed something; on other days none."""
    if business_date(at).weekday() not in PAYOUT_WEEKDAYS:
        return []
    prefix = payable_to_cooperative(0).removesuffix("0")
    codes = Account.objects.filter(code__startswith=prefix).values_list("code", flat=True)
    made = [
        payout_make(cooperative_id=cooperative_id, at=at)
        for cooperative_id in sorted(int(code.removeprefix(prefix)) for code in codes)
    ]
    return [payout for payout in made if payout is not None]


@transaction.atomic
def payout_make(*, cooperative_id: int, at: datetime) -> Payout | None:
    """
    Write a payout of all that a cooperative is owed, and offer it to the worker; None if there is nothing to send.

    At most one a day, and none while another is under way. One that the provider refused on an earlier day is asked
    for again, with a new key, before anything else.
    """
    cooperative = Cooperative.objects.select_for_update(of=("self",)).get(pk=cooperative_id)
    key = f"payout-{cooperative.pk}-{business_date(at).isoformat()}"
    payouts = Payout.objects.filter(cooperative=cooperative)
    if payouts.filter(key=key).exists() or payouts.filter(status=PayoutStatus.REQUESTED).exists():
        return None
    refused = payouts.select_for_update().filter(status=PayoutStatus.FAILED).order_by("pk").first()
    if refused is not None:
        return _ask_again(refused, at)
    amount_fen = min(owed_fen(cooperative.pk), TRANSFER_MOST_FEN)
    if amount_fen <= 0:
        return None
    payout = Payout.objects.create(
        cooperative=cooperative, amount_fen=amount_fen, key=key, created_at=at, requested_at=at
    )
    _offer(payout, at)
    return payout


def _ask_again(refused: Payout, at: datetime) -> Payout | None:
    if refused.requested_at is not None and business_date(refused.requested_at) >= business_date(at):
        return None
    payout = move(refused, PayoutStatus.REQUESTED, moves=PAYOUT_MOVES, at=at, requested_at=at)
    _offer(payout, at)
    return payout


def _offer(payout: Payout, at: datetime) -> None:
    key = _call_key(payout)
    outbox_put(topic="settlement.payout", key=f"settlement.{key}", payload={"payout_id": payout.pk}, at=at)


def _call_key(payout: Payout) -> str:
    """A refused call had no effect and its refusal is kept under its key, so the next try needs another one."""
    return f"{payout.key}-{payout.num_refusals + 1}"


def payout_send(*, payout_id: int, port: PaymentPort, at: datetime) -> Payout:
    """
    Ask the provider to carry out a payout, with the same key however often; book it when it has.

    A refusal leaves the debt open: the payout is FAILED, an anomaly names it, and it is asked for again on the next
    payout day.

    Raises
    ------
    PaymentUnavailable
        If there was no answer; the payout stays REQUESTED and is asked about again with the same key, as long as the
        provider is sure to remember it.
    """
    payout = Payout.objects.get(pk=payout_id)
    if payout.status != PayoutStatus.REQUESTED:
        return payout
    if payout.requested_at is None or at - payout.requested_at > KEY_IS_SAFE:
        _tell_a_person(payout, "payout-unanswered", {"requested_at": str(payout.requested_at)}, at)
        return payout
    try:
        outcome = port.transfer(
            TransferInstruction(
                destination_account=account_of(payout.cooperative_id),
                amount_fen=payout.amount_fen,
                idempotency_key=_call_key(payout),
                transfer_group=payout.key,
                reference=payout.key,
            )
        )
    except PaymentRefused as error:
        return _refused(payout.pk, str(error), error.code, at)
    return _sent(payout.pk, outcome.transfer_id, at)


@transaction.atomic
def _sent(payout_id: int, provider_reference: str, at: datetime) -> Payout:
    payout = Payout.objects.select_for_update().get(pk=payout_id)
    if payout.status == PayoutStatus.SENT:
        return payout
    payout = move(
        payout, PayoutStatus.SENT, moves=PAYOUT_MOVES, at=at, provider_reference=provider_reference, sent_at=at
    )
    ledger_book(
        key=f"paid-out:{payout.key}",
        purpose="PAID_OUT",
        reference=payout.key,
        legs={payable_to_cooperative(payout.cooperative_id): payout.amount_fen, PROVIDER: -payout.amount_fen},
        at=at,
    )
    return payout


@transaction.atomic
def _refused(payout_id: int, why: str, code: str, at: datetime) -> Payout:
    payout = Payout.objects.select_for_update().get(pk=payout_id)
    if payout.status != PayoutStatus.REQUESTED:
        return payout
    payout = move(
        payout,
        PayoutStatus.FAILED,
        moves=PAYOUT_MOVES,
        at=at,
        reason=why,
        num_refusals=payout.num_refusals + 1,
        refusal=(code or why)[:120],
    )
    _tell_a_person(payout, "payout-refused", {"why": why, "code": code}, at)
    return payout


def _tell_a_person(payout: Payout, what: str, detail: dict[str, str], at: datetime) -> None:
    PaymentAnomaly.objects.get_or_create(
        key=f"{what}:{_call_key(payout)}",
        defaults={"what": what, "detail": {"payout": payout.key, **detail}, "at": at},
    )


def payouts_send(*, port: PaymentPort, at: datetime) -> int:
    """Send every payout under way, those without an answer again; returns how many were sent."""
    sent = 0
    waiting = Payout.objects.filter(status=PayoutStatus.REQUESTED).order_by("requested_at", "pk")
    for payout_id in list(waiting.values_list("pk", flat=True)):
        try:
            sent += payout_send(payout_id=payout_id, port=port, at=at).status == PayoutStatus.SENT
        except PaymentUnavailable:
            logger.warning("payout %s: no answer from the provider", payout_id)
    return sent


@handles("settlement.payout", asks=True)
def _deliver_payout(*, payout_id: int, at: datetime) -> None:
    payout_send(payout_id=payout_id, port=get_port(), at=at)
