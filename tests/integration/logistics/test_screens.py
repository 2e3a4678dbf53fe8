"""The station's screens and the buyer's claim form: who may enter, what a form does, and what bad input gets."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from harvest_schedule.states import PickCallStatus
from logistics.models import Claim, Lot, LotDraw, Shipment, StockMovement
from logistics.selectors.stock import lot_balance_g
from logistics.services.claims import claim_report
from logistics.services.shipping import shipment_deliver
from logistics.services.stock import lot_hold
from logistics.states import ClaimStatus, LotStatus, ShipmentStatus
from marketplace.foundation import clock
from marketplace.order.models import Line
from marketplace.order.states import LineStatus
from tests.factories import NOW, TODAY
from tests.factories.harvests import PickCallFactory, UserFactory
from tests.factories.lots import Station, later, photo

pytestmark = pytest.mark.django_db

BAD_WEIGHTS = [
    "",
    " ",
    "abc",
    "-5",
    "0",
    "1e9",
    "NaN",
    "∞",
    "99999999999",
    "1.0001",
    "１２．３．４",
    "1" * 41,
    "٣",
    "0x10",
]


@pytest.fixture(autouse=True)
def _now(frozen_clock: Any) -> None:
    """Views read the stopped clock."""


@pytest.fixture
def station() -> Station:
    return Station()


@pytest.fixture
def packer(station: Station, client: Client) -> Client:
    client.force_login(station.packer)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def leaving_today(station: Station) -> Station:
    """A station whose window leaves today, so that its lines are due."""
    station.window.ships_from = TODAY
    station.window.save(update_fields=["ships_from"])
    return station


def page(client: Client, name: str, *args: Any, status: int = 200) -> str:
    response = client.get(reverse(f"logistics:{name}", args=args))
    assert response.status_code == status
    return re.sub(r"\s+", " ", response.content.decode())


def send(client: Client, name: str, *args: Any, **data: Any) -> Any:
    return client.post(reverse(f"logistics:{name}", args=args), data)


# --- who may enter ---------------------------------------------------------------------------------------------------


def every_address(station: Station) -> dict[str, tuple[Any, ...]]:
    """One address of every view, made of a station's own rows."""
    code = station.hub.code
    line = station.delivered_line(2, delivered_at=NOW - timedelta(hours=1))
    claim = claim_report(line_id=line.pk, spoilt_g=100, photo=photo(), note="", key="claim-0001", at=NOW)
    lot = Lot.objects.filter(hub=station.hub).first()
    parcel = Shipment.objects.get(shipment_lines__line=line)
    call = PickCallFactory(harvest=station.harvests[0], grade=station.grade, status=PickCallStatus.ACCEPTED)
    return {
        "board": (code,),
        "receiving": (code,),
        "receive_call": (code, call.pk),
        "receive_harvest": (code, station.harvests[0].pk),
        "lot_list": (code,),
        "lot_detail": (code, lot.number),
        "lot_label": (code, lot.number),
        "lot_change": (code, lot.number, "hold"),
        "picking": (code,),
        "pick_run": (code,),
        "pick_list": (code,),
        "line_draw": (code, station.line().pk),
        "line_put_back": (code, line.pk),
        "shipping": (code,),
        "pack": (code, line.order.number),
        "parcel": (code, parcel.number),
        "hand_over": (code, parcel.number),
        "deliver": (code, parcel.number),
        "claim_list": (code,),
        "claim_detail": (code, claim.pk),
        "claim_photo": (code, claim.pk),
    }


POSTS = {"lot_change", "pick_run", "line_put_back", "pack", "hand_over", "deliver"}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_opens_for_its_own_packer(station: Station, packer: Client, language: str) -> None:
    packer.cookies["django_language"] = language

    for name, args in every_address(station).items():
        if name not in POSTS:
            assert packer.get(reverse(f"logistics:{name}", args=args)).status_code == 200, name


def test_a_stranger_is_asked_to_sign_in_and_nobody_elses_staff_may_enter(station: Station, client: Client) -> None:
    addresses = every_address(station)
    other = Station()
    signed_in = Client()
    signed_in.force_login(other.packer)
    before = StockMovement.objects.count()

    for name, args in addresses.items():
        url = reverse(f"logistics:{name}", args=args)
        ask, ask_signed_in = (client.post, signed_in.post) if name in POSTS else (client.get, signed_in.get)
        assert ask(url).status_code == 302, name
        assert "sign-in" in ask(url)["Location"], name
        assert ask_signed_in(url).status_code == 404, name

    assert StockMovement.objects.count() == before


