"""Temperatures from files: all or nothing, the same file twice, and every mistake by its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import translation

from harvest_schedule.models import DailyTemperature
from harvest_schedule.services.weather import Span, WeatherImported, weather_import
from harvest_schedule.services.weather_reading import UnreadableWeather
from tests.factories import NOW, TODAY, RegionFactory

pytestmark = pytest.mark.django_db
COUNTY = "621102"


@pytest.fixture(autouse=True)
def county() -> Iterator[None]:
    """One county is known, and mistakes are told in English."""
    RegionFactory(code=COUNTY)
    with translation.override("en"):
        yield


def brought(text: str, **more: str) -> WeatherImported:
    return weather_import(content=text.encode(), at=NOW, source=more.pop("source", "test"), **more)


def kept() -> list[tuple[str, date, int | None, int | None, int | None]]:
    rows = DailyTemperature.objects.order_by("region_id", "day")
    return list(rows.values_list("region_id", "day", "mean_dc", "low_dc", "high_dc"))


def test_means_and_extremes_become_tenths_of_a_degree() -> None:
    done = brought(f"date,region,mean,low,high\n2026-04-20,{COUNTY},8.25,,\n2026-04-21,{COUNTY},,-3,12.5\n")

    assert (done.num_rows, done.num_new, done.num_changed, done.mistakes) == (2, 2, 0, ())
    assert kept() == [
        (COUNTY, date(2026, 4, 20), 83, None, None),
        (COUNTY, date(2026, 4, 21), None, -30, 125),
    ]


def test_the_same_file_twice_changes_nothing_and_a_corrected_one_corrects() -> None:
    text = f"date,region,mean\n2026-04-20,{COUNTY},8\n2026-04-21,{COUNTY},9\n"
    brought(text)
    before = list(DailyTemperature.objects.order_by("pk").values())

    again = brought(text)
    assert (again.num_new, again.num_changed) == (0, 0)
    assert list(DailyTemperature.objects.order_by("pk").values()) == before

    corrected = brought(text.replace("9\n", "9.4\n"))
    assert (corrected.num_new, corrected.num_changed) == (0, 1)
    assert [row[2] for row in kept()] == [80, 94]


def test_chinese_headers_gb18030_and_full_width_figures_are_read() -> None:
    text = f"日期,行政区划代码,最低气温,最高气温\n2026/4/20,{COUNTY},－３.５,１２\n"

    done = weather_import(content=text.encode("gb18030"), at=NOW, source="站点")

    assert done.mistakes == ()
    assert kept() == [(COUNTY, date(2026, 4, 20), None, -35, 120)]


def test_a_file_of_one_county_needs_no_column_for_it() -> None:
    assert brought("date,mean\n2026-04-20,8\n", region=COUNTY).num_new == 1


def test_days_that_are_missing_are_counted() -> None:
    done = brought(f"date,region,mean\n2026-04-20,{COUNTY},8\n2026-04-24,{COUNTY},9\n")

    assert done.spans == (Span(COUNTY, date(2026, 4, 20), date(2026, 4, 24), 3),)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (f"2026-04-31,{COUNTY},8,,,", "date", "no day"),
        (f"20 April,{COUNTY},8,,,", "date", "2026-04-20"),
        (f"1926-04-20,{COUNTY},8,,,", "date", "before 1950"),
        (f"{TODAY + timedelta(days=1)},{COUNTY},8,,,", "date", "yet to come"),
        ("2026-04-20,6211,8,,,", "code", "six-digit"),
        ("2026-04-20,999999,8,,,", "region", "999999"),
        (f"2026-04-20,{COUNTY},warm,,,", "mean_c", "no temperature"),
        (f"2026-04-20,{COUNTY},nan,,,", "mean_c", "no temperature"),
        (f"2026-04-20,{COUNTY},288.1,,,", "mean_c", "between -60 and 60"),
        (f"2026-04-20,{COUNTY},,,,", "mean_c", "no temperature"),
        (f"2026-04-20,{COUNTY},,3,,", "tmax", "Fill in both"),
        (f"2026-04-20,{COUNTY},,9,3,", "tmin", "above the highest"),
        (f"2026-04-20,{COUNTY},20,3,9,", "mean_c", "outside"),
        (f"2026-04-20,{COUNTY},8,,,x,more", "date", "more cells"),
        (f"2026-04-20,{COUNTY},8,,,{'x' * 61}", "source", "60 characters"),
        (f"2026-04-19,{COUNTY},8,,,", "date", "line 2"),
    ],
)
def test_a_mistake_is_named_with_line_and_column_and_nothing_is_written(row: str, column: str, words: str) -> None:
    done = brought(f"date,code,mean_c,tmin,tmax,source\n2026-04-19,{COUNTY},7,,,\n{row}\n")

    assert [(mistake.line, mistake.column) for mistake in done.mistakes] == [(3, column)]
    assert words in done.mistakes[0].reason
    assert kept() == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column for: date, region"),
        (b"date,region\n", "mean | low"),
        (b"date,region,low\n", "mean | low"),
        (b"date,region,mean,tavg\n", "Two columns"),
        (b"\xff\xff\xff", "GB18030"),
        (b"date,region,mean\n2026-04-20,621102,8\x00\n", "GB18030"),
        (b'date,region,mean\n"2026-04-20,621102,8\n', "no CSV"),
    ],
)
def test_what_is_no_table_of_temperatures_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableWeather) as refused:
        weather_import(content=content, at=NOW)

    assert words in str(refused.value)


def test_the_command_prints_what_it_did_and_where_the_mistakes_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "dingxi.csv"
    file.write_text(f"date,region,mean\n2026-04-20,{COUNTY},8\n2026-04-22,{COUNTY},9\n")
    call_command("import_weather", str(file))
    printed = capsys.readouterr().out
    assert f"{COUNTY}: 2026-04-20 to 2026-04-22, days without a figure between them: 1" in printed
    assert "2 rows: 2 new, 0 changed, 0 as they were" in printed
    assert set(DailyTemperature.objects.values_list("source", flat=True)) == {"dingxi"}

    file.write_text(f"date,region,mean\n2026-04-20,{COUNTY},8\n2026-04-22,{COUNTY},hot\n")
    with pytest.raises(CommandError, match="nothing was written"):
        call_command("import_weather", str(file))
    assert f"{file}:3: mean: " in capsys.readouterr().err

    with pytest.raises(CommandError, match="No such file"):
        call_command("import_weather", str(tmp_path / "nowhere.csv"))


@pytest.mark.parametrize(
    "figures",
    [{}, {"low_dc": 10}, {"low_dc": 20, "high_dc": 10}],
)
def test_the_database_keeps_no_day_without_a_temperature(figures: dict[str, int]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        DailyTemperature.objects.create(region_id=COUNTY, day=TODAY, **figures)


def test_a_mistake_is_told_in_chinese_too() -> None:
    with translation.override("zh-hans"):
        done = brought(f"date,region,mean\n2026-04-20,{COUNTY},热\n")

    assert done.mistakes[0].reason == "“热”不是气温，请写摄氏度，如 12.5 或 -3。"
