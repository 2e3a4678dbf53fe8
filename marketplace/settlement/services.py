"""Settling: once the claim window of a delivered line is over, its money is split by the lots it drew."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from logistics.claim_rules import claim_window_end
from logistics.models import Claim, LotDraw, Shipment
from logistics.states import ClaimStatus
from marketplace.cooperatives.models import SupplyPool
from marketplace.ledger.services import ledger_book
from marketplace.order.models import Line, Order
from marketplace.order.processing import lines_move, order_follow_lines
from marketplace.order.states import LineStatus
from marketplace.payment.accounts import (
    FREIGHT,
    PAYMENT_FEE,
    held_for_order,
    payable_to_cooperative,
    payable_to_hub,
    payable_to_seller,
)
from marketplace.payment.models import PaymentAnomaly, Refund, RefundStatus
from marketplace.payment.port import PaymentPort
from marketplace.settlement.models import LineSettlement, SettlementShare
from marketplace.settlement.payouts import payouts_make, payouts_send
from marketplace.settlement.split import Costs, DrawnPart, LineMoney, Split, line_split

logger = logging.getLogger(__name__)

Purpose = SettlementShare.Purpose


class UnableToSettle(Exception):
    """The line's money cannot be split yet; the text says what it waits for."""

    def __init__(self, line_id: int, message: str) -> None:
        self.line_id = line_id
        super().__init__(message)


@dataclass(frozen=True)
class SettlementRun:
    """What one run did: lines settled, lines that were due and still wait, payouts made, payouts that arrived."""

    num_settled: int
    num_waiting: int
    num_payouts: int
    num_sent: int


@transaction.atomic
def line_settle(*, line_id: int, at: datetime) -> LineSettlement:
    """
    Split a delivered line's money and book it; the line is settled, and its order when it was the last.

    Settling a settled line returns what was settled. Locks the order, then the line, as claims and refunds do, so
    neither can slip in between.

    Raises
    ------
    UnableToSettle
        If it is not delivered, its claim window is still open, a claim waits for its answer, or a refund is not
        through.
    """
    order = Order.objects.select_for_update(of=("self",)).get(lines__pk=line_id)
    line = Line.objects.select_for_update(of=("self",)).get(pk=line_id)
    settled = LineSettlement.objects.filter(line_id=line_id).first()
    if settled is not None:
        return settled
    shipment = _check_is_due(line, at)
    pool = _pool_of(line)
    draws = list(LotDraw.objects.filter(line_id=line_id, undone_at=None).select_related("lot").order_by("lot_id"))
    if not draws:
        raise UnableToSettle(line_id, _("No lot is drawn for this line."))
    split = line_split(
        LineMoney(line.line_total_fen, line.freight_fen, line.refunded_fen),
        Costs(pool.seller_fee_permille, pool.payment_fee_permille, pool.packing_fen_per_pack * line.quantity),
        [DrawnPart(draw.lot_id, draw.lot.cooperative_id, draw.grams) for draw in draws],
    )
    settlement = _write(line, split, at)
    _book(order, line, split, seller_id=line.partner_id or pool.seller_id, hub_id=shipment.hub_id, at=at)
    lines_move([line], LineStatus.SETTLED, at=at)
    order_follow_lines(order, at=at)
    return settlement


def settlements_run(*, at: datetime, limit: int = 500, port: PaymentPort | None = None) -> SettlementRun:
    """
    Settle the lines that are due, oldest first; on a payout day pay the cooperatives what has come together.

    Each line and each payout is its own transaction. Without a port the payouts wait for the outbox.
    """
    num_settled = num_waiting = 0
    for line_id in list(lines_due(at).values_list("pk", flat=True)[:limit]):
        try:
            line_settle(line_id=line_id, at=at)
            num_settled += 1
        except UnableToSettle as error:
            num_waiting += 1
            logger.warning("line %s is not settled: %s", line_id, error)
    payouts = payouts_make(at=at)
    num_sent = payouts_send(port=port, at=at) if port is not None else 0
    return SettlementRun(num_settled, num_waiting, len(payouts), num_sent)


