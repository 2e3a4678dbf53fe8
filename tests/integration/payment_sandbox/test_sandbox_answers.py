"""Every answer of the sandbox against Stripe's published description."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from marketplace.payment.port import PaymentRequest, PaymentStatus
from marketplace.payment.sandbox.control_client import SandboxControl
from marketplace.payment.stripe_adapter import StripePort

CONTRACTS = Path(__file__).parents[2] / "data" / "contracts"
# Where the objects of each kind are listed; reversals are listed under their transfer.
KINDS = {
    "checkout.session": "/v1/checkout/sessions",
    "payment_intent": "/v1/payment_intents",
    "charge": "/v1/charges",
    "refund": "/v1/refunds",
    "transfer": "/v1/transfers",
    "transfer_reversal": "",
    "event": "/v1/events",
    "balance_transaction": "/v1/balance_transactions",
}


def as_json_schema(schema: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` in JSON Schema's words."""
    if isinstance(schema, list):
        return [as_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    turned = {name: as_json_schema(value) for name, value in schema.items() if name != "nullable"}
    return {"anyOf": [turned, {"type": "null"}]} if schema.get("nullable") is True else turned


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    text = (CONTRACTS / "stripe_openapi_subset.json").read_text()
    turned: dict[str, Any] = as_json_schema(json.loads(text))
    return turned


@pytest.fixture(scope="module")
def examples() -> dict[str, Any]:
    resources: dict[str, Any] = json.loads((CONTRACTS / "stripe_fixtures_subset.json").read_text())["resources"]
    return resources


@pytest.fixture
def checked(description: dict[str, Any]) -> Callable[[str, str, httpx.Response], dict[str, Any]]:
    """The body of an answer, after it was found to be as the description of its path says."""

    def check(method: str, path: str, response: httpx.Response) -> dict[str, Any]:
        answers = description["paths"][path][method]["responses"]
        said = answers["200" if response.status_code == 200 else "default"]
        schema = {**said["content"]["application/json"]["schema"], "components": description["components"]}
        body: dict[str, Any] = response.json()
        jsonschema.Draft202012Validator(schema).validate(body)
        return body

    return check


@pytest.fixture
def history(
    port: StripePort,
    control: SandboxControl,
    paid: Callable[..., PaymentStatus],
    request_for: Callable[..., PaymentRequest],
    api: httpx.Client,
) -> PaymentStatus:
    """An order of every kind: paid by each method, declined, refused, expired, refunded, transferred, reversed."""
    for method in ("alipay", "wechat_pay", "card_3ds", "card_refund_later", "card_refund_fails"):
        status = paid(method, method=method)
        api.post("/v1/refunds", data={"payment_intent": status.payment_intent_id, "amount": "100"})
    for number, method in enumerate(("card_declined", "card_insufficient_funds", "card_3ds", "alipay")):
        request = request_for(f"FL-lost-{number}")
        redirect = port.start(port.start_params(request), request.idempotency_key)
        control.pay(redirect.session_id, method=method, outcome="refuse")
        port.expire(redirect.session_id)
    for refund in api.get("/v1/refunds", params={"limit": 100}).json()["data"]:
        if refund["status"] == "pending":
            outcome = "succeeded" if refund["amount"] % 200 else "failed"
            control.settle_refund(refund["id"], outcome)
    status = paid()
    transfer = api.post(
        "/v1/transfers",
        data={"amount": "5000", "currency": "cny", "destination": "acct_1", "source_transaction": status.charge_id},
    ).json()
    api.post(f"/v1/transfers/{transfer['id']}/reversals", data={"amount": "10"})
    api.post("/v1/refunds", data={"charge": status.charge_id, "amount": "3", "reason": "requested_by_customer"})
    return status


LISTS = {
    "/v1/checkout/sessions": "/v1/checkout/sessions/{session}",
    "/v1/payment_intents": "/v1/payment_intents/{intent}",
    "/v1/refunds": "/v1/refunds/{refund}",
    "/v1/transfers": "/v1/transfers/{transfer}",
    "/v1/events": "/v1/events/{id}",
    "/v1/balance_transactions": "/v1/balance_transactions/{id}",
}


def test_every_object_is_as_described(
    api: httpx.Client, history: PaymentStatus, checked: Callable[..., dict[str, Any]]
) -> None:
    num_seen = {}
    for path, one in LISTS.items():
        body = checked("get", path, api.get(path, params={"limit": 100}))
        for thing in body["data"]:
            assert checked("get", one, api.get(f"{path}/{thing['id']}")) == thing
        num_seen[path] = len(body["data"])

    # Ten sessions, each with one attempt; six refunds; one booking for each payment, refund, transfer and reversal.
    assert num_seen["/v1/checkout/sessions"] == num_seen["/v1/payment_intents"] == 10
    assert num_seen["/v1/refunds"] == 6
    assert num_seen["/v1/transfers"] == 1
    assert num_seen["/v1/balance_transactions"] >= 6 + 6 + 1 + 1
    assert num_seen["/v1/events"] > 50


def test_charges_and_their_parts_are_as_described(
    api: httpx.Client, history: PaymentStatus, checked: Callable[..., dict[str, Any]]
) -> None:
    charges = api.get("/v1/charges", params={"limit": 100}).json()["data"]

    for charge in charges:
        checked("get", "/v1/charges/{charge}", api.get(f"/v1/charges/{charge['id']}"))
    # Six paid; of the four attempts that were not, only the two declined cards were asked.
    assert sorted(charge["status"] for charge in charges) == ["failed"] * 2 + ["succeeded"] * 6


def test_line_items_reversals_and_expanded_sessions_are_as_described(
    api: httpx.Client, history: PaymentStatus, checked: Callable[..., dict[str, Any]]
) -> None:
    session_path = f"/v1/checkout/sessions/{history.session_id}"
    items = checked("get", "/v1/checkout/sessions/{session}/line_items", api.get(session_path + "/line_items"))
    expand = {"expand[0]": "payment_intent.latest_charge.balance_transaction"}
    session = checked("get", "/v1/checkout/sessions/{session}", api.get(session_path, params=expand))
    transfer = api.get("/v1/transfers").json()["data"][0]
    reversals_path = f"/v1/transfers/{transfer['id']}/reversals"
    reversals = checked("get", "/v1/transfers/{id}/reversals", api.get(reversals_path))
    one = api.get(f"{reversals_path}/{reversals['data'][0]['id']}")

    assert [item["amount_total"] for item in items["data"]] == [8600]
    assert session["payment_intent"]["latest_charge"]["balance_transaction"]["net"] == 8600 - 52
    assert transfer["amount_reversed"] == 10
    assert checked("get", "/v1/transfers/{transfer}/reversals/{id}", one)["amount"] == 10


@pytest.mark.parametrize("kind", KINDS)
def test_no_field_is_made_up(
    api: httpx.Client, history: PaymentStatus, description: dict[str, Any], examples: dict[str, Any], kind: str
) -> None:
    path = KINDS[kind]
    if not path:
        path = f"/v1/transfers/{api.get('/v1/transfers').json()['data'][0]['id']}/reversals"
    things = api.get(path, params={"limit": 100}).json()["data"]
    known = set(description["components"]["schemas"][kind]["properties"]) | set(examples[kind])

    assert things
    assert {name for thing in things for name in thing} - known == set()


def test_what_the_adapter_sends_is_as_described(
    port: StripePort, request_for: Callable[..., PaymentRequest], description: dict[str, Any]
) -> None:
    operation = description["paths"]["/v1/checkout/sessions"]["post"]
    schema = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]

    params = port.start_params(request_for())

    # The description closes every group of parameters, so a name that does not exist fails here too.
    jsonschema.Draft202012Validator({**schema, "components": description["components"]}).validate(params)
    assert schema["additionalProperties"] is False


