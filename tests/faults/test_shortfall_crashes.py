"""
The process that decides a shortfall dies: kill -9 before the commit leaves nothing, after it everybody is told once.

The process is a real one on the test's database; what it left is put right by the services that beat runs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from deploy.paths import PROJECT
from harvest_schedule.models import PlanRequest, ShortfallCase, ShortfallDecision, ShortfallPart
from harvest_schedule.planner.shortfall.policy import Policy
from harvest_schedule.planner.shortfall.problem import LATER
from harvest_schedule.states import ShortfallStatus
from marketplace.checkout.services.refunds import refunds_sweep
from marketplace.foundation.models import OutboxMessage
from marketplace.foundation.outbox import outbox_sweep
from marketplace.payment.models import Refund, RefundStatus
from marketplace.settlement.books.check import books_check
from marketplace.settlement.books.every import CHECKS
from tests.factories import NOW
from tests.factories.shortfalls import ShortSeason
from tests.payment_sandbox import database_beside
from tests.provider import LOST_ANSWER, MemoryProvider

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "the-officers-own-key"
POLICY = Policy(unserved=(LATER,))
LATER_ON = NOW + timedelta(minutes=5)


def decide_and_die(season: ShortSeason, case: ShortfallCase, place: str) -> None:
    """Let a process of its own decide the case, and see it die on the way."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.test",
        "DATABASE_URL": database_beside(os.environ["DATABASE_URL"], connection.settings_dict["NAME"]),
    }
    arguments = [str(case.pk), season.preview(case, POLICY).digest, KEY, str(season.officer.pk), place]
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults.dying_officer", *arguments],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


@pytest.fixture
def season() -> ShortSeason:
    season = ShortSeason()
    season.buy(2, hours_ago=30)
    season.buy(4, hours_ago=20)
    season.buy(6, hours_ago=10, language="en")
    return season


def broken_checks() -> list[str]:
    return [finding.check.key for finding in books_check(CHECKS) if finding.num_breaches]


def told() -> Counter[str]:
    """How often each buyer was told of the shortfall."""
    return Counter(
        message.to[0] for message in mail.outbox if "采收不足" in message.subject or "fell short" in message.subject
    )


def test_killed_before_the_commit_nothing_was_decided_and_it_can_be(season: ShortSeason) -> None:
    case = season.open(coming=3)

    decide_and_die(season, case, "before the commit")

    case.refresh_from_db()
    assert case.status == ShortfallStatus.OPEN
    assert (ShortfallDecision.objects.count(), ShortfallPart.objects.count(), Refund.objects.count()) == (0, 0, 0)
    assert not OutboxMessage.objects.exists()
    assert season.decide(case, POLICY, key=KEY).served_packs == 3


def test_killed_between_commit_and_telling_each_buyer_is_told_and_paid_back_once(season: ShortSeason) -> None:
    case = season.open(coming=3)

    decide_and_die(season, case, "between commit and telling")

    decision = ShortfallDecision.objects.get()
    assert (decision.served_packs, decision.later_packs, decision.refund_packs) == (3, 5, 4)
    assert told() == Counter()
    # Nothing was offered to any worker: the sweepers find the rows, and the second time there is nothing to find.
    provider = MemoryProvider(LOST_ANSWER)
    for _minute in range(2):
        refunds_sweep(port=provider, at=LATER_ON)  # type: ignore[arg-type]
        outbox_sweep(at=LATER_ON)
    refunds_sweep(port=provider, at=LATER_ON)  # type: ignore[arg-type]

    assert told() == Counter({"buyer-20@fenglu.example": 1, "buyer-10@fenglu.example": 1})
    assert set(Refund.objects.values_list("status", flat=True)) == {RefundStatus.SUCCEEDED}
    assert sum(request.amount_fen for request in provider.refunds.values()) == decision.refund_fen
    assert PlanRequest.objects.count() == 1
    # The officer's page sends the same key again, as a browser does whose first answer was lost.
    assert season.decide(case, POLICY, key=KEY, digest=decision.digest) == decision
    assert broken_checks() == []
