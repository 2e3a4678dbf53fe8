"""What officers and buyers see of shortfalls: cases, who would get what, what was decided, what can be answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Prefetch, Q, QuerySet

from catalog.models import Product
from catalog.partner.models import StockRecord
from harvest_schedule.models import ShortfallCase, ShortfallDecision, ShortfallPart, ShortfallShare
from harvest_schedule.planner.shortfall.decide import Decision, Share, undecided
from harvest_schedule.planner.shortfall.fairness import Fairness, fairness_of, fairness_read
from harvest_schedule.planner.shortfall.policy import Policy
from harvest_schedule.planner.shortfall.problem import LATER, OTHER_LOT, REFUND, SUBSTITUTE
from harvest_schedule.selectors.shortfall_case import CaseState, case_state, state_decide
from harvest_schedule.selectors.shortfall_options import WindowOption
from harvest_schedule.states import AnswerStatus, PartKind
from marketplace.cooperatives.models import SupplyPool
from marketplace.foundation.bilingual import is_chinese
from marketplace.order.models import Line, Order
from marketplace.order.states import LineStatus
from marketplace.payment.models import RefundStatus

__all__ = [
    "CaseRow",
    "OptionRow",
    "PartView",
    "PreviewPart",
    "PreviewRow",
    "ShortfallPreview",
    "decision_rows",
    "fairness_read",
    "order_changes",
    "part_for_token",
    "part_view",
    "preview_of",
    "shortfall_case_get",
    "shortfall_cases",
    "shortfall_preview",
]

#: Two kinds of parts that stay the buyer's to give back until the goods are sent.
MOVED = (PartKind.OTHER_LOT, PartKind.LATER)
OptionRow = WindowOption


@dataclass(frozen=True)
class CaseRow:
    """One case in a list."""

    case: ShortfallCase
    pool: SupplyPool
    product: Product
    window: StockRecord
    num_orders: int
    decision: ShortfallDecision | None


@dataclass(frozen=True)
class PreviewPart:
    """Where packs of a line would go with their share of the freight, and what goes back: at once, or if agreed to."""

    kind: str
    packs: int
    window: StockRecord | None
    price_fen: int
    freight_fen: int
    back_fen: int
    difference_fen: int
    ships_from: date | None
    ships_by: date | None

    @property
    def kind_label(self) -> str:
        return str(PartKind(self.kind).label)


@dataclass(frozen=True)
class PreviewRow:
    """What one line would get. ``refund_fen`` goes back at once, ``difference_fen`` if an offer is agreed to."""

    line: Line
    order_number: str
    buyer_kind: str
    ordered_at: datetime
    promised_packs: int
    served_packs: int
    parts: tuple[PreviewPart, ...]
    refund_fen: int
    difference_fen: int


@dataclass(frozen=True)
class ShortfallPreview:
    """What a policy would make of a case as it stands, and how fair that is beside doing nothing."""

    case: ShortfallCase
    policy: Policy
    digest: str
    state: CaseState
    decision: Decision
    rows: tuple[PreviewRow, ...]
    options: tuple[WindowOption, ...]
    before: Fairness
    after: Fairness

    @property
    def promised_packs(self) -> int:
        return self.state.promised_packs

    @property
    def coming_packs(self) -> int:
        return self.state.coming_packs

    @property
    def short_packs(self) -> int:
        return self.state.short_packs

    @property
    def served_packs(self) -> int:
        return self.decision.served

    @property
    def other_lot_packs(self) -> int:
        return self.decision.packs_of(OTHER_LOT)

    @property
    def later_packs(self) -> int:
        return self.decision.packs_of(LATER)

    @property
    def substitute_packs(self) -> int:
        return self.decision.packs_of(SUBSTITUTE)

    @property
    def refund_packs(self) -> int:
        return self.decision.packs_of(REFUND)

    @property
    def refund_fen(self) -> int:
        return self.decision.back_fen


@dataclass(frozen=True)
class PartView:
    """
    What a buyer is told of packs that do not come as promised, and what they may answer now.

    ``refund_fen`` is what goes back if they decline, or has gone back.
    """

    part: ShortfallPart
    order: Order
    line: Line
    window: StockRecord | None
    was: Mapping[str, object]
    can_accept: bool
    can_decline: bool
    refund_fen: int
    difference_fen: int

    @property
    def was_name(self) -> str:
        """What was promised, in the active language."""
        return self._was("title", "title_en")

    @property
    def was_spec(self) -> str:
        return self._was("spec_zh", "spec_en")

    @property
    def was_ships_from(self) -> date:
        return date.fromisoformat(str(self.was["ships_from"]))

    @property
    def was_ships_by(self) -> date:
        return date.fromisoformat(str(self.was["ships_by"]))

    @property
    def was_seller(self) -> str:
        """Who was to send it; the window of the case is what was promised."""
        return str(self.part.share.decision.case.window.partner.title)

    @property
    def goes_back(self) -> bool:
        """Whether money comes back for these packs and nothing else."""
        return self.is_refund or self.is_declined or (self.is_offer and self.is_lapsed)

    @property
    def is_cancelled(self) -> bool:
        """Whether the order came to nothing for another reason since."""
        return self.line.status == LineStatus.CANCELLED and not self.goes_back

    @property
    def is_paid_back(self) -> bool:
        return self.part.refund is not None and self.part.refund.status == RefundStatus.SUCCEEDED

    @property
    def is_refund(self) -> bool:
        return self.part.kind == PartKind.REFUND

    @property
    def is_later(self) -> bool:
        return self.part.kind == PartKind.LATER

    @property
    def is_other_lot(self) -> bool:
        return self.part.kind == PartKind.OTHER_LOT

    @property
    def is_offer(self) -> bool:
        return self.part.kind == PartKind.SUBSTITUTE

    @property
    def is_accepted(self) -> bool:
        return self.part.answer == AnswerStatus.ACCEPTED

    @property
    def is_declined(self) -> bool:
        return self.part.answer == AnswerStatus.DECLINED

    @property
    def is_lapsed(self) -> bool:
        return self.part.answer == AnswerStatus.LAPSED

    def _was(self, zh: str, en: str) -> str:
        first, second = (zh, en) if is_chinese() else (en, zh)
        return str(self.was.get(first) or self.was.get(second) or "")


def shortfall_cases(pools: QuerySet[SupplyPool], *, status: str | None = None) -> list[CaseRow]:
    """Return the cases of some pools, the newest first."""
    waiting = Q(window__line__status=LineStatus.PAID)
    cases = (
        ShortfallCase.objects.filter(window__product__pool_product__pool__in=pools)
        .select_related("window__product__pool_product__pool", "window__product__produce", "decision__decided_by")
        .annotate(num_orders=Count("window__line__order_id", filter=waiting, distinct=True))
        .order_by("-opened_at", "-pk")
    )
    if status is not None:
        cases = cases.filter(status=status)
    return [
        CaseRow(
            case=case,
            pool=case.window.product.pool_product.pool,
            product=case.window.product,
            window=case.window,
            num_orders=case.num_orders,
            decision=getattr(case, "decision", None),
        )
        for case in cases
    ]


def shortfall_case_get(pools: QuerySet[SupplyPool], case_id: int) -> ShortfallCase:
    """Return a case of one of these pools; raises ShortfallCase.DoesNotExist for another's."""
    return _cases().filter(window__product__pool_product__pool__in=pools).get(pk=case_id)


