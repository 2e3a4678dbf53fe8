"""
A worker dies in the middle of a solve: kill -9 to the real Celery process, then another takes the plan up.

The worker is the one that the site runs, on a Redis and a database of the tests' own; its plan is long on any machine,
so the kill comes while the solver runs. Time that has to pass is taken off the row's heartbeat instead of waited for.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from celery import Celery
from django.db import connection
from django.db.models import F

from catalog.partner.models import StockRecord
from deploy.embedded.redis import RedisServer
from deploy.paths import PROJECT
from harvest_schedule.models import Harvest, PlanRequest, PlanWindow, SeasonPlan
from harvest_schedule.services.plan_requests import replan_request, requests_take
from harvest_schedule.services.solving import HEART_STALE_S, plan_cancel, plan_open
from harvest_schedule.states import PlanStatus, ReplanReason
from marketplace.foundation import clock
from marketplace.foundation.models import StatusChange
from tests.factories import TODAY
from tests.factories.harvests import Village
from tests.factories.slow_plans import make_slow

pytestmark = pytest.mark.django_db(transaction=True)

START_S = 60
SOLVE_S = 8


def wait_for(condition: Callable[[], bool], *, seconds: float) -> float:
    """Fail unless it comes to pass in time; returns the seconds it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not come to pass in time"
        time.sleep(0.05)
    return time.monotonic() - began


