"""Everything the page of one product shows, finished."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from catalog.models import Product
from catalog.partner.models import Phase, StockRecord
from catalog.provinces import Province
from catalog.selectors.offers import OfferFilters, offers_page
from catalog.selectors.produce import counties_on_map, harvest_windows_of
from marketplace.cooperatives.models import Certificate, PoolMember, PoolProduct, SupplyPool
from marketplace.foundation.clock import business_date
from marketplace.shipping.tariffs import NOT_SERVED, Freight, tariff_freight, tariffs_to
from marketplace.storefront.cards import ProductCard, WindowChoice
from marketplace.storefront.places import Place
from marketplace.storefront.season_strip import SeasonStrip
from marketplace.storefront.seasons import next_harvest, produce_strip
from marketplace.storefront.selectors.offer_cards import offer_cards
from marketplace.storefront.selectors.origins import county_places, origin_text

#: A window that closes within this many days says its last day.
_CLOSING_DAYS = 3
#: This many fit side by side on a phone; windows that open later fill up to it, open ones are always shown.
_CHOICES_SIDE_BY_SIDE = 3
#: More open windows than this at once are a table, not a choice.
_MAX_CHOICES = 6


@dataclass(frozen=True)
class WindowPromise:
    """What one window promises: when its packs leave and, where the place is known, when they arrive."""

    window_id: int
    is_presale: bool
    ships_by: date
    arrives_from: date | None
    arrives_by: date | None
    note: str


@dataclass(frozen=True)
class Grower:
    """A cooperative of the pool, with public facts only."""

    name: str
    village: str
    num_households: int
    area_mu: int
    founded_year: int | None
    gi_number: str


@dataclass(frozen=True)
class ProductPage:
    """The page of one product. ``windows`` are ordered by the day their packs leave."""

    product: Product
    origin: str
    windows: list[WindowChoice]
    promises: list[WindowPromise]
    chosen: WindowChoice | None
    max_packs: int
    next_opens_at: datetime | None
    next_harvest: date | None
    strips: list[SeasonStrip]
    pool: SupplyPool | None
    growers: list[Grower]
    gi_number: str
    freight: Freight | None
    has_lot_certificate: bool
    places: list[Place]
    others: list[ProductCard]

    @property
    def is_sold_out(self) -> bool:
        """Whether it is on sale in these days, and all of it is gone."""
        return any(window.state == "soldout" for window in self.windows)

    @property
    def is_on_sale(self) -> bool:
        """Whether a basket may take any window now."""
        return self.chosen is not None


def product_of(slug: str) -> Product:
    """
    Return a public product by its slug, with all that its page reads of it.

    Raises
    ------
    Product.DoesNotExist
        If there is no such product, or it is withdrawn.
    """
    return (
        Product.objects.select_related(
            "produce__region", "grade", "pool_product__pool__hub__region", "pool_product__pool__seller"
        )
        .defer("search_vector", "search_text")
        .get(slug=slug, is_public=True, produce__isnull=False)
    )


def product_page(product: Product, *, place: Province | None, chosen_id: int | None, at: datetime) -> ProductPage:
    """Return the finished page; at most eight statements beside the product's own."""
    on = business_date(at)
    produce = product.made_of
    pool_product: PoolProduct | None = getattr(product, "pool_product", None)
    pool = pool_product.pool if pool_product else None
    rows = _windows(product, at)
    freight = _freight(product, pool, place)
    choices = [_choice(row, product, at) for row in rows]
    chosen = _chosen(choices, chosen_id)
    choices = [replace(choice, is_chosen=chosen is not None and choice.id == chosen.id) for choice in choices]
    harvests = harvest_windows_of([produce.pk])[produce.pk]
    growers = _growers(pool, on) if pool else []
    by_id = {row.pk: row for row in rows}
    return ProductPage(
        product=product,
        origin=origin_text(produce.region),
        windows=choices,
        promises=[_promise(by_id[choice.id], pool, freight, on) for choice in choices if choice.can_be_chosen],
        chosen=chosen,
        max_packs=max((choice.num_left for choice in choices if choice.can_be_chosen), default=0),
        next_opens_at=min((row.opens_at for row in rows if row.opens_at > at), default=None),
        next_harvest=next_harvest(harvests, on),
        strips=[produce_strip(produce, harvests, on, name=_strip_name(product))],
        pool=pool,
        growers=growers,
        gi_number=next((grower.gi_number for grower in growers if grower.gi_number), ""),
        freight=freight,
        has_lot_certificate="CERT" in produce.flags,
        places=_places(product),
        others=_others(product, at),
    )


def _strip_name(product: Product) -> str:
    # several varieties in one name would not fit beside the strip
    variety = product.made_of.variety
    return variety if variety and len(variety) <= 12 and "、" not in variety and "," not in variety else _("Season")


