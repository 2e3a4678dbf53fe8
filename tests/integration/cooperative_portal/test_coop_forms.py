"""What a grower sends: taken once however often it arrives, read in any width, refused in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Produce
from harvest_schedule.models import Harvest, HarvestReport
from harvest_schedule.states import HarvestStatus, PickCallStatus
from tests.factories import TODAY, CooperativeFactory, GradeFactory, ProduceFactory
from tests.factories.harvests import KG
from tests.integration.cooperative_portal.conftest import Grower

JSON = {"accept": "application/json"}


def address(name: str, *args: Any) -> str:
    return reverse(f"cooperative_portal:{name}", args=args)


@pytest.fixture
def declaration(grower: Grower) -> dict[str, Any]:
    """A declaration of the county's apples that nothing speaks against; ``url`` is taken out by `declare`."""
    produce = ProduceFactory(region=grower.cooperative.region, name_en="Zigui apple")
    first = GradeFactory(produce=produce, code="A")
    second = GradeFactory(produce=produce, code="B", rank=2)
    grower.extra = {"first": first, "second": second, "produce": produce}
    return {
        "url": f"{address('harvest_declare')}?produce={produce.pk}",
        "key": "a1b2c3d4e5f6",
        "cooperative": grower.cooperative.pk,
        "starts_on": "2026-12-15",
        "ends_on": "2027-01-20",
        "low_kg": "7,000",
        "likely_kg": "9500",
        "high_kg": "11000.5",
        "area_mu": "40",
        f"grade_{first.pk}": "70",
        f"grade_{second.pk}": "30",
    }


def declare(client: Client, declaration: dict[str, Any], **changes: Any) -> Any:
    data = declaration | changes
    headers = data.pop("headers", {})
    return client.post(data.pop("url"), data, headers=headers)


def test_the_form_asks_first_what_and_then_how_much(grower: Grower, declaration: dict[str, Any]) -> None:
    choice = grower.client.get(address("harvest_declare")).content.decode()
    assert "Zigui apple" in choice
    assert f"?produce={grower.extra['produce'].pk}" in choice

    form = grower.client.get(declaration["url"]).content.decode()
    assert f'name="grade_{grower.extra["second"].pk}"' in form
    assert 'name="key"' in form


def test_a_declared_harvest_is_in_once_however_often_it_is_sent(grower: Grower, declaration: dict[str, Any]) -> None:
    replies = [declare(grower.client, declaration) for _ in range(3)]

    harvest = Harvest.objects.get(produce=grower.extra["produce"])
    assert {reply["Location"] for reply in replies} == {address("harvest_detail", harvest.pk)}
    assert (harvest.low_g, harvest.likely_g, harvest.high_g) == (7_000 * KG, 9_500 * KG, 11_000_500)
    assert harvest.declared_by == grower.user
    assert sorted(harvest.grade_mix.values_list("share_permille", flat=True)) == [300, 700]


def test_full_width_digits_are_read(grower: Grower, declaration: dict[str, Any]) -> None:
    first, second = grower.extra["first"], grower.extra["second"]
    wide = {
        "starts_on": "2026-12-15",
        "likely_kg": "9,500",
        f"grade_{first.pk}": "62.5%",
        f"grade_{second.pk}": "37.5",
    }

    declare(grower.client, declaration, **wide)

    harvest = Harvest.objects.get(produce=grower.extra["produce"])
    assert (harvest.starts_on, harvest.likely_g) == (date(2026, 12, 15), 9_500 * KG)
    assert sorted(harvest.grade_mix.values_list("share_permille", flat=True)) == [375, 625]


@dataclass(frozen=True)
class Nonsense:
    """One field typed wrongly, and words that the answer must hold in each language."""

    field: str
    value: str
    zh: str
    en: str


NONSENSE = [
    Nonsense("ends_on", "2026-12-01", "最后一天早于第一天", "before the first day"),
    Nonsense("low_kg", "9501", "最少比最可能还多", "more than the likely"),
    Nonsense("likely_kg", "-5", "重量必须大于零", "more than zero"),
    Nonsense("likely_kg", "0", "重量必须大于零", "more than zero"),
    Nonsense("likely_kg", "很多", "请填数字", "write a number"),
    Nonsense("likely_kg", "1e9", "请填数字", "write a number"),
    Nonsense("likely_kg", "99999999999", "10 万吨", "100,000 tonnes"),
    Nonsense("starts_on", "明天", "日期", "valid date"),
    Nonsense("grade_first", "71", "101", "101"),
    Nonsense("grade_first", "-1", "0 到 100", "between 0 and 100"),
    Nonsense("area_mu", "1.5", "整数", "whole number"),
    Nonsense("area_mu", "99999999", "1,000,000", "1,000,000"),
]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda row: f"{row.field}={row.value}")
def test_nonsense_is_refused_in_words_of_both_languages(
    nonsense: Nonsense, grower: Grower, declaration: dict[str, Any]
) -> None:
    name = f"grade_{grower.extra['first'].pk}" if nonsense.field == "grade_first" else nonsense.field

    chinese = declare(grower.client, declaration, **{name: nonsense.value, "headers": {"accept-language": "zh-hans"}})
    english = declare(grower.client, declaration, **{name: nonsense.value})

    assert (chinese.status_code, english.status_code) == (200, 200)
    assert nonsense.zh in chinese.content.decode()
    assert nonsense.en in english.content.decode()
    assert not Harvest.objects.filter(produce=grower.extra["produce"]).exists()


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "a b c d e f g h", "<script>"])
def test_a_form_without_a_proper_key_is_refused(key: str, grower: Grower, declaration: dict[str, Any]) -> None:
    assert declare(grower.client, declaration, key=key).status_code == 200
    assert not Harvest.objects.filter(produce=grower.extra["produce"]).exists()