class Workers:
    """The site's worker, and beat where it is asked for, with a broker of their own."""

    def __init__(self, broker_url: str, folder: Path) -> None:
        self.broker = Celery(broker=broker_url)
        self._log = folder / "worker.log"
        self._schedule = folder / "beat-schedule"
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "marketplace.settings.test",
            "REDIS_URL": broker_url,
        }
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *, beat: bool = False) -> subprocess.Popen[bytes]:
        """Start a worker as `make demo` does; it is ready when it has answered."""
        celery = [sys.executable, "-m", "celery"]
        worker = self._spawn(
            [
                *[*celery, "-A", "marketplace", "worker", "--pool", "prefork", "--concurrency", "1"],
                *["--prefetch-multiplier", "1", "--without-gossip", "--without-mingle", "--loglevel", "INFO"],
                *["--hostname", f"worker{len(self.started)}@%h"],
            ],
            self._environment,
        )
        if beat:
            environment = {key: value for key, value in self._environment.items() if key != "DJANGO_SETTINGS_MODULE"}
            schedule = ["--schedule", str(self._schedule), "--pidfile=", "--loglevel", "INFO"]
            self._spawn([*celery, "-A", "deploy.beat_app", "beat", *schedule], environment)
        return worker

    def _spawn(self, argv: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                argv, cwd=PROJECT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self.started.append(process)
        return process

    def ask(self, task: str, **kwargs: int) -> None:
        """What beat or the site would tell the worker."""
        self.broker.send_task(f"harvest_schedule.{task}", kwargs=kwargs, queue="planning")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill -9 the process with its family, as a machine that loses its power."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def said(self) -> str:
        return self._log.read_text(errors="replace")


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    redis = RedisServer(tmp_path / "redis", log=tmp_path / "redis.log")
    redis.start()
    found = Workers(redis.url(), tmp_path)
    yield found
    for process in found.started:
        if process.poll() is None:
            found.kill(process)
    redis.stop()


@pytest.fixture
def village() -> Village:
    """Two cooperatives whose harvests lie around the present day, whatever day that is."""
    pool = Village(7000, 7000)
    now = clock.now()
    moved = clock.business_date(now) - TODAY
    Harvest.objects.update(
        starts_on=F("starts_on") + moved,
        ends_on=F("ends_on") + moved,
        declared_starts_on=F("declared_starts_on") + moved,
        declared_ends_on=F("declared_ends_on") + moved,
        declared_at=now - timedelta(days=40),
    )
    return pool


def slow_plan(village: Village) -> SeasonPlan:
    """A plan that takes `SOLVE_S` seconds, opened for a request."""
    now = clock.now()
    replan_request(pool_ids=[village.pool.pk], reason=ReplanReason.HARVEST, key="h", at=now)
    taken = requests_take(pool_id=village.pool.pk, at=now)
    assert taken is not None
    plan = plan_open(pool_id=village.pool.pk, at=now, request_ids=taken.request_ids)
    return make_slow(plan, village, time_limit_s=SOLVE_S)


def now_of(plan: SeasonPlan) -> SeasonPlan:
    return SeasonPlan.objects.get(pk=plan.pk)


def let_the_heart_be_missed(plan: SeasonPlan) -> None:
    """What waiting would do."""
    missed = timedelta(seconds=HEART_STALE_S + 1)
    SeasonPlan.objects.filter(pk=plan.pk).update(heartbeat_at=F("heartbeat_at") - missed)


def beating(plan: SeasonPlan) -> bool:
    """Whether a worker solves it and has told what it found."""
    row = now_of(plan)
    return row.status == PlanStatus.SOLVING and row.objective_fen is not None


def assert_published_once(plan: SeasonPlan) -> None:
    moves = list(
        StatusChange.objects.filter(subject_type="harvest_schedule.SeasonPlan", subject_id=plan.pk)
        .order_by("pk")
        .values_list("from_status", "to_status")
    )
    assert moves == [(PlanStatus.SOLVING, PlanStatus.SOLVED), (PlanStatus.SOLVED, PlanStatus.PUBLISHED)]
    assert SeasonPlan.objects.get().pk == plan.pk
    windows = PlanWindow.objects.filter(plan=plan)
    assert windows.count() == windows.values("window").distinct().count() > 0
    assert PlanRequest.objects.get().done_at is not None


def test_a_worker_killed_in_the_middle_of_a_solve_is_followed_by_one_that_finishes_the_plan_once(
    village: Village, workers: Workers
) -> None:
    plan = slow_plan(village)
    first = workers.start()
    workers.ask("plan_resume", plan_id=plan.pk)
    wait_for(lambda: beating(plan), seconds=START_S)

    workers.kill(first)
    dead = now_of(plan)
    assert (dead.status, dead.num_attempts, dead.result) == (PlanStatus.SOLVING, 1, {})

    workers.start()
    workers.ask("requested_plans_run")
    workers.ask("plan_resume", plan_id=plan.pk)
    wait_for(lambda: "plan_resume" in workers.said().partition("worker1@")[2], seconds=START_S)
    time.sleep(1)
    assert now_of(plan).num_attempts == 1, "the heart of the dead one was not missed yet"

    let_the_heart_be_missed(plan)
    workers.ask("requested_plans_run")
    took_s = wait_for(lambda: now_of(plan).status == PlanStatus.PUBLISHED, seconds=START_S)

    done = now_of(plan)
    assert (done.num_attempts, done.is_best_so_far, done.heartbeat_at) == (2, True, None)
    assert_published_once(plan)
    sys.stdout.write(f"taken up and published {took_s:.1f} s after the sweep, {SOLVE_S} s of them solving\n")


def test_two_workers_and_every_message_twice_still_publish_once(village: Village, workers: Workers) -> None:
    plan = slow_plan(village)
    for _worker in range(2):
        workers.start()
    for _time in range(4):
        workers.ask("plan_resume", plan_id=plan.pk)
        workers.ask("plan_pool", pool_id=village.pool.pk)

    wait_for(lambda: now_of(plan).status == PlanStatus.PUBLISHED, seconds=START_S)
    wait_for(lambda: workers.said().count("succeeded in") == 8, seconds=START_S)

    assert now_of(plan).num_attempts == 1
    assert_published_once(plan)


def test_a_child_that_is_killed_while_the_worker_lives_loses_nothing(village: Village, workers: Workers) -> None:
    plan = slow_plan(village)
    worker = workers.start()
    workers.ask("plan_resume", plan_id=plan.pk)
    wait_for(lambda: beating(plan), seconds=START_S)

    for child in psutil.Process(worker.pid).children(recursive=True):
        child.kill()
    # the message comes again at once, while the heart still seems to beat: it does nothing and the sweeper comes later
    wait_for(lambda: workers.said().count("plan_resume") >= 2, seconds=START_S)
    let_the_heart_be_missed(plan)
    workers.ask("requested_plans_run")
    wait_for(lambda: now_of(plan).status == PlanStatus.PUBLISHED, seconds=START_S)

    assert now_of(plan).num_attempts == 2
    assert_published_once(plan)


def test_a_person_who_cancels_is_heard_by_the_worker_in_the_middle_of_a_solve(
    village: Village, workers: Workers
) -> None:
    plan = slow_plan(village)
    SeasonPlan.objects.filter(pk=plan.pk).update(time_limit_s=120)
    workers.start()
    workers.ask("plan_resume", plan_id=plan.pk)
    wait_for(lambda: beating(plan), seconds=START_S)

    plan_cancel(plan_id=plan.pk, at=clock.now())
    took_s = wait_for(lambda: now_of(plan).status == PlanStatus.CANCELLED, seconds=20)

    assert not StockRecord.objects.filter(plan_windows__isnull=False).exists()
    assert PlanRequest.objects.get().done_at is not None
    sys.stdout.write(f"cancelled {took_s:.1f} s after it was asked for\n")


def test_shoppers_see_a_plan_within_a_minute_of_what_happened_with_beat_alone(
    village: Village, workers: Workers
) -> None:
    """The broker was away when the reason was written: only beat finds the request."""
    workers.start(beat=True)
    wait_for(lambda: "ready" in workers.said(), seconds=START_S)
    replan_request(pool_ids=[village.pool.pk], reason=ReplanReason.HARVEST, key="h", at=clock.now())

    def on_sale() -> bool:
        now = clock.now()
        return StockRecord.objects.filter(
            plan_windows__plan__status=PlanStatus.PUBLISHED, opens_at__lte=now, closes_at__gt=now
        ).exists()

    took_s = wait_for(on_sale, seconds=60)

    connection.close()
    sys.stdout.write(f"on sale {took_s:.1f} s after the request\n")