def test_another_stations_rows_are_not_found_under_ones_own_code(station: Station, packer: Client) -> None:
    addresses = every_address(Station())

    for name, (_code, *rest) in addresses.items():
        if rest:
            url = reverse(f"logistics:{name}", args=[station.hub.code, *rest])
            response = packer.post(url) if name in POSTS else packer.get(url)
            assert response.status_code == 404, name


def test_home_leads_to_the_one_station_and_lets_the_county_choose(station: Station, packer: Client) -> None:
    assert packer.get(reverse("logistics:home"))["Location"] == reverse("logistics:board", args=[station.hub.code])
    Station()
    packer.force_login(UserFactory(is_staff=True))
    assert page(packer, "home").count(station.hub.name_en) == 2
    packer.force_login(UserFactory())
    page(packer, "home", status=404)


# --- the board -------------------------------------------------------------------------------------------------------


def test_the_board_shows_every_step_of_the_day(leaving_today: Station, packer: Client) -> None:
    station = leaving_today
    PickCallFactory(harvest=station.harvests[0], grade=station.grade, status=PickCallStatus.ACCEPTED, asked_g=640_000)
    lot = station.receive(100)
    first, second, third = station.order(4), station.order(2), station.order(3)
    station.draw(day=TODAY)
    station.ship(station.pack(first))
    station.pack(second)
    station.line(2)

    text = page(packer, "board", station.hub.code)

    assert "640 kg" in text
    assert lot.number in text
    # 100 kg less nine boxes of 2.5 kg.
    assert "77.5 kg" in text
    assert f"{second.number}-1" in text
    assert third.number in text
    assert "Zigui navel orange" in text or "秭归脐橙" in text
    assert "浙江省" in text


def test_the_board_names_the_one_problem_and_its_remedy(leaving_today: Station, packer: Client) -> None:
    line = leaving_today.line(2, ships_by=TODAY)

    text = page(packer, "board", leaving_today.hub.code)

    assert "1 line cannot be picked and may be late." in text
    assert "Nothing of this grade in store" in text
    assert reverse("logistics:line_draw", args=[leaving_today.hub.code, line.pk]) in text


@pytest.mark.parametrize("name", ["board", "receiving", "lot_list", "picking", "pick_list", "shipping", "claim_list"])
def test_a_longer_day_needs_no_more_statements(leaving_today: Station, packer: Client, name: str) -> None:
    station = leaving_today
    url = reverse(f"logistics:{name}", args=[station.hub.code])

    def a_day() -> None:
        line = station.delivered_line(1, delivered_at=NOW - timedelta(hours=1))
        claim_report(line_id=line.pk, spoilt_g=9, photo=photo(9, 9), note="", key=f"claim-{line.pk:06d}", at=NOW)
        orders = [station.order(1) for _ in range(3)]
        station.draw(day=TODAY)
        station.ship(station.pack(orders[0]))
        station.pack(orders[1])
        station.line(999, ships_by=TODAY)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert packer.get(url).status_code == 200
        return len(queries)

    station.window.num_in_stock = 9_999
    station.window.save(update_fields=["num_in_stock"])
    a_day()
    packer.get(url)
    before = statements()
    a_day()

    assert statements() == before


# --- receiving -------------------------------------------------------------------------------------------------------


def receipt(station: Station, **changes: Any) -> dict[str, Any]:
    values = {
        "key": "receipt-form-01",
        "grams": "６１２．４",
        "grade": station.grade.pk,
        "picked_on": TODAY.isoformat(),
        "mode": "COLD",
        "certificate_number": "HGZ-1124",
    }
    return {**values, **changes}


def harvest_of(station: Station) -> tuple[str, int]:
    return station.hub.code, station.harvests[0].pk


