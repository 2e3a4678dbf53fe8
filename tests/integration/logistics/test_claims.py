"""Spoilt goods: reported inside the window with a photo, answered once, refunded by weight."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from PIL import Image

from logistics.claim_rules import claim_refund_fen
from logistics.models import Claim
from logistics.photos import MOST_BYTES, UnusablePhoto, photo_rewrite
from logistics.services.claims import (
    UnableToAnswerClaim,
    UnableToClaim,
    claim_answer,
    claim_report,
)
from logistics.states import ClaimStatus
from marketplace.foundation.outbox import outbox_put
from marketplace.order.models import Line
from marketplace.order.states import LineStatus
from marketplace.payment.models import Refund
from tests.factories import NOW
from tests.factories.harvests import UserFactory
from tests.factories.lots import Station, photo

pytestmark = pytest.mark.django_db
DELIVERED = NOW + timedelta(days=3)
HOUR = timedelta(hours=1)


@pytest.fixture
def station() -> Station:
    return Station()


@pytest.fixture
def line(station: Station) -> Line:
    return station.delivered_line(2, delivered_at=DELIVERED)


def report(line: Line, **changes: Any) -> Claim:
    values: dict[str, Any] = {
        "line_id": line.pk,
        "spoilt_g": 600,
        "photo": photo(),
        "note": "两个烂了",
        "key": "claim-0001",
        "at": DELIVERED + HOUR,
    }
    return claim_report(**{**values, **changes})


def answer(claim: Claim, accept: bool, text: str = "", at: datetime = DELIVERED + 2 * HOUR) -> Claim:
    return claim_answer(claim_id=claim.pk, accept=accept, answer=text, at=at, actor=None)


def test_a_report_is_kept_with_its_photo_once_per_key(line: Line) -> None:
    first = report(line)
    again = report(line, photo=photo(), at=DELIVERED + 2 * HOUR)

    assert again == first
    claim = Claim.objects.get()
    assert (claim.spoilt_g, claim.note, claim.status, claim.reported_at) == (
        600,
        "两个烂了",
        ClaimStatus.REPORTED,
        DELIVERED + HOUR,
    )
    with default_storage.open(claim.photo.name) as file:
        assert Image.open(file).format == "JPEG"


def test_the_window_is_half_open(line: Line) -> None:
    with pytest.raises(UnableToClaim, match="48 hours"):
        report(line, at=DELIVERED + 48 * HOUR)

    assert report(line, at=DELIVERED + 48 * HOUR - timedelta(seconds=1)).pk


def test_a_late_buyer_is_told_that_the_law_still_helps(line: Line) -> None:
    with pytest.raises(UnableToClaim, match="legal rights remain"):
        report(line, at=DELIVERED + 60 * HOUR)

    assert Claim.objects.count() == 0


def test_nothing_is_reported_before_the_parcel_is_signed_for(station: Station) -> None:
    order = station.order(1)
    station.receive(50)
    station.draw()
    station.ship(station.pack(order))

    with pytest.raises(UnableToClaim, match="signed for"):
        report(order.lines.get(), at=NOW)


def test_a_settled_line_is_closed_to_reports(line: Line) -> None:
    Line.objects.filter(pk=line.pk).update(status=LineStatus.SETTLED)

    with pytest.raises(UnableToClaim, match="legal rights"):
        report(line)


@pytest.mark.parametrize("spoilt_g", [0, -1, 5_001])
def test_the_spoilt_weight_lies_between_nothing_and_the_line(line: Line, spoilt_g: int) -> None:
    with pytest.raises(UnableToClaim) as refusal:
        report(line, spoilt_g=spoilt_g)

    assert refusal.value.field == "spoilt"
    assert Claim.objects.count() == 0


def test_a_line_has_one_live_claim(line: Line) -> None:
    claim = report(line)
    with pytest.raises(UnableToClaim, match="reported this already"):
        report(line, key="claim-0002")

    answer(claim, accept=False, text="the photo shows another box")
    assert report(line, key="claim-0002").pk != claim.pk


def test_a_key_of_another_lines_claim_and_a_long_note_are_refused(station: Station, line: Line) -> None:
    report(line)
    other = station.delivered_line(1, delivered_at=DELIVERED)

    for changes, field in [({"key": "claim-0001"}, "key"), ({"key": ""}, "key"), ({"note": "n" * 301}, "note")]:
        with pytest.raises(UnableToClaim) as refusal:
            report(other, **{"key": "claim-0003", **changes})
        assert refusal.value.field == field


def test_a_file_that_is_no_photo_is_refused_and_nothing_is_kept(line: Line) -> None:
    with pytest.raises(UnableToClaim) as refusal:
        report(line, photo=io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"))

    assert refusal.value.field == "photo"
    assert Claim.objects.count() == 0


@pytest.mark.parametrize(
    ("spoilt_g", "weight_g", "paid_fen", "refund_fen"),
    [
        (600, 5_000, 7_960, 955),  # 955.2
        (625, 5_000, 7_960, 995),
        (1, 2_500, 3_750, 2),  # 1.5, half up
        (1, 2_500, 1_000, 1),  # 0.4, but never nothing
        (2_500, 5_000, 7_961, 3_981),  # exactly half: 3980.5, half up
        (2_501, 5_000, 7_960, 7_960),  # over half: all of it
        (5_000, 5_000, 7_960, 7_960),
    ],
)
def test_the_refund_is_the_spoilt_share_of_the_price(
    spoilt_g: int, weight_g: int, paid_fen: int, refund_fen: int
) -> None:
    assert claim_refund_fen(spoilt_g=spoilt_g, weight_g=weight_g, paid_fen=paid_fen) == refund_fen


def test_an_accepted_claim_sends_its_share_back_once(station: Station, line: Line) -> None:
    line.order.user = UserFactory(email="chen@fenglu.example")
    line.order.save(update_fields=["user"])
    claim = report(line)

    for _ in range(2):
        claim = claim_answer(
            claim_id=claim.pk, accept=True, answer="sorry", at=DELIVERED + 2 * HOUR, actor=station.packer
        )

    assert (claim.status, claim.refund_fen, claim.answered_by) == (ClaimStatus.ACCEPTED, 955, station.packer)
    refund = Refund.objects.get()
    assert (refund.amount_fen, refund.purpose, refund.line_id) == (955, Refund.Purpose.CLAIM, line.pk)
    line.refresh_from_db()
    assert line.refunded_fen == 955


def test_a_refused_claim_says_why_and_refunds_nothing(line: Line) -> None:
    claim = report(line)
    with pytest.raises(UnableToAnswerClaim) as refusal:
        answer(claim, accept=False, text="  ")
    assert refusal.value.field == "answer"

    answer(claim, accept=False, text="the photo shows another box")

    claim.refresh_from_db()
    assert (claim.status, claim.answer, claim.refund_fen) == (ClaimStatus.REFUSED, "the photo shows another box", 0)
    assert Refund.objects.count() == 0


def test_an_answered_claim_is_not_answered_otherwise(line: Line) -> None:
    claim = answer(report(line), accept=True)

    with pytest.raises(UnableToAnswerClaim, match="answered this claim already"):
        answer(claim, accept=False, text="changed my mind")

    assert Claim.objects.get().status == ClaimStatus.ACCEPTED


def test_what_was_refunded_before_is_not_refunded_twice(line: Line) -> None:
    Line.objects.filter(pk=line.pk).update(refunded_fen=7_500)
    claim = answer(report(line), accept=True)
    # 7960 paid, 7500 back already: 460 are left of the 955 due.
    assert claim.refund_fen == 460


def test_a_line_refunded_in_full_has_nothing_left_to_refund(line: Line) -> None:
    claim = report(line)
    Line.objects.filter(pk=line.pk).update(refunded_fen=7_960)

    with pytest.raises(UnableToAnswerClaim, match="refunded already"):
        answer(claim, accept=True)

    assert Claim.objects.get().status == ClaimStatus.REPORTED


@pytest.mark.parametrize(
    ("accept", "language", "words"),
    [
        (True, "en", "¥9.55"),
        (True, "zh-hans", "9.55 元"),
        (False, "en", "another box"),
        (False, "zh-hans", "another box"),
    ],
)
def test_the_buyer_is_told_in_their_language(line: Line, accept: bool, language: str, words: str) -> None:
    from logistics.mails import mail_claim_answered

    order = line.order
    order.user, order.language = UserFactory(email="chen@fenglu.example"), language
    order.save(update_fields=["user", "language"])
    claim = answer(report(line), accept=accept, text="another box")

    mail_claim_answered(claim_id=claim.pk, at=DELIVERED)

    (sent,) = mail.outbox
    assert order.number in sent.subject
    assert words in sent.body


def test_a_photo_is_made_small_upright_and_forgets_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[1] = "N"

    picture = Image.open(io.BytesIO(photo_rewrite(photo(4000, 3000, exif=exif)).read()))

    assert picture.format == "JPEG"
    assert picture.size == (1200, 1600)
    assert not picture.getexif()
    assert "exif" not in picture.info


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_png_and_webp_become_jpeg(kind: str) -> None:
    picture = Image.open(io.BytesIO(photo_rewrite(photo(640, 480, kind=kind)).read()))

    assert (picture.format, picture.size) == ("JPEG", (640, 480))


def test_transparency_becomes_white() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(file, "PNG")
    file.seek(0)

    picture = Image.open(io.BytesIO(photo_rewrite(file).read()))

    assert picture.getpixel((5, 5)) == (255, 255, 255)


def png_that_claims(width: int, height: int) -> io.BytesIO:
    """A tiny PNG whose header promises more than it holds."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b""))


