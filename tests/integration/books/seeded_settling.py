"""Breaches of what was settled and sent (I10), and of the guards."""

from tests.integration.books.seeded import FORGET, Seeded

SEEDED = (
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
    Seeded("payout-booked", FORGET.format(where="purpose = 'PAID_OUT'"), "paid-out:%(payout)s", "not booked"),
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
