"""Breaches of what was taken, given back and asked for (I2 to I6)."""

from tests.integration.books.seeded import FORGET, HELD, LEG, MOVE, Seeded

SEEDED = (
    # I2
    Seeded(
        "ledger-balanced",
        LEG.format(
            change="amount_fen = amount_fen + 1",
            where="t.key = 'paid:pay-%(waiting_number)s' AND a.code = 'asset:provider'",
        ),
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
        MOVE.format(purpose="X", debit="payable:freight", credit="asset:provider", fen=2_000),
        "payable:freight",
        "paid out what was not owed",
    ),
    Seeded(
        "ledger-signs",
        MOVE.format(purpose="X", debit=HELD, credit="asset:provider", fen=10**9),
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
        FORGET.format(where="key = 'paid:pay-%(waiting_number)s'"),
        "paid:pay-%(waiting_number)s",
        "not booked",
    ),
    Seeded(
        "paid-booked",
        MOVE.format(purpose="PAID", debit="asset:provider", credit=HELD, fen=5),
        "booking seeded",
        "booked without a payment",
    ),
    Seeded(
        "paid-booked",
        LEG.format(
            change="account_id = (SELECT id FROM ledger_account WHERE code = 'payable:freight')",
            where="t.key = 'paid:pay-%(waiting_number)s' AND a.code LIKE 'held:%%'",
        ),
        "paid:pay-%(waiting_number)s",
        "on the wrong account",
    ),
    # I4
    Seeded("provider-balance", FORGET.format(where="key = 'paid:pay-%(waiting_number)s'"), "asset:provider", "less"),
    Seeded(
        "provider-balance",
        LEG.format(change="amount_fen = amount_fen - 1", where="t.purpose = 'PAID_OUT' AND a.code LIKE 'payable%%'"),
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
        MOVE.format(purpose="X", debit=HELD, credit="held:order:%(settled_number)s", fen=7),
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
        LEG.format(
            change="account_id = (SELECT id FROM ledger_account WHERE code = 'payable:payment-fee')",
            where="t.key = 'settled:%(claimed)s' AND a.code = 'payable:freight'",
        ),
        "settled:%(claimed)s",
        "freight booked as a fee",
    ),
    Seeded("settled-booked", FORGET.format(where="key = 'settled:%(claimed)s'"), "settled:%(claimed)s", "not booked"),
    Seeded(
        "owed-to-cooperatives",
        MOVE.format(purpose="X", debit="payable:cooperative:%(cooperative)s", credit="payable:freight", fen=3),
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
        FORGET.format(where="key = 'refunded:%(claim_refund)s'"),
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
)
