"""What the integration tests share."""

from datetime import datetime

import pytest

from marketplace.foundation import clock
from tests.factories import NOW


@pytest.fixture
def frozen_clock(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Stop the shop's clock at `NOW` for views; services and selectors take `at` instead."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return NOW
