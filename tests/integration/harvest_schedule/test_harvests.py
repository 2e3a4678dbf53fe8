"""Harvests declared, reported on, finished and withdrawn; every refusal names its field and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvest_schedule.models import Harvest, HarvestReport
from harvest_schedule.services.harvest_rules import HarvestRefused
from harvest_schedule.services.harvests import harvest_close, harvest_declare, harvest_report, harvest_withdraw
from harvest_schedule.states import HarvestStatus, PickCallStatus
from marketplace.foundation.models import OutboxMessage, StatusChange
from tests.factories import NOW, TODAY, CooperativeFactory, GradeFactory, PoolMemberFactory, ProduceFactory
from tests.factories.harvests import KG, HarvestFactory, PickCallFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def figures() -> dict[str, Any]:
    """A harvest of one cooperative's own county that nothing speaks against."""
    cooperative = CooperativeFactory()
    produce = ProduceFactory(region=cooperative.region)
    first, second = GradeFactory(produce=produce, code="A"), GradeFactory(produce=produce, code="B", rank=2)
    return {
        "cooperative_id": cooperative.pk,
        "produce_id": produce.pk,
        "starts_on": date(2026, 12, 15),
        "ends_on": date(2027, 1, 20),
        "low_g": 7_000 * KG,
        "likely_g": 9_500 * KG,
        "high_g": 11_000 * KG,
        "grade_shares": {first.pk: 700, second.pk: 300},
        "area_mu": 40,
        "key": "declare-1",
        "actor": None,
        "at": NOW,
    }


def test_a_declared_harvest_stands_with_its_grades_and_is_told(figures: dict[str, Any]) -> None:
    harvest = harvest_declare(**figures)

    assert harvest.status == HarvestStatus.DECLARED
    assert (harvest.declared_starts_on, harvest.declared_likely_g) == (date(2026, 12, 15), 9_500 * KG)
    assert sum(harvest.grade_mix.values_list("share_permille", flat=True)) == 1000
    message = OutboxMessage.objects.get()
    assert message.topic == "harvest.changed"
    assert message.payload == {"harvest_id": harvest.pk, "report_id": None}


def test_the_same_key_gives_the_same_harvest(figures: dict[str, Any]) -> None:
    first = harvest_declare(**figures)
    second = harvest_declare(**figures)

    assert first.pk == second.pk
    assert Harvest.objects.count() == OutboxMessage.objects.count() == 1


def test_a_key_of_another_cooperative_is_refused(figures: dict[str, Any]) -> None:
    HarvestFactory(key="declare-1")

    with pytest.raises(HarvestRefused) as caught:
        harvest_declare(**figures)

    assert caught.value.field == "key"


def test_a_produce_of_another_county_may_be_declared_by_a_member_of_its_pool(figures: dict[str, Any]) -> None:
    member = PoolMemberFactory()
    grade = GradeFactory(produce=member.pool.produce)
    figures |= {"cooperative_id": member.cooperative_id, "produce_id": member.pool.produce_id}

    harvest = harvest_declare(**figures | {"grade_shares": {grade.pk: 1000}})

    assert harvest.produce_id == member.pool.produce_id


@dataclass(frozen=True)
class Refusal:
    """A change to good figures, and the field that the refusal must name."""

    case: str
    field: str
    change: dict[str, Any] = field(default_factory=dict)
    words_en: str = ""


