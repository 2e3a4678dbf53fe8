"""
What buyers answer: that a substitute may come, that they would rather have their money than wait, or nothing.

A buyer may always choose money back over something that was not promised, until it is being prepared. Who does not
answer an offer in time gets money back; who does not answer about goods that are moved gets the goods.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from harvest_schedule.models import ShortfallPart
from harvest_schedule.selectors.shortfalls import part_view
from harvest_schedule.services.pick_call_shrinking import calls_shrink
from harvest_schedule.services.shortfall_lines import (
    Locked,
    line_lower_price,
    line_pay_back,
    order_follow,
    shortfall_lock,
)
from harvest_schedule.states import ANSWER_MOVES, AnswerStatus, PartKind
from marketplace.checkout.services.packs import packs_give_back
from marketplace.foundation.outbox import outbox_put
from marketplace.foundation.transitions import move
from marketplace.order.models import Line
from marketplace.order.processing import lines_move
from marketplace.order.rebooking import line_promise_restore
from marketplace.order.states import LineStatus

logger = logging.getLogger(__name__)


class UnableToAnswer(ValueError):
    """An answer that comes too late; the text says what holds now, in the active language."""


def part_answer(*, token: str, accept: bool, at: datetime, actor: Any = None) -> ShortfallPart:
    """
    Take down a buyer's answer and do what it asks for. The same answer again changes nothing.

    An accepted substitute is sent, at the price that was paid or the lower one of the new goods. Declined packs go
    back to the window that held them and all that was paid for them goes back to the buyer.

    Raises
    ------
    ShortfallPart.DoesNotExist
        If no buyer was ever sent this link.
    UnableToAnswer
        If it is too late, or was answered otherwise.
    """
    # The database cannot hold a NUL, so it is not asked about one.
    part_id = ShortfallPart.objects.values_list("pk", flat=True).get(token=token.replace("\x00", ""))
    wanted = AnswerStatus.ACCEPTED if accept else AnswerStatus.DECLINED
    with transaction.atomic(durable=True):
        part, line, locked = _part_lock(part_id)
        if part.answer == wanted:
            return part
        view = part_view(part, at)
        if not (view.can_accept if accept else view.can_decline):
            raise UnableToAnswer(_too_late(part, line))
        if not accept:
            _pay_back(part, line, locked, at=at, actor=actor)
        elif part.kind == PartKind.SUBSTITUTE:
            _take_substitute(part, line, at=at, actor=actor)
        return _answered(part, wanted, at=at, actor=actor)


def answers_sweep(*, at: datetime, limit: int = 200) -> int:
    """End what was not answered in time, each on its own; returns how many were ended. Safe to repeat."""
    due = ShortfallPart.objects.filter(answer=AnswerStatus.OPEN, answer_by__lte=at).order_by("answer_by", "pk")
    ended = 0
    for part_id in list(due.values_list("pk", flat=True)[:limit]):
        try:
            ended += _lapse(part_id, at)
        except Exception:
            logger.exception("shortfall part %s could not be ended", part_id)
    return ended


def _lapse(part_id: int, at: datetime) -> bool:
    with transaction.atomic(durable=True):
        part, line, locked = _part_lock(part_id)
        if part.answer != AnswerStatus.OPEN or part.answer_by is None or at < part.answer_by:
            return False
        if part.kind == PartKind.SUBSTITUTE and line.status == LineStatus.OFFERED:
            _pay_back(part, line, locked, at=at, actor=None)
            _answered(part, AnswerStatus.LAPSED, at=at, actor=None)
        else:
            # The goods are on their way, or the line came to nothing otherwise: there is nothing left to tell.
            move(part, AnswerStatus.LAPSED, moves=ANSWER_MOVES, at=at, field="answer")
        return True


def _part_lock(part_id: int) -> tuple[ShortfallPart, Line, Locked]:
    """Lock a part with its order, lines, calls and windows, in everybody's order, and read it after that."""
    line_id, order_id, window_id = ShortfallPart.objects.values_list("line_id", "line__order_id", "window_id").get(
        pk=part_id
    )
    locked = shortfall_lock(
        order_ids={order_id}, waiting_line_ids=[line_id], window_ids={window_id} if window_id else set()
    )
    ShortfallPart.objects.select_for_update(of=("self",)).get(pk=part_id)
    part = ShortfallPart.objects.select_related(
        "line__order", "window", "refund", "difference_refund", "share__decision"
    ).get(pk=part_id)
    return part, locked.lines[line_id], locked


def _pay_back(part: ShortfallPart, line: Line, locked: Locked, *, at: datetime, actor: Any) -> None:
    reason = f"shortfall part {part.pk}"
    calls_shrink(locked.calls, {line.pk: 0}, at=at, actor=actor, reason=reason)
    packs_give_back({line.stockrecord_id or 0: line.quantity})
    if part.kind == PartKind.SUBSTITUTE:
        # What is refunded is what was bought, not what was offered for it.
        line_promise_restore(line, part.was)
    part.refund = line_pay_back(line, key=f"shortfall-{part.pk}", at=at, actor=actor, reason=reason)
    part.save(update_fields=["refund"])
    order_follow(locked.orders[line.order_id], at=at, actor=actor, reason=reason)


def _take_substitute(part: ShortfallPart, line: Line, *, at: datetime, actor: Any) -> None:
    lines_move([line], LineStatus.PAID, at=at, actor=actor, reason=f"shortfall part {part.pk}")
    part.difference_refund = line_lower_price(
        line, part.price_fen, key=f"shortfall-{part.pk}-difference", at=at, actor=actor
    )
    part.save(update_fields=["difference_refund"])


def _answered(part: ShortfallPart, answer: str, *, at: datetime, actor: Any) -> ShortfallPart:
    part = move(part, answer, moves=ANSWER_MOVES, at=at, actor=actor, field="answer", answered_at=at)
    outbox_put(
        topic="mail.shortfall_answered",
        key=f"mail.shortfall_answered:{part.pk}:{answer}",
        payload={"part_id": part.pk},
        at=at,
    )
    return part


def _too_late(part: ShortfallPart, line: Line) -> str:
    if part.answer == AnswerStatus.DECLINED or line.status == LineStatus.CANCELLED:
        return _("Your money is on its way back already.")
    if line.status in (LineStatus.SHIPPED, LineStatus.DELIVERED, LineStatus.SETTLED):
        return _("These boxes have been sent already.")
    if line.status in (LineStatus.DRAWN, LineStatus.PACKED):
        return _("These boxes are being prepared already, so they can no longer be given back here.")
    if part.answer == AnswerStatus.ACCEPTED:
        return _("You have agreed to this already.")
    return _("The time for answering is over.")
