"""
The books agree after the real services have worked, and every check finds what it is for.

A check that cannot fail is no check: each is shown at least one breach, made by raw SQL behind the back of triggers
and constraints, the only way such a breach could arise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from logistics.services.picking import line_undraw
from logistics.services.stock import lot_relocate, lot_spoil
from marketplace.checkout.services.orders import order_cancel
from marketplace.checkout.services.refunds import refund_send
from marketplace.checkout.services.releasing import order_release_locked
from marketplace.payment.models import AttemptStatus, Refund
from marketplace.settlement.books.check import Breach, Check, books_check
from marketplace.settlement.books.every import CHECKS
from marketplace.settlement.models import Payout
from marketplace.settlement.payouts import payout_make, payout_send
from marketplace.settlement.services import settlements_run
from tests.factories import NOW, WindowFactory
from tests.factories.orders import SETTLES_AT, Market, order_placed
from tests.provider import MemoryProvider

BY_KEY = {check.key: check for check in CHECKS}


@pytest.fixture(scope="module")
def books(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """
    A small world that the services made, and the names of its rows. It is never committed; each test undoes itself.
    """
    with django_db_blocker.unblock(), transaction.atomic():
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


@dataclass(frozen=True)
class Seeded:
    """One breach: the check that must find it, how it is made, and a word of the row that must be named."""

    check: str
    sql: str
    row: str
    case: str = ""
    #: Constraints that would refuse it, as table and name.
    without: tuple[tuple[str, str], ...] = field(default=())

    def __str__(self) -> str:
        return f"{self.check} {self.case}".strip()


_MOVE = """
    WITH made AS (INSERT INTO ledger_ledgertransaction (key, purpose, reference, at)
                  VALUES ('seeded', '{purpose}', 'x', now()) RETURNING id)
    INSERT INTO ledger_posting (transaction_id, account_id, amount_fen)
    SELECT made.id, a.id, side.fen FROM made
    CROSS JOIN (VALUES ('{debit}', {fen}), ('{credit}', -{fen})) side(code, fen)
    JOIN ledger_account a ON a.code = side.code"""
_HELD = "held:order:%(waiting_number)s"
_FORGET = """
    DELETE FROM ledger_posting WHERE transaction_id IN (SELECT id FROM ledger_ledgertransaction WHERE {where});
    DELETE FROM ledger_ledgertransaction WHERE {where}"""
_LEG = """
    UPDATE ledger_posting SET {change} WHERE id IN (
        SELECT p.id FROM ledger_posting p JOIN ledger_ledgertransaction t ON t.id = p.transaction_id
        JOIN ledger_account a ON a.id = p.account_id WHERE {where})"""

SEEDED = (
    # I1
    Seeded("window-held", "UPDATE partner_stockrecord SET num_allocated = num_allocated + 1", "window %(window)s"),
    Seeded(
        "window-held",
        "UPDATE order_line SET status = 'CANCELLED' WHERE id = %(waiting_line)s",
        "window %(window)s",
        "a line let go of its packs alone",
    ),
    Seeded(
        "window-cap",
        "UPDATE partner_stockrecord SET num_in_stock = num_allocated - 1 WHERE id = %(window)s",
        "window %(window)s",
        "oversold",
        (("partner_stockrecord", "window_never_oversold"),),
    ),
    Seeded(
        "window-cap",
        "UPDATE partner_stockrecord SET num_allocated = -1 WHERE id = %(window)s",
        "window %(window)s",
        "less than nothing",
        (("partner_stockrecord", "window_allocated_not_negative"),),
    ),
    Seeded("line-held", "UPDATE order_line SET num_allocated = 0 WHERE id = %(waiting_line)s", "line %(waiting_line)s"),
    Seeded(
        "line-held",
        "UPDATE order_line SET num_allocated = 1 WHERE order_id = %(released)s",
        "line ",
        "released but holding",
    ),
    Seeded(
        "line-held",
        "UPDATE order_line SET stockrecord_id = NULL WHERE id = %(waiting_line)s",
        "line %(waiting_line)s",
        "without its window",
    ),
    # I9
    Seeded(
        "lot-weight",
        "UPDATE logistics_stockmovement SET grams = grams - 1 WHERE kind = 'PICK'",
        "lot ",
        "a gram vanished",
    ),
    Seeded("lot-weight", "DELETE FROM logistics_lotdraw WHERE line_id = %(claimed)s", "lot ", "a draw vanished"),
    Seeded(
        "lot-receipt",
        "UPDATE logistics_stockmovement SET grams = grams + 1 WHERE kind = 'RECEIPT' AND lot_id = %(lot)s",
        "lot ",
        "heavier than the lot",
    ),
    Seeded(
        "lot-receipt",
        "INSERT INTO logistics_stockmovement (lot_id, kind, grams, mode, at, reason, key)"
        " VALUES (%(lot)s, 'RECEIPT', 1, 'COLD', now(), '', 'twice')",
        "lot ",
        "received twice",
    ),
    Seeded(
        "lot-not-negative",
        "UPDATE logistics_stockmovement SET grams = -200000 WHERE kind = 'SPOILAGE'",
        "lot ",
        "less than nothing",
    ),
    Seeded(
        "lot-not-negative",
        "UPDATE logistics_stockmovement SET grams = grams + 1 WHERE kind = 'RELOCATION' AND grams > 0",
        "lot ",
        "heavier for having been moved",
    ),
    Seeded("draw-picked", "UPDATE logistics_lotdraw SET grams = grams + 1 WHERE line_id = %(claimed)s", "draw "),
    Seeded("draw-picked", "DELETE FROM logistics_stockmovement WHERE kind = 'UNPICK'", "draw ", "undone, not put back"),
    Seeded(
        "draw-picked",
        "INSERT INTO logistics_stockmovement (lot_id, kind, grams, mode, at, reason, key)"
        " VALUES (%(lot)s, 'PICK', -2500, 'COLD', now(), '', 'pick:0')",
        "movement ",
        "picked for nobody",
    ),
    Seeded(
        "line-drawn",
        "UPDATE logistics_lotdraw SET undone_at = now() WHERE line_id = %(claimed)s",
        "line %(claimed)s",
        "sent without a lot",
    ),
    Seeded(
        "line-drawn",
        "UPDATE order_line SET status = 'PAID' WHERE id = %(under_way)s",
        "line %(under_way)s",
        "waiting, and drawn",
    ),
    Seeded(
        "line-drawn",
        "UPDATE order_line SET net_weight_g = net_weight_g + 1 WHERE id = %(under_way)s",
        "line %(under_way)s",
        "too few grams",
    ),
    Seeded(
        "line-in-parcel",
        "DELETE FROM logistics_shipmentline WHERE line_id = %(claimed)s",
        "line %(claimed)s",
        "in no parcel",
    ),
    Seeded(
        "line-in-parcel",
        "UPDATE logistics_shipment SET status = 'SHIPPED' WHERE order_id = %(settled)s",
        "line %(claimed)s",
        "settled on the road",
    ),
    Seeded(
        "line-in-parcel",
        "UPDATE logistics_shipmentline SET quantity = 1 WHERE line_id = %(claimed)s",
        "line %(claimed)s",
        "in part",
    ),
    Seeded(
        "line-in-parcel",
        "UPDATE logistics_shipment SET order_id = %(waiting)s WHERE order_id = %(settled)s",
        "line %(claimed)s",
        "in another order's parcel",
    ),
    Seeded(
        "line-in-parcel",
        "UPDATE order_line SET status = 'PAID' WHERE id = %(claimed)s",
        "line %(claimed)s",
        "in a parcel, and waiting",
    ),
    # I2
    Seeded(
        "ledger-balanced",
        _LEG.format(change="amount_fen = amount_fen + 1", where="t.key = 'paid:pay-%(waiting_number)s' AND a.id > 1"),
        "paid:pay-%(waiting_number)s",
        "off by a fen",
    ),
    Seeded(
        "ledger-balanced",
        "INSERT INTO ledger_ledgertransaction (key, purpose, reference, at) VALUES ('empty', 'PAID', 'x', now())",
        "empty",
        "without legs",
    ),
    Seeded(
        "ledger-signs",
        _MOVE.format(purpose="X", debit="payable:freight", credit="asset:provider", fen=2_000),
        "payable:freight",
        "paid out what was not owed",
    ),
    Seeded(
        "ledger-signs",
        _MOVE.format(purpose="X", debit=_HELD, credit="asset:provider", fen=10**9),
        "asset:provider",
        "the provider is overdrawn",
    ),
    # I3
    Seeded(
        "paid-has-an-end",
        "UPDATE order_order SET status = 'RELEASED' WHERE id = %(waiting)s",
        "pay-%(waiting_number)s",
        "taken for a released order",
    ),
    Seeded(
        "paid-has-an-end",
        "UPDATE payment_refund SET status = 'FAILED' WHERE key = '%(cancelled_refund)s'",
        "attempt ",
        "cancelled and not sent back",
    ),
    Seeded(
        "paid-has-an-end",
        "UPDATE payment_paymentattempt SET order_id = %(waiting)s WHERE order_id = %(settled)s",
        "pay-%(waiting_number)s",
        "paid twice",
    ),
    Seeded(
        "paid-order-has-money",
        "UPDATE payment_paymentattempt SET status = 'OPEN' WHERE order_id = %(waiting)s",
        "order %(waiting_number)s",
    ),
    Seeded(
        "paid-booked",
        _FORGET.format(where="key = 'paid:pay-%(waiting_number)s'"),
        "paid:pay-%(waiting_number)s",
        "not booked",
    ),
    Seeded(
        "paid-booked",
        _MOVE.format(purpose="PAID", debit="asset:provider", credit=_HELD, fen=5),
        "booking seeded",
        "booked without a payment",
    ),
    Seeded(
        "paid-booked",
        _LEG.format(
            change="account_id = (SELECT id FROM ledger_account WHERE code = 'payable:freight')",
            where="t.key = 'paid:pay-%(waiting_number)s' AND a.code LIKE 'held:%%'",
        ),
        "paid:pay-%(waiting_number)s",
        "on the wrong account",
    ),
    # I4
    Seeded("provider-balance", _FORGET.format(where="key = 'paid:pay-%(waiting_number)s'"), "asset:provider", "less"),
    Seeded(
        "provider-balance",
        _LEG.format(change="amount_fen = amount_fen - 1", where="t.purpose = 'PAID_OUT' AND a.code LIKE 'payable%%'"),
        "asset:provider",
        "not what we owe",
    ),
    Seeded(
        "provider-balance",
        "UPDATE settlement_payout SET status = 'FAILED'",
        "asset:provider",
        "sent and called refused",
    ),
    Seeded(
        "held-by-order",
        _MOVE.format(purpose="X", debit=_HELD, credit="held:order:%(settled_number)s", fen=7),
        "held:order:%(settled_number)s",
        "one order's money for another",
    ),
    Seeded(
        "held-by-order",
        "UPDATE order_order SET number = 'gone' WHERE id = %(waiting)s",
        "held:order:%(waiting_number)s",
        "held for nobody",
    ),
    Seeded(
        "shares-sum",
        "UPDATE settlement_settlementshare SET amount_fen = amount_fen + 1 WHERE id = %(share)s",
        "line %(claimed)s",
        "a fen too much",
    ),
    Seeded(
        "shares-sum",
        "UPDATE order_line SET refunded_fen = refunded_fen + 1 WHERE id = %(claimed)s",
        "line %(claimed)s",
        "refunded after it was settled",
    ),
    Seeded(
        "settled-booked",
        _LEG.format(
            change="account_id = (SELECT id FROM ledger_account WHERE code = 'payable:payment-fee')",
            where="t.key = 'settled:%(claimed)s' AND a.code = 'payable:freight'",
        ),
        "settled:%(claimed)s",
        "freight booked as a fee",
    ),
    Seeded("settled-booked", _FORGET.format(where="key = 'settled:%(claimed)s'"), "settled:%(claimed)s", "not booked"),
    Seeded(
        "owed-to-cooperatives",
        _MOVE.format(purpose="X", debit="payable:cooperative:%(cooperative)s", credit="payable:freight", fen=3),
        "payable:cooperative:%(cooperative)s",
    ),
    # I5
    Seeded(
        "refund-bound",
        "UPDATE payment_refund SET amount_fen = amount_fen + 100000 WHERE key = '%(claim_refund)s'",
        "attempt ",
        "more than was taken",
    ),
    Seeded(
        "refund-bound",
        "UPDATE payment_refund SET line_id = %(waiting_line)s WHERE key = '%(claim_refund)s'",
        "refund %(claim_refund)s",
        "of another order's line",
    ),
    Seeded(
        "refund-bound",
        "UPDATE payment_paymentattempt SET status = 'OPEN' WHERE order_id = %(cancelled)s",
        "attempt ",
        "of money not taken",
    ),
    Seeded(
        "refund-booked",
        _FORGET.format(where="key = 'refunded:%(claim_refund)s'"),
        "refunded:%(claim_refund)s",
        "not booked",
    ),
    Seeded(
        "refund-booked",
        "UPDATE payment_refund SET amount_fen = amount_fen - 1 WHERE key = '%(claim_refund)s'",
        "refunded:%(claim_refund)s",
        "another amount",
    ),
    Seeded(
        "line-refunded",
        "UPDATE order_line SET refunded_fen = refunded_fen - 1 WHERE id = %(claimed)s",
        "line %(claimed)s",
        "the line knows of less",
    ),
    Seeded(
        "line-refunded",
        "UPDATE order_line SET refunded_fen = refunded_fen + 1 WHERE id = %(claimed)s",
        "order %(settled_number)s",
        "the line knows of more",
    ),
    Seeded(
        "line-refunded",
        "UPDATE order_line SET refunded_fen = line_total_fen + freight_fen + 1 WHERE id = %(waiting_line)s",
        "line %(waiting_line)s",
        "more than it cost",
        (("order_line", "line_refund_bounded"),),
    ),
    Seeded("claim-paid", "UPDATE logistics_claim SET refund_fen = refund_fen + 1", "claim %(claim)s", "another amount"),
    Seeded("claim-paid", "UPDATE logistics_claim SET spoilt_g = 5001", "claim %(claim)s", "more than was bought"),
    Seeded("claim-paid", "UPDATE logistics_claim SET status = 'REFUSED'", "claim %(claim)s", "refused and paid"),
    # I6
    Seeded(
        "order-total",
        "UPDATE order_line SET freight_fen = freight_fen + 1 WHERE id = %(waiting_line)s",
        "order %(waiting_number)s",
        "a line's freight",
    ),
    Seeded(
        "order-total",
        "UPDATE order_order SET total_fen = total_fen + 1 WHERE id = %(waiting)s",
        "order %(waiting_number)s",
        "the total",
        (("order_order", "order_total_adds_up"),),
    ),
    Seeded(
        "order-total", "DELETE FROM order_line WHERE id = %(waiting_line)s", "order %(waiting_number)s", "a line gone"
    ),
    Seeded(
        "line-total",
        "UPDATE order_line SET line_total_fen = line_total_fen + 1 WHERE id = %(waiting_line)s",
        "line %(waiting_line)s",
        "",
        (("order_line", "line_adds_up"),),
    ),
    Seeded(
        "order-decimals",
        "UPDATE order_order SET total_incl_tax = total_incl_tax + 0.01 WHERE id = %(waiting)s",
        "order %(waiting_number)s",
        "a fen in the total",
    ),
    Seeded(
        "order-decimals",
        "UPDATE order_order SET shipping_excl_tax = shipping_excl_tax + 0.01 WHERE id = %(waiting)s",
        "order %(waiting_number)s",
        "a fen in the freight",
    ),
    Seeded(
        "order-decimals",
        "UPDATE order_order SET currency = 'USD' WHERE id = %(waiting)s",
        "order %(waiting_number)s",
        "another currency",
    ),
    Seeded(
        "line-decimals",
        "UPDATE order_line SET line_price_incl_tax = line_price_incl_tax + 0.01 WHERE id = %(waiting_line)s",
        "line %(waiting_line)s",
        "a fen in the sum",
    ),
    Seeded(
        "line-decimals",
        "UPDATE order_line SET unit_price_incl_tax = NULL WHERE id = %(waiting_line)s",
        "line %(waiting_line)s",
        "no price",
    ),
    Seeded(
        "attempt-amount",
        "UPDATE payment_paymentattempt SET amount_fen = amount_fen - 1 WHERE order_id = %(waiting)s",
        "pay-%(waiting_number)s",
    ),
    Seeded(
        "order-and-lines",
        "UPDATE order_order SET status = 'SETTLED' WHERE id = %(waiting)s",
        "order %(waiting_number)s",
        "ahead of its lines",
    ),
    Seeded(
        "order-and-lines",
        "DELETE FROM order_line WHERE id = %(waiting_line)s",
        "order %(waiting_number)s",
        "without lines",
    ),
    # I10
    Seeded(
        "settled-once",
        "UPDATE order_line SET status = 'SETTLED' WHERE id = %(waiting_line)s",
        "line %(waiting_line)s",
        "never split",
    ),
    Seeded(
        "settled-once",
        "UPDATE order_line SET status = 'DELIVERED' WHERE id = %(claimed)s",
        "line %(claimed)s",
        "split and not settled",
    ),
    Seeded(
        "settled-once",
        "INSERT INTO settlement_linesettlement (line_id, settled_at, goods_fen, freight_fen, refunded_fen)"
        " SELECT line_id, settled_at, 0, 0, 0 FROM settlement_linesettlement WHERE line_id = %(claimed)s",
        "line %(claimed)s",
        "split twice",
        (("settlement_linesettlement", "settlement_linesettlement_line_id_key"),),
    ),
    Seeded(
        "share-once",
        "INSERT INTO settlement_settlementshare (settlement_id, purpose, lot_id, cooperative_id, amount_fen)"
        " SELECT settlement_id, purpose, lot_id, cooperative_id, 0 FROM settlement_settlementshare"
        " WHERE id = %(share)s",
        "line %(claimed)s",
        "twice for a lot",
        (("settlement_settlementshare", "share_once"),),
    ),
    Seeded(
        "share-once",
        "UPDATE settlement_settlementshare SET amount_fen = -1 WHERE id = %(share)s",
        "line %(claimed)s",
        "less than nothing",
        (("settlement_settlementshare", "share_not_negative"),),
    ),
    Seeded(
        "share-has-its-lot",
        "UPDATE settlement_settlementshare SET cooperative_id = (SELECT max(id) FROM cooperatives_cooperative"
        " WHERE id <> %(cooperative)s) WHERE id = %(share)s",
        "line %(claimed)s",
        "to somebody else",
    ),
    Seeded(
        "share-has-its-lot",
        "DELETE FROM settlement_settlementshare WHERE id = %(share)s",
        "line %(claimed)s",
        "left out",
    ),
    Seeded(
        "share-has-its-lot",
        "UPDATE settlement_settlementshare SET lot_id = %(lot)s WHERE id = %(share)s",
        "line %(claimed)s",
        "for a lot that was not drawn",
    ),
    Seeded("payout-earned", "UPDATE settlement_payout SET amount_fen = amount_fen + 1", "cooperative "),
    Seeded("payout-booked", _FORGET.format(where="purpose = 'PAID_OUT'"), "paid-out:%(payout)s", "not booked"),
    Seeded(
        "payout-booked",
        "INSERT INTO settlement_payout (cooperative_id, amount_fen, status, key, provider_reference, created_at,"
        " num_refusals, refusal) SELECT cooperative_id, 1, 'FAILED', key, '', now(), 0, '' FROM settlement_payout",
        "payout %(payout)s",
        "one key twice",
        (("settlement_payout", "settlement_payout_key_key"),),
    ),
    Seeded(
        "payout-booked",
        "INSERT INTO settlement_payout (cooperative_id, amount_fen, status, key, provider_reference, created_at,"
        " num_refusals, refusal) SELECT cooperative_id, 1, 'FAILED', 'b', provider_reference, now(), 0, ''"
        " FROM settlement_payout",
        "payout tr_",
        "one transfer twice",
    ),
    # the guards themselves
    Seeded(
        "guard-triggers",
        "ALTER TABLE ledger_posting DISABLE TRIGGER posting_append_only",
        "trigger posting_append_only",
        "switched off",
    ),
    Seeded(
        "guard-triggers",
        "DROP TRIGGER movement_stock_not_negative ON logistics_stockmovement",
        "trigger movement_stock_not_negative",
        "gone",
    ),
    Seeded(
        "guard-constraints",
        "ALTER TABLE partner_stockrecord DROP CONSTRAINT window_never_oversold",
        "constraint window_never_oversold",
        "gone",
    ),
    Seeded(
        "guard-constraints",
        "ALTER TABLE order_line DROP CONSTRAINT line_adds_up;"
        " ALTER TABLE order_line ADD CONSTRAINT line_adds_up CHECK (quantity > 0) NOT VALID",
        "constraint line_adds_up",
        "never validated",
    ),
    Seeded(
        "guard-unique",
        "ALTER TABLE ledger_ledgertransaction DROP CONSTRAINT ledger_ledgertransaction_key_key",
        "unique ledger_ledgertransaction (key)",
        "gone",
    ),
    Seeded(
        "guard-unique",
        "DROP INDEX lotdraw_once; CREATE UNIQUE INDEX lotdraw_once ON logistics_lotdraw (line_id, lot_id)"
        " WHERE undone_at IS NOT NULL",
        "unique logistics_lotdraw (line_id,lot_id)",
        "over other rows",
    ),
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
            cursor.execute("UPDATE partner_stockrecord SET num_allocated = num_allocated + 1")
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
