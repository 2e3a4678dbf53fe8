"""A parcel's way: packed at the hub, handed to a carrier, signed for by the buyer."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from logistics.models import Lot, LotDraw, Shipment, ShipmentLine, TrackingEvent
from logistics.selectors.picking import hub_lines
from logistics.services.name_locks import name_lock
from logistics.states import SHIPMENT_MOVES, LotStatus, ShipmentStatus, TrackingState
from marketplace.foundation.models import AnsweredRequest
from marketplace.foundation.outbox import outbox_put
from marketplace.foundation.transitions import move
from marketplace.order.models import Line, Order
from marketplace.order.processing import lines_move, order_follow_lines
from marketplace.order.states import LineStatus
from marketplace.shipping.models import Carrier

_PACK_SCOPE = "logistics.shipment_pack"
_MOST_TRACKING = 40


class UnableToShip(ValueError):
    """A step of a parcel that cannot be; ``field`` names what must change, the text says how."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(message)


class NothingToPack(UnableToShip):
    """No line of the order is drawn at this hub and waits to be packed."""

    def __init__(self) -> None:
        super().__init__("order", _("Nothing of this order is picked and waits to be packed. Pick it first."))


class TrackingNumberTaken(UnableToShip):
    """Another parcel of the carrier has the number. Carries that parcel."""

    def __init__(self, shipment: Shipment) -> None:
        self.shipment = shipment
        super().__init__(
            "tracking_number",
            _("Parcel %(number)s has this tracking number already. Scan the label again.")
            % {"number": shipment.number},
        )


