"""Money is sent to cooperatives once, whatever the provider answers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from marketplace.foundation.clock import shanghai
from marketplace.foundation.models import OutboxMessage
from marketplace.foundation.outbox import outbox_sweep
from marketplace.ledger.models import LedgerTransaction
from marketplace.ledger.services import account_balance_fen
from marketplace.payment.accounts import PROVIDER, payable_to_cooperative
from marketplace.payment.models import PaymentAnomaly
from marketplace.payment.port import PaymentUnavailable
from marketplace.settlement import payouts as payouts_module
from marketplace.settlement.models import Payout, PayoutStatus
from marketplace.settlement.payouts import (
    TRANSFER_MOST_FEN,
    owed_fen,
    payout_make,
    payout_send,
    payouts_make,
    payouts_send,
)
from marketplace.settlement.services import settlements_run
from tests.factories.orders import Market
from tests.provider import LOST_ANSWER, NO_ANSWER, REFUSED, MemoryProvider

pytestmark = pytest.mark.django_db

#: The first payout day after the claim windows of what the market delivers.
TUESDAY = shanghai(date(2026, 12, 1), 10)
FRIDAY = TUESDAY + timedelta(days=3)


@pytest.fixture
def earned() -> tuple[int, int]:
    """Return a cooperative and the fen it is owed: one box, 3442.12 rounded."""
    market = Market()
    market.delivered(1)
    settlements_run(at=TUESDAY - timedelta(days=1))
    return market.harvests[0].cooperative_id, 3442


def test_a_payout_takes_all_that_is_owed_and_is_booked_when_it_was_sent(earned: tuple[int, int]) -> None:
    cooperative_id, owed = earned
    assert owed_fen(cooperative_id) == owed

    payout = payout_make(cooperative_id=cooperative_id, at=TUESDAY)
    assert payout is not None
    assert (payout.amount_fen, payout.status) == (owed, PayoutStatus.REQUESTED)
    # Nothing has moved yet.
    assert owed_fen(cooperative_id) == owed

    provider = MemoryProvider()
    sent = payout_send(payout_id=payout.pk, port=provider, at=TUESDAY)

    assert (sent.status, sent.sent_at) == (PayoutStatus.SENT, TUESDAY)
    (instruction,) = provider.transfers.values()
    assert (instruction.destination_account, instruction.amount_fen) == (f"acct_coop_{cooperative_id}", owed)
    assert owed_fen(cooperative_id) == 0
    assert account_balance_fen(PROVIDER) == 4780 - owed
    booking = LedgerTransaction.objects.get(purpose="PAID_OUT")
    assert booking.key == f"paid-out:payout-{cooperative_id}-2026-12-01"


def test_nothing_owed_makes_no_payout() -> None:
    market = Market()

    assert payout_make(cooperative_id=market.harvests[0].cooperative_id, at=TUESDAY) is None
    assert not Payout.objects.exists()


def test_payouts_are_made_on_payout_days_only_and_once_a_day(earned: tuple[int, int]) -> None:
    for day in (0, 1, 2, 4, 5, 6):
        # Monday is 30 November; Tuesday and Friday are left out.
        if day not in (1, 4):
            assert payouts_make(at=TUESDAY + timedelta(days=day - 1)) == []

    assert len(payouts_make(at=TUESDAY)) == 1
    assert payouts_make(at=TUESDAY + timedelta(hours=1)) == []
    assert Payout.objects.count() == 1


def test_sending_again_asks_nobody_and_books_nothing(earned: tuple[int, int]) -> None:
    payout = payout_make(cooperative_id=earned[0], at=TUESDAY)
    assert payout is not None
    provider = MemoryProvider()
    payout_send(payout_id=payout.pk, port=provider, at=TUESDAY)

    payout_send(payout_id=payout.pk, port=provider, at=TUESDAY)

    assert provider.num_calls == 1
    assert LedgerTransaction.objects.filter(purpose="PAID_OUT").count() == 1


def test_a_lost_answer_is_asked_for_again_under_the_same_key(earned: tuple[int, int]) -> None:
    payout = payout_make(cooperative_id=earned[0], at=TUESDAY)
    assert payout is not None
    provider = MemoryProvider(LOST_ANSWER)

    with pytest.raises(PaymentUnavailable):
        payout_send(payout_id=payout.pk, port=provider, at=TUESDAY)
    payout.refresh_from_db()
    assert payout.status == PayoutStatus.REQUESTED
    assert owed_fen(earned[0]) == earned[1]
    # No second payout is made beside the one that is under way, not even days later.
    assert payout_make(cooperative_id=earned[0], at=FRIDAY) is None

    assert payouts_send(port=provider, at=TUESDAY + timedelta(hours=1)) == 1
    assert provider.transferred_fen == earned[1]
    assert owed_fen(earned[0]) == 0


def test_an_unanswered_call_is_not_repeated_once_its_key_may_be_forgotten(earned: tuple[int, int]) -> None:
    payout = payout_make(cooperative_id=earned[0], at=TUESDAY)
    assert payout is not None
    provider = MemoryProvider(NO_ANSWER)
    assert payouts_send(port=provider, at=TUESDAY) == 0

    assert payouts_send(port=provider, at=TUESDAY + timedelta(hours=21)) == 0

    assert provider.num_calls == 1
    payout.refresh_from_db()
    assert payout.status == PayoutStatus.REQUESTED
    anomaly = PaymentAnomaly.objects.get(what="payout-unanswered")
    assert anomaly.detail["payout"] == payout.key


def test_a_refused_payout_leaves_the_debt_open_and_is_asked_for_on_the_next_payout_day(
    earned: tuple[int, int],
) -> None:
    payout = payout_make(cooperative_id=earned[0], at=TUESDAY)
    assert payout is not None
    provider = MemoryProvider(REFUSED)
    payout_send(payout_id=payout.pk, port=provider, at=TUESDAY)

    payout.refresh_from_db()
    assert (payout.status, payout.num_refusals, payout.refusal) == (PayoutStatus.FAILED, 1, "account_invalid")
    assert owed_fen(earned[0]) == earned[1]
    assert PaymentAnomaly.objects.get(what="payout-refused").detail["payout"] == payout.key
    assert payouts_make(at=TUESDAY + timedelta(hours=2)) == []

    (again,) = payouts_make(at=FRIDAY)
    assert again.pk == payout.pk
    assert payouts_send(port=provider, at=FRIDAY) == 1
    # The refusal is kept under the first key; the second try had its own.
    assert set(provider.transfers) == {f"{payout.key}-2"}
    assert owed_fen(earned[0]) == 0
    assert Payout.objects.count() == 1


def test_more_than_one_transfer_can_carry_goes_in_two(earned: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert TRANSFER_MOST_FEN == 99_999_999
    monkeypatch.setattr(payouts_module, "TRANSFER_MOST_FEN", 3000)
    provider = MemoryProvider()

    for at in (TUESDAY, FRIDAY):
        payouts_make(at=at)
        payouts_send(port=provider, at=at)

    assert [payout.amount_fen for payout in Payout.objects.order_by("pk")] == [3000, 442]
    assert owed_fen(earned[0]) == 0


def test_the_outbox_carries_a_payout_through(earned: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    provider = MemoryProvider(NO_ANSWER)
    monkeypatch.setattr(payouts_module, "get_port", lambda: provider)
    payout = payout_make(cooperative_id=earned[0], at=TUESDAY)
    assert payout is not None

    outbox_sweep(at=TUESDAY)
    message = OutboxMessage.objects.get(topic="settlement.payout")
    assert message.done_at is None

    outbox_sweep(at=TUESDAY + timedelta(minutes=10))
    message.refresh_from_db()
    payout.refresh_from_db()
    assert message.done_at is not None
    assert payout.status == PayoutStatus.SENT
    assert owed_fen(earned[0]) == 0


def test_the_database_holds_one_payout_under_way_for_each_cooperative(earned: tuple[int, int]) -> None:
    payout_make(cooperative_id=earned[0], at=TUESDAY)

    with pytest.raises(IntegrityError, match="payout_one_under_way"), transaction.atomic():
        Payout.objects.create(cooperative_id=earned[0], amount_fen=1, key="another", created_at=TUESDAY)


def test_a_run_settles_pays_and_reports(earned: tuple[int, int]) -> None:
    provider = MemoryProvider()

    run = settlements_run(at=TUESDAY, port=provider)

    assert (run.num_settled, run.num_payouts, run.num_sent) == (0, 1, 1)
    assert provider.transferred_fen == earned[1]
    assert account_balance_fen(payable_to_cooperative(earned[0])) == 0
