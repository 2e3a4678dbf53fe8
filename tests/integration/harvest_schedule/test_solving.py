"""A plan from its question to the decision: who has it in hand, when it ends, and what is told of it meanwhile."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from harvest_schedule.models import PlanRequest, SeasonPlan
from harvest_schedule.planner.problem import Problem
from harvest_schedule.services import solving, watched_solving
from harvest_schedule.services.harvests import harvest_report
from harvest_schedule.services.plan_requests import replan_request, requests_take
from harvest_schedule.services.plans import plan_season
from harvest_schedule.services.replanning import planning_cancel, plans_sweep, pool_plan, pools_offer, replan_now
from harvest_schedule.services.solving import HEART_STALE_S, UnableToCancelPlan, plan_cancel, plan_open, plan_work
from harvest_schedule.services.watched_solving import solve_watched
from harvest_schedule.states import PlanStatus, PlanTrigger, ReplanReason
from marketplace.foundation.models import StatusChange
from tests.factories import NOW
from tests.factories.harvests import KG, UserFactory, Village
from tests.factories.slow_plans import make_slow

#: The name of the decision about a solved plan.
DECISION = "plan_decide"
MINUTE = timedelta(minutes=1)
LOST = timedelta(seconds=HEART_STALE_S + 1)


def village() -> Village:
    return Village(7000, 7000)


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def running() -> Callable[[], datetime]:
    """A clock that runs, from `NOW` on."""
    began = time.monotonic()
    return lambda: NOW + timedelta(seconds=time.monotonic() - began)


def report_less(pool: Village, key: str = "less") -> None:
    harvest_report(
        harvest_id=pool.harvests[0].pk, key=key, actor=None, at=NOW, low_g=KG, likely_g=800 * KG, high_g=900 * KG
    )


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, int]]]:
    """What the worker would be told, in order."""
    told: list[tuple[str, dict[str, int]]] = []

    def send(name: str, kwargs: dict[str, int], **_options: object) -> None:
        told.append((name.rpartition(".")[2], kwargs))

    monkeypatch.setattr("harvest_schedule.services.replanning.current_app.send_task", send)
    return told


# --- opened -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_opened_plan_is_a_row_that_holds_its_question_and_who_asked() -> None:
    pool, person = village(), UserFactory()

    plan = plan_open(pool_id=pool.pool.pk, at=NOW, trigger=PlanTrigger.PERSON, actor=person, time_limit_s=60)

    plan.refresh_from_db()
    assert (plan.status, plan.trigger, plan.asked_by, plan.time_limit_s) == ("SOLVING", "PERSON", person, 60)
    assert len(plan.instance["harvest_ids"]) == len(plan.instance["problem"]["supply"]) > 0
    assert (plan.heartbeat_at, plan.num_attempts, plan.result) == (None, 0, {})


@pytest.mark.django_db
def test_the_same_question_is_opened_once_while_it_is_solved_and_when_it_is_in_force() -> None:
    pool = village()
    plan = plan_open(pool_id=pool.pool.pk, at=NOW)

    assert plan_open(pool_id=pool.pool.pk, at=NOW + MINUTE) == plan
    assert plan_work(plan_id=plan.pk, now=at(NOW + MINUTE)).status == PlanStatus.PUBLISHED
    assert plan_open(pool_id=pool.pool.pk, at=NOW + 2 * MINUTE) == plan
    assert SeasonPlan.objects.count() == 1


@pytest.mark.django_db
def test_more_time_for_a_plan_that_ran_out_of_it_is_a_new_plan_and_the_same_time_is_not() -> None:
    pool = village()
    plan = plan_season(pool_id=pool.pool.pk, at=NOW)
    SeasonPlan.objects.filter(pk=plan.pk).update(is_best_so_far=True)

    assert plan_open(pool_id=pool.pool.pk, at=NOW + MINUTE, time_limit_s=20) == plan
    assert plan_open(pool_id=pool.pool.pk, at=NOW + MINUTE, time_limit_s=60) != plan


# --- solved -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_plan_that_was_worked_is_in_force_and_nobody_has_it_in_hand() -> None:
    pool = village()
    plan = plan_open(pool_id=pool.pool.pk, at=NOW)

    plan = plan_work(plan_id=plan.pk, now=at(NOW + MINUTE))

    assert (plan.status, plan.num_attempts, plan.heartbeat_at) == ("PUBLISHED", 1, None)
    assert (plan.started_at, plan.solved_at, plan.published_at) == (NOW + MINUTE, NOW + MINUTE, NOW + MINUTE)
    assert not plan.is_best_so_far
    assert 0 < plan.objective_fen <= plan.bound_fen <= plan.objective_fen * 1.0001 + 1


@pytest.mark.django_db
def test_nobody_takes_up_a_plan_whose_heart_beats() -> None:
    pool = village()
    plan = plan_open(pool_id=pool.pool.pk, at=NOW)
    SeasonPlan.objects.filter(pk=plan.pk).update(heartbeat_at=NOW, num_attempts=1)

    again = plan_work(plan_id=plan.pk, now=at(NOW + timedelta(seconds=HEART_STALE_S - 1)))

    assert (again.status, again.num_attempts) == (PlanStatus.SOLVING, 1)


@pytest.mark.django_db
def test_a_plan_whose_heart_stopped_is_taken_up_again_and_finished() -> None:
    pool = village()
    plan = plan_open(pool_id=pool.pool.pk, at=NOW)
    SeasonPlan.objects.filter(pk=plan.pk).update(heartbeat_at=NOW, num_attempts=1)

    again = plan_work(plan_id=plan.pk, now=at(NOW + LOST))

    assert (again.status, again.num_attempts) == (PlanStatus.PUBLISHED, 2)


@pytest.mark.django_db
def test_who_was_thought_dead_and_comes_back_finds_the_plan_taken_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = village()
    plan = plan_open(pool_id=pool.pool.pk, at=NOW)
    original = solving.solve_watched

    def overtaken(problem: Problem, **options: object) -> object:
        result = original(problem, **options)  # type: ignore[arg-type]
        SeasonPlan.objects.filter(pk=plan.pk).update(num_attempts=2, heartbeat_at=NOW + LOST)
        return result

    monkeypatch.setattr(solving, "solve_watched", overtaken)

    left = plan_work(plan_id=plan.pk, now=at(NOW))

    assert (left.status, left.num_attempts, left.result) == (PlanStatus.SOLVING, 2, {})


@pytest.mark.django_db
def test_a_worker_lost_between_solving_and_publishing_is_followed_by_one_that_only_publishes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = village()
    replan_request(pool_ids=[pool.pool.pk], reason=ReplanReason.HARVEST, key="h", at=NOW)

    def die(*_args: object, **_options: object) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(solving, "_decide", die)
        with pytest.raises(SystemExit):
            plan_season(pool_id=pool.pool.pk, at=NOW)
    plan = SeasonPlan.objects.get()
    assert (plan.status, plan.heartbeat_at) == (PlanStatus.SOLVED, NOW)
    assert PlanRequest.objects.get().done_at is None
    monkeypatch.setattr(solving, "solve_watched", die)

    again = plan_work(plan_id=plan.pk, now=at(NOW + LOST))

    assert (again.status, again.num_attempts) == (PlanStatus.PUBLISHED, 2)
    assert PlanRequest.objects.get().done_at == NOW + LOST


@pytest.mark.django_db
def test_a_plan_that_kills_its_workers_is_given_up_after_three_and_its_requests_are_answered() -> None:
    pool = village()
    replan_request(pool_ids=[pool.pool.pk], reason=ReplanReason.HARVEST, key="h", at=NOW)
    taken = requests_take(pool_id=pool.pool.pk, at=NOW)
    assert taken is not None
    plan = plan_open(pool_id=pool.pool.pk, at=NOW, request_ids=taken.request_ids)
    SeasonPlan.objects.filter(pk=plan.pk).update(heartbeat_at=NOW, num_attempts=3)

    plan = plan_work(plan_id=plan.pk, now=at(NOW + LOST))

    assert (plan.status, plan.failure, plan.heartbeat_at) == (PlanStatus.FAILED, "worker lost", None)
    request = PlanRequest.objects.get()
    assert (request.done_at, request.failure) == (NOW + LOST, "worker lost")


# --- failed -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_pool_that_keeps_failing_is_tried_three_times_then_answered_and_later_requests_start_anew(
    monkeypatch: pytest.MonkeyPatch, sent: list[tuple[str, dict[str, int]]]
) -> None:
    pool = village()
    replan_request(pool_ids=[pool.pool.pk], reason=ReplanReason.HARVEST, key="h", at=NOW)

    def fail(*_args: object, **_options: object) -> None:
        raise MemoryError("2 GB asked for")

    with monkeypatch.context() as failing:
        failing.setattr(watched_solving, "solve", fail)
        for attempt in range(3):
            moment = NOW + 2 * attempt * MINUTE
            assert PlanRequest.objects.get().done_at is None
            assert pool_plan(pool_id=pool.pool.pk, now=at(moment)) is None

    request = PlanRequest.objects.get()
    assert (request.num_attempts, request.failure) == (3, "solver: MemoryError: 2 GB asked for")
    assert request.done_at == NOW + 4 * MINUTE
    assert list(SeasonPlan.objects.values_list("status", flat=True)) == [PlanStatus.FAILED] * 3
    assert pool_plan(pool_id=pool.pool.pk, now=at(NOW + 6 * MINUTE)) is None
    replan_request(pool_ids=[pool.pool.pk], reason=ReplanReason.HARVEST, key="later", at=NOW + 6 * MINUTE)
    plan = pool_plan(pool_id=pool.pool.pk, now=at(NOW + 6 * MINUTE))
    assert plan is not None
    assert plan.status == PlanStatus.PUBLISHED


@pytest.mark.django_db
def test_a_pool_whose_rows_cannot_be_read_answers_its_requests_too(
    monkeypatch: pytest.MonkeyPatch, sent: list[tuple[str, dict[str, int]]]
) -> None:
    pool = village()
    replan_request(pool_ids=[pool.pool.pk], reason=ReplanReason.HARVEST, key="h", at=NOW)

    def broken(*_args: object, **_options: object) -> None:
        raise KeyError("grade")

    monkeypatch.setattr(solving, "pool_input_read", broken)
    for attempt in range(3):
        pool_plan(pool_id=pool.pool.pk, now=at(NOW + 2 * attempt * MINUTE))

    assert PlanRequest.objects.get().failure == "input: KeyError: 'grade'"
    assert PlanRequest.objects.get().done_at is not None
    assert not SeasonPlan.objects.exists()


@pytest.mark.django_db
def test_a_plan_that_cannot_be_published_is_tried_again_and_at_last_left_as_a_draft(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = village()
    plan = plan_open(pool_id=pool.pool.pk, at=NOW)

    def refuse(*_args: object, **_options: object) -> None:
        raise RuntimeError("no room on the disk")

    monkeypatch.setattr(solving, DECISION, refuse)
    for attempt in range(3):
        with pytest.raises(RuntimeError):
            plan_work(plan_id=plan.pk, now=at(NOW + attempt * LOST))
    plan = plan_work(plan_id=plan.pk, now=at(NOW + 3 * LOST))

    assert (plan.status, plan.heartbeat_at) == (PlanStatus.SOLVED, None)
    assert plan.failure == "publishing: RuntimeError: no room on the disk"


# --- cancelled and out of time ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_plan_that_nobody_has_in_hand_is_cancelled_at_once_and_the_one_in_force_stays() -> None:
    pool, person = village(), UserFactory()
    in_force = plan_season(pool_id=pool.pool.pk, at=NOW)
    report_less(pool)
    plan = plan_open(pool_id=pool.pool.pk, at=NOW + MINUTE)

    plan_cancel(plan_id=plan.pk, at=NOW + MINUTE, actor=person)

    plan.refresh_from_db()
    in_force.refresh_from_db()
    assert (plan.status, in_force.status) == (PlanStatus.CANCELLED, PlanStatus.PUBLISHED)
    assert StatusChange.objects.get(subject_id=plan.pk, to_status=PlanStatus.CANCELLED).actor == person
    assert plan_work(plan_id=plan.pk, now=at(NOW + 2 * MINUTE)).status == PlanStatus.CANCELLED


@pytest.mark.django_db
def test_a_cancel_that_comes_while_the_answer_is_stored_is_heard_and_one_after_it_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = village()
    plan = plan_open(pool_id=pool.pool.pk, at=NOW)
    original = solving.solve_watched

    def cancelled_at_the_end(problem: Problem, **options: object) -> object:
        result = original(problem, **options)  # type: ignore[arg-type]
        plan_cancel(plan_id=plan.pk, at=NOW)
        return result

    with monkeypatch.context() as late:
        late.setattr(solving, "solve_watched", cancelled_at_the_end)
        assert plan_work(plan_id=plan.pk, now=at(NOW)).status == PlanStatus.CANCELLED
    done = plan_season(pool_id=pool.pool.pk, at=NOW + MINUTE)

    with pytest.raises(UnableToCancelPlan):
        plan_cancel(plan_id=done.pk, at=NOW + MINUTE)


@pytest.mark.django_db
def test_cancelling_withdraws_what_waits_too_and_says_when_there_is_nothing() -> None:
    pool = village()
    replan_request(pool_ids=[pool.pool.pk], reason=ReplanReason.HARVEST, key="h", at=NOW)

    assert planning_cancel(pool_id=pool.pool.pk, at=NOW)
    assert not planning_cancel(pool_id=pool.pool.pk, at=NOW)

    assert PlanRequest.objects.get().done_at == NOW
    assert not SeasonPlan.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_person_sees_progress_cancels_and_the_solver_ends_within_seconds() -> None:
    pool = village()
    now = running()
    in_force = plan_season(pool_id=pool.pool.pk, at=now())
    report_less(pool)
    plan = make_slow(plan_open(pool_id=pool.pool.pk, at=now()), pool, time_limit_s=60)
    seen: list[SeasonPlan] = []

    def watch(problem: Problem, **options: object) -> object:
        tell = options["tell"]

        def tell_then_look(best: float, bound: float) -> bool:
            must_stop = tell(best, bound)  # type: ignore[operator]
            seen.append(SeasonPlan.objects.get(pk=plan.pk))
            if len(seen) == 2:
                plan_cancel(plan_id=plan.pk, at=now())
            return must_stop

        return solve_watched(problem, **{**options, "tell": tell_then_look})  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solving, "solve_watched", watch)
        began = time.monotonic()
        plan = plan_work(plan_id=plan.pk, now=now)
        took_s = time.monotonic() - began

    in_force.refresh_from_db()
    assert (plan.status, in_force.status) == (PlanStatus.CANCELLED, PlanStatus.PUBLISHED)
    assert plan.result == {}
    assert took_s < 15
    beats = [row.heartbeat_at for row in seen]
    assert beats == sorted(set(beats))
    assert 0 < seen[1].objective_fen < seen[1].bound_fen
    sys.stdout.write(
        f"cancelled after {took_s:.1f} s, asked for after 2 s; best {seen[1].objective_fen} of {seen[1].bound_fen}\n"
    )


@pytest.mark.django_db(transaction=True)
def test_time_that_runs_out_publishes_the_best_plan_so_far_marked_as_such() -> None:
    pool = village()
    plan = make_slow(plan_open(pool_id=pool.pool.pk, at=NOW), pool, time_limit_s=3)

    began = time.monotonic()
    plan = plan_work(plan_id=plan.pk, now=running())
    took_s = time.monotonic() - began

    assert plan.status == PlanStatus.PUBLISHED
    assert plan.is_best_so_far
    assert 0 < plan.objective_fen < plan.bound_fen
    assert plan.windows.exists()
    assert 3 <= took_s < 15
    gap = (plan.bound_fen - plan.objective_fen) / plan.objective_fen
    sys.stdout.write(f"published {took_s:.1f} s after the start, 3 s given; gap {gap:.2%}\n")


# --- requests and the worker ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_is_said_after_the_facts_were_read_gets_a_plan_of_its_own(
    monkeypatch: pytest.MonkeyPatch, sent: list[tuple[str, dict[str, int]]]
) -> None:
    pool = village()
    replan_request(pool_ids=[pool.pool.pk], reason=ReplanReason.STOCK, key="a", at=NOW, quiet=15 * MINUTE)
    original = solving.instance_build

    def meanwhile(*args: object) -> object:
        replan_request(pool_ids=[pool.pool.pk], reason=ReplanReason.STOCK, key="b", at=NOW + MINUTE, quiet=15 * MINUTE)
        return original(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(solving, "instance_build", meanwhile)
        pool_plan(pool_id=pool.pool.pk, now=at(NOW))

    first, second = PlanRequest.objects.order_by("pk")
    assert (first.done_at, second.done_at) == (NOW, None)
    assert second.due_at == NOW + 15 * MINUTE
    assert pools_offer(at=NOW + 14 * MINUTE) == 0
    assert pools_offer(at=NOW + 15 * MINUTE) == 1


@pytest.mark.django_db
def test_one_pool_is_asked_for_once_for_one_reason_in_a_while() -> None:
    pool = village()

    for minute in range(10):
        moment = NOW + minute * MINUTE
        replan_request(
            pool_ids=[pool.pool.pk], reason=ReplanReason.STOCK, key=f"s{minute}", at=moment, quiet=15 * MINUTE
        )

    assert PlanRequest.objects.count() == 1


@pytest.mark.django_db
def test_every_pool_is_a_task_and_is_offered_again_only_when_it_was_lost(
    sent: list[tuple[str, dict[str, int]]],
) -> None:
    pools = [village(), village()]
    replan_request(pool_ids=[pool.pool.pk for pool in pools], reason=ReplanReason.NIGHT, key="n", at=NOW)

    for minute in (0, 1, 9, 11):
        pools_offer(at=NOW + minute * MINUTE)

    each = [("plan_pool", {"pool_id": pool.pool.pk}) for pool in pools]
    assert sent == [*each, *each]


@pytest.mark.django_db
def test_without_a_broker_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = village()

    def away(*_args: object, **_options: object) -> None:
        raise OSError("connection refused")

    monkeypatch.setattr("harvest_schedule.services.replanning.current_app.send_task", away)
    replan_now(pool_id=pool.pool.pk, at=NOW)
    assert pools_offer(at=NOW) == 0
    told: list[str] = []
    monkeypatch.setattr(
        "harvest_schedule.services.replanning.current_app.send_task", lambda name, **_options: told.append(name)
    )

    assert pools_offer(at=NOW + MINUTE) == 1
    assert told == ["harvest_schedule.plan_pool"]


@pytest.mark.django_db
def test_the_sweeper_finds_plans_without_a_worker_and_no_others(sent: list[tuple[str, dict[str, int]]]) -> None:
    pools = [village() for _ in range(4)]
    lost, alive, fresh, done = (plan_open(pool_id=pool.pool.pk, at=NOW) for pool in pools)
    SeasonPlan.objects.filter(pk=lost.pk).update(heartbeat_at=NOW)
    SeasonPlan.objects.filter(pk=alive.pk).update(heartbeat_at=NOW + LOST)
    SeasonPlan.objects.filter(pk=fresh.pk).update(created_at=NOW + LOST)
    plan_work(plan_id=done.pk, now=at(NOW))

    assert plans_sweep(at=NOW + LOST) == 1
    assert sent == [("plan_resume", {"plan_id": lost.pk})]
    assert plans_sweep(at=NOW + 2 * LOST) == 3


@pytest.mark.django_db
def test_a_request_waits_while_older_facts_are_being_solved_and_a_task_that_comes_twice_does_nothing(
    sent: list[tuple[str, dict[str, int]]],
) -> None:
    pool = village()
    plan = plan_open(pool_id=pool.pool.pk, at=NOW)
    SeasonPlan.objects.filter(pk=plan.pk).update(heartbeat_at=NOW, num_attempts=1)
    replan_request(pool_ids=[pool.pool.pk], reason=ReplanReason.HARVEST, key="h", at=NOW)

    assert pool_plan(pool_id=pool.pool.pk, now=at(NOW)) is None
    assert PlanRequest.objects.get().taken_at is None
    SeasonPlan.objects.filter(pk=plan.pk).update(heartbeat_at=None)
    assert pool_plan(pool_id=pool.pool.pk, now=at(NOW)) is not None
    assert pool_plan(pool_id=pool.pool.pk, now=at(NOW)) is None

    assert SeasonPlan.objects.get().num_attempts == 1 + 1
    assert PlanRequest.objects.get().done_at == NOW
