"""Form-encoded parameters as the sandbox reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.payment.sandbox.errors import ApiError
from marketplace.payment.sandbox.parameters import BODY_BYTES_MAX, Params, flattened, parse


def test_brackets_nest() -> None:
    parsed = parse(
        b"line_items[0][price_data][currency]=cny&line_items[1][quantity]=2&mode=payment&expand[]=a&expand[]=b"
    )

    assert parsed == {
        "line_items": {"0": {"price_data": {"currency": "cny"}}, "1": {"quantity": "2"}},
        "mode": "payment",
        "expand": {"0": "a", "1": "b"},
    }
    assert Params(parsed).texts("expand") == ["a", "b"]


@pytest.mark.parametrize(
    "encoded",
    [
        b"a=1&a=2",
        b"a=1&a[b]=2",
        b"a[b]=2&a=1",
        b"a[b=1",
        b"=1",
        b"a[b][c][d][e][f][g]=1",
        b"a=%ff",
        b"a=%00",
        b"\xff=1",
        b"&".join(b"a%d=1" % number for number in range(1001)),
        b"a=" + b"x" * BODY_BYTES_MAX,
    ],
)
def test_what_cannot_be_read_is_refused(encoded: bytes) -> None:
    with pytest.raises(ApiError):
        parse(encoded)


def test_the_order_of_the_parameters_does_not_matter() -> None:
    assert flattened(parse(b"a=1&b[x]=2&b[y]=3")) == flattened(parse(b"b[y]=3&b[x]=2&a=1"))


def test_a_name_nobody_asked_for_is_refused() -> None:
    params = Params(parse(b"amount=1&amuont=2"))
    params.whole("amount", least=1, most=10)

    with pytest.raises(ApiError) as refused:
        params.finish()
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "amuont")


@pytest.mark.parametrize(
    "text", ["0", "-1", "11", "1.5", "1e3", "１", "0x1", "nan", "+1", " 1", "99999999999999999999"]
)
def test_only_a_whole_number_within_bounds_is_one(text: str) -> None:
    with pytest.raises(ApiError):
        Params({"amount": text}).whole("amount", least=1, most=10)


@pytest.mark.parametrize("text", ["ftp://x/", "//x", "x", "http://", "http://x/ y", "javascript:1", 'http://x/"'])
def test_only_a_whole_web_address_is_one(text: str) -> None:
    with pytest.raises(ApiError):
        Params({"success_url": text}).url("success_url")


@pytest.mark.parametrize(
    "metadata",
    [
        {str(number): "x" for number in range(51)},
        {"k" * 41: "x"},
        {"k": "x" * 501},
        {"k": {"deeper": "x"}},
    ],
)
def test_metadata_keeps_stripes_bounds(metadata: dict[str, str]) -> None:
    with pytest.raises(ApiError):
        Params({"metadata": metadata}).metadata()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(encoded: bytes) -> None:
    try:
        parsed = parse(encoded)
    except ApiError:
        return
    assert all(isinstance(value, str) for _, value in flattened(parsed))


@pytest.mark.parametrize("text", ["-0.1", "1.1", "1e-3", "nan", "inf", ".5", "0.5\n"])
def test_only_a_plain_decimal_within_bounds_is_a_number(text: str) -> None:
    with pytest.raises(ApiError):
        Params({"probability": text}).number("probability", least=0, most=1)
    assert Params({"probability": "0.5"}).number("probability", least=0, most=1) == 0.5
