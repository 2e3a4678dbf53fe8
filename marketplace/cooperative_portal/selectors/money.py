"""A cooperative's money: settled and not sent yet, still in the claim window, and received; down to the lot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, Max, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Greatest, TruncDate

from logistics.models import LotDraw
from marketplace.foundation.bilingual import is_chinese
from marketplace.foundation.clock import SHANGHAI
from marketplace.order.states import LineStatus
from marketplace.settlement.models import Payout, PayoutStatus, SettlementShare

_ON_THE_WAY = (LineStatus.DRAWN, LineStatus.PACKED, LineStatus.SHIPPED, LineStatus.DELIVERED)
_PERMILLE = 1000


@dataclass(frozen=True)
class Money:
    """
    Three sums in fen that never overlap, and what is only expected.

    ``settled_fen`` is split and not sent; ``sending_fen`` is with the provider; ``received_fen`` has arrived.
    ``expected_fen`` is an estimate for goods drawn from this cooperative's lots and not settled yet.
    """

    settled_fen: int
    sending_fen: int
    received_fen: int
    expected_fen: int
    expected_packs: int
    #: When the last claim window of the delivered goods ends; None while nothing is delivered.
    claims_end_at: datetime | None

    @property
    def coming_fen(self) -> int:
        """Certain and not received yet."""
        return self.settled_fen + self.sending_fen


@dataclass(frozen=True)
class LotMoney:
    """What one lot earned on one day of settling."""

    settled_on: date
    lot_number: str
    produce_name: str
    grade_name: str
    picked_on: date
    num_lines: int
    amount_fen: int


def money_of(cooperative_id: int) -> Money:
    """Return the sums as they stand."""
    shares_fen = _shares(cooperative_id).aggregate(fen=Sum("amount_fen", default=0))["fen"]
    payouts = dict(
        Payout.objects.filter(cooperative_id=cooperative_id)
        .exclude(status=PayoutStatus.FAILED)
        .values_list("status")
        .annotate(fen=Sum("amount_fen"))
    )
    sending_fen = payouts.get(PayoutStatus.REQUESTED, 0)
    received_fen = payouts.get(PayoutStatus.SENT, 0)
    expected_fen, expected_packs, delivered_at = _expected(cooperative_id)
    return Money(
        settled_fen=shares_fen - sending_fen - received_fen,
        sending_fen=sending_fen,
        received_fen=received_fen,
        expected_fen=expected_fen,
        expected_packs=expected_packs,
        claims_end_at=delivered_at + timedelta(hours=settings.CLAIM_WINDOW_H) if delivered_at else None,
    )


def lots_settled(cooperative_id: int, *, limit: int, offset: int = 0) -> list[LotMoney]:
    """Return what each lot earned by day, the newest first."""
    rows = (
        _shares(cooperative_id)
        .annotate(day=TruncDate("settlement__settled_at", tzinfo=SHANGHAI))
        .values("day", "lot__number", "lot__produce_id", "lot__grade_id", "lot__picked_on")
        .annotate(
            num_lines=Count("settlement_id"),
            amount=Sum("amount_fen"),
            produce_zh=Max("lot__produce__name_zh"),
            produce_en=Max("lot__produce__name_en"),
            grade_zh=Max("lot__grade__name_zh"),
            grade_en=Max("lot__grade__name_en"),
        )
        .order_by("-day", "-lot__number")[offset : offset + limit]
    )
    return [
        LotMoney(
            settled_on=row["day"],
            lot_number=row["lot__number"] or "",
            produce_name=row["produce_zh"] if is_chinese() else row["produce_en"],
            grade_name=row["grade_zh"] if is_chinese() else row["grade_en"],
            picked_on=row["lot__picked_on"],
            num_lines=row["num_lines"],
            amount_fen=row["amount"],
        )
        for row in rows
    ]


def payouts_of(cooperative_id: int) -> QuerySet[Payout]:
    """Return what was sent, the newest first."""
    return Payout.objects.filter(cooperative_id=cooperative_id).order_by("-created_at", "-pk")


def _shares(cooperative_id: int) -> QuerySet[SettlementShare]:
    return SettlementShare.objects.filter(cooperative_id=cooperative_id, purpose=SettlementShare.Purpose.COOPERATIVE)


def _expected(cooperative_id: int) -> tuple[int, int, datetime | None]:
    """Estimate by the pool's present fees; the settlement itself splits exactly, after the claim window."""
    pool = "line__product__pool_product__pool__"
    line_g = Cast("line__net_weight_g", BigIntegerField()) * F("line__quantity")
    goods_fen = (
        F("line__line_total_fen") - F("line__refunded_fen") - F(f"{pool}packing_fen_per_pack") * F("line__quantity")
    )
    kept_permille = Value(_PERMILLE) - F(f"{pool}seller_fee_permille") - F(f"{pool}payment_fee_permille")
    part_fen = ExpressionWrapper(
        Greatest(goods_fen, Value(0)) * kept_permille * F("grams") / (line_g * Value(_PERMILLE)),
        output_field=BigIntegerField(),
    )
    sums = LotDraw.objects.filter(
        lot__cooperative_id=cooperative_id, undone_at=None, line__status__in=_ON_THE_WAY
    ).aggregate(
        fen=Sum(part_fen, default=0),
        num_packs=Sum("packs", default=0),
        delivered_at=Max("line__shipment_line__shipment__delivered_at", filter=Q(line__status=LineStatus.DELIVERED)),
    )
    return int(sums["fen"]), sums["num_packs"], sums["delivered_at"]
