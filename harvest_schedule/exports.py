"""A pool's plan as a workbook and as a calendar, for those who work with either."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from catalog.partner.models import Phase
from harvest_schedule.models import PlanUptake, PlanWindow, SeasonPlan
from harvest_schedule.selectors.harvest_reasons import HarvestReasons, harvest_reasons
from marketplace.foundation.clock import SHANGHAI
from marketplace.foundation.units import G_PER_KG

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ICS_TYPE = "text/calendar; charset=utf-8"
_WIDEST = 60


def plan_windows(plan: SeasonPlan) -> list[PlanWindow]:
    """Return the windows of a plan with what is sold of them, in the order in which they open."""
    rows = PlanWindow.objects.filter(plan=plan, window__num_in_stock__gt=0)
    return list(rows.select_related("window__product").order_by("window__opens_at", "window__product_id", "pk"))


def plan_uptakes(plan: SeasonPlan) -> list[PlanUptake]:
    """Return what the plan takes of each harvest and grade, week by week."""
    rows = PlanUptake.objects.filter(plan=plan, uptake_g__gt=0)
    return list(rows.select_related("harvest__cooperative", "grade").order_by("starts_on", "harvest_id", "grade__rank"))


def plan_workbook(plan: SeasonPlan) -> bytes:
    """Return an .xlsx with sheets of windows, weeks of picking and harvests; no cell of it is ever a formula."""
    harvests = harvest_reasons(plan)
    why = _why(harvests)
    book = Workbook()
    book.remove(book.worksheets[0])
    _fill(
        book.create_sheet(pgettext("sheet", "Windows")),
        [
            _("Product"),
            _("Net weight (g)"),
            _("Phase"),
            _("Opens"),
            _("Closes"),
            _("Ships from"),
            _("Ships by"),
            _("Price (yuan)"),
            _("Cap (boxes)"),
            _("Sold (boxes)"),
            _("Why"),
        ],
        (
            [
                row.window.product.name,
                row.window.product.net_weight_g,
                str(Phase(row.window.phase).label),
                _local(row.window.opens_at),
                _local(row.window.closes_at),
                row.window.ships_from,
                row.window.ships_by,
                row.window.price,
                row.window.num_in_stock,
                row.window.num_allocated,
                row.reason,
            ]
            for row in plan_windows(plan)
        ),
    )
    _fill(
        book.create_sheet(pgettext("sheet", "Picking")),
        [_("Week of"), _("Cooperative"), _("Grade"), _("To pick (kg)"), _("Why")],
        (
            [
                row.starts_on,
                row.harvest.cooperative.name,
                row.grade.name,
                row.uptake_g / G_PER_KG,
                why.get((row.harvest_id, row.grade_id, row.starts_on), ""),
            ]
            for row in plan_uptakes(plan)
        ),
    )
    _fill(
        book.create_sheet(pgettext("sheet", "Harvests")),
        [
            _("Cooperative"),
            _("First day"),
            _("Last day"),
            _("Low (kg)"),
            _("Likely (kg)"),
            _("High (kg)"),
            _("Still expected (kg)"),
            _("Taken by the plan (kg)"),
        ],
        (
            [
                row.harvest.cooperative.name,
                row.harvest.starts_on,
                row.harvest.ends_on,
                *(grams / G_PER_KG for grams in (row.harvest.low_g, row.harvest.likely_g, row.harvest.high_g)),
                row.expected_g / G_PER_KG,
                row.taken_g / G_PER_KG,
            ]
            for row in harvests
        ),
    )
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _why(harvests: Iterable[HarvestReasons]) -> dict[tuple[int, int, date], str]:
    """The plan's sentences by harvest, grade and week."""
    return {
        (row.harvest.pk, grade.grade_id, week.monday): grade.words
        for row in harvests
        for week in row.weeks
        for grade in week.grades
    }


def _local(moment: datetime) -> datetime:
    """Workbooks know no zones: the hour is Shanghai's."""
    return moment.astimezone(SHANGHAI).replace(tzinfo=None)


