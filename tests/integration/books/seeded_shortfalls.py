"""Breaches of what was decided about shortfalls (I1, I5)."""

from tests.integration.books.seeded import Seeded

_SUMS = (("harvest_schedule_shortfalldecision", "shortfalldecision_adds_up"),)

SEEDED = (
    # I1
    Seeded(
        "shortfall-packs",
        "UPDATE harvest_schedule_shortfallpart SET packs = packs + 1 WHERE kind = 'REFUND'",
        "shortfall %(shortfall)s",
        "a pack refunded twice",
    ),
    Seeded(
        "shortfall-packs",
        "UPDATE harvest_schedule_shortfallpart SET kind = 'OTHER_LOT' WHERE kind = 'LATER'",
        "shortfall %(shortfall)s",
        "moved elsewhere than told",
    ),
    Seeded(
        "shortfall-packs",
        "UPDATE harvest_schedule_shortfalldecision SET coming_packs = served_packs - 1",
        "shortfall %(shortfall)s",
        "more served than comes",
        _SUMS,
    ),
    Seeded(
        "shortfall-packs",
        "DELETE FROM harvest_schedule_shortfallpart; DELETE FROM harvest_schedule_shortfallshare",
        "shortfall %(shortfall)s",
        "nobody got anything",
    ),
    Seeded(
        "shortfall-decided",
        "UPDATE harvest_schedule_shortfallcase SET status = 'OPEN' WHERE id = %(shortfall)s",
        "shortfall %(shortfall)s",
        "decided and still open",
    ),
    Seeded(
        "shortfall-decided",
        "UPDATE harvest_schedule_shortfalldecision SET case_id = 0",
        "shortfall %(shortfall)s",
        "a decision lost",
    ),
    Seeded(
        "line-offered",
        "UPDATE order_line SET status = 'PAID' WHERE id = %(offered_line)s",
        "line %(offered_line)s",
        "sent without an answer",
    ),
    Seeded(
        "line-offered",
        "UPDATE harvest_schedule_shortfallpart SET answer = 'LAPSED' WHERE kind = 'SUBSTITUTE'",
        "line %(offered_line)s",
        "an offer forgotten",
    ),
    # I5
    Seeded(
        "shortfall-refunded",
        "UPDATE harvest_schedule_shortfallpart SET refund_id = NULL WHERE kind = 'REFUND'",
        "part ",
        "no money for lost packs",
    ),
    Seeded(
        "shortfall-refunded",
        "UPDATE harvest_schedule_shortfallpart SET refund_id = NULL WHERE answer = 'DECLINED'",
        "part %(declined_part)s",
        "no money for packs given back",
    ),
    Seeded(
        "shortfall-refunded",
        "UPDATE payment_refund SET amount_fen = amount_fen - 1 WHERE key = 'shortfall-%(declined_part)s'",
        "part %(declined_part)s",
        "a fen less",
    ),
    Seeded(
        "shortfall-refunded",
        "UPDATE payment_refund SET purpose = 'SHORTFALL' WHERE key = '%(claim_refund)s'",
        "refund %(claim_refund)s",
        "for nothing",
    ),
    Seeded(
        "shortfall-difference",
        "UPDATE harvest_schedule_shortfallpart SET difference_refund_id = NULL WHERE kind = 'LATER'",
        "part %(declined_part)s",
        "a difference kept",
    ),
    Seeded(
        "shortfall-difference",
        "UPDATE harvest_schedule_shortfalldecision SET refund_fen = refund_fen + 1",
        "shortfall %(shortfall)s",
        "another sum told",
    ),
)
