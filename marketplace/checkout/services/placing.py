"""Placing an order: packs reserved, promise and price copied, the payment attempt written. Nothing is paid here."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override
from oscar.core.prices import Price

from catalog.models import Region
from catalog.partner.strategy import WindowStrategy
from marketplace.basket.models import Basket
from marketplace.basket.quote import Quote, QuoteLine, basket_lines, basket_quote
from marketplace.checkout.address_text import division_words
from marketplace.checkout.services.packs import packs_take, windows_lock
from marketplace.foundation.units import fen_to_yuan
from marketplace.order.models import Order, ShippingAddress
from marketplace.order.numbers import Chooser, order_number_make
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.order.utils import OrderCreator
from marketplace.payment.models import PaymentAttempt
from marketplace.payment.port import PaymentPort, PaymentRequest

#: The provider keeps a session open no shorter than 30 minutes; one more covers the way there.
SESSION_LIFE = timedelta(minutes=31)


class BasketEmpty(Exception):
    """There is nothing to order, or another tab has ordered it already."""


class QuoteChanged(Exception):
    """What the buyer agreed to is no longer so. Carries the quote as it stands, to be shown and agreed to again."""

    def __init__(self, quote: Quote) -> None:
        self.quote = quote
        super().__init__("the quote has changed")


@dataclass(frozen=True)
class Destination:
    """Where and to whom an order goes, checked by the form that made it."""

    name: str
    phone: str
    district: Region
    town: str
    detail: str
    email: str = ""
    remark: str = ""


@dataclass(frozen=True)
class _ShippingMethod:
    code: str = "by-table"
    name: str = "by table"


def order_place(
    *,
    basket_id: int,
    key: str,
    quote_hash: str,
    destination: Destination,
    user: Any,
    language: str,
    port: PaymentPort,
    at: datetime,
    chooser: Chooser | None = None,
) -> Order:
    """
    Turn a basket into an order that waits for payment; the same key returns the order it made before.

    Locks the basket and its windows, quotes again under the locks, takes the packs of every window, writes the order,
    its lines and its payment attempt, and submits the basket: all or nothing. The provider is not asked here.

    Raises
    ------
    BasketEmpty
        If nothing is in it, or it was submitted under another key.
    QuoteChanged
        If prices, packs, promises or freight differ from what was agreed to, or a line has a problem.
    """
    with transaction.atomic(durable=True):
        basket = Basket.objects.select_for_update().get(pk=basket_id)
        placed = Order.objects.filter(checkout_key=key).first()
        if placed is not None:
            return placed
        if basket.status != Basket.OPEN:
            raise BasketEmpty
        # Locked before they are read for the quote: who comes second after the last box is told so by the quote.
        windows_lock(basket.lines.values_list("stockrecord_id", flat=True))
        lines = basket_lines(basket)
        if not lines:
            raise BasketEmpty
        packs: dict[int, int] = defaultdict(int)
        for line in lines:
            packs[line.stockrecord_id] += line.quantity
        quote = basket_quote(lines=lines, district_code=destination.district.pk, at=at)
        if quote.has_problems or quote.hash != quote_hash:
            raise QuoteChanged(quote)
        packs_take(packs, at=at)
        order = _write_order(basket, lines, quote, destination, user, language, key, at, chooser)
        _write_attempt(order, port, at)
        basket.status = Basket.SUBMITTED
        basket.date_submitted = at
        basket.save(update_fields=["status", "date_submitted"])
        return order


def _write_order(
    basket: Basket,
    lines: list[Any],
    quote: Quote,
    destination: Destination,
    user: Any,
    language: str,
    key: str,
    at: datetime,
    chooser: Chooser | None,
) -> Order:
    basket.strategy = WindowStrategy(at=at)
    creator = OrderCreator()
    number = order_number_make(chooser)
    total, freight = fen_to_yuan(quote.total_fen), fen_to_yuan(quote.freight_fen)
    order = creator.create_order_model(
        user,
        basket,
        _write_address(destination),
        _ShippingMethod(),
        Price("CNY", freight, freight),
        None,
        Price("CNY", total, total),
        number,
        OrderStatus.AWAITING_PAYMENT,
        date_placed=at,
        guest_email=destination.email,
        checkout_key=key,
        language=language,
        contact_phone=destination.phone,
        goods_fen=quote.goods_fen,
        freight_fen=quote.freight_fen,
        total_fen=quote.total_fen,
        hold_until=at + timedelta(minutes=settings.PAYMENT_HOLD_MIN),
        remark=destination.remark,
    )
    by_line = {line.line_id: line for line in quote.lines}
    for line in lines:
        line.basket = basket
        creator.create_line_models(order, line, extra_line_fields=_line_fields(by_line[line.pk]))
    return order


def _write_address(destination: Destination) -> ShippingAddress:
    county = destination.district
    prefecture = county.parent
    province = prefecture.parent if prefecture and prefecture.parent else prefecture
    return ShippingAddress.objects.create(
        first_name=destination.name,
        state=province.name_zh if province else "",
        line4=prefecture.name_zh if prefecture and division_words([prefecture.name_zh]) else "",
        line3=county.name_zh,
        line2=destination.town,
        line1=destination.detail,
        phone_number=destination.phone,
        notes=destination.remark,
        country_id="CN",
        district=county,
    )


def _line_fields(line: QuoteLine) -> dict[str, Any]:
    return {
        "status": LineStatus.AWAITING_PAYMENT,
        "title": line.product.title,
        "title_en": line.product.title_en,
        "spec_zh": line.product.spec_zh,
        "spec_en": line.product.spec_en,
        "phase": line.window.phase,
        "ships_from": line.ships_from,
        "ships_by": line.ships_by,
        "arrives_by": line.arrives_by,
        "net_weight_g": line.product.net_weight_g,
        "unit_price_fen": line.unit_price_fen,
        "line_total_fen": line.total_fen,
        "freight_fen": line.freight_fen,
    }


def _write_attempt(order: Order, port: PaymentPort, at: datetime) -> PaymentAttempt:
    key = f"pay-{order.number}-{uuid.uuid5(uuid.NAMESPACE_URL, order.number).hex[:8]}"
    locale: Literal["zh", "en"] = "zh" if order.language.startswith("zh") else "en"
    with override(order.language):
        title = _("Fenglu order %(number)s") % {"number": order.number}
        descriptions = tuple(f"{line.name} {line.spec} × {line.quantity}" for line in order.lines.order_by("pk"))
    params = port.start_params(
        PaymentRequest(
            order_number=order.number,
            amount_fen=order.total_fen,
            idempotency_key=key,
            success_url=f"{settings.SITE_URL}/checkout/return/{order.number}/",
            cancel_url=f"{settings.SITE_URL}/orders/{order.number}/",
            expires_at=at + SESSION_LIFE,
            descriptions=descriptions,
            title=title,
            locale=locale,
        )
    )
    return PaymentAttempt.objects.create(order=order, key=key, params=params, amount_fen=order.total_fen, created_at=at)