def shortfall_preview(*, case_id: int, policy: Policy, at: datetime) -> ShortfallPreview:
    """Return who would get what if a case were decided by a policy now; nothing is written."""
    return preview_of(case_state(_cases().get(pk=case_id), at), policy)


def _cases() -> QuerySet[ShortfallCase]:
    return ShortfallCase.objects.select_related("window__product__pool_product__pool__hub", "window__product__produce")


def preview_of(state: CaseState, policy: Policy) -> ShortfallPreview:
    """Return what a policy would make of a case that was read."""
    decision, digest = state_decide(state, policy)
    return ShortfallPreview(
        case=state.case,
        policy=policy,
        digest=digest,
        state=state,
        decision=decision,
        rows=tuple(_row(state, line, share) for line, share in zip(state.lines, decision.shares, strict=True)),
        options=state.options,
        before=fairness_of(undecided(state.shortfall)),
        after=fairness_of(decision),
    )


def _row(state: CaseState, line: Line, share: Share) -> PreviewRow:
    parts = []
    for part in share.parts:
        option = state.option(part.window_id) if part.window_id is not None else None
        parts.append(
            PreviewPart(
                kind=part.kind,
                packs=part.packs,
                window=option.window if option else None,
                price_fen=part.price_fen,
                freight_fen=part.freight_fen,
                back_fen=part.back_fen,
                difference_fen=part.difference_fen,
                ships_from=option.ships_from if option else None,
                ships_by=option.ships_by if option else None,
            )
        )
    return PreviewRow(
        line=line,
        order_number=line.order.number,
        buyer_kind=share.buyer_kind,
        ordered_at=line.order.date_placed,
        promised_packs=share.promised,
        served_packs=share.served,
        parts=tuple(parts),
        refund_fen=sum(part.back_fen for part in share.parts),
        difference_fen=sum(part.difference_fen for part in share.parts if part.kind == SUBSTITUTE),
    )