def test_a_receipt_is_typed_full_width_and_leads_to_its_label(station: Station, packer: Client) -> None:
    call = PickCallFactory(
        harvest=station.harvests[0], grade=station.grade, status=PickCallStatus.ACCEPTED, asked_g=620_000
    )

    answers = [send(packer, "receive_call", station.hub.code, call.pk, **receipt(station)) for _ in range(2)]

    lot = Lot.objects.get()
    assert (lot.received_g, lot.pick_call, lot.received_by) == (612_400, call, station.packer)
    label = reverse("logistics:lot_label", args=[station.hub.code, lot.number])
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, label)] * 2
    text = page(packer, "lot_label", station.hub.code, lot.number)
    assert "7.6 kg less (1.2%) than the 620 kg that were announced: usual." in text
    assert f"/trace/{lot.number}/" in text
    assert "22 Feb 2027" in text
    assert "<svg" in text


@pytest.mark.parametrize("weight", BAD_WEIGHTS)
def test_a_weight_that_cannot_be_is_explained_and_nothing_is_received(
    station: Station, packer: Client, weight: str
) -> None:
    answer = send(packer, "receive_harvest", *harvest_of(station), **receipt(station, grams=weight))

    assert answer.status_code == 422
    assert answer.context["form"].errors["grams"]
    assert Lot.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("grade", "0"),
        ("grade", "x"),
        ("picked_on", "2026-13-40"),
        ("picked_on", "yesterday"),
        ("picked_on", "2026-11-25"),
        ("picked_on", "0001-01-01"),
        ("mode", "WARM"),
        ("certificate_number", ""),
        ("certificate_number", "x" * 61),
        ("certificate_number", "a\x00b"),
        ("key", ""),
        ("key", "k" * 65),
    ],
)
def test_every_other_field_is_guarded_too(station: Station, packer: Client, field: str, value: str) -> None:
    answer = send(
        packer, "receive_harvest", station.hub.code, station.harvests[0].pk, **receipt(station, **{field: value})
    )

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert Lot.objects.count() == 0


def test_a_service_refusal_stands_at_its_field(station: Station, packer: Client) -> None:
    answer = send(
        packer, "receive_harvest", station.hub.code, station.harvests[0].pk, **receipt(station, grams="49001")
    )

    assert "49,000 kg" in answer.content.decode()
    assert answer.context["form"].errors["grams"]


def test_one_key_with_other_figures_says_which_lot_it_was(station: Station, packer: Client) -> None:
    send(packer, "receive_harvest", *harvest_of(station), **receipt(station))

    answer = send(packer, "receive_harvest", *harvest_of(station), **receipt(station, grams="500"))

    assert answer.status_code == 422
    assert Lot.objects.get().number in answer.content.decode()


# --- lots ------------------------------------------------------------------------------------------------------------


def test_the_store_is_searched_and_its_empty_answers_say_what_to_do(station: Station, packer: Client) -> None:
    code = station.hub.code
    assert "Lots appear here when they are received." in page(packer, "lot_list", code)
    lot = station.receive(100)

    assert lot.number in page(packer, "lot_list", code)
    for query, hit in [
        (lot.number[-3:], True),
        ("橙里", True),
        ("potato", False),
        ("%_'\"", False),
        ("x" * 500, False),
    ]:
        response = packer.get(reverse("logistics:lot_list", args=[code]), {"q": query})
        assert response.status_code == 200
        assert (lot.number in response.content.decode()) == hit, query


def test_a_lots_page_writes_off_counts_moves_holds_releases_and_recalls(station: Station, packer: Client) -> None:
    lot = station.receive(100)
    args = (station.hub.code, lot.number)
    steps: list[tuple[str, dict[str, str]]] = [
        ("spoil", {"grams": "2.5", "reason": "mould", "key": "spoil-key-1"}),
        ("spoil", {"grams": "2.5", "reason": "mould", "key": "spoil-key-1"}),
        ("count", {"counted": "97", "reason": "count", "key": "count-key-1"}),
        ("relocate", {"mode": "COLD", "key": "moves-key-1"}),
        ("hold", {"reason": "test"}),
        ("release", {"reason": "passed"}),
        ("recall", {"reason": "residue"}),
    ]
    for action, data in steps:
        assert send(packer, "lot_change", *args, action, **data).status_code == 302, action

    lot.refresh_from_db()
    assert (lot.mode, lot.status, lot_balance_g(lot.pk)) == ("COLD", LotStatus.RECALLED, 97_000)
    text = page(packer, "lot_detail", *args)
    assert "mould" in text
    assert "97 kg" in text


