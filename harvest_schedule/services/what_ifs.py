"""
Asking what if: a row first, then a solve of the season as it is known and one of it as it might be.

Nothing else is written: plans, windows, requests and harvests stay as they are. A question whose message was lost is
found by the sweeper; one that cannot be answered says why.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction

from harvest_schedule.models import SeasonPlan, WhatIf
from harvest_schedule.planner.fields import InstanceError
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.season_figures import season_figures
from harvest_schedule.planner.solve import SolveParams, solve
from harvest_schedule.planner.stop import MaxRuntime
from harvest_schedule.planner.what_if import Changed, changed, changes_read
from harvest_schedule.planner_io import Instance, instance_build
from harvest_schedule.selectors.pool_input import pool_input_read
from harvest_schedule.services.what_if_rules import WhatIfRefused, check_changes
from harvest_schedule.states import WHAT_IF_MOVES, PlanStatus, WhatIfStatus
from harvest_schedule.what_if_io import Kept, neutral_changes, own_kept, season_kept, store_of
from marketplace.foundation.outbox import BROKER_ERRORS
from marketplace.foundation.transitions import IllegalMove, move

logger = logging.getLogger(__name__)

#: For one season; a pool takes a second at most, so this is for very large ones.
TIME_LIMIT_S = 20.0
#: What a tonne, a place and a day more would be worth is left out when answering has taken so long.
WORTH_LIMIT_S = 30.0
#: Differences count to a ten-millionth, so that a change of nothing shows none.
PARAMS = SolveParams(rel_gap=1e-6)
#: A question is taken up by the sweeper when no worker has answered for so long, and given up after the second time.
LOST_AFTER = timedelta(seconds=90)
GIVEN_UP_AFTER = timedelta(minutes=15)
#: Questions that one sweep answers.
SWEPT = 5
ONE_TONNE = 1000.0

TOO_LONG, NO_LONGER, BROKEN = "too-long", "no-longer", "broken"


class KeyUsed(ValueError):
    """The key belongs to another question."""


def what_if_ask(
    *,
    pool_id: int,
    changes: Sequence[Mapping[str, Any]],
    key: str,
    actor: Any,
    at: datetime,
    cooperative_id: int | None = None,
) -> WhatIf:
    """
    Keep a question and have it answered; the same key gives the same question.

    Parameters
    ----------
    changes
        As ``what_if_io`` describes them.
    cooperative_id
        Set when a grower asks: the changes may then only move or lose that cooperative's own harvests.

    Raises
    ------
    WhatIfRefused
        If nothing is changed, or a change cannot be made.
    KeyUsed
        If the key belongs to a question of another pool, cooperative or person.
    """
    known = WhatIf.objects.filter(key=key).first()
    if known is None:
        instance = instance_build(pool_input_read(pool_id=pool_id, at=at), at)
        check_changes(changes, instance, pool_id, cooperative_id)
        with transaction.atomic():
            known, is_new = WhatIf.objects.get_or_create(
                key=key,
                defaults={
                    "pool_id": pool_id,
                    "cooperative_id": cooperative_id,
                    "plan_in_force": SeasonPlan.objects.filter(pool_id=pool_id, status=PlanStatus.PUBLISHED).first(),
                    "asked_by": actor,
                    "asked_at": at,
                    "changes": [dict(change) for change in changes],
                },
            )
            if is_new:
                what_if_id = known.pk
                transaction.on_commit(lambda: _wake_worker(what_if_id))
    if (known.pool_id, known.cooperative_id, known.asked_by_id) != (pool_id, cooperative_id, actor.pk):
        raise KeyUsed(key)
    return known


def _wake_worker(what_if_id: int) -> None:
    task, kwargs = "harvest_schedule.what_if_answer", {"what_if_id": what_if_id}
    try:
        current_app.send_task(task, kwargs=kwargs, queue="planning", retry=False)
    except BROKER_ERRORS:
        logger.warning("broker away, what-if %s waits for beat", what_if_id)


def what_if_answer(*, what_if_id: int, at: datetime) -> WhatIf:
    """
    Solve a question's two seasons and keep what they come to; an answered or failed one stays as it is.

    Safe to run twice, also at the same time: the second answer is dropped.
    """
    asked = WhatIf.objects.select_related("pool__produce", "pool__hub", "cooperative").get(pk=what_if_id)
    if asked.status != WhatIfStatus.SOLVING:
        return asked
    try:
        before, after = _solve(asked)
    except SoftTimeLimitExceeded:
        return _settle(asked, WhatIfStatus.FAILED, at, failure=TOO_LONG)
    except (WhatIfRefused, InstanceError):
        return _settle(asked, WhatIfStatus.FAILED, at, failure=NO_LONGER)
    except Exception:
        logger.exception("what-if %s failed", what_if_id)
        return _settle(asked, WhatIfStatus.FAILED, at, failure=BROKEN)
    return _settle(asked, WhatIfStatus.SOLVED, at, before=before, after=after)


def what_ifs_sweep(*, at: datetime) -> int:
    """Answer questions that no worker has answered in time, and give up the oldest; returns how many were settled."""
    lost = WhatIf.objects.filter(status=WhatIfStatus.SOLVING, asked_at__lte=at - LOST_AFTER).order_by("asked_at", "pk")
    settled = 0
    for asked in list(lost[:SWEPT]):
        if asked.asked_at <= at - GIVEN_UP_AFTER:
            _settle(asked, WhatIfStatus.FAILED, at, failure=TOO_LONG)
        else:
            what_if_answer(what_if_id=asked.pk, at=at)
        settled += 1
    return settled


def _settle(asked: WhatIf, status: str, at: datetime, **changes: Any) -> WhatIf:
    try:
        with transaction.atomic():
            return move(
                asked,
                status,
                moves=WHAT_IF_MOVES,
                at=at,
                reason=changes.get("failure", ""),
                solved_at=at,
                **changes,
            )
    except IllegalMove:
        # Another worker was first; its answer is as good.
        return WhatIf.objects.get(pk=asked.pk)


# --- solving ---------------------------------------------------------------------------------------------------------


def _solve(asked: WhatIf) -> tuple[Kept, Kept]:
    at = asked.asked_at
    instance = instance_build(pool_input_read(pool_id=asked.pool_id, at=at), at)
    check_changes(asked.changes, instance, asked.pool_id, asked.cooperative_id)
    wanted = changes_read(neutral_changes(asked.changes, instance), instance.problem)
    began = time.perf_counter()
    kept = []
    for season in (changed(instance.problem, ()), changed(instance.problem, wanted)):
        result = _solved(season.instance)
        figures = _kept(asked, result, season, instance)
        figures["worth"] = _worth(asked, season, figures["money_fen"], instance, began)
        kept.append(figures)
    return kept[0], kept[1]


def _solved(problem: Mapping[str, Any]) -> Result:
    return solve(problem_read(problem), MaxRuntime(TIME_LIMIT_S), params=PARAMS)


def _kept(asked: WhatIf, result: Result, season: Changed, instance: Instance) -> Kept:
    if asked.cooperative is not None:
        return own_kept(result, season, instance, asked.cooperative.code)
    return season_kept(result, season, instance, asked.pool)


def _worth(asked: WhatIf, season: Changed, money_fen: int, instance: Instance, began: float) -> Kept:
    """
    What the asker's money gains by a tonne more, a tonne's room more, and picking a day earlier or later.

    Each is a season of its own, solved: a dual says what the first kilogram is worth, and a tonne is more than that.
    """
    rows = list(range(len(season.instance["supply"])))
    if asked.cooperative is not None:
        rows = [index for index in rows if season.instance["supply"][index]["coop"] == asked.cooperative.code]
    trials: dict[str, dict[str, Any]] = {
        "tonne_fen": {"kind": "more", "rows": rows, "qty": ONE_TONNE},
        "earlier_fen": {"kind": "move", "rows": rows, "buckets": -1 / 7},
        "later_fen": {"kind": "move", "rows": rows, "buckets": 1 / 7},
    }
    if asked.cooperative is None and (cold := store_of(instance, "COLD")) is not None:
        trials["cold_fen"] = {"kind": "storage", "store": cold, "more": ONE_TONNE}
    found: Kept = {}
    for name, trial in trials.items():
        if not rows or time.perf_counter() - began > WORTH_LIMIT_S:
            found[name] = None
            continue
        other = changed(season.instance, changes_read([trial], season.instance))
        result = _solved(other.instance)
        figures = season_figures(result)
        if asked.cooperative is None:
            money = figures.money
        else:
            own = asked.cooperative.code
            money = sum(fen for index, fen in figures.by_row.items() if result.data.supply[index].coop == own)
        found[name] = round(money) - money_fen
    return found
