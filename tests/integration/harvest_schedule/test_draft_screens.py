"""The draft's screen, its buttons, and the bounds: what people see, what they may do, and what they are told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from harvest_schedule.models import PublishBounds, SeasonPlan
from harvest_schedule.services.bounds import bounds_of
from harvest_schedule.services.publishing import draft_discard
from harvest_schedule.states import PlanStatus
from marketplace.foundation import clock
from tests.factories import NOW
from tests.factories.harvests import UserFactory, Village
from tests.integration.harvest_schedule.test_drafts import held, planned, say, village, worked

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 2 * HOUR)


def signed_in(**who: bool) -> Client:
    client = Client()
    client.force_login(UserFactory(**who))
    return client


def station(pool: Village) -> Client:
    client, person = Client(), UserFactory()
    pool.hub.staff.add(person)
    client.force_login(person)
    return client


def page(pool: Village, name: str = "draft") -> str:
    return reverse(f"harvest_schedule:{name}", args=[pool.pool.code])


def waiting() -> tuple[Village, SeasonPlan]:
    pool = village()
    planned(pool)
    return pool, held(pool, 2000)


def test_the_draft_stands_line_by_line_beside_the_plan_in_force() -> None:
    pool, plan = waiting()

    html = signed_in(is_staff=True).get(page(pool), headers={"accept-language": "en"}).content.decode()

    assert html.count('class="draft__new"') == len(plan.changes["lines"])
    for line in plan.changes["lines"]:
        for reason in line["reasons"]:
            assert reason["en"].replace("'", "&#x27;") in html
    assert "New plans of this pool are published by hand." in html
    assert f'name="plan" value="{plan.pk}"' in html
    assert f"{plan.changes['totals']['after']['packs']:,}" in html


def test_the_draft_is_told_in_chinese_too() -> None:
    pool, plan = waiting()

    html = signed_in(is_staff=True).get(page(pool), headers={"accept-language": "zh-hans"}).content.decode()

    assert plan.changes["lines"][0]["reasons"][0]["zh"] in html
    for words in ("为什么等人看", "现行", "草案", "待售合计", "发布", "搁置"):
        assert words in html
    for words in ("Draft", "In force", "Reason", "Window"):
        assert words not in html


def test_a_pool_without_a_draft_says_so() -> None:
    pool = village()
    planned(pool)

    answer = signed_in(is_staff=True).get(page(pool), headers={"accept-language": "en"})

    assert answer.status_code == 200
    assert "No draft waits" in answer.content.decode()


def test_the_list_and_the_pool_say_that_a_draft_waits_and_lead_there() -> None:
    pool, _plan = waiting()
    client = signed_in(is_staff=True)

    for name in (reverse("harvest_schedule:schedule_list"), page(pool, "pool_detail")):
        assert f'href="{page(pool)}"' in client.get(name).content.decode()


def test_an_officer_publishes_and_the_shop_has_it() -> None:
    pool, plan = waiting()
    client = signed_in(is_staff=True)

    answer = client.post(page(pool, "draft_publish"), {"plan": plan.pk}, follow=True)

    plan.refresh_from_db()
    assert plan.status == PlanStatus.PUBLISHED
    assert answer.redirect_chain == [(page(pool, "pool_detail"), 302)]
    assert "草案已生效" in answer.content.decode()


def test_publishing_what_is_not_the_draft_any_more_says_that_something_newer_came() -> None:
    pool, older = waiting()
    say(pool, 1500, "less still")
    newer = worked(pool, NOW + 2 * HOUR)

    answer = signed_in(is_staff=True).post(page(pool, "draft_publish"), {"plan": older.pk}, follow=True)

    assert answer.redirect_chain == [(page(pool), 302)]
    assert "已不是草案" in answer.content.decode()
    newer.refresh_from_db()
    assert newer.status == PlanStatus.SOLVED


def test_a_stale_draft_offers_planning_again_and_not_publishing(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, _plan = waiting()
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=2))

    html = signed_in(is_staff=True).get(page(pool)).content.decode()

    assert "超过一天" in html
    assert page(pool, "plan_again") in html
    assert page(pool, "draft_publish") not in html


def test_an_officer_lays_a_draft_aside() -> None:
    pool, plan = waiting()

    signed_in(is_staff=True).post(page(pool, "draft_discard"), {"plan": plan.pk})

    plan.refresh_from_db()
    assert plan.status == PlanStatus.CANCELLED


def test_a_stations_staff_look_and_do_not_decide() -> None:
    pool, plan = waiting()
    client = station(pool)

    html = client.get(page(pool)).content.decode()
    refused = [
        client.post(page(pool, name), {"plan": plan.pk}).status_code
        for name in ("draft_publish", "draft_discard", "bounds")
    ]

    assert page(pool, "draft_publish") not in html
    assert refused == [403, 403, 403]
    plan.refresh_from_db()
    assert plan.status == PlanStatus.SOLVED
    assert "由县里工作人员设定" in client.get(page(pool, "bounds")).content.decode()


def test_another_stations_pool_is_not_found() -> None:
    pool, plan = waiting()
    stranger = station(Village())

    answers = [stranger.get(page(pool, name)).status_code for name in ("draft", "bounds")]
    answers += [stranger.post(page(pool, name), {"plan": plan.pk}).status_code for name in ("draft_publish", "bounds")]

    assert answers == [404, 404, 404, 404]


@pytest.mark.parametrize("value", ["", "x", "-1", "9" * 30, "²"])
def test_a_number_that_is_no_plan_of_the_pool_is_not_found(value: str) -> None:
    pool, _plan = waiting()

    assert signed_in(is_staff=True).post(page(pool, "draft_publish"), {"plan": value}).status_code == 404


def test_another_pools_plan_is_not_found() -> None:
    pool, _plan = waiting()
    other = planned(village())

    assert signed_in(is_staff=True).post(page(pool, "draft_publish"), {"plan": other.pk}).status_code == 404


def test_shoppers_find_nothing_here() -> None:
    pool, _plan = waiting()

    assert signed_in().get(page(pool)).status_code == 404
    assert Client().get(page(pool)).status_code == 302


def test_the_page_of_a_discarded_draft_is_empty_again() -> None:
    pool, plan = waiting()
    draft_discard(plan_id=plan.pk, actor=None, at=NOW + 2 * HOUR)

    assert "没有待看的草案" in signed_in(is_staff=True).get(page(pool)).content.decode()


def test_a_draft_of_many_lines_takes_no_more_statements_than_one_of_few() -> None:
    client = signed_in(is_staff=True)
    few, _plan = waiting()
    many, plan = waiting()
    plan.changes["lines"] *= 20
    plan.save(update_fields=["changes"])
    client.get(page(few))

    def statements(pool: Village) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(page(pool)).status_code == 200
        return len(asked)

    assert statements(many) == statements(few)


def test_bounds_are_said_in_percent_and_kept_with_who_set_them() -> None:
    pool = village()
    client = signed_in(is_staff=True)
    said = {
        "is_automatic": "on",
        "max_quantity_change_permille": "12.5",
        "max_price_change_permille": "5",
        "max_days_moved": "7",
        "max_windows_withdrawn": "1",
    }

    answer = client.post(page(pool, "bounds"), said)

    assert answer.status_code == 302
    row = bounds_of(pool.pool)
    assert (row.is_automatic, row.max_quantity_change_permille, row.max_price_change_permille) == (True, 125, 50)
    assert (row.max_days_moved, row.max_windows_withdrawn, row.set_at) == (7, 1, NOW + 2 * HOUR)
    assert 'value="12.5"' in client.get(page(pool, "bounds")).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("max_quantity_change_permille", "101", "0 到 100"),
        ("max_price_change_permille", "-1", "0 到 100"),
        ("max_price_change_permille", "NaN", "0 到 100"),
        ("max_days_moved", "61", "0 到 60"),
        ("max_days_moved", "1.5", "0 到 60"),
        ("max_windows_withdrawn", "", "0 到 200"),
    ],
)
def test_bounds_that_make_no_sense_name_the_field_and_keep_what_was_typed(field: str, value: str, words: str) -> None:
    pool = village()
    said = {
        "is_automatic": "on",
        "max_quantity_change_permille": "50",
        "max_price_change_permille": "5",
        "max_days_moved": "7",
        "max_windows_withdrawn": "1",
    }

    answer = signed_in(is_staff=True).post(page(pool, "bounds"), {**said, field: value})

    html = answer.content.decode()
    assert answer.status_code == 422
    assert words in html
    assert f'id="id_{field}_error"' in html
    assert not PublishBounds.objects.exists()


def test_one_and_the_same_mistake_is_told_to_each_reader_in_their_language() -> None:
    pool, officer = village(), signed_in(is_staff=True)
    wrong = {"is_automatic": "on", "max_days_moved": "61"}

    told = [
        officer.post(page(pool, "bounds"), wrong, headers={"accept-language": tongue}).content.decode()
        for tongue in ("en", "zh-hans", "en")
    ]

    assert ["Give a whole number from 0 to 60." in html for html in told] == [True, False, True]
    assert ["0 到 60" in html for html in told] == [False, True, False]