REFUSALS: list[tuple[str, str, str, dict[str, str], int]] = [
    ("get", "/v1/checkout/sessions/{session}", "/v1/checkout/sessions/cs_test_no", {}, 404),
    ("post", "/v1/checkout/sessions", "/v1/checkout/sessions", {}, 400),
    ("post", "/v1/checkout/sessions", "/v1/checkout/sessions", {"mode": "payment", "nonsense": "1"}, 400),
    ("post", "/v1/checkout/sessions/{session}/expire", "/v1/checkout/sessions/cs_test_no/expire", {}, 404),
    ("post", "/v1/refunds", "/v1/refunds", {"payment_intent": "pi_no"}, 404),
    ("post", "/v1/refunds", "/v1/refunds", {"amount": "1"}, 400),
    ("post", "/v1/transfers", "/v1/transfers", {"amount": "-1", "currency": "cny", "destination": "acct_1"}, 400),
    ("post", "/v1/transfers", "/v1/transfers", {"amount": "１", "currency": "cny", "destination": "acct_1"}, 400),
    ("get", "/v1/events", "/v1/events?limit=101", {}, 400),
    ("get", "/v1/events", "/v1/events?starting_after=evt_no", {}, 404),
    ("get", "/v1/events", "/v1/events?created[gte]=soon", {}, 400),
    ("get", "/v1/events", "/v1/events?expand[0]=data.nothing", {}, 200),
    ("get", "/v1/transfers", "/v1/transfers?limit=1&limit=2", {}, 400),
]


