"""Two workers settle or pay at once: money is split once and sent once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError

from marketplace.foundation.clock import shanghai
from marketplace.ledger.models import LedgerTransaction
from marketplace.settlement import payouts, services
from marketplace.settlement.models import LineSettlement, Payout, SettlementShare
from marketplace.settlement.payouts import owed_fen, payout_make, payout_send
from marketplace.settlement.services import line_settle, settlements_run
from tests.concurrency import races
from tests.concurrency.races import meet_at, take_the_locks_out
from tests.factories.orders import SETTLES_AT, Market
from tests.provider import MemoryProvider

pytestmark = pytest.mark.django_db(transaction=True)

TUESDAY = shanghai(date(2026, 12, 1), 10)


def at_once(call: Callable[[], Any], times: int = 2) -> list[Any]:
    return races.at_once(*[call] * times, refusals=(IntegrityError,))


def test_without_the_lock_two_settle_at_once_and_only_the_key_stops_the_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = Market().delivered(1).lines.get()
    take_the_locks_out(monkeypatch)
    meet_at(monkeypatch, services, "line_split")

    results = at_once(lambda: line_settle(line_id=line.pk, at=SETTLES_AT))

    assert sum(isinstance(result, IntegrityError) for result in results) == 1
    assert LineSettlement.objects.count() == 1


def test_with_the_lock_two_workers_settle_a_line_once_and_both_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Market().delivered(1).lines.get()
    meet_at(monkeypatch, services, "line_split")

    first, second = at_once(lambda: line_settle(line_id=line.pk, at=SETTLES_AT))

    assert first.pk == second.pk
    assert SettlementShare.objects.count() == 5
    assert LedgerTransaction.objects.filter(purpose="SETTLED").count() == 1


def test_without_the_lock_two_payouts_are_made_and_only_the_key_stops_the_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    market = Market()
    market.delivered(1)
    settlements_run(at=SETTLES_AT)
    take_the_locks_out(monkeypatch)
    meet_at(monkeypatch, payouts, "owed_fen")

    results = at_once(lambda: payout_make(cooperative_id=market.harvests[0].cooperative_id, at=TUESDAY))

    assert sum(isinstance(result, IntegrityError) for result in results) == 1
    assert Payout.objects.count() == 1


def test_with_the_lock_two_workers_make_and_send_one_payout(monkeypatch: pytest.MonkeyPatch) -> None:
    market = Market()
    market.delivered(1)
    settlements_run(at=SETTLES_AT)
    cooperative_id = market.harvests[0].cooperative_id
    meet_at(monkeypatch, payouts, "owed_fen")

    made = at_once(lambda: payout_make(cooperative_id=cooperative_id, at=TUESDAY))

    assert sorted(payout is None for payout in made) == [False, True]
    payout = Payout.objects.get()
    provider = MemoryProvider()
    sent = at_once(lambda: payout_send(payout_id=payout.pk, port=provider, at=TUESDAY), times=4)
    assert {result.status for result in sent} == {"SENT"}
    assert len(provider.transfers) == 1
    assert LedgerTransaction.objects.filter(purpose="PAID_OUT").count() == 1
    assert owed_fen(cooperative_id) == 0
