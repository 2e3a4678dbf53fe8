"""Trying out a season and settling what falls short: an officer at a desk, a grower and a buyer on their phones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from harvest_schedule.models import Harvest, SeasonPlan, ShortfallCase, ShortfallDecision, ShortfallPart, WhatIf
from harvest_schedule.services.what_ifs import what_if_answer
from harvest_schedule.states import AnswerStatus, PlanStatus, ShortfallStatus, WhatIfStatus
from marketplace.demo.cast import PASSWORD
from marketplace.foundation import clock
from tests.browser import LAPTOP, PHONE, Visitor
from tests.factories.orders import order_paid
from tests.functional.season import PRODUCE, Season

Visit = Callable[..., Visitor]


def answered() -> WhatIf:
    """The question that was asked last, answered as the worker does it."""
    question = WhatIf.objects.latest("pk")
    assert question.status == WhatIfStatus.SOLVING
    return what_if_answer(what_if_id=question.pk, at=clock.now())


def test_an_officer_tries_out_a_frost_at_the_desk(season: Season, visit: Visit) -> None:
    officer = visit("en", LAPTOP, pictures="planning")
    harvest = Harvest.objects.get(cooperative__code="chengli")
    in_force = SeasonPlan.objects.get(pool=season.pool, status=PlanStatus.PUBLISHED).pk
    officer.sign_in("officer", PASSWORD, then=f"/dashboard/schedule/{PRODUCE}/what-if/")

    officer.page.fill(f"[name=lose_{harvest.pk}]", "140")
    officer.press("main form button[type=submit]")
    assert officer.page.input_value(f"[name=lose_{harvest.pk}]") == "140"
    officer.look("what-if-refused")
    officer.page.fill(f"[name=lose_{harvest.pk}]", "60")
    officer.press("main form button[type=submit]")
    officer.look("what-if-waiting")
    question = answered()
    officer.page.reload()

    assert question.status == WhatIfStatus.SOLVED
    assert "60" in officer.text()
    officer.look("what-if-answered")
    assert SeasonPlan.objects.get(pool=season.pool, status=PlanStatus.PUBLISHED).pk == in_force


def test_a_grower_tries_out_a_late_harvest_on_a_phone(season: Season, visit: Visit) -> None:
    grower = visit("zh", PHONE, pictures="planning")
    harvest = Harvest.objects.get(cooperative__code="chengli")
    grower.sign_in("coop", PASSWORD, then=f"/coop/what-if/?harvest={harvest.pk}")

    grower.page.fill(f"[name=move_{harvest.pk}]", "10")
    grower.press("main form button[type=submit]")
    grower.look("coop-what-if-waiting")
    question = answered()
    grower.page.reload()

    assert (question.status, question.cooperative_id) == (WhatIfStatus.SOLVED, harvest.cooperative_id)
    assert "江岸" not in grower.text()
    grower.look("coop-what-if-answered")


def test_a_shortfall_is_settled_at_the_desk_and_answered_on_a_phone(season: Season, visit: Visit) -> None:
    order_paid((season.presale, 3), guest_email="buyer@fenglu.example", date_placed=clock.now() - timedelta(hours=2))
    case = ShortfallCase.objects.create(
        window=season.presale,
        plan=season.pool.plans.get(),
        short_packs=2,
        promised_packs=3,
        coming_packs=1,
        opened_at=clock.now(),
        counted_at=clock.now(),
    )
    officer = visit("en", LAPTOP, pictures="planning")
    officer.sign_in("officer", PASSWORD, then="/dashboard/schedule/shortfalls/")
    officer.press(f"a[href='/dashboard/schedule/shortfalls/{case.pk}/']")
    officer.press("form[method=post]:has([name=digest]) button[type=submit]")
    assert not ShortfallDecision.objects.exists()
    officer.look("shortfall-without-a-reason")
    officer.page.fill("[name=why]", "Frost on the upper terraces")
    officer.press("form[method=post]:has([name=digest]) button[type=submit]")
    officer.look("shortfall-decided")

    case.refresh_from_db()
    assert case.status == ShortfallStatus.DECIDED
    part = ShortfallPart.objects.get()
    buyer = visit("zh", PHONE, pictures="planning")
    buyer.go(f"/orders/changes/{part.token}/")
    buyer.look("change-asked")
    buyer.press("button[name=answer][value=decline]")
    buyer.look("change-declined")

    part.refresh_from_db()
    assert part.answer == AnswerStatus.DECLINED
    assert part.refund is not None
    assert f"{part.refund.amount_fen / 100:.2f}" in buyer.text()
