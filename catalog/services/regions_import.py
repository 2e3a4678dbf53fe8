"""
Reading a register of counties from a spreadsheet's CSV: all of it or nothing.

The encoding is found strictly: UTF-8 over the whole file first, then GB18030 (which holds GBK); never by replacing
what does not fit. UTF-16 is read by its byte order mark.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Region
from catalog.provinces import PROVINCES

#: More than all counties of the country ten times over: a larger file is the wrong file.
MAX_BYTES = 5_000_000
MAX_ROWS = 40_000
#: Names of the columns we read, in the words registers use.
_COLUMNS = {
    "code": ("adcode", "code", "gb_code", "行政区划代码", "代码"),
    "name_zh": ("county_now", "county", "name_zh", "区县", "县", "名称"),
    "old_name_zh": ("county",),
    "name_en": ("name_pinyin", "name_en", "拼音"),
    "lat": ("lat", "纬度"),
    "lon": ("lon", "经度"),
    "year_removed": ("year_removed", "退出年份", "摘帽年份"),
}
_NOTE_IN_NAME = re.compile(r"\s*[（(].*?[）)]\s*$")


class UnreadableRegister(ValueError):
    """A file that is no register of counties; the message says why."""


@dataclass(frozen=True)
class BadRow:
    """A row that was not taken: its line in the file and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Imported:
    """What an import did. With bad rows and ``skip_bad_rows`` off, nothing was written."""

    encoding: str
    num_rows: int
    num_created: int
    num_changed: int
    bad_rows: list[BadRow]
    was_written: bool


@dataclass(frozen=True)
class CountyLine:
    """One good row. Coordinates in degrees."""

    line: int
    code: str
    name_zh: str
    name_en: str
    lat: Decimal | None
    lon: Decimal | None
    year_removed: int | None


def decode(content: bytes) -> tuple[str, str]:
    """Return the text and the encoding it was in; strict over the whole file."""
    if len(content) > MAX_BYTES:
        raise UnreadableRegister(_("The file is larger than 5 MB."))
    has_utf16_mark = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if has_utf16_mark else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise UnreadableRegister(_("The file holds NUL characters, so it is no CSV."))
        return text, encoding
    raise UnreadableRegister(_("The file is neither UTF-8 nor GB18030. Please save it as CSV UTF-8."))


def _columns_of(header: list[str]) -> dict[str, str]:
    names = {name.strip().lower(): name for name in header}
    found = {}
    for field, accepted in _COLUMNS.items():
        for name in accepted:
            if name in names:
                found[field] = names[name]
                break
    missing = [field for field in ("code", "name_zh") if field not in found]
    if missing:
        raise UnreadableRegister(
            _("The file has no column for the %(fields)s. Columns found: %(found)s.")
            % {"fields": ", ".join(missing), "found": ", ".join(header)[:200]}
        )
    return found


def _degrees(text: str, low: int, high: int) -> Decimal | None:
    if not text:
        return None
    number = Decimal(text)
    if not low <= number <= high:
        raise ValueError(_("%(number)s is no coordinate in China.") % {"number": text})
    return number


def _county_line(row: dict[str, str], columns: dict[str, str], line: int) -> CountyLine:
    """Return the good row; raises ValueError with the reason otherwise."""

    def cell(field: str) -> str:
        return (row.get(columns.get(field, "")) or "").strip()

    code, name = cell("code"), cell("name_zh") or cell("old_name_zh")
    name = _NOTE_IN_NAME.sub("", name)
    if not code:
        raise ValueError(_("No division code (GB/T 2260)."))
    if not re.fullmatch(r"[0-9]{6}", code):
        raise ValueError(_("%(code)s is no six-digit division code.") % {"code": code[:20]})
    if code[:2] not in PROVINCES:
        raise ValueError(_("No province has the code %(code)s.") % {"code": code[:2]})
    if code.endswith("00"):
        raise ValueError(_("%(code)s is the code of a province or prefecture.") % {"code": code})
    if not name or len(name) > 40 or not re.search("[\u3400-\u9fff]", name):
        raise ValueError(_("The Chinese name is missing or longer than 40 characters."))
    year_text = cell("year_removed")
    if year_text and not re.fullmatch(r"20[0-9]{2}", year_text):
        raise ValueError(_("%(year)s is no year.") % {"year": year_text[:20]})
    try:
        lat, lon = _degrees(cell("lat"), 3, 54), _degrees(cell("lon"), 73, 136)
    except InvalidOperation as error:
        raise ValueError(_("The coordinates are no numbers.")) from error
    return CountyLine(line, code, name, cell("name_en")[:60], lat, lon, int(year_text) if year_text else None)


