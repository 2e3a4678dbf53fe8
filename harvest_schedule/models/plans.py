"""The plans made of harvests, what each says about windows and harvests, and the reasons to plan again."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.partner.models import Phase
from harvest_schedule.models.harvests import Harvest
from harvest_schedule.states import PlanStatus, PlanTrigger
from marketplace.foundation.bilingual import Bilingual


class SeasonPlan(models.Model):
    """
    One run of the planner for one supply pool: the instance it was given, and the result, stored whole.

    The same input hash is solved and published once; a plan in force is superseded by the next one published. While it
    is being solved, `objective_fen` and `bound_fen` are the best and the bound so far.
    """

    pool = models.ForeignKey("cooperatives.SupplyPool", on_delete=models.PROTECT, related_name="plans")
    status = models.CharField(max_length=10, choices=PlanStatus.choices, default=PlanStatus.SOLVING)
    input_hash = models.CharField(max_length=64)
    starts_on = models.DateField()
    bucket_days = models.PositiveSmallIntegerField(default=7)
    num_buckets = models.PositiveSmallIntegerField()
    instance = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    objective_fen = models.BigIntegerField(null=True, blank=True)
    bound_fen = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    trigger = models.CharField(max_length=8, choices=PlanTrigger.choices, default=PlanTrigger.NIGHT)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    #: The worker that has the plan in hand says so from time to time; one that was not heard of for long is taken up
    #: again. None before a worker took it and when nothing is left to do.
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    num_attempts = models.PositiveSmallIntegerField(default=0)
    #: Seconds that solving may take; then the best plan so far is the answer.
    time_limit_s = models.PositiveSmallIntegerField(default=20)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    solved_at = models.DateTimeField(null=True, blank=True)
    is_best_so_far = models.BooleanField(default=False)
    failure = models.CharField(max_length=300, blank=True)
    frozen_until = models.DateField(null=True, blank=True)
    #: What changes against the plan in force when it was decided about, line by line with the reason of each, and the
    #: figures of both (`selectors/plan_comparison.py`); empty for the first plan of a pool.
    changes = models.JSONField(default=dict, blank=True)
    #: Why it was not published by itself; empty when it was, or when a person did.
    hold_reasons = models.JSONField(default=list)
    published_at = models.DateTimeField(null=True, blank=True)
    #: The person who published it; none when it published itself inside the officer's bounds.
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pool"], condition=Q(status=PlanStatus.PUBLISHED), name="plan_one_in_force_per_pool"
            ),
        ]
        indexes = [models.Index(fields=["pool", "created_at"], name="plan_pool_created")]

    def __str__(self) -> str:
        return f"{self.pool_id} {self.starts_on} {self.status}"


class PlanWindow(models.Model):
    """What a plan says about one listing window, with the reason in words and the solver rows it came from."""

    plan = models.ForeignKey(SeasonPlan, on_delete=models.CASCADE, related_name="windows")
    window = models.ForeignKey("partner.StockRecord", on_delete=models.PROTECT, related_name="plan_windows")
    phase = models.CharField(max_length=8, choices=Phase.choices)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    ships_from = models.DateField()
    ships_by = models.DateField()
    planned_cap = models.PositiveIntegerField()
    price_fen = models.BigIntegerField()
    reason_zh = models.TextField()
    reason_en = models.TextField()
    solver_rows = models.JSONField(default=list)

    reason = Bilingual("reason")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "window"], name="planwindow_once")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.window_id}"


class PlanUptake(models.Model):
    """How much of which grade of a harvest the plan takes in one bucket: what the pick calls are cut from."""

    plan = models.ForeignKey(SeasonPlan, on_delete=models.CASCADE, related_name="uptakes")
    harvest = models.ForeignKey(Harvest, on_delete=models.PROTECT, related_name="uptakes")
    grade = models.ForeignKey("catalogue.Grade", on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    uptake_g = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "harvest", "grade", "starts_on"], name="uptake_once")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.harvest_id} {self.starts_on}"


class PlanRequest(models.Model):
    """
    A reason to plan a pool again: a row, so that nothing the field said is lost, and solving stays outside its write.

    Done when a plan made after it is decided about, or was cancelled, or when making one failed so often that it was
    given up: then `failure` says why. Taken before the facts are read, so what is asked later always gets a later plan.
    """

    pool = models.ForeignKey("cooperatives.SupplyPool", on_delete=models.CASCADE, related_name="plan_requests")
    key = models.CharField(max_length=120, unique=True)
    reason = models.CharField(max_length=80)
    trigger = models.CharField(max_length=8, choices=PlanTrigger.choices, default=PlanTrigger.EVENT)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    time_limit_s = models.PositiveSmallIntegerField(null=True, blank=True)
    asked_at = models.DateTimeField()
    #: Not before then: what happens often asks for one plan in a while.
    due_at = models.DateTimeField(null=True, blank=True)
    #: When the worker was last told of it.
    offered_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    num_attempts = models.PositiveSmallIntegerField(default=0)
    plan = models.ForeignKey(SeasonPlan, null=True, blank=True, on_delete=models.SET_NULL, related_name="requests")
    done_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], condition=Q(done_at=None), name="planrequest_open")]

    def __str__(self) -> str:
        return f"{self.pool_id} {self.reason}"


class PublishBounds(models.Model):
    """
    Inside which changes a pool's new plan publishes itself; beyond them it waits as a draft for a person.

    A pool without a row has the bounds of `PublishBounds()`, its field defaults.
    """

    pool = models.OneToOneField("cooperatives.SupplyPool", on_delete=models.CASCADE, related_name="publish_bounds")
    is_automatic = models.BooleanField(default=True)
    max_quantity_change_permille = models.PositiveIntegerField(default=500)
    max_price_change_permille = models.PositiveIntegerField(default=200)
    max_days_moved = models.PositiveSmallIntegerField(default=14)
    max_windows_withdrawn = models.PositiveSmallIntegerField(default=4)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    set_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.pool_id}"
