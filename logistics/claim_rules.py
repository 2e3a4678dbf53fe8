"""How long a buyer may report spoilt goods here, and what spoilt weight is worth. Pure figures, one place."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings


def claim_window_end(delivered_at: datetime) -> datetime:
    """Return the first moment at which a claim comes too late for the shop's promise (not for the law)."""
    return delivered_at + timedelta(hours=settings.CLAIM_WINDOW_H)


def claim_refund_fen(*, spoilt_g: int, weight_g: int, paid_fen: int) -> int:
    """
    Return what spoilt weight is worth: its share of the price, half a fen up; all of it when over half is spoilt.

    Something spoilt is never worth nothing: at least one fen goes back.
    """
    if 2 * spoilt_g > weight_g:
        return paid_fen
    return max(1, (2 * spoilt_g * paid_fen + weight_g) // (2 * weight_g))
