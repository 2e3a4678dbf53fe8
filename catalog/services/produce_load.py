"""Bringing the fixture into the database: divisions, produce, harvest windows and grades. Safe to run again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from catalog.data_files import (
    GradeRow,
    county_rows,
    division_rows,
    grade_rows,
    month_and_days,
    produce_rows,
    whole,
)
from catalog.models import Grade, HarvestWindow, Produce, Product, Region
from catalog.services.search_index import product_index

#: The edition of the codes in divisions.csv: National Bureau of Statistics, 2023.
DIVISIONS_EDITION = "NBS 2023"

_TEXTS = [
    "name_zh",
    "name_en",
    "pinyin",
    "aliases_zh",
    "aliases_en",
    "category",
    "species",
    "variety_zh",
    "variety_en",
    "gi_mark",
    "gi_basis",
    "typical_pack",
    "notes_zh",
    "notes_en",
    "confidence",
    "product_form",
    "compliance_flags",
    "timing_source",
]
_NUMBERS = [
    "storage_days_ambient",
    "storage_days_cold",
    "storage_temp_min_c",
    "storage_temp_max_c",
    "farmgate_low_fen_per_kg",
    "farmgate_high_fen_per_kg",
    "gdd_to_harvest",
    "bloom_days_low",
    "bloom_days_high",
]
_REGION_FIELDS = ["level", "name_zh", "name_en", "parent", "edition"]
_GRADE_FIELDS = ["rank", "name_zh", "name_en", "detail_zh", "detail_en", "standard"]


@dataclass(frozen=True)
class Loaded:
    """How many rows of each kind the fixture holds."""

    num_regions: int
    num_produce: int
    num_grades: int


def _load_regions() -> int:
    rows = division_rows()
    for level in (Region.Level.PROVINCE, Region.Level.PREFECTURE, Region.Level.COUNTY):
        Region.objects.bulk_create(
            [
                Region(
                    code=row.code,
                    level=row.level,
                    name_zh=row.name_zh,
                    name_en=row.name_en,
                    parent_id=row.parent or None,
                    edition=DIVISIONS_EDITION,
                )
                for row in rows
                if row.level == level
            ],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=_REGION_FIELDS,
        )
    known = {row.code: row for row in county_rows()}
    counties = list(Region.objects.filter(code__in=known))
    for county in counties:
        row = known[county.code]
        county.lat, county.lon, county.year_removed = row.lat, row.lon, row.year_removed
    Region.objects.bulk_update(counties, ["lat", "lon", "year_removed"])
    return len(rows)


def _produce_of(row: dict[str, str]) -> Produce:
    return Produce(
        slug=row["slug"],
        region_id=row["county_code"],
        gdd_base_c=Decimal(row["gdd_base_c"]) if row["gdd_base_c"] else None,
        **{name: row[name] for name in _TEXTS},
        **{name: whole(row[name]) for name in _NUMBERS},
    )


def _load_produce(rows: list[dict[str, str]]) -> dict[str, Produce]:
    Produce.objects.bulk_create(
        [_produce_of(row) for row in rows],
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=[*_TEXTS, *_NUMBERS, "gdd_base_c", "region"],
    )
    return {produce.slug: produce for produce in Produce.objects.filter(slug__in=[row["slug"] for row in rows])}


def _load_windows(rows: list[dict[str, str]], produce: dict[str, Produce]) -> None:
    windows = []
    for row in rows:
        for ordinal in (1, 2):
            dates = month_and_days(row[f"harvest_{ordinal}"])
            if dates:
                windows.append(HarvestWindow(produce=produce[row["slug"]], ordinal=ordinal, **_dates(dates)))
    HarvestWindow.objects.bulk_create(
        windows,
        update_conflicts=True,
        unique_fields=["produce", "ordinal"],
        update_fields=["start_month", "start_day", "end_month", "end_day"],
    )
    kept = {(window.produce_id, window.ordinal) for window in windows}
    stale = [
        window.pk
        for window in HarvestWindow.objects.filter(produce__in=produce.values())
        if (window.produce_id, window.ordinal) not in kept
    ]
    HarvestWindow.objects.filter(pk__in=stale).delete()


def _dates(dates: tuple[int, int, int, int]) -> dict[str, int]:
    return dict(zip(("start_month", "start_day", "end_month", "end_day"), dates, strict=True))


def _load_grades(rows: list[dict[str, str]], produce: dict[str, Produce]) -> int:
    sets: dict[str, list[GradeRow]] = defaultdict(list)
    for grade in grade_rows():
        sets[grade.grade_set].append(grade)
    grades = [
        Grade(
            produce=produce[row["slug"]],
            code=grade.code,
            rank=grade.rank,
            name_zh=grade.name_zh,
            name_en=grade.name_en,
            detail_zh=grade.detail_zh,
            detail_en=grade.detail_en,
            standard=row["grade_standard"] or grade.standard,
        )
        for row in rows
        for grade in sets[row["grade_set"]]
    ]
    Grade.objects.bulk_create(
        grades, update_conflicts=True, unique_fields=["produce", "code"], update_fields=_GRADE_FIELDS
    )
    return len(grades)


@transaction.atomic
def produce_load(*, at: datetime) -> Loaded:
    """
    Bring the fixture's divisions, produce, harvest windows and grades into the database.

    Rows are keyed by code, slug and grade code, so a second run changes nothing and a corrected file corrects its
    rows; nothing that others refer to is deleted. Products of the produce are indexed again.

    Parameters
    ----------
    at
        The moment of loading.
    """
    num_regions = _load_regions()
    rows = produce_rows()
    produce = _load_produce(rows)
    _load_windows(rows, produce)
    num_grades = _load_grades(rows, produce)
    product_index(
        product_ids=list(Product.objects.filter(produce__in=produce.values()).values_list("pk", flat=True)), at=at
    )
    return Loaded(num_regions, len(rows), num_grades)
