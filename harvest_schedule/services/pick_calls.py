"""Pick calls: cut for a day from the orders held and the plan's uptake, then accepted, refused and handed over."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from harvest_schedule.models import PickCall, PickCallLine
from harvest_schedule.services.pick_call_needs import due_lines_lock, needs_of_day, pooled_products
from harvest_schedule.services.pick_call_offers import HubOffers, Key, open_harvests_lock
from harvest_schedule.services.pick_call_sharing import Need, assign_needs, share_among
from harvest_schedule.states import PICK_CALL_MOVES, PickCallStatus
from marketplace.cooperatives.models import Hub
from marketplace.foundation.clock import business_date
from marketplace.foundation.outbox import handles, outbox_put
from marketplace.foundation.transitions import move

REFUSED = "pickcall.refused"
#: How long accepted fruit may be late before its orders are asked of somebody else.
GRACE_DAYS = 2


class UnableToAnswerPickCall(ValueError):
    """A pick call that cannot be answered like this; ``field`` names what must change."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(message)


class PickDayPassed(ValueError):
    """Nobody can be asked to pick yesterday."""


@transaction.atomic
def pick_calls_make(*, hub_id: int, day: date, at: datetime, actor: AbstractBaseUser | None = None) -> list[PickCall]:
    """
    Ask the cooperatives of a hub for what must be picked on a day; returns the calls made or raised.

    Asked for is what paid lines due by the next day lack, and the plan's uptake that its stored windows count on.
    A call not answered by the end of its day, and accepted fruit more than ``GRACE_DAYS`` late, is withdrawn first,
    so that others are asked. Run again, it asks only for what came up since.

    Raises
    ------
    PickDayPassed
        If the day lies before the date of ``at``.
    """
    if day < business_date(at):
        raise PickDayPassed(f"{day} has passed on {business_date(at)}")
    Hub.objects.select_for_update(no_key=True).get(pk=hub_id)
    products = pooled_products(hub_id=hub_id)
    # Harvests, then lines, then calls: the order in which everybody who needs several of them locks.
    harvests = open_harvests_lock(hub_id=hub_id, day=day)
    lines = due_lines_lock(products=products, day=day) if harvests else []
    _withdraw_stale(hub_id, at=at, actor=actor)
    if not harvests:
        return []
    offers = HubOffers(hub_id=hub_id, harvests=harvests, day=day)
    needs, left_in_store = needs_of_day(hub_id=hub_id, products=products, lines=lines, day=day, at=at)

    asked: dict[Key, int] = defaultdict(int)
    for_fresh: dict[Key, int] = defaultdict(int)
    waits: dict[Key, list[Need]] = defaultdict(list)
    for (pool_id, grade_id), rows in sorted(needs.items()):
        shares = share_among(sum(need.grams for need in rows), offers.of(pool_id, grade_id))
        for harvest_id, parts in assign_needs(rows, shares).items():
            key = (harvest_id, grade_id)
            asked[key] += shares[harvest_id]
            for_fresh[key] += sum(need.grams for need in parts if not need.is_stored)
            waits[key].extend(parts)
    for key, grams in offers.for_stock(asked, for_fresh, left_in_store).items():
        asked[key] += grams
    return _write(offers, asked, waits, day=day, at=at)


@transaction.atomic
def pick_call_accept(*, pick_call_id: int, actor: AbstractBaseUser | None, at: datetime) -> PickCall:
    """
    Agree to pick; from now on the orders that wait for it cannot be cancelled by their buyers. Again: no change.

    Raises
    ------
    UnableToAnswerPickCall
        If it was refused, is no longer needed, or its day is over.
    """
    call = PickCall.objects.select_for_update().get(pk=pick_call_id)
    if call.status in (PickCallStatus.ACCEPTED, PickCallStatus.FULFILLED):
        return call
    _check_can_be_answered(call, at)
    return _answer(call, PickCallStatus.ACCEPTED, actor=actor, at=at)


@transaction.atomic
def pick_call_refuse(*, pick_call_id: int, reason: str, actor: AbstractBaseUser | None, at: datetime) -> PickCall:
    """
    Say no, and why; others of the pool are asked at once. Again: no change.

    Raises
    ------
    UnableToAnswerPickCall
        If no reason is given, it was accepted already, is no longer needed, or its day is over.
    """
    call = PickCall.objects.select_for_update().get(pk=pick_call_id)
    if call.status == PickCallStatus.REFUSED:
        return call
    reason = reason.strip()
    if not reason:
        raise UnableToAnswerPickCall("reason", _("Please say why, so that the station can ask somebody else."))
    if len(reason) > 200:
        raise UnableToAnswerPickCall("reason", _("Please say it in 200 characters or fewer."))
    _check_can_be_answered(call, at)
    _answer(call, PickCallStatus.REFUSED, actor=actor, at=at, refusal_reason=reason)
    outbox_put(topic=REFUSED, key=f"{REFUSED}:{call.pk}", payload={"pick_call_id": call.pk}, at=at)
    return call


