"""
Orders whose money is on the books, on their way from payment to settlement.

`OrderFactory` and `LineFactory` make bare rows. `order_placed` makes a whole order that waits for its payment, with
lines, held packs and attempt; `order_paid` one whose money is booked. `Market` is a station that sells: its orders go
through the real services as far as you ask.
"""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import factory
from django.db.models import F
from factory.django import DjangoModelFactory

from catalog.partner.models import StockRecord
from logistics.models import Claim
from logistics.services.claims import claim_answer, claim_report
from logistics.services.shipping import shipment_deliver
from marketplace.checkout.services.refunds import refund_request, refund_send
from marketplace.foundation.units import fen_to_yuan, split_by_weight
from marketplace.ledger.services import ledger_book
from marketplace.order.models import Line, Order
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.payment.accounts import PROVIDER, held_for_order
from marketplace.payment.models import AttemptStatus, PaymentAttempt, Refund
from tests.factories import NOW, WindowFactory
from tests.factories.lots import Station, address_in, photo
from tests.provider import MemoryProvider

_keys = itertools.count(1)
PAID_AT = NOW - timedelta(hours=20)
DELIVERED_AT = NOW + timedelta(days=3)
#: One minute after the claim window of what was delivered at `DELIVERED_AT`.
SETTLES_AT = DELIVERED_AT + timedelta(hours=48, minutes=1)


class OrderFactory(DjangoModelFactory):
    """A paid order of one box at 39.80 and 8.00 freight, to Hangzhou, without lines."""

    class Meta:
        model = Order

    number = factory.Sequence(lambda n: f"F{n:013d}")
    checkout_key = factory.LazyAttribute(lambda order: f"key-{order.number}")
    contact_phone = "13800001234"
    currency = "CNY"
    shipping_address = factory.LazyFunction(address_in)
    goods_fen = 3980
    freight_fen = 800
    total_fen = factory.LazyAttribute(lambda order: order.goods_fen + order.freight_fen)
    total_incl_tax = factory.LazyAttribute(lambda order: fen_to_yuan(order.total_fen))
    total_excl_tax = factory.SelfAttribute("total_incl_tax")
    shipping_incl_tax = factory.LazyAttribute(lambda order: fen_to_yuan(order.freight_fen))
    shipping_excl_tax = factory.SelfAttribute("shipping_incl_tax")
    status = OrderStatus.PAID
    paid_at = PAID_AT
    date_placed = PAID_AT - timedelta(minutes=3)


class LineFactory(DjangoModelFactory):
    """One box of a window, paid. The window's held packs are the caller's business; `order_paid` minds them."""

    class Meta:
        model = Line

    order = factory.SubFactory(OrderFactory)
    stockrecord = factory.SubFactory(WindowFactory)
    partner = factory.SelfAttribute("stockrecord.partner")
    partner_name = factory.SelfAttribute("stockrecord.partner.name")
    partner_sku = factory.SelfAttribute("stockrecord.partner_sku")
    product = factory.SelfAttribute("stockrecord.product")
    title = factory.SelfAttribute("product.title")
    title_en = factory.SelfAttribute("product.title_en")
    spec_zh = factory.SelfAttribute("product.spec_zh")
    spec_en = factory.SelfAttribute("product.spec_en")
    quantity = 1
    num_allocated = factory.SelfAttribute("quantity")
    phase = factory.SelfAttribute("stockrecord.phase")
    ships_from = factory.SelfAttribute("stockrecord.ships_from")
    ships_by = factory.SelfAttribute("stockrecord.ships_by")
    arrives_by = factory.LazyAttribute(lambda line: line.ships_by + timedelta(days=3))
    net_weight_g = factory.SelfAttribute("product.net_weight_g")
    unit_price_fen = factory.SelfAttribute("stockrecord.price_fen")
    line_total_fen = factory.LazyAttribute(lambda line: line.unit_price_fen * line.quantity)
    freight_fen = 0
    line_price_incl_tax = factory.LazyAttribute(lambda line: fen_to_yuan(line.line_total_fen))
    line_price_excl_tax = factory.SelfAttribute("line_price_incl_tax")
    line_price_before_discounts_incl_tax = factory.SelfAttribute("line_price_incl_tax")
    line_price_before_discounts_excl_tax = factory.SelfAttribute("line_price_incl_tax")
    unit_price_incl_tax = factory.LazyAttribute(lambda line: fen_to_yuan(line.unit_price_fen))
    unit_price_excl_tax = factory.SelfAttribute("unit_price_incl_tax")
    status = LineStatus.PAID


