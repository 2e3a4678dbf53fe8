"""The fixture files as typed rows. Reading them is the only place that knows their columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class DivisionRow:
    """One administrative division; the parent stands before its children."""

    code: str
    level: str
    parent: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class CountyRow:
    """What is known of a county the produce grows in. Coordinates are those of the county seat, in degrees."""

    code: str
    lat: Decimal
    lon: Decimal
    year_removed: int | None


@dataclass(frozen=True)
class GradeRow:
    """One quality class of a grade set."""

    grade_set: str
    code: str
    rank: int
    name_zh: str
    name_en: str
    detail_zh: str
    detail_en: str
    standard: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def whole(text: str) -> int | None:
    """Return a whole number, or None for an empty cell."""
    return int(text) if text else None


def month_and_days(text: str) -> tuple[int, int, int, int] | None:
    """Read `11-05/01-31` as (start month, start day, end month, end day); an empty cell is None."""
    if not text:
        return None
    start, end = text.split("/")
    numbers = [int(part) for part in (*start.split("-"), *end.split("-"))]
    return numbers[0], numbers[1], numbers[2], numbers[3]


def division_rows() -> list[DivisionRow]:
    """Return provinces, then prefectures, then counties."""
    return [DivisionRow(**row) for row in _rows("divisions.csv")]


def county_rows() -> list[CountyRow]:
    """Return the counties of the produce."""
    return [
        CountyRow(row["code"], Decimal(row["lat"]), Decimal(row["lon"]), whole(row["year_removed"]))
        for row in _rows("counties.csv")
    ]


def grade_rows() -> list[GradeRow]:
    """Return the quality classes of every grade set."""
    return [GradeRow(**{**row, "rank": int(row["rank"])}) for row in _rows("grades.csv")]  # type: ignore[arg-type]


def produce_rows() -> list[dict[str, str]]:
    """Return the produce as in the file; `services.produce_load` turns each into rows."""
    return list(_rows("produce.csv"))