def test_nobody_declares_for_another_cooperative(grower: Grower, declaration: dict[str, Any]) -> None:
    for cooperative in (grower.foreign_harvest.cooperative_id, "", "x"):
        assert declare(grower.client, declaration, cooperative=cooperative).status_code == 404


def test_a_produce_that_grows_elsewhere_is_not_found(grower: Grower, declaration: dict[str, Any]) -> None:
    for produce in (ProduceFactory().pk, "x", "٣"):
        reply = declare(grower.client, declaration, url=f"{address('harvest_declare')}?produce={produce}")
        assert reply.status_code == 404


def test_the_days_report_is_applied_once_however_often_it_is_sent(grower: Grower) -> None:
    data = {"key": "report-0001", "picked_kg": "1,240", "shift_days": "3", "back": "home"}

    replies = [grower.client.post(address("harvest_report", grower.harvest.pk), data) for _ in range(3)]

    assert {reply["Location"] for reply in replies} == {address("home")}
    report = HarvestReport.objects.get()
    assert (report.picked_g, report.picked_on, report.shift_days) == (1_240 * KG, TODAY, 3)
    grower.harvest.refresh_from_db()
    assert grower.harvest.status == HarvestStatus.PICKING


def test_the_script_is_answered_in_json_and_told_what_needs_a_check(grower: Grower) -> None:
    url = address("harvest_report", grower.harvest.pk)

    taken = grower.client.post(url, {"key": "report-0001", "picked_kg": "5"}, headers=JSON)
    assert taken.json()["status"] == "received"
    again = grower.client.post(url, {"key": "report-0001", "picked_kg": "5"}, headers=JSON)
    assert again.json() == taken.json()
    assert HarvestReport.objects.count() == 1

    refused = grower.client.post(url, {"key": "report-0002", "picked_kg": "-5"}, headers=JSON)
    assert refused.status_code == 422
    assert refused.json() == {"status": "check", "message": "The weight must be more than zero."}

    signed_out = Client().post(url, {"key": "report-0003", "picked_kg": "5"}, headers=JSON)
    assert (signed_out.status_code, signed_out.json()["status"]) == (401, "waiting")


def test_a_report_on_a_finished_harvest_needs_a_check(grower: Grower) -> None:
    url = address("harvest_report", grower.harvest.pk)
    grower.client.post(address("harvest_finish", grower.harvest.pk))

    reply = grower.client.post(url, {"key": "report-0001", "picked_kg": "5"}, headers=JSON)

    assert reply.status_code == 422
    assert "finished or withdrawn" in reply.json()["message"]
    assert "finished or withdrawn" in grower.client.post(url, {"key": "report-0002", "picked_kg": "5"}).content.decode()
    assert not HarvestReport.objects.exists()


def test_an_empty_report_is_refused(grower: Grower) -> None:
    reply = grower.client.post(address("harvest_report", grower.harvest.pk), {"key": "report-0001", "picked_kg": "0"})

    assert "say what changed" in reply.content.decode()
    assert not HarvestReport.objects.exists()


@given(text=st.text(max_size=30), day=st.text(max_size=12), shift=st.text(max_size=6))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_is_typed_is_taken_or_refused_in_words(grower: Grower, text: str, day: str, shift: str) -> None:
    data = {"key": "report-0001", "picked_kg": text, "picked_on": day, "shift_days": shift, "note": text}

    reply = grower.client.post(address("harvest_report", grower.harvest.pk), data)

    assert reply.status_code in (200, 302)


def test_finishing_and_withdrawing(grower: Grower) -> None:
    grower.client.post(address("pick_call_accept", grower.call.pk))
    owed = grower.client.post(address("harvest_finish", grower.harvest.pk))
    assert owed.status_code == 409
    assert "agreed to hand over" in owed.content.decode()
    promised = grower.client.post(address("harvest_withdraw", grower.harvest.pk))
    assert promised.status_code == 409
    assert grower.client.post(address("harvest_withdraw", grower.harvest.pk), headers=JSON).json()["status"] == "check"

    grower.call.status = PickCallStatus.REFUSED
    grower.call.save()
    assert grower.client.post(address("harvest_withdraw", grower.harvest.pk)).status_code == 302
    grower.harvest.refresh_from_db()
    assert grower.harvest.status == HarvestStatus.WITHDRAWN


