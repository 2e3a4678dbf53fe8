"""Rows that every room writes: what changed state, what must still be told, which request was answered already."""

from django.conf import settings
from django.db import models


class StatusChange(models.Model):
    """One move of one row from a status to the next. Written by `transitions.move` only; never changed."""

    subject_type = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    from_status = models.CharField(max_length=32, blank=True)
    to_status = models.CharField(max_length=32)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "at"], name="statuschange_subject")]

    def __str__(self) -> str:
        return f"{self.subject_type}#{self.subject_id} {self.from_status}→{self.to_status}"


class OutboxMessage(models.Model):
    """
    Work to do after a commit: a row first, a Celery message second.

    The key is unique, so the same fact is told once however often the service that states it is repeated.
    A row is done when its handler has returned; until then the sweeper offers it again, later each time.
    """

    topic = models.CharField(max_length=64)
    key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    available_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["available_at"], condition=models.Q(done_at__isnull=True), name="outbox_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class AnsweredRequest(models.Model):
    """A write that may be retried: the same scope and key get the stored answer, never a second effect."""

    scope = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    answer = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="answeredrequest_once")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


class Heartbeat(models.Model):
    """The last sign of life of a background process, written by a task that it ran."""

    name = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"
