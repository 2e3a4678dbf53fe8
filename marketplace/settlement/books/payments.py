"""What the provider took and gave back, against orders, refunds and ledger (I2 to I5)."""

# ruff: noqa: S608  (the texts put together here are constants of this file; nothing comes from outside)

from marketplace.settlement.books.check import Check

#: What stands on each account in each transaction, by the transaction's key.
_LEGS = """
    SELECT t.key, account.code, sum(p.amount_fen) AS fen
    FROM ledger_posting p
    JOIN ledger_ledgertransaction t ON t.id = p.transaction_id
    JOIN ledger_account account ON account.id = p.account_id
    WHERE t.purpose = '{purpose}' GROUP BY t.key, account.code"""

_GONE_BACK = """
    SELECT attempt_id, sum(amount_fen) AS fen FROM payment_refund WHERE status <> 'FAILED' GROUP BY attempt_id"""

_LIVE = "('PAID','PREPARING','SHIPPED','DELIVERED','SETTLED')"

_PAID_ATTEMPTS = "SELECT count(*) FROM payment_paymentattempt WHERE status = 'PAID'"
_REFUNDS = "SELECT count(*) FROM payment_refund"

CHECKS = (
    Check(
        key="ledger-balanced",
        invariant="I2",
        says="every transaction has at least two legs that sum to nothing",
        counted="SELECT count(*) FROM ledger_ledgertransaction",
        breaches="""
            SELECT 'transaction ' || t.key, format('%s legs, sum %s', count(p.id), coalesce(sum(p.amount_fen), 0))
            FROM ledger_ledgertransaction t LEFT JOIN ledger_posting p ON p.transaction_id = t.id
            GROUP BY t.id, t.key HAVING count(p.id) < 2 OR sum(p.amount_fen) <> 0 ORDER BY t.id""",
    ),
    Check(
        key="ledger-signs",
        invariant="I2",
        says="nobody was paid out more than was held or owed, and the provider holds no less than nothing",
        counted="SELECT count(*) FROM ledger_account",
        breaches="""
            SELECT 'account ' || account.code, format('balance %s fen', sum(p.amount_fen))
            FROM ledger_account account JOIN ledger_posting p ON p.account_id = account.id
            GROUP BY account.id, account.code
            HAVING CASE WHEN account.code LIKE 'asset:%' THEN sum(p.amount_fen) < 0 ELSE sum(p.amount_fen) > 0 END
            ORDER BY account.code""",
    ),
    Check(
        key="paid-has-an-end",
        invariant="I3",
        says="money taken belongs to one paid order, or goes back in full",
        counted=_PAID_ATTEMPTS,
        breaches=f"""
            WITH back AS ({_GONE_BACK}),
            kept AS (
                SELECT a.id, a.key, a.order_id, a.amount_fen, coalesce(back.fen, 0) AS back_fen,
                       count(*) OVER (PARTITION BY a.order_id) AS attempts
                FROM payment_paymentattempt a LEFT JOIN back ON back.attempt_id = a.id
                WHERE a.status = 'PAID' AND a.amount_fen > coalesce(back.fen, 0))
            SELECT 'attempt ' || kept.key,
                   format('%s fen taken, %s gone back; order %s is %s, %s of its payments keep money',
                          kept.amount_fen, kept.back_fen, o.number, o.status, kept.attempts)
            FROM kept JOIN order_order o ON o.id = kept.order_id
            WHERE o.status NOT IN {_LIVE} OR kept.attempts > 1 ORDER BY kept.id""",
    ),
    Check(
        key="paid-order-has-money",
        invariant="I3",
        says="no order counts as paid, or as refunded, without a payment",
        counted=f"SELECT count(*) FROM order_order WHERE status IN {_LIVE} OR status = 'CANCELLED'",
        breaches=f"""
            SELECT 'order ' || o.number, format('%s without a paid attempt', o.status)
            FROM order_order o
            WHERE (o.status IN {_LIVE} OR o.status = 'CANCELLED')
              AND NOT EXISTS (SELECT 1 FROM payment_paymentattempt a WHERE a.order_id = o.id AND a.status = 'PAID')
            ORDER BY o.id""",
    ),
    Check(
        key="paid-booked",
        invariant="I3",
        says="every payment is booked once, from the provider to what is held for its order, and no other",
        counted=_PAID_ATTEMPTS,
        breaches=f"""
            WITH legs AS ({_LEGS.format(purpose="PAID")}), expected AS (
                SELECT 'paid:' || a.key AS key, side.code, side.fen
                FROM payment_paymentattempt a JOIN order_order o ON o.id = a.order_id
                CROSS JOIN LATERAL (VALUES ('asset:provider', a.amount_fen),
                                           ('held:order:' || o.number, -a.amount_fen)) side(code, fen)
                WHERE a.status = 'PAID')
            SELECT 'booking ' || coalesce(legs.key, expected.key),
                   format('%s: booked %s, expected %s', coalesce(legs.code, expected.code),
                          coalesce(legs.fen, 0), coalesce(expected.fen, 0))
            FROM expected FULL JOIN legs ON legs.key = expected.key AND legs.code = expected.code
            WHERE legs.fen IS DISTINCT FROM expected.fen ORDER BY 1""",
    ),
    Check(
        key="provider-balance",
        invariant="I4",
        says="what the provider holds is taken less gone back less sent, and is all that we owe",
        counted="SELECT count(*) FROM ledger_posting",
        breaches="""
            SELECT 'asset:provider', format('balance %s; %s taken, %s gone back, %s sent; owed %s',
                                            held.fen, taken.fen, back.fen, sent.fen, owed.fen)
            FROM (SELECT coalesce(sum(p.amount_fen), 0) AS fen FROM ledger_posting p
                  JOIN ledger_account a ON a.id = p.account_id WHERE a.code = 'asset:provider') held,
                 (SELECT coalesce(-sum(p.amount_fen), 0) AS fen FROM ledger_posting p
                  JOIN ledger_account a ON a.id = p.account_id WHERE a.code <> 'asset:provider') owed,
                 (SELECT coalesce(sum(amount_fen), 0) AS fen FROM payment_paymentattempt WHERE status = 'PAID') taken,
                 (SELECT coalesce(sum(amount_fen), 0) AS fen FROM payment_refund WHERE status = 'SUCCEEDED') back,
                 (SELECT coalesce(sum(amount_fen), 0) AS fen FROM settlement_payout WHERE status = 'SENT') sent
            WHERE held.fen <> taken.fen - back.fen - sent.fen OR held.fen <> owed.fen""",
    ),
    Check(
        key="held-by-order",
        invariant="I4",
        says="what is held for an order is paid less gone back less settled",
        counted="SELECT count(*) FROM ledger_account WHERE code LIKE 'held:order:%'",
        breaches="""
            WITH moved AS (
                SELECT order_id, amount_fen AS fen FROM payment_paymentattempt WHERE status = 'PAID'
                UNION ALL SELECT order_id, -amount_fen FROM payment_refund WHERE status = 'SUCCEEDED'
                UNION ALL SELECT line.order_id, -share.amount_fen FROM settlement_settlementshare share
                          JOIN settlement_linesettlement s ON s.id = share.settlement_id
                          JOIN order_line line ON line.id = s.line_id),
            expected AS (SELECT 'held:order:' || o.number AS code, sum(moved.fen) AS fen
                         FROM moved JOIN order_order o ON o.id = moved.order_id GROUP BY o.number),
            booked AS (SELECT a.code, -sum(p.amount_fen) AS fen FROM ledger_account a
                       JOIN ledger_posting p ON p.account_id = a.id WHERE a.code LIKE 'held:order:%' GROUP BY a.code)
            SELECT 'account ' || coalesce(expected.code, booked.code),
                   format('%s fen held, expected %s', coalesce(booked.fen, 0), coalesce(expected.fen, 0))
            FROM expected FULL JOIN booked ON booked.code = expected.code
            WHERE coalesce(booked.fen, 0) <> coalesce(expected.fen, 0) ORDER BY 1""",
    ),
    Check(
        key="refund-bound",
        invariant="I5",
        says="no more goes back than was taken, and from the order that paid it",
        counted=_REFUNDS,
        breaches=f"""
            SELECT 'attempt ' || a.key, format('%s fen taken, %s go back', a.amount_fen, back.fen)
            FROM payment_paymentattempt a JOIN ({_GONE_BACK}) back ON back.attempt_id = a.id
            WHERE back.fen > a.amount_fen OR a.status <> 'PAID'
            UNION ALL
            SELECT 'refund ' || r.key, 'its payment or its line is of another order'
            FROM payment_refund r JOIN payment_paymentattempt a ON a.id = r.attempt_id
            LEFT JOIN order_line line ON line.id = r.line_id
            WHERE r.order_id <> a.order_id OR line.order_id <> r.order_id""",
    ),
    Check(
        key="refund-booked",
        invariant="I5",
        says="every refund that arrived is booked once, from what was held for its order, and no other",
        counted="SELECT count(*) FROM payment_refund WHERE status = 'SUCCEEDED'",
        breaches=f"""
            WITH legs AS ({_LEGS.format(purpose="REFUNDED")}), expected AS (
                SELECT 'refunded:' || r.key AS key, side.code, side.fen
                FROM payment_refund r JOIN order_order o ON o.id = r.order_id
                CROSS JOIN LATERAL (VALUES ('asset:provider', -r.amount_fen),
                                           ('held:order:' || o.number, r.amount_fen)) side(code, fen)
                WHERE r.status = 'SUCCEEDED')
            SELECT 'booking ' || coalesce(legs.key, expected.key),
                   format('%s: booked %s, expected %s', coalesce(legs.code, expected.code),
                          coalesce(legs.fen, 0), coalesce(expected.fen, 0))
            FROM expected FULL JOIN legs ON legs.key = expected.key AND legs.code = expected.code
            WHERE legs.fen IS DISTINCT FROM expected.fen ORDER BY 1""",
    ),
    Check(
        key="line-refunded",
        invariant="I5",
        says="lines know what goes back of them, and it is no more than they cost",
        counted="SELECT count(*) FROM order_line",
        breaches="""
            SELECT 'line ' || line.id, format('%s of %s fen refunded, its own refunds are %s', line.refunded_fen,
                                              line.line_total_fen + line.freight_fen, coalesce(own.fen, 0))
            FROM order_line line
            LEFT JOIN (SELECT line_id, sum(amount_fen) AS fen FROM payment_refund
                       WHERE status <> 'FAILED' GROUP BY line_id) own ON own.line_id = line.id
            WHERE line.refunded_fen NOT BETWEEN coalesce(own.fen, 0) AND line.line_total_fen + line.freight_fen
            UNION ALL
            SELECT 'order ' || o.number, format('lines say %s fen refunded, refunds say %s', line.fen, back.fen)
            FROM order_order o
            CROSS JOIN LATERAL (SELECT coalesce(sum(refunded_fen), 0) AS fen FROM order_line
                                WHERE order_id = o.id) line
            CROSS JOIN LATERAL (SELECT coalesce(sum(amount_fen), 0) AS fen FROM payment_refund
                                WHERE order_id = o.id AND status <> 'FAILED') back
            -- An order paid twice gives more back than its lines cost.
            WHERE line.fen <> least(back.fen, o.total_fen)""",
    ),
    Check(
        key="claim-paid",
        invariant="I5",
        says="an accepted claim is one refund of its amount, and spoilt weight is no more than was bought",
        counted="SELECT count(*) FROM logistics_claim",
        breaches="""
            SELECT 'claim ' || c.id, format('%s: %s of %s g spoilt, %s fen answered, %s fen refunded', c.status,
                                            c.spoilt_g, line.quantity::bigint * line.net_weight_g, c.refund_fen,
                                            coalesce(r.amount_fen, 0))
            FROM logistics_claim c
            JOIN order_line line ON line.id = c.line_id
            LEFT JOIN payment_refund r ON r.key = 'claim-' || c.id AND r.line_id = c.line_id
            WHERE c.spoilt_g > line.quantity::bigint * line.net_weight_g
               OR c.refund_fen <> coalesce(r.amount_fen, 0)
               OR (c.status = 'ACCEPTED') <> (c.refund_fen > 0)
            ORDER BY c.id""",
    ),
)
