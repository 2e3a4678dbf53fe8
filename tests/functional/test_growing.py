"""A grower's day on a phone: a harvest declared, a change reported, a call refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db.models import Sum

from harvest_schedule.models import Harvest, PickCall
from harvest_schedule.services.pick_calls import pick_calls_make
from harvest_schedule.states import PickCallStatus
from marketplace.demo.cast import PASSWORD
from tests.browser import PHONE, Shop, Visitor
from tests.factories import TODAY
from tests.functional.season import Season
from tests.functional.steps import buy


def test_a_harvest_is_declared_and_changed_on_a_phone(season: Season, visit: Callable[..., Visitor]) -> None:
    grower = visit("zh", PHONE, pictures="growing")
    page = grower.page
    grower.sign_in("coop", PASSWORD, then="/coop/harvests/declare/")
    offered = page.locator("a[href^='?produce=']").all_inner_texts()
    assert sorted(offered) == sorted(set(offered))
    grower.look("what")
    grower.press(f"a[href='?produce={season.pool.produce_id}']")
    starts_on, ends_on = TODAY + timedelta(days=90), TODAY + timedelta(days=120)
    page.fill("[name=starts_on]", starts_on.isoformat())
    page.fill("[name=ends_on]", ends_on.isoformat())
    # the wrong way round, in full-width figures
    for name, text in (("low_kg", "８０００"), ("likely_kg", "6000"), ("high_kg", "9000")):
        page.fill(f"[name={name}]", text)
    shares = page.locator("input[name^=grade]")
    shares.nth(0).fill("60")
    shares.nth(1).fill("40")
    grower.press("form[data-keep] button[type=submit]")

    assert "最少比最可能还多，请改其中一个。" in grower.text()
    assert Harvest.objects.filter(cooperative__code="chengli").count() == 1
    grower.look("refused")
    page.fill("[name=low_kg]", "５０００")
    grower.press("form[data-keep] button[type=submit]")
    harvest = Harvest.objects.get(cooperative__code="chengli", starts_on=starts_on)
    assert (harvest.low_g, harvest.likely_g, harvest.high_g) == (5_000_000, 6_000_000, 9_000_000)
    grower.look("declared")

    grower.go(f"/coop/harvests/{harvest.pk}/report/")
    page.fill("[name=shift_days]", "5")
    grower.press("form[data-keep] button[type=submit]")
    harvest.refresh_from_db()
    assert harvest.starts_on == starts_on + timedelta(days=5)
    grower.look("changed")


def test_what_was_picked_today_is_reported_from_the_first_screen(season: Season, visit: Callable[..., Visitor]) -> None:
    grower = visit("en", PHONE, pictures="growing")
    grower.sign_in("coop", PASSWORD, then="/coop/")
    harvest = Harvest.objects.get(cooperative__code="chengli")
    grower.page.fill("[name=picked_kg]", "1,240")
    grower.press(f"form[action='/coop/harvests/{harvest.pk}/report/'] button[type=submit]")

    assert harvest.reports.aggregate(grams=Sum("picked_g"))["grams"] == 1_240_000
    grower.look("reported")


def test_a_call_is_refused_with_a_reason_on_a_phone(shop: Shop, season: Season, visit: Callable[..., Visitor]) -> None:
    buy(visit("en", PHONE, pictures="growing"), season.fresh)
    pick_calls_make(hub_id=season.pool.hub_id, day=TODAY, at=shop.now())
    # Other grades are called too, for what later weeks may want.
    call = PickCall.objects.get(harvest__cooperative__code="chengli", grade=season.fresh.product.grade)
    grower = visit("zh", PHONE, pictures="growing")
    grower.sign_in("coop", PASSWORD, then=f"/coop/calls/{call.pk}/")
    refuse = f"form[action='/coop/calls/{call.pk}/refuse/'] button"

    grower.press(refuse)
    call.refresh_from_db()
    assert call.status == PickCallStatus.CALLED
    grower.look("no-reason-given")
    grower.page.locator("[name=reason]").first.check(force=True)
    grower.press(refuse)

    call.refresh_from_db()
    assert call.status == PickCallStatus.REFUSED
    assert call.refusal_reason
    grower.look("refused-call")
