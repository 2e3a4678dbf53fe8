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
    #: A draft that a person lays aside is cancelled.
    PlanStatus.SOLVED: {PlanStatus.PUBLISHED, PlanStatus.SUPERSEDED, PlanStatus.CANCELLED},
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


class PlanFailure(models.TextChoices):
    """Why there is no plan; a row's `failure` is one of these, and after a colon what the machine said."""

    INPUT = "input", _("The pool's data could not be read into a planning task.")
    SOLVER = "solver", _("Solving ended with an error.")
    LOST = "worker lost", _("The worker was lost again and again while it was planning.")
    PUBLISHING = "publishing", _("The plan was solved, but could not be published.")


class ReplanReason(models.TextChoices):
    """What made a pool worth planning again, as it is stored with the request."""

    NIGHT = "nightly", _("the nightly plan")
    PERSON = "asked for by hand", _("asked for here")
    HARVEST = "harvest changed", _("a harvest was declared or reported anew")
    RECEIPT = "receipt differs", _("another weight came in than was called for")
    STOCK = "stock written off", _("stock was written off")
    SALES = "sales differ", _("sales run ahead of the plan or behind it")
    SHORTFALL = "shortfall decided", _("a shortfall was decided")


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
    DECIDED = "DECIDED", _("Decided")
    CLOSED = "CLOSED", _("Covered again")


#: A case is decided by a person, or closes by itself when the plan covers its promises again.
SHORTFALL_MOVES = {
    ShortfallStatus.OPEN: {ShortfallStatus.DECIDED, ShortfallStatus.CLOSED},
    ShortfallStatus.DECIDED: set(),
    ShortfallStatus.CLOSED: set(),
}


class BuyerKind(models.TextChoices):
    """Who waits for the goods; shares of supply are measured by it."""

    CONSUMER = "CONSUMER", _("Private households")
    INSTITUTION = "INSTITUTION", _("Canteens and institutions")
    CONTRACT = "CONTRACT", _("Standing contracts")


class PartKind(models.TextChoices):
    """What becomes of packs that do not come as promised."""

    OTHER_LOT = "OTHER_LOT", _("Another cooperative's goods")
    LATER = "LATER", _("Sent later")
    SUBSTITUTE = "SUBSTITUTE", _("Something else, if the buyer agrees")
    REFUND = "REFUND", _("Money back")


class AnswerStatus(models.TextChoices):
    """A buyer's answer to what was decided for them."""

    NONE = "NONE", _("Nothing to answer")
    OPEN = "OPEN", _("May be answered")
    ACCEPTED = "ACCEPTED", _("Agreed to")
    DECLINED = "DECLINED", _("Money back wanted")
    LAPSED = "LAPSED", _("Not answered in time")


ANSWER_MOVES = {
    AnswerStatus.NONE: set(),
    AnswerStatus.OPEN: {AnswerStatus.ACCEPTED, AnswerStatus.DECLINED, AnswerStatus.LAPSED},
    # Who agreed to wait may still change their mind until the goods are sent.
    AnswerStatus.ACCEPTED: {AnswerStatus.DECLINED, AnswerStatus.LAPSED},
    AnswerStatus.DECLINED: set(),
    AnswerStatus.LAPSED: set(),
}