def spoil(packer: Client, station: Station, lot: Lot, weight: str) -> Any:
    data = {"grams": weight, "reason": "mould", "key": "spoil-key-1"}
    return send(packer, "lot_change", station.hub.code, lot.number, "spoil", **data)


@pytest.mark.parametrize("weight", BAD_WEIGHTS)
def test_writing_off_what_cannot_be_changes_nothing(station: Station, packer: Client, weight: str) -> None:
    lot = station.receive(100)

    answer = send(
        packer, "lot_change", station.hub.code, lot.number, "spoil", grams=weight, reason="m", key="spoil-key-1"
    )

    assert answer.status_code == 422
    assert lot_balance_g(lot.pk) == 100_000


def test_writing_off_more_than_is_left_names_what_is_left(station: Station, packer: Client) -> None:
    lot = station.receive(100)

    answer = send(
        packer, "lot_change", station.hub.code, lot.number, "spoil", grams="101", reason="m", key="spoil-key-1"
    )

    assert "Only 100 kg of this lot are left" in answer.content.decode()


def test_an_unknown_thing_to_do_is_not_found(station: Station, packer: Client) -> None:
    lot = station.receive(100)

    assert send(packer, "lot_change", station.hub.code, lot.number, "burn").status_code == 404


# --- picking ---------------------------------------------------------------------------------------------------------


def test_the_draw_is_run_from_the_page_and_printed_by_lot(leaving_today: Station, packer: Client) -> None:
    station = leaving_today
    lot = station.receive(10)
    order, blocked = station.order(3), station.line(9, ships_by=TODAY + timedelta(days=9))
    text = page(packer, "picking", station.hub.code)
    assert "Draw lots for 1 line" in text
    assert "Not enough: 1 box" in text

    send(packer, "pick_run", station.hub.code)

    assert order.lines.get().status == LineStatus.DRAWN
    blocked.refresh_from_db()
    assert blocked.status == LineStatus.PAID
    text = page(packer, "pick_list", station.hub.code)
    assert lot.number in text
    assert order.number in text


def test_a_draw_is_put_back_from_the_page(leaving_today: Station, packer: Client) -> None:
    lot = leaving_today.receive(10)
    line = leaving_today.line(3)
    leaving_today.draw(day=TODAY)

    for _ in range(2):
        assert send(packer, "line_put_back", leaving_today.hub.code, line.pk).status_code == 302

    assert lot_balance_g(lot.pk) == 10_000


def test_a_line_is_drawn_by_hand_from_chosen_lots(leaving_today: Station, packer: Client) -> None:
    station = leaving_today
    early, today = station.receive(10, picked_on=TODAY - timedelta(days=5)), station.receive(5)
    held = station.receive(50)
    lot_hold(lot_id=held.pk, reason="test", actor=None, at=NOW)
    line = station.line(5)
    text = page(packer, "line_draw", station.hub.code, line.pk)
    assert "before the days the buyer was told" in text
    assert held.number not in text

    data = {f"lot_{early.pk}": "３", f"lot_{today.pk}": "2"}
    assert send(packer, "line_draw", station.hub.code, line.pk, **data).status_code == 302

    assert sorted(LotDraw.objects.values_list("lot_id", "packs")) == sorted([(early.pk, 3), (today.pk, 2)])


@pytest.mark.parametrize("packs", ["-1", "x", "1.5", "99999999", "5", "1", "２０", "1e3"])
def test_packs_that_cannot_be_taken_are_explained(leaving_today: Station, packer: Client, packs: str) -> None:
    lot = leaving_today.receive(10)
    line = leaving_today.line(5 if packs == "5" else 3)

    answer = send(packer, "line_draw", leaving_today.hub.code, line.pk, **{f"lot_{lot.pk}": packs})

    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert lot_balance_g(lot.pk) == 10_000
    if packs == "5":
        assert "has 4 whole packs left, not 5" in answer.content.decode()


def test_a_line_no_lot_can_serve_says_what_to_do(leaving_today: Station, packer: Client) -> None:
    text = page(packer, "line_draw", leaving_today.hub.code, leaving_today.line(5).pk)

    assert "No lot can serve this line" in text


# --- shipping --------------------------------------------------------------------------------------------------------


