"""What happens to a lot in the store: counted, written off, held back, recalled, moved to the other store."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from harvest_schedule.services.harvest_rules import grams_in_words
from logistics.allocation.life import Stay
from logistics.life_days import best_before, keeps_days
from logistics.models import Lot, StockMovement, StorageMode
from logistics.selectors.stock import hub_stock, lot_balance_g
from logistics.states import LOT_MOVES, LotStatus, MovementKind
from marketplace.cooperatives.models import Hub
from marketplace.foundation.clock import business_date
from marketplace.foundation.outbox import outbox_put
from marketplace.foundation.transitions import IllegalMove, move

_MOST_REASON = 200


class UnableToChangeStock(ValueError):
    """A change of a lot that cannot be; ``field`` names what must change, the text says how."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(message)


class NotThatMuchInLot(UnableToChangeStock):
    """More was to be taken than is left. Carries what is left, in grams."""

    def __init__(self, field: str, left_g: int) -> None:
        self.left_g = left_g
        super().__init__(field, _("Only %(left)s of this lot are left. Enter less.") % {"left": grams_in_words(left_g)})


@transaction.atomic
def lot_spoil(
    *, lot_id: int, grams: int, reason: str, key: str, actor: AbstractBaseUser | None, at: datetime
) -> StockMovement:
    """
    Write grams of a lot off. The same key writes off once.

    Raises
    ------
    NotThatMuchInLot, UnableToChangeStock
    """
    lot = Lot.objects.select_for_update(of=("self",)).get(pk=lot_id)
    known = _known(f"spoil:{key}", lot, -grams)
    if known is not None:
        return known
    reason = _check_reason(reason)
    if grams <= 0:
        raise UnableToChangeStock("grams", _("The weight must be more than zero."))
    left_g = lot_balance_g(lot.pk)
    if grams > left_g:
        raise NotThatMuchInLot("grams", left_g)
    movement = _write(lot, MovementKind.SPOILAGE, -grams, reason, f"spoil:{key}", actor, at)
    _tell_planner(lot, -grams, movement.key, at)
    return movement


@transaction.atomic
def lot_adjust(
    *, lot_id: int, counted_g: int, reason: str, key: str, actor: AbstractBaseUser | None, at: datetime
) -> StockMovement | None:
    """
    Bring a lot's books to what was counted; None when they agree already. The same key adjusts once.

    A lot is never counted up above what was received less what was drawn: that would be another receipt.

    Raises
    ------
    UnableToChangeStock
    """
    lot = Lot.objects.select_for_update(of=("self",)).get(pk=lot_id)
    known = StockMovement.objects.filter(key=f"adjust:{key}").first()
    if known is not None:
        return known
    reason = _check_reason(reason)
    if counted_g < 0:
        raise UnableToChangeStock("counted", _("A counted weight is not below zero."))
    drawn_kinds = (MovementKind.PICK, MovementKind.UNPICK)
    drawn_g = -sum(lot.movements.filter(kind__in=drawn_kinds).values_list("grams", flat=True))
    most_g = lot.received_g - drawn_g
    if counted_g > most_g:
        raise UnableToChangeStock(
            "counted",
            _("At most %(most)s of this lot can be left. Receive the rest as a lot of its own.")
            % {"most": grams_in_words(most_g)},
        )
    difference_g = counted_g - lot_balance_g(lot.pk)
    if not difference_g:
        return None
    movement = _write(lot, MovementKind.ADJUSTMENT, difference_g, reason, f"adjust:{key}", actor, at)
    _tell_planner(lot, difference_g, movement.key, at)
    return movement


@transaction.atomic
def lot_hold(*, lot_id: int, reason: str, actor: AbstractBaseUser | None, at: datetime) -> Lot:
    """Hold a lot back: nothing of it is drawn or packed until it is released. Again: no change."""
    return _status(lot_id, LotStatus.HELD, reason, actor, at)


@transaction.atomic
def lot_release(*, lot_id: int, reason: str, actor: AbstractBaseUser | None, at: datetime) -> Lot:
    """Let a held lot be drawn again. Again: no change."""
    return _status(lot_id, LotStatus.AVAILABLE, reason, actor, at)


@transaction.atomic
def lot_recall(*, lot_id: int, reason: str, actor: AbstractBaseUser | None, at: datetime) -> Lot:
    """
    Recall a lot for good: nothing of it is drawn, packed or handed over any more. Again: no change.

    Lines that have drawn it and parcels that hold it are shown on the lot's page, to be put back or followed up.
    """
    return _status(lot_id, LotStatus.RECALLED, reason, actor, at)


