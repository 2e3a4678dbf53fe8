"""The demo's buyers: households who take a box or two, canteens and unions who take many; some change their mind."""

from __future__ import annotations

import math
import random
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from catalog.models import Region
from catalog.partner.models import Phase, StockRecord
from harvest_schedule.demand import week_factors
from harvest_schedule.planner_io import week_start
from harvest_schedule.services.cancellation import UnableToCancelPresale, presale_cancel
from marketplace.basket.models import Basket
from marketplace.basket.quote import basket_lines, basket_quote
from marketplace.basket.services import UnableToAdd, window_add
from marketplace.checkout.services.paying import payment_ask, payment_start
from marketplace.checkout.services.placing import Destination, order_place
from marketplace.demo.cast import BUYER_DISTRICTS, GIVEN_NAMES, STREETS, SURNAMES
from marketplace.foundation.clock import shanghai
from marketplace.order.models import Order
from marketplace.payment.models import PaymentAttempt
from marketplace.payment.sandbox.control_client import SandboxControl
from marketplace.payment.stripe_adapter import StripePort

#: Packs an average order takes, over both kinds of buyers; decides how many orders a day's demand makes.
PACKS_PER_ORDER = 9
INSTITUTION_SHARE = 0.3
GIVES_UP_SHARE = 0.05
CANCELS_SHARE = 0.06
METHODS = ("wechat_pay", "wechat_pay", "alipay", "card")


def port_at(at: datetime) -> StripePort:
    """Return the payment port as it would have been used at a past moment, without notices."""
    return StripePort(
        secret_key=settings.STRIPE_SECRET_KEY,
        webhook_secret=settings.STRIPE_WEBHOOK_SECRET,
        api_base=settings.STRIPE_API_BASE,
        at=at,
        quiet=True,
    )


class Buyers:
    """Places and pays a day's orders through the real services and the payment sandbox."""

    def __init__(self, *, chance: random.Random, control: SandboxControl) -> None:
        self.chance = chance
        self.control = control
        self.districts = {
            region.pk: region
            for region in Region.objects.filter(pk__in=[code for code, _share in BUYER_DISTRICTS]).select_related(
                "parent__parent"
            )
        }
        self.num_orders = 0
        self.num_paid = 0
        self.num_cancelled = 0

    def shop(self, day: date) -> None:
        """Place the day's orders, spread over the hours people shop in."""
        noon = shanghai(day, 12)
        windows = self._windows(noon)
        if not windows:
            return
        expected = sum(weight for _window, weight in windows) / PACKS_PER_ORDER
        for _number in range(self._poisson(expected)):
            hour = self.chance.choices((9, 11, 13, 16, 19, 20, 21, 22), (2, 2, 2, 2, 3, 5, 5, 3))[0]
            self._order(windows, shanghai(day, hour, self.chance.randrange(60)))

    def _windows(self, at: datetime) -> list[tuple[StockRecord, float]]:
        """Open windows with the packs a day the market would take of each."""
        rows = (
            StockRecord.objects.open_at(at)
            .with_packs_left()
            .select_related("product__produce", "product__pool_product")
            .order_by("pk")
        )
        weighted = []
        for window in rows:
            demand, _price = week_factors(window.product.made_of, week_start(at.date()))
            packs = window.product.pool_product.weekly_demand_packs * demand / 7
            weighted.append((window, packs * (0.5 if window.phase == Phase.PRESALE else 1.0)))
        return weighted

    def _poisson(self, mean: float) -> int:
        """Knuth's method; means here are small."""
        limit, product, count = math.exp(-min(mean, 60)), self.chance.random(), 0
        while product > limit:
            product *= self.chance.random()
            count += 1
        return count

    def _order(self, windows: Sequence[tuple[StockRecord, float]], at: datetime) -> None:
        is_institution = self.chance.random() < INSTITUTION_SHARE
        chosen: dict[int, StockRecord] = {}
        for _index in range(self.chance.choices((1, 2, 3), (6, 3, 1))[0]):
            window = self.chance.choices([row for row, _w in windows], [weight for _row, weight in windows])[0]
            chosen[window.pk] = window
        basket = Basket.objects.create()
        for window_id in chosen:
            wanted = self.chance.randint(8, 24) if is_institution else self.chance.choices((1, 2, 3), (6, 3, 1))[0]
            left = StockRecord.objects.get(pk=window_id).num_left
            try:
                window_add(basket=basket, window_id=window_id, quantity=max(1, min(wanted, left)), at=at)
            except UnableToAdd:
                continue
        code = self.chance.choices([code for code, _s in BUYER_DISTRICTS], [share for _c, share in BUYER_DISTRICTS])[0]
        district = self.districts.get(code)
        if district is None:
            return
        quote = basket_quote(lines=basket_lines(basket), district_code=district.pk, at=at)
        if quote.is_empty or quote.has_problems:
            basket.delete()
            return
        order = order_place(
            basket_id=basket.pk,
            key=uuid.UUID(int=self.chance.getrandbits(128)).hex,
            quote_hash=quote.hash,
            destination=self._destination(district),
            user=AnonymousUser(),
            language=self.chance.choices(("zh-hans", "en"), (9, 1))[0],
            port=port_at(at),
            at=at,
            chooser=self.chance,
        )
        self.num_orders += 1
        attempt = payment_start(attempt_id=order.payment_attempts.get().pk, port=port_at(at), at=at)
        if self.chance.random() >= GIVES_UP_SHARE:
            self._pay(order, attempt, at)

    def _destination(self, district: Region) -> Destination:
        return Destination(
            name=self.chance.choice(SURNAMES) + self.chance.choice(GIVEN_NAMES),
            # 139 0000 xxxx: numbers nobody was ever given
            phone=f"1390000{self.chance.randrange(10_000):04}",
            district=district,
            town="",
            detail=f"{self.chance.choice(STREETS)}{self.chance.randint(1, 300)}号{self.chance.randint(1, 20)}单元",
        )

    def _pay(self, order: Order, attempt: PaymentAttempt, at: datetime) -> None:
        paid_at = at + timedelta(minutes=self.chance.randint(1, 9))
        self.control.pay(attempt.session_id, method=self.chance.choice(METHODS), at=paid_at, quiet=True)
        payment_ask(attempt_id=attempt.pk, port=port_at(paid_at), at=paid_at)
        self.num_paid += 1
        is_presale = not order.lines.exclude(phase=Phase.PRESALE).exists()
        if is_presale and self.chance.random() < CANCELS_SHARE:
            try:
                presale_cancel(order_id=order.pk, at=paid_at + timedelta(hours=1), actor=None, reason="demo")
                self.num_cancelled += 1
            except UnableToCancelPresale:
                pass
