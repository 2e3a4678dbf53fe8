"""The grower's screens: who may see them, what they show, in both languages, in few statements."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from catalog.partner.models import Phase
from harvest_schedule.states import HarvestStatus, PickCallStatus
from logistics.models import Lot, LotDraw
from logistics.models import StorageMode as Mode
from marketplace.cooperatives.models import Household
from marketplace.order.models import Line
from marketplace.order.states import LineStatus
from marketplace.settlement.models import LineSettlement, Payout, PayoutStatus, SettlementShare
from tests.factories import NOW, TODAY, CertificateFactory, CooperativeFactory, WindowFactory
from tests.factories.harvests import KG, HouseholdFactory, SeasonPlanFactory, UserFactory, paid_order, plan_window
from tests.integration.cooperative_portal.conftest import Grower

PAGES = ["home", "harvest_list", "harvest_declare", "pick_call_list", "window_list", "money", "about"]
OF_HARVEST = ["harvest_detail", "harvest_report", "harvest_finish", "harvest_withdraw"]
OF_CALL = ["pick_call_detail", "pick_call_accept", "pick_call_refuse"]
POSTED = {"harvest_finish", "harvest_withdraw", "pick_call_accept", "pick_call_refuse"}


def address(name: str, *args: Any) -> str:
    return reverse(f"cooperative_portal:{name}", args=args)


def lot_of(grower: Grower, number: str = "1124-01") -> Lot:
    return Lot.objects.create(
        number=number,
        harvest=grower.harvest,
        cooperative=grower.cooperative,
        produce=grower.harvest.produce,
        grade=grower.village.grade,
        hub=grower.village.hub,
        mode=Mode.COLD,
        received_g=500 * KG,
        picked_on=TODAY,
        best_before=TODAY + timedelta(days=60),
        received_at=NOW,
        receipt_key=number,
    )


@pytest.mark.parametrize("name", [*PAGES, *OF_HARVEST, *OF_CALL, "choose"])
def test_without_sign_in_every_address_leads_to_the_sign_in(name: str, grower: Grower) -> None:
    args = [grower.harvest.pk] if name in OF_HARVEST else [grower.call.pk] if name in OF_CALL else []
    stranger = Client()

    reply = (stranger.post if name in POSTED else stranger.get)(address(name, *args))

    assert reply.status_code == 302
    assert reply["Location"].startswith(reverse("customer:login"))


@pytest.mark.parametrize("name", [*PAGES, *OF_HARVEST, *OF_CALL, "choose"])
def test_a_buyer_finds_nothing(name: str, grower: Grower) -> None:
    args = [grower.harvest.pk] if name in OF_HARVEST else [grower.call.pk] if name in OF_CALL else []
    buyer = Client()
    buyer.force_login(UserFactory())

    reply = (buyer.post if name in POSTED else buyer.get)(address(name, *args))

    assert reply.status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", [*OF_HARVEST, *OF_CALL])
def test_another_cooperatives_ids_are_not_found(name: str, method: str, grower: Grower) -> None:
    foreign_id = grower.foreign_harvest.pk if name in OF_HARVEST else grower.foreign_call.pk

    reply = getattr(grower.client, method)(address(name, foreign_id), {"key": "12345678", "picked_kg": "5"})

    is_refused_method = name in POSTED if method == "get" else name in {"harvest_detail", "pick_call_detail"}
    assert reply.status_code == (405 if is_refused_method else 404)
    grower.foreign_harvest.refresh_from_db()
    grower.foreign_call.refresh_from_db()
    assert grower.foreign_harvest.status == HarvestStatus.DECLARED
    assert grower.foreign_call.status == PickCallStatus.CALLED
    assert not grower.foreign_harvest.reports.exists()


def test_an_id_beyond_the_database_is_not_found(grower: Grower) -> None:
    assert grower.client.get(address("harvest_detail", 10**30)).status_code == 404
    assert grower.client.get(address("harvest_declare") + f"?produce={10**30}").status_code == 404


def test_todays_screen_says_what_to_hand_over_and_what_to_answer(grower: Grower) -> None:
    waiting = grower.client.get(address("home")).content.decode()
    assert "62 kg asked for today" in waiting
    assert address("pick_call_detail", grower.call.pk) in waiting

    grower.call.status, grower.call.delivered_g = PickCallStatus.ACCEPTED, 48 * KG
    grower.call.save()
    agreed = grower.client.get(address("home")).content.decode()
    assert "Hand over 62 kg" in agreed
    assert "14 kg to go" in agreed


def test_the_report_key_stands_at_the_plan_until_the_day_is_reported(grower: Grower) -> None:
    before = grower.client.get(address("home")).content.decode()
    assert 'name="picked_kg" value="62"' in before

    grower.client.post(
        address("harvest_report", grower.harvest.pk), {"key": "first-report", "picked_kg": "60", "back": "home"}
    )

    after = grower.client.get(address("home")).content.decode()
    assert "60 kg reported today already" in after
    assert 'name="picked_kg" value="0"' in after


def test_windows_show_sold_left_and_the_reason(grower: Grower) -> None:
    window = grower.village.window
    window.num_in_stock, window.num_allocated = 600, 414
    window.save()
    later = WindowFactory(
        product=grower.village.product,
        phase=Phase.PRESALE,
        opens_at=NOW + timedelta(days=1),
        closes_at=NOW + timedelta(days=20),
        num_in_stock=900,
    )
    plan = SeasonPlanFactory(pool=grower.village.pool)
    plan_window(plan, window)
    plan_window(plan, later, reason_en="Only 900 boxes ahead.", reason_zh="预售只开 900 箱。")

    page = grower.client.get(address("window_list")).content.decode()
    assert "186 boxes left" in page
    assert "414 sold of 600" in page
    assert "less than 400 boxes a week" in page
    assert "Only 900 boxes ahead." in page

    chinese = grower.client.get(address("window_list"), headers={"accept-language": "zh-hans"}).content.decode()
    assert "余 186 箱" in chinese
    assert "预售只开 900 箱。" in chinese


def test_windows_of_pools_it_is_no_member_of_are_not_shown(grower: Grower) -> None:
    plan_window(SeasonPlanFactory(), WindowFactory(), reason_en="Not yours.")

    assert "Not yours." not in grower.client.get(address("window_list")).content.decode()


def test_money_is_shown_in_three_sums_and_down_to_the_lot(grower: Grower) -> None:
    lot = lot_of(grower)
    for share_fen, status in ((3_842_060, LineStatus.SETTLED), (1_000_000, LineStatus.SETTLED)):
        order = paid_order(grower.village.window, packs=2, status=status)
        settlement = LineSettlement.objects.create(
            line=order.lines.get(), settled_at=NOW, goods_fen=1, freight_fen=0, refunded_fen=0
        )
        SettlementShare.objects.create(
            settlement=settlement, purpose="COOPERATIVE", lot=lot, cooperative=grower.cooperative, amount_fen=share_fen
        )
    foreign = paid_order(grower.village.window, status=LineStatus.SETTLED)
    SettlementShare.objects.create(
        settlement=LineSettlement.objects.create(
            line=foreign.lines.get(), settled_at=NOW, goods_fen=1, freight_fen=0, refunded_fen=0
        ),
        purpose="COOPERATIVE",
        cooperative=grower.foreign_harvest.cooperative,
        amount_fen=777_777,
    )
    for status, amount_fen in ((PayoutStatus.SENT, 600_000), (PayoutStatus.REQUESTED, 400_000), ("FAILED", 50_000)):
        Payout.objects.create(
            cooperative=grower.cooperative, amount_fen=amount_fen, status=status, key=status, created_at=NOW
        )

    page = grower.client.get(address("money")).content.decode()

    # 48,420.60 earned, 6,000 received: the rest is to come, 4,000 of it on its way.
    assert "42,420.60" in page
    assert "¥6,000.00" in page
    assert "¥4,000.00 is being sent" in page
    assert "Lot 1124-01" in page
    assert "¥48,420.60" in page
    assert "7,777.77" not in page


def test_goods_in_the_claim_time_are_expected_by_the_pools_fees(grower: Grower) -> None:
    order = paid_order(grower.village.window, packs=4, status=LineStatus.DELIVERED)
    line = Line.objects.get(order=order)
    LotDraw.objects.create(line=line, lot=lot_of(grower), packs=4, grams=10 * KG, drawn_at=NOW)

    page = grower.client.get(address("money")).content.decode()

    # 4 x 39.80 less 4 x 3.50 packing is 145.20; less 4.6 % of fees is 138.52.
    assert "about ¥139" in page
    assert "4 boxes on their way" in page


def test_only_masked_names_and_codes_of_own_households_are_shown(grower: Grower) -> None:
    HouseholdFactory(cooperative=grower.cooperative, code="H001", name="向桂英", assistance_status="registered")
    HouseholdFactory(cooperative=grower.foreign_harvest.cooperative, code="X999", name="王建国")
    CertificateFactory(cooperative=grower.cooperative, expires_on=date(2026, 1, 1))

    page = grower.client.get(address("about")).content.decode()

    assert "H001" in page
    assert "向*" in page
    assert "Expired" in page
    for hidden in ("向桂英", "13900001234", "registered", "X999", "王"):
        assert hidden not in page
    assert Household.objects.count() == 2


def test_staff_of_two_cooperatives_choose_and_change_over(grower: Grower) -> None:
    second = CooperativeFactory(name_en="High slope cooperative")
    second.staff.add(grower.user)

    asked = grower.client.get(address("home"))
    assert asked["Location"] == address("choose")
    assert "High slope cooperative" in grower.client.get(address("choose")).content.decode()

    grower.client.post(address("choose"), {"cooperative": second.pk})
    assert "High slope cooperative" in grower.client.get(address("home")).content.decode()
    # What was kept on the phone for the other cooperative still finds its harvest.
    assert grower.client.get(address("harvest_detail", grower.harvest.pk)).status_code == 200


@pytest.mark.parametrize("wanted", ["", "x", "999999999999999999999999"])
def test_a_cooperative_that_is_not_ones_own_cannot_be_chosen(wanted: str, grower: Grower) -> None:
    for value in (wanted, grower.foreign_harvest.cooperative_id):
        assert grower.client.post(address("choose"), {"cooperative": value}).status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", [*PAGES, "harvest_detail", "harvest_report", "pick_call_detail"])
def test_every_screen_stands_in_both_languages_in_few_statements(
    name: str, language: str, grower: Grower, django_assert_max_num_queries: Any
) -> None:
    plan = SeasonPlanFactory(pool=grower.village.pool)
    plan_window(plan, grower.village.window)
    args = {"harvest_detail": [grower.harvest.pk], "harvest_report": [grower.harvest.pk]}.get(name, [])
    args = [grower.call.pk] if name == "pick_call_detail" else args

    with django_assert_max_num_queries(15):
        reply = grower.client.get(address(name, *args), headers={"accept-language": language})

    assert reply.status_code == 200
    assert ("No network" in reply.content.decode()) == (language == "en")


@pytest.mark.parametrize("page", ["0", "-1", "999999999", "x", "2"])
def test_any_page_of_the_money_answers(page: str, grower: Grower) -> None:
    assert grower.client.get(address("money"), {"page": page}).status_code == 200


def test_the_script_is_small_and_from_this_site(grower: Grower) -> None:
    path = finders.find("fenglu/js/coop.js")

    assert path is not None
    with open(str(path), "rb") as script:
        assert len(script.read()) < 5 * 1024
    page = grower.client.get(address("home"))
    assert "fenglu/js/coop.js" in page.content.decode()
    assert "script-src 'self'" in page["Content-Security-Policy"]
