"""A harvest arrives at a hub and becomes a lot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog.models import Grade
from harvest_schedule.models import Harvest, PickCall
from harvest_schedule.services.harvest_rules import grams_in_words
from harvest_schedule.services.pick_calls import pick_call_deliver
from harvest_schedule.states import HarvestStatus
from logistics.life_days import best_before, keeps_days
from logistics.lot_numbers import lot_number, place_letters
from logistics.models import Lot, StockMovement, StorageMode
from logistics.selectors.stock import hub_stock
from logistics.services.name_locks import name_lock
from logistics.states import MovementKind
from marketplace.cooperatives.models import Hub, PoolMember
from marketplace.foundation.clock import business_date
from marketplace.foundation.outbox import outbox_put
from marketplace.foundation.units import MAX_MASS_G

#: Fruit may ripen early, but not a fortnight before the harvest that was declared.
EARLY_DAYS = 14
#: The heaviest lorry allowed on Chinese roads weighs 49 t with its load (GB 1589-2016).
MOST_G = 49_000_000
#: More than this many times the highest expectation of a harvest is a slip of the finger.
MOST_TIMES_HIGH = 3


class UnableToReceive(ValueError):
    """A receipt that cannot be; ``field`` names what must change, the text says how."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(message)


class StoreFull(UnableToReceive):
    """The store has no room for the weight. Carries the free room in grams."""

    def __init__(self, field: str, message: str, free_g: int) -> None:
        self.free_g = free_g
        super().__init__(field, message)


class ReceiptKeyReused(UnableToReceive):
    """The key belongs to a receipt with other data: it was received already, and differently. Carries that lot."""

    def __init__(self, lot: Lot) -> None:
        self.lot = lot
        message = _("This was received already as lot %(number)s with other figures. Open a new receipt.") % {
            "number": lot.number
        }
        super().__init__("key", message)


@dataclass(frozen=True)
class _Receipt:
    """What was put down of a receipt: the same key must always bring the same."""

    harvest_id: int
    grade_id: int
    hub_id: int
    received_g: int
    picked_on: date
    certificate_number: str
    mode: str
    pick_call_id: int | None


@transaction.atomic
def lot_receive(
    *,
    harvest_id: int,
    grade_id: int,
    hub_id: int,
    grams: int,
    picked_on: date,
    certificate_number: str,
    mode: str,
    key: str,
    actor: AbstractBaseUser | None,
    at: datetime,
    pick_call_id: int | None = None,
) -> Lot:
    """
    Put what a cooperative brought on the books: a lot with its number, its best-before and its first movement.

    The same key returns the lot it made before. A pick call is credited with the weight. The planner is told.

    Parameters
    ----------
    grams
        Net weight on the hub's scale.
    certificate_number
        Of the 承诺达标合格证 that came with the batch; cooperatives must issue one for fruit, vegetables, fresh tea,
        meat, eggs and fish.
    mode
        AMBIENT or COLD: the store it goes to.

    Raises
    ------
    UnableToReceive
        With the field that must change. StoreFull and ReceiptKeyReused are special cases.
    """
    hub = Hub.objects.select_for_update(of=("self",), no_key=True).select_related("region").get(pk=hub_id)
    certificate_number = certificate_number.strip()
    receipt = _Receipt(harvest_id, grade_id, hub_id, grams, picked_on, certificate_number, mode, pick_call_id)
    known = Lot.objects.filter(receipt_key=key).first()
    if known is not None:
        if receipt != _receipt_of(known):
            raise ReceiptKeyReused(known)
        return known
    harvest = Harvest.objects.select_related("cooperative", "produce").get(pk=harvest_id)
    grade = Grade.objects.get(pk=grade_id)
    _check_key(key)
    _check_origin(harvest, grade, hub)
    _check_weight(harvest, grams)
    _check_picked_on(harvest, picked_on, at)
    _check_certificate(harvest, certificate_number)
    kept_until = _best_before(harvest, picked_on, mode, at)
    _check_room(hub, mode, grams)
    call = _call(pick_call_id, harvest, grade)
    lot = Lot.objects.create(
        number=_number(hub, business_date(at)),
        harvest=harvest,
        pick_call=call,
        cooperative_id=harvest.cooperative_id,
        produce_id=harvest.produce_id,
        grade=grade,
        hub=hub,
        mode=mode,
        received_g=grams,
        picked_on=picked_on,
        best_before=kept_until,
        received_at=at,
        received_by_id=actor.pk if actor is not None else None,
        certificate_number=certificate_number,
        receipt_key=key,
    )
    StockMovement.objects.create(
        lot=lot,
        kind=MovementKind.RECEIPT,
        grams=grams,
        mode=mode,
        at=at,
        actor_id=actor.pk if actor is not None else None,
        key=f"receipt:{key}",
    )
    if call is not None:
        pick_call_deliver(pick_call_id=call.pk, grams=grams, actor=actor, at=at)
    outbox_put(
        topic="stock.received",
        key=f"stock.received:{lot.pk}",
        payload={
            "lot_id": lot.pk,
            "hub_id": hub.pk,
            "produce_id": lot.produce_id,
            "grams": grams,
            "pick_call_id": call.pk if call is not None else None,
        },
        at=at,
    )
    return lot


