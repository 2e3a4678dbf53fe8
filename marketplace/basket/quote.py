"""
What a basket would cost right now, and what about it is no longer true.

The quote's hash binds what the buyer saw to what the order says: window, packs, price, promise and freight. An order
is only made of a quote whose hash is the one that was agreed to and that has no problem left.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from catalog.partner.models import StockRecord
from marketplace.basket.models import Basket
from marketplace.basket.models import Line as BasketLine
from marketplace.cooperatives.models import PoolProduct
from marketplace.foundation.clock import business_date
from marketplace.foundation.units import split_by_weight, yuan_to_fen
from marketplace.shipping.tariffs import NOT_SERVED, Freight, tariff_freight, tariffs_to


class Problem(models.TextChoices):
    """Why a line cannot be ordered as it stands; each has a way out on the basket page."""

    CLOSED = "CLOSED", _("This window has closed.")
    WITHDRAWN = "WITHDRAWN", _("This product is no longer offered.")
    SOLD_OUT = "SOLD_OUT", _("Sold out.")
    FEWER_LEFT = "FEWER_LEFT", _("Fewer are left than you chose.")
    PRICE_CHANGED = "PRICE_CHANGED", _("The price has changed.")
    NOT_SERVED = "NOT_SERVED", _("We cannot send this to your address.")


@dataclass(frozen=True)
class QuoteLine:
    """One basket line as it stands now."""

    line_id: int
    product: Product
    window: StockRecord
    pool_product: PoolProduct | None
    quantity: int
    unit_price_fen: int
    seen_price_fen: int
    freight_fen: int
    ships_from: date
    ships_by: date
    arrives_from: date | None
    arrives_by: date | None
    problems: tuple[Problem, ...]

    @property
    def total_fen(self) -> int:
        return self.unit_price_fen * self.quantity

    @property
    def weight_g(self) -> int:
        return self.product.net_weight_g * self.quantity

    @property
    def num_left(self) -> int:
        return self.window.num_left


@dataclass(frozen=True)
class Parcel:
    """What leaves one hub: its lines share one freight."""

    hub: Any
    freight: Freight | None
    lines: tuple[QuoteLine, ...]

    @property
    def weight_g(self) -> int:
        return sum(line.weight_g for line in self.lines)


@dataclass(frozen=True)
class Quote:
    """A basket priced at a moment, for a district or for none yet (then freight is not known)."""

    parcels: tuple[Parcel, ...]
    district_code: str
    goods_fen: int
    freight_fen: int
    hash: str
    lines: tuple[QuoteLine, ...] = field(default=())

    @property
    def total_fen(self) -> int:
        return self.goods_fen + self.freight_fen

    @property
    def has_problems(self) -> bool:
        return any(line.problems for line in self.lines)

    @property
    def is_empty(self) -> bool:
        return not self.lines


def basket_lines(basket: Basket) -> list[BasketLine]:
    """Return the lines with all that a quote reads, in two statements."""
    if basket.pk is None:
        return []
    return list(
        basket.lines.select_related(
            "product__produce__region",
            "product__pool_product__pool__hub__region",
            "product__pool_product__pool__seller",
            "stockrecord",
        ).order_by("pk")
    )


def basket_quote(*, lines: Sequence[BasketLine], district_code: str, at: datetime) -> Quote:
    """
    Price the lines at a moment and name what has become untrue.

    Parameters
    ----------
    district_code
        The county the goods go to, or an empty string before the buyer has said; freight is then left out.
    """
    by_hub: dict[Any, list[BasketLine]] = defaultdict(list)
    for line in lines:
        pool_product = getattr(line.product, "pool_product", None)
        by_hub[pool_product.pool.hub if pool_product else None].append(line)
    province = f"{district_code[:2]}0000" if district_code else ""
    origins = [hub.region.province_code for hub in by_hub if hub]
    tariffs = tariffs_to(province, origins) if province else {}
    parcels = []
    for hub, members in sorted(by_hub.items(), key=lambda item: item[0].pk if item[0] else 0):
        weight_g = sum(line.product.net_weight_g * line.quantity for line in members)
        freight = None
        if province:
            freight = tariff_freight(tariffs.get(hub.region.province_code), weight_g) if hub else NOT_SERVED
        parcels.append(Parcel(hub, freight, tuple(_quote_lines(members, freight, at))))
    quoted = tuple(sorted((line for parcel in parcels for line in parcel.lines), key=lambda line: line.line_id))
    return Quote(
        parcels=tuple(parcels),
        district_code=district_code,
        goods_fen=sum(line.total_fen for line in quoted),
        freight_fen=sum(line.freight_fen for line in quoted),
        hash=_hash(quoted, district_code),
        lines=quoted,
    )


def _quote_lines(members: list[BasketLine], freight: Freight | None, at: datetime) -> list[QuoteLine]:
    from_hub = freight is not None and freight.is_served
    wanted: dict[int, int] = defaultdict(int)
    for line in members:
        wanted[line.stockrecord_id] += line.quantity
    shares = [0] * len(members)
    if from_hub and freight is not None:
        shares = split_by_weight(freight.freight_fen, [line.product.net_weight_g * line.quantity for line in members])
    rows = []
    for line, share in zip(members, shares, strict=True):
        window = line.stockrecord
        arrives = from_hub and freight is not None
        ships_from, ships_by = window.promise_on(business_date(at))
        rows.append(
            QuoteLine(
                line_id=line.pk,
                product=line.product,
                window=window,
                pool_product=getattr(line.product, "pool_product", None),
                quantity=line.quantity,
                unit_price_fen=window.price_fen,
                seen_price_fen=seen_price_fen(line),
                freight_fen=share,
                ships_from=ships_from,
                ships_by=ships_by,
                arrives_from=ships_from + timedelta(days=freight.transit_days_min) if freight and arrives else None,
                arrives_by=ships_by + timedelta(days=freight.transit_days_max) if freight and arrives else None,
                problems=tuple(_problems(line, wanted[line.stockrecord_id], freight, at)),
            )
        )
    return rows


def seen_price_fen(line: BasketLine) -> int:
    """Return the price of one pack as the buyer saw it when it went into the basket."""
    return yuan_to_fen(line.price_incl_tax or line.price_excl_tax or Decimal(0))


def _problems(line: BasketLine, wanted: int, freight: Freight | None, at: datetime) -> list[Problem]:
    window = line.stockrecord
    problems = []
    if not line.product.is_public or getattr(line.product, "pool_product", None) is None:
        problems.append(Problem.WITHDRAWN)
    elif not window.is_open(at):
        problems.append(Problem.CLOSED)
    elif window.num_left == 0:
        problems.append(Problem.SOLD_OUT)
    elif window.num_left < wanted:
        problems.append(Problem.FEWER_LEFT)
    if not problems and seen_price_fen(line) != window.price_fen:
        problems.append(Problem.PRICE_CHANGED)
    if freight is not None and not freight.is_served:
        problems.append(Problem.NOT_SERVED)
    return problems


def _hash(lines: Sequence[QuoteLine], district_code: str) -> str:
    facts = [
        [line.window.pk, line.quantity, line.unit_price_fen, line.ships_by.isoformat(), line.freight_fen]
        for line in lines
    ]
    return hashlib.sha256(json.dumps([district_code, facts]).encode()).hexdigest()[:32]
