"""A harvest's life: declared, reported on from the field, finished or withdrawn. Each change is told to the planner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from harvest_schedule.models import Harvest, HarvestGrade, HarvestReport, PickCall
from harvest_schedule.services.harvest_rules import (
    HarvestRefused,
    check_area,
    check_biofix,
    check_dates,
    check_grade_shares,
    check_picked_day,
    check_range,
    check_shift,
    grams_in_words,
)
from harvest_schedule.states import HARVEST_MOVES, PICK_CALL_MOVES, HarvestStatus, PickCallStatus
from marketplace.cooperatives.models import Cooperative, PoolMember
from marketplace.foundation.clock import business_date
from marketplace.foundation.outbox import outbox_put
from marketplace.foundation.transitions import move
from marketplace.foundation.units import MAX_MASS_G

CHANGED = "harvest.changed"
OPEN_STATUSES = (HarvestStatus.DECLARED, HarvestStatus.PICKING)
#: More than this many times the highest expectation is a slip of the finger, not a harvest.
MOST_TIMES_HIGH = 3


@transaction.atomic
def harvest_declare(
    *,
    cooperative_id: int,
    produce_id: int,
    starts_on: date,
    ends_on: date,
    low_g: int,
    likely_g: int,
    high_g: int,
    grade_shares: Mapping[int, int],
    key: str,
    actor: AbstractBaseUser | None,
    at: datetime,
    area_mu: int = 0,
    biofix_on: date | None = None,
) -> Harvest:
    """
    Put down what one cooperative expects to pick of one produce. The same key gives the same harvest.

    Two open harvests of one cooperative and produce never overlap: the same fruit would be promised twice. A second
    plot picked in the same days belongs into the first harvest's figures.

    Parameters
    ----------
    low_g, likely_g, high_g
        Grams over the whole window; low and high are meant as the tenth and ninetieth percentile.
    grade_shares
        Thousandths by grade id; they sum to 1000.
    biofix_on
        Full bloom or planting, where the produce's season is counted from it and it is over already.

    Raises
    ------
    HarvestRefused
        With the field that must change and the reason in the active language.
    """
    cooperative = Cooperative.objects.select_for_update(no_key=True).get(pk=cooperative_id)
    earlier = Harvest.objects.filter(key=key).first()
    if earlier is not None:
        _refuse_foreign_key(earlier.cooperative_id == cooperative.pk)
        return earlier
    _check_grows_here(cooperative, produce_id)
    check_dates(starts_on, ends_on, today=business_date(at))
    check_range(low_g, likely_g, high_g)
    check_grade_shares(produce_id, grade_shares)
    check_area(area_mu)
    if biofix_on is not None:
        check_biofix(produce_id, biofix_on, today=business_date(at), starts_on=starts_on)
    _check_no_overlap(cooperative.pk, produce_id, starts_on, ends_on)

    harvest = Harvest.objects.create(
        cooperative=cooperative,
        produce_id=produce_id,
        starts_on=starts_on,
        ends_on=ends_on,
        low_g=low_g,
        likely_g=likely_g,
        high_g=high_g,
        area_mu=area_mu,
        biofix_on=biofix_on,
        declared_starts_on=starts_on,
        declared_ends_on=ends_on,
        declared_likely_g=likely_g,
        declared_at=at,
        declared_by_id=actor.pk if actor is not None else None,
        key=key,
    )
    HarvestGrade.objects.bulk_create(
        HarvestGrade(harvest=harvest, grade_id=grade_id, share_permille=share)
        for grade_id, share in sorted(grade_shares.items())
        if share
    )
    _tell(harvest, "declared", at=at)
    return harvest


@transaction.atomic
def harvest_report(
    *,
    harvest_id: int,
    key: str,
    actor: AbstractBaseUser | None,
    at: datetime,
    picked_on: date | None = None,
    picked_g: int | None = None,
    shift_days: int = 0,
    low_g: int | None = None,
    likely_g: int | None = None,
    high_g: int | None = None,
    note: str = "",
    biofix_on: date | None = None,
) -> HarvestReport:
    """
    Take a word from the field and bring the harvest to it. The same key gives the same report, applied once.

    The first picking starts the harvest. A shift moves both ends of a harvest that has not begun, and only the end of
    one that has. Picking outside the window stretches it, because what was picked is a fact. A new range is for the
    whole harvest, picked fruit included. ``biofix_on`` is full bloom or planting and moves no date by itself.

    Raises
    ------
    HarvestRefused
        With the field that must change; nothing is written then.
    """
    harvest = Harvest.objects.select_for_update(no_key=True).get(pk=harvest_id)
    earlier = HarvestReport.objects.filter(key=key).first()
    if earlier is not None:
        _refuse_foreign_key(earlier.harvest_id == harvest.pk)
        return earlier
    if harvest.status not in OPEN_STATUSES:
        raise HarvestRefused("status", _("This harvest is finished or withdrawn. Nothing can be reported on it."))
    note = note.strip()
    new_range = (low_g, likely_g, high_g)
    is_empty = picked_g is None and not shift_days and new_range == (None, None, None) and biofix_on is None
    if is_empty and not note:
        raise HarvestRefused("picked_g", _("Please say what changed: kilograms picked, dates, or the new range."))

    today = business_date(at)
    changes = _shifted(harvest, shift_days)
    if picked_g is not None:
        picked_on = picked_on or today
        check_picked_day(picked_on, today=today, starts_on=harvest.starts_on, ends_on=harvest.ends_on)
        changes["starts_on"] = min(changes.get("starts_on", harvest.starts_on), picked_on)
        changes["ends_on"] = max(changes.get("ends_on", harvest.ends_on), picked_on)
    else:
        picked_on = None
    if new_range != (None, None, None):
        changes |= _new_range(low_g, likely_g, high_g)
    _check_picked_total(harvest, picked_g, new_high_g=high_g)
    if biofix_on is not None:
        check_biofix(harvest.produce_id, biofix_on, today=today, starts_on=harvest.starts_on)
        changes["biofix_on"] = biofix_on

    report = HarvestReport.objects.create(
        harvest=harvest,
        reported_at=at,
        reported_by_id=actor.pk if actor is not None else None,
        picked_on=picked_on,
        picked_g=picked_g,
        shift_days=shift_days,
        low_g=low_g,
        likely_g=likely_g,
        high_g=high_g,
        biofix_on=biofix_on,
        note=note[:300],
        key=key,
    )
    for name, value in changes.items():
        setattr(harvest, name, value)
    if changes:
        harvest.save(update_fields=sorted(changes))
    if picked_g is not None and harvest.status == HarvestStatus.DECLARED:
        move(harvest, HarvestStatus.PICKING, moves=HARVEST_MOVES, at=at, actor=actor)
    _tell(harvest, f"report:{report.pk}", at=at, report_id=report.pk)
    return report


@transaction.atomic
def harvest_close(*, harvest_id: int, actor: AbstractBaseUser | None, at: datetime) -> Harvest:
    """
    Say that picking is over. Calls not answered are withdrawn; closing again changes nothing.

    Raises
    ------
    HarvestRefused
        If an accepted call for today or later is still to be handed over.
    """
    harvest = Harvest.objects.select_for_update(no_key=True).get(pk=harvest_id)
    if harvest.status == HarvestStatus.CLOSED:
        return harvest
    if harvest.status == HarvestStatus.WITHDRAWN:
        raise HarvestRefused("status", _("This harvest was withdrawn already."))
    calls = _live_calls(harvest)
    owed = [call for call in calls if call.status == PickCallStatus.ACCEPTED and call.pick_on >= business_date(at)]
    if owed:
        raise HarvestRefused(
            "status",
            _("You have agreed to hand over %(mass)s on %(day)s. Hand it over first, or tell the gathering station.")
            % {"mass": grams_in_words(owed[0].asked_g), "day": date_format(owed[0].pick_on, "MONTH_DAY_FORMAT")},
        )
    _withdraw_calls(calls, at=at, actor=actor, reason="harvest finished")
    move(harvest, HarvestStatus.CLOSED, moves=HARVEST_MOVES, at=at, actor=actor)
    _tell(harvest, "closed", at=at)
    return harvest


@transaction.atomic
def harvest_withdraw(*, harvest_id: int, actor: AbstractBaseUser | None, at: datetime, reason: str = "") -> Harvest:
    """
    Take back a harvest that was declared by mistake or lost before picking; withdrawing again changes nothing.

    Promises that other cooperatives cannot keep then come to light in the next plan, which opens shortfall cases.

    Raises
    ------
    HarvestRefused
        If picking has begun, or a pick call of it was accepted.
    """
    harvest = Harvest.objects.select_for_update(no_key=True).get(pk=harvest_id)
    if harvest.status == HarvestStatus.WITHDRAWN:
        return harvest
    if harvest.status != HarvestStatus.DECLARED:
        raise HarvestRefused("status", _("Picking has begun, so the harvest can be finished but not withdrawn."))
    if harvest.pick_calls.filter(status__in=(PickCallStatus.ACCEPTED, PickCallStatus.FULFILLED)).exists():
        raise HarvestRefused("status", _("You have accepted pick calls of this harvest, so it cannot be withdrawn."))
    _withdraw_calls(_live_calls(harvest), at=at, actor=actor, reason="harvest withdrawn")
    move(harvest, HarvestStatus.WITHDRAWN, moves=HARVEST_MOVES, at=at, actor=actor, reason=reason)
    _tell(harvest, "withdrawn", at=at)
    return harvest


def _tell(harvest: Harvest, what: str, *, at: datetime, report_id: int | None = None) -> None:
    outbox_put(
        topic=CHANGED,
        key=f"{CHANGED}:{harvest.pk}:{what}",
        payload={"harvest_id": harvest.pk, "report_id": report_id},
        at=at,
    )


def _refuse_foreign_key(is_own: bool) -> None:
    if not is_own:
        raise HarvestRefused("key", _("This form was sent before for something else. Please open it again."))


def _check_grows_here(cooperative: Cooperative, produce_id: int) -> None:
    grows = type(cooperative).objects.filter(pk=cooperative.pk, region__produce__id=produce_id).exists()
    if not grows and not PoolMember.objects.filter(cooperative=cooperative, pool__produce_id=produce_id).exists():
        raise HarvestRefused(
            "produce_id", _("This produce grows neither in your county nor in a pool of yours. Choose another.")
        )


def _check_no_overlap(cooperative_id: int, produce_id: int, starts_on: date, ends_on: date) -> None:
    other = (
        Harvest.objects.filter(
            cooperative_id=cooperative_id,
            produce_id=produce_id,
            status__in=OPEN_STATUSES,
            starts_on__lte=ends_on,
            ends_on__gte=starts_on,
        )
        .order_by("starts_on", "pk")
        .first()
    )
    if other is not None:
        raise HarvestRefused(
            "starts_on",
            _("You have declared this produce for %(first)s to %(last)s already. Report the change there instead.")
            % {
                "first": date_format(other.starts_on, "MONTH_DAY_FORMAT"),
                "last": date_format(other.ends_on, "MONTH_DAY_FORMAT"),
            },
        )


def _shifted(harvest: Harvest, shift_days: int) -> dict[str, date | int]:
    if not shift_days:
        return {}
    check_shift(shift_days)
    shift = timedelta(days=shift_days)
    has_begun = harvest.status == HarvestStatus.PICKING
    starts_on = harvest.starts_on if has_begun else harvest.starts_on + shift
    if harvest.ends_on + shift < starts_on:
        raise HarvestRefused("shift_days", _("The harvest would end before it began. Finish it instead."))
    return {"starts_on": starts_on, "ends_on": harvest.ends_on + shift}


def _new_range(low_g: int | None, likely_g: int | None, high_g: int | None) -> dict[str, date | int]:
    if low_g is None or likely_g is None or high_g is None:
        missing = next(n for n, v in (("low_g", low_g), ("likely_g", likely_g), ("high_g", high_g)) if v is None)
        raise HarvestRefused(missing, _("Please give all three figures: low, likely and high."))
    check_range(low_g, likely_g, high_g)
    return {"low_g": low_g, "likely_g": likely_g, "high_g": high_g}


def _check_picked_total(harvest: Harvest, picked_g: int | None, *, new_high_g: int | None) -> None:
    if picked_g is not None and not 0 < picked_g <= MAX_MASS_G:
        raise HarvestRefused("picked_g", _("The weight must be more than zero."))
    if picked_g is None and new_high_g is None:
        return
    total_g = (harvest.reports.aggregate(total=Sum("picked_g"))["total"] or 0) + (picked_g or 0)
    if new_high_g is not None and total_g > new_high_g:
        raise HarvestRefused(
            "high_g",
            _("%(mass)s are picked already. The high figure is for the whole harvest and cannot be less.")
            % {"mass": grams_in_words(total_g)},
        )
    high_g = harvest.high_g if new_high_g is None else new_high_g
    if total_g > MOST_TIMES_HIGH * high_g:
        raise HarvestRefused(
            "picked_g",
            _("%(mass)s in all would be far above the %(high)s expected. Check the figure, or raise the range.")
            % {"mass": grams_in_words(total_g), "high": grams_in_words(high_g)},
        )


def _live_calls(harvest: Harvest) -> list[PickCall]:
    live = (PickCallStatus.CALLED, PickCallStatus.ACCEPTED)
    return list(harvest.pick_calls.select_for_update().filter(status__in=live).order_by("pk"))


def _withdraw_calls(calls: list[PickCall], *, at: datetime, actor: AbstractBaseUser | None, reason: str) -> None:
    for call in calls:
        move(call, PickCallStatus.WITHDRAWN, moves=PICK_CALL_MOVES, at=at, actor=actor, reason=reason)