def _fill(sheet: Worksheet, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    widths = [len(head) * 2 for head in heads]
    for number, values in enumerate([list(heads), *rows], start=1):
        for column, value in enumerate(values, start=1):
            cell = sheet.cell(row=number, column=column)
            if isinstance(value, str):
                # A name that begins with = or @ is a name: text by its type, and quoted for programs that look again.
                cell.value, cell.data_type = value, "s"
                cell.quotePrefix = value[:1] in ("=", "+", "-", "@", "\t", "\r")
                widths[column - 1] = max(widths[column - 1], min(_WIDEST, len(value) * 2))
            else:
                cell.value = value
            if number == 1:
                cell.font = Font(bold=True)
            elif isinstance(value, str) and len(value) > _WIDEST // 2:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = max(12, min(width, _WIDEST))
    sheet.freeze_panes = "A2"


def plan_calendar(plan: SeasonPlan, host: str) -> bytes:
    """Return an iCalendar of the plan: windows from opening to closing, weeks of picking and harvests as days."""
    stamp = _utc(plan.published_at or plan.created_at)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Fenglu//Season plan//ZH", "CALSCALE:GREGORIAN"]
    lines.append(f"X-WR-CALNAME:{_text(plan.pool.name)}")
    for row in plan_windows(plan):
        window = row.window
        title = _("%(phase)s: %(product)s, up to %(cap)d boxes") % {
            "phase": Phase(window.phase).label,
            "product": window.product.name,
            "cap": window.num_in_stock,
        }
        lines += _event(f"window-{window.pk}@{host}", stamp, title, row.reason)
        lines += [f"DTSTART:{_utc(window.opens_at)}", f"DTEND:{_utc(window.closes_at)}", "END:VEVENT"]
    harvests = harvest_reasons(plan)
    why = _why(harvests)
    for uptake in plan_uptakes(plan):
        title = _("Pick %(kg)s kg: %(cooperative)s, %(grade)s") % {
            "kg": f"{uptake.uptake_g / G_PER_KG:,.0f}",
            "cooperative": uptake.harvest.cooperative.name,
            "grade": uptake.grade.name,
        }
        name = f"pick-{uptake.harvest_id}-{uptake.grade_id}-{uptake.starts_on.isoformat()}@{host}"
        place = (uptake.harvest_id, uptake.grade_id, uptake.starts_on)
        lines += _event(name, stamp, title, why.get(place, ""))
        first, last = uptake.starts_on, uptake.starts_on + timedelta(days=plan.bucket_days)
        lines += [f"DTSTART;VALUE=DATE:{_day(first)}", f"DTEND;VALUE=DATE:{_day(last)}", "TRANSP:TRANSPARENT"]
        lines.append("END:VEVENT")
    for told in harvests:
        title = _("Harvest: %(cooperative)s, about %(kg)s kg") % {
            "cooperative": told.harvest.cooperative.name,
            "kg": f"{told.harvest.likely_g / G_PER_KG:,.0f}",
        }
        text = _("The plan takes %(taken)s of the %(expected)s kg still expected.") % {
            "taken": f"{told.taken_g / G_PER_KG:,.0f}",
            "expected": f"{told.expected_g / G_PER_KG:,.0f}",
        }
        lines += _event(f"harvest-{told.harvest.pk}@{host}", stamp, title, text)
        lines.append(f"DTSTART;VALUE=DATE:{_day(told.harvest.starts_on)}")
        lines.append(f"DTEND;VALUE=DATE:{_day(told.harvest.ends_on + timedelta(days=1))}")
        lines += ["TRANSP:TRANSPARENT", "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return "".join(_folded(line) for line in lines).encode()


def _event(uid: str, stamp: str, title: str, text: str) -> list[str]:
    lines = ["BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{stamp}", f"SUMMARY:{_text(title)}"]
    return [*lines, f"DESCRIPTION:{_text(text)}"] if text else lines


def _text(value: str) -> str:
    """Text as RFC 5545 wants it escaped (3.3.11)."""
    for mark, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "")):
        value = value.replace(mark, escaped)
    return value


def _folded(line: str) -> str:
    """A content line cut to 75 octets, never inside a character, each further one begun by a space (3.1)."""
    parts, size = [""], 0
    for letter in line:
        length = len(letter.encode())
        if size + length > 75:
            parts.append(" ")
            size = 1
        parts[-1] += letter
        size += length
    return "\r\n".join(parts) + "\r\n"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"
