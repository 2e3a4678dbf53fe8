"""A year of a small cast: something is on sale, in every phase, in every week."""

from __future__ import annotations

import random
from io import StringIO

import pytest
from django.core.management import call_command

from catalog.partner.models import StockRecord
from catalog.services.produce_load import produce_load
from harvest_schedule.selectors.season_coverage import season_coverage
from harvest_schedule.services.plans import plans_run
from marketplace.demo import cast_load as stage
from marketplace.demo.cast import POOLS
from marketplace.demo.declarations import Declarations
from marketplace.foundation.outbox import outbox_without_worker
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db

SMALL_CAST = (
    "zigui-navel-orange",
    "jingning-apple",
    "jingyuan-goji",
    "wushan-chives",
    "meitan-cuiya-tea",
    "mizhi-millet",
    "dingxi-potato",
    "yanchi-tan-lamb",
    "gonghe-rainbow-trout",
    "ningdu-yellow-chicken",
    "xingguo-grey-goose",
    "congjiang-xiang-pig",
    "fengjie-navel-orange",
    "wushan-crisp-plum",
    "yanling-yellow-peach",
    "dangshan-pear",
)


@pytest.fixture
def year(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small cast with its harvests declared and its first plans in force."""
    monkeypatch.setattr(stage, "POOLS", tuple(row for row in POOLS if row.produce in SMALL_CAST))
    produce_load(at=NOW)
    with outbox_without_worker():
        stage.cast_load(seed=1, at=NOW)
        Declarations(first=TODAY, last=TODAY, chance=random.Random(1)).declare_all()
        plans_run(at=NOW)


@pytest.mark.usefixtures("year")
def test_every_week_of_the_year_has_products_of_every_phase_on_sale() -> None:
    weeks = season_coverage(NOW)

    assert len(weeks) == 52
    assert [week for week in weeks if not week.has_every_phase] == []
    assert min(week.num_products for week in weeks) >= 8


@pytest.mark.usefixtures("year")
def test_the_command_prints_a_line_a_week_and_fails_where_a_week_is_too_thin() -> None:
    out = StringIO()
    call_command("season_coverage", "--at", NOW.isoformat(), "--weeks", "10", stdout=out)
    lines = out.getvalue().splitlines()

    assert len(lines) == 12
    assert lines[1].startswith("2026-11-23")
    with pytest.raises(SystemExit):
        call_command("season_coverage", "--at", NOW.isoformat(), "--least", "500", stdout=StringIO())


def test_a_shop_with_no_windows_has_empty_weeks() -> None:
    assert {week.num_products for week in season_coverage(NOW, num_weeks=3)} == {0}
    assert not StockRecord.objects.exists()
