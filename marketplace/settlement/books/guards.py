"""The guards in the database itself: without them the books could only be found wrong, not kept right."""

# ruff: noqa: S608  (the texts put together here are constants of this file; nothing comes from outside)

from __future__ import annotations

from marketplace.settlement.books.check import Check

#: Trigger to its table. Enabled for everybody, or it guards nothing.
TRIGGERS = {
    "posting_append_only": "ledger_posting",
    "posting_no_truncate": "ledger_posting",
    "posting_balances": "ledger_posting",
    "ledgertransaction_append_only": "ledger_ledgertransaction",
    "ledgertransaction_no_truncate": "ledger_ledgertransaction",
    "ledgertransaction_balances": "ledger_ledgertransaction",
    "movement_append_only": "logistics_stockmovement",
    "movement_no_truncate": "logistics_stockmovement",
    "movement_stock_not_negative": "logistics_stockmovement",
}

#: CHECK constraint to its table.
CONSTRAINTS = {
    "window_allocated_not_negative": "partner_stockrecord",
    "window_never_oversold": "partner_stockrecord",
    "window_has_a_price": "partner_stockrecord",
    "order_total_adds_up": "order_order",
    "line_adds_up": "order_line",
    "line_refund_bounded": "order_line",
    "attempt_positive": "payment_paymentattempt",
    "refund_positive": "payment_refund",
    "posting_not_zero": "ledger_posting",
    "lot_weighs_something": "logistics_lot",
    "movement_not_zero": "logistics_stockmovement",
    "lotdraw_positive": "logistics_lotdraw",
    "claim_figures": "logistics_claim",
    "share_not_negative": "settlement_settlementshare",
    "payout_positive": "settlement_payout",
    "shortfalldecision_adds_up": "harvest_schedule_shortfalldecision",
    "shortfallshare_bounded": "harvest_schedule_shortfallshare",
    "shortfallpart_figures": "harvest_schedule_shortfallpart",
}

#: What must be there once: table, columns, and the condition of a partial index.
UNIQUE = (
    ("order_order", "checkout_key", ""),
    ("order_order", "number", ""),
    ("payment_paymentattempt", "key", ""),
    ("payment_refund", "key", ""),
    ("payment_providernotice", "event_id", ""),
    ("ledger_account", "code", ""),
    ("ledger_ledgertransaction", "key", ""),
    ("logistics_stockmovement", "key", ""),
    ("logistics_lotdraw", "line_id,lot_id", "(undone_at IS NULL)"),
    ("settlement_linesettlement", "line_id", ""),
    ("settlement_settlementshare", "settlement_id,purpose,lot_id", ""),
    ("settlement_payout", "key", ""),
    ("settlement_payout", "cooperative_id", "((status)::text = 'REQUESTED'::text)"),
    ("foundation_outboxmessage", "key", ""),
    ("harvest_schedule_shortfalldecision", "key", ""),
    ("harvest_schedule_shortfalldecision", "case_id", ""),
    ("harvest_schedule_shortfallshare", "decision_id,line_id", ""),
    ("harvest_schedule_shortfallpart", "refund_id", ""),
)


def _values(rows: list[tuple[str, ...]]) -> str:
    quoted = [", ".join("'" + text.replace("'", "''") + "'" for text in row) for row in rows]
    return "VALUES " + ", ".join(f"({row})" for row in quoted)


_TRIGGERS = _values(list(TRIGGERS.items()))
_CONSTRAINTS = _values(list(CONSTRAINTS.items()))
_UNIQUE = _values([*UNIQUE])

CHECKS = (
    Check(
        key="guard-triggers",
        invariant="I2",
        says="ledger and movements are append-only and balanced by triggers that are on",
        counted=f"SELECT count(*) FROM ({_TRIGGERS}) wanted",
        breaches=f"""
            SELECT 'trigger ' || wanted.name, CASE WHEN t.oid IS NULL THEN 'missing' ELSE 'switched off' END
            FROM ({_TRIGGERS}) wanted(name, relation)
            LEFT JOIN pg_trigger t ON t.tgname = wanted.name AND t.tgrelid = to_regclass(wanted.relation)
            WHERE t.tgenabled IS NULL OR t.tgenabled NOT IN ('O', 'A') ORDER BY 1""",
    ),
    Check(
        key="guard-constraints",
        invariant="I1",
        says="the constraints that refuse impossible figures are there and were checked on every row",
        counted=f"SELECT count(*) FROM ({_CONSTRAINTS}) wanted",
        breaches=f"""
            SELECT 'constraint ' || wanted.name, CASE WHEN c.oid IS NULL THEN 'missing' ELSE 'not validated' END
            FROM ({_CONSTRAINTS}) wanted(name, relation)
            LEFT JOIN pg_constraint c
                ON c.conname = wanted.name AND c.conrelid = to_regclass(wanted.relation) AND c.contype = 'c'
            WHERE c.convalidated IS NOT TRUE ORDER BY 1""",
    ),
    Check(
        key="guard-unique",
        invariant="I10",
        says="what must happen once is held by a unique key",
        counted=f"SELECT count(*) FROM ({_UNIQUE}) wanted",
        breaches=f"""
            SELECT format('unique %s (%s)', wanted.relation, wanted.columns), 'missing or not valid'
            FROM ({_UNIQUE}) wanted(relation, columns, condition)
            WHERE NOT EXISTS (
                SELECT 1 FROM pg_index i
                WHERE i.indrelid = to_regclass(wanted.relation) AND i.indisunique AND i.indisvalid AND i.indimmediate
                  AND coalesce(pg_get_expr(i.indpred, i.indrelid), '') = wanted.condition
                  AND (SELECT string_agg(a.attname, ',' ORDER BY k.place)
                       FROM unnest(i.indkey) WITH ORDINALITY k(attnum, place)
                       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) = wanted.columns)
            ORDER BY 1""",
    ),
)
