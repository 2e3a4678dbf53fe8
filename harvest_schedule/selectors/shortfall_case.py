"""
A case as it stands at a moment, in rows and as the planner's question; and what a policy would make of it.

Read without locks for a screen, and once more under the locks by whoever decides: the digest tells whether both saw
the same.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Sum

from harvest_schedule.buyer_kinds import buyer_kind
from harvest_schedule.models import ShortfallCase, ShortfallPart
from harvest_schedule.planner.shortfall.decide import Decision, decide
from harvest_schedule.planner.shortfall.policy import Policy
from harvest_schedule.planner.shortfall.problem import LATER, Demand, Option, Shortfall
from harvest_schedule.selectors.shortfall_options import WindowOption, window_options
from harvest_schedule.states import AnswerStatus
from marketplace.order.models import Line
from marketplace.order.states import LineStatus
from marketplace.shipping.models import FreightTariff

#: Lines of a window that have drawn their packs.
DRAWN = (
    LineStatus.DRAWN,
    LineStatus.PACKED,
    LineStatus.SHIPPED,
    LineStatus.DELIVERED,
    LineStatus.SETTLED,
)
#: Days on the road where no tariff says.
USUAL_TRANSIT_DAYS = 4
_MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class CaseState:
    """The lines that wait in a window, what comes for them, and what else could be sent."""

    case: ShortfallCase
    lines: tuple[Line, ...]
    coming_packs: int
    options: tuple[WindowOption, ...]
    shortfall: Shortfall
    #: Days on the road at worst, by origin and destination province.
    transit_days: Mapping[tuple[str, str], int]

    @property
    def promised_packs(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def short_packs(self) -> int:
        return max(0, self.promised_packs - self.coming_packs)

    def option(self, window_id: int) -> WindowOption:
        return next(option for option in self.options if option.window.pk == window_id)

    def arrives_by(self, line: Line, option: WindowOption) -> date:
        """The latest day on which packs of an option should reach a line's buyer."""
        days = self.transit_days.get((_origin(option), _province(line)), USUAL_TRANSIT_DAYS)
        return option.ships_by + timedelta(days=days)


def case_state(case: ShortfallCase, at: datetime) -> CaseState:
    """Read a case as it stands. Lines of which money went back before stay out of it: they are settled by hand."""
    lines = tuple(
        Line.objects.filter(stockrecord_id=case.window_id, status=LineStatus.PAID, refunded_fen=0)
        .select_related("order__shipping_address", "order__user__standing_buyer", "product")
        .order_by("pk")
    )
    coming = min(_coming_packs(case, lines), sum(line.quantity for line in lines))
    paid_fen = min((line.unit_price_fen for line in lines), default=case.window.price_fen)
    options = window_options(case.window, paid_fen=paid_fen, at=at)
    transit_days, served = _transit(options, lines)
    refused = _refused({line.order_id for line in lines})
    packs = _packs_of_orders({line.order_id for line in lines})
    pack_g = case.window.product.net_weight_g
    shortfall = Shortfall(
        demands=tuple(
            Demand(
                line_id=line.pk,
                buyer_kind=buyer_kind(line.order, packs=packs[line.order_id]),
                packs=line.quantity,
                pack_g=pack_g,
                ordered_at=round(line.order.date_placed.timestamp() * _MICROSECONDS),
                due_day=line.ships_by.toordinal(),
                unit_price_fen=line.unit_price_fen,
                freight_fen=line.freight_fen,
                refuses=frozenset(refused[line.order_id]),
            )
            for line in lines
        ),
        coming_g=coming * pack_g,
        options=tuple(
            Option(
                window_id=option.window.pk,
                kind=option.kind,
                free_packs=option.free_packs,
                price_fen=option.price_fen,
                reaches=_reached(option, lines, served),
            )
            for option in options
        ),
    )
    return CaseState(case, lines, coming, tuple(options), shortfall, transit_days)


def state_decide(state: CaseState, policy: Policy) -> tuple[Decision, str]:
    """Return what a policy makes of a case, and the digest of everything that its buyers would feel of it."""
    decision = decide(state.shortfall, policy)
    used = {part.window_id for share in decision.shares for part in share.parts if part.window_id is not None}
    facts = [
        state.case.pk,
        state.coming_packs,
        policy.to_json(),
        [
            [
                share.line_id,
                share.buyer_kind,
                share.promised,
                share.served,
                [
                    [part.kind, part.packs, part.window_id, part.price_fen, part.back_fen, part.difference_fen]
                    for part in share.parts
                ],
            ]
            for share in decision.shares
        ],
        [
            [option.window.pk, option.ships_from.isoformat(), option.ships_by.isoformat()]
            for option in state.options
            if option.window.pk in used
        ],
    ]
    return decision, hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _coming_packs(case: ShortfallCase, lines: Iterable[Line]) -> int:
    """What the plan delivers, less what was drawn since it was counted."""
    if not case.promised_packs:
        return max(0, sum(line.quantity for line in lines) - case.short_packs)
    drawn = Line.objects.filter(stockrecord_id=case.window_id, status__in=DRAWN).aggregate(packs=Sum("quantity"))
    return max(0, case.coming_packs - max(0, (drawn["packs"] or 0) - case.drawn_packs))


def _packs_of_orders(order_ids: set[int]) -> dict[int, int]:
    rows = Line.objects.filter(order_id__in=order_ids).values("order_id").annotate(packs=Sum("quantity"))
    return {row["order_id"]: row["packs"] for row in rows}


def _refused(order_ids: set[int]) -> dict[int, set[str]]:
    """What buyers turned down in an earlier case is not tried on them again."""
    refused: dict[int, set[str]] = defaultdict(set)
    rows = ShortfallPart.objects.filter(line__order_id__in=order_ids, answer=AnswerStatus.DECLINED)
    for order_id, kind in rows.values_list("line__order_id", "kind"):
        refused[order_id].add(kind)
    return refused


def _origin(option: WindowOption) -> str:
    return option.window.product.pool_product.pool.hub.region.province_code


def _province(line: Line) -> str:
    address = line.order.shipping_address
    return address.province_code if address is not None else ""


def _transit(
    options: Iterable[WindowOption], lines: Iterable[Line]
) -> tuple[dict[tuple[str, str], int], set[tuple[str, str]]]:
    """Days on the road at worst, and which ways are served at all."""
    rows = FreightTariff.objects.filter(
        origin_id__in={_origin(option) for option in options},
        destination_id__in={_province(line) for line in lines} - {""},
        is_served=True,
    )
    days = {
        (origin, destination): number
        for origin, destination, number in rows.values_list("origin_id", "destination_id", "transit_days_max")
    }
    return days, set(days)


def _reached(option: WindowOption, lines: Sequence[Line], served: set[tuple[str, str]]) -> frozenset[int] | None:
    """A later window leaves from where the promised one would have; anything else only goes where a carrier goes."""
    if option.kind == LATER:
        return None
    return frozenset(line.pk for line in lines if (_origin(option), _province(line)) in served)
