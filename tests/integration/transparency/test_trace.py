"""The public trace of a lot: places and dates, never people."""

from __future__ import annotations

import pytest
import segno
from django.conf import settings
from django.test import Client

from logistics.services.stock import lot_hold, lot_recall
from tests.factories import NOW
from tests.factories.harvests import HouseholdFactory
from tests.factories.orders import Market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_clock")]


@pytest.fixture
def market() -> Market:
    return Market()


def test_a_lot_is_told_with_its_places_dates_and_papers(client: Client, market: Market) -> None:
    lot = market.receive(100, certificate_number="HGZ-2026-0042")

    page = client.get(f"/trace/{lot.number}/", headers={"accept-language": "zh-hans"}).content.decode()

    for word in (
        lot.number,
        "秭归脐橙",
        "湖北",
        "秭归县",
        "橙里村",
        "橙里合作社",
        "秭归集货站",
        "一级",
        "果径 70–80 mm",
        "2026年11月24日",
        "HGZ-2026-0042",
        "还没有发出",
    ):
        assert word in page, word


def test_the_trace_speaks_english(client: Client, market: Market) -> None:
    lot = market.receive(100)

    page = client.get(f"/trace/{lot.number}/", headers={"accept-language": "en"}).content.decode()

    for word in ("Zigui navel orange", "Hubei", "Chengli village", "Chengli cooperative", "24 Nov 2026", "nowhere yet"):
        assert word in page, word


def test_where_it_went_is_told_by_province_only(client: Client, market: Market) -> None:
    order = market.delivered(2)
    lot = order.lines.get().draws.get().lot

    page = client.get(f"/trace/{lot.number}/").content.decode()

    assert "浙江" in page
    assert "西湖" not in page
    assert "杭州" not in page
    assert order.number not in page


def test_a_parcel_that_has_not_left_went_nowhere(client: Client, market: Market) -> None:
    market.sell(1)
    lot = market.receive(100)
    market.draw()

    page = client.get(f"/trace/{lot.number}/").content.decode()

    assert "浙江" not in page
    assert "还没有发出" in page


@pytest.mark.parametrize(("num_households", "is_told"), [(4, False), (5, True)])
def test_a_village_of_a_few_families_is_not_named(
    client: Client, market: Market, num_households: int, is_told: bool
) -> None:
    lot = market.receive(100)
    cooperative = market.harvests[0].cooperative
    cooperative.num_households = num_households
    cooperative.save()

    page = client.get(f"/trace/{lot.number}/").content.decode()

    assert ("橙里村" in page) is is_told
    assert "橙里合作社" in page


def test_no_household_and_no_staff_are_told(client: Client, market: Market) -> None:
    lot = market.receive(100)
    household = HouseholdFactory(cooperative=lot.cooperative)

    page = client.get(f"/trace/{lot.number}/").content.decode()

    for secret in (household.name, household.phone, household.code, market.packer.username, "李敏"):
        assert secret not in page


def test_a_recalled_lot_says_so(client: Client, market: Market) -> None:
    lot = market.receive(100)
    lot_hold(lot_id=lot.pk, reason="residue", actor=None, at=NOW)
    assert "正在核查" in client.get(f"/trace/{lot.number}/").content.decode()

    lot_recall(lot_id=lot.pk, reason="residue", actor=None, at=NOW)

    page = client.get(f"/trace/{lot.number}/").content.decode()
    assert "已召回" in page
    assert "residue" not in page


def test_the_number_may_be_typed_small(client: Client, market: Market) -> None:
    lot = market.receive(100)

    assert client.get(f"/trace/{lot.number.lower()}/").status_code == 200


@pytest.mark.parametrize("number", ["NOPE", "ZG999999-99", "x" * 300, "ZG%00", "ZG261124-01'--", "..%2F"])
@pytest.mark.parametrize("tail", ["", "qr.svg"])
def test_an_unknown_lot_is_not_found(client: Client, number: str, tail: str) -> None:
    assert client.get(f"/trace/{number}/{tail}").status_code in (400, 404)


def test_nothing_is_posted_here(client: Client, market: Market) -> None:
    lot = market.receive(100)

    assert client.post(f"/trace/{lot.number}/").status_code == 405
    assert client.post("/ledger/").status_code == 405


def test_the_code_leads_to_the_trace(client: Client, market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    make = segno.make
    monkeypatch.setattr(segno, "make", lambda text, **options: drawn.append(text) or make(text, **options))
    lot = market.receive(100)

    answer = client.get(f"/trace/{lot.number.lower()}/qr.svg")

    assert answer["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")
    assert drawn == [f"{settings.SITE_URL}/trace/{lot.number}/"]
