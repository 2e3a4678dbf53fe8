"""Two workers settle or pay at once: money is split once and sent once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connections
from django.db.models import QuerySet

from marketplace.foundation.clock import shanghai
from marketplace.ledger.models import LedgerTransaction
from marketplace.settlement import payouts, services
from marketplace.settlement.models import LineSettlement, Payout, SettlementShare
from marketplace.settlement.payouts import owed_fen, payout_make, payout_send
from marketplace.settlement.services import line_settle, settlements_run
from tests.factories.orders import SETTLES_AT, Market
from tests.provider import MemoryProvider

pytestmark = pytest.mark.django_db(transaction=True)

TUESDAY = shanghai(date(2026, 12, 1), 10)
#: How long the first waits for the second before it writes; the second comes only if no lock holds it.
MEET_S = 0.7


def at_once(call: Callable[[], Any], times: int = 2) -> list[Any]:
    """Run a call in threads of their own connection; return results and exceptions."""

    def one() -> Any:
        try:
            return call()
        except IntegrityError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return [future.result(timeout=60) for future in [pool.submit(one) for _number in range(times)]]


def meet_at(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Make both threads wait for each other where the named function is called: after the check, before the write."""
    barrier = threading.Barrier(2)
    original = getattr(module, name)

    def meeting(*args: Any, **options: Any) -> Any:
        try:
            barrier.wait(timeout=MEET_S)
        except threading.BrokenBarrierError:
            pass  # the other one is held by the lock, as it should be
        return original(*args, **options)

    monkeypatch.setattr(module, name, meeting)


def take_the_locks_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **options: self)


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
