"""Public pages: the trace of a lot, and where the money went."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from logistics.models import Lot
from marketplace.foundation import clock
from marketplace.foundation.units import fen_to_yuan
from marketplace.settlement.disclosure import FEWEST_HOUSEHOLDS
from marketplace.settlement.selectors.money_split import MoneyPart
from marketplace.transparency.csv_cells import text_cell
from marketplace.transparency.selectors.open_books import MonthCell, ledger_by, ledger_total, month_cells
from marketplace.transparency.selectors.trace import trace_of

#: What the ledger can be told by: the produce, its county, or the month.
ABOUT = {
    "produce": lambda cell: cell.produce,
    "county": lambda cell: cell.produce.region if cell.produce is not None else None,
    "month": lambda cell: cell.month,
}


@dataclass(frozen=True)
class Tab:
    """One way to read the ledger."""

    name: str
    url: str
    is_current: bool


@require_safe
def trace(request: HttpRequest, number: str) -> HttpResponse:
    """Show where a lot comes from and how far it went."""
    try:
        found = trace_of(number)
    except Lot.DoesNotExist as error:
        raise Http404 from error
    return render(request, "transparency/trace.html", {"trace": found, "today": clock.business_date(clock.now())})


@require_safe
def trace_qr(request: HttpRequest, number: str) -> HttpResponse:
    """Draw the code that leads to a lot's trace, for labels and parcels."""
    try:
        lot = Lot.objects.only("number").get(number=number.upper())
    except Lot.DoesNotExist as error:
        raise Http404 from error
    address = settings.SITE_URL.rstrip("/") + reverse("transparency:trace", args=[lot.number])
    drawing = io.BytesIO()
    # The white is part of the code: it must be readable on a dark page too.
    segno.make(address, error="m", micro=False).save(drawing, kind="svg", border=2, light="#fff", xmldecl=False)
    return HttpResponse(drawing.getvalue(), content_type="image/svg+xml")


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """Show where the money of settled lines went, in sums."""
    by = request.GET.get("by", "produce")
    if by not in ABOUT:
        by = "produce"
    cells = month_cells(clock.now())
    names = {"produce": _("By produce"), "county": _("By county"), "month": _("By month")}
    return render(
        request,
        "transparency/ledger.html",
        {
            "by": by,
            "tabs": [Tab(names[key], f"?by={key}", key == by) for key in ABOUT],
            "total": ledger_total(cells),
            "rows": ledger_by(cells, ABOUT[by]),
            "parts": list(MoneyPart),
            "first_month": min((cell.month for cell in cells), default=None),
            "last_month": max((cell.month for cell in cells), default=None),
            "fewest_households": FEWEST_HOUSEHOLDS,
        },
    )


@require_safe
def ledger_csv(request: HttpRequest) -> HttpResponse:
    """Give the ledger's cells as a file for spreadsheets."""
    head = [
        _("Month"),
        _("County code"),
        _("County"),
        _("Produce"),
        _("Lines settled"),
        _("Paid, yuan"),
        _("Refunded, yuan"),
        *[_("%(part)s, yuan") % {"part": part.label} for part in MoneyPart],
    ]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([text_cell(text) for text in head])
    for cell in month_cells(clock.now()):
        writer.writerow(_csv_row(cell))
    # The mark tells spreadsheets that it is UTF-8.
    response = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="fenglu-ledger.csv"'
    return response


def _csv_row(cell: MonthCell) -> list[str]:
    county = cell.produce.region if cell.produce is not None else None
    return [
        f"{cell.month:%Y-%m}",
        county.code if county is not None else "",
        text_cell(county.name) if county is not None else "",
        text_cell(cell.produce.name if cell.produce is not None else _("Small ones together")),
        str(cell.num_lines),
        *[str(fen_to_yuan(fen)) for fen in (cell.paid_fen, cell.refunded_fen, *cell.parts_fen.values())],
    ]
