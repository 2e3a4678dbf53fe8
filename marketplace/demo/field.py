"""A day in the villages and at the hubs: calls answered, fruit picked and received, parcels packed, sent, delivered."""

from __future__ import annotations

import io
import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import BinaryIO

from django.db.models import Min, Sum
from PIL import Image, ImageDraw

from harvest_schedule.models import Harvest, PickCall
from harvest_schedule.services.harvests import harvest_close, harvest_report
from harvest_schedule.services.pick_calls import pick_call_accept, pick_call_refuse, pick_calls_make
from harvest_schedule.states import HarvestStatus, PickCallStatus
from logistics.models import Claim, Lot, Shipment, StorageMode
from logistics.services.claims import claim_answer, claim_report
from logistics.services.picking import lines_draw
from logistics.services.receiving import lot_receive
from logistics.services.shipping import shipment_deliver, shipment_hand_over, shipment_pack
from logistics.services.stock import lot_spoil
from logistics.states import ClaimStatus, ShipmentStatus
from marketplace.cooperatives.models import Hub, PoolProduct
from marketplace.demo.declarations import certificate_number
from marketplace.foundation.clock import business_date, shanghai
from marketplace.order.models import Line
from marketplace.order.states import LineStatus
from marketplace.shipping.models import Carrier

REFUSES_SHARE = 0.03
CLAIMS_SHARE = 0.035