def test_a_parcel_goes_from_the_list_to_the_signature(leaving_today: Station, packer: Client) -> None:
    station = leaving_today
    lot = station.receive(100)
    order = station.order(2)
    station.draw(day=TODAY)
    code = station.hub.code
    key = re.search(r'name="key" value="(\w+)"', page(packer, "shipping", code))
    assert key is not None

    for _ in range(2):
        answer = send(packer, "pack", code, order.number, key=key[1])
        assert answer["Location"] == reverse("logistics:parcel", args=[code, f"{order.number}-1"])
    parcel = f"{order.number}-1"
    text = page(packer, "parcel", code, parcel)
    assert lot.certificate_number in text
    assert "文三路 1 号" in text

    bad = send(packer, "hand_over", code, parcel, carrier=station.carrier.pk, tracking_number="12")
    assert bad.status_code == 422
    assert "does not look like a tracking number" in bad.content.decode()
    data = {"carrier": station.carrier.pk, "tracking_number": "sf123456789012"}
    assert [send(packer, "hand_over", code, parcel, **data).status_code for _ in range(2)] == [302, 302]
    assert [send(packer, "deliver", code, parcel).status_code for _ in range(2)] == [302, 302]

    shipment = Shipment.objects.get()
    assert (shipment.status, shipment.tracking_number) == (ShipmentStatus.DELIVERED, "SF123456789012")
    assert Line.objects.get(order=order).status == LineStatus.DELIVERED


def test_the_next_parcel_follows_the_one_handed_over(leaving_today: Station, packer: Client) -> None:
    station = leaving_today
    station.receive(100)
    orders = [station.order(1), station.order(1)]
    station.draw(day=TODAY)
    parcels = [station.pack(order) for order in orders]

    data = {"carrier": station.carrier.pk, "tracking_number": "SF123456789012"}
    answer = send(packer, "hand_over", station.hub.code, parcels[0].number, **data)

    assert answer["Location"] == reverse("logistics:parcel", args=[station.hub.code, parcels[1].number])


def test_packing_nothing_or_without_a_key_and_delivering_too_early_are_explained(
    leaving_today: Station, packer: Client
) -> None:
    station = leaving_today
    station.receive(100)
    order = station.order(1)
    code = station.hub.code

    def said(answer: Any) -> str:
        return packer.get(answer["Location"]).content.decode()

    assert "Pick it first" in said(send(packer, "pack", code, order.number, key="a" * 32))
    assert "lost its key" in said(send(packer, "pack", code, order.number, key="'"))
    station.draw(day=TODAY)
    parcel = station.pack(order)
    assert "not been handed to a carrier" in said(send(packer, "deliver", code, parcel.number))


@pytest.mark.parametrize(
    "data", [{}, {"carrier": "x", "tracking_number": "SF1"}, {"carrier": "99999", "tracking_number": "a\x00"}]
)
def test_a_hand_over_without_sense_is_explained(leaving_today: Station, packer: Client, data: dict[str, str]) -> None:
    leaving_today.receive(100)
    order = leaving_today.order(1)
    leaving_today.draw(day=TODAY)
    parcel = leaving_today.pack(order)

    assert send(packer, "hand_over", leaving_today.hub.code, parcel.number, **data).status_code == 422
    assert Shipment.objects.get().status == ShipmentStatus.PACKED


# --- claims ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def claim(station: Station) -> Claim:
    line = station.delivered_line(2, delivered_at=NOW - timedelta(hours=3))
    return claim_report(line_id=line.pk, spoilt_g=600, photo=photo(), note="soft", key="claim-0001", at=NOW)


def test_a_claim_is_seen_with_its_photo_and_accepted(station: Station, packer: Client, claim: Claim) -> None:
    code = station.hub.code
    assert "would refund ¥9.55" in page(packer, "claim_list", code)
    assert "soft" in page(packer, "claim_detail", code, claim.pk)
    shown = packer.get(reverse("logistics:claim_photo", args=[code, claim.pk]))
    assert (shown["Content-Type"], b"".join(shown)[:3]) == ("image/jpeg", b"\xff\xd8\xff")

    for _ in range(2):
        assert send(packer, "claim_detail", code, claim.pk, decision="accept", answer="sorry").status_code == 302

    claim.refresh_from_db()
    assert (claim.status, claim.refund_fen, claim.answered_by) == (ClaimStatus.ACCEPTED, 955, station.packer)
    assert "¥9.55" in page(packer, "claim_detail", code, claim.pk)


