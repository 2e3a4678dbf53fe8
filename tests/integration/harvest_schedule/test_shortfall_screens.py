"""The officer's shortfall pages and the buyer's answer page: who may see them, what is told, and what a press does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from harvest_schedule.models import ShortfallCase, ShortfallDecision, ShortfallPart
from harvest_schedule.planner.shortfall.policy import Policy
from harvest_schedule.planner.shortfall.problem import LATER, SUBSTITUTE
from harvest_schedule.states import AnswerStatus, ShortfallStatus
from marketplace.foundation import clock
from marketplace.order.models import Order
from tests.factories import NOW, HubFactory
from tests.factories.harvests import UserFactory
from tests.factories.shortfalls import ShortSeason

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def season() -> ShortSeason:
    return ShortSeason()


def signed_in(season: ShortSeason) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(season.officer)
    return client


def case_of(season: ShortSeason) -> ShortfallCase:
    """Five boxes are promised to an early and three to a late buyer; five come."""
    season.buy(5, hours_ago=9)
    season.buy(3, hours_ago=2)
    return season.open(coming=5)


def page(case: ShortfallCase) -> str:
    return reverse("harvest_schedule:shortfall_detail", args=[case.pk])


def asked(season: ShortSeason, case: ShortfallCase, **changes: str) -> dict[str, object]:
    policy = Policy(unserved=(LATER,))
    return {
        "order": "EARLIEST",
        "unserved": ["LATER"],
        "why": "frost on the upper terraces",
        "digest": season.preview(case, policy).digest,
        "key": "a-key-of-this-page",
        **changes,
    }


def test_the_list_leads_to_the_case_and_the_case_shows_who_would_get_what(season: ShortSeason) -> None:
    case = case_of(season)
    officer = signed_in(season)

    assert page(case) in officer.get(reverse("harvest_schedule:shortfall_list")).content.decode()
    html = officer.get(page(case), {"order": "EARLIEST", "unserved": "LATER"}).content.decode()

    for order_number in Order.objects.values_list("number", flat=True):
        assert order_number in html
    assert "Jain index" in html


def test_without_a_case_the_list_says_so(season: ShortSeason) -> None:
    answer = signed_in(season).get(reverse("harvest_schedule:shortfall_list"))

    assert answer.status_code == 200
    assert "/shortfalls/1" not in answer.content.decode()


def test_a_stranger_finds_no_case_and_another_station_neither(season: ShortSeason) -> None:
    case = case_of(season)
    other, person = Client(), UserFactory()
    HubFactory().staff.add(person)
    other.force_login(person)

    assert Client().get(page(case)).status_code == 302
    assert other.get(page(case)).status_code == 404
    assert other.post(page(case), asked(season, case)).status_code == 404
    assert case_status(case) == ShortfallStatus.OPEN


def case_status(case: ShortfallCase) -> str:
    case.refresh_from_db()
    return case.status


def test_a_station_looks_at_its_own_case_but_does_not_decide(season: ShortSeason) -> None:
    case = case_of(season)
    client, person = Client(), UserFactory()
    season.pool.hub.staff.add(person)
    client.force_login(person)

    assert client.get(page(case)).status_code == 200
    assert client.post(page(case), asked(season, case)).status_code == 403
    assert case_status(case) == ShortfallStatus.OPEN


def test_a_decision_pressed_twice_is_taken_once_and_shown(season: ShortSeason) -> None:
    case = case_of(season)
    officer, sent = signed_in(season), asked(season, case)

    first = officer.post(page(case), sent)
    second = officer.post(page(case), sent)

    assert (first.status_code, second.status_code) == (302, 302)
    assert case_status(case) == ShortfallStatus.DECIDED
    decision = ShortfallDecision.objects.get()
    assert (decision.decided_by, decision.why) == (season.officer, "frost on the upper terraces")
    assert "frost on the upper terraces" in officer.get(page(case)).content.decode()


def test_what_changed_since_the_preview_is_told_and_the_reason_kept(season: ShortSeason) -> None:
    case = case_of(season)
    sent = asked(season, case)
    ShortfallCase.objects.filter(pk=case.pk).update(coming_packs=4, short_packs=4)

    answer = signed_in(season).post(page(case), sent)

    assert answer.status_code == 409
    assert "frost on the upper terraces" in answer.content.decode()
    assert case_status(case) == ShortfallStatus.OPEN
    assert not ShortfallPart.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"why": ""}, {"order": "LOUDEST"}, {"unserved": ["LATER", "LATER"]}, {"substitute": "x"}, {"key": ""}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_form_filled_in_wrongly_comes_back_and_nothing_is_decided(season: ShortSeason, wrong: dict[str, str]) -> None:
    case = case_of(season)

    answer = signed_in(season).post(page(case), {**asked(season, case), **wrong})

    assert answer.status_code == 422
    assert case_status(case) == ShortfallStatus.OPEN
    assert not ShortfallDecision.objects.exists()


def offered(season: ShortSeason) -> ShortfallPart:
    season.pomelo("45.00")
    season.buy(5, hours_ago=9, freight_fen=500)
    season.decide(season.open(coming=2), Policy(unserved=(SUBSTITUTE,)))
    return ShortfallPart.objects.get()


def answer_page(part: ShortfallPart) -> str:
    return reverse("shortfalls:change", args=[part.token])


def test_a_buyer_reads_both_promises_and_takes_the_new_one_by_pressing_twice(season: ShortSeason) -> None:
    part = offered(season)
    buyer = Client(headers={"accept-language": "zh-hans"})

    html = buyer.get(answer_page(part)).content.decode()
    assert "宜昌蜜柚" in html
    assert "noindex" in html
    presses = [buyer.post(answer_page(part), {"answer": "accept"}).status_code for _press in range(2)]

    part.refresh_from_db()
    assert part.answer == AnswerStatus.ACCEPTED
    assert presses == [302, 302]
    assert buyer.get(answer_page(part)).status_code == 200


def test_a_buyer_who_declines_is_paid_back_and_reads_it(season: ShortSeason) -> None:
    part = offered(season)
    buyer = Client(headers={"accept-language": "en"})

    buyer.post(answer_page(part), {"answer": "decline"})

    part.refresh_from_db()
    assert part.answer == AnswerStatus.DECLINED
    assert part.refund is not None
    amount = f"{part.refund.amount_fen / 100:.2f}"
    assert amount in buyer.get(answer_page(part)).content.decode()


def test_an_answer_that_comes_too_late_or_says_nothing_changes_nothing(
    season: ShortSeason, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = offered(season)
    buyer = Client()

    assert buyer.post(answer_page(part), {"answer": "perhaps"}).status_code in (302, 400, 422)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=49))
    buyer.post(answer_page(part), {"answer": "accept"})

    part.refresh_from_db()
    assert part.answer != AnswerStatus.ACCEPTED
    assert buyer.get(answer_page(part)).status_code == 200


@pytest.mark.parametrize("token", ["x", "0" * 32, "ü" * 40, "-" * 300])
def test_a_token_that_is_nobodys_is_not_found(token: str) -> None:
    assert Client().get(f"/orders/changes/{token}/").status_code == 404
