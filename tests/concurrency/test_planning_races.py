"""
Two workers at one plan, and two that ask for one pool: what the row locks prevent, with the locks taken out as control.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet

from harvest_schedule.models import PlanRequest, PlanWindow, SeasonPlan
from harvest_schedule.services import solving
from harvest_schedule.services.plan_requests import replan_request
from harvest_schedule.services.replanning import pool_plan
from harvest_schedule.services.solving import HEART_STALE_S, plan_open, plan_work
from harvest_schedule.states import PlanStatus, ReplanReason
from marketplace.foundation.models import StatusChange
from tests.concurrency.test_logistics_races import together, without_row_locks
from tests.factories import NOW
from tests.factories.harvests import Village

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def meeting_after_reading(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Iterator[None]:
    """Let two works meet once they have looked at the row, if nothing keeps them apart."""
    meeting = threading.Barrier(2)
    original = getattr(module, name)

    def look_then_meet(*args: Any, **kwargs: Any) -> Any:
        answer = original(*args, **kwargs)
        try:
            meeting.wait(timeout=1.5)
        except threading.BrokenBarrierError:
            pass  # the other one waits for our lock
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(module, name, look_then_meet)
        yield


@contextmanager
def counted_solves(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Count how often a solver is started, by the name of its thread."""
    started: list[str] = []
    original = solving.solve_watched

    def solve_and_count(*args: Any, **kwargs: Any) -> Any:
        started.append(threading.current_thread().name)
        return original(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(solving, "solve_watched", solve_and_count)
        yield started


def work(plan: SeasonPlan) -> Callable[[], SeasonPlan]:
    return lambda: plan_work(plan_id=plan.pk, now=lambda: NOW)


def publications(plan: SeasonPlan) -> int:
    return StatusChange.objects.filter(subject_id=plan.pk, to_status=PlanStatus.PUBLISHED).count()


def test_without_the_claims_lock_two_workers_solve_one_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both read a plan that nobody has in hand. Storing locks again, so still one answer is kept."""
    plan = plan_open(pool_id=Village(7000).pool.pk, at=NOW)

    with counted_solves(monkeypatch) as solves, unlocked_claim(monkeypatch):
        together(work(plan), work(plan))

    assert len(solves) == 2


@contextmanager
def unlocked_claim(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`plan_claim` as it would be without its row lock, both workers having read before either writes."""
    original = solving.plan_claim
    locked = QuerySet.select_for_update
    inside = threading.local()

    def unlocked(rows: Any, **options: Any) -> Any:
        return rows.all() if getattr(inside, "claim", False) else locked(rows, **options)

    def claim(**kwargs: Any) -> Any:
        inside.claim = True
        try:
            return original(**kwargs)
        finally:
            inside.claim = False

    with monkeypatch.context() as patch, meeting_after_reading(monkeypatch, solving, "is_alive"):
        patch.setattr(QuerySet, "select_for_update", unlocked)
        patch.setattr(solving, "plan_claim", claim)
        yield


def test_of_two_workers_at_one_plan_one_solves_and_publishes_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_open(pool_id=Village(7000).pool.pk, at=NOW)

    with counted_solves(monkeypatch) as solves, meeting_after_reading(monkeypatch, solving, "is_alive"):
        answers = together(work(plan), work(plan))

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    plan.refresh_from_db()
    assert len(solves) == 1
    assert (plan.status, plan.num_attempts, publications(plan)) == (PlanStatus.PUBLISHED, 1, 1)


def test_of_two_who_take_up_a_lost_plan_one_solves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_open(pool_id=Village(7000).pool.pk, at=NOW)
    long_ago = NOW - timedelta(seconds=HEART_STALE_S + 1)
    SeasonPlan.objects.filter(pk=plan.pk).update(heartbeat_at=long_ago, num_attempts=1)

    with counted_solves(monkeypatch) as solves, meeting_after_reading(monkeypatch, solving, "is_alive"):
        together(work(plan), work(plan))

    plan.refresh_from_db()
    assert len(solves) == 1
    assert (plan.status, plan.num_attempts, publications(plan)) == (PlanStatus.PUBLISHED, 2, 1)


def test_one_who_was_overtaken_in_the_middle_publishes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one's heart seems to have stopped, the second solves the same plan; both end at the same time."""
    plan = plan_open(pool_id=Village(7000).pool.pk, at=NOW)
    meeting = threading.Barrier(2)
    original = solving.solve_watched

    def solve_together(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        meeting.wait(timeout=20)
        return result

    def later() -> SeasonPlan:
        while SeasonPlan.objects.get(pk=plan.pk).num_attempts == 0:
            pass
        return plan_work(plan_id=plan.pk, now=lambda: NOW + timedelta(seconds=HEART_STALE_S + 1))

    monkeypatch.setattr(solving, "solve_watched", solve_together)
    answers = together(work(plan), later)

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    plan.refresh_from_db()
    assert (plan.status, plan.num_attempts, publications(plan)) == (PlanStatus.PUBLISHED, 2, 1)
    assert PlanWindow.objects.filter(plan=plan).count() == PlanWindow.objects.count() > 0


def test_without_the_pools_lock_two_who_ask_open_two_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    pool_id = Village(7000).pool.pk

    with without_row_locks(monkeypatch), meeting_after_reading(monkeypatch, solving, "_known"):
        together(*[lambda: plan_open(pool_id=pool_id, at=NOW, request_ids=(0,))] * 2)

    assert SeasonPlan.objects.filter(pool_id=pool_id).count() == 2


def test_two_who_ask_for_one_pool_open_one_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    pool_id = Village(7000).pool.pk

    with meeting_after_reading(monkeypatch, solving, "_known"):
        answers = together(*[lambda: plan_open(pool_id=pool_id, at=NOW, request_ids=(0,))] * 2)

    assert answers[0] == answers[1]
    assert SeasonPlan.objects.filter(pool_id=pool_id).count() == 1


def test_a_pools_task_that_comes_twice_at_once_plans_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pool_id = Village(7000).pool.pk
    replan_request(pool_ids=[pool_id], reason=ReplanReason.HARVEST, key="h", at=NOW)

    with counted_solves(monkeypatch) as solves:
        together(*[lambda: pool_plan(pool_id=pool_id, now=lambda: NOW)] * 2)

    assert len(solves) == 1
    assert SeasonPlan.objects.get(pool_id=pool_id).status == PlanStatus.PUBLISHED
    assert PlanRequest.objects.get().done_at == NOW
