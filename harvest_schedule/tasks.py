"""What beat asks for: the windows' tick and the nightly plans."""

from celery import shared_task

from harvest_schedule.services.plans import plan_season, plans_run
from harvest_schedule.services.replanning import requested_plans_run
from harvest_schedule.services.ticking import windows_tick as run_tick
from harvest_schedule.services.what_ifs import what_if_answer, what_ifs_sweep
from marketplace.foundation import clock


@shared_task(name="harvest_schedule.windows_tick")
def windows_tick(**_: object) -> None:
    run_tick(at=clock.now())


@shared_task(name="harvest_schedule.plans_run", soft_time_limit=3000)
def plans_run_all(**_: object) -> None:
    plans_run(at=clock.now())


@shared_task(name="harvest_schedule.plan_pool", soft_time_limit=120)
def plan_pool(*, pool_id: int, **_: object) -> None:
    plan_season(pool_id=pool_id, at=clock.now())


@shared_task(name="harvest_schedule.requested_plans_run", soft_time_limit=600)
def requested_plans(**_: object) -> None:
    requested_plans_run(at=clock.now())


@shared_task(name="harvest_schedule.what_if_answer", soft_time_limit=120)
def answer_what_if(*, what_if_id: int, **_: object) -> None:
    what_if_answer(what_if_id=what_if_id, at=clock.now())


@shared_task(name="harvest_schedule.what_ifs_sweep", soft_time_limit=600)
def sweep_what_ifs(**_: object) -> None:
    what_ifs_sweep(at=clock.now())
