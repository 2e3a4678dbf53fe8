"""The officers' screens: who may see which plan, the season drawn, planning again, and the plan to take away."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from catalog.partner.models import Phase, StockRecord
from harvest_schedule.models import PlanRequest, PlanWindow, ShortfallCase
from harvest_schedule.selectors.pool_season import Axis, pool_season
from harvest_schedule.services.plans import plan_season
from harvest_schedule.services.replanning import requested_plans_run
from tests.factories import NOW, TODAY
from tests.factories.harvests import UserFactory, Village

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_clock")]


@pytest.fixture
def village() -> Village:
    """A pool of two cooperatives with its plan in force."""
    pool = Village(7000, 7000)
    plan_season(pool_id=pool.pool.pk, at=NOW)
    return pool


@pytest.fixture
def officer(client: Client) -> Client:
    client.force_login(UserFactory(is_staff=True))
    return client


def address(name: str, village: Village) -> str:
    return reverse(f"harvest_schedule:{name}", args=[village.pool.code])


def test_an_officer_sees_every_pool(officer: Client, village: Village) -> None:
    other = Village(100)

    page = officer.get(reverse("harvest_schedule:schedule_list"), headers={"accept-language": "en"})

    assert page.status_code == 200
    assert address("pool_detail", village) in page.text
    assert address("pool_detail", other) in page.text
    assert "No plan yet" in page.text


def test_station_staff_see_the_pools_of_their_station_only(client: Client, village: Village) -> None:
    other = Village(100)
    person = UserFactory()
    village.hub.staff.add(person)
    client.force_login(person)

    page = client.get(reverse("harvest_schedule:schedule_list"))

    assert address("pool_detail", village) in page.text
    assert address("pool_detail", other) not in page.text
    for name in ("pool_detail", "workbook", "calendar"):
        assert client.get(address(name, village)).status_code == 200
        assert client.get(address(name, other)).status_code == 404
    assert client.post(address("plan_again", other)).status_code == 404
    assert not PlanRequest.objects.exists()


@pytest.mark.parametrize("name", ["pool_detail", "workbook", "calendar"])
def test_shoppers_and_growers_find_nothing_and_guests_are_asked_to_sign_in(
    client: Client, village: Village, name: str
) -> None:
    guest = client.get(address(name, village))
    assert guest.status_code == 302
    assert "sign-in" in guest["Location"]

    grower = UserFactory()
    village.harvests[0].cooperative.staff.add(grower)
    client.force_login(grower)

    assert client.get(address(name, village)).status_code == 404
    assert client.get(reverse("harvest_schedule:schedule_list")).status_code == 404


@pytest.mark.parametrize(("language", "why"), [("zh-hans", "为什么这样排"), ("en", "Why it is planned so")])
def test_every_bar_of_the_drawing_is_a_table_row_and_has_a_reason(
    officer: Client, village: Village, language: str, why: str
) -> None:
    page = officer.get(address("pool_detail", village), headers={"accept-language": language})

    season = pool_season(village.pool, Axis(TODAY - timedelta(days=TODAY.weekday()), 13), NOW)
    assert why in page.text
    assert {run.window.phase for run in season.runs} == set(Phase.values)
    for run in season.runs:
        # The bar and the table row point to the reason, which stands there once.
        assert page.text.count(f'href="#reason-{run.number}"') == 2
        assert page.text.count(f'id="reason-{run.number}"') == 1
    assert page.text.count("bar bar--harvest") == len(season.harvests) == 2
    assert "timeline__today" in page.text
    assert "timeline__pause" in page.text


def test_runs_join_weeks_without_a_gap_and_count_what_each_has(village: Village) -> None:
    season = pool_season(village.pool, Axis(TODAY - timedelta(days=TODAY.weekday()), 52), NOW)

    assert sum(len(run.rows) for run in season.runs) == PlanWindow.objects.count()
    assert sum(run.cap for run in season.runs) == sum(PlanWindow.objects.values_list("planned_cap", flat=True))
    for run in season.runs:
        for row, following in zip(run.rows, run.rows[1:], strict=False):
            assert row.window.closes_at == following.window.opens_at
            assert row.window.price == following.window.price
    for lane in season.products:
        for runs in lane.lanes:
            ends = [run.closes_at for run in runs]
            opens = [run.window.opens_at for run in runs]
            assert all(end <= start for end, start in zip(ends, opens[1:], strict=False))


def test_figures_are_those_of_the_plan(village: Village) -> None:
    season = pool_season(village.pool, Axis(TODAY, 13), NOW)

    assert season.plan is not None
    assert season.figures is not None
    assert 0 < season.figures.weeks_on_sale <= season.figures.num_weeks
    assert season.figures.revenue_fen == round(season.plan.result["breakdown"]["revenue"])
    assert 0 < season.figures.share_sold <= 1


@pytest.mark.parametrize("query", ["weeks=13", "weeks=52", "weeks=x", "weeks=-1", "from=2027-02-30", "from=9999-12-31"])
def test_any_stretch_asked_for_is_drawn_or_the_season_from_today(officer: Client, village: Village, query: str) -> None:
    assert officer.get(f"{address('pool_detail', village)}?{query}").status_code == 200


def test_a_pool_without_a_plan_says_when_there_will_be_one(officer: Client) -> None:
    pool = Village(100)

    page = officer.get(address("pool_detail", pool), headers={"accept-language": "en"})

    assert "No plan is in force" in page.text
    assert officer.get(address("workbook", pool)).status_code == 404


def test_an_open_case_is_told_on_both_screens(officer: Client, village: Village) -> None:
    window = StockRecord.objects.filter(plan_windows__isnull=False).first()
    plan = village.pool.plans.get()
    ShortfallCase.objects.create(window=window, plan=plan, short_packs=7, opened_at=NOW)

    pages = [officer.get(reverse("harvest_schedule:schedule_list")), officer.get(address("pool_detail", village))]

    assert "1 处不够发" in pages[0].text
    assert "已卖出的有 7 箱发不出" in pages[1].text


def test_planning_again_is_asked_for_once_shown_and_done(officer: Client, village: Village) -> None:
    for _press in range(2):
        assert officer.post(address("plan_again", village)).status_code == 302
    assert PlanRequest.objects.count() == 1
    waiting = officer.get(address("pool_detail", village), headers={"accept-language": "en"})
    assert 'http-equiv="refresh"' in waiting.text
    assert "A new plan waits for the worker" in waiting.text

    requested_plans_run(at=NOW + timedelta(minutes=1))

    assert 'http-equiv="refresh"' not in officer.get(address("pool_detail", village)).text


def test_planning_again_needs_a_press_of_the_button(officer: Client, village: Village) -> None:
    assert officer.get(address("plan_again", village)).status_code == 405


def test_the_workbook_holds_every_window_and_week_of_picking_and_no_formula(officer: Client, village: Village) -> None:
    product = village.product
    product.title = '=HYPERLINK("http://x.example","oranges")'
    product.save()

    answer = officer.get(address("workbook", village))

    book = load_workbook(io.BytesIO(answer.content))
    windows, picking, harvests = book.worksheets
    assert windows.max_row == 1 + PlanWindow.objects.count()
    plan = village.pool.plans.get()
    assert picking.max_row == 1 + plan.uptakes.count()
    assert harvests.max_row == 1 + len(village.harvests)
    assert all(picking.cell(row=row, column=5).value for row in range(2, picking.max_row + 1))
    taken = sum(harvests.cell(row=row, column=8).value for row in range(2, harvests.max_row + 1))
    asked = sum(plan.uptakes.values_list("uptake_g", flat=True))
    assert taken == pytest.approx(asked / 1000, rel=1e-4)
    cell = windows.cell(row=2, column=1)
    assert (cell.data_type, cell.value) == ("s", product.title)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert windows.cell(row=2, column=4).value == datetime(2026, 11, 23, 8)  # noqa: DTZ001  (a workbook knows no zones)


def test_the_calendar_is_what_rfc_5545_asks_for(officer: Client, village: Village) -> None:
    answer = officer.get(address("calendar", village))

    body = answer.content.decode()
    assert answer["Content-Type"].startswith("text/calendar")
    assert body.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert body.endswith("END:VCALENDAR\r\n")
    lines = body.split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75
    unfolded = body.replace("\r\n ", "")
    assert unfolded.count("BEGIN:VEVENT") == unfolded.count("END:VEVENT")
    assert unfolded.count("UID:window-") == PlanWindow.objects.count()
    assert "DTSTART:20261123T000000Z" in unfolded
    assert "DTSTART;VALUE=DATE:20261123" in unfolded
    assert unfolded.count("UID:harvest-") == len(village.harvests)
    assert unfolded.count("DESCRIPTION:") == unfolded.count("BEGIN:VEVENT")
    uids = [line for line in unfolded.split("\r\n") if line.startswith("UID:")]
    assert len(uids) == len(set(uids))


def test_the_list_asks_the_same_number_of_questions_for_any_number_of_pools(
    officer: Client, village: Village, django_assert_max_num_queries: object
) -> None:
    for _more in range(3):
        plan_season(pool_id=Village(500).pool.pk, at=NOW)

    with django_assert_max_num_queries(16):  # type: ignore[operator]
        officer.get(reverse("harvest_schedule:schedule_list"))
