"""Spoilt goods: a buyer's report with a photo inside the claim window, and its answer."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from harvest_schedule.services.harvest_rules import grams_in_words
from logistics.claim_rules import claim_refund_fen, claim_window_end
from logistics.models import Claim, Shipment
from logistics.photos import UnusablePhoto, photo_rewrite
from logistics.states import CLAIM_MOVES, ClaimStatus
from marketplace.checkout.services.refunds import refund_request
from marketplace.foundation.outbox import outbox_put
from marketplace.foundation.transitions import move
from marketplace.order.models import Line, Order
from marketplace.order.states import LineStatus
from marketplace.payment.models import Refund

_MOST_TEXT = 300


class UnableToClaim(ValueError):
    """A report that cannot be taken; ``field`` names what must change, the text says how."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(message)


class UnableToAnswerClaim(ValueError):
    """An answer that cannot be given; ``field`` names what must change, the text says how."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(message)


@transaction.atomic
def claim_report(
    *,
    line_id: int,
    spoilt_g: int,
    photo: BinaryIO,
    note: str,
    key: str,
    at: datetime,
    actor: AbstractBaseUser | None = None,
) -> Claim:
    """
    Take down what a buyer found spoilt in a delivered line. The same key returns the claim it made.

    Whose order it is was checked by the caller. The photo is written anew, small and without its EXIF.

    Raises
    ------
    UnableToClaim
    """
    Order.objects.select_for_update(of=("self",)).get(lines__pk=line_id)
    line = Line.objects.select_for_update(of=("self",)).get(pk=line_id)
    known = Claim.objects.filter(key=key).first()
    if known is not None:
        if known.line_id != line_id:
            raise UnableToClaim("key", _("The form has lost its key. Please open it again."))
        return known
    if not 8 <= len(key) <= 64:
        raise UnableToClaim("key", _("The form has lost its key. Please open it again."))
    _check_window(line, at)
    if Claim.objects.filter(line=line, status__in=(ClaimStatus.REPORTED, ClaimStatus.ACCEPTED)).exists():
        raise UnableToClaim("line", _("You have reported this already. We answer within 72 hours."))
    if spoilt_g <= 0:
        raise UnableToClaim("spoilt", _("The weight must be more than zero."))
    if spoilt_g > line.weight_g:
        raise UnableToClaim(
            "spoilt",
            _("This line weighed %(weight)s. Enter at most that.") % {"weight": grams_in_words(line.weight_g)},
        )
    note = note.strip()
    if len(note) > _MOST_TEXT:
        raise UnableToClaim("note", _("Please say it in 300 characters or fewer."))
    try:
        picture = photo_rewrite(photo)
    except UnusablePhoto as error:
        raise UnableToClaim("photo", str(error)) from error
    claim = Claim(line=line, spoilt_g=spoilt_g, note=note, status=ClaimStatus.REPORTED, reported_at=at, key=key)
    claim.photo.save(f"{line.pk}.jpg", picture, save=False)
    claim.save()
    return claim


def _check_window(line: Line, at: datetime) -> None:
    shipment = Shipment.objects.filter(shipment_lines__line_id=line.pk).first()
    if shipment is None or shipment.delivered_at is None:
        raise UnableToClaim("line", _("This is possible once the parcel has been signed for."))
    if at >= claim_window_end(shipment.delivered_at) or line.status != LineStatus.DELIVERED:
        raise UnableToClaim(
            "line",
            _(
                "The %(hours)s hours for reporting here are over. Your legal rights remain: "
                "write to %(address)s with your order number and photos."
            )
            % {"hours": settings.CLAIM_WINDOW_H, "address": settings.OSCAR_FROM_EMAIL},
        )


@transaction.atomic
def claim_answer(*, claim_id: int, accept: bool, answer: str, at: datetime, actor: AbstractBaseUser | None) -> Claim:
    """
    Accept a claim, which sends its money back, or refuse it with a reason; the buyer is told either way.

    The same answer again changes nothing. What was refunded of the line before is never refunded twice.

    Raises
    ------
    UnableToAnswerClaim
        If it was answered otherwise before, a refusal has no reason, or nothing of the price is left to refund.
    """
    order = Order.objects.select_for_update(of=("self",)).get(lines__claims__pk=claim_id)
    line = Line.objects.select_for_update(of=("self",)).get(claims__pk=claim_id)
    claim = Claim.objects.select_for_update(of=("self",)).get(pk=claim_id)
    status = ClaimStatus.ACCEPTED if accept else ClaimStatus.REFUSED
    if claim.status == status:
        return claim
    if claim.status != ClaimStatus.REPORTED:
        raise UnableToAnswerClaim("claim", _("Somebody has answered this claim already."))
    answer = answer.strip()
    if not accept and not answer:
        raise UnableToAnswerClaim("answer", _("Please tell the buyer why."))
    if len(answer) > _MOST_TEXT:
        raise UnableToAnswerClaim("answer", _("Please say it in 300 characters or fewer."))
    refund_fen = 0
    if accept:
        due_fen = claim_refund_fen(spoilt_g=claim.spoilt_g, weight_g=line.weight_g, paid_fen=line.line_total_fen)
        refund_fen = min(due_fen, max(0, line.line_total_fen - line.refunded_fen))
        if not refund_fen:
            raise UnableToAnswerClaim("claim", _("All of this line's price has been refunded already."))
    claim = move(
        claim,
        status,
        moves=CLAIM_MOVES,
        at=at,
        actor=actor,
        reason=answer,
        answered_at=at,
        answered_by_id=actor.pk if actor is not None else None,
        answer=answer,
        refund_fen=refund_fen,
    )
    if accept:
        refund_request(
            order_id=order.pk,
            line_id=line.pk,
            amount_fen=refund_fen,
            purpose=Refund.Purpose.CLAIM,
            key=f"claim-{claim.pk}",
            at=at,
            actor=actor,
        )
    outbox_put(
        topic="mail.claim_answered",
        key=f"mail.claim_answered:{claim.pk}",
        payload={"claim_id": claim.pk},
        at=at,
    )
    return claim
