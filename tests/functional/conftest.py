"""The browser's fixtures, and a season of one county with its people."""

from __future__ import annotations

import pytest

from tests.browser import Shop, browser, provider, shop, visit
from tests.functional.season import Season, season_of_zigui

__all__ = ["browser", "provider", "shop", "visit"]


@pytest.fixture
def season(shop: Shop) -> Season:
    """Zigui's oranges, declared by two cooperatives and planned on Monday."""
    return season_of_zigui()