def _receipt_of(lot: Lot) -> _Receipt:
    return _Receipt(
        lot.harvest_id,
        lot.grade_id,
        lot.hub_id,
        lot.received_g,
        lot.picked_on,
        lot.certificate_number,
        lot.movements.order_by("pk").values_list("mode", flat=True)[0],
        lot.pick_call_id,
    )


def _check_key(key: str) -> None:
    if not 8 <= len(key) <= 64:
        raise UnableToReceive("key", _("The form has lost its key. Please open it again."))


def _check_origin(harvest: Harvest, grade: Grade, hub: Hub) -> None:
    if harvest.status == HarvestStatus.WITHDRAWN:
        raise UnableToReceive("harvest", _("This harvest was withdrawn. Ask the cooperative to declare it again."))
    if grade.produce_id != harvest.produce_id:
        raise UnableToReceive("grade", _("This grade belongs to another produce. Choose one of the harvest's grades."))
    if harvest.cooperative.hub_id != hub.pk:
        pools = PoolMember.objects.filter(pool__hub_id=hub.pk, cooperative_id=harvest.cooperative_id)
        if not pools.exists():
            raise UnableToReceive("harvest", _("This cooperative does not deliver to this station."))


def _check_weight(harvest: Harvest, grams: int) -> None:
    if grams <= 0:
        raise UnableToReceive("grams", _("The weight must be more than zero."))
    if grams > min(MOST_G, MAX_MASS_G):
        raise UnableToReceive(
            "grams",
            _("One receipt weighs at most %(most)s, a full lorry. Check the weight or receive it in parts.")
            % {"most": grams_in_words(MOST_G)},
        )
    came_g = Lot.objects.filter(harvest=harvest).aggregate(grams=Sum("received_g"))["grams"] or 0
    if came_g + grams > MOST_TIMES_HIGH * harvest.high_g:
        raise UnableToReceive(
            "grams",
            _("With this, %(came)s would have come of a harvest of at most %(high)s. Check weight and harvest.")
            % {"came": grams_in_words(came_g + grams), "high": grams_in_words(harvest.high_g)},
        )


def _check_picked_on(harvest: Harvest, picked_on: date, at: datetime) -> None:
    if picked_on > business_date(at):
        raise UnableToReceive("picked_on", _("The day of picking lies in the future. Check the date."))
    if picked_on < harvest.starts_on - timedelta(days=EARLY_DAYS):
        raise UnableToReceive(
            "picked_on",
            _("The harvest begins on %(day)s. Check the day of picking, or choose another harvest.")
            % {"day": date_format(harvest.starts_on, "DATE_FORMAT")},
        )


def _check_certificate(harvest: Harvest, number: str) -> None:
    if not number:
        if "CERT" in harvest.produce.flags:
            raise UnableToReceive(
                "certificate_number",
                _("This produce may only be received with its certificate. Enter the number on the 合格证."),
            )
        return
    if len(number) > 60 or not number.isprintable():
        raise UnableToReceive("certificate_number", _("Please enter the certificate number in 60 characters or fewer."))
    others = Lot.objects.filter(certificate_number=number).exclude(cooperative_id=harvest.cooperative_id)
    if others.exists():
        raise UnableToReceive(
            "certificate_number", _("This certificate came with another cooperative's lot. Check the number.")
        )


def _best_before(harvest: Harvest, picked_on: date, mode: str, at: datetime) -> date:
    if mode not in StorageMode.values:
        raise UnableToReceive("mode", _("Choose the ambient or the cold store."))
    days = keeps_days(harvest.produce, mode)
    if days is None:
        raise UnableToReceive("mode", _("This produce is not kept in that store. Choose the other one."))
    kept_until = best_before(picked_on, [], keeps_for_days=days)
    if kept_until < business_date(at):
        raise UnableToReceive(
            "picked_on",
            _("Picked that day it would have kept until %(day)s only. It cannot be received for sale.")
            % {"day": date_format(kept_until, "DATE_FORMAT")},
        )
    return kept_until


def _check_room(hub: Hub, mode: str, grams: int) -> None:
    store = hub_stock(hub=hub)[mode]
    if grams > store.free_g:
        message = _("The store has room for %(free)s more. Use the other store or receive less.") % {
            "free": grams_in_words(store.free_g)
        }
        raise StoreFull("grams", message, store.free_g)


def _call(pick_call_id: int | None, harvest: Harvest, grade: Grade) -> PickCall | None:
    if pick_call_id is None:
        return None
    call = PickCall.objects.get(pk=pick_call_id)
    if call.harvest_id != harvest.pk or call.grade_id != grade.pk:
        raise UnableToReceive("pick_call", _("The pick call is for another harvest or grade. Receive without it."))
    return call


def _number(hub: Hub, day: date) -> str:
    """Return the next number of the day; hubs in counties with the same letters share one count."""
    prefix = place_letters(hub.region.name_en)
    name_lock(f"lot-number:{prefix}")
    ordinal = Lot.objects.filter(number__startswith=lot_number(prefix, day, 0)[:-2]).count() + 1
    return lot_number(prefix, day, ordinal)
