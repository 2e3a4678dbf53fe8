"""Two officers publish one draft at once: it comes into force once, and both see it in force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from harvest_schedule.models import PlanWindow, SeasonPlan
from harvest_schedule.services import publishing
from harvest_schedule.services.bounds import Bounds, bounds_set
from harvest_schedule.services.harvests import harvest_report
from harvest_schedule.services.plans import plan_season
from harvest_schedule.services.publishing import draft_discard, draft_publish
from harvest_schedule.services.solving import plan_open, plan_work
from harvest_schedule.states import PlanStatus
from marketplace.foundation.models import StatusChange
from marketplace.foundation.transitions import IllegalMove
from tests.concurrency import races
from tests.concurrency.races import meet_at, take_the_locks_out
from tests.factories import NOW
from tests.factories.harvests import KG, UserFactory, Village

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(hours=2)


def waiting_draft() -> SeasonPlan:
    """A draft that waits for a person, as the pool publishes by hand."""
    pool = Village(7000, 7000)
    plan_season(pool_id=pool.pool.pk, at=NOW)
    bounds_set(pool_id=pool.pool.pk, bounds=Bounds(False, 1000, 1000, 60, 200), actor=None, at=NOW)
    harvest_report(
        harvest_id=pool.harvests[0].pk, key="less", actor=None, at=NOW, low_g=KG, likely_g=800 * KG, high_g=900 * KG
    )
    plan = plan_open(pool_id=pool.pool.pk, at=NOW + timedelta(hours=1))
    plan = plan_work(plan_id=plan.pk, now=lambda: NOW + timedelta(hours=1))
    assert plan.status == PlanStatus.SOLVED
    return plan


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    return races.at_once(*calls, refusals=(IntegrityError, IllegalMove, publishing.UnableToPublishPlan))


def published(plan: SeasonPlan) -> int:
    return StatusChange.objects.filter(
        subject_type="harvest_schedule.SeasonPlan", subject_id=plan.pk, to_status=PlanStatus.PUBLISHED
    ).count()


def test_without_the_lock_two_publish_at_once_and_only_the_table_of_moves_stops_the_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draft, officers = waiting_draft(), [UserFactory(is_staff=True), UserFactory(is_staff=True)]
    take_the_locks_out(monkeypatch)
    meet_at(monkeypatch, publishing, "windows_publish")

    results = at_once(*(lambda who=who: draft_publish(plan_id=draft.pk, actor=who, at=LATER) for who in officers))

    # Both have written the windows; the second then finds the plan in force gone, and an officer an error page.
    assert sum(isinstance(result, IllegalMove) for result in results) == 1


def test_with_the_lock_two_who_publish_at_once_publish_once_and_both_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draft, officers = waiting_draft(), [UserFactory(is_staff=True), UserFactory(is_staff=True)]
    meet_at(monkeypatch, publishing, "windows_publish")

    first, second = at_once(*(lambda who=who: draft_publish(plan_id=draft.pk, actor=who, at=LATER) for who in officers))

    assert first.status == second.status == PlanStatus.PUBLISHED
    assert first.published_by_id == second.published_by_id
    assert published(draft) == 1
    assert (
        PlanWindow.objects.filter(plan=draft).count()
        == PlanWindow.objects.filter(plan=draft).values("window").distinct().count()
    )


def test_one_publishes_while_another_discards_and_only_one_of_them_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    draft, officer = waiting_draft(), UserFactory(is_staff=True)
    meet_at(monkeypatch, publishing, "move")

    at_once(
        lambda: draft_publish(plan_id=draft.pk, actor=officer, at=LATER),
        lambda: draft_discard(plan_id=draft.pk, actor=officer, at=LATER),
    )

    draft.refresh_from_db()
    assert draft.status in (PlanStatus.PUBLISHED, PlanStatus.CANCELLED)
    assert StatusChange.objects.filter(subject_id=draft.pk, from_status=PlanStatus.SOLVED).count() == 1
    assert SeasonPlan.objects.filter(pool=draft.pool, status=PlanStatus.PUBLISHED).count() == 1
