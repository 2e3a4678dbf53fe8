"""A gathering station at work: its people, tariffs and carrier; lots brought in and orders sent out by the services."""

from __future__ import annotations

import io
import itertools
from datetime import date, datetime, timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory
from oscar.core.loading import get_model
from PIL import Image

from catalog.models import Region
from catalog.partner.models import StockRecord
from logistics.models import Lot, Shipment
from logistics.services.picking import lines_draw
from logistics.services.receiving import lot_receive
from logistics.services.shipping import shipment_deliver, shipment_hand_over, shipment_pack
from marketplace.order.models import Line, Order, ShippingAddress
from marketplace.shipping.models import Carrier, FreightTariff
from tests.factories import NOW, TODAY, RegionFactory
from tests.factories.harvests import KG, UserFactory, Village, paid_order

DISPATCH = TODAY + timedelta(days=1)
_keys = itertools.count(1)


class CarrierFactory(DjangoModelFactory):
    """A carrier whose numbers are SF and twelve digits."""

    class Meta:
        model = Carrier
        django_get_or_create = ("code",)

    code = "sf"
    name_zh = "顺丰"
    name_en = "SF Express"
    tracking_pattern = r"^SF[0-9]{12}$"


class TariffFactory(DjangoModelFactory):
    """Three days on the road at worst."""

    class Meta:
        model = FreightTariff
        django_get_or_create = ("origin", "destination")

    first_fen = 600
    further_fen = 150
    transit_days_min = 2
    transit_days_max = 3
    is_served = True

    origin = factory.SubFactory(RegionFactory)
    destination = factory.SubFactory(RegionFactory)


def province(code: str, name: str) -> Region:
    """Return a province."""
    return RegionFactory(code=code, level=Region.Level.PROVINCE, name_zh=name, name_en=name, parent=None)


def address_in(county_code: str = "330106") -> ShippingAddress:
    """Return an address in a county, Xihu district of Hangzhou unless another is named."""
    country, _made = get_model("address", "Country").objects.get_or_create(
        iso_3166_1_a2="CN", defaults={"printable_name": "中国", "name": "中国", "iso_3166_1_a3": "CHN"}
    )
    return ShippingAddress.objects.create(
        first_name="陈一",
        state="浙江省",
        line4="杭州市",
        line3="西湖区",
        line1="文三路 1 号",
        phone_number="13800001234",
        country=country,
        district=RegionFactory(code=county_code, name_zh="西湖区", name_en="Xihu"),
    )


class Station(Village):
    """A village with its station: one packer, one carrier, and a tariff from Hubei to Zhejiang."""

    def __init__(self, *likely_kg: int, **window: Any) -> None:
        super().__init__(*(likely_kg or (12_000,)), **window)
        self.packer = UserFactory(first_name="敏", last_name="李")
        self.hub.staff.add(self.packer)
        self.carrier = CarrierFactory()
        self.tariff = TariffFactory(
            origin=Region.objects.get(code=self.hub.region.province_code),
            destination=province("330000", "浙江省"),
        )

    def receive(self, kg: int = 100, *, harvest: int = 0, at: datetime = NOW, **changes: Any) -> Lot:
        """Receive a lot picked today into the ambient store."""
        values: dict[str, Any] = {
            "harvest_id": self.harvests[harvest].pk,
            "grade_id": self.grade.pk,
            "hub_id": self.hub.pk,
            "grams": kg * KG,
            "picked_on": TODAY,
            "certificate_number": f"HGZ-{self.harvests[harvest].pk}",
            "mode": "AMBIENT",
            "key": f"receipt-{next(_keys):06d}",
            "actor": self.packer,
            "at": at,
        }
        return lot_receive(**{**values, **changes})

    def order(self, packs: int = 1, *, county: str = "330106", window: StockRecord | None = None, **line: Any) -> Order:
        """Return a paid order to Hangzhou, with the payment that a refund could come from."""
        window = window or self.window
        window.refresh_from_db()
        order = paid_order(window, packs=packs, **line)
        order.shipping_address = address_in(county)
        order.save(update_fields=["shipping_address"])
        return order

    def line(self, packs: int = 1, **changes: Any) -> Line:
        """Return the one line of a paid order."""
        return self.order(packs, **changes).lines.get()

    def draw(self, day: date = DISPATCH, at: datetime = NOW) -> Any:
        """Run the draw."""
        return lines_draw(hub_id=self.hub.pk, day=day, at=at, actor=self.packer)

    def pack(self, order: Order, at: datetime = NOW, key: str = "") -> Shipment:
        """Pack what is drawn of an order."""
        return shipment_pack(
            order_id=order.pk, hub_id=self.hub.pk, at=at, actor=self.packer, key=key or f"pack-{next(_keys):08d}"
        )

    def ship(self, shipment: Shipment, number: str = "", at: datetime = NOW) -> Shipment:
        """Hand a parcel to the carrier."""
        return shipment_hand_over(
            shipment_id=shipment.pk,
            carrier_id=self.carrier.pk,
            tracking_number=number or f"SF{next(_keys):012d}",
            at=at,
            actor=self.packer,
        )

    def delivered_line(self, packs: int = 1, *, delivered_at: datetime = NOW + timedelta(days=3)) -> Line:
        """Return a line that went the whole way, from the lot to the buyer's signature."""
        order = self.order(packs)
        self.receive(100)
        self.draw()
        shipment = self.ship(self.pack(order), at=min(NOW, delivered_at - timedelta(hours=1)))
        shipment_deliver(shipment_id=shipment.pk, at=delivered_at, actor=self.packer)
        return order.lines.get()


def photo(width: int = 800, height: int = 600, kind: str = "JPEG", **save: Any) -> io.BytesIO:
    """Return a picture as a phone would send it."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "#d98a1e").save(file, kind, **save)
    file.seek(0)
    file.name = "photo.jpg"
    return file


def later(**delta: int) -> datetime:
    """Return a moment after `NOW`."""
    return timezone.localtime(NOW + timedelta(**delta))