@pytest.mark.parametrize(
    "data", [{}, {"decision": "perhaps"}, {"decision": "refuse"}, {"decision": "refuse", "answer": "n" * 301}]
)
def test_an_answer_without_sense_is_explained(
    station: Station, packer: Client, claim: Claim, data: dict[str, str]
) -> None:
    assert send(packer, "claim_detail", station.hub.code, claim.pk, **data).status_code == 422

    claim.refresh_from_db()
    assert claim.status == ClaimStatus.REPORTED


# --- the buyer -------------------------------------------------------------------------------------------------------


@pytest.fixture
def bought(station: Station, client: Client) -> Line:
    """A line delivered an hour ago, whose buyer is signed in."""
    line = station.delivered_line(2, delivered_at=NOW - timedelta(hours=1))
    line.order.user = UserFactory()
    line.order.save(update_fields=["user"])
    client.force_login(line.order.user)
    client.cookies["django_language"] = "en"
    return line


def claim_url(line: Line) -> str:
    return reverse("claims:report", args=[line.order.number, line.pk])


def report(client: Client, line: Line, **changes: Any) -> Any:
    file = SimpleUploadedFile("box.jpg", photo().read(), content_type="image/jpeg")
    return client.post(
        claim_url(line), {"key": "buyer-key-1", "spoilt": "０.6", "note": "soft", "photo": file, **changes}
    )


def test_a_buyer_reports_spoilt_goods_once(client: Client, bought: Line) -> None:
    assert "Until 26 Nov 09:00" in client.get(claim_url(bought)).content.decode()

    assert [report(client, bought).status_code for _ in range(2)] == [302, 302]

    claim = Claim.objects.get()
    assert (claim.spoilt_g, claim.note) == (600, "soft")
    text = client.get(claim_url(bought)).content.decode()
    assert "You reported 0.6 kg spoilt" in text
    assert 'name="photo"' not in text


@pytest.mark.parametrize("weight", [*BAD_WEIGHTS, "5.001"])
def test_a_spoilt_weight_that_cannot_be_is_explained(client: Client, bought: Line, weight: str) -> None:
    answer = report(client, bought, spoilt=weight)

    assert answer.status_code == 422
    assert answer.context["form"].errors["spoilt"]
    assert Claim.objects.count() == 0


def test_a_photo_that_is_none_is_explained(client: Client, bought: Line) -> None:
    files = [
        SimpleUploadedFile("x.svg", b"<svg onload='alert(1)'/>", content_type="image/svg+xml"),
        SimpleUploadedFile("x.jpg", b"<html><script>alert(1)</script>", content_type="image/jpeg"),
        SimpleUploadedFile("x.jpg", b"", content_type="image/jpeg"),
        "",
    ]
    for file in files:
        answer = report(client, bought, photo=file)
        assert answer.status_code == 422
        assert answer.context["form"].errors["photo"]

    assert Claim.objects.count() == 0


def test_nobody_reports_on_another_buyers_order(client: Client, bought: Line) -> None:
    for stranger in (Client(), client):
        if stranger is client:
            stranger.force_login(UserFactory())
        assert stranger.get(claim_url(bought)).status_code == 404
        assert report(stranger, bought).status_code == 404

    assert Claim.objects.count() == 0


def test_a_line_of_another_order_is_not_found_under_ones_own(client: Client, station: Station, bought: Line) -> None:
    other = station.line()

    assert client.get(reverse("claims:report", args=[bought.order.number, other.pk])).status_code == 404


def test_too_early_and_too_late_are_said_instead_of_a_form(
    client: Client, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = station.order(1)
    order.user = UserFactory()
    order.save(update_fields=["user"])
    client.force_login(order.user)
    client.cookies["django_language"] = "en"
    line = order.lines.get()
    assert "once the parcel has been signed for" in client.get(claim_url(line)).content.decode()

    station.receive(100)
    station.draw()
    parcel = station.ship(station.pack(order))
    shipment_deliver(shipment_id=parcel.pk, at=NOW, actor=None)
    monkeypatch.setattr(clock, "now", lambda: later(hours=48))
    text = client.get(claim_url(line)).content.decode()
    assert "Your legal rights remain" in text
    assert 'name="photo"' not in text
    assert report(client, line).status_code == 422
    assert Claim.objects.count() == 0
