"""``solve_plan``: exit codes, what is written where, and that nothing else is written to standard output."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harvest_schedule.planner.cli import run
from tests.unit.planner.builders import instance

ROOT = Path(__file__).parents[3]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "instance.json"
    path.write_text(json.dumps(instance()), encoding="utf-8")
    return path


def test_an_answer_is_written_to_the_file_named(written: Path, tmp_path: Path) -> None:
    output = tmp_path / "answer.json"

    assert run([str(written), "--time-limit", "10", "--output", str(output)]) == 0

    answer = json.loads(output.read_text(encoding="utf-8"))
    assert answer["objective"] == pytest.approx(405)
    assert answer["status"] == "optimal"
    assert answer["gap"] == pytest.approx(0, abs=1e-6)
    assert {"bound", "uptake", "sales", "storage", "listed", "trucks", "short", "duals"} <= answer.keys()
    assert "windows" not in answer


def test_reasons_are_added_when_asked_for(written: Path, tmp_path: Path) -> None:
    output = tmp_path / "answer.json"

    assert run([str(written), "--output", str(output), "--explain"]) == 0

    answer = json.loads(output.read_text(encoding="utf-8"))
    assert [row["phase"] for row in answer["windows"]] == ["fresh", "stored"]
    assert {"zh", "en", "key", "numbers", "subject"} <= answer["reasons"][0].keys()


def test_standard_output_holds_the_answer_alone(written: Path) -> None:
    # A process of its own: the solver's banner comes only once, and past Python's own streams.
    done = subprocess.run(
        [sys.executable, "-m", "harvest_schedule.planner", str(written)], cwd=ROOT, capture_output=True, check=True
    )

    assert json.loads(done.stdout)["objective"] == pytest.approx(405)


def test_a_malformed_field_ends_in_two_and_names_its_path(
    written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data: dict[str, Any] = instance()
    data["supply"] = [*data["supply"], {"coop": "A", "produce": "apple", "bucket": 1, "qty": -4}]
    written.write_text(json.dumps(data), encoding="utf-8")
    output = tmp_path / "answer.json"

    assert run([str(written), "--output", str(output)]) == 2

    assert capsys.readouterr().err == "supply[1].qty: must not be negative, is -4\n"
    assert not output.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "$: is not JSON"),
        (b"", "$: is not JSON"),
        (b"\xff\xfe\x00", "$: is not UTF-8"),
        (b"[" * 100_000, "$: is not JSON"),
        (b'{"buckets": NaN}', "buckets: must be a finite number"),
        (b'{"buckets": ' + b"9" * 5000 + b"}", "$: is not JSON"),
        (b"[]", "$: must be an object"),
    ],
    ids=["half", "empty", "bytes", "deep", "nan", "digits", "list"],
)
def test_a_file_that_is_no_instance_is_refused(
    content: bytes, said: str, written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written.write_bytes(content)

    assert run([str(written)]) == 2

    assert capsys.readouterr().err.startswith(said)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(tmp_path / "missing.json")]) == 2

    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", [["--time-limit", "-1"], ["--time-limit", "nan"], ["--time-limit", "soon"], ["--gap", "1"], ["--what"]]
)
def test_wrong_arguments_end_in_two(wrong: list[str], written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(written), *wrong]) == 2

    assert "usage: solve_plan" in capsys.readouterr().err


def test_contracts_that_contradict_each_other_are_an_answer(written: Path, tmp_path: Path) -> None:
    sale = {"produce": "apple", "channel": "web", "bucket": 0, "qty": 100, "price": 5, "short_penalty": 9}
    written.write_text(json.dumps(instance(contracts=[sale, sale])), encoding="utf-8")
    output = tmp_path / "answer.json"

    assert run([str(written), "--output", str(output)]) == 0

    answer = json.loads(output.read_text(encoding="utf-8"))
    assert sum(row["qty"] for row in answer["short"]) == pytest.approx(100)


def test_no_time_still_gives_a_plan_marked_as_such(written: Path, tmp_path: Path) -> None:
    output = tmp_path / "answer.json"

    assert run([str(written), "--time-limit", "0", "--output", str(output)]) == 0

    answer = json.loads(output.read_text(encoding="utf-8"))
    assert answer["status"] == "time_limit"
    assert answer["objective"] == 0
