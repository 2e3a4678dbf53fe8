"""
Two officers decide one shortfall, and buyers move while they do: each case first with the locks taken out.

Without locks both see an open case and both write; what is left of the second then depends on luck and on unique keys.
With them the second waits, looks again, and is told.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError

from harvest_schedule.models import ShortfallDecision, ShortfallPart
from harvest_schedule.planner.shortfall.policy import PRO_RATA, Policy
from harvest_schedule.planner.shortfall.problem import LATER, SUBSTITUTE
from harvest_schedule.services import shortfall_answers, shortfall_deciding
from harvest_schedule.services.cancellation import presale_cancel
from harvest_schedule.services.shortfall_answers import answers_sweep, part_answer
from harvest_schedule.services.shortfall_deciding import UnableToDecide
from harvest_schedule.states import AnswerStatus
from marketplace.foundation.transitions import IllegalMove
from marketplace.order.models import Line, Order
from marketplace.order.states import OrderStatus
from marketplace.payment.models import Refund
from marketplace.settlement.books.check import books_check
from marketplace.settlement.books.every import CHECKS
from tests.concurrency.test_logistics_races import meeting_before_write, together, without_row_locks
from tests.factories import NOW, WindowFactory
from tests.factories.shortfalls import SHIPS_BY, SHIPS_FROM, ShortSeason

pytestmark = pytest.mark.django_db(transaction=True)


def deciding(season: ShortSeason, case: Any, policy: Policy, key: str = "") -> Callable[[], ShortfallDecision]:
    """An officer who has looked, and presses the button."""
    digest = season.preview(case, policy).digest
    return lambda: season.decide(case, policy, digest=digest, key=key or uuid.uuid4().hex)


def broken_checks() -> list[str]:
    return [finding.check.key for finding in books_check(CHECKS) if finding.num_breaches]


def refunded_fen() -> int:
    return sum(Refund.objects.values_list("amount_fen", flat=True))


def two_officers() -> tuple[ShortSeason, list[Callable[[], ShortfallDecision]]]:
    """Six boxes for two buyers, two come: one officer goes by time, the other by share."""
    season = ShortSeason()
    for hours in (9, 8):
        season.buy(3, hours_ago=hours)
    case = season.open(coming=2)
    return season, [deciding(season, case, Policy()), deciding(season, case, Policy(PRO_RATA))]


def test_without_locks_only_a_unique_key_keeps_two_decisions_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both pass every check and write; the database refuses the second raw, as no officer should read."""
    _season, officers = two_officers()

    with without_row_locks(monkeypatch), meeting_before_write(monkeypatch, shortfall_deciding, "_Deciding", 2):
        answers = together(*officers)

    assert sorted(type(answer).__name__ for answer in answers) in (
        ["IntegrityError", "ShortfallDecision"],
        ["IntegrityError", "IntegrityError"],
    )
    assert any(isinstance(answer, IntegrityError) for answer in answers)


def test_of_two_officers_one_decides_and_the_other_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _season, officers = two_officers()

    with meeting_before_write(monkeypatch, shortfall_deciding, "_Deciding", 2):
        answers = together(*officers)

    told = [answer for answer in answers if isinstance(answer, UnableToDecide)]
    assert [answer.field for answer in told] == ["case"]
    assert ShortfallDecision.objects.count() == 1
    assert refunded_fen() == 4 * 3980
    assert broken_checks() == []


def test_one_officer_who_presses_twice_decides_once(monkeypatch: pytest.MonkeyPatch) -> None:
    season = ShortSeason()
    season.buy(3, hours_ago=9)
    case = season.open(coming=1)
    press = deciding(season, case, Policy(), key="one-and-the-same")

    with meeting_before_write(monkeypatch, shortfall_deciding, "_Deciding", 2):
        answers = together(press, press)

    assert answers == [ShortfallDecision.objects.get()] * 2
    assert refunded_fen() == 2 * 3980


