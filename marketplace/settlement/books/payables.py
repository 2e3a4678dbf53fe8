"""How lines were settled, and what cooperatives were sent of it (I4, I10)."""

# ruff: noqa: S608  (the texts put together here are constants of this file; nothing comes from outside)

from marketplace.settlement.books.check import Check

_SETTLEMENTS = "SELECT count(*) FROM settlement_linesettlement"
_PAYOUTS = "SELECT count(*) FROM settlement_payout"

#: Where each share must stand in the ledger.
_EXPECTED = """
    SELECT 'settled:' || s.line_id AS key, share.amount_fen AS fen,
           CASE share.purpose
               WHEN 'COOPERATIVE' THEN 'payable:cooperative:' || share.cooperative_id
               WHEN 'FREIGHT' THEN 'payable:freight'
               WHEN 'PAYMENT_FEE' THEN 'payable:payment-fee'
               WHEN 'PACKING' THEN 'payable:hub:' || parcel.hub_id
               WHEN 'SELLER_FEE' THEN 'payable:seller:' || coalesce(line.partner_id, pool.seller_id)
           END AS code, o.number
    FROM settlement_settlementshare share
    JOIN settlement_linesettlement s ON s.id = share.settlement_id
    JOIN order_line line ON line.id = s.line_id
    JOIN order_order o ON o.id = line.order_id
    LEFT JOIN logistics_shipmentline inside ON inside.line_id = line.id
    LEFT JOIN logistics_shipment parcel ON parcel.id = inside.shipment_id
    LEFT JOIN partner_stockrecord w ON w.id = line.stockrecord_id
    LEFT JOIN cooperatives_poolproduct sold ON sold.product_id = w.product_id
    LEFT JOIN cooperatives_supplypool pool ON pool.id = sold.pool_id"""

