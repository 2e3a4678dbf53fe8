"""The station's day on one board: to receive, in store, to pick, to pack and hand over, on the way, problems."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from catalog.models import Region
from harvest_schedule.models import PickCall, ShortfallCase
from harvest_schedule.states import PickCallStatus, ShortfallStatus
from logistics.models import Lot, StorageMode
from logistics.selectors.claims import ClaimRow, open_claims
from logistics.selectors.picking import WaitingLine, waiting_lines
from logistics.selectors.receiving import calls_to_receive
from logistics.selectors.shipping import DayFigures, OrderToPack, ParcelRow, day_figures, orders_to_pack, parcels
from logistics.selectors.stock import StoreFill, hub_stock, lots_in_store
from logistics.states import LotStatus, ShipmentStatus
from marketplace.cooperatives.models import Hub
from marketplace.foundation.clock import business_date

#: Lots with so few days left go first, and the board says so.
FIRST_OUT_DAYS = 5
#: Cards shown in a column; the rest is a page away.
MOST_CARDS = 6


@dataclass(frozen=True)
class CallCard:
    """Fruit that is to come."""

    call: PickCall
    left_g: int
    is_late: bool
    is_answered: bool


@dataclass(frozen=True)
class LotCard:
    """A lot in the store: its age and what it still keeps."""

    lot: Lot
    age_days: int
    days_left: int

    @property
    def is_held(self) -> bool:
        return self.lot.status != LotStatus.AVAILABLE

    @property
    def is_expired(self) -> bool:
        return self.days_left < 0

    @property
    def goes_first(self) -> bool:
        return 0 <= self.days_left <= FIRST_OUT_DAYS

    @property
    def is_late(self) -> bool:
        return self.is_expired or self.is_held or self.goes_first


@dataclass(frozen=True)
class PickCard:
    """Boxes of one product that may leave and are not drawn."""

    line: WaitingLine
    num_lines: int
    num_packs: int
    num_blocked: int
    ships_by: date
    is_late: bool


@dataclass(frozen=True)
class RoadCard:
    """Parcels on the way to one province."""

    province: str
    num_parcels: int
    num_late: int


@dataclass(frozen=True)
class Board:
    """Everything on it, in plain rows; ``calls`` and the like hold all, the page shows the first few."""

    today: date
    figures: DayFigures
    calls: list[CallCard]
    lots: list[LotCard]
    stores: list[StoreFill]
    picks: list[PickCard]
    to_pack: list[OrderToPack]
    to_hand_over: list[ParcelRow]
    roads: list[RoadCard]
    claims: list[ClaimRow]
    blocked: list[WaitingLine]
    shortfalls: list[ShortfallCase]

    @property
    def to_receive_g(self) -> int:
        return sum(card.left_g for card in self.calls)

    @property
    def packs_to_pick(self) -> int:
        return sum(card.num_packs for card in self.picks)

    @property
    def packs_to_ship(self) -> int:
        return sum(row.num_packs for row in self.to_pack) + sum(row.num_packs for row in self.to_hand_over)

    @property
    def grams_to_ship(self) -> int:
        return sum(row.grams for row in self.to_pack) + sum(row.grams for row in self.to_hand_over)

    @property
    def num_on_road(self) -> int:
        return sum(card.num_parcels for card in self.roads)

    @property
    def num_problems(self) -> int:
        return len(self.claims) + len(self.blocked) + len(self.shortfalls)

    @property
    def late_blocked(self) -> WaitingLine | None:
        """The most urgent line that no lot serves and that should leave by today: the one problem to show."""
        return next((row for row in self.blocked if row.line.ships_by <= self.today), None)

    @property
    def late_ready(self) -> int:
        """How many lines should have left and could be drawn at once."""
        return sum(card.num_lines - card.num_blocked for card in self.picks if card.is_late)


def lot_card(lot: Lot, *, today: date) -> LotCard:
    """Return a lot with its age and the days it keeps from today."""
    return LotCard(lot, (today - lot.picked_on).days, (lot.best_before - today).days)


def hub_board(*, hub: Hub, at: datetime) -> Board:
    """Return a station's board at a moment."""
    today = business_date(at)
    waiting = waiting_lines(hub=hub, day=today, at=at)
    stores = hub_stock(hub=hub)
    return Board(
        today=today,
        figures=day_figures(hub=hub, at=at),
        calls=[_call_card(call, today) for call in calls_to_receive(hub=hub, today=today)],
        lots=[lot_card(lot, today=today) for lot in lots_in_store(hub_id=hub.pk)],
        stores=[stores[mode] for mode in (StorageMode.AMBIENT, StorageMode.COLD)],
        picks=_pick_cards(waiting),
        to_pack=orders_to_pack(hub=hub, today=today),
        to_hand_over=parcels(hub=hub, status=ShipmentStatus.PACKED, today=today),
        roads=_road_cards(parcels(hub=hub, status=ShipmentStatus.SHIPPED, today=today)),
        claims=open_claims(hub=hub, at=at),
        blocked=[row for row in waiting if not row.can_be_drawn],
        shortfalls=list(
            ShortfallCase.objects.filter(window__product__pool_product__pool__hub=hub, status=ShortfallStatus.OPEN)
            .select_related("window__product")
            .order_by("opened_at", "pk")
        ),
    )


def _call_card(call: PickCall, today: date) -> CallCard:
    return CallCard(
        call=call,
        left_g=call.asked_g - call.delivered_g,
        is_late=call.pick_on < today,
        is_answered=call.status == PickCallStatus.ACCEPTED,
    )


def _pick_cards(waiting: list[WaitingLine]) -> list[PickCard]:
    groups: dict[int | None, list[WaitingLine]] = defaultdict(list)
    for row in waiting:
        groups[row.line.product_id].append(row)
    return [
        PickCard(
            line=rows[0],
            num_lines=len(rows),
            num_packs=sum(row.line.quantity for row in rows),
            num_blocked=sum(not row.can_be_drawn for row in rows),
            ships_by=rows[0].line.ships_by,
            is_late=rows[0].is_late,
        )
        for rows in groups.values()
    ]


def _road_cards(rows: list[ParcelRow]) -> list[RoadCard]:
    parcels_to: Counter[str] = Counter()
    late_to: Counter[str] = Counter()
    for row in rows:
        address = row.shipment.order.shipping_address
        code = address.province_code if address is not None else ""
        parcels_to[code] += 1
        late_to[code] += row.is_late
    provinces = Region.objects.in_bulk(parcels_to)
    return [
        RoadCard(provinces[code].name if code in provinces else "", number, late_to[code])
        for code, number in sorted(parcels_to.items(), key=lambda pair: (-late_to[pair[0]], -pair[1], pair[0]))
    ]
