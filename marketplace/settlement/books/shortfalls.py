"""What was decided about promises that could not be kept: packs (I1) and the money that goes back for them (I5)."""

from marketplace.settlement.books.check import Check

_DECISIONS = "SELECT count(*) FROM harvest_schedule_shortfalldecision"
_PARTS = "SELECT count(*) FROM harvest_schedule_shortfallpart"

CHECKS = (
    Check(
        key="shortfall-packs",
        invariant="I1",
        says="every pack of a decision is served, moved, offered or refunded, once, and no more is served than comes",
        counted=_DECISIONS,
        breaches="""
            WITH part AS (
                SELECT share_id, sum(packs) AS packs,
                       coalesce(sum(packs) FILTER (WHERE kind = 'OTHER_LOT'), 0) AS other_lot,
                       coalesce(sum(packs) FILTER (WHERE kind = 'LATER'), 0) AS later,
                       coalesce(sum(packs) FILTER (WHERE kind = 'SUBSTITUTE'), 0) AS substitute,
                       coalesce(sum(packs) FILTER (WHERE kind = 'REFUND'), 0) AS refund
                FROM harvest_schedule_shortfallpart GROUP BY share_id),
            told AS (
                SELECT share.decision_id, sum(share.promised_packs) AS promised, sum(share.served_packs) AS served,
                       coalesce(sum(part.other_lot), 0) AS other_lot, coalesce(sum(part.later), 0) AS later,
                       coalesce(sum(part.substitute), 0) AS substitute, coalesce(sum(part.refund), 0) AS refund,
                       bool_or(share.promised_packs <> share.served_packs + coalesce(part.packs, 0)) AS is_torn
                FROM harvest_schedule_shortfallshare share LEFT JOIN part ON part.share_id = share.id
                GROUP BY share.decision_id)
            SELECT 'shortfall ' || d.case_id,
                   format('%s promised, %s coming: %s served, %s from others, %s later, %s offered, %s refunded; '
                          'lines say %s: %s, %s, %s, %s, %s', d.promised_packs, d.coming_packs, d.served_packs,
                          d.other_lot_packs, d.later_packs, d.substitute_packs, d.refund_packs, told.promised,
                          told.served, told.other_lot, told.later, told.substitute, told.refund)
            FROM harvest_schedule_shortfalldecision d LEFT JOIN told ON told.decision_id = d.id
            WHERE told.decision_id IS NULL OR told.is_torn OR d.served_packs > d.coming_packs
               OR (d.promised_packs, d.served_packs, d.other_lot_packs, d.later_packs, d.substitute_packs,
                   d.refund_packs)
                  IS DISTINCT FROM
                  (told.promised, told.served, told.other_lot, told.later, told.substitute, told.refund)
            ORDER BY d.id""",
    ),
    Check(
        key="shortfall-decided",
        invariant="I1",
        says="a case is decided once it has a decision, and not before",
        counted="SELECT count(*) FROM harvest_schedule_shortfallcase",
        breaches="""
            SELECT 'shortfall ' || c.id, format('%s, %s', c.status, CASE WHEN d.id IS NULL THEN 'without a decision'
                                                                         ELSE 'with a decision' END)
            FROM harvest_schedule_shortfallcase c
            LEFT JOIN harvest_schedule_shortfalldecision d ON d.case_id = c.id
            WHERE (c.status = 'DECIDED') <> (d.id IS NOT NULL) ORDER BY c.id""",
    ),
    Check(
        key="line-offered",
        invariant="I1",
        says="a line waits for its buyer's answer while there is one offer to answer, of the goods that it holds",
        counted="SELECT count(*) FROM harvest_schedule_shortfallpart WHERE kind = 'SUBSTITUTE'",
        breaches="""
            SELECT 'line ' || line.id, format('%s, %s open offers of its window', line.status, open.offers)
            FROM order_line line
            CROSS JOIN LATERAL (
                SELECT count(*) AS offers FROM harvest_schedule_shortfallpart part
                WHERE part.line_id = line.id AND part.kind = 'SUBSTITUTE' AND part.answer = 'OPEN'
                  AND part.window_id = line.stockrecord_id AND part.packs = line.quantity) open
            WHERE open.offers <> CASE WHEN line.status = 'OFFERED' THEN 1 ELSE 0 END
            ORDER BY line.id""",
    ),
    Check(
        key="shortfall-refunded",
        invariant="I5",
        says="packs that are refunded or declined send back what was paid for them, and every such refund is for some",
        counted=_PARTS,
        breaches="""
            SELECT 'part ' || part.id,
                   format('%s %s: line %s, refund %s of %s fen, paid %s', part.kind, part.answer, line.status,
                          coalesce(r.key, 'missing'), r.amount_fen, line.line_total_fen + line.freight_fen)
            FROM harvest_schedule_shortfallpart part
            JOIN order_line line ON line.id = part.line_id
            LEFT JOIN payment_refund r ON r.id = part.refund_id
            WHERE (part.kind = 'REFUND' OR part.answer = 'DECLINED') AND r.id IS NULL
               OR r.id IS NOT NULL AND (r.line_id IS DISTINCT FROM part.line_id OR line.status <> 'CANCELLED'
                                        OR r.amount_fen <> line.line_total_fen + line.freight_fen)
            UNION ALL
            SELECT 'refund ' || r.key, 'for no pack of a decided shortfall'
            FROM payment_refund r
            WHERE r.purpose = 'SHORTFALL' AND NOT EXISTS (
                SELECT 1 FROM harvest_schedule_shortfallpart part
                WHERE r.id IN (part.refund_id, part.difference_refund_id))""",
    ),
    Check(
        key="shortfall-difference",
        invariant="I5",
        says="cheaper goods send back the difference, and a decision says what went back at once",
        counted=_PARTS,
        breaches="""
            SELECT 'part ' || part.id,
                   format('%s %s, %s packs paid at %s for %s: %s fen go back', part.kind, part.answer, part.packs,
                          part.paid_fen, part.price_fen, coalesce(r.amount_fen, 0))
            FROM harvest_schedule_shortfallpart part
            LEFT JOIN payment_refund r ON r.id = part.difference_refund_id
            WHERE coalesce(r.amount_fen, 0) <> CASE
                WHEN part.kind = 'REFUND' OR (part.kind = 'SUBSTITUTE' AND part.answer <> 'ACCEPTED') THEN 0
                ELSE greatest(0, part.paid_fen - part.price_fen) * part.packs END
            UNION ALL
            SELECT 'shortfall ' || d.case_id, format('%s fen told, %s sent back', d.refund_fen, sent.fen)
            FROM harvest_schedule_shortfalldecision d
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(r.amount_fen), 0) AS fen
                FROM harvest_schedule_shortfallshare share
                JOIN harvest_schedule_shortfallpart part ON part.share_id = share.id
                JOIN payment_refund r
                    ON r.id = CASE part.kind WHEN 'REFUND' THEN part.refund_id
                                             WHEN 'SUBSTITUTE' THEN NULL ELSE part.difference_refund_id END
                WHERE share.decision_id = d.id) sent
            WHERE d.refund_fen <> sent.fen""",
    ),
)
