"""Webhooks as the adapter reads them: who signed, when, and what they say."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.payment.port import ForgedNotice, MalformedNotice, Notice
from marketplace.payment.stripe_adapter import NOTICE_BYTES_MAX, StripePort

SECRET = "whsec_only_for_tests"
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
PORT = StripePort(secret_key="sk_test_only_for_tests", webhook_secret=SECRET, api_base="http://127.0.0.1:1")

EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "created": 1795572000,
    "livemode": False,
    "data": {
        "object": {
            "id": "cs_test_1",
            "object": "checkout.session",
            "client_reference_id": "FL-7K3M-9QXD",
            "payment_intent": "pi_1",
        }
    },
}


def signed(body: bytes, *, at: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    time = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={time},v1={digest}"}


def body_of(**changes: Any) -> bytes:
    return json.dumps({**EVENT, **changes}).encode()


def about(**thing: Any) -> bytes:
    return body_of(data={"object": thing})


def test_a_notice_says_what_it_is_about() -> None:
    body = body_of()

    assert PORT.parse_notice(signed(body), body, NOW) == Notice(
        event_id="evt_1",
        type="checkout.session.completed",
        created_at=datetime(2026, 11, 25, 2, 0, tzinfo=UTC),
        object_id="cs_test_1",
        object_type="checkout.session",
        livemode=False,
        reference="FL-7K3M-9QXD",
        payment_intent_id="pi_1",
    )


def test_an_intent_is_its_own_and_carries_the_order_in_its_metadata() -> None:
    body = about(id="pi_2", object="payment_intent", metadata={"order_number": "FL-2"})

    notice = PORT.parse_notice(signed(body), body, NOW)

    assert (notice.object_id, notice.payment_intent_id, notice.reference) == ("pi_2", "pi_2", "FL-2")


def test_an_object_of_nobodys_order_has_no_reference() -> None:
    body = about(id="txn_1", object="balance_transaction")

    notice = PORT.parse_notice(signed(body), body, NOW)

    assert (notice.reference, notice.payment_intent_id) == ("", "")


@pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
def test_a_signature_of_about_now_is_taken(seconds: int) -> None:
    body = body_of()
    headers = signed(body, at=NOW + timedelta(seconds=seconds))

    assert PORT.parse_notice(headers, body, NOW).event_id == "evt_1"


@pytest.mark.parametrize("seconds", [-3600, -301, 301, 3600])
def test_a_signature_of_another_time_is_refused_in_both_directions(seconds: int) -> None:
    body = body_of()

    with pytest.raises(ForgedNotice):
        PORT.parse_notice(signed(body, at=NOW + timedelta(seconds=seconds)), body, NOW)


def test_a_body_changed_after_signing_is_refused() -> None:
    body = body_of()

    with pytest.raises(ForgedNotice):
        PORT.parse_notice(signed(body), body.replace(b"FL-7K3M", b"FL-0000"), NOW)


def test_another_secret_is_refused() -> None:
    body = body_of()

    with pytest.raises(ForgedNotice):
        PORT.parse_notice(signed(body, secret="whsec_other"), body, NOW)


def test_one_good_signature_among_several_is_enough() -> None:
    body = body_of()
    header = signed(body)["Stripe-Signature"]
    rolled = header.replace(",v1=", ",v1=" + "0" * 64 + ",v1=")

    assert PORT.parse_notice({"Stripe-Signature": rolled}, body, NOW).event_id == "evt_1"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=00",
        "t=soon,v1=00",
        "t=１７９５５７２０００,v1=00",
        "v1=00",
        "t=1795572000",
        "t=1795572000,v0=00",
        "t=1795572000,v1=é",
        "t=1795572000,t=1795572001,v1=00",
        "t=-1,v1=00",
        "=,=,=",
    ],
)
def test_a_header_that_proves_nothing_is_refused(header: str) -> None:
    with pytest.raises(ForgedNotice):
        PORT.parse_notice({"Stripe-Signature": header}, body_of(), NOW)


def test_a_second_time_beside_the_signed_one_is_refused() -> None:
    body = body_of()
    header = signed(body)["Stripe-Signature"] + ",t=1795572001"

    with pytest.raises(ForgedNotice):
        PORT.parse_notice({"Stripe-Signature": header}, body, NOW)


def test_no_header_at_all_is_refused() -> None:
    with pytest.raises(ForgedNotice):
        PORT.parse_notice({}, body_of(), NOW)


def test_the_headers_name_may_be_written_in_any_case() -> None:
    body = body_of()
    headers = {"stripe-SIGNATURE": signed(body)["Stripe-Signature"]}

    assert PORT.parse_notice(headers, body, NOW).event_id == "evt_1"


@dataclass(frozen=True)
class Unreadable:
    label: str
    body: bytes


UNREADABLE = [
    Unreadable("empty", b""),
    Unreadable("not JSON", b"hello"),
    Unreadable("not UTF-8", b'{"id": "\xff"}'),
    Unreadable("a list", b"[]"),
    Unreadable("a number", b"1"),
    Unreadable("null", b"null"),
    Unreadable("a huge number", b"9" * 5000),
    Unreadable("too deep", b"[" * 200_000 + b"]" * 200_000),
    Unreadable("too deep an object", b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    Unreadable("no object", body_of(data={})),
    Unreadable("an object that is none", body_of(data={"object": "cs_test_1"})),
    Unreadable("no id", about(object="charge")),
    Unreadable("an id that is no text", about(id=5, object="charge")),
    Unreadable("an event id that is no text", body_of(id=["evt_1"])),
    Unreadable("an empty event id", body_of(id="")),
    Unreadable("a NUL", body_of(id="evt\x00")),
    Unreadable("no time", body_of(created="soon")),
    Unreadable("a time out of all bounds", body_of(created=10**30)),
    Unreadable("a mode that is no truth", body_of(livemode="false")),
    Unreadable("metadata that is a list", about(id="pi_1", object="payment_intent", metadata=["x"])),
    Unreadable("a reference that is a number", about(id="pi_1", object="payment_intent", client_reference_id=7)),
    Unreadable("an intent without id", about(id="ch_1", object="charge", payment_intent={})),
]


@pytest.mark.parametrize("case", UNREADABLE, ids=lambda case: case.label)
def test_a_signed_notice_that_cannot_be_read_is_malformed(case: Unreadable) -> None:
    with pytest.raises(MalformedNotice):
        PORT.parse_notice(signed(case.body), case.body, NOW)


def test_a_notice_that_is_too_long_is_not_even_checked() -> None:
    body = b" " * (NOTICE_BYTES_MAX + 1)

    with pytest.raises(MalformedNotice):
        PORT.parse_notice({}, body, NOW)


@given(st.binary(max_size=300), st.text(max_size=60))
def test_any_bytes_and_header_are_refused_and_never_fail_otherwise(body: bytes, header: str) -> None:
    with pytest.raises((ForgedNotice, MalformedNotice)):
        PORT.parse_notice({"Stripe-Signature": header}, body, NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["id", "type", "created", "livemode", "data"]), json_values)
def test_any_signed_value_in_any_place_is_read_or_malformed(place: str, value: Any) -> None:
    body = body_of(**{place: value})

    try:
        notice = PORT.parse_notice(signed(body), body, NOW)
    except MalformedNotice:
        return
    assert isinstance(notice.event_id, str)


@given(st.sampled_from(["id", "object", "client_reference_id", "metadata", "payment_intent"]), json_values)
def test_any_signed_value_in_the_object_is_read_or_malformed(place: str, value: Any) -> None:
    body = about(**{**EVENT["data"]["object"], place: value})

    try:
        notice = PORT.parse_notice(signed(body), body, NOW)
    except MalformedNotice:
        return
    assert isinstance(notice.reference, str)


@pytest.mark.parametrize(("secret_key", "webhook_secret"), [("", SECRET), ("sk", ""), ("  ", SECRET), ("sk", " \n")])
def test_a_port_without_keys_is_not_made(secret_key: str, webhook_secret: str) -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        StripePort(secret_key=secret_key, webhook_secret=webhook_secret)
