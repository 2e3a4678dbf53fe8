"""
The web process dies on the way from the order to the payment and back: kill -9, then what is left is put right.

However it goes on, it ends in one paid order or one clean release. The server is the production one with a database
and a payment sandbox of its own; the sweepers are the real services at later moments.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from catalog.partner.models import StockRecord
from deploy.paths import PROJECT
from marketplace.checkout.services.paying import holds_sweep, payments_sweep
from marketplace.foundation import clock
from marketplace.foundation.outbox import outbox_sweep
from marketplace.order.models import Order
from marketplace.order.states import OrderStatus
from marketplace.payment.models import AttemptStatus, PaymentAttempt
from marketplace.payment.sandbox.control_client import SandboxControl
from marketplace.payment.stripe_adapter import StripePort
from tests.factories import product_on_sale
from tests.factories.shopping import hangzhou
from tests.http_shopper import Agreed, HttpShopper, register_hangzhou
from tests.payment_sandbox import SECRET_KEY, WEBHOOK_SECRET, SandboxProcess, database_beside, free_port

pytestmark = pytest.mark.django_db(transaction=True)

SERVED = "tests.faults.dying_site:application"
START_S = 60
PACKS = 2
SANDBOX_DATABASE = f"test_crashes_{os.getpid()}"


class Site:
    """The production web server, one worker, in a process group of its own, on one port for all its lives."""

    def __init__(self, provider_url: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.provider_url = provider_url
        self._log = folder / "web.log"
        self._dies_at = folder / "dies_at"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve the site, unless it is served already."""
        if self._process is not None:
            return
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "marketplace.settings.test",
            "PORT": str(self.port),
            "SITE_URL": self.url,
            "STRIPE_SECRET_KEY": SECRET_KEY,
            "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "STRIPE_API_BASE": self.provider_url,
            "WEB_CONCURRENCY": "1",
            "DIES_AT": str(self._dies_at),
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*[sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn_conf.py"], SERVED],
                cwd=PROJECT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def die_at(self, place: str) -> None:
        """Let the process die that next comes by a place of dying_site."""
        self._dies_at.write_text(place)

    def has_died(self) -> bool:
        """Whether a process came by."""
        return not self._dies_at.exists()

    def kill(self) -> None:
        """Kill -9 the main process and its worker together: nobody is left to start another."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def close(self) -> None:
        """End it; what it was to die at is forgotten."""
        self._dies_at.unlink(missing_ok=True)
        if self._process is not None:
            self.kill()

    def _answers(self) -> bool:
        try:
            return httpx.get(self.url + "/healthz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def provider_and_site(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SandboxProcess, Site]]:
    """The sandbox, running, and a site that knows it and is known to it. Both are started once: it takes seconds."""
    sandbox = SandboxProcess(os.environ["DATABASE_URL"], SANDBOX_DATABASE)
    site = Site(sandbox.base_url, tmp_path_factory.mktemp("site"))
    sandbox.webhook_url = f"{site.url}/webhooks/stripe/"
    try:
        sandbox.start()
        yield sandbox, site
    finally:
        site.close()
        sandbox.stop()


@pytest.fixture
def control(provider_and_site: tuple[SandboxProcess, Site]) -> Iterator[SandboxControl]:
    control = SandboxControl(provider_and_site[0].base_url, SECRET_KEY)
    control.reset()
    yield control
    control.close()


@pytest.fixture
def site(provider_and_site: tuple[SandboxProcess, Site], control: SandboxControl) -> Site:
    """The site, served; one that a test killed is started again for the next."""
    provider_and_site[1].start()
    return provider_and_site[1]


@pytest.fixture
def port(provider_and_site: tuple[SandboxProcess, Site]) -> StripePort:
    return StripePort(
        secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_base=provider_and_site[0].base_url, quiet=True
    )


@pytest.fixture
def window() -> StockRecord:
    """A window that is open today, whatever day that is."""
    now = clock.now()
    today = clock.business_date(now)
    return product_on_sale(
        opens_at=now - timedelta(days=3),
        closes_at=now + timedelta(days=10),
        ships_from=today,
        ships_by=today + timedelta(days=2),
        picked_from=today,
        picked_to=today + timedelta(days=1),
    )


@pytest.fixture
def shopper(site: Site, window: StockRecord) -> Iterator[HttpShopper]:
    register_hangzhou()
    shopper = HttpShopper(site.url)
    yield shopper
    shopper.close()


def go_to_review(shopper: HttpShopper, window: StockRecord) -> Agreed:
    shopper.choose(window.pk, packs=PACKS)
    shopper.say_where(hangzhou(window))
    return shopper.agree()


def order_into_the_void(shopper: HttpShopper, agreed: Agreed, site: Site) -> None:
    """Order, and go on to the payment, until the process that serves it dies."""
    with pytest.raises(httpx.TransportError):
        shopper.get(shopper.order(agreed).headers["location"])
    assert site.has_died()


def pay_on_hosted_page(url: str) -> str:
    """Pay by the card that is chosen; returns where the provider sends the buyer."""
    answer = httpx.post(url, data={"method": "card"}, timeout=20)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def go_to_payment(shopper: HttpShopper, agreed: Agreed) -> str:
    """Order and go on; returns the address of the hosted page."""
    answer = shopper.order(agreed)
    assert answer.status_code == 303, answer.text
    answer = shopper.get(answer.headers["location"])
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def sweep(port: StripePort, *, later: timedelta) -> None:
    """What beat does, as it would at a later moment."""
    at = clock.now() + later
    payments_sweep(port=port, at=at)
    holds_sweep(port=port, at=at)


def held_without_a_line() -> list[tuple[int, int, int]]:
    """I1 in plain SQL: windows whose held packs are out of bounds or not the sum of what open lines hold."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT w.id, w.num_allocated, coalesce(sum(l.quantity), 0)
            FROM partner_stockrecord w
            LEFT JOIN order_line l ON l.stockrecord_id = w.id AND l.status NOT IN ('RELEASED', 'CANCELLED')
            GROUP BY w.id, w.num_allocated, w.num_in_stock
            HAVING w.num_allocated <> coalesce(sum(l.quantity), 0)
                OR w.num_allocated NOT BETWEEN 0 AND w.num_in_stock
            """)
        return cursor.fetchall()


def succeeded_at_provider() -> list[tuple[str, int]]:
    """What the provider took, by order number, from its own database."""
    address = database_beside(os.environ["DATABASE_URL"], SANDBOX_DATABASE)
    with psycopg.connect(address) as provider:
        return provider.execute("""
            SELECT body->'metadata'->>'order_number', (body->>'amount_received')::int
            FROM document WHERE kind = 'payment_intent' AND body->>'status' = 'succeeded'
            """).fetchall()


def assert_nothing_is_lost_or_doubled() -> None:
    """I1, I3 and all that check_books proves."""
    assert held_without_a_line() == []
    paid = list(Order.objects.filter(status=OrderStatus.PAID).values_list("number", "total_fen"))
    assert sorted(succeeded_at_provider()) == sorted(paid)
    table = StringIO()
    call_command("check_books", stdout=table)
    assert "The books agree" in table.getvalue()


def assert_one_paid_order(window: StockRecord) -> None:
    order = Order.objects.get()
    window.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert order.payment_attempts.get().status == AttemptStatus.PAID
    assert window.num_allocated == PACKS
    assert len(succeeded_at_provider()) == 1
    assert_nothing_is_lost_or_doubled()


def assert_clean_release(window: StockRecord) -> None:
    order = Order.objects.get()
    window.refresh_from_db()
    assert order.status == OrderStatus.RELEASED
    assert order.payment_attempts.get().status == AttemptStatus.EXPIRED
    assert window.num_allocated == 0
    assert succeeded_at_provider() == []
    assert_nothing_is_lost_or_doubled()


RESERVED = [
    "after the order is committed",
    "before the payment is started",
    "after the provider has made the session",
]


@pytest.mark.parametrize("place", RESERVED)
def test_killed_while_reserved_and_the_buyer_stays_away_it_is_released(
    place: str, site: Site, shopper: HttpShopper, window: StockRecord, port: StripePort
) -> None:
    agreed = go_to_review(shopper, window)
    site.die_at(place)
    order_into_the_void(shopper, agreed, site)
    order = Order.objects.get()
    assert (order.status, order.payment_attempts.get().status) == ("AWAITING_PAYMENT", AttemptStatus.UNKNOWN)

    sweep(port, later=timedelta(minutes=10))
    order.refresh_from_db()
    still = order.status
    sweep(port, later=timedelta(minutes=16))

    # held for as long as it was promised, then given back
    assert still == OrderStatus.AWAITING_PAYMENT
    assert_clean_release(window)


@pytest.mark.parametrize("place", RESERVED)
def test_killed_while_reserved_and_the_buyer_comes_back_it_is_paid_once(
    place: str, site: Site, shopper: HttpShopper, window: StockRecord, port: StripePort
) -> None:
    agreed = go_to_review(shopper, window)
    site.die_at(place)
    order_into_the_void(shopper, agreed, site)

    hosted = go_to_payment(shopper, agreed)
    back = shopper.get(pay_on_hosted_page(hosted))

    assert (back.status_code, back.headers["location"]) == (302, f"/orders/{Order.objects.get().number}/")
    sweep(port, later=timedelta(minutes=16))
    assert_one_paid_order(window)


def test_killed_before_the_order_is_committed_there_is_nothing_to_undo(
    site: Site, shopper: HttpShopper, window: StockRecord, port: StripePort
) -> None:
    agreed = go_to_review(shopper, window)
    site.die_at("before the order is committed")
    order_into_the_void(shopper, agreed, site)
    window.refresh_from_db()
    assert (Order.objects.count(), PaymentAttempt.objects.count(), window.num_allocated) == (0, 0, 0)

    # the same form sent again is the first order
    pay_on_hosted_page(go_to_payment(shopper, agreed))
    sweep(port, later=timedelta(minutes=3))

    assert_one_paid_order(window)


def test_a_buyer_whose_answer_was_lost_finds_the_order_where_they_left(
    site: Site, shopper: HttpShopper, window: StockRecord
) -> None:
    agreed = go_to_review(shopper, window)
    site.die_at("after the order is committed")
    order_into_the_void(shopper, agreed, site)

    again = shopper.get("/checkout/review/")

    number = Order.objects.get().number
    assert (again.status_code, again.headers["location"]) == (302, f"/checkout/pay/{number}/")
    assert shopper.get(f"/orders/{number}/").status_code == 200


def test_killed_whole_after_payment_and_before_the_return_the_sweeper_pays_the_order(
    site: Site, shopper: HttpShopper, window: StockRecord, port: StripePort
) -> None:
    hosted = go_to_payment(shopper, go_to_review(shopper, window))
    site.kill()
    back = pay_on_hosted_page(hosted)
    with pytest.raises(httpx.TransportError):
        shopper.get(back)
    assert Order.objects.get().status == OrderStatus.AWAITING_PAYMENT

    sweep(port, later=timedelta(minutes=3))
    assert_one_paid_order(window)

    # and the buyer, who comes back to a site that is up again, sees it
    site.start()
    again = shopper.get(back)
    assert (again.status_code, again.headers["location"]) == (302, f"/orders/{Order.objects.get().number}/")


@pytest.mark.parametrize("place", ["on the buyer's return", "while the payment is booked"])
def test_killed_on_the_return_of_a_buyer_who_paid_the_order_is_paid_once(
    place: str, site: Site, shopper: HttpShopper, window: StockRecord, port: StripePort
) -> None:
    back = pay_on_hosted_page(go_to_payment(shopper, go_to_review(shopper, window)))
    site.die_at(place)
    with pytest.raises(httpx.TransportError):
        shopper.get(back)
    assert site.has_died()
    assert Order.objects.get().status == OrderStatus.AWAITING_PAYMENT

    again = shopper.get(back)

    assert (again.status_code, again.headers["location"]) == (302, f"/orders/{Order.objects.get().number}/")
    sweep(port, later=timedelta(minutes=16))
    assert_one_paid_order(window)


def test_killed_before_a_notice_is_stored_the_notice_comes_again_and_pays_the_order(
    site: Site, shopper: HttpShopper, window: StockRecord, control: SandboxControl, settings: Any
) -> None:
    # the worker that carries notices out is this process
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = SECRET_KEY, WEBHOOK_SECRET
    settings.STRIPE_API_BASE = site.provider_url
    hosted = go_to_payment(shopper, go_to_review(shopper, window))
    site.die_at("before a notice is stored")
    pay_on_hosted_page(hosted)

    wait_for_notices(control)
    assert site.has_died()
    assert Order.objects.get().status == OrderStatus.AWAITING_PAYMENT
    outbox_sweep(at=clock.now())

    assert_one_paid_order(window)


def wait_for_notices(control: SandboxControl, *, seconds: float = 20) -> None:
    """Until the provider has told everything."""
    deadline = time.monotonic() + seconds
    while not (rows := control.deliveries()) or {row["state"] for row in rows} != {"delivered"}:
        assert time.monotonic() < deadline, rows
        time.sleep(0.1)
    assert any(row["attempts"] > 1 for row in rows)
