"""
Every page that can be reached without an order, looked at: nothing wider than the screen, broken, foreign or failed.

`make screenshots` takes the same pictures in dark and in large text too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from harvest_schedule.models import Harvest, ShortfallCase, ShortfallPart
from harvest_schedule.planner.shortfall.policy import Policy
from harvest_schedule.planner.shortfall.problem import LATER
from harvest_schedule.selectors.shortfalls import shortfall_preview
from harvest_schedule.services.shortfall_deciding import shortfall_apply
from marketplace.demo.cast import PASSWORD
from marketplace.foundation import clock
from tests.browser import LAPTOP, PHONE, Visitor
from tests.factories.orders import order_paid
from tests.functional.season import PRODUCE, Season

Visit = Callable[..., Visitor]
SHOP = {
    "home": "/",
    "products": "/products/",
    "search-nothing": "/products/?q=榴莲",
    "opening-next": "/opening-next/",
    "produce": "/produce/",
    "produce-one": f"/produce/{PRODUCE}/",
    "calendar": "/calendar/",
    "counties": "/counties/",
    "county": "/counties/420527/",
    "ledger": "/ledger/",
    "deliver-to": "/deliver-to/",
    "basket-empty": "/basket/",
    "sign-in": "/account/sign-in/",
    "register": "/account/register/",
    "find-order": "/orders/find/",
}
GROWER = {
    "coop": "/coop/",
    "coop-declare": "/coop/harvests/declare/",
    "coop-calls": "/coop/calls/",
    "coop-windows": "/coop/windows/",
    "coop-money": "/coop/money/",
    "coop-about": "/coop/about/",
    "coop-what-if": "/coop/what-if/",
}
STATION = {
    "hub-receive": "receive/",
    "hub-lots": "lots/",
    "hub-pick": "pick/",
    "hub-ship": "ship/",
    "hub-claims": "claims/",
}
OFFICER = {
    "schedule": "",
    "schedule-pool": f"{PRODUCE}/",
    "schedule-what-if": f"{PRODUCE}/what-if/",
    "schedule-draft-none": f"{PRODUCE}/draft/",
    "schedule-bounds": f"{PRODUCE}/bounds/",
    "shortfalls-none": "shortfalls/",
}


def short_case(season: Season) -> ShortfallCase:
    """Three boxes were bought ahead, and one comes."""
    order_paid((season.presale, 3), guest_email="buyer@fenglu.example", date_placed=clock.now() - timedelta(hours=2))
    return ShortfallCase.objects.create(
        window=season.presale,
        plan=season.pool.plans.get(),
        short_packs=2,
        promised_packs=3,
        coming_packs=1,
        opened_at=clock.now(),
        counted_at=clock.now(),
    )


def look_at_shortfall(officer: Visitor, buyer: Visitor, season: Season) -> None:
    """Look at a case before and after the decision, and at what its buyer is asked."""
    case = short_case(season)
    officer.go("/dashboard/schedule/shortfalls/")
    officer.look("shortfalls")
    officer.go(f"/dashboard/schedule/shortfalls/{case.pk}/")
    officer.look("shortfall-case")
    policy = Policy(unserved=(LATER,))
    shortfall_apply(
        case_id=case.pk,
        policy=policy,
        digest=shortfall_preview(case_id=case.pk, policy=policy, at=clock.now()).digest,
        why="霜冻",
        key="looked-at",
        actor=User.objects.get(username="officer"),
        at=clock.now(),
    )
    officer.go(f"/dashboard/schedule/shortfalls/{case.pk}/")
    officer.look("shortfall-decided")
    for number, part in enumerate(ShortfallPart.objects.filter(line__stockrecord__product=season.presale.product)):
        buyer.go(f"/orders/changes/{part.token}/")
        buyer.look(f"order-change-{number}")


def look_at_everything(visit: Visit, season: Season, language: str, width: int, display: dict[str, str]) -> None:
    """Look at the shop's, the grower's, the station's and the officer's pages, the display set as a visitor would."""
    folder = "-".join(["pages", *display.values()])

    def visitor() -> Visitor:
        one = visit(language, width, pictures=folder)
        for name, value in display.items():
            one.go("/orders/find/")
            one.page.locator(f"button[name={name}][value={value}]").locator("visible=true").first.click()
            one.page.wait_for_load_state("networkidle")
        return one

    shopper, grower, packer, officer = visitor(), visitor(), visitor(), visitor()
    for name, path in {**SHOP, "product": season.product_path}.items():
        shopper.go(path)
        shopper.look(name)
    grower.sign_in("coop", PASSWORD, then="/coop/")
    harvest = Harvest.objects.get(cooperative__code="chengli")
    declare = f"/coop/harvests/declare/?produce={harvest.produce_id}"
    report = f"/coop/harvests/{harvest.pk}/report/"
    for name, path in {**GROWER, "coop-declare-one": declare, "coop-report": report}.items():
        grower.go(path)
        grower.look(name)
    packer.sign_in("hub", PASSWORD, then="/logistics/")
    for name, path in STATION.items():
        packer.go(f"/logistics/{season.pool.hub.code}/{path}")
        packer.look(name)
    officer.sign_in("officer", PASSWORD, then="/dashboard/schedule/")
    for name, path in OFFICER.items():
        officer.go(f"/dashboard/schedule/{path}")
        officer.look(name)
    look_at_shortfall(officer, shopper, season)


@pytest.mark.parametrize(("language", "width"), [("zh", PHONE), ("en", LAPTOP)])
def test_every_page_fits_its_screen(season: Season, visit: Visit, language: str, width: int) -> None:
    look_at_everything(visit, season, language, width, {})


def test_every_page_in_english_fits_a_phone_in_large_text(season: Season, visit: Visit) -> None:
    """The longest words on the narrowest screen in the largest letters."""
    look_at_everything(visit, season, "en", PHONE, {"text": "large"})


@pytest.mark.screenshots
@pytest.mark.parametrize(("language", "width"), [("zh", PHONE), ("en", LAPTOP)])
@pytest.mark.parametrize("display", [{"theme": "dark"}, {"text": "large"}], ids=["dark", "large"])
def test_every_page_has_its_picture_in_dark_and_in_large(
    season: Season, visit: Visit, language: str, width: int, display: dict[str, str]
) -> None:
    look_at_everything(visit, season, language, width, display)