def _windows(product: Product, at: datetime) -> list[StockRecord]:
    """Return the open windows and the next ones to open, ordered by the day their packs leave."""
    on = business_date(at)
    rows = StockRecord.objects.filter(product=product, closes_at__gt=at).order_by("opens_at", "pk")
    opened = [row for row in rows if row.opens_at <= at]
    opened.sort(key=lambda row: (row.promise_on(on)[1], row.pk))
    shown = opened[:_MAX_CHOICES]
    coming = [row for row in rows if row.opens_at > at]
    shown += coming[: max(0, _CHOICES_SIDE_BY_SIDE - len(shown))]
    return sorted(shown, key=lambda row: (row.promise_on(on)[1], row.opens_at, row.pk))


def _state(window: StockRecord, at: datetime) -> str:
    if not window.is_open(at):
        return "later"
    if window.num_left == 0:
        return "soldout"
    return "closing" if window.closes_at <= at + timedelta(days=_CLOSING_DAYS) else "open"


def _choice(window: StockRecord, product: Product, at: datetime) -> WindowChoice:
    return WindowChoice(
        id=window.pk,
        phase=window.phase,
        price_fen=window.price_fen,
        net_weight_g=product.net_weight_g,
        num_left=window.num_left,
        picked_from=window.picked_from,
        picked_by=window.picked_to,
        note=_note(window, product),
        state=_state(window, at),
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        ships_by=window.promise_on(business_date(at))[1],
    )


def _note(window: StockRecord, product: Product) -> str:
    produce = product.made_of
    if window.phase == Phase.FRESH:
        return _("Picked, then sent") if produce.is_fresh else ""
    if window.phase == Phase.STORED and produce.storage_temp_min_c is not None and produce.is_perishable:
        return _("In store at %(low)s to %(high)s °C") % {
            "low": produce.storage_temp_min_c,
            "high": produce.storage_temp_max_c,
        }
    return ""


def _chosen(choices: list[WindowChoice], chosen_id: int | None) -> WindowChoice | None:
    open_now = [choice for choice in choices if choice.can_be_chosen]
    asked = [choice for choice in open_now if choice.id == chosen_id]
    return next(iter(asked or open_now), None)


def _promise(window: StockRecord, pool: SupplyPool | None, freight: Freight | None, on: date) -> WindowPromise:
    arrives = freight is not None and freight.is_served
    leaves_from, leaves_by = window.promise_on(on)
    return WindowPromise(
        window_id=window.pk,
        is_presale=window.phase == Phase.PRESALE,
        ships_by=leaves_by,
        arrives_from=leaves_from + timedelta(days=freight.transit_days_min) if arrives and freight else None,
        arrives_by=leaves_by + timedelta(days=freight.transit_days_max) if arrives and freight else None,
        note=_("Sent from %(hub)s") % {"hub": pool.hub.name} if pool else "",
    )


def _freight(product: Product, pool: SupplyPool | None, place: Province | None) -> Freight | None:
    """Return the freight of one pack to the visitor's province; None where either end is unknown."""
    if pool is None or place is None:
        return None
    destination, origin = f"{place.prefix}0000", pool.hub.region.province_code
    tariff = tariffs_to(destination, [origin]).get(origin)
    return tariff_freight(tariff, product.net_weight_g) if tariff else NOT_SERVED


def _growers(pool: SupplyPool, on: date) -> list[Grower]:
    members = list(PoolMember.objects.filter(pool=pool).select_related("cooperative").order_by("cooperative__code"))
    marks = {
        certificate.cooperative_id: certificate.number
        for certificate in Certificate.objects.filter(
            cooperative__in=[member.cooperative_id for member in members],
            kind=Certificate.Kind.GI_MARK,
            issued_on__lte=on,
        ).order_by("pk")
        if certificate.expires_on is None or certificate.expires_on >= on
    }
    return [
        Grower(
            name=member.cooperative.name,
            village=member.cooperative.village,
            num_households=member.cooperative.num_households,
            area_mu=member.cooperative.area_mu,
            founded_year=member.cooperative.founded_year,
            gi_number=marks.get(member.cooperative_id, ""),
        )
        for member in members
    ]


def _places(product: Product) -> list[Place]:
    """Return every county of the shop as a point, this product's as the one that shines."""
    return county_places(counties_on_map(), {product.made_of.region_id})


def _others(product: Product, at: datetime) -> list[ProductCard]:
    """Return other packs and grades of the same produce, then what else the county sells now."""
    windows = offers_page(
        OfferFilters(counties=frozenset([product.made_of.region_id])), sort="ships", offset=0, limit=5, at=at
    )
    return offer_cards([window for window in windows if window.product_id != product.pk][:4], at)
