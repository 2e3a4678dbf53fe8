"""What was promised against what is held (I1), and what was received against where it went (I9)."""

# ruff: noqa: S608  (the texts put together here are constants of this file; nothing comes from outside)

from marketplace.settlement.books.check import Check

#: Lines that hold packs of their window; lines that have drawn lots; lines that lie in a parcel.
_HOLDING = "('AWAITING_PAYMENT','PAID','OFFERED','DRAWN','PACKED','SHIPPED','DELIVERED','SETTLED')"
_DRAWN = "('DRAWN','PACKED','SHIPPED','DELIVERED','SETTLED')"
_PARCELLED = "('PACKED','SHIPPED','DELIVERED','SETTLED')"

_WINDOWS = "SELECT count(*) FROM partner_stockrecord"
_LINES = "SELECT count(*) FROM order_line"
_LOTS = "SELECT count(*) FROM logistics_lot"

CHECKS = (
    Check(
        key="window-held",
        invariant="I1",
        says="a window's allocated packs are those of its lines",
        counted=_WINDOWS,
        breaches=f"""
            SELECT 'window ' || w.id, format('%s allocated, lines hold %s', w.num_allocated, coalesce(held.packs, 0))
            FROM partner_stockrecord w
            LEFT JOIN (SELECT stockrecord_id, sum(quantity) AS packs FROM order_line
                       WHERE status IN {_HOLDING} GROUP BY stockrecord_id) held ON held.stockrecord_id = w.id
            WHERE w.num_allocated <> coalesce(held.packs, 0) ORDER BY w.id""",
    ),
    Check(
        key="window-cap",
        invariant="I1",
        says="no window has promised more than its cap, or less than nothing",
        counted=_WINDOWS,
        breaches="""
            SELECT 'window ' || id, format('%s of %s allocated', num_allocated, num_in_stock)
            FROM partner_stockrecord WHERE num_allocated < 0 OR num_allocated > num_in_stock ORDER BY id""",
    ),
    Check(
        key="line-held",
        invariant="I1",
        says="a line that holds packs says so, and names its window",
        counted=_LINES,
        breaches=f"""
            SELECT 'line ' || id, format('%s: %s packs, %s allocated, window %s', status, quantity, num_allocated,
                                         coalesce(stockrecord_id::text, 'missing'))
            FROM order_line
            WHERE stockrecord_id IS NULL
               OR num_allocated <> CASE WHEN status IN {_HOLDING} THEN quantity ELSE 0 END
            ORDER BY id""",
    ),
    Check(
        key="lot-weight",
        invariant="I9",
        says="grams received are on hand, drawn or wasted",
        counted=_LOTS,
        breaches="""
            SELECT 'lot ' || lot.number, format('%s g received; %s on hand, %s drawn, %s wasted',
                                                lot.received_g, moved.on_hand, drawn.grams, moved.wasted)
            FROM logistics_lot lot
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(grams), 0) AS on_hand,
                       coalesce(-sum(grams) FILTER (WHERE kind IN ('SPOILAGE', 'ADJUSTMENT', 'RETURN')), 0) AS wasted
                FROM logistics_stockmovement WHERE lot_id = lot.id) moved
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(grams), 0) AS grams FROM logistics_lotdraw
                WHERE lot_id = lot.id AND undone_at IS NULL) drawn
            WHERE lot.received_g <> moved.on_hand + drawn.grams + moved.wasted ORDER BY lot.id""",
    ),
    Check(
        key="lot-receipt",
        invariant="I9",
        says="a lot was received once, with its weight",
        counted=_LOTS,
        breaches="""
            SELECT 'lot ' || lot.number, format('%s g on the lot, %s receipts of %s g',
                                                lot.received_g, count(m.id), coalesce(sum(m.grams), 0))
            FROM logistics_lot lot
            LEFT JOIN logistics_stockmovement m ON m.lot_id = lot.id AND m.kind = 'RECEIPT'
            GROUP BY lot.id, lot.number, lot.received_g
            HAVING count(m.id) <> 1 OR sum(m.grams) IS DISTINCT FROM lot.received_g ORDER BY lot.id""",
    ),
    Check(
        key="lot-not-negative",
        invariant="I9",
        says="no lot holds less than nothing in any store, and moving it neither adds nor takes",
        counted="SELECT count(*) FROM (SELECT DISTINCT lot_id, mode FROM logistics_stockmovement) place",
        breaches="""
            SELECT 'lot ' || lot.number, format('%s g in the %s store', sum(m.grams), m.mode)
            FROM logistics_stockmovement m JOIN logistics_lot lot ON lot.id = m.lot_id
            GROUP BY lot.id, lot.number, m.mode HAVING sum(m.grams) < 0
            UNION ALL
            SELECT 'lot ' || lot.number, format('moves sum to %s g', sum(m.grams))
            FROM logistics_stockmovement m JOIN logistics_lot lot ON lot.id = m.lot_id
            WHERE m.kind = 'RELOCATION' GROUP BY lot.id, lot.number HAVING sum(m.grams) <> 0""",
    ),
    Check(
        key="draw-picked",
        invariant="I9",
        says="every draw is a pick movement of its lot, undone by an unpick if it was undone, and no pick is without",
        counted="SELECT count(*) FROM logistics_lotdraw",
        breaches="""
            SELECT 'draw ' || d.id, format('line %s, %s g: picked %s, unpicked %s', d.line_id, d.grams,
                                           coalesce(p.grams::text, 'never'), coalesce(u.grams::text, 'never'))
            FROM logistics_lotdraw d
            LEFT JOIN logistics_stockmovement p ON p.key = 'pick:' || d.id AND p.kind = 'PICK' AND p.lot_id = d.lot_id
            LEFT JOIN logistics_stockmovement u
                ON u.key = 'unpick:' || d.id AND u.kind = 'UNPICK' AND u.lot_id = d.lot_id
            WHERE p.grams IS DISTINCT FROM -d.grams
               OR u.grams IS DISTINCT FROM CASE WHEN d.undone_at IS NOT NULL THEN d.grams END
            UNION ALL
            SELECT 'movement ' || m.id, format('%s %s without a draw', m.kind, m.key)
            FROM logistics_stockmovement m
            LEFT JOIN logistics_lotdraw d ON m.key IN ('pick:' || d.id, 'unpick:' || d.id) AND d.lot_id = m.lot_id
            WHERE m.kind IN ('PICK', 'UNPICK') AND d.id IS NULL""",
    ),
    Check(
        key="line-drawn",
        invariant="I9",
        says="a drawn line has drawn exactly its packs and grams, another none",
        counted=_LINES,
        breaches=f"""
            SELECT 'line ' || line.id, format('%s: %s packs of %s g, drawn %s packs, %s g', line.status,
                                              line.quantity, line.net_weight_g, drawn.packs, drawn.grams)
            FROM order_line line
            LEFT JOIN (SELECT line_id, sum(packs) AS packs, sum(grams) AS grams FROM logistics_lotdraw
                       WHERE undone_at IS NULL GROUP BY line_id) found ON found.line_id = line.id
            CROSS JOIN LATERAL (SELECT coalesce(found.packs, 0) AS packs, coalesce(found.grams, 0) AS grams) drawn
            CROSS JOIN LATERAL (SELECT CASE WHEN line.status IN {_DRAWN} THEN line.quantity ELSE 0 END AS packs) due
            WHERE drawn.packs <> due.packs OR drawn.grams <> due.packs * line.net_weight_g::bigint
            ORDER BY line.id""",
    ),
    Check(
        key="line-in-parcel",
        invariant="I9",
        says="a packed line lies whole in one parcel of its order that is as far as the line",
        counted=f"SELECT count(*) FROM order_line WHERE status IN {_PARCELLED}",
        breaches=f"""
            SELECT 'line ' || line.id, format('%s: parcel %s %s, %s of %s packs', line.status,
                                              coalesce(s.number, 'missing'), s.status, inside.quantity, line.quantity)
            FROM order_line line
            LEFT JOIN logistics_shipmentline inside ON inside.line_id = line.id
            LEFT JOIN logistics_shipment s ON s.id = inside.shipment_id
            WHERE (line.status IN {_PARCELLED}) <> (s.id IS NOT NULL)
               OR s.order_id <> line.order_id
               OR inside.quantity <> line.quantity
               OR s.status <> CASE line.status WHEN 'SETTLED' THEN 'DELIVERED' ELSE line.status END
            ORDER BY line.id""",
    ),
)
