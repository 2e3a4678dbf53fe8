"""Claims on what a station sent, with what each would be refunded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from logistics.claim_rules import claim_refund_fen, claim_window_end
from logistics.models import Claim, Shipment
from logistics.selectors.scope import claims_of_hub
from logistics.states import ClaimStatus
from marketplace.cooperatives.models import Hub
from marketplace.order.models import Line

#: What we promise a buyer of fresh goods: a decision within three days.
ANSWER_H = 72


@dataclass(frozen=True)
class ClaimRow:
    """One claim, until when it should be answered, and what accepting it would send back."""

    claim: Claim
    answer_by: datetime
    hours_left: int
    would_refund_fen: int

    @property
    def is_late(self) -> bool:
        return self.claim.is_open and self.hours_left <= 0

    @property
    def is_urgent(self) -> bool:
        return self.claim.is_open and 0 < self.hours_left <= 12


@dataclass(frozen=True)
class ClaimWindow:
    """What a buyer can do about a line now: nothing yet, report until an hour, look at a report, or too late."""

    line: Line
    delivered_at: datetime | None
    closes_at: datetime | None
    claim: Claim | None
    is_open: bool


def claim_row(claim: Claim, *, at: datetime) -> ClaimRow:
    """Return a claim with its deadline and its worth."""
    answer_by = claim.reported_at + timedelta(hours=ANSWER_H)
    line = claim.line
    due_fen = claim_refund_fen(spoilt_g=claim.spoilt_g, weight_g=line.weight_g, paid_fen=line.line_total_fen)
    left_fen = max(0, line.line_total_fen - line.refunded_fen)
    return ClaimRow(
        claim=claim,
        answer_by=answer_by,
        hours_left=int((answer_by - at).total_seconds() // 3600),
        would_refund_fen=claim.refund_fen if claim.is_accepted else min(due_fen, left_fen),
    )


def open_claims(*, hub: Hub, at: datetime) -> list[ClaimRow]:
    """Return the claims that wait for an answer, the longest waiting first."""
    claims = claims_of_hub(hub).filter(status=ClaimStatus.REPORTED).order_by("reported_at", "pk")
    return [claim_row(claim, at=at) for claim in claims]


def answered_claims(*, hub: Hub, at: datetime, limit: int = 20) -> list[ClaimRow]:
    """Return the last claims that were answered."""
    claims = claims_of_hub(hub).exclude(status=ClaimStatus.REPORTED).order_by("-answered_at", "-pk")[:limit]
    return [claim_row(claim, at=at) for claim in claims]


def claim_window(*, line: Line, at: datetime) -> ClaimWindow:
    """Return what a buyer can do about a line at a moment."""
    shipment = Shipment.objects.filter(shipment_lines__line_id=line.pk).first()
    delivered_at = shipment.delivered_at if shipment is not None else None
    closes_at = claim_window_end(delivered_at) if delivered_at is not None else None
    claim = Claim.objects.filter(line_id=line.pk).order_by("-reported_at", "-pk").first()
    live = claim if claim is not None and (claim.is_open or claim.is_accepted) else None
    is_open = closes_at is not None and at < closes_at and live is None
    return ClaimWindow(line, delivered_at, closes_at, claim, is_open)