def decision_rows(decision: ShortfallDecision) -> list[ShortfallShare]:
    """Return what a decision gave each line, the earliest order first, with parts and refunds."""
    parts = ShortfallPart.objects.select_related(
        "line", "window__product", "refund", "difference_refund", "share__line"
    ).order_by("pk")
    return list(
        decision.shares.select_related("line__order")
        .prefetch_related(Prefetch("parts", queryset=parts))
        .order_by("ordered_at", "line_id")
    )


def part_for_token(token: str, at: datetime) -> PartView | None:
    """Return what a buyer's link opens; None for a link that was never sent."""
    # The database cannot hold a NUL, so it is not asked about one.
    if not token or "\x00" in token or len(token) > 64:
        return None
    part = _parts().filter(token=token).first()
    return part_view(part, at) if part is not None else None


def order_changes(order_id: int, at: datetime) -> list[PartView]:
    """Return everything that was decided about an order's packs, the newest first."""
    return [part_view(part, at) for part in _parts().filter(share__line__order_id=order_id).order_by("-pk")]


def _parts() -> QuerySet[ShortfallPart]:
    return ShortfallPart.objects.select_related(
        "line__order",
        "line__product__produce",
        "window__product__produce",
        "window__partner",
        "refund",
        "difference_refund",
        "share__decision__case__window__partner",
    )


def part_view(part: ShortfallPart, at: datetime) -> PartView:
    """Return a part with what may be answered now; the services ask the same again under the locks."""
    line = part.line
    is_in_time = part.answer_by is not None and at < part.answer_by
    if part.kind == PartKind.SUBSTITUTE:
        can_accept = can_decline = is_in_time and part.answer == AnswerStatus.OPEN and line.status == LineStatus.OFFERED
    else:
        is_waiting = part.kind in MOVED and is_in_time and line.status == LineStatus.PAID
        can_accept = is_waiting and part.answer == AnswerStatus.OPEN
        can_decline = is_waiting and part.answer in (AnswerStatus.OPEN, AnswerStatus.ACCEPTED)
    if part.refund is not None:
        refund_fen = part.refund.amount_fen
    else:
        refund_fen = line.line_total_fen + line.freight_fen - line.refunded_fen
    if part.difference_refund is not None:
        difference_fen = part.difference_refund.amount_fen
    else:
        difference_fen = max(0, part.paid_fen - part.price_fen) * part.packs if part.window_id else 0
    return PartView(
        part=part,
        order=line.order,
        line=line,
        window=part.window,
        was=part.was,
        can_accept=can_accept,
        can_decline=can_decline,
        refund_fen=refund_fen,
        difference_fen=difference_fen,
    )
