"""
The books agree after the real services have worked, and every check finds what it is for.

A check that cannot fail is no check: each is shown at least one breach, made by raw SQL behind the back of triggers
and constraints, the only way such a breach could arise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from harvest_schedule.models import ShortfallPart
from harvest_schedule.planner.shortfall.policy import Policy
from harvest_schedule.planner.shortfall.problem import LATER, SUBSTITUTE
from harvest_schedule.services.shortfall_answers import part_answer
from logistics.services.picking import line_undraw
from logistics.services.stock import lot_relocate, lot_spoil
from marketplace.checkout.services.orders import order_cancel
from marketplace.checkout.services.refunds import refund_send, refunds_sweep
from marketplace.checkout.services.releasing import order_release_locked
from marketplace.payment.models import AttemptStatus, Refund
from marketplace.settlement.books.check import Breach, Check, books_check
from marketplace.settlement.books.every import CHECKS
from marketplace.settlement.models import Payout
from marketplace.settlement.payouts import payout_make, payout_send
from marketplace.settlement.services import settlements_run
from tests.factories import NOW, WindowFactory
from tests.factories.orders import SETTLES_AT, Market, order_placed
from tests.factories.shortfalls import ShortSeason
from tests.integration.books import seeded_payments, seeded_settling, seeded_shortfalls, seeded_stock
from tests.integration.books.seeded import Seeded
from tests.provider import MemoryProvider

BY_KEY = {check.key: check for check in CHECKS}


@pytest.fixture(scope="module")
def books(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """
    A small world that the services made, and the names of its rows. It is never committed; each test undoes itself.
    """
    world = transaction.atomic()
    # Services that must be outermost count this as Django counts a test's own transaction: as nothing.
    world._from_testcase = True
    with django_db_blocker.unblock(), world:
        names = _world()
        with connection.cursor() as cursor:
            # What the deferred triggers would say at commit, they say now.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield names
        transaction.set_rollback(True)


def _world() -> dict[str, Any]:
    market = Market(6_000, 6_000)
    settled = market.delivered(2, 1, grams=(5_000, 2_500), freight_fen=900)
    claimed = settled.lines.get(quantity=2)
    claim = market.claim_accepted(claimed, spoilt_g=500)
    settlements_run(at=SETTLES_AT)
    share = claimed.settlement.shares.filter(purpose="COOPERATIVE").first()
    assert share is not None
    payout = payout_make(cooperative_id=share.cooperative_id, at=SETTLES_AT)
    assert payout is not None
    payout_send(payout_id=payout.pk, port=MemoryProvider(), at=SETTLES_AT)

    under_way = market.sell(2)
    lot = market.receive(100, at=NOW)
    lot_spoil(lot_id=lot.pk, grams=3_000, reason="rot", key="spoil-1", actor=None, at=NOW)
    market.draw()
    line_undraw(line_id=under_way.lines.get().pk, reason="again", at=NOW, actor=None)
    market.draw()
    lot_relocate(lot_id=lot.pk, mode="COLD", key="cold-1", actor=None, at=NOW + timedelta(hours=1))
    waiting = market.sell(1)

    cancelled = market.sell(1)
    order_cancel(order_id=cancelled.pk, at=NOW)
    refund = Refund.objects.get(order=cancelled)
    refund_send(refund_id=refund.pk, port=MemoryProvider(), at=NOW)

    released = order_placed((market.window, 1))
    order_release_locked(released, at=NOW, reason="hold ended")
    released.payment_attempts.update(status=AttemptStatus.EXPIRED)
    return {
        **_shortfall(),
        "window": market.window.pk,
        "settled": settled.pk,
        "settled_number": settled.number,
        "claimed": claimed.pk,
        "claim": claim.pk,
        "claim_refund": f"claim-{claim.pk}",
        "share": share.pk,
        "lot": lot.pk,
        "cooperative": share.cooperative_id,
        "payout": payout.key,
        "under_way": under_way.lines.get().pk,
        "waiting": waiting.pk,
        "waiting_number": waiting.number,
        "waiting_line": waiting.lines.get().pk,
        "cancelled": cancelled.pk,
        "cancelled_refund": refund.key,
        "released": released.pk,
    }


def _shortfall() -> dict[str, Any]:
    """Fourteen boxes for two buyers, of which three come: one waits, two answered or will, the rest is paid back."""
    season = ShortSeason()
    pomelo = season.pomelo("39.00", num_in_stock=2)
    season.buy(5, hours_ago=9, freight_fen=500)
    season.buy(9, hours_ago=8)
    decision = season.decide(season.open(coming=3), Policy(unserved=(LATER, SUBSTITUTE), substitute=pomelo.pk))
    parts = ShortfallPart.objects.filter(share__decision=decision)
    declined = parts.filter(kind=LATER).order_by("pk").first()
    offered = parts.filter(window=pomelo).order_by("pk").last()
    assert declined is not None
    assert offered is not None
    part_answer(token=declined.token, accept=False, at=NOW)
    refunds_sweep(port=MemoryProvider(), at=NOW + timedelta(hours=1))  # type: ignore[arg-type]
    return {"shortfall": decision.case_id, "offered_line": offered.line_id, "declined_part": declined.pk}


SEEDED: tuple[Seeded, ...] = (
    *seeded_stock.SEEDED,
    *seeded_payments.SEEDED,
    *seeded_settling.SEEDED,
    *seeded_shortfalls.SEEDED,
)


def test_the_books_of_the_real_services_agree_and_no_check_is_idle(books: dict[str, Any]) -> None:
    findings = books_check(CHECKS)

    wrong = [(finding.check.key, breach) for finding in findings for breach in finding.breaches]
    assert wrong == []
    assert [finding.check.key for finding in findings if not finding.num_rows] == []


@pytest.mark.parametrize("seeded", SEEDED, ids=str)
def test_a_seeded_breach_is_found_and_named(books: dict[str, Any], seeded: Seeded) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table, constraint in seeded.without:
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
            cursor.execute(seeded.sql % books)
        (finding,) = books_check([BY_KEY[seeded.check]])
        transaction.set_rollback(True)

    assert finding.num_breaches > 0
    assert any(seeded.row % books in breach.row for breach in finding.breaches), finding.breaches


def test_every_check_is_shown_a_breach() -> None:
    assert {check.key for check in CHECKS} - {seeded.check for seeded in SEEDED} == set()
    assert len(BY_KEY) == len(CHECKS)


def test_the_command_prints_a_table_and_ends_well(books: dict[str, Any]) -> None:
    out = StringIO()

    call_command("check_books", stdout=out)

    text = out.getvalue()
    assert f"The books agree: {len(CHECKS)} checks, no breach." in text
    assert all(f" {check.key} " in text or f"{check.key}  " in text for check in CHECKS)


def test_the_command_names_the_row_and_ends_with_1(books: dict[str, Any]) -> None:
    out, document = StringIO(), StringIO()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE partner_stockrecord SET num_allocated = num_allocated + 1 WHERE id = %(window)s", books
            )
        with pytest.raises(SystemExit) as ended:
            call_command("check_books", stdout=out)
        with pytest.raises(SystemExit) as ended_json:
            call_command("check_books", "--json", stdout=document)
        transaction.set_rollback(True)

    assert (ended.value.code, ended_json.value.code) == (1, 1)
    assert f"! window {books['window']}: " in out.getvalue()
    told = json.loads(document.getvalue())
    assert (told["agree"], told["num_breaches"]) == (False, 1)
    (wrong,) = [check for check in told["checks"] if check["num_breaches"]]
    assert (wrong["key"], wrong["invariant"]) == ("window-held", "I1")
    assert wrong["breaches"][0]["row"] == f"window {books['window']}"


def test_many_breaches_of_one_check_are_counted_and_the_first_are_listed(books: dict[str, Any]) -> None:
    out = StringIO()
    with transaction.atomic():
        for _number in range(25):
            WindowFactory(num_allocated=1)
        (finding,) = books_check([BY_KEY["window-held"]])
        with pytest.raises(SystemExit):
            call_command("check_books", stdout=out)
        transaction.set_rollback(True)

    assert (finding.num_breaches, len(finding.breaches)) == (25, 20)
    assert "and 5 more" in out.getvalue()
    # Checking wrote nothing.
    assert Payout.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_all_checks_see_one_moment_and_may_write_nothing() -> None:
    probe = Check(
        key="probe",
        invariant="I2",
        says="how the checks are run",
        counted="SELECT 1",
        breaches="SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')",
    )

    (finding,) = books_check([probe])

    assert finding.breaches == (Breach("repeatable read", "on"),)
