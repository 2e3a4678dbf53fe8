"""What if: who may ask what, that it is asked once, answered beside the plan, and that the plan stays untouched."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core import serializers
from django.test import Client
from django.urls import reverse

from catalog.partner.models import StockRecord
from harvest_schedule.models import (
    Harvest,
    PlanRequest,
    PlanUptake,
    PlanWindow,
    SeasonPlan,
    ShortfallCase,
    WhatIf,
)
from harvest_schedule.services import what_ifs as service
from harvest_schedule.services.plans import plan_season
from harvest_schedule.services.what_if_rules import WhatIfRefused
from harvest_schedule.services.what_ifs import (
    GIVEN_UP_AFTER,
    LOST_AFTER,
    KeyUsed,
    what_if_answer,
    what_if_ask,
    what_ifs_sweep,
)
from harvest_schedule.states import WhatIfStatus
from harvest_schedule.tasks import answer_what_if
from marketplace.cooperatives.models import Cooperative
from tests.factories import NOW, TODAY, PoolMemberFactory
from tests.factories.harvests import HarvestFactory, UserFactory, Village

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_clock")]
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def village() -> Village:
    """A pool of two cooperatives with its plan in force."""
    pool = Village(7000, 5000)
    plan_season(pool_id=pool.pool.pk, at=NOW)
    return pool


@pytest.fixture
def officer(client: Client) -> Client:
    client.force_login(UserFactory(is_staff=True, username="officer"))
    return client


@pytest.fixture
def grower(village: Village) -> Client:
    """Somebody of the first cooperative."""
    person = UserFactory(username="grower")
    village.harvests[0].cooperative.staff.add(person)
    client = Client()
    client.force_login(person)
    return client


def lost(village: Village, index: int = 0, permille: int = 500) -> dict[str, Any]:
    return {"kind": "lose", "harvest": village.harvests[index].pk, "permille": permille}


def ask(village: Village, *changes: dict[str, Any], **values: Any) -> WhatIf:
    defaults = {"pool_id": village.pool.pk, "key": f"asked-{WhatIf.objects.count()}", "at": NOW}
    defaults["actor"] = values.pop("actor", None) or UserFactory()
    return what_if_ask(changes=list(changes), **{**defaults, **values})


def answered(village: Village, *changes: dict[str, Any], **values: Any) -> WhatIf:
    return what_if_answer(what_if_id=ask(village, *changes, **values).pk, at=NOW)


def everything() -> str:
    """All that a plan consists of, and all that could follow from it, as one hash."""
    rows = []
    for model in (SeasonPlan, PlanWindow, PlanUptake, PlanRequest, ShortfallCase, StockRecord, Harvest):
        rows.append(serializers.serialize("json", model.objects.order_by("pk")))
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


# --- the service -----------------------------------------------------------------------------------------------------


def test_an_answer_says_what_changes_and_the_plan_in_force_stays_as_it_was(village: Village) -> None:
    untouched = everything()

    row = answered(village, lost(village), {"kind": "storage", "mode": "COLD", "grams": 10**6})

    assert row.status == WhatIfStatus.SOLVED
    assert row.plan_in_force == village.pool.plans.get()
    assert row.solved_at == NOW
    # Half of one harvest is half of what it was; the other cooperative's is as it was.
    first, second = (line["there_g"] for line in row.after["coops"])
    before = [line["there_g"] for line in row.before["coops"]]
    codes = [line["code"] for line in row.before["coops"]]
    mine = codes.index(village.harvests[0].cooperative.code)
    assert [first, second][mine] == pytest.approx(before[mine] / 2, abs=2)
    assert [first, second][1 - mine] == before[1 - mine]
    assert 0 < row.after["money_fen"] < row.before["money_fen"]
    assert sum(line["money_fen"] for line in row.before["coops"]) == pytest.approx(row.before["money_fen"], abs=9)
    assert sum(row.after["sold_weeks_g"]) == pytest.approx(row.after["sold_g"], abs=60)
    assert row.before["windows"] != row.after["windows"]
    assert set(row.after["worth"]) == {"tonne_fen", "cold_fen", "earlier_fen", "later_fen"}
    assert everything() == untouched


def test_a_change_of_nothing_changes_nothing(village: Village) -> None:
    row = answered(village, lost(village, permille=0))

    assert {**row.before, "gap": 0} == {**row.after, "gap": 0}


def test_a_contract_is_delivered_and_paid(village: Village) -> None:
    contract = {
        "kind": "contract",
        "grade": village.grade.pk,
        "from": TODAY.isoformat(),
        "to": (TODAY + timedelta(weeks=2)).isoformat(),
        "grams": 100_000,
        "price_fen": 50_000,
        "penalty_fen": 1000,
    }

    row = answered(village, contract)

    # 500 yuan a kilogram is worth more than any box: three weeks of 100 kg are delivered.
    assert row.after["contract_short_g"] == 0
    assert row.after["revenue_fen"] >= row.before["revenue_fen"] + 300 * 40_000


def test_the_same_key_asks_once_and_belongs_to_who_asked(village: Village) -> None:
    person = UserFactory()
    first = ask(village, lost(village), key="one-key", actor=person)

    again = ask(village, lost(village), key="one-key", actor=person)

    assert again.pk == first.pk
    assert WhatIf.objects.count() == 1
    with pytest.raises(KeyUsed):
        ask(village, lost(village), key="one-key")


def test_an_answer_is_given_once(village: Village) -> None:
    row = answered(village, lost(village))
    kept = WhatIf.objects.values().get()

    answer_what_if(what_if_id=row.pk)

    assert WhatIf.objects.values().get() == kept


def test_a_question_that_no_worker_answered_is_found_by_the_sweeper(village: Village) -> None:
    row = ask(village, lost(village))

    assert what_ifs_sweep(at=NOW + LOST_AFTER - timedelta(seconds=1)) == 0
    assert what_ifs_sweep(at=NOW + LOST_AFTER) == 1

    row.refresh_from_db()
    assert row.status == WhatIfStatus.SOLVED


def test_a_question_that_is_never_answered_is_given_up(village: Village) -> None:
    row = ask(village, lost(village))

    what_ifs_sweep(at=NOW + GIVEN_UP_AFTER)

    row.refresh_from_db()
    assert (row.status, row.failure) == (WhatIfStatus.FAILED, "too-long")


@pytest.mark.parametrize(
    ("error", "failure"), [(SoftTimeLimitExceeded(), "too-long"), (MemoryError("no room"), "broken")]
)
def test_a_solver_that_fails_leaves_a_failed_question_and_no_error(
    village: Village, monkeypatch: pytest.MonkeyPatch, error: Exception, failure: str
) -> None:
    def fails(*_args: Any, **_more: Any) -> None:
        raise error

    monkeypatch.setattr(service, "solve", fails)

    row = answered(village, lost(village))

    assert (row.status, row.failure, row.after) == (WhatIfStatus.FAILED, failure, {})


def test_a_harvest_that_was_withdrawn_meanwhile_is_told(village: Village) -> None:
    row = ask(village, lost(village))
    Harvest.objects.filter(pk=village.harvests[0].pk).update(status="WITHDRAWN")

    row = what_if_answer(what_if_id=row.pk, at=NOW)

    assert (row.status, row.failure) == (WhatIfStatus.FAILED, "no-longer")


def test_what_cannot_be_asked_names_its_field_and_keeps_nothing(village: Village) -> None:
    other = Village(500)
    refusals: list[tuple[list[dict[str, Any]], str]] = [
        ([], ""),
        ([lost(other)], f"lose_{other.harvests[0].pk}"),
        ([lost(village, permille=1001)], f"lose_{village.harvests[0].pk}"),
        ([{"kind": "move", "harvest": village.harvests[0].pk, "days": 61}], f"move_{village.harvests[0].pk}"),
        ([{"kind": "storage", "mode": "FREEZER", "grams": 5}], "freezer_kg"),
        ([{"kind": "storage", "mode": "COLD", "grams": 0}], "cold_kg"),
        ([{"kind": "price", "permille": -1001}], "price_percent"),
        ([{"kind": "band", "permille": 1001}], "band_percent"),
        ([{"kind": "luck", "permille": 1}], ""),
    ]
    for changes, field in refusals:
        with pytest.raises(WhatIfRefused) as refused:
            ask(village, *changes)
        assert refused.value.field == field
    assert not WhatIf.objects.exists()


def test_a_grower_can_move_or_lose_its_own_harvests_only(village: Village) -> None:
    own = village.harvests[0].cooperative_id
    for change in (lost(village, 1), {"kind": "storage", "mode": "COLD", "grams": 10**6}):
        with pytest.raises(WhatIfRefused):
            ask(village, change, cooperative_id=own)

    row = answered(village, lost(village), cooperative_id=own)

    # Nothing of what is kept says a figure of the other cooperative, or one from which it follows.
    assert row.status == WhatIfStatus.SOLVED
    assert [line["harvest"] for line in row.before["harvests"]] == [village.harvests[0].pk]
    assert set(row.before) == {
        *("starts_on", "status", "gap", "weeks_on_sale", "num_weeks", "num_runs", "variation"),
        *("money_fen", "there_g", "picked_g", "harvests", "picked_weeks_g", "worth"),
    }
    whole = answered(village, lost(village)).before
    mine = next(line for line in whole["coops"] if line["code"] == village.harvests[0].cooperative.code)
    assert row.before["money_fen"] == mine["money_fen"] < whole["money_fen"]


# --- the officers' screens -------------------------------------------------------------------------------------------


def form_data(village: Village, **changes: Any) -> dict[str, Any]:
    return {"key": "a-key-of-the-form", "band": "keep", f"lose_{village.harvests[0].pk}": "30", **changes}


def address(village: Village, *args: Any) -> str:
    name = "what_if_detail" if args else "what_if"
    return reverse(f"harvest_schedule:{name}", args=[village.pool.code, *args])


def test_an_officer_asks_waits_and_reads_the_answer(officer: Client, village: Village) -> None:
    empty = officer.get(address(village), headers=ENGLISH)
    assert "Nothing was asked yet" in empty.text

    data = form_data(village, cold_kg="5,000", demand_percent="-10", **{f"move_{village.harvests[1].pk}": "-3"})
    sent = [officer.post(address(village), data) for _twice in range(2)]

    row = WhatIf.objects.get()
    assert [answer["Location"] for answer in sent] == [address(village, row.pk)] * 2
    assert row.changes == [
        {"kind": "lose", "harvest": village.harvests[0].pk, "permille": 300},
        {"kind": "move", "harvest": village.harvests[1].pk, "days": -3},
        {"kind": "storage", "mode": "COLD", "grams": 5_000_000},
        {"kind": "demand", "permille": -100},
    ]
    waiting = officer.get(address(village, row.pk), headers=ENGLISH)
    assert "data-look-again" in waiting.text
    assert 'http-equiv="refresh"' in waiting.text
    state = officer.get(address(village, row.pk), headers={"accept": "application/json"})
    assert state.json() == {"status": "SOLVING", "is_done": False}

    what_if_answer(what_if_id=row.pk, at=NOW)

    page = officer.get(address(village, row.pk), headers=ENGLISH)
    assert "data-look-again" not in page.text
    assert "The growers get" in page.text
    assert "weekly-plot__after" in page.text
    assert "3 days earlier" in page.text
    for harvest in village.harvests:
        assert harvest.cooperative.name_en in page.text
    listed = officer.get(address(village), headers=ENGLISH)
    assert address(village, row.pk) in listed.text
    again = officer.get(f"{address(village)}?like={row.pk}")
    assert 'value="5000"' in again.text


def test_a_changed_form_sent_again_is_another_question(officer: Client, village: Village) -> None:
    officer.post(address(village), form_data(village))
    officer.post(address(village), form_data(village, price_percent="-5"))

    assert WhatIf.objects.count() == 2


def test_bad_input_is_told_at_its_field_and_nothing_typed_is_lost(officer: Client, village: Village) -> None:
    lose = f"lose_{village.harvests[0].pk}"
    cases = [
        ({lose: "130"}, "between 0 and 100"),
        ({lose: "half"}, "write a number"),
        ({lose: "", "cold_kg": "-5"}, "more than zero"),
        ({lose: ""}, "Nothing is changed yet"),
        ({"contract_kg": "500"}, "A contract needs this too"),
        ({"band": "set"}, "How far may weekly sales"),
        ({"price_percent": "-500"}, "between -100 and"),
        ({f"move_{village.harvests[0].pk}": "90"}, "60 days at most"),
    ]
    for changes, words in cases:
        data = form_data(village, ambient_kg="1234", **changes)
        if lose in changes and not changes[lose] and "cold_kg" not in changes:
            data["ambient_kg"] = ""
        page = officer.post(address(village), data, headers=ENGLISH)
        assert page.status_code == 422, changes
        assert words in page.text, changes
        for typed in (value for value in data.values() if value and value not in ("keep", "set")):
            assert f'value="{typed}"' in page.text, (changes, typed)
    assert not WhatIf.objects.exists()


def test_a_contract_beyond_the_plan_is_told_at_its_date(officer: Client, village: Village) -> None:
    data = form_data(
        village,
        contract_grade=village.grade.pk,
        contract_from="2031-01-06",
        contract_to="2031-01-13",
        contract_kg="100",
        contract_price="6.20",
    )

    page = officer.post(address(village), data, headers=ENGLISH)

    assert page.status_code == 422
    assert "The plan reaches from this week to" in page.text


def test_a_failed_question_says_why_and_offers_to_ask_again(officer: Client, village: Village) -> None:
    row = ask(village, lost(village))
    what_ifs_sweep(at=NOW + GIVEN_UP_AFTER)

    page = officer.get(address(village, row.pk), headers=ENGLISH)

    assert "Solving took too long" in page.text
    assert f"?like={row.pk}" in page.text


def test_station_staff_ask_about_their_own_pools_only(client: Client, village: Village) -> None:
    other = Village(100)
    row = ask(other, lost(other))
    person = UserFactory()
    village.hub.staff.add(person)
    client.force_login(person)

    assert client.get(address(village)).status_code == 200
    assert client.get(address(other)).status_code == 404
    assert client.post(address(other), form_data(other)).status_code == 404
    assert client.get(address(other, row.pk)).status_code == 404
    # Nor through the address of one's own pool.
    assert client.get(address(village, row.pk)).status_code == 404
    assert client.get(f"{address(village)}?like={row.pk}").status_code == 404


def test_a_growers_question_is_not_the_officers(officer: Client, village: Village) -> None:
    row = ask(village, lost(village), cooperative_id=village.harvests[0].cooperative_id)

    assert officer.get(address(village, row.pk)).status_code == 404
    assert address(village, row.pk) not in officer.get(address(village)).text


# --- the growers' screens --------------------------------------------------------------------------------------------

COOP = "/coop/what-if/"


def own_form(harvest: Harvest, **changes: Any) -> dict[str, Any]:
    return {"key": "a-key-of-the-form", "harvest": harvest.pk, f"move_{harvest.pk}": "10", **changes}


def test_a_grower_asks_about_its_own_harvest_and_sees_its_own_money(grower: Client, village: Village) -> None:
    harvest, foreign = village.harvests
    Cooperative.objects.filter(pk=foreign.cooperative_id).update(name_en="The others")
    assert "Nothing yet. Every answer is kept here." in grower.get(COOP, headers=ENGLISH).text

    sent = grower.post(COOP, own_form(harvest, **{f"lose_{harvest.pk}": "２０"}))

    row = WhatIf.objects.get()
    assert sent["Location"] == f"{COOP}{row.pk}/"
    assert row.cooperative == harvest.cooperative
    assert "data-look-again" in grower.get(sent["Location"]).text
    what_if_answer(what_if_id=row.pk, at=NOW)
    page = grower.get(sent["Location"], headers=ENGLISH)
    assert "Our figures" in page.text
    assert "The others" not in page.text
    assert sent["Location"] in grower.get(COOP).text


def test_a_foreign_harvest_or_question_is_not_found(grower: Client, village: Village) -> None:
    foreign = village.harvests[1]
    row = ask(village, lost(village, 1), cooperative_id=foreign.cooperative_id)

    assert grower.get(f"{COOP}?harvest={foreign.pk}").status_code == 404
    assert grower.post(COOP, own_form(foreign)).status_code == 404
    assert grower.get(f"{COOP}?like={row.pk}").status_code == 404
    assert grower.get(f"{COOP}{row.pk}/").status_code == 404
    assert WhatIf.objects.count() == 1


def test_fields_of_a_foreign_harvest_beside_ones_own_are_not_heard(grower: Client, village: Village) -> None:
    own, foreign = village.harvests

    grower.post(COOP, own_form(own, **{f"lose_{foreign.pk}": "100"}))

    assert [change["harvest"] for change in WhatIf.objects.get().changes] == [own.pk]


def test_a_growers_bad_input_is_told_and_kept(grower: Client, village: Village) -> None:
    harvest = village.harvests[0]

    page = grower.post(COOP, own_form(harvest, **{f"move_{harvest.pk}": "ten"}), headers=ENGLISH)
    nothing = grower.post(COOP, own_form(harvest, **{f"move_{harvest.pk}": "0"}), headers=ENGLISH)

    assert (page.status_code, nothing.status_code) == (422, 422)
    assert "write a number" in page.text
    assert 'value="ten"' in page.text
    assert "Nothing is changed yet" in nothing.text


def test_a_harvest_that_no_pool_sells_has_no_season_to_compare(grower: Client, village: Village) -> None:
    harvest = HarvestFactory(cooperative=village.harvests[0].cooperative)

    page = grower.post(COOP, own_form(harvest), headers=ENGLISH)

    assert page.status_code == 422
    assert "Nothing of this harvest is on sale yet" in page.text


def test_a_cooperative_without_an_open_harvest_is_led_to_declare_one(client: Client, village: Village) -> None:
    member = PoolMemberFactory(pool=village.pool)
    person = UserFactory()
    member.cooperative.staff.add(person)
    client.force_login(person)

    page = client.get(COOP, headers=ENGLISH)

    assert page.status_code == 200
    assert "No harvest of ours is open" in page.text


def test_guests_are_asked_to_sign_in_and_shoppers_find_nothing(client: Client, village: Village) -> None:
    row = ask(village, lost(village))
    for path in (address(village), address(village, row.pk), COOP):
        assert "sign-in" in client.get(path)["Location"]
    client.force_login(UserFactory())
    for path in (address(village), address(village, row.pk), COOP):
        assert client.get(path).status_code == 404
