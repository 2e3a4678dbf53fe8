"""One sandbox process for the tests of this folder, empty before each of them."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from marketplace.payment.port import PaymentRequest, PaymentStatus
from marketplace.payment.sandbox.control_client import SandboxControl
from marketplace.payment.stripe_adapter import StripePort
from tests.payment_sandbox import SECRET_KEY, WEBHOOK_SECRET, SandboxProcess, Shop


@pytest.fixture(scope="session")
def listening_shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


@pytest.fixture(scope="session")
def running_sandbox(listening_shop: Shop) -> Iterator[SandboxProcess]:
    # So named, it is dropped by the next run when this one is killed (deploy.pytest_databases).
    name = f"test_fenglu_{os.getpid()}_sandbox"
    sandbox = SandboxProcess(os.environ["DATABASE_URL"], name, webhook_url=listening_shop.url)
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess, shop: Shop) -> SandboxProcess:
    control = SandboxControl(running_sandbox.base_url, SECRET_KEY)
    control.reset()
    control.close()
    # A webhook of the test before may have been on its way until now.
    shop.forget()
    return running_sandbox


@pytest.fixture
def shop(listening_shop: Shop) -> Shop:
    listening_shop.forget()
    return listening_shop


@pytest.fixture
def control(sandbox: SandboxProcess) -> Iterator[SandboxControl]:
    control = SandboxControl(sandbox.base_url, SECRET_KEY)
    yield control
    control.close()


@pytest.fixture
def port(sandbox: SandboxProcess) -> StripePort:
    return StripePort(secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_base=sandbox.base_url)


@pytest.fixture
def port_at(sandbox: SandboxProcess) -> Callable[[datetime], StripePort]:
    """A port whose calls happen at a simulated moment."""

    def make(at: datetime) -> StripePort:
        return StripePort(secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_base=sandbox.base_url, at=at)

    return make


@pytest.fixture
def api(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    """Plain HTTP to the API with the secret key."""
    with httpx.Client(base_url=sandbox.base_url, headers={"Authorization": f"Bearer {SECRET_KEY}"}) as client:
        yield client


@pytest.fixture
def browser(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    """A buyer's browser: no key, no redirect followed unasked."""
    with httpx.Client(base_url=sandbox.base_url) as client:
        yield client


@pytest.fixture
def request_for() -> Callable[..., PaymentRequest]:
    """A payment request for an order, open for forty minutes unless told otherwise."""

    def make(order_number: str = "FL-7K3M-9QXD", **changes: Any) -> PaymentRequest:
        values: dict[str, Any] = {
            "order_number": order_number,
            "amount_fen": 8600,
            "idempotency_key": f"{order_number}-1",
            "success_url": "http://127.0.0.1:1/orders/paid/?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1:1/orders/back/",
            "expires_at": datetime.now(UTC) + timedelta(minutes=40),
            "title": "丰路订单",
            "descriptions": ("洛川苹果 5 kg × 2", "运费"),
        }
        return PaymentRequest(**(values | changes))

    return make


@pytest.fixture
def paid(
    port: StripePort, control: SandboxControl, request_for: Callable[..., PaymentRequest]
) -> Callable[..., PaymentStatus]:
    """The status of an order that is paid, by card unless told otherwise."""

    def make(order_number: str = "FL-7K3M-9QXD", *, method: str = "card", **changes: Any) -> PaymentStatus:
        request = request_for(order_number, **changes)
        redirect = port.start(port.start_params(request), request.idempotency_key)
        control.pay(redirect.session_id, method=method)
        return port.status(redirect.session_id)

    return make
