"""Product cards of windows on sale, and of products that wait for their season."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from catalog.models import HarvestWindow, Product
from catalog.partner.models import Phase, StockRecord
from catalog.selectors.seasons import harvest_windows_column, harvest_windows_from
from marketplace.foundation.clock import business_date
from marketplace.storefront.cards import ProductCard
from marketplace.storefront.seasons import produce_strip
from marketplace.storefront.selectors.origins import origin_text

#: From this many days before its end a fresh window says how long it still runs.
_LAST_DAYS = 7


def phase_note(window: StockRecord, at: datetime) -> str:
    """Return what follows the phase's word: how long in store, or how many days are left."""
    on = business_date(at)
    if window.phase == Phase.STORED and window.picked_to is not None and window.picked_to < on:
        days = (on - window.picked_to).days
        return ngettext("day %(days)s", "day %(days)s", days) % {"days": days}
    # a window of a week that the next one follows is not about to end
    goes_on = getattr(window, "is_followed", False)
    if window.phase == Phase.FRESH and not goes_on and window.closes_at < at + timedelta(days=_LAST_DAYS):
        days = max(1, (business_date(window.closes_at) - on).days)
        return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}
    return ""


def ships_text(leaves_by: date, on: date) -> str:
    """Return words for a dispatch that is no date worth reading; an empty string otherwise."""
    return _("Ships in 24 h") if leaves_by <= on + timedelta(days=1) else ""


def _card(product: Product, windows: Sequence[HarvestWindow], on: date, **offer: object) -> ProductCard:
    produce = product.made_of
    return ProductCard(
        url=reverse("storefront:product_detail", args=[product.slug]),
        slug=produce.slug,
        name=product.name,
        category=produce.category,
        county_code=produce.region_id,
        spec=product.spec,
        origin=origin_text(produce.region),
        net_weight_g=product.net_weight_g,
        strip=produce_strip(produce, windows, on),
        **offer,  # type: ignore[arg-type]
    )


def offer_cards(windows: Sequence[StockRecord], at: datetime) -> list[ProductCard]:
    """Return a card for each window of `offers_page`; no statement."""
    on = business_date(at)
    return [
        _card(
            window.product,
            harvest_windows_from(window),
            on,
            phase=window.phase,
            phase_note=phase_note(window, at),
            price_fen=window.price_fen,
            ships_by=window.promise_on(on)[1],
            ships_text=ships_text(window.promise_on(on)[1], on),
            num_left=window.num_left if window.num_left <= 20 else None,
        )
        for window in windows
    ]


def waiting_cards(product_ids: Sequence[int], at: datetime, *, limit: int) -> list[ProductCard]:
    """Return cards of products that are not on sale now, those that open next first; one statement."""
    on = business_date(at)
    products = list(
        Product.objects.filter(pk__in=product_ids, is_public=True, produce__isnull=False)
        .exclude(pk__in=StockRecord.objects.open_at(at).with_packs_left().values("product_id"))
        .annotate(
            next_opens_at=Min("stockrecords__opens_at", filter=Q(stockrecords__opens_at__gt=at)),
            seasons=harvest_windows_column("produce_id"),
        )
        .select_related("produce__region", "grade")
        .defer("search_vector", "search_text", "description")
        .order_by("next_opens_at", "produce__pinyin", "pk")[:limit]
    )
    return [
        _card(
            product,
            harvest_windows_from(product),
            on,
            phase="off",
            price_fen=None,
            opens_at=product.next_opens_at,
            ships_text="" if product.next_opens_at else pgettext("card", "No date yet"),
        )
        for product in products
    ]