@transaction.atomic
def pick_call_deliver(*, pick_call_id: int, grams: int, actor: AbstractBaseUser | None, at: datetime) -> PickCall:
    """
    Count grams received at the hub towards a call; it is handed over once at least what was asked has come.

    A call not accepted on the phone is accepted by bringing the fruit. Withdrawn and refused calls only count.
    """
    call = PickCall.objects.select_for_update().get(pk=pick_call_id)
    call.delivered_g += grams
    call.save(update_fields=["delivered_g"])
    if call.status == PickCallStatus.CALLED:
        _answer(call, PickCallStatus.ACCEPTED, actor=actor, at=at)
    if call.status == PickCallStatus.ACCEPTED and call.delivered_g >= call.asked_g:
        move(call, PickCallStatus.FULFILLED, moves=PICK_CALL_MOVES, at=at, actor=actor)
    return call


@handles(REFUSED)
def pick_call_reask(*, at: datetime, pick_call_id: int) -> None:
    """Ask the other cooperatives for what one refused, while the day can still be met."""
    call = PickCall.objects.select_related("harvest__cooperative").get(pk=pick_call_id)
    if call.pick_on >= business_date(at):
        pick_calls_make(hub_id=call.harvest.cooperative.hub_id, day=call.pick_on, at=at)


def _check_can_be_answered(call: PickCall, at: datetime) -> None:
    if call.status == PickCallStatus.WITHDRAWN:
        raise UnableToAnswerPickCall("status", _("This is no longer needed. There is nothing to do."))
    if call.status == PickCallStatus.REFUSED:
        raise UnableToAnswerPickCall("status", _("You have refused this already; somebody else has been asked."))
    if call.status != PickCallStatus.CALLED:
        raise UnableToAnswerPickCall("status", _("You have accepted this already. Please ring the gathering station."))
    if call.pick_on < business_date(at):
        raise UnableToAnswerPickCall("status", _("The day of picking is over, so this can no longer be answered."))


def _answer(
    call: PickCall, status: str, *, actor: AbstractBaseUser | None, at: datetime, refusal_reason: str = ""
) -> PickCall:
    move(
        call,
        status,
        moves=PICK_CALL_MOVES,
        at=at,
        actor=actor,
        reason=refusal_reason,
        answered_at=at,
        answered_by_id=actor.pk if actor is not None else None,
        refusal_reason=refusal_reason,
    )
    return call


def _withdraw_stale(hub_id: int, *, at: datetime, actor: AbstractBaseUser | None) -> None:
    today = business_date(at)
    stale = (
        PickCall.objects.select_for_update(of=("self",))
        .filter(harvest__cooperative__hub_id=hub_id, pick_on__lt=today)
        .filter(status__in=(PickCallStatus.CALLED, PickCallStatus.ACCEPTED))
        .order_by("pk")
    )
    for call in stale:
        if call.status == PickCallStatus.CALLED:
            move(call, PickCallStatus.WITHDRAWN, moves=PICK_CALL_MOVES, at=at, actor=actor, reason="not answered")
        elif call.pick_on < today - timedelta(days=GRACE_DAYS):
            came = call.delivered_g > 0
            status = PickCallStatus.FULFILLED if came else PickCallStatus.WITHDRAWN
            reason = "the rest did not come" if came else "not handed over"
            move(call, status, moves=PICK_CALL_MOVES, at=at, actor=actor, reason=reason)


def _write(
    offers: HubOffers,
    asked: dict[Key, int],
    waits: dict[Key, list[Need]],
    *,
    day: date,
    at: datetime,
) -> list[PickCall]:
    calls: list[PickCall] = []
    fresh: list[PickCall] = []
    for (harvest_id, grade_id), grams in sorted(asked.items()):
        if not grams:
            continue
        call = offers.open_calls.get((harvest_id, grade_id))
        if call is None:
            call = PickCall(harvest_id=harvest_id, grade_id=grade_id, pick_on=day, asked_g=grams, called_at=at)
            fresh.append(call)
        else:
            call.asked_g += grams
            call.save(update_fields=["asked_g"])
        calls.append(call)
    PickCall.objects.bulk_create(fresh)
    # A line may wait for a call that is raised for it once more.
    present = {
        (row.pick_call_id, row.line_id): row
        for row in PickCallLine.objects.filter(pick_call__in=[call for call in calls if call not in fresh])
    }
    new_rows: list[PickCallLine] = []
    for call in calls:
        for need in waits.get((call.harvest_id, call.grade_id), ()):
            row = present.get((call.pk, need.line_id))
            if row is None:
                new_rows.append(PickCallLine(pick_call=call, line_id=need.line_id, grams=need.grams))
            else:
                row.grams += need.grams
                row.save(update_fields=["grams"])
    PickCallLine.objects.bulk_create(new_rows)
    return calls