def order_placed(*bought: tuple[StockRecord, int], freight_fen: int = 800, **order: Any) -> Order:
    """Return an order that waits for its payment, holding packs of windows; freight goes to the lines by weight."""
    for window, _packs in bought:
        window.refresh_from_db()
    goods_fen = sum(window.price_fen * packs for window, packs in bought)
    values = {"status": OrderStatus.AWAITING_PAYMENT, "paid_at": None, **order}
    made = OrderFactory(goods_fen=goods_fen, freight_fen=freight_fen, **values)
    weights = [window.product.net_weight_g * packs for window, packs in bought]
    for (window, packs), line_freight_fen in zip(bought, split_by_weight(freight_fen, weights), strict=True):
        LineFactory(
            order=made,
            stockrecord=window,
            quantity=packs,
            freight_fen=line_freight_fen,
            status=LineStatus.AWAITING_PAYMENT,
        )
        StockRecord.objects.filter(pk=window.pk).update(num_allocated=F("num_allocated") + packs)
    PaymentAttempt.objects.create(
        order=made,
        key=f"pay-{made.number}",
        amount_fen=made.total_fen,
        status=AttemptStatus.OPEN,
        session_id=f"cs_{made.number}",
        created_at=PAID_AT - timedelta(minutes=3),
    )
    return made


def order_paid(*bought: tuple[StockRecord, int], freight_fen: int = 800, **order: Any) -> Order:
    """Return a paid order of packs of windows, its money on the books."""
    made = order_placed(*bought, freight_fen=freight_fen, **order)
    made.lines.update(status=LineStatus.PAID)
    Order.objects.filter(pk=made.pk).update(status=OrderStatus.PAID, paid_at=PAID_AT)
    made.refresh_from_db()
    made.payment_attempts.update(
        status=AttemptStatus.PAID,
        payment_reference=f"pi_{made.number}",
        charge_reference=f"ch_{made.number}",
        closed_at=PAID_AT,
    )
    ledger_book(
        key=f"paid:pay-{made.number}",
        purpose="PAID",
        reference=made.number,
        legs={PROVIDER: made.total_fen, held_for_order(made.number): -made.total_fen},
        at=PAID_AT,
    )
    return made


def refund_done(line: Line, amount_fen: int, *, at: datetime = DELIVERED_AT) -> Refund:
    """Send money of a line back, and have the provider carry it out."""
    refund = refund_request(
        order_id=line.order_id,
        line_id=line.pk,
        amount_fen=amount_fen,
        purpose=Refund.Purpose.CLAIM,
        key=f"refund-{next(_keys)}",
        at=at,
    )
    return refund_send(refund_id=refund.pk, port=MemoryProvider(), at=at)


class Market(Station):
    """A station with one lot of 100 kg from each of its cooperatives, and buyers in Hangzhou."""

    def sell(self, *packs: int, freight_fen: int = 800, **order: Any) -> Order:
        """Return a paid order with one line for each figure."""
        return order_paid(*[(self.window, figure) for figure in packs or (1,)], freight_fen=freight_fen, **order)

    def bring(self, order: Order, *, delivered_at: datetime = DELIVERED_AT) -> Order:
        """Draw, pack, send and deliver what is paid of an order; receive lots first."""
        self.draw()
        shipment = self.ship(self.pack(order))
        shipment_deliver(shipment_id=shipment.pk, at=delivered_at, actor=self.packer)
        order.refresh_from_db()
        return order

    def delivered(self, *packs: int, grams: tuple[int, ...] = (), **order: Any) -> Order:
        """Return a delivered order; its packs come from lots of these grams, one from each cooperative in turn."""
        made = self.sell(*packs, **order)
        weight_g = sum(line.weight_g for line in made.lines.all())
        for index, lot_g in enumerate(grams or (weight_g,)):
            self.receive(harvest=index % len(self.harvests), grams=lot_g)
        return self.bring(made)

    def claim(self, line: Line, spoilt_g: int, *, at: datetime = DELIVERED_AT + timedelta(hours=2)) -> Claim:
        """Return a claim that waits for its answer."""
        return claim_report(
            line_id=line.pk, spoilt_g=spoilt_g, photo=photo(), note="", key=f"claim-key-{next(_keys)}", at=at
        )

    def claim_accepted(self, line: Line, spoilt_g: int) -> Claim:
        """Return an accepted claim whose money has gone back."""
        claim = self.claim(line, spoilt_g)
        at = claim.reported_at + timedelta(hours=1)
        claim = claim_answer(claim_id=claim.pk, accept=True, answer="", at=at, actor=self.packer)
        refund = Refund.objects.get(key=f"claim-{claim.pk}")
        refund_send(refund_id=refund.pk, port=MemoryProvider(), at=at)
        return claim
