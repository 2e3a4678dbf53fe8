"""
Daily temperatures out of a CSV as spreadsheets and weather services write it; reads no database.

Every malformed cell is named with its line and column and what to change. See docs/how_to/import_weather.md.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from django.utils.translation import gettext as _

#: Twenty years of eight hundred counties in one file is more than anybody needs.
MAX_BYTES = 128_000_000
MAX_ROWS = 6_000_000
#: With more than this many mistakes the file is of another kind, and reading on helps nobody.
MAX_MISTAKES = 100
FIRST_YEAR = 1950
#: Nowhere in China was it ever colder or hotter.
COLDEST_C, HOTTEST_C = -60, 60
MAX_SOURCE_LENGTH = 60

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "day", "日期"),
    "region": ("region", "region_code", "adcode", "code", "行政区划代码", "代码"),
    "mean": ("mean", "mean_c", "tavg", "平均气温", "平均"),
    "low": ("low", "low_c", "tmin", "最低气温", "最低"),
    "high": ("high", "high_c", "tmax", "最高气温", "最高"),
    "source": ("source", "来源"),
}
_DAY = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_TEMPERATURE = re.compile(r"[-+]?[0-9]{1,3}(?:\.[0-9]{1,6})?")


class UnreadableWeather(ValueError):
    """A file that is no table of temperatures; the message says why."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A cell that cannot be taken: its line, its column as the file names it, and what to change."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """One good row; temperatures in tenths of a degree Celsius."""

    line: int
    region: str
    day: date
    mean_dc: int | None
    low_dc: int | None
    high_dc: int | None
    source: str


class _Refused(ValueError):
    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(reason)


def weather_read(
    content: bytes, *, today: date, region: str = "", source: str = ""
) -> tuple[list[DayRow], list[Mistake]]:
    """
    Return the good rows and the mistakes of a file.

    Parameters
    ----------
    today
        Later days are refused: only what was measured counts.
    region
        Code of the region of all rows, for files without a column for it.
    source
        For rows that name none.

    Raises
    ------
    UnreadableWeather
        If the file is too large, in no known encoding, or lacks a column.
    """
    reader = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    rows: list[DayRow] = []
    mistakes: list[Mistake] = []
    lines_by_key: dict[tuple[str, date], int] = {}
    try:
        header = next(reader, [])
        columns = _columns_of(header, has_region=bool(region))
        for line, cells in _data_rows(reader):
            try:
                row = _row(line, cells, columns, today=today, region=region, source=source, width=len(header))
                first = lines_by_key.setdefault((row.region, row.day), line)
                if first != line:
                    raise _Refused(
                        "date",
                        _("This region and day stand on line %(line)s already. Keep one of them.") % {"line": first},
                    )
            except _Refused as refused:
                name = header[columns[refused.field]] if refused.field in columns else refused.field
                mistakes.append(Mistake(line, name.strip() or refused.field, refused.reason))
                if len(mistakes) >= MAX_MISTAKES:
                    break
                continue
            rows.append(row)
    except csv.Error as error:
        raise UnreadableWeather(
            _("Line %(line)s is no CSV: %(reason)s.") % {"line": reader.line_num, "reason": error}
        ) from error
    return rows, mistakes


class _Lines(Protocol):
    """A reader of the csv module, which counts the lines of the file."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...


def _data_rows(reader: _Lines) -> Iterator[tuple[int, list[str]]]:
    count = 0
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MAX_ROWS:
            raise UnreadableWeather(_("The file has more than 6,000,000 rows. Split it by years."))
        yield reader.line_num, cells


def _text(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise UnreadableWeather(_("The file is larger than 128 MB. Split it by years."))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise UnreadableWeather(_("The file is neither UTF-8 nor GB18030 text. Save it as CSV UTF-8."))


def _columns_of(header: list[str], *, has_region: bool) -> dict[str, int]:
    names = [unicodedata.normalize("NFKC", name).strip().lower().removesuffix("(°c)").strip() for name in header]
    found: dict[str, int] = {}
    for field, accepted in _COLUMNS.items():
        places = [index for index, name in enumerate(names) if name in accepted]
        if len(places) > 1:
            raise UnreadableWeather(_("Two columns stand for %(field)s: keep one.") % {"field": field})
        if places:
            found[field] = places[0]
    missing = [field for field in ("date", "region") if field not in found and not (field == "region" and has_region)]
    if "mean" not in found and not {"low", "high"} <= set(found):
        missing.append("mean | low + high")
    if missing:
        raise UnreadableWeather(
            _("The file has no column for: %(missing)s. Columns found: %(found)s.")
            % {"missing": ", ".join(missing), "found": ", ".join(header)[:200] or "-"}
        )
    return found


def _row(
    line: int, cells: list[str], columns: Mapping[str, int], *, today: date, region: str, source: str, width: int
) -> DayRow:
    if len(cells) > width:
        raise _Refused("date", _("The row has more cells than the header has columns. Take out the comma too many."))

    def cell(field: str) -> str:
        place = columns.get(field)
        text = cells[place] if place is not None and place < len(cells) else ""
        return unicodedata.normalize("NFKC", text).strip()

    code = cell("region") or region
    if not re.fullmatch(r"[0-9]{6}", code):
        raise _Refused("region", _("“%(text)s” is no six-digit division code (GB/T 2260).") % {"text": code[:20]})
    low, high, mean = (_tenths(cell(field), field) for field in ("low", "high", "mean"))
    if (low is None) != (high is None):
        given, lacking = ("high", "low") if low is None else ("low", "high")
        raise _Refused(lacking, _("The row has “%(given)s” only. Fill in both, or neither.") % {"given": given})
    if low is not None and high is not None:
        if low > high:
            raise _Refused("low", _("The lowest temperature is above the highest. Change one of the two."))
        if mean is not None and not low <= mean <= high:
            raise _Refused("mean", _("The mean lies outside the lowest and highest. Change one of them."))
    elif mean is None:
        raise _Refused(
            "mean" if "mean" in columns else "low",
            _("The row has no temperature. Leave out days that were not measured."),
        )
    named = cell("source") or source
    if len(named) > MAX_SOURCE_LENGTH:
        raise _Refused("source", _("The source is longer than %(count)s characters.") % {"count": MAX_SOURCE_LENGTH})
    return DayRow(line, code, _day(cell("date"), today), mean, low, high, named)


def _day(text: str, today: date) -> date:
    match = _DAY.fullmatch(text)
    try:
        day = date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        day = None
    if day is None:
        raise _Refused("date", _("“%(text)s” is no day. Write it like 2026-04-20.") % {"text": text[:20]})
    if day > today:
        raise _Refused("date", _("%(day)s is yet to come. Only measured days are taken.") % {"day": day})
    if day.year < FIRST_YEAR:
        raise _Refused("date", _("%(day)s lies before %(year)s. Check the year.") % {"day": day, "year": FIRST_YEAR})
    return day


def _tenths(text: str, field: str) -> int | None:
    text = text.replace("−", "-")
    if not text:
        return None
    if not _TEMPERATURE.fullmatch(text):
        raise _Refused(
            field, _("“%(text)s” is no temperature. Write degrees Celsius like 12.5 or -3.") % {"text": text[:20]}
        )
    degrees = Decimal(text)
    if not COLDEST_C <= degrees <= HOTTEST_C:
        raise _Refused(
            field,
            _("%(degrees)s °C is not possible. Write degrees Celsius between %(low)s and %(high)s.")
            % {"degrees": text, "low": COLDEST_C, "high": HOTTEST_C},
        )
    return int((degrees * 10).to_integral_value(ROUND_HALF_UP))
