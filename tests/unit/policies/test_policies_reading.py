"""Seasons from files: what is malformed is refused with its path, and what was written reads back the same."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from harvest_schedule.planner.fields import InstanceError
from harvest_schedule.policies.world_generate import world_generate
from harvest_schedule.policies.world_reading import world_read, world_to_json
from tests.unit.policies.worlds import STORE_AT_B, season


def test_a_season_that_was_written_reads_back_the_same() -> None:
    world = world_generate(5)
    assert world_read(json.loads(json.dumps(world_to_json(world)))) == world


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"weeks": 0}, "weeks"),
        ({"weeks": True}, "weeks"),
        ({"switching": 1.5}, "switching"),
        ({"closed": [9]}, "closed[0]"),
        ({"closed": 3}, "closed"),
        ({"produce": [{"id": "apple", "life": {"CELLAR": 2}}]}, "produce[0].life.CELLAR"),
        ({"produce": [{"id": "apple"}, {"id": "apple"}]}, "produce[1].id"),
        ({"produce": None}, "produce"),
        ({"cooperatives": [{"id": "A"}]}, "cooperatives[0].county"),
        ({"stores": {"COLD": {"loss": 1}}}, "stores.COLD.loss"),
        ({"stores": []}, "stores"),
    ],
)
def test_a_malformed_season_is_refused_with_the_path(change: dict[str, Any], path: str) -> None:
    with pytest.raises(InstanceError) as refused:
        world_read(season(**change))
    assert refused.value.path == path


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("coop", "Z"),
        ("produce", "pear"),
        ("end_day", 7),
        ("first_day", -1),
        ("high", 90),
        ("low", 101),
        ("likely", math.nan),
        ("past_shifts", ["x"]),
        ("reports", {}),
        ("declared_week", 6),
    ],
)
def test_a_malformed_harvest_is_refused_with_the_path(key: str, value: object) -> None:
    file = season()
    file["harvests"][1][key] = value
    with pytest.raises(InstanceError) as refused:
        world_read(file)
    assert refused.value.path.startswith(f"harvests[1].{key}")


def test_a_week_of_demand_that_is_named_twice_is_refused() -> None:
    file = season()
    file["demand"].append(file["demand"][0])
    with pytest.raises(InstanceError, match=r"demand\[6\].week: is named twice for apple: 0"):
        world_read(file)


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_what_is_no_object_is_no_season(value: object) -> None:
    with pytest.raises(InstanceError, match="must be an object"):
        world_read(value)


def test_dates_may_be_early_as_well_as_late() -> None:
    file = season()
    file["harvests"][0]["past_shifts"] = [-3, 2.5]
    file["harvests"][0]["reports"] = [{"week": 1, "low": 1, "likely": 2, "high": 3, "shift_days": -4}]
    row = world_read(file).harvests[0]
    assert row.past_shifts == (-3, 2.5)
    assert row.reports[0].shift_days == -4


def test_the_command_refuses_a_malformed_file_with_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "world.json"
    for text, said in (
        (json.dumps(season(weeks=-1)), "weeks:"),
        ("{", "$: is not JSON"),
        ("[" * 100_000, "$: is not JSON"),
    ):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit) as stopped:
            call_command("simulate_policies", world=str(file))
        assert stopped.value.code == 2
        assert capsys.readouterr().err.startswith(said)
    with pytest.raises(SystemExit) as stopped:
        call_command("simulate_policies", world=str(tmp_path / "none.json"))
    assert stopped.value.code == 2


def test_the_command_prints_every_figure_for_every_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "world.json"
    file.write_text(json.dumps(season(cooperatives=STORE_AT_B)), encoding="utf-8")
    call_command("simulate_policies", world=str(file))
    said = capsys.readouterr().out
    assert said.startswith("1 seasons: mean ± standard deviation")
    for title in ("income", "worst-off fifth", "sold", "spoilt", "fill rate", "broken", "weeks on sale", "variation"):
        assert title in said
    assert "gap closed" in said
    call_command("simulate_policies", world=str(file), policies=["pooled"])
    assert "gap closed" not in capsys.readouterr().out


def test_the_season_of_a_seed_can_be_written_and_played(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    call_command("simulate_policies", seed=5, write_world=str(file))
    assert world_read(json.loads(file.read_text(encoding="utf-8"))) == world_generate(5)


EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "season.json"


def test_the_season_of_the_documentation_can_be_played(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("simulate_policies", "--world", str(EXAMPLE), "--band", "0.5")

    printed = capsys.readouterr().out
    assert printed.splitlines()[1].split() == ["alone", "pooled", "fenglu", "foresight", "steady"]
    assert "gap closed" in printed


def test_a_slip_in_it_is_named_by_its_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = json.loads(EXAMPLE.read_text())
    wrong["harvests"][1]["reports"][0]["low"] = "2600"
    file = tmp_path / "season.json"
    file.write_text(json.dumps(wrong))

    with pytest.raises(SystemExit) as ended:
        call_command("simulate_policies", "--world", str(file))

    assert ended.value.code == 2
    assert "harvests[1].reports[0].low: " in capsys.readouterr().err
