"""The Celery application, made once per process when Django starts, so that whoever tells the worker finds it."""

from celery import Celery

app = Celery("marketplace")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()
app.autodiscover_tasks()
