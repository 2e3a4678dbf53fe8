"""The payment sandbox as a real process, empty before each test, and the port that speaks to it at the tests' time."""

import os
from collections.abc import Iterator

import pytest

from marketplace.payment.sandbox.control_client import SandboxControl
from marketplace.payment.stripe_adapter import StripePort
from tests.factories import NOW
from tests.payment_sandbox import SECRET_KEY, WEBHOOK_SECRET, SandboxProcess


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[SandboxProcess]:
    sandbox = SandboxProcess(os.environ["DATABASE_URL"], f"test_checkout_{os.getpid()}")
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.stop()


@pytest.fixture
def control(running_sandbox: SandboxProcess) -> Iterator[SandboxControl]:
    control = SandboxControl(running_sandbox.base_url, SECRET_KEY)
    control.reset()
    yield control
    control.close()


@pytest.fixture
def port(control: SandboxControl, running_sandbox: SandboxProcess) -> StripePort:
    return StripePort(
        secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_base=running_sandbox.base_url, at=NOW, quiet=True
    )