CHECKS = (
    Check(
        key="settled-once",
        invariant="I10",
        says="a line is settled when, and only when, its money was split, once",
        counted="SELECT count(*) FROM order_line WHERE status = 'SETTLED'",
        breaches="""
            SELECT 'line ' || line.id, format('%s, split %s times', line.status, count(s.id))
            FROM order_line line LEFT JOIN settlement_linesettlement s ON s.line_id = line.id
            GROUP BY line.id, line.status
            HAVING count(s.id) <> CASE line.status WHEN 'SETTLED' THEN 1 ELSE 0 END ORDER BY line.id""",
    ),
    Check(
        key="shares-sum",
        invariant="I4",
        says="the shares of a line are all that was paid for it and not sent back",
        counted=_SETTLEMENTS,
        breaches="""
            SELECT 'line ' || line.id, format('goods %s + freight %s − refunded %s, split as %s + %s − %s into %s',
                                              line.line_total_fen, line.freight_fen, line.refunded_fen,
                                              s.goods_fen, s.freight_fen, s.refunded_fen, shares.fen)
            FROM settlement_linesettlement s
            JOIN order_line line ON line.id = s.line_id
            CROSS JOIN LATERAL (SELECT coalesce(sum(amount_fen), 0) AS fen FROM settlement_settlementshare
                                WHERE settlement_id = s.id) shares
            WHERE (s.goods_fen, s.freight_fen, s.refunded_fen)
                  <> (line.line_total_fen, line.freight_fen, line.refunded_fen)
               OR shares.fen <> s.goods_fen + s.freight_fen - s.refunded_fen
            ORDER BY line.id""",
    ),
    Check(
        key="share-once",
        invariant="I10",
        says="a line is split once for each purpose and lot, and nobody gets less than nothing",
        counted="SELECT count(*) FROM settlement_settlementshare",
        breaches="""
            SELECT 'line ' || s.line_id, format('%s of lot %s: %s shares, least %s fen', share.purpose,
                                                coalesce(share.lot_id::text, 'none'), count(*), min(share.amount_fen))
            FROM settlement_settlementshare share JOIN settlement_linesettlement s ON s.id = share.settlement_id
            GROUP BY s.line_id, share.purpose, share.lot_id
            HAVING count(*) > 1 OR min(share.amount_fen) < 0 ORDER BY s.line_id""",
    ),
    Check(
        key="share-has-its-lot",
        invariant="I10",
        says="a cooperative has a share for each lot of its own in the line, and for no other",
        counted="SELECT count(*) FROM settlement_settlementshare WHERE purpose = 'COOPERATIVE'",
        breaches="""
            WITH shared AS (
                SELECT s.line_id, share.lot_id, share.cooperative_id FROM settlement_settlementshare share
                JOIN settlement_linesettlement s ON s.id = share.settlement_id WHERE share.purpose = 'COOPERATIVE'),
            drawn AS (
                SELECT d.line_id, d.lot_id, lot.cooperative_id FROM logistics_lotdraw d
                JOIN logistics_lot lot ON lot.id = d.lot_id
                JOIN settlement_linesettlement s ON s.line_id = d.line_id WHERE d.undone_at IS NULL)
            SELECT 'line ' || coalesce(shared.line_id, drawn.line_id),
                   format('lot %s of cooperative %s drawn; share of lot %s for cooperative %s', drawn.lot_id,
                          drawn.cooperative_id, shared.lot_id, shared.cooperative_id)
            FROM drawn FULL JOIN shared ON shared.line_id = drawn.line_id AND shared.lot_id = drawn.lot_id
            WHERE shared.cooperative_id IS DISTINCT FROM drawn.cooperative_id ORDER BY 1""",
    ),
    Check(
        key="settled-booked",
        invariant="I4",
        says="every share stands in the ledger on the account of whom it is for, and nothing else does",
        counted=_SETTLEMENTS,
        breaches=f"""
            WITH share AS ({_EXPECTED}),
            expected AS (
                SELECT key, code, sum(fen) AS fen FROM (
                    SELECT key, code, -fen AS fen FROM share
                    UNION ALL SELECT key, 'held:order:' || number, fen FROM share) leg
                GROUP BY key, code HAVING sum(fen) <> 0),
            booked AS (
                SELECT t.key, a.code, sum(p.amount_fen) AS fen FROM ledger_posting p
                JOIN ledger_ledgertransaction t ON t.id = p.transaction_id AND t.purpose = 'SETTLED'
                JOIN ledger_account a ON a.id = p.account_id GROUP BY t.key, a.code)
            SELECT 'booking ' || coalesce(booked.key, expected.key),
                   format('%s: booked %s, expected %s', coalesce(booked.code, expected.code),
                          coalesce(booked.fen, 0), coalesce(expected.fen, 0))
            FROM expected FULL JOIN booked ON booked.key = expected.key AND booked.code = expected.code
            WHERE booked.fen IS DISTINCT FROM expected.fen ORDER BY 1""",
    ),
    Check(
        key="owed-to-cooperatives",
        invariant="I4",
        says="what a cooperative is owed is its shares less what it was sent",
        counted="SELECT count(*) FROM ledger_account WHERE code LIKE 'payable:cooperative:%'",
        breaches="""
            WITH moved AS (
                SELECT cooperative_id, amount_fen AS fen FROM settlement_settlementshare WHERE purpose = 'COOPERATIVE'
                UNION ALL SELECT cooperative_id, -amount_fen FROM settlement_payout WHERE status = 'SENT'),
            expected AS (SELECT 'payable:cooperative:' || cooperative_id AS code, sum(fen) AS fen
                         FROM moved GROUP BY cooperative_id),
            booked AS (SELECT a.code, -sum(p.amount_fen) AS fen FROM ledger_account a
                       JOIN ledger_posting p ON p.account_id = a.id
                       WHERE a.code LIKE 'payable:cooperative:%' GROUP BY a.code)
            SELECT 'account ' || coalesce(expected.code, booked.code),
                   format('%s fen owed, expected %s', coalesce(booked.fen, 0), coalesce(expected.fen, 0))
            FROM expected FULL JOIN booked ON booked.code = expected.code
            WHERE coalesce(booked.fen, 0) <> coalesce(expected.fen, 0) ORDER BY 1""",
    ),
    Check(
        key="payout-earned",
        invariant="I10",
        says="no cooperative is sent more than it has earned",
        counted=_PAYOUTS,
        breaches="""
            SELECT 'cooperative ' || c.code, format('%s fen earned, %s sent or under way', earned.fen, sent.fen)
            FROM cooperatives_cooperative c
            CROSS JOIN LATERAL (SELECT coalesce(sum(amount_fen), 0) AS fen FROM settlement_settlementshare
                                WHERE cooperative_id = c.id AND purpose = 'COOPERATIVE') earned
            CROSS JOIN LATERAL (SELECT coalesce(sum(amount_fen), 0) AS fen FROM settlement_payout
                                WHERE cooperative_id = c.id) sent
            WHERE sent.fen > earned.fen ORDER BY c.id""",
    ),
    Check(
        key="payout-booked",
        invariant="I10",
        says="every payout that was sent has one key and is booked once, and no other",
        counted=_PAYOUTS,
        breaches="""
            WITH expected AS (
                SELECT 'paid-out:' || o.key AS key, side.code, side.fen FROM settlement_payout o
                CROSS JOIN LATERAL (VALUES ('asset:provider', -o.amount_fen),
                                           ('payable:cooperative:' || o.cooperative_id, o.amount_fen)) side(code, fen)
                WHERE o.status = 'SENT'),
            booked AS (
                SELECT t.key, a.code, sum(p.amount_fen) AS fen FROM ledger_posting p
                JOIN ledger_ledgertransaction t ON t.id = p.transaction_id AND t.purpose = 'PAID_OUT'
                JOIN ledger_account a ON a.id = p.account_id GROUP BY t.key, a.code)
            SELECT 'booking ' || coalesce(booked.key, expected.key),
                   format('%s: booked %s, expected %s', coalesce(booked.code, expected.code),
                          coalesce(booked.fen, 0), coalesce(expected.fen, 0))
            FROM expected FULL JOIN booked ON booked.key = expected.key AND booked.code = expected.code
            WHERE booked.fen IS DISTINCT FROM expected.fen
            UNION ALL
            SELECT 'payout ' || key, format('%s rows with this key', count(*))
            FROM settlement_payout GROUP BY key HAVING count(*) > 1
            UNION ALL
            SELECT 'payout ' || provider_reference, format('%s payouts name this transfer', count(*))
            FROM settlement_payout WHERE provider_reference <> '' GROUP BY provider_reference HAVING count(*) > 1""",
    ),
)