def test_a_call_is_accepted_once_however_often_it_is_sent(grower: Grower) -> None:
    for _ in range(2):
        reply = grower.client.post(address("pick_call_accept", grower.call.pk), headers=JSON)
        assert reply.json()["status"] == "received"

    grower.call.refresh_from_db()
    assert (grower.call.status, grower.call.answered_by) == (PickCallStatus.ACCEPTED, grower.user)


def test_a_call_is_refused_with_a_reason_in_the_growers_words(grower: Grower) -> None:
    url = address("pick_call_refuse", grower.call.pk)
    assert "say why" in grower.client.post(url, {}).content.decode()
    assert "say why" in grower.client.post(url, {"words": "   "}, headers=JSON).json()["message"]
    grower.call.refresh_from_db()
    assert grower.call.status == PickCallStatus.CALLED

    grower.client.post(url, {"reason": "hands", "words": "明天可以"}, headers={"accept-language": "zh-hans"})

    grower.call.refresh_from_db()
    assert (grower.call.status, grower.call.refusal_reason) == (PickCallStatus.REFUSED, "人手不够 明天可以")


def test_an_answer_that_comes_too_late_needs_a_check(grower: Grower) -> None:
    grower.call.status = PickCallStatus.WITHDRAWN
    grower.call.save()

    page = grower.client.post(address("pick_call_accept", grower.call.pk))
    assert page.status_code == 409
    assert "no longer needed" in page.content.decode()
    reply = grower.client.post(address("pick_call_refuse", grower.call.pk), {"reason": "rain"}, headers=JSON)
    assert (reply.status_code, reply.json()["status"]) == (409, "check")


def test_what_was_kept_for_another_of_ones_cooperatives_is_still_taken(grower: Grower) -> None:
    second = CooperativeFactory()
    second.staff.add(grower.user)
    grower.client.post(address("choose"), {"cooperative": second.pk})

    reply = grower.client.post(
        address("harvest_report", grower.harvest.pk), {"key": "report-0001", "picked_kg": "5"}, headers=JSON
    )

    assert reply.json()["status"] == "received"
    assert HarvestReport.objects.get().harvest == grower.harvest


@pytest.fixture
def apple(grower: Grower, declaration: dict[str, Any]) -> Produce:
    """The declared produce, dated by days after full bloom."""
    produce: Produce = grower.extra["produce"]
    produce.bloom_days_low, produce.bloom_days_high = 170, 180
    produce.save()
    return produce


def test_full_bloom_is_asked_for_where_the_season_is_counted_from_it(
    grower: Grower, declaration: dict[str, Any], apple: Produce
) -> None:
    page = grower.client.get(declaration["url"]).content.decode()
    assert "Full bloom" in page

    declare(grower.client, declaration, biofix_on="2026-06-20")

    harvest = Harvest.objects.get(produce=grower.extra["produce"])
    assert harvest.biofix_on == date(2026, 6, 20)
    detail = grower.client.get(address("harvest_detail", harvest.pk)).content.decode()
    assert "Full bloom" in detail


def test_full_bloom_can_be_reported_later_and_left_empty(
    grower: Grower, declaration: dict[str, Any], apple: Produce
) -> None:
    declare(grower.client, declaration)
    harvest = Harvest.objects.get(produce=grower.extra["produce"])
    assert harvest.biofix_on is None

    url = address("harvest_report", harvest.pk)
    assert "Full bloom" in grower.client.get(url).content.decode()
    grower.client.post(url, {"key": "report-bloom-1", "biofix_on": "2026-06-22", "shift_days": "0"})

    harvest.refresh_from_db()
    report = HarvestReport.objects.get()
    assert (harvest.biofix_on, report.biofix_on, report.shift_days) == (date(2026, 6, 22),) * 2 + (0,)
    assert harvest.starts_on == date(2026, 12, 15)
    # Sent again without a change there is nothing to report.
    grower.client.post(url, {"key": "report-bloom-2", "biofix_on": "2026-06-22", "shift_days": "0"})
    assert HarvestReport.objects.count() == 1
    assert "Full bloom on" in grower.client.get(address("harvest_detail", harvest.pk)).content.decode()


@pytest.mark.parametrize(
    ("day", "words"),
    [("2027-01-02", "lies in the future"), ("2024-04-20", "more than a year"), ("bloom", "valid date")],
)
def test_a_bloom_that_cannot_be_is_refused_at_its_field(
    grower: Grower, declaration: dict[str, Any], apple: Produce, day: str, words: str
) -> None:
    answer = declare(grower.client, declaration, biofix_on=day)

    assert not Harvest.objects.filter(produce=apple).exists()
    assert words in answer.content.decode()


def test_what_is_not_counted_from_a_day_is_not_asked_for_one(grower: Grower, declaration: dict[str, Any]) -> None:
    page = grower.client.get(declaration["url"]).content.decode()

    assert "biofix_on" not in page
    declare(grower.client, declaration, biofix_on="2026-06-20")
    assert Harvest.objects.get(produce=grower.extra["produce"]).biofix_on is None
