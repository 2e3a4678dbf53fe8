"""The page of one order: what was bought, where it is, what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from harvest_schedule.selectors.cancellation import order_can_be_cancelled
from harvest_schedule.selectors.shortfalls import order_changes
from harvest_schedule.services.cancellation import UnableToCancelPresale, presale_cancel
from logistics.models import Claim, Shipment
from logistics.states import ClaimStatus
from marketplace.basket.middleware import basket_resume
from marketplace.customer.access import order_for_request
from marketplace.foundation import clock
from marketplace.order.models import Line, Order
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.storefront.cards import TrackingEvent


@dataclass(frozen=True)
class LineRow:
    """One line with what the page says about it."""

    line: Line
    slug: str
    category: str
    county_code: str
    claim: Claim | None
    claim_until: datetime | None
    lots: tuple[str, ...]

    @property
    def can_claim(self) -> bool:
        """A refused report may be followed by another while the time runs; an open or accepted one may not."""
        return self.claim_until is not None and (self.claim is None or self.claim.status == ClaimStatus.REFUSED)

    @property
    def is_coming(self) -> bool:
        return self.line.status in _NOT_SENT


@dataclass(frozen=True)
class Promise:
    """What is still to come of an order, in the words of ``<c-promise>``."""

    ships_by: date | None
    ships_text: str
    arrives_by: date | None


_NOT_SENT = (LineStatus.PAID, LineStatus.DRAWN, LineStatus.PACKED)
#: Where an order stands on its way, counted from 1; an order that came to nothing stands nowhere.
_STEPS = {
    OrderStatus.AWAITING_PAYMENT: 1,
    OrderStatus.PAID: 2,
    OrderStatus.PREPARING: 2,
    OrderStatus.SHIPPED: 3,
    OrderStatus.DELIVERED: 4,
    OrderStatus.SETTLED: 4,
}


@never_cache
@require_GET
def order_detail(request: HttpRequest, number: str) -> HttpResponse:
    """Show an order to its owner, or to a guest who placed it here or has shown its number and phone."""
    order = order_for_request(request, number)
    if order.status == OrderStatus.RELEASED:
        basket_resume(request, order.basket)
    at = clock.now()
    shipments = list(Shipment.objects.filter(order=order).select_related("carrier", "hub").order_by("pk"))
    rows = _rows(order, at)
    context = {
        "order": order,
        "rows": rows,
        "events": _events(order, shipments),
        "promise": _promise(order, rows),
        "steps": [
            pgettext("order step", "Pay"),
            pgettext("order step", "Prepare"),
            pgettext("order step", "On the way"),
            pgettext("order step", "Arrived"),
        ],
        "step": _STEPS.get(OrderStatus(order.status)),
        "is_mixed": len({row.line.status for row in rows}) > 1,
        "claim_until": max((row.claim_until for row in rows if row.claim_until), default=None),
        "can_cancel": order.status == OrderStatus.PAID and order_can_be_cancelled(order.pk),
        "is_paid": order.status not in (OrderStatus.AWAITING_PAYMENT, OrderStatus.RELEASED),
        "bar": order.status in (OrderStatus.AWAITING_PAYMENT, OrderStatus.RELEASED),
        "refunds": list(order.refunds.order_by("pk")),
        "changes": order_changes(order.pk, at),
    }
    return render(request, "storefront/order_detail.html", context)


def _promise(order: Order, rows: list[LineRow]) -> Promise | None:
    """The latest of the days promised for what is still to come; None when nothing is."""
    coming = [row.line for row in rows if row.is_coming]
    if order.status in (OrderStatus.PAID, OrderStatus.PREPARING) and coming:
        arrives = [line.arrives_by for line in coming if line.arrives_by]
        return Promise(max(line.ships_by for line in coming), "", max(arrives, default=None))
    arrives = [row.line.arrives_by for row in rows if row.line.arrives_by]
    if order.status == OrderStatus.SHIPPED and arrives:
        return Promise(None, _("It has left the hub"), max(arrives))
    return None


def _rows(order: Order, at: datetime) -> list[LineRow]:
    lines = (
        order.lines.select_related("product__produce", "shipment_line__shipment")
        .prefetch_related("claims", "draws__lot")
        .order_by("pk")
    )
    rows = []
    for line in lines:
        shipped = getattr(line, "shipment_line", None)
        delivered_at = shipped.shipment.delivered_at if shipped else None
        until = delivered_at + timedelta(hours=settings.CLAIM_WINDOW_H) if delivered_at else None
        claims = sorted(line.claims.all(), key=lambda claim: claim.pk)
        live = next((claim for claim in reversed(claims) if claim.status != ClaimStatus.REFUSED), None)
        produce = line.product.produce if line.product else None
        rows.append(
            LineRow(
                line=line,
                slug=produce.slug if produce else "",
                category=produce.category if produce else "",
                county_code=produce.region_id if produce else "",
                claim=live or (claims[-1] if claims else None),
                claim_until=until if until and until > at and line.status == LineStatus.DELIVERED else None,
                lots=tuple(draw.lot.number for draw in line.draws.all() if draw.undone_at is None),
            )
        )
    return rows


def _events(order: Order, shipments: list[Shipment]) -> list[TrackingEvent]:
    """What happened, newest first; what comes next is said above as a promise."""
    events = [TrackingEvent(what=_("Order placed"), at=order.date_placed)]
    if order.paid_at:
        events.append(TrackingEvent(what=_("Paid"), at=order.paid_at))
    for shipment in shipments:
        events.append(TrackingEvent(what=_("Packed"), where=shipment.hub.name, at=shipment.packed_at))
        if shipment.shipped_at:
            carrier = shipment.carrier.name if shipment.carrier else ""
            events.append(
                TrackingEvent(
                    what=_("Handed to the carrier"),
                    where=f"{carrier} {shipment.tracking_number}",
                    at=shipment.shipped_at,
                )
            )
        if shipment.delivered_at:
            events.append(TrackingEvent(what=_("Delivered"), at=shipment.delivered_at))
    if order.closed_at and order.status in (OrderStatus.RELEASED, OrderStatus.CANCELLED):
        events.append(TrackingEvent(what=_("Order closed"), at=order.closed_at))
    events.sort(key=lambda event: event.at or order.date_placed)
    events.reverse()
    events[0] = replace(events[0], kind="now")
    return events


@require_POST
def order_cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Cancel a paid presale while no cooperative has agreed to pick for it."""
    order = order_for_request(request, number)
    actor = request.user if request.user.is_authenticated else None
    try:
        presale_cancel(order_id=order.pk, at=clock.now(), actor=actor, reason="cancelled by its buyer")
    except UnableToCancelPresale as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The order is cancelled. The money goes back the way it came."))
    return redirect("orders:detail", number=order.number)


@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """Show the mails that the demo wrote to files instead of sending them, newest first."""
    folder = getattr(settings, "EMAIL_FILE_PATH", None)
    if folder is None:
        raise Http404
    mails: list[dict[str, Any]] = []
    for path in sorted(Path(folder).glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)[:50]:
        # bytes: the bodies are 8-bit, and a parser of text would show Chinese as escapes
        for raw in path.read_bytes().split(b"-" * 79 + b"\n"):
            if not raw.strip():
                continue
            mail = message_from_bytes(raw, policy=policy.default)
            sent_at = mail["Date"].datetime if mail["Date"] else None
            mails.append({"to": mail["To"], "subject": mail["Subject"], "at": sent_at, "body": mail.get_content()})
    return render(request, "storefront/outbox.html", {"mails": mails})
