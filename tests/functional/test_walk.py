"""
One box of oranges, from the search to the settled money, through every screen it passes.

In Chinese on a phone and in English on a laptop. Every step is looked at: no sideways scrolling, no script error, no
request to another host, nothing that failed. Pictures go to .data/screenshots/<language>-<width>/.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from harvest_schedule.models import PickCall
from harvest_schedule.services.pick_calls import pick_call_accept, pick_calls_make
from harvest_schedule.states import PickCallStatus
from logistics.models import Claim, Lot, Shipment
from marketplace.demo.cast import PASSWORD
from marketplace.foundation.outbox import outbox_sweep
from marketplace.order.models import Order
from marketplace.order.states import LineStatus, OrderStatus
from marketplace.payment.models import ProviderNotice, Refund, RefundStatus
from marketplace.payment.stripe_adapter import get_port
from marketplace.settlement.services import settlements_run
from marketplace.shipping.models import Carrier
from tests.browser import LAPTOP, PHONE, Shop, Visitor
from tests.factories import TODAY
from tests.factories.lots import photo
from tests.functional.season import Season
from tests.functional.steps import go_to_review, order_and_go_to_payment, pay, say_where, wait_for_notices

BOXES = 2
ACCOUNT_OF = {"chengli": "coop", "jiangan": "coop2"}
SEARCHES = ("秭归脐橙", "zigui qicheng", "navel orange")


@pytest.mark.parametrize(("language", "width", "method"), [("zh", PHONE, "wechat_pay"), ("en", LAPTOP, "card")])
def test_a_box_goes_from_the_search_to_the_settled_money(
    language: str, width: int, method: str, shop: Shop, season: Season, visit: Callable[..., Visitor]
) -> None:
    buyer = visit(language, width)
    find_and_choose(buyer, season)
    order = check_out_and_pay(buyer, method)

    answer_pick_call(visit(language, width), season, shop)
    send_parcel(visit(language, width), season, order)
    report_spoilt(buyer, order)
    accept_claim(visit(language, width), season)
    see_refund(buyer, order)
    settle_and_see_the_money(visit(language, width), order, shop)
    trace_back(buyer, order)

    books = StringIO()
    call_command("check_books", stdout=books)
    assert "The books agree" in books.getvalue()


def find_and_choose(buyer: Visitor, season: Season) -> None:
    buyer.go("/")
    buyer.look("home")
    for words in SEARCHES:
        buyer.go(f"/products/?q={words}")
        assert buyer.page.locator(f"a[href='{season.product_path}']").count(), words
        buyer.look("search")
    buyer.press(f"a[href='{season.product_path}']")
    window = buyer.page.locator(f"input[name=window][value='{season.fresh.pk}']")
    window.check(force=True)
    assert f"{season.fresh.price_fen / 100:.2f}" in buyer.page.locator(".buy-bar").inner_text()
    buyer.page.locator(".buy-bar [data-step='1']").click()
    assert buyer.page.locator(".buy-bar [name=quantity]").input_value() == str(BOXES)
    buyer.look("product")
    buyer.press("button[name=buy_now]")
    buyer.go("/basket/")
    buyer.look("basket")


def check_out_and_pay(buyer: Visitor, method: str) -> Order:
    buyer.go("/checkout/")
    say_where(buyer)
    buyer.look("address")
    go_to_review(buyer)
    buyer.look("review")
    order = order_and_go_to_payment(buyer)
    buyer.look("payment")
    pay(buyer, order, method)
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    buyer.look("order-paid")
    # The notice says the same again, and changes nothing.
    wait_for_notices(buyer.shop)
    outbox_sweep(at=buyer.shop.now())
    assert Order.objects.get().status == OrderStatus.PAID
    assert ProviderNotice.objects.exists()
    assert not ProviderNotice.objects.filter(handled_at=None).exists()
    return order


def answer_pick_call(grower: Visitor, season: Season, shop: Shop) -> None:
    pick_calls_make(hub_id=season.pool.hub_id, day=TODAY, at=shop.now())
    calls = list(PickCall.objects.select_related("harvest__cooperative").order_by("pk"))
    call = max(calls, key=lambda call: call.for_lines.count())
    grower.sign_in(ACCOUNT_OF[call.harvest.cooperative.code], PASSWORD, then="/coop/")
    grower.look("coop-home")
    grower.go("/coop/calls/")
    grower.look("coop-calls")
    grower.press(f"a[href='/coop/calls/{call.pk}/']")
    grower.look("coop-call")
    grower.press(f"form[action='/coop/calls/{call.pk}/accept/'] button")
    grower.look("coop-call-accepted")
    call.refresh_from_db()
    assert call.status == PickCallStatus.ACCEPTED
    for path, name in (("windows", "coop-windows"), ("harvests", "coop-harvests")):
        grower.go(f"/coop/{path}/")
        grower.look(name)
    for other in calls:
        other.refresh_from_db()
        if other.status == PickCallStatus.CALLED:
            pick_call_accept(pick_call_id=other.pk, actor=None, at=shop.now())


def send_parcel(packer: Visitor, season: Season, order: Order) -> None:
    page = packer.page
    packer.sign_in("hub", PASSWORD, then="/logistics/")
    base = f"/logistics/{season.pool.hub.code}"
    packer.look("hub-board")
    for number, call in enumerate(PickCall.objects.filter(status=PickCallStatus.ACCEPTED).order_by("pk"), 1):
        packer.go(f"{base}/receive/calls/{call.pk}/")
        page.fill("[name=grams]", f"{call.asked_g / 1000 + 0.4:g}")
        page.fill("[name=certificate_number]", f"HGZ42052700{number}")
        packer.look("hub-receive")
        packer.press("button[form=receive], form#receive button[type=submit]")
        packer.look("hub-label")
    assert Lot.objects.exists()
    packer.go(f"{base}/pick/")
    packer.look("hub-pick")
    packer.press(f"form[action='{base}/pick/run/'] button")
    packer.look("hub-picked")
    assert order.lines.get().status == LineStatus.DRAWN
    packer.go(f"{base}/ship/")
    packer.look("hub-ship")
    packer.press(f"form[action='{base}/ship/orders/{order.number}/pack/'] button")
    shipment = Shipment.objects.get()
    packer.look("hub-parcel")
    page.select_option("[name=carrier]", str(Carrier.objects.get(code="sf").pk))
    page.fill("[name=tracking_number]", "SF1234567890123")
    packer.press(f"form[action='{base}/ship/parcels/{shipment.number}/hand-over/'] button")
    packer.go(f"{base}/ship/parcels/{shipment.number}/")
    packer.look("hub-on-the-road")
    packer.press(f"form[action='{base}/ship/parcels/{shipment.number}/deliver/'] button")
    packer.look("hub-delivered")
    packer.go(f"{base}/lots/")
    packer.look("hub-lots")
    order.refresh_from_db()
    assert order.status == OrderStatus.DELIVERED


def report_spoilt(buyer: Visitor, order: Order) -> None:
    buyer.go(f"/orders/{order.number}/")
    buyer.look("order-delivered")
    line = order.lines.get()
    buyer.press(f"a[href='/orders/{order.number}/lines/{line.pk}/claim/']")
    buyer.page.fill("[name=spoilt]", "0.6")
    buyer.page.set_input_files(
        "[name=photo]", {"name": "spoilt.jpg", "mimeType": "image/jpeg", "buffer": photo().getvalue()}
    )
    buyer.page.fill("[name=note]", "箱底有三个烂了")
    buyer.look("claim")
    buyer.press("form[enctype] button[type=submit]")
    buyer.look("claim-sent")
    assert Claim.objects.get().spoilt_g == 600


def accept_claim(packer: Visitor, season: Season) -> None:
    base = f"/logistics/{season.pool.hub.code}"
    packer.sign_in("hub", PASSWORD, then=f"{base}/claims/")
    packer.look("hub-claims")
    claim = Claim.objects.get()
    packer.press(f"a[href='{base}/claims/{claim.pk}/']")
    packer.page.check("[name=decision][value=accept]", force=True)
    packer.page.fill("[name=answer]", "照片清楚，按坏果重量赔付。")
    packer.look("hub-claim")
    packer.press("form:has([name=decision]) button[type=submit]")
    packer.look("hub-claims-answered")


def see_refund(buyer: Visitor, order: Order) -> None:
    outbox_sweep(at=buyer.shop.now())
    refund = Refund.objects.get()
    # 600 g of two boxes of 2500 g at 39.80 each
    assert (refund.amount_fen, refund.status) == (7960 * 600 // 5000, RefundStatus.SUCCEEDED)
    buyer.go(f"/orders/{order.number}/")
    assert f"{refund.amount_fen / 100:.2f}" in buyer.text()
    buyer.look("order-refunded")


def settle_and_see_the_money(grower: Visitor, order: Order, shop: Shop) -> None:
    settles_at = shop.now() + timedelta(hours=49)
    assert settlements_run(at=settles_at, limit=10, port=get_port())
    assert order.lines.get().status == LineStatus.SETTLED
    draw = order.lines.get().draws.get(undone_at=None)
    grower.sign_in(ACCOUNT_OF[draw.lot.cooperative.code], PASSWORD, then="/coop/money/")
    assert draw.lot.number in grower.text()
    grower.look("coop-money")


def trace_back(buyer: Visitor, order: Order) -> None:
    """From the order to where its lot comes from."""
    draw = order.lines.get().draws.get(undone_at=None)
    buyer.go(f"/orders/{order.number}/")
    buyer.press(f"a[href='/trace/{draw.lot.number}/']")
    assert draw.lot.cooperative.village_zh in buyer.text() or draw.lot.cooperative.village_en in buyer.text()
    buyer.look("trace")
