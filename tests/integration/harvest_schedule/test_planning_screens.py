"""What a person sees and may do while a pool is being planned, and after planning failed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from harvest_schedule.models import PlanRequest, SeasonPlan
from harvest_schedule.selectors.planning import planning_of
from harvest_schedule.services.plan_requests import replan_request
from harvest_schedule.services.plans import plan_season
from harvest_schedule.services.solving import plan_open
from harvest_schedule.states import PlanStatus, PlanTrigger, ReplanReason
from tests.factories import NOW
from tests.factories.harvests import UserFactory, Village

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_clock")]

ENGLISH = {"accept-language": "en"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def village() -> Village:
    return Village(7000)


@pytest.fixture
def officer(client: Client) -> Client:
    client.force_login(UserFactory(username="li", is_staff=True))
    return client


def address(name: str, village: Village) -> str:
    return reverse(f"harvest_schedule:{name}", args=[village.pool.code])


def solving(village: Village) -> SeasonPlan:
    """A plan that a worker has had in hand for five of its sixty seconds."""
    plan = plan_open(pool_id=village.pool.pk, at=NOW, time_limit_s=60)
    SeasonPlan.objects.filter(pk=plan.pk).update(
        started_at=NOW - timedelta(seconds=5),
        heartbeat_at=NOW,
        num_attempts=1,
        objective_fen=5_000_000,
        bound_fen=5_100_000,
    )
    return plan


def ask(village: Village, key: str = "h", **changes: object) -> None:
    options = {"reason": ReplanReason.HARVEST, "key": key, "at": NOW - MINUTE, **changes}
    replan_request(pool_ids=[village.pool.pk], **options)  # type: ignore[arg-type]


def test_a_plan_being_solved_shows_best_bound_gap_and_the_seconds_left(officer: Client, village: Village) -> None:
    solving(village)

    page = officer.get(address("pool_detail", village), headers=ENGLISH).text

    assert "A new plan is being made" in page
    for figure in ("¥50,000", "¥51,000", "2.00%", "<dd>55 <small>of 60</small>"):
        assert figure in page
    assert address("plan_cancel", village) in page
    assert '<noscript><meta http-equiv="refresh"' in page


def test_a_plan_taken_up_again_says_so_and_one_that_knows_nothing_yet_shows_no_figures(
    officer: Client, village: Village
) -> None:
    plan = solving(village)
    SeasonPlan.objects.filter(pk=plan.pk).update(num_attempts=2, objective_fen=None, bound_fen=None)

    page = officer.get(address("pool_detail", village), headers=ENGLISH).text

    assert "this is attempt 2" in page
    assert page.count("<dd>–</dd>") == 3


def test_what_waits_says_since_when_and_why(officer: Client, village: Village) -> None:
    ask(village)

    page = officer.get(address("pool_detail", village), headers=ENGLISH).text

    assert "A new plan waits for the worker" in page
    assert "a harvest was declared or reported anew" in page


def test_what_is_due_later_is_not_told_as_being_planned(officer: Client, village: Village) -> None:
    ask(village, "a", quiet=15 * MINUTE)
    PlanRequest.objects.update(taken_at=NOW, done_at=NOW)
    ask(village, "b", at=NOW, quiet=15 * MINUTE)

    page = officer.get(address("pool_detail", village), headers=ENGLISH).text

    assert planning_of(village.pool.pk, NOW).due_at == NOW + 14 * MINUTE
    assert "The next plan is due" in page
    assert " data-busy>" not in page
    assert "Being planned" not in officer.get(reverse("harvest_schedule:schedule_list"), headers=ENGLISH).text


def test_the_fragment_is_the_planning_part_alone_and_is_never_kept(officer: Client, village: Village) -> None:
    solving(village)

    answer = officer.get(address("plan_progress", village))

    assert "data-figures" in answer.text
    assert "<html" not in answer.text
    assert "no-store" in answer["Cache-Control"]


def test_its_mark_changes_when_the_page_has_something_new_to_show(village: Village) -> None:
    marks = [planning_of(village.pool.pk, NOW).mark]
    ask(village)
    marks.append(planning_of(village.pool.pk, NOW).mark)
    plan = solving(village)
    marks.append(planning_of(village.pool.pk, NOW).mark)
    SeasonPlan.objects.filter(pk=plan.pk).update(objective_fen=5_050_000)
    assert planning_of(village.pool.pk, NOW).mark == marks[-1]
    SeasonPlan.objects.filter(pk=plan.pk).update(cancel_asked_at=NOW)
    marks.append(planning_of(village.pool.pk, NOW).mark)
    SeasonPlan.objects.filter(pk=plan.pk).update(cancel_asked_at=None, heartbeat_at=None)
    plan_season(pool_id=village.pool.pk, at=NOW)
    marks.append(planning_of(village.pool.pk, NOW).mark)

    assert len(set(marks)) == 5


def test_cancelling_asks_the_worker_and_says_who_it_was(officer: Client, village: Village) -> None:
    plan = solving(village)

    answer = officer.post(address("plan_cancel", village), headers=ENGLISH, follow=True)

    plan.refresh_from_db()
    assert (plan.status, plan.cancel_asked_at) == (PlanStatus.SOLVING, NOW)
    assert "Planning is being cancelled" in answer.text
    SeasonPlan.objects.filter(pk=plan.pk).update(status=PlanStatus.CANCELLED, heartbeat_at=None)
    page = officer.get(address("pool_detail", village), headers=ENGLISH).text
    assert "Planning was cancelled." in page
    assert "By li," in page


def test_cancelling_what_is_ready_says_so_and_a_get_does_nothing(officer: Client, village: Village) -> None:
    plan = plan_season(pool_id=village.pool.pk, at=NOW)

    assert officer.get(address("plan_cancel", village)).status_code == 405
    answer = officer.post(address("plan_cancel", village), headers=ENGLISH, follow=True)

    assert "nothing left to cancel" in answer.text
    plan.refresh_from_db()
    assert plan.status == PlanStatus.PUBLISHED


def test_a_failure_is_told_in_words_on_both_screens_until_something_better_follows(
    officer: Client, village: Village
) -> None:
    ask(village)
    PlanRequest.objects.update(done_at=NOW, failure="solver: MemoryError: 2 GB", num_attempts=3)

    page = officer.get(address("pool_detail", village))
    listed = officer.get(reverse("harvest_schedule:schedule_list"))

    assert "求解时出错了" in page.text
    assert "MemoryError: 2 GB" in page.text
    assert "排期没有成功" in listed.text
    ask(village, "later")
    plan_season(pool_id=village.pool.pk, at=NOW + MINUTE)
    assert "求解时出错了" not in officer.get(address("pool_detail", village)).text
    assert "排期没有成功" not in officer.get(reverse("harvest_schedule:schedule_list")).text


def test_a_plan_in_force_that_ran_out_of_time_says_by_how_much_it_could_be_better(
    officer: Client, village: Village
) -> None:
    plan = plan_season(pool_id=village.pool.pk, at=NOW)
    SeasonPlan.objects.filter(pk=plan.pk).update(is_best_so_far=True, objective_fen=1_000_000, bound_fen=1_012_300)

    page = officer.get(address("pool_detail", village), headers=ENGLISH).text

    assert "not proven the best" in page
    assert "1.23%" in page


def test_a_person_gives_the_solver_a_time_that_is_offered(officer: Client, village: Village) -> None:
    officer.post(address("plan_again", village), {"time_limit_s": "180"})

    request = PlanRequest.objects.get()
    assert (request.time_limit_s, request.trigger, request.reason) == (180, PlanTrigger.PERSON, ReplanReason.PERSON)
    assert request.asked_by is not None
    assert request.asked_by.username == "li"


@pytest.mark.parametrize("time_limit", ["7", "86400", "-1", "x", "20; --"])
def test_any_other_time_is_refused_in_words(officer: Client, village: Village, time_limit: str) -> None:
    answer = officer.post(address("plan_again", village), {"time_limit_s": time_limit}, headers=ENGLISH, follow=True)

    assert answer.status_code == 200
    assert "Choose one of the times offered" in answer.text
    assert not PlanRequest.objects.exists()


@pytest.mark.parametrize("name", ["plan_progress", "plan_cancel", "plan_again"])
def test_another_stations_staff_finds_nothing(client: Client, village: Village, name: str) -> None:
    person = UserFactory()
    Village(100).hub.staff.add(person)
    client.force_login(person)
    call = client.get if name == "plan_progress" else client.post

    assert call(address(name, village)).status_code == 404
    assert not PlanRequest.objects.exists()
