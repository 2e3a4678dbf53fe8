"""
Celery. The broker may lose work: what must not be lost is a row first (foundation.outbox), a message second.
"""

from celery.schedules import crontab
from kombu import Queue

from marketplace.settings.env import env

CELERY_BROKER_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
}
#: A request that tells the worker something never waits for a broker that is away: the sweeper finds the row.
CELERY_TASK_PUBLISH_RETRY = False
#: Planning may take minutes; it has a queue of its own, for workers of its own. One told of no queue serves both.
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_QUEUES = (Queue("celery"), Queue("planning"))
CELERY_BEAT_SCHEDULE = {
    "outbox-sweep": {"task": "foundation.outbox_sweep", "schedule": 15.0},
    "payments-sweep": {"task": "checkout.payments_sweep", "schedule": 30.0},
    "holds-sweep": {"task": "checkout.holds_sweep", "schedule": 30.0},
    "requested-plans": {"task": "harvest_schedule.requested_plans_run", "schedule": 20.0},
    "sales-check": {"task": "harvest_schedule.sales_check", "schedule": crontab(minute=10)},
    "nightly-plans": {"task": "harvest_schedule.plans_run", "schedule": crontab(hour=2, minute=30)},
    "what-ifs-sweep": {
        "task": "harvest_schedule.what_ifs_sweep",
        "schedule": 60.0,
        "options": {"queue": "planning", "expires": 60},
    },
    "shortfall-answers-sweep": {"task": "harvest_schedule.shortfall_answers_sweep", "schedule": 60.0},
    "windows-tick": {"task": "harvest_schedule.windows_tick", "schedule": 60.0},
    "settlements-run": {"task": "settlement.settlements_run", "schedule": 3600.0},
    "worker-heartbeat": {"task": "foundation.heartbeat", "schedule": 20.0},
}