def test_a_buyer_who_cancels_meanwhile_is_paid_back_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second finds the world changed: the officer looks again, or the buyer has less left to cancel."""
    season = ShortSeason()
    order = season.buy(3, hours_ago=9)
    season.buy(3, hours_ago=8)
    case = season.open(coming=4)

    with meeting_before_write(monkeypatch, shortfall_deciding, "_Deciding", 2):
        answers = together(
            deciding(season, case, Policy()), lambda: presale_cancel(order_id=order.pk, at=NOW, actor=None)
        )

    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    refunded = Refund.objects.filter(order=order)
    assert sum(refunded.values_list("amount_fen", flat=True)) == order.total_fen
    assert all(isinstance(answer, (ShortfallDecision, UnableToDecide, Order)) for answer in answers)
    assert broken_checks() == []


def test_two_cases_that_want_the_same_later_boxes_do_not_promise_them_twice() -> None:
    season = ShortSeason()
    season.buy(4, hours_ago=9)
    first = season.open(coming=0)
    season.window = WindowFactory(
        product=season.product, partner=season.pool.seller, ships_from=SHIPS_FROM, ships_by=SHIPS_BY
    )
    season.buy(4, hours_ago=8)
    second = season.open(coming=0)
    policy = Policy(unserved=(LATER,))

    answers = together(deciding(season, first, policy), deciding(season, second, policy))

    # Five boxes are left later; who comes second was shown four of them and is asked to look again.
    decided = [answer for answer in answers if isinstance(answer, ShortfallDecision)]
    assert [decision.later_packs for decision in decided] == [4]
    assert [type(answer).__name__ for answer in answers if answer not in decided] == ["ShortfallChanged"]
    season.later.refresh_from_db()
    assert season.later.num_allocated == 4
    assert broken_checks() == []


def offered() -> ShortfallPart:
    season = ShortSeason()
    season.pomelo("45.00")
    season.buy(3, hours_ago=9)
    season.decide(season.open(coming=1), Policy(unserved=(SUBSTITUTE,)))
    return ShortfallPart.objects.get()


def answer_both_ways(part: ShortfallPart) -> list[Any]:
    return together(
        lambda: part_answer(token=part.token, accept=True, at=NOW),
        lambda: part_answer(token=part.token, accept=False, at=NOW),
    )


def decline_twice(part: ShortfallPart) -> list[Any]:
    def press() -> ShortfallPart:
        return part_answer(token=part.token, accept=False, at=NOW)

    return together(press, press)


def test_without_locks_who_declines_twice_at_once_meets_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both give the boxes back; only the table of legal moves or a CHECK stops the second, raw."""
    part = offered()

    with without_row_locks(monkeypatch), meeting_before_write(monkeypatch, shortfall_answers, "part_view", 2):
        answers = decline_twice(part)

    assert any(isinstance(answer, (IllegalMove, IntegrityError)) for answer in answers)


def test_who_declines_twice_at_once_is_paid_back_once(monkeypatch: pytest.MonkeyPatch) -> None:
    part = offered()

    with meeting_before_write(monkeypatch, shortfall_answers, "part_view", 2):
        answers = decline_twice(part)

    assert [answer.answer for answer in answers] == [AnswerStatus.DECLINED] * 2
    assert refunded_fen() == 2 * 3980
    assert broken_checks() == []


def test_of_two_answers_at_once_one_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    part = offered()

    with meeting_before_write(monkeypatch, shortfall_answers, "part_view", 2):
        answers = answer_both_ways(part)

    assert len([answer for answer in answers if isinstance(answer, ShortfallPart)]) == 1
    assert broken_checks() == []


def test_two_sweepers_end_an_offer_once() -> None:
    part = offered()
    assert part.answer_by is not None
    late = part.answer_by

    ended = together(lambda: answers_sweep(at=late), lambda: answers_sweep(at=late))

    assert sorted(ended) == [0, 1]
    assert Refund.objects.count() == 1
    assert Order.objects.get().lines.count() == Line.objects.count() == 2
    assert broken_checks() == []