REFUSALS = [
    Refusal("ends before it starts", "ends_on", {"ends_on": date(2026, 12, 14)}, "before the first day"),
    Refusal("longer than a season", "ends_on", {"ends_on": date(2027, 10, 11)}, "300 days at most"),
    Refusal("over already", "ends_on", {"starts_on": date(2025, 12, 1), "ends_on": date(2025, 12, 20)}, "passed"),
    Refusal("next year but one", "starts_on", {"starts_on": date(2028, 1, 1), "ends_on": date(2028, 1, 20)}, "year"),
    Refusal("low above likely", "low_g", {"low_g": 9_501 * KG}, "more than the likely"),
    Refusal("low below zero", "low_g", {"low_g": -1}, "less than zero"),
    Refusal("likely nothing", "likely_g", {"low_g": 0, "likely_g": 0}, "more than zero"),
    Refusal("high below likely", "high_g", {"high_g": 9_499 * KG}, "less than the likely"),
    Refusal("beyond reason", "high_g", {"high_g": 10**11 + 1}, "100,000 tonnes"),
    Refusal("no grades", "grade_shares", {"grade_shares": {}}, "grades"),
    Refusal("area of a province", "area_mu", {"area_mu": 1_000_001}, "1,000,000"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.case)
def test_a_harvest_that_cannot_be_is_refused_and_nothing_is_written(refusal: Refusal, figures: dict[str, Any]) -> None:
    with translation.override("en"), pytest.raises(HarvestRefused) as caught:
        harvest_declare(**figures | refusal.change)

    assert caught.value.field == refusal.field
    assert refusal.words_en in caught.value.message
    assert not Harvest.objects.exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("shares", [(700, 299), (700, 301), (1001, -1), (0, 0)])
def test_grade_shares_must_be_the_whole(shares: tuple[int, int], figures: dict[str, Any]) -> None:
    grades = dict(zip(figures["grade_shares"], shares, strict=True))

    with pytest.raises(HarvestRefused) as caught:
        harvest_declare(**figures | {"grade_shares": grades})

    assert caught.value.field == "grade_shares"


def test_the_grade_of_another_produce_is_refused(figures: dict[str, Any]) -> None:
    with pytest.raises(HarvestRefused) as caught:
        harvest_declare(**figures | {"grade_shares": {GradeFactory().pk: 1000}})

    assert caught.value.field == "grade_shares"


def test_a_produce_that_grows_elsewhere_is_refused(figures: dict[str, Any]) -> None:
    with pytest.raises(HarvestRefused) as caught:
        harvest_declare(**figures | {"produce_id": ProduceFactory().pk})

    assert caught.value.field == "produce_id"


def test_an_open_harvest_of_the_same_days_is_reported_on_instead(figures: dict[str, Any]) -> None:
    harvest_declare(**figures)

    with translation.override("zh-hans"), pytest.raises(HarvestRefused) as caught:
        harvest_declare(**figures | {"key": "declare-2", "starts_on": date(2027, 1, 20), "ends_on": date(2027, 2, 1)})

    assert caught.value.field == "starts_on"
    assert "12月15日" in caught.value.message
    later = harvest_declare(
        **figures | {"key": "declare-3", "starts_on": date(2027, 1, 21), "ends_on": date(2027, 2, 1)}
    )
    assert later.pk


def test_a_withdrawn_harvest_leaves_its_days_free(figures: dict[str, Any]) -> None:
    first = harvest_declare(**figures)
    harvest_withdraw(harvest_id=first.pk, actor=None, at=NOW)

    assert harvest_declare(**figures | {"key": "declare-2"}).pk != first.pk


@given(
    starts_on=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    days=st.integers(-400, 400),
    low=st.integers(-10, 10**12),
    likely=st.integers(-10, 10**12),
    high=st.integers(-10, 10**12),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_dates_and_grams_are_taken_or_refused_by_name(
    figures: dict[str, Any], starts_on: date, days: int, low: int, likely: int, high: int
) -> None:
    values = {
        "starts_on": starts_on,
        "ends_on": starts_on + timedelta(days=days),
        "low_g": low,
        "likely_g": likely,
        "high_g": high,
        "key": f"{starts_on}{days}{low}{likely}{high}",
    }
    Harvest.objects.all().delete()

    refused_field, harvest = "", None
    try:
        harvest = harvest_declare(**figures | values)
    except HarvestRefused as refused:
        refused_field = refused.field

    if harvest is None:
        assert refused_field in {"starts_on", "ends_on", "low_g", "likely_g", "high_g"}
        assert not Harvest.objects.exists()
    else:
        assert 0 <= harvest.low_g <= harvest.likely_g <= harvest.high_g
        assert harvest.ends_on >= TODAY
        assert 0 <= (harvest.ends_on - harvest.starts_on).days < 300


def test_the_first_picking_starts_the_harvest() -> None:
    harvest = HarvestFactory()

    report = harvest_report(harvest_id=harvest.pk, key="r1", actor=None, at=NOW, picked_g=1_240 * KG)

    harvest.refresh_from_db()
    assert harvest.status == HarvestStatus.PICKING
    assert report.picked_on == TODAY
    change = StatusChange.objects.get(subject_type="harvest_schedule.Harvest", subject_id=harvest.pk)
    assert (change.from_status, change.to_status) == (HarvestStatus.DECLARED, HarvestStatus.PICKING)
    assert OutboxMessage.objects.get().payload == {"harvest_id": harvest.pk, "report_id": report.pk}


def test_the_same_report_sent_five_times_is_applied_once() -> None:
    harvest = HarvestFactory(starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 20))

    rows = {harvest_report(harvest_id=harvest.pk, key="r1", actor=None, at=NOW, shift_days=3).pk for _ in range(5)}

    harvest.refresh_from_db()
    assert len(rows) == HarvestReport.objects.count() == OutboxMessage.objects.count() == 1
    assert (harvest.starts_on, harvest.ends_on) == (date(2026, 12, 4), date(2026, 12, 23))
    assert harvest.declared_starts_on == date(2026, 12, 1)


def test_a_report_key_of_another_harvest_is_refused() -> None:
    first, second = HarvestFactory(), HarvestFactory()
    harvest_report(harvest_id=first.pk, key="r1", actor=None, at=NOW, shift_days=3)

    with pytest.raises(HarvestRefused) as caught:
        harvest_report(harvest_id=second.pk, key="r1", actor=None, at=NOW, shift_days=3)

    assert caught.value.field == "key"


def test_a_shift_moves_only_the_end_of_a_harvest_that_has_begun() -> None:
    harvest = HarvestFactory(starts_on=date(2026, 11, 20), ends_on=date(2026, 12, 20), status=HarvestStatus.PICKING)

    harvest_report(harvest_id=harvest.pk, key="r1", actor=None, at=NOW, shift_days=-3)

    harvest.refresh_from_db()
    assert (harvest.starts_on, harvest.ends_on) == (date(2026, 11, 20), date(2026, 12, 17))


def test_picking_before_the_window_stretches_it() -> None:
    harvest = HarvestFactory(starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 20))

    harvest_report(harvest_id=harvest.pk, key="r1", actor=None, at=NOW, picked_g=5 * KG)

    harvest.refresh_from_db()
    assert (harvest.starts_on, harvest.ends_on) == (TODAY, date(2026, 12, 20))