@transaction.atomic
def lot_relocate(*, lot_id: int, mode: str, key: str, actor: AbstractBaseUser | None, at: datetime) -> Lot:
    """
    Move all that is left of a lot to the hub's other store; its best-before follows from the life it has used.

    The same key moves once; a lot that lies there already stays.

    Raises
    ------
    UnableToChangeStock
        If the produce is not kept there, the store has no room, the lot is empty, or its life is over.
    """
    hub = Hub.objects.select_for_update(no_key=True).get(lots__pk=lot_id)
    lot = Lot.objects.select_for_update(of=("self",)).select_related("produce").get(pk=lot_id)
    if lot.mode == mode or StockMovement.objects.filter(key=f"relocate:{key}:in").exists():
        return lot
    if mode not in StorageMode.values:
        raise UnableToChangeStock("mode", _("Choose the ambient or the cold store."))
    keeps_there = keeps_days(lot.produce, mode)
    if keeps_there is None:
        raise UnableToChangeStock("mode", _("This produce is not kept in that store. Choose the other one."))
    left_g = lot_balance_g(lot.pk)
    if left_g <= 0:
        raise UnableToChangeStock("mode", _("Nothing of this lot is left, so there is nothing to move."))
    if lot.best_before < business_date(at):
        raise UnableToChangeStock("mode", _("This lot is past its best-before. Write it off instead."))
    store = hub_stock(hub=hub)[mode]
    if left_g > store.free_g:
        raise UnableToChangeStock(
            "mode",
            _("The store has room for %(free)s more, and the lot weighs %(left)s.")
            % {"free": grams_in_words(store.free_g), "left": grams_in_words(left_g)},
        )
    reason = _("Moved to the other store")
    _write(lot, MovementKind.RELOCATION, -left_g, reason, f"relocate:{key}:out", actor, at)
    lot.best_before = max(lot.picked_on, best_before(lot.picked_on, _stays(lot, at), keeps_for_days=keeps_there))
    lot.mode = mode
    lot.save(update_fields=["mode", "best_before"])
    _write(lot, MovementKind.RELOCATION, left_g, reason, f"relocate:{key}:in", actor, at)
    return lot


def _stays(lot: Lot, at: datetime) -> list[Stay]:
    """Return the lot's finished stays: from picking on in its first store, then from move to move."""
    arrivals = [
        (business_date(row.at), row.mode)
        for row in lot.movements.filter(kind__in=(MovementKind.RECEIPT, MovementKind.RELOCATION), grams__gt=0).order_by(
            "at", "pk"
        )
    ]
    arrivals[0] = (lot.picked_on, arrivals[0][1])
    ends = [day for day, _mode in arrivals[1:]] + [business_date(at)]
    return [
        Stay((end - begin).days, keeps_days(lot.produce, mode) or 1)
        for (begin, mode), end in zip(arrivals, ends, strict=True)
    ]


def _status(lot_id: int, status: str, reason: str, actor: AbstractBaseUser | None, at: datetime) -> Lot:
    lot = Lot.objects.select_for_update(of=("self",)).get(pk=lot_id)
    if lot.status == status:
        return lot
    reason = _check_reason(reason)
    was_available = lot.status == LotStatus.AVAILABLE
    try:
        lot = move(lot, status, moves=LOT_MOVES, at=at, actor=actor, reason=reason)
    except IllegalMove as error:
        raise UnableToChangeStock("status", _("A recalled lot stays recalled.")) from error
    if was_available or status == LotStatus.AVAILABLE:
        left_g = lot_balance_g(lot.pk)
        _tell_planner(lot, -left_g if was_available else left_g, f"{status}:{at.isoformat()}", at)
    return lot


def _tell_planner(lot: Lot, grams: int, movement: str, at: datetime) -> None:
    """Say that more or less of a lot (below zero) can be sold now."""
    outbox_put(
        topic="stock.changed",
        key=f"stock.changed:{lot.pk}:{movement}"[:120],
        payload={
            "lot_id": lot.pk,
            "hub_id": lot.hub_id,
            "produce_id": lot.produce_id,
            "grams": grams,
            "movement": f"{lot.pk}:{movement}",
        },
        at=at,
    )


def _check_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise UnableToChangeStock("reason", _("Please say why."))
    if len(reason) > _MOST_REASON:
        raise UnableToChangeStock("reason", _("Please say it in 200 characters or fewer."))
    return reason


def _known(key: str, lot: Lot, grams: int) -> StockMovement | None:
    known = StockMovement.objects.filter(key=key).first()
    if known is not None and (known.lot_id != lot.pk or known.grams != grams):
        raise UnableToChangeStock("key", _("This form was sent before with other figures. Please open it again."))
    return known


def _write(
    lot: Lot, kind: str, grams: int, reason: str, key: str, actor: AbstractBaseUser | None, at: datetime
) -> StockMovement:
    return StockMovement.objects.create(
        lot=lot,
        kind=kind,
        grams=grams,
        mode=lot.mode,
        at=at,
        actor_id=actor.pk if actor is not None else None,
        reason=reason,
        key=key,
    )