@pytest.mark.parametrize(("method", "described", "path", "data", "status"), REFUSALS)
def test_a_refusal_has_stripes_shape(
    api: httpx.Client,
    checked: Callable[..., dict[str, Any]],
    method: str,
    described: str,
    path: str,
    data: dict[str, str],
    status: int,
) -> None:
    response = api.request(method, path, data=data or None)

    body = checked(method, described, response)
    assert response.status_code == status
    if status != 200:
        assert body["error"]["type"] == "invalid_request_error"
        assert body["error"]["message"]
    assert response.headers["request-id"].startswith("req_")


def test_calls_without_the_key_are_refused(browser: httpx.Client) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer sk_no"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Digest x"},
    ):
        assert browser.get("/v1/events", headers=headers).status_code == 401
    for path in ("/_sandbox/faults", "/_sandbox/deliveries"):
        assert browser.get(path).status_code == 401


def test_the_key_may_be_the_user_name_as_well(browser: httpx.Client, api: httpx.Client) -> None:
    key = api.headers["authorization"].removeprefix("Bearer ")

    assert browser.get("/v1/events", auth=(key, "")).status_code == 200


def test_paths_and_methods_that_are_not_there_are_refused(api: httpx.Client) -> None:
    assert api.get("/v1/customers").status_code == 404
    assert api.delete("/v1/refunds").status_code == 404
    assert api.get("/v1/customers").json()["error"]["type"] == "invalid_request_error"


def test_the_version_asked_for_is_said_back(api: httpx.Client) -> None:
    assert api.get("/v1/events", headers={"Stripe-Version": "2024-06-20"}).headers["stripe-version"] == "2024-06-20"
    assert api.get("/v1/events", headers={"Stripe-Version": "yesterday"}).status_code == 400


def test_lists_are_walked_forwards_and_backwards(api: httpx.Client, paid: Callable[..., PaymentStatus]) -> None:
    sessions = [paid(f"FL-{number}").session_id for number in range(5)]
    newest_first = sessions[::-1]

    first = api.get("/v1/checkout/sessions", params={"limit": 2}).json()
    second = api.get("/v1/checkout/sessions", params={"limit": 2, "starting_after": newest_first[1]}).json()
    third = api.get("/v1/checkout/sessions", params={"limit": 2, "starting_after": newest_first[3]}).json()
    back = api.get("/v1/checkout/sessions", params={"limit": 2, "ending_before": newest_first[3]}).json()

    ids = [[session["id"] for session in page["data"]] for page in (first, second, third, back)]
    assert ids == [newest_first[:2], newest_first[2:4], newest_first[4:], newest_first[1:3]]
    assert [page["has_more"] for page in (first, second, third, back)] == [True, True, False, True]


def test_events_are_found_by_type_and_time(api: httpx.Client, paid: Callable[..., PaymentStatus]) -> None:
    paid()

    created = api.get("/v1/events").json()["data"][0]["created"]
    by_type = api.get("/v1/events", params={"type": "charge.succeeded"}).json()["data"]
    by_types = api.get("/v1/events", params={"types[0]": "charge.succeeded", "types[1]": "charge.failed"}).json()[
        "data"
    ]
    later = api.get("/v1/events", params={"created[gt]": str(created + 60)}).json()["data"]

    assert [event["type"] for event in by_type] == ["charge.succeeded"]
    assert by_types == by_type
    assert later == []


@pytest.mark.parametrize(
    "path", ["/v1/charges/%00", "/v1/charges/%ff", "/v1/checkout/sessions/%ED%A0%80", "/pay/%00", "/pay/%ff/consent"]
)
def test_ids_that_no_object_can_have_are_not_found(api: httpx.Client, path: str) -> None:
    assert api.get(path).status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"[]", b"nope", b"{}", b'{"kind": ["delay"]}', b'{"kind": "\\ud800"}', b'{"kind": "delay", "path": "\\u0000"}'],
)
def test_a_lever_pulled_wrongly_is_refused(api: httpx.Client, body: bytes) -> None:
    answer = api.post("/_sandbox/faults", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