def lines_due(at: datetime) -> QuerySet[Line]:
    """Return delivered lines whose claim window is over and that wait for nobody, the longest delivered first."""
    return (
        Line.objects.filter(
            status=LineStatus.DELIVERED,
            shipment_line__shipment__delivered_at__lte=at - timedelta(hours=settings.CLAIM_WINDOW_H),
        )
        .exclude(Exists(Claim.objects.filter(line=OuterRef("pk"), status=ClaimStatus.REPORTED)))
        .exclude(Exists(refunds_not_through().filter(_touches(OuterRef("pk"), OuterRef("order_id")))))
        .order_by("shipment_line__shipment__delivered_at", "pk")
    )


def refunds_not_through() -> QuerySet[Refund]:
    """Refunds still under way, and refused ones that nobody has resolved: the buyer may yet be owed that money."""
    failed_and_open = PaymentAnomaly.objects.filter(
        key=Concat(Value("refund-failed:"), OuterRef("key")), resolved_at=None
    )
    return Refund.objects.filter(
        Q(status=RefundStatus.REQUESTED) | Q(Q(status=RefundStatus.FAILED), Exists(failed_and_open))
    )


def _touches(line: object, order: object) -> Q:
    return Q(line=line) | Q(line=None, order=order)


def _check_is_due(line: Line, at: datetime) -> Shipment:
    shipment = Shipment.objects.filter(shipment_lines__line_id=line.pk).first()
    if line.status != LineStatus.DELIVERED or shipment is None or shipment.delivered_at is None:
        raise UnableToSettle(line.pk, _("It has not been delivered."))
    if at < claim_window_end(shipment.delivered_at):
        raise UnableToSettle(line.pk, _("Its buyer can still report spoilt goods."))
    if Claim.objects.filter(line=line, status=ClaimStatus.REPORTED).exists():
        raise UnableToSettle(line.pk, _("A claim on it has not been answered."))
    if refunds_not_through().filter(_touches(line.pk, line.order_id)).exists():
        raise UnableToSettle(line.pk, _("A refund is not through yet."))
    return shipment


def _pool_of(line: Line) -> SupplyPool:
    """The pool by the window's product: Oscar lets a line's own product become empty, a window's never."""
    pool = SupplyPool.objects.filter(pool_products__product__stockrecords=line.stockrecord_id).first()
    if pool is None:
        raise UnableToSettle(line.pk, _("Its product belongs to no supply pool."))
    return pool


def _write(line: Line, split: Split, at: datetime) -> LineSettlement:
    settlement = LineSettlement.objects.create(
        line=line,
        settled_at=at,
        goods_fen=line.line_total_fen,
        freight_fen=line.freight_fen,
        refunded_fen=line.refunded_fen,
    )
    costs = {
        Purpose.FREIGHT: split.freight_fen,
        Purpose.PACKING: split.packing_fen,
        Purpose.SELLER_FEE: split.seller_fee_fen,
        Purpose.PAYMENT_FEE: split.payment_fee_fen,
    }
    shares = [
        # a lot that earned nothing is told so
        SettlementShare(
            settlement=settlement,
            purpose=Purpose.COOPERATIVE,
            lot_id=share.lot_id,
            cooperative_id=share.cooperative_id,
            amount_fen=share.amount_fen,
        )
        for share in split.lots
    ]
    shares += [
        SettlementShare(settlement=settlement, purpose=purpose, amount_fen=fen) for purpose, fen in costs.items() if fen
    ]
    SettlementShare.objects.bulk_create(shares)
    return settlement


def _book(order: Order, line: Line, split: Split, *, seller_id: int, hub_id: int, at: datetime) -> None:
    if not split.total_fen:
        # Everything went back to the buyer: the refunds have emptied what was held, nothing is left to book.
        return
    legs: dict[str, int] = defaultdict(int)
    legs[held_for_order(order.number)] += split.total_fen
    for code, fen in _credits(split, seller_id, hub_id):
        legs[code] -= fen
    ledger_book(key=f"settled:{line.pk}", purpose="SETTLED", reference=order.number, legs=legs, at=at)


def _credits(split: Split, seller_id: int, hub_id: int) -> Iterable[tuple[str, int]]:
    for share in split.lots:
        yield payable_to_cooperative(share.cooperative_id), share.amount_fen
    yield FREIGHT, split.freight_fen
    yield payable_to_hub(hub_id), split.packing_fen
    yield payable_to_seller(seller_id), split.seller_fee_fen
    yield PAYMENT_FEE, split.payment_fee_fen