def read_register(content: bytes) -> tuple[str, list[CountyLine], list[BadRow]]:
    """
    Return the encoding, the good rows and the bad ones of a register; reads no database.

    Raises
    ------
    UnreadableRegister
        If the file is too large, in no known encoding, or has no column for code and name.
    """
    text, encoding = decode(content)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = _columns_of(list(reader.fieldnames or []))
    good: list[CountyLine] = []
    bad: list[BadRow] = []
    lines_by_code: dict[str, int] = {}
    for row in reader:
        line = reader.line_num
        if len(good) + len(bad) >= MAX_ROWS:
            raise UnreadableRegister(_("The file has more than 40,000 rows."))
        try:
            if None in row:
                raise ValueError(_("More cells than the header has columns."))
            county = _county_line(row, columns, line)
            if county.code in lines_by_code:
                raise ValueError(
                    _("The code %(code)s stands on line %(line)s already.")
                    % {"code": county.code, "line": lines_by_code[county.code]}
                )
        except ValueError as error:
            bad.append(BadRow(line, str(error)))
            continue
        lines_by_code[county.code] = line
        good.append(county)
    return encoding, good, bad


def _parent_code(code: str, known: set[str]) -> str | None:
    for parent in (code[:4] + "00", code[:2] + "0000"):
        if parent in known:
            return parent
    return None


@transaction.atomic
def regions_import(*, content: bytes, edition: str, skip_bad_rows: bool = False) -> Imported:
    """
    Bring a register of counties into the database.

    With a bad row nothing is written, unless ``skip_bad_rows`` says to take the good ones. Importing the same file
    again changes nothing; an empty cell never clears what is known.

    Raises
    ------
    UnreadableRegister
        If the file cannot be read at all.
    """
    encoding, good, bad = read_register(content)
    if bad and not skip_bad_rows:
        return Imported(encoding, len(good) + len(bad), 0, 0, bad, was_written=False)
    above = set(Region.objects.exclude(level=Region.Level.COUNTY).values_list("code", flat=True))
    present = {
        region.code: region
        for region in Region.objects.select_for_update().filter(code__in=[row.code for row in good]).order_by("code")
    }
    created, changed = [], []
    for row in good:
        region = present.get(row.code)
        if region is None:
            created.append(
                Region(
                    code=row.code,
                    level=Region.Level.COUNTY,
                    name_zh=row.name_zh,
                    name_en=row.name_en,
                    parent_id=_parent_code(row.code, above),
                    lat=row.lat,
                    lon=row.lon,
                    year_removed=row.year_removed,
                    edition=edition,
                )
            )
        elif _fill(region, row):
            changed.append(region)
    Region.objects.bulk_create(created)
    Region.objects.bulk_update(changed, ["name_en", "lat", "lon", "year_removed"])
    return Imported(encoding, len(good) + len(bad), len(created), len(changed), bad, was_written=True)


def _fill(region: Region, row: CountyLine) -> bool:
    """Set what the row knows and the region does not, or says otherwise; the official name stays."""
    wanted = {
        "name_en": region.name_en or row.name_en,
        "lat": row.lat if row.lat is not None else region.lat,
        "lon": row.lon if row.lon is not None else region.lon,
        "year_removed": row.year_removed or region.year_removed,
    }
    is_changed = any(getattr(region, field) != value for field, value in wanted.items())
    for field, value in wanted.items():
        setattr(region, field, value)
    return is_changed