def test_a_new_range_changes_the_present_figures_and_keeps_what_was_declared() -> None:
    harvest = HarvestFactory(likely_g=12_000 * KG)

    harvest_report(harvest_id=harvest.pk, key="r1", actor=None, at=NOW, low_g=1, likely_g=2, high_g=3)

    harvest.refresh_from_db()
    assert (harvest.low_g, harvest.likely_g, harvest.high_g) == (1, 2, 3)
    assert harvest.declared_likely_g == 12_000 * KG


REPORT_REFUSALS = [
    Refusal("says nothing", "picked_g"),
    Refusal("picked tomorrow", "picked_on", {"picked_g": KG, "picked_on": TODAY + timedelta(days=1)}),
    Refusal("picked last year", "picked_on", {"picked_g": KG, "picked_on": TODAY - timedelta(days=365)}),
    Refusal("picked nothing", "picked_g", {"picked_g": 0}),
    Refusal("picked less than nothing", "picked_g", {"picked_g": -5}),
    Refusal("picked three times the harvest", "picked_g", {"picked_g": 42_001 * KG}),
    Refusal("half a range", "high_g", {"low_g": 1, "likely_g": 2}),
    Refusal("range upside down", "low_g", {"low_g": 3, "likely_g": 2, "high_g": 4}),
    Refusal("range below what is picked", "high_g", {"picked_g": 10, "low_g": 1, "likely_g": 2, "high_g": 9}),
    Refusal("shift of a season", "shift_days", {"shift_days": 61}),
]


@pytest.mark.parametrize("refusal", REPORT_REFUSALS, ids=lambda refusal: refusal.case)
def test_a_report_that_cannot_be_is_refused_and_changes_nothing(refusal: Refusal) -> None:
    harvest = HarvestFactory(high_g=14_000 * KG)

    with pytest.raises(HarvestRefused) as caught:
        harvest_report(harvest_id=harvest.pk, key="r1", actor=None, at=NOW, **refusal.change)

    before = Harvest.objects.get(pk=harvest.pk)
    assert caught.value.field == refusal.field
    assert (before.status, before.starts_on, before.high_g) == (harvest.status, harvest.starts_on, harvest.high_g)
    assert not HarvestReport.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_a_begun_harvest_cannot_be_shifted_to_end_before_it_began() -> None:
    harvest = HarvestFactory(starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 26), status=HarvestStatus.PICKING)

    with pytest.raises(HarvestRefused) as caught:
        harvest_report(harvest_id=harvest.pk, key="r1", actor=None, at=NOW, shift_days=-7)

    assert caught.value.field == "shift_days"


