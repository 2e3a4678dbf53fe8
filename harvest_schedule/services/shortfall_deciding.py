"""
Deciding a shortfall: who gets what, in one transaction, exactly as it was shown, once.

Everything is a row first: lines, packs, the decision with who and why, refunds, and what must be told. The provider is
asked and buyers are written to after the commit, by the outbox.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from harvest_schedule.models import ShortfallCase, ShortfallDecision, ShortfallPart, ShortfallShare
from harvest_schedule.planner.shortfall.policy import Policy
from harvest_schedule.selectors.shortfall_case import CaseState, case_state
from harvest_schedule.selectors.shortfalls import PreviewPart, PreviewRow, ShortfallPreview, preview_of
from harvest_schedule.services.pick_call_shrinking import calls_shrink
from harvest_schedule.services.plan_requests import replan_request
from harvest_schedule.services.shortfall_lines import (
    Locked,
    line_lower_price,
    line_pay_back,
    order_follow,
    shortfall_lock,
)
from harvest_schedule.states import SHORTFALL_MOVES, AnswerStatus, PartKind, ReplanReason, ShortfallStatus
from marketplace.checkout.services.packs import packs_take, packs_withdraw
from marketplace.foundation.clock import shanghai
from marketplace.foundation.outbox import handles, outbox_put
from marketplace.foundation.transitions import move
from marketplace.order.models import Line
from marketplace.order.processing import lines_move
from marketplace.order.rebooking import line_promise, line_rebook, line_split
from marketplace.order.states import LineStatus

#: A substitute is offered for so long; what is sent later or by others may be given back for at least this long.
ANSWER_WITHIN = timedelta(hours=48)
GIVE_BACK_WITHIN = timedelta(hours=24)
_MOST_WHY = 400
_TOKEN_BYTES = 24


class UnableToDecide(ValueError):
    """A decision that cannot be taken; ``field`` names what must change, the text says how."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(message)


class ShortfallChanged(UnableToDecide):
    """Orders, goods or plans have moved since the preview. Nothing was written; look again."""

    def __init__(self) -> None:
        super().__init__("case", _("Things have changed since you looked. Please look at it again and decide then."))


def shortfall_apply(
    *, case_id: int, policy: Policy, digest: str, why: str, key: str, actor: Any, at: datetime
) -> ShortfallDecision:
    """
    Decide a case as its preview showed it; the same key returns the decision it made.

    Lines are served, split, moved, offered something else or refunded; each buyer who does not get what was promised
    is told after the commit. Lines that have been drawn are never touched.

    Parameters
    ----------
    digest
        Of the preview the decision is taken on.

    Raises
    ------
    UnableToDecide
        If the case is decided or over, or the reason or the key is missing.
    ShortfallChanged
        If the same policy would give anybody something else now.
    """
    why = why.strip()
    if not why:
        raise UnableToDecide("why", _("Please say why: it is kept with the decision."))
    if len(why) > _MOST_WHY:
        raise UnableToDecide("why", _("Please say it in 400 characters or fewer."))
    if not 8 <= len(key) <= 64:
        raise UnableToDecide("key", _("The form has lost its key. Please open it again."))
    with transaction.atomic(durable=True):
        known = _known(key, case_id)
        if known is not None:
            return known
        case = _case(case_id)
        locked = _lock(preview_of(case_state(case, at), policy))
        case = _case(ShortfallCase.objects.select_for_update(of=("self",)).get(pk=case_id).pk)
        known = _known(key, case_id)
        if known is not None:
            return known
        if case.status != ShortfallStatus.OPEN:
            raise UnableToDecide("case", _("This shortfall is decided already, or the plan covers it again."))
        preview = preview_of(case_state(case, at), policy)
        if preview.digest != digest or not _holds(locked, preview):
            raise ShortfallChanged
        if not preview.short_packs:
            raise UnableToDecide("case", _("Nothing is missing any more. The next plan closes this case."))
        return _Deciding(preview, locked, actor=actor, at=at).write(why=why, key=key)


def _known(key: str, case_id: int) -> ShortfallDecision | None:
    known = ShortfallDecision.objects.filter(key=key).first()
    if known is not None and known.case_id != case_id:
        raise UnableToDecide("key", _("The form has lost its key. Please open it again."))
    return known


def _case(case_id: int) -> ShortfallCase:
    return ShortfallCase.objects.select_related(
        "window__product__pool_product__pool__hub", "window__product__produce"
    ).get(pk=case_id)


def _targets(preview: ShortfallPreview) -> set[int]:
    return {part.window.pk for row in preview.rows for part in row.parts if part.window is not None}


def _lock(preview: ShortfallPreview) -> Locked:
    lines = preview.state.lines
    return shortfall_lock(
        order_ids={line.order_id for line in lines},
        waiting_line_ids=[line.pk for line in lines],
        window_ids={preview.case.window_id, *_targets(preview)},
    )


def _holds(locked: Locked, preview: ShortfallPreview) -> bool:
    """Whether everything that is about to change is locked: who paid meanwhile is not, and then things have changed."""
    lines = {line.pk for line in preview.state.lines}
    return lines <= set(locked.lines) and _targets(preview) <= set(locked.windows)


