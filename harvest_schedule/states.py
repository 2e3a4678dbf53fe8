"""Every status of this room with its legal moves, side by side."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class HarvestStatus(models.TextChoices):
    DECLARED = "DECLARED", _("Declared")
    PICKING = "PICKING", _("Picking")
    CLOSED = "CLOSED", _("Finished")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


HARVEST_MOVES = {
    HarvestStatus.DECLARED: {HarvestStatus.PICKING, HarvestStatus.CLOSED, HarvestStatus.WITHDRAWN},
    HarvestStatus.PICKING: {HarvestStatus.CLOSED},
    HarvestStatus.CLOSED: set(),
    HarvestStatus.WITHDRAWN: set(),
}


class PlanStatus(models.TextChoices):
    SOLVING = "SOLVING", _("Being solved")
    SOLVED = "SOLVED", _("Draft")
    PUBLISHED = "PUBLISHED", _("In force")
    SUPERSEDED = "SUPERSEDED", _("Superseded")
    FAILED = "FAILED", _("Failed")
    CANCELLED = "CANCELLED", _("Cancelled")


PLAN_MOVES = {
    PlanStatus.SOLVING: {PlanStatus.SOLVED, PlanStatus.FAILED, PlanStatus.CANCELLED},
    PlanStatus.SOLVED: {PlanStatus.PUBLISHED, PlanStatus.SUPERSEDED},
    PlanStatus.PUBLISHED: {PlanStatus.SUPERSEDED},
    PlanStatus.SUPERSEDED: set(),
    PlanStatus.FAILED: set(),
    PlanStatus.CANCELLED: set(),
}


class PlanTrigger(models.TextChoices):
    """Why a plan was made."""

    NIGHT = "NIGHT", _("Nightly")
    EVENT = "EVENT", _("Something changed")
    PERSON = "PERSON", _("Asked for")


class WhatIfStatus(models.TextChoices):
    SOLVING = "SOLVING", _("Being solved")
    SOLVED = "SOLVED", _("Answered")
    FAILED = "FAILED", _("Failed")


WHAT_IF_MOVES = {
    WhatIfStatus.SOLVING: {WhatIfStatus.SOLVED, WhatIfStatus.FAILED},
    WhatIfStatus.SOLVED: set(),
    WhatIfStatus.FAILED: set(),
}


class PickCallStatus(models.TextChoices):
    CALLED = "CALLED", _("To answer")
    ACCEPTED = "ACCEPTED", _("Accepted")
    REFUSED = "REFUSED", _("Refused")
    FULFILLED = "FULFILLED", _("Handed over")
    WITHDRAWN = "WITHDRAWN", _("No longer needed")


PICK_CALL_MOVES = {
    PickCallStatus.CALLED: {PickCallStatus.ACCEPTED, PickCallStatus.REFUSED, PickCallStatus.WITHDRAWN},
    PickCallStatus.ACCEPTED: {PickCallStatus.FULFILLED, PickCallStatus.WITHDRAWN},
    PickCallStatus.REFUSED: set(),
    PickCallStatus.FULFILLED: set(),
    PickCallStatus.WITHDRAWN: set(),
}


class ShortfallStatus(models.TextChoices):
    OPEN = "OPEN", _("Open")
    CLOSED = "CLOSED", _("Settled")


SHORTFALL_MOVES = {ShortfallStatus.OPEN: {ShortfallStatus.CLOSED}, ShortfallStatus.CLOSED: set()}
