"""A shopper on the way from a basket to an order, through the real services."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser

from catalog.models import Region
from catalog.partner.models import StockRecord
from marketplace.basket.models import Basket
from marketplace.basket.quote import Quote, basket_lines, basket_quote
from marketplace.basket.services import window_add
from marketplace.checkout.services.placing import Destination, order_place
from marketplace.order.models import Order
from marketplace.payment.port import PaymentPort
from marketplace.shipping.models import FreightTariff
from tests.factories import NOW
from tests.factories.lots import address_in


def hangzhou(window: StockRecord) -> Destination:
    """Return a destination in Hangzhou that the window's hub serves: 8 yuan, then 2 yuan a kilogram, 2 to 4 days."""
    address = address_in()
    district = address.district
    address.delete()
    origin = window.product.pool_product.pool.hub.region.province_code
    province, _made = Region.objects.get_or_create(
        code="330000", defaults={"level": Region.Level.PROVINCE, "name_zh": "浙江省", "name_en": "Zhejiang"}
    )
    FreightTariff.objects.get_or_create(
        origin_id=origin, destination=province, defaults={"first_fen": 800, "further_fen": 200}
    )
    return Destination(name="陈一", phone="13900001234", district=district, town="", detail="文三路 1 号")


def basket_of(*chosen: tuple[StockRecord, int], at: datetime = NOW) -> Basket:
    """Return a basket with packs of windows in it."""
    basket = Basket.objects.create()
    for window, packs in chosen:
        window_add(basket=basket, window_id=window.pk, quantity=packs, at=at)
    return basket


def quote_of(basket: Basket, destination: Destination, at: datetime = NOW) -> Quote:
    return basket_quote(lines=basket_lines(basket), district_code=destination.district.pk, at=at)


def place(basket: Basket, destination: Destination, port: PaymentPort, *, at: datetime = NOW, **changes: Any) -> Order:
    """Place what the basket's quote says now."""
    values: dict[str, Any] = {
        "basket_id": basket.pk,
        "key": uuid.uuid4().hex,
        "quote_hash": quote_of(basket, destination, at).hash,
        "destination": destination,
        "user": AnonymousUser(),
        "language": "zh-hans",
        "port": port,
        "at": at,
        **changes,
    }
    return order_place(**values)
