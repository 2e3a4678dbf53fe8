"""
What beat and the services ask of the worker: the windows' tick, and planning, a task a pool.

Planning has a queue of its own, so that workers can be added for it alone (`celery worker -Q planning`); a worker that
is told of no queue serves both. Every task may come twice, or after its worker was lost: the rows say what is left.
"""

from celery import shared_task

from harvest_schedule.services import replan_events, replanning
from harvest_schedule.services.shortfall_answers import answers_sweep
from harvest_schedule.services.store_shares import hubs_share
from harvest_schedule.services.ticking import windows_tick as run_tick
from harvest_schedule.services.what_ifs import what_if_answer, what_ifs_sweep
from marketplace.foundation import clock

#: Beyond the longest time a person may give the solver, with reading, storing and publishing; under the broker's
#: visibility timeout, after which it would hand the message to somebody else.
PLANNING_LIMIT_S = 600


@shared_task(name="harvest_schedule.windows_tick")
def windows_tick(**_: object) -> None:
    run_tick(at=clock.now())


@shared_task(name="harvest_schedule.plans_run")
def plans_run_all(**_: object) -> None:
    at = clock.now()
    # Before the pools' own plans, which are made inside their shares.
    hubs_share(at=at)
    replanning.nightly_request(at=at)


@shared_task(name="harvest_schedule.requested_plans_run")
def requested_plans(**_: object) -> None:
    at = clock.now()
    replanning.plans_sweep(at=at)
    replanning.pools_offer(at=at)


@shared_task(name="harvest_schedule.plan_pool", queue="planning", soft_time_limit=PLANNING_LIMIT_S)
def plan_pool(*, pool_id: int, **_: object) -> None:
    replanning.pool_plan(pool_id=pool_id, now=clock.now)


@shared_task(name="harvest_schedule.plan_resume", queue="planning", soft_time_limit=PLANNING_LIMIT_S)
def plan_resume(*, plan_id: int, **_: object) -> None:
    replanning.plan_resume(plan_id=plan_id, now=clock.now)


@shared_task(name="harvest_schedule.sales_check")
def sales_check(**_: object) -> None:
    replan_events.sales_check(at=clock.now())


@shared_task(name="harvest_schedule.shortfall_answers_sweep")
def shortfall_answers_sweep(**_: object) -> None:
    answers_sweep(at=clock.now())


@shared_task(name="harvest_schedule.what_if_answer", queue="planning", soft_time_limit=120)
def answer_what_if(*, what_if_id: int, **_: object) -> None:
    what_if_answer(what_if_id=what_if_id, at=clock.now())


@shared_task(name="harvest_schedule.what_ifs_sweep", queue="planning", soft_time_limit=PLANNING_LIMIT_S)
def sweep_what_ifs(**_: object) -> None:
    what_ifs_sweep(at=clock.now())
