"""Asking cooperatives for less when order lines need less: calls nobody answered shrink, agreed ones stay agreed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from harvest_schedule.models import PickCall, PickCallLine
from harvest_schedule.services.pick_call_sharing import crates_up
from harvest_schedule.states import PICK_CALL_MOVES, PickCallStatus
from marketplace.foundation.transitions import move


def calls_lock(line_ids: Iterable[int]) -> list[PickCall]:
    """Lock the calls that these lines wait for. Harvests, then lines, then calls: that is everybody's order."""
    return list(
        PickCall.objects.select_for_update(of=("self",))
        .filter(pk__in=PickCallLine.objects.filter(line_id__in=list(line_ids)).values("pick_call_id"))
        .order_by("pk")
    )


def calls_shrink(
    calls: Iterable[PickCall],
    keep_g: Mapping[int, int],
    *,
    at: datetime,
    actor: AbstractBaseUser | None,
    reason: str,
) -> None:
    """
    Let lines wait for no more than they still need. The calls are locked by the caller.

    Parameters
    ----------
    keep_g
        Grams that each line still needs, by line id; lines not named keep waiting for what they wait for.
    """
    left_g = dict(keep_g)
    waiting: dict[int, list[PickCallLine]] = defaultdict(list)
    for row in PickCallLine.objects.filter(pick_call__in=calls).order_by("pick_call__pick_on", "pk"):
        waiting[row.pick_call_id].append(row)
    for call in sorted(calls, key=lambda call: (call.pick_on, call.pk)):
        rows = waiting[call.pk]
        before_g = sum(row.grams for row in rows)
        after_g = 0
        for row in rows:
            grams = min(row.grams, left_g[row.line_id]) if row.line_id in left_g else row.grams
            after_g += grams
            if row.line_id in left_g:
                left_g[row.line_id] -= grams
            if not grams:
                row.delete()
            elif grams != row.grams:
                PickCallLine.objects.filter(pk=row.pk).update(grams=grams)
        if call.status == PickCallStatus.CALLED:
            # What was asked beyond the orders is for the store and stays.
            _ask_less(call, crates_up(before_g) - crates_up(after_g), at=at, actor=actor, reason=reason)


def _ask_less(call: PickCall, less_g: int, *, at: datetime, actor: AbstractBaseUser | None, reason: str) -> None:
    asked_g = call.asked_g - max(0, less_g)
    if asked_g <= 0:
        move(call, PickCallStatus.WITHDRAWN, moves=PICK_CALL_MOVES, at=at, actor=actor, reason=reason)
    elif asked_g != call.asked_g:
        call.asked_g = asked_g
        call.save(update_fields=["asked_g"])
