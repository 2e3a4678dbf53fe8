"""One grower with a phone, her cooperative, and another cooperative she must never see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from harvest_schedule.models import Harvest, PickCall
from marketplace.cooperatives.models import Cooperative
from tests.factories import CooperativeFactory
from tests.factories.harvests import HarvestFactory, PickCallFactory, UserFactory, Village


@dataclass
class Grower:
    """The grower's client and what belongs to her cooperative."""

    client: Client
    user: Any
    village: Village
    cooperative: Cooperative
    harvest: Harvest
    call: PickCall
    foreign_harvest: Harvest
    foreign_call: PickCall
    extra: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def grower(db: None, client: Client, frozen_clock: datetime) -> Grower:
    """Signed in, reading English; the pages are asked for in Chinese by the tests that look at Chinese."""
    village = Village(12_000)
    harvest = village.harvests[0]
    user = UserFactory()
    harvest.cooperative.staff.add(user)
    client.force_login(user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    foreign = HarvestFactory(cooperative=CooperativeFactory(name_zh="江岸合作社"), produce=village.pool.produce)
    return Grower(
        client=client,
        user=user,
        village=village,
        cooperative=harvest.cooperative,
        harvest=harvest,
        call=PickCallFactory(harvest=harvest, grade=village.grade, asked_g=62_000),
        foreign_harvest=foreign,
        foreign_call=PickCallFactory(harvest=foreign, grade=village.grade),
    )
