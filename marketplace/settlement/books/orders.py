"""An order's figures among themselves, and with what was asked of the buyer (I6)."""

from marketplace.settlement.books.check import Check

_ORDERS = "SELECT count(*) FROM order_order"
_LINES = "SELECT count(*) FROM order_line"

CHECKS = (
    Check(
        key="order-total",
        invariant="I6",
        says="an order's goods and freight are the sums of its lines, and make its total",
        counted=_ORDERS,
        breaches="""
            SELECT 'order ' || o.number, format('total %s, goods %s, freight %s; lines %s and %s', o.total_fen,
                                                o.goods_fen, o.freight_fen, line.goods, line.freight)
            FROM order_order o
            LEFT JOIN (SELECT order_id, sum(line_total_fen) AS goods, sum(freight_fen) AS freight
                       FROM order_line GROUP BY order_id) line ON line.order_id = o.id
            WHERE o.total_fen <> o.goods_fen + o.freight_fen
               OR line.goods IS DISTINCT FROM o.goods_fen OR line.freight IS DISTINCT FROM o.freight_fen
            ORDER BY o.id""",
    ),
    Check(
        key="line-total",
        invariant="I6",
        says="a line costs its packs at its price",
        counted=_LINES,
        breaches="""
            SELECT 'line ' || id, format('%s × %s is not %s', quantity, unit_price_fen, line_total_fen)
            FROM order_line
            WHERE line_total_fen <> quantity * unit_price_fen OR quantity <= 0 OR unit_price_fen <= 0 ORDER BY id""",
    ),
    Check(
        key="order-decimals",
        invariant="I6",
        says="Oscar's decimals of an order say the same as the fen, in yuan",
        counted=_ORDERS,
        breaches="""
            SELECT 'order ' || number, format('%s %s and %s, fen %s and %s', currency, total_incl_tax,
                                              shipping_incl_tax, total_fen, freight_fen)
            FROM order_order
            WHERE currency <> 'CNY'
               OR total_incl_tax * 100 <> total_fen OR total_excl_tax * 100 <> total_fen
               OR shipping_incl_tax * 100 <> freight_fen OR shipping_excl_tax * 100 <> freight_fen
            ORDER BY id""",
    ),
    Check(
        key="line-decimals",
        invariant="I6",
        says="Oscar's decimals of a line say the same as the fen",
        counted=_LINES,
        breaches="""
            SELECT 'line ' || id, format('%s at %s, fen %s at %s', line_price_incl_tax, unit_price_incl_tax,
                                         line_total_fen, unit_price_fen)
            FROM order_line
            WHERE line_price_incl_tax * 100 <> line_total_fen OR line_price_excl_tax * 100 <> line_total_fen
               OR unit_price_incl_tax * 100 IS DISTINCT FROM unit_price_fen
            ORDER BY id""",
    ),
    Check(
        key="attempt-amount",
        invariant="I6",
        says="the buyer is asked for the order's total, no more and no less",
        counted="SELECT count(*) FROM payment_paymentattempt",
        breaches="""
            SELECT 'attempt ' || a.key, format('%s fen asked, order %s is %s', a.amount_fen, o.number, o.total_fen)
            FROM payment_paymentattempt a JOIN order_order o ON o.id = a.order_id
            WHERE a.amount_fen <> o.total_fen ORDER BY a.id""",
    ),
    Check(
        key="order-and-lines",
        invariant="I6",
        says="an order is where its lines are",
        counted=_ORDERS,
        breaches="""
            SELECT 'order ' || o.number, format('%s, lines %s', o.status, array_to_string(lines.statuses, ', '))
            FROM order_order o
            CROSS JOIN LATERAL (SELECT array_agg(DISTINCT status::text ORDER BY status::text) AS statuses
                                FROM order_line WHERE order_id = o.id) lines
            WHERE lines.statuses IS NULL
               OR NOT lines.statuses <@ CASE o.status
                    WHEN 'PREPARING' THEN ARRAY['PAID','OFFERED','DRAWN','PACKED','SHIPPED','DELIVERED','SETTLED',
                                                'CANCELLED']
                    WHEN 'SHIPPED' THEN ARRAY['SHIPPED','DELIVERED','SETTLED','CANCELLED']
                    WHEN 'DELIVERED' THEN ARRAY['DELIVERED','SETTLED','CANCELLED']
                    WHEN 'SETTLED' THEN ARRAY['SETTLED','CANCELLED']
                    WHEN 'PAID' THEN ARRAY['PAID','OFFERED','CANCELLED']
                    ELSE ARRAY[o.status::text] END
            ORDER BY o.id""",
    ),
)