@transaction.atomic
def shipment_pack(*, order_id: int, hub_id: int, at: datetime, actor: AbstractBaseUser | None, key: str) -> Shipment:
    """
    Put all lines of an order that are drawn at a hub into one parcel. The same key returns the parcel it made.

    Raises
    ------
    NothingToPack
        If no line is drawn and unpacked.
    UnableToShip
        If a lot in it was held or recalled after it was drawn.
    """
    order = Order.objects.select_for_update(of=("self",)).get(pk=order_id)
    answered = AnsweredRequest.objects.filter(scope=_PACK_SCOPE, key=key).first()
    if answered is not None:
        made = Shipment.objects.get(pk=answered.answer["shipment_id"])
        if (made.order_id, made.hub_id) != (order_id, hub_id):
            raise UnableToShip("key", _("This form was sent before for another order. Please open it again."))
        return made
    lines = list(
        hub_lines(hub_id=hub_id)
        .filter(order_id=order.pk, status=LineStatus.DRAWN)
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    if not lines:
        raise NothingToPack
    _check_lots_may_leave([line.pk for line in lines])
    ordinal = Shipment.objects.filter(order_id=order.pk).count() + 1
    shipment = Shipment.objects.create(
        number=f"{order.number}-{ordinal}",
        order=order,
        hub_id=hub_id,
        status=ShipmentStatus.PACKED,
        packed_at=at,
    )
    ShipmentLine.objects.bulk_create(
        [ShipmentLine(shipment=shipment, line=line, quantity=line.quantity) for line in lines]
    )
    _event(shipment, TrackingState.CREATED, at, "已装箱，等快递来取", "Packed, waiting for the carrier")
    lines_move(lines, LineStatus.PACKED, at=at, actor=actor)
    order_follow_lines(order, at=at, actor=actor)
    AnsweredRequest.objects.create(scope=_PACK_SCOPE, key=key, answer={"shipment_id": shipment.pk}, at=at)
    return shipment


@transaction.atomic
def shipment_hand_over(
    *,
    shipment_id: int,
    carrier_id: int,
    tracking_number: str,
    at: datetime,
    actor: AbstractBaseUser | None,
) -> Shipment:
    """
    Give a parcel to a carrier under its tracking number; the buyer is told. The same again changes nothing.

    Raises
    ------
    TrackingNumberTaken
        If another parcel of the carrier has the number.
    UnableToShip
        If the number does not look like the carrier's, the parcel left already under another one, or a lot in it
        was held or recalled.
    """
    shipment, order, lines = _lock(shipment_id)
    carrier = Carrier.objects.get(pk=carrier_id)
    number = tracking_number_read(tracking_number)
    if shipment.status != ShipmentStatus.PACKED:
        if (shipment.carrier_id, shipment.tracking_number) == (carrier.pk, number):
            return shipment
        raise UnableToShip("shipment", _("This parcel left already under another tracking number."))
    if len(number) > _MOST_TRACKING or not re.fullmatch(carrier.tracking_pattern, number):
        raise UnableToShip(
            "tracking_number",
            _("That does not look like a tracking number of %(carrier)s. Scan the label, or check the carrier.")
            % {"carrier": carrier.name},
        )
    _check_lots_may_leave([line.pk for line in lines])
    name_lock(f"tracking:{carrier.pk}:{number}")
    other = Shipment.objects.filter(carrier=carrier, tracking_number=number).first()
    if other is not None:
        raise TrackingNumberTaken(other)
    shipment = move(
        shipment,
        ShipmentStatus.SHIPPED,
        moves=SHIPMENT_MOVES,
        at=at,
        actor=actor,
        carrier_id=carrier.pk,
        tracking_number=number,
        shipped_at=at,
    )
    _event(
        shipment,
        TrackingState.PICKED_UP,
        at,
        f"已交给{carrier.name_zh}，运单号 {number}",
        f"Handed to {carrier.name_en}, tracking number {number}",
    )
    lines_move(lines, LineStatus.SHIPPED, at=at, actor=actor)
    order_follow_lines(order, at=at, actor=actor)
    outbox_put(topic="mail.shipped", key=f"mail.shipped:{shipment.number}", payload={"shipment_id": shipment.pk}, at=at)
    return shipment


@transaction.atomic
def shipment_deliver(*, shipment_id: int, at: datetime, actor: AbstractBaseUser | None) -> Shipment:
    """
    Record that the buyer has signed for a parcel: the claim window begins. Again: no change.

    Raises
    ------
    UnableToShip
        If it has not left yet, or would have arrived before it left.
    """
    shipment, order, lines = _lock(shipment_id)
    if shipment.status == ShipmentStatus.DELIVERED:
        return shipment
    if shipment.status != ShipmentStatus.SHIPPED or shipment.shipped_at is None:
        raise UnableToShip("shipment", _("This parcel has not been handed to a carrier yet."))
    if at < shipment.shipped_at:
        raise UnableToShip("delivered_at", _("A parcel does not arrive before it has left. Check the time."))
    shipment = move(shipment, ShipmentStatus.DELIVERED, moves=SHIPMENT_MOVES, at=at, actor=actor, delivered_at=at)
    _event(shipment, TrackingState.DELIVERED, at, "已签收", "Signed for")
    lines_move(lines, LineStatus.DELIVERED, at=at, actor=actor)
    order_follow_lines(order, at=at, actor=actor)
    return shipment


@transaction.atomic
def tracking_record(
    *, shipment_id: int, state: str, happened_at: datetime, text_zh: str, text_en: str, at: datetime
) -> Shipment:
    """
    Take down what a carrier said. Events come late, twice and out of order: each is one row, and none undoes delivery.

    A parcel signed for is delivered at the hour that the carrier names.
    """
    shipment, _order, _lines = _lock(shipment_id)
    if state == TrackingState.DELIVERED and shipment.status == ShipmentStatus.SHIPPED:
        return shipment_deliver(shipment_id=shipment.pk, at=max(happened_at, shipment.shipped_at or at), actor=None)
    _event(shipment, state, happened_at, text_zh, text_en)
    return shipment


def tracking_number_read(text: str) -> str:
    """Return a tracking number as carriers print it: half-width capitals without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _lock(shipment_id: int) -> tuple[Shipment, Order, list[Line]]:
    """Lock a parcel's order, its lines and itself, in that order."""
    order = Order.objects.select_for_update(of=("self",)).get(shipments__pk=shipment_id)
    lines = list(
        Line.objects.select_for_update(of=("self",)).filter(shipment_line__shipment_id=shipment_id).order_by("pk")
    )
    shipment = Shipment.objects.select_for_update(of=("self",)).get(pk=shipment_id)
    return shipment, order, lines


def _check_lots_may_leave(line_ids: list[int]) -> None:
    """Lock the lots in a parcel, so that none is held or recalled while it leaves; refuse if one is."""
    lot_ids = LotDraw.objects.filter(line_id__in=line_ids, undone_at=None).values("lot_id")
    for lot in Lot.objects.select_for_update(of=("self",)).filter(pk__in=lot_ids).order_by("pk"):
        if lot.status != LotStatus.AVAILABLE:
            raise UnableToShip(
                "lot",
                _("Lot %(number)s in this parcel is held or recalled. Keep the parcel here.") % {"number": lot.number},
            )


def _event(shipment: Shipment, state: str, at: datetime, text_zh: str, text_en: str) -> None:
    # One statement where get_or_create takes four; the same event twice is one row.
    row = TrackingEvent(shipment=shipment, at=at, state=state, text_zh=text_zh[:200], text_en=text_en[:200])
    TrackingEvent.objects.bulk_create([row], ignore_conflicts=True)