class Field:
    """What cooperatives and hubs do on a day, through the real services."""

    def __init__(self, *, chance: random.Random) -> None:
        self.chance = chance
        self.carriers = list(Carrier.objects.order_by("pk"))
        self.hubs = list(Hub.objects.order_by("pk"))
        self.num_lots = 0
        self.num_shipments = 0
        self.num_claims = 0

    def call(self, day: date, *, is_answered: bool = True) -> None:
        """Hubs ask for what orders and the plan need; cooperatives answer over breakfast."""
        waiting = set(
            Line.objects.filter(status=LineStatus.PAID, ships_from__lte=day + timedelta(days=2)).values_list(
                "product__pool_product__pool__hub_id", flat=True
            )
        )
        for hub in self.hubs:
            if hub.pk in waiting or day.weekday() == 0:
                pick_calls_make(hub_id=hub.pk, day=day, at=shanghai(day, 6))
        if not is_answered:
            return
        answer_at = shanghai(day, 7)
        for call in PickCall.objects.filter(pick_on=day, status=PickCallStatus.CALLED).order_by("pk"):
            if self.chance.random() < REFUSES_SHARE:
                pick_call_refuse(pick_call_id=call.pk, reason="下雨，地里进不去", actor=None, at=answer_at)
            else:
                pick_call_accept(pick_call_id=call.pk, actor=None, at=answer_at)

    def pick_and_receive(self, day: date) -> None:
        """Accepted calls are picked, reported and received at the hub the same afternoon."""
        calls = (
            PickCall.objects.filter(pick_on=day, status=PickCallStatus.ACCEPTED)
            .select_related("harvest__cooperative__hub", "harvest__produce")
            .order_by("pk")
        )
        picked: dict[int, int] = defaultdict(int)
        for call in calls:
            grams = call.asked_g + self.chance.choice((0, 0, 0, 500, 1000))
            produce = call.harvest.produce
            cold, ambient = produce.storage_days_cold or 0, produce.storage_days_ambient or 0
            lot_receive(
                harvest_id=call.harvest_id,
                grade_id=call.grade_id,
                hub_id=call.harvest.cooperative.hub_id,
                grams=grams,
                picked_on=day,
                certificate_number=certificate_number(call.harvest, day, call.grade_id),
                mode=StorageMode.COLD if cold > ambient else StorageMode.AMBIENT,
                key=f"demo-lot-{call.pk}",
                actor=None,
                at=shanghai(day, 15, self.chance.randrange(60)),
                pick_call_id=call.pk,
            )
            self.num_lots += 1
            picked[call.harvest_id] += grams
        for harvest_id, grams in sorted(picked.items()):
            harvest_report(
                harvest_id=harvest_id,
                key=f"demo-picked-{harvest_id}-{day.isoformat()}",
                actor=None,
                at=shanghai(day, 17, 40),
                picked_on=day,
                picked_g=grams,
            )

    def report_changes(self, day: date) -> None:
        """On Sundays a few harvests turn out earlier, later, smaller or larger; those that are over are closed."""
        at = shanghai(day, 18)
        for harvest in Harvest.objects.filter(
            status__in=[HarvestStatus.DECLARED, HarvestStatus.PICKING], ends_on__lt=day
        ).order_by("pk"):
            harvest_close(harvest_id=harvest.pk, actor=None, at=at)
        soon = Harvest.objects.filter(
            status__in=[HarvestStatus.DECLARED, HarvestStatus.PICKING],
            starts_on__lte=day + timedelta(days=30),
            ends_on__gt=day + timedelta(days=10),
        ).order_by("pk")
        for harvest in soon:
            if self.chance.random() > 0.12:
                continue
            factor = self.chance.uniform(0.88, 1.1)
            harvest_report(
                harvest_id=harvest.pk,
                key=f"demo-change-{harvest.pk}-{day.isoformat()}",
                actor=None,
                at=at,
                shift_days=self.chance.choice((0, 0, -2, 3)) if harvest.starts_on > day + timedelta(days=5) else 0,
                low_g=round(harvest.low_g * factor / 1000) * 1000,
                likely_g=round(harvest.likely_g * factor / 1000) * 1000,
                high_g=round(harvest.high_g * factor / 1000) * 1000,
                note="按地里看的情况",
            )

    def clear_shelves(self, day: date) -> None:
        """What is left of a lot and fills no pack any more is written off, so that it is not sold as if it did."""
        smallest_g = dict(
            PoolProduct.objects.values("pool__produce_id")
            .annotate(grams=Min("product__net_weight_g"))
            .values_list("pool__produce_id", "grams")
        )
        left = Lot.objects.annotate(grams=Sum("movements__grams")).filter(grams__gt=0).order_by("pk")
        for lot in left.filter(received_at__lt=shanghai(day - timedelta(days=4))):
            if lot.grams < smallest_g.get(lot.produce_id, 0):
                lot_spoil(
                    lot_id=lot.pk,
                    grams=lot.grams,
                    reason="不足一箱，清出",
                    key=f"demo-clear-{lot.pk}",
                    actor=None,
                    at=shanghai(day, 17),
                )

    def pack_and_send(self, day: date) -> None:
        """Draw, pack and hand over what is due, hub by hub."""
        due = (
            Line.objects.filter(status=LineStatus.PAID, ships_from__lte=day)
            .values_list("product__pool_product__pool__hub_id", flat=True)
            .distinct()
        )
        for hub_id in sorted(set(due)):
            lines_draw(hub_id=hub_id, day=day, at=shanghai(day, 16, 30), actor=None)
            drawn = Line.objects.filter(status=LineStatus.DRAWN, product__pool_product__pool__hub_id=hub_id)
            for order_id in sorted(set(drawn.values_list("order_id", flat=True))):
                shipment = shipment_pack(
                    order_id=order_id,
                    hub_id=hub_id,
                    at=shanghai(day, 17, 30),
                    actor=None,
                    key=f"demo-pack-{order_id}-{hub_id}-{day.isoformat()}",
                )
                carrier = self.chance.choice(self.carriers)
                shipment_hand_over(
                    shipment_id=shipment.pk,
                    carrier_id=carrier.pk,
                    tracking_number=self._tracking_number(carrier),
                    at=shanghai(day, 18, 30),
                    actor=None,
                )
                self.num_shipments += 1

    def _tracking_number(self, carrier: Carrier) -> str:
        digits = "".join(self.chance.choice("0123456789") for _ in range(13))
        return {"sf": f"SF{digits}", "zto": f"7{digits}"}.get(carrier.code, digits)

    def deliver(self, day: date) -> None:
        """Parcels that have travelled long enough arrive; a few buyers report spoilt goods."""
        for shipment in (
            Shipment.objects.filter(status=ShipmentStatus.SHIPPED, shipped_at__lt=shanghai(day - timedelta(days=1), 23))
            .prefetch_related("shipment_lines__line")
            .order_by("pk")
        ):
            travelled = (day - business_date(shipment.shipped_at or shipment.packed_at)).days
            if travelled < 5 and self.chance.random() > 0.25 * travelled:
                continue
            at = shanghai(day, self.chance.randint(9, 19), self.chance.randrange(60))
            shipment_deliver(shipment_id=shipment.pk, at=at, actor=None)
            for row in shipment.shipment_lines.all():
                if self.chance.random() < CLAIMS_SHARE:
                    self._claim(row.line, at + timedelta(hours=3))

    def _claim(self, line: Line, at: datetime) -> None:
        pack_g = line.net_weight_g
        claim_report(
            line_id=line.pk,
            spoilt_g=max(50, round(pack_g * self.chance.uniform(0.04, 0.3) / 50) * 50),
            photo=claim_photo(self.chance),
            note="箱底有几个坏了",
            key=f"demo-claim-{line.pk}",
            at=at,
        )
        self.num_claims += 1

    def answer_claims(self, day: date) -> None:
        """Staff answer what came in; the newest ones are left for whoever tries the demo."""
        at = shanghai(day, 10)
        for claim in Claim.objects.filter(status=ClaimStatus.REPORTED, reported_at__lt=shanghai(day)).order_by("pk"):
            accept = self.chance.random() < 0.9
            answer = "照片清楚，按坏果重量赔付。" if accept else "照片里看不出坏果，请再拍一张联系我们。"
            claim_answer(claim_id=claim.pk, accept=accept, answer=answer, at=at, actor=None)


def claim_photo(chance: random.Random) -> BinaryIO:
    """Return a drawn stand-in for a photo of bad fruit: round shapes with dark spots, no picture of anything real."""
    image = Image.new("RGB", (320, 240), (196, 164, 120))
    draw = ImageDraw.Draw(image)
    for _index in range(7):
        x, y, r = chance.randint(30, 290), chance.randint(30, 210), chance.randint(22, 40)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(222, 132, 38))
        draw.ellipse((x - r // 3, y - r // 3, x + r // 4, y + r // 4), fill=(84, 58, 34))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=70)
    return io.BytesIO(buffer.getvalue())