class _Deciding:
    """One decision being written. Packs are gathered and moved between windows at the end of the lines."""

    def __init__(self, preview: ShortfallPreview, locked: Locked, *, actor: Any, at: datetime) -> None:
        self.preview = preview
        self.state: CaseState = preview.state
        self.locked = locked
        self.actor = actor
        self.at = at
        self.reason = f"shortfall case {preview.case.pk}"
        self.keep_g: dict[int, int] = {}

    def write(self, *, why: str, key: str) -> ShortfallDecision:
        self._move_packs()
        decision = self._decision(why, key)
        for row in self.preview.rows:
            share = ShortfallShare.objects.create(
                decision=decision,
                line_id=row.line.pk,
                buyer_kind=row.buyer_kind,
                ordered_at=row.ordered_at,
                promised_packs=row.promised_packs,
                served_packs=row.served_packs,
            )
            if row.parts:
                self._line(share, row)
        calls_shrink(self.locked.calls, self.keep_g, at=self.at, actor=self.actor, reason=self.reason)
        short = [row for row in self.preview.rows if row.parts]
        for order_id in sorted({row.line.order_id for row in short}):
            order_follow(self.locked.orders[order_id], at=self.at, actor=self.actor, reason=self.reason)
            outbox_put(
                topic="mail.shortfall_decided",
                key=f"mail.shortfall_decided:{decision.pk}:{order_id}",
                payload={"decision_id": decision.pk, "order_id": order_id},
                at=self.at,
            )
        # In a message of its own: asking for a plan waits for the pool, and who publishes a plan waits for windows.
        outbox_put(
            topic="shortfall.decided",
            key=f"shortfall.decided:{decision.pk}",
            payload={"decision_id": decision.pk},
            at=self.at,
        )
        move(
            self.preview.case,
            ShortfallStatus.DECIDED,
            moves=SHORTFALL_MOVES,
            at=self.at,
            actor=self.actor,
            reason=why,
            closed_at=self.at,
        )
        return decision

    def _move_packs(self) -> None:
        gone = sum(part.packs for row in self.preview.rows for part in row.parts)
        taken: dict[int, int] = defaultdict(int)
        for row in self.preview.rows:
            for part in row.parts:
                if part.window is not None:
                    taken[part.window.pk] += part.packs
        packs_withdraw({self.preview.case.window_id: gone})
        packs_take(taken, at=None)

    def _decision(self, why: str, key: str) -> ShortfallDecision:
        preview = self.preview
        return ShortfallDecision.objects.create(
            case=preview.case,
            key=key,
            policy=preview.policy.to_json(),
            why=why,
            decided_by=self.actor,
            decided_at=self.at,
            digest=preview.digest,
            promised_packs=preview.promised_packs,
            coming_packs=preview.coming_packs,
            served_packs=preview.served_packs,
            other_lot_packs=preview.other_lot_packs,
            later_packs=preview.later_packs,
            substitute_packs=preview.substitute_packs,
            refund_packs=preview.refund_packs,
            refund_fen=preview.refund_fen,
            fairness_before=preview.before.to_json(),
            fairness_after=preview.after.to_json(),
        )

    def _line(self, share: ShortfallShare, row: PreviewRow) -> None:
        """Let the line's packs go their ways; the line itself keeps what is served, or else its first part."""
        line = self.locked.lines[row.line.pk]
        was = line_promise(line)
        self.keep_g[line.pk] = row.served_packs * line.net_weight_g
        whole = () if row.served_packs else row.parts[:1]
        carried = [(part, line) for part in whole]
        carried += [
            (part, line_split(line, packs=part.packs, freight_fen=part.freight_fen)) for part in row.parts[len(whole) :]
        ]
        for part, part_line in carried:
            self._part(share, row, part, part_line, was)

    def _part(
        self, share: ShortfallShare, row: PreviewRow, part: PreviewPart, line: Line, was: Mapping[str, Any]
    ) -> None:
        kept = ShortfallPart.objects.create(
            share=share,
            kind=part.kind,
            packs=part.packs,
            line=line,
            window=part.window,
            paid_fen=line.unit_price_fen,
            price_fen=part.price_fen,
            was=dict(was),
            token=secrets.token_urlsafe(_TOKEN_BYTES),
            answer=AnswerStatus.NONE if part.window is None else AnswerStatus.OPEN,
            answer_by=self._answer_by(part),
        )
        if part.window is None:
            kept.refund = line_pay_back(
                line, key=f"shortfall-{kept.pk}", at=self.at, actor=self.actor, reason=self.reason
            )
            kept.save(update_fields=["refund"])
            return
        option = self.state.option(part.window.pk)
        line_rebook(
            line,
            option.window,
            ships_from=option.ships_from,
            ships_by=option.ships_by,
            arrives_by=self.state.arrives_by(row.line, option),
        )
        if part.kind == PartKind.SUBSTITUTE:
            lines_move([line], LineStatus.OFFERED, at=self.at, actor=self.actor, reason=self.reason)
            return
        kept.difference_refund = line_lower_price(
            line, part.price_fen, key=f"shortfall-{kept.pk}-difference", at=self.at, actor=self.actor
        )
        kept.save(update_fields=["difference_refund"])

    def _answer_by(self, part: PreviewPart) -> datetime | None:
        if part.window is None or part.ships_from is None or part.ships_by is None:
            return None
        if part.kind == PartKind.SUBSTITUTE:
            # Agreed to on its last day it can still be packed.
            return min(self.at + ANSWER_WITHIN, shanghai(part.ships_by))
        return max(self.at + GIVE_BACK_WITHIN, shanghai(part.ships_from))


@handles("shortfall.decided")
def replan_after_decision(*, decision_id: int, at: datetime) -> None:
    """What was moved is promised elsewhere now: the pools that gave and took are planned again."""
    decision = ShortfallDecision.objects.select_related("case__window__product__pool_product").get(pk=decision_id)
    pool_ids = {decision.case.window.product.pool_product.pool_id}
    taken = ShortfallPart.objects.filter(share__decision=decision, window__isnull=False)
    pool_ids |= set(taken.values_list("window__product__pool_product__pool_id", flat=True))
    replan_request(pool_ids=sorted(pool_ids), reason=ReplanReason.SHORTFALL, key=f"shortfall:{decision_id}", at=at)