@pytest.mark.parametrize("status", [HarvestStatus.CLOSED, HarvestStatus.WITHDRAWN])
def test_nothing_is_reported_on_a_harvest_that_is_over(status: str) -> None:
    harvest = HarvestFactory(status=status)

    with pytest.raises(HarvestRefused) as caught:
        harvest_report(harvest_id=harvest.pk, key="r1", actor=None, at=NOW, picked_g=KG)

    assert caught.value.field == "status"


@given(
    shift=st.integers(-100, 100),
    picked=st.one_of(st.none(), st.integers(-10, 10**12)),
    day=st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2035, 12, 31))),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_report_leaves_a_window_that_holds_or_is_refused_by_name(
    shift: int, picked: int | None, day: date | None
) -> None:
    harvest = HarvestFactory()

    refused_field, report = "", None
    try:
        report = harvest_report(
            harvest_id=harvest.pk,
            key=f"r-{harvest.pk}",
            actor=None,
            at=NOW,
            shift_days=shift,
            picked_g=picked,
            picked_on=day,
        )
    except HarvestRefused as refused:
        refused_field = refused.field

    if report is None:
        assert refused_field in {"picked_g", "picked_on", "shift_days", "ends_on"}
    else:
        harvest.refresh_from_db()
        assert harvest.starts_on <= harvest.ends_on
        if report.picked_on is not None:
            assert harvest.starts_on <= report.picked_on <= min(TODAY, harvest.ends_on)


def test_finishing_withdraws_unanswered_calls_and_can_be_repeated() -> None:
    harvest = HarvestFactory(status=HarvestStatus.PICKING)
    call = PickCallFactory(harvest=harvest)

    for _ in range(2):
        assert harvest_close(harvest_id=harvest.pk, actor=None, at=NOW).status == HarvestStatus.CLOSED

    call.refresh_from_db()
    assert call.status == PickCallStatus.WITHDRAWN
    assert OutboxMessage.objects.count() == 1


def test_a_harvest_with_an_agreed_hand_over_is_not_finished() -> None:
    harvest = HarvestFactory(status=HarvestStatus.PICKING)
    PickCallFactory(harvest=harvest, status=PickCallStatus.ACCEPTED, asked_g=1_240 * KG)

    with translation.override("en"), pytest.raises(HarvestRefused) as caught:
        harvest_close(harvest_id=harvest.pk, actor=None, at=NOW)

    assert "1,240 kg on November 24" in caught.value.message
    harvest.refresh_from_db()
    assert harvest.status == HarvestStatus.PICKING


def test_a_withdrawn_harvest_is_not_finished() -> None:
    harvest = HarvestFactory(status=HarvestStatus.WITHDRAWN)

    with pytest.raises(HarvestRefused):
        harvest_close(harvest_id=harvest.pk, actor=None, at=NOW)


def test_a_mistaken_harvest_is_withdrawn_with_its_calls() -> None:
    harvest = HarvestFactory()
    call = PickCallFactory(harvest=harvest)

    for _ in range(2):
        harvest_withdraw(harvest_id=harvest.pk, actor=None, at=NOW, reason="mistyped")

    harvest.refresh_from_db()
    call.refresh_from_db()
    assert (harvest.status, call.status) == (HarvestStatus.WITHDRAWN, PickCallStatus.WITHDRAWN)


@pytest.mark.parametrize("status", [PickCallStatus.ACCEPTED, PickCallStatus.FULFILLED])
def test_a_harvest_of_which_something_was_promised_is_not_withdrawn(status: str) -> None:
    harvest = HarvestFactory()
    PickCallFactory(harvest=harvest, status=status)

    with pytest.raises(HarvestRefused):
        harvest_withdraw(harvest_id=harvest.pk, actor=None, at=NOW)

    harvest.refresh_from_db()
    assert harvest.status == HarvestStatus.DECLARED


def test_a_harvest_being_picked_is_not_withdrawn() -> None:
    harvest = HarvestFactory(status=HarvestStatus.PICKING)

    with pytest.raises(HarvestRefused):
        harvest_withdraw(harvest_id=harvest.pk, actor=None, at=NOW)
