"""
An officer's process that decides a shortfall and dies as by kill -9 at a place.

Only test_shortfall_crashes starts this: ``python -m tests.faults.dying_officer CASE DIGEST KEY ACTOR PLACE``.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402  (after Django is set up)

from harvest_schedule.planner.shortfall.policy import Policy  # noqa: E402
from harvest_schedule.planner.shortfall.problem import LATER  # noqa: E402
from harvest_schedule.services import shortfall_deciding  # noqa: E402
from marketplace.foundation import outbox  # noqa: E402
from tests.factories import NOW  # noqa: E402

#: Before the commit: the last thing written. After it: the first message offered to the worker.
PLACES: dict[str, tuple[Any, str]] = {
    "before the commit": (shortfall_deciding, "move"),
    "between commit and telling": (outbox, "_offer"),
}


def main() -> None:
    case_id, digest, key, actor_id, place = sys.argv[1:]
    holder, name = PLACES[place]
    call = getattr(holder, name)

    def die(*args: Any, **kwargs: Any) -> None:
        if place == "before the commit":
            call(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(holder, name, die)
    shortfall_deciding.shortfall_apply(
        case_id=int(case_id),
        policy=Policy(unserved=(LATER,)),
        digest=digest,
        why="the process dies",
        key=key,
        actor=get_user_model().objects.get(pk=int(actor_id)),
        at=NOW,
    )


if __name__ == "__main__":
    main()