@pytest.mark.parametrize(("width", "height"), [(13_000, 13_000), (20_000, 20_000), (40_001, 1_000)])
def test_a_header_that_promises_too_many_pixels_is_refused_before_they_are_read(width: int, height: int) -> None:
    with pytest.raises(UnusablePhoto, match="40 megapixels"):
        photo_rewrite(png_that_claims(width, height))


def test_damaged_foreign_and_heavy_files_are_refused() -> None:
    whole = photo().read()
    gif = io.BytesIO()
    Image.new("RGB", (8, 8)).save(gif, "GIF")
    files = {
        "damaged": io.BytesIO(whole[: len(whole) // 2]),
        "promises": png_that_claims(100, 100),
        "gif": io.BytesIO(gif.getvalue() + b"<script>alert(1)</script>"),
        "html": io.BytesIO(b"<!doctype html><script>alert(1)</script>"),
        "empty": io.BytesIO(b""),
        "heavy": io.BytesIO(b"\xff\xd8\xff" + bytes(MOST_BYTES)),
    }

    for file in files.values():
        with pytest.raises(UnusablePhoto):
            photo_rewrite(file)


def test_what_hides_behind_a_photo_is_not_kept() -> None:
    polyglot = io.BytesIO(photo().read() + b"<script>alert(1)</script>")

    assert b"<script>" not in photo_rewrite(polyglot).read()


def test_the_answer_is_told_once(line: Line) -> None:
    claim = answer(report(line), accept=True)

    outbox_put(topic="mail.claim_answered", key=f"mail.claim_answered:{claim.pk}", payload={}, at=NOW)

    from marketplace.foundation.models import OutboxMessage

    assert OutboxMessage.objects.get(topic="mail.claim_answered").payload == {"claim_id": claim.pk}
