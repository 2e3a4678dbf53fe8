"""New plans beside the plan in force: inside the bounds they publish themselves, beyond them a person decides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F, Sum

from catalog.partner.models import Phase, StockRecord
from catalog.selectors.offers import offers_at
from harvest_schedule.models import Harvest, PickCall, PlanUptake, PublishBounds, SeasonPlan, ShortfallCase
from harvest_schedule.selectors.drafts import draft_trouble, waiting_draft
from harvest_schedule.services.bounds import MOST_GAP, Bounds, UnableToSetBounds, bounds_of, bounds_set, hold_reasons
from harvest_schedule.services.deciding import plan_decide
from harvest_schedule.services.harvests import harvest_report
from harvest_schedule.services.pick_calls import pick_calls_make
from harvest_schedule.services.plans import plan_season
from harvest_schedule.services.publishing import (
    UnableToPublishPlan,
    answer_read,
    draft_discard,
    draft_publish,
    plan_publish,
)
from harvest_schedule.services.solving import plan_open, plan_work
from harvest_schedule.states import PickCallStatus, PlanStatus, ShortfallStatus
from marketplace.foundation.clock import shanghai
from marketplace.foundation.models import StatusChange
from tests.factories import NOW, TODAY
from tests.factories.harvests import KG, UserFactory, Village, paid_order

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MONDAY = TODAY - timedelta(days=TODAY.weekday())
TIGHT = Bounds(True, 0, 0, 0, 0)
BY_HAND = Bounds(False, 1000, 1000, 60, 200)


def village() -> Village:
    return Village(7000, 7000)


def planned(pool: Village) -> SeasonPlan:
    return plan_season(pool_id=pool.pool.pk, at=NOW)


def say(pool: Village, likely_kg: int, key: str, *harvests: Harvest) -> None:
    for harvest in harvests or pool.harvests:
        low, high = likely_kg * KG // 2, likely_kg * KG * 3 // 2
        harvest_report(
            harvest_id=harvest.pk,
            key=f"{key}-{harvest.pk}",
            actor=None,
            at=NOW,
            low_g=low,
            likely_g=likely_kg * KG,
            high_g=high,
        )


def worked(pool: Village, at=NOW + HOUR) -> SeasonPlan:  # type: ignore[no-untyped-def]
    """A plan made by the worker, as at night."""
    plan = plan_open(pool_id=pool.pool.pk, at=at)
    return plan_work(plan_id=plan.pk, now=lambda: at)


def held(pool: Village, likely_kg: int = 3000, *, bounds: Bounds = BY_HAND, at=NOW + HOUR) -> SeasonPlan:  # type: ignore[no-untyped-def]
    """A draft that waits for a person, as the field says less."""
    bounds_set(pool_id=pool.pool.pk, bounds=bounds, actor=UserFactory(is_staff=True), at=NOW)
    say(pool, likely_kg, f"held-{likely_kg}")
    plan = worked(pool, at)
    assert plan.status == PlanStatus.SOLVED
    return plan


def caps(pool: Village) -> dict[int, int]:
    return dict(StockRecord.objects.filter(product=pool.product).values_list("pk", "num_in_stock"))


# --- by itself --------------------------------------------------------------------------------------------------------


def test_the_first_plan_of_a_pool_is_published_whatever_its_bounds() -> None:
    pool = village()
    bounds_set(pool_id=pool.pool.pk, bounds=BY_HAND, actor=None, at=NOW)

    plan = worked(pool)

    assert (plan.status, plan.published_by, plan.hold_reasons) == (PlanStatus.PUBLISHED, None, [])


def test_a_plan_inside_the_bounds_publishes_itself_and_says_what_changed() -> None:
    pool = village()
    first = planned(pool)
    say(pool, 7100, "a little more", pool.harvests[0])

    plan = worked(pool)

    assert (plan.status, plan.hold_reasons, plan.published_by) == (PlanStatus.PUBLISHED, [], None)
    assert plan.changes["base_id"] == first.pk
    assert all(line["reasons"] for line in plan.changes["lines"])
    first.refresh_from_db()
    assert first.status == PlanStatus.SUPERSEDED


def test_a_plan_beyond_the_bounds_waits_with_figures_and_leaves_every_price_and_date() -> None:
    pool = village()
    planned(pool)
    before = list(StockRecord.objects.order_by("pk").values("pk", "price", "opens_at", "closes_at", "ships_by"))

    plan = held(pool, 2000, bounds=Bounds(True, 10, 1000, 60, 200))

    (reason,) = plan.hold_reasons
    assert reason["code"] == "quantity"
    assert reason["figure"] == plan.changes["extent"]["quantity_permille"] > reason["bound"] == 10
    now = list(StockRecord.objects.order_by("pk").values("pk", "price", "opens_at", "closes_at", "ships_by"))
    assert now == before
    assert waiting_draft(pool.pool.pk) == plan


def test_every_line_of_a_draft_has_a_reason_with_the_inputs_figures() -> None:
    pool = village()
    planned(pool)

    plan = held(pool, 2000)

    keys = {reason["key"] for line in plan.changes["lines"] for reason in line["reasons"]}
    assert keys & {"harvest_less", "season_less", "less_sure"}
    assert "as_a_whole" not in keys
    words = " ".join(reason["zh"] for line in plan.changes["lines"] for reason in line["reasons"])
    assert "橙里" in words
    assert "时段" not in words
    taken = {row["harvest_id"]: row for row in plan.changes["harvests"]}
    for harvest in pool.harvests:
        row = taken[harvest.pk]
        assert row["expected_after_g"] < row["expected_before_g"]


def test_a_pool_that_publishes_by_hand_only_waits_even_when_nothing_changes() -> None:
    pool = village()
    planned(pool)
    bounds_set(pool_id=pool.pool.pk, bounds=BY_HAND, actor=None, at=NOW)
    say(pool, 7001, "hardly", pool.harvests[0])

    plan = worked(pool)

    assert [reason["code"] for reason in plan.hold_reasons] == ["by_hand"]


def test_a_plan_out_of_time_waits_when_it_may_be_far_from_the_best() -> None:
    pool = village()
    planned(pool)
    plan = held(pool)
    result = answer_read(plan)
    loose = PublishBounds(pool=pool.pool)
    extent = type("Extent", (), {"quantity_permille": 0, "price_permille": 0, "days": 0, "num_withdrawn": 0})()

    assert hold_reasons(loose, plan, result, extent) == []
    plan.is_best_so_far = True
    assert result.gap < MOST_GAP
    assert hold_reasons(loose, plan, result, extent) == []
    far = type(result)(**{**result.__dict__, "bound": result.objective * 1.05})
    assert [reason["code"] for reason in hold_reasons(loose, plan, far, extent)] == ["best_so_far"]


def test_a_newer_draft_takes_the_place_of_an_older_one() -> None:
    pool = village()
    planned(pool)
    older = held(pool)
    say(pool, 2500, "less still")

    newer = worked(pool, NOW + 2 * HOUR)

    older.refresh_from_db()
    assert (older.status, newer.status) == (PlanStatus.SUPERSEDED, PlanStatus.SOLVED)
    assert waiting_draft(pool.pool.pk) == newer


def test_a_plan_that_is_solved_after_a_newer_one_is_not_even_a_draft() -> None:
    pool = village()
    planned(pool)
    newer = held(pool)
    older = SeasonPlan.objects.create(
        pool=pool.pool,
        status=PlanStatus.SOLVED,
        input_hash="older",
        starts_on=newer.starts_on,
        num_buckets=newer.num_buckets,
        instance=newer.instance,
        result=newer.result,
        created_at=newer.created_at - HOUR / 2,
    )

    assert plan_decide(plan_id=older.pk, at=NOW + 2 * HOUR).status == PlanStatus.SUPERSEDED
    assert waiting_draft(pool.pool.pk) == newer


def test_deciding_twice_changes_nothing() -> None:
    pool = village()
    planned(pool)
    plan = held(pool)
    rows = list(SeasonPlan.objects.order_by("pk").values()), caps(pool)

    plan_decide(plan_id=plan.pk, at=NOW + 2 * HOUR)

    assert (list(SeasonPlan.objects.order_by("pk").values()), caps(pool)) == rows


def test_the_same_facts_return_the_plan_in_force_also_after_publishing() -> None:
    pool = village()
    planned(pool)
    draft = held(pool)
    draft_publish(plan_id=draft.pk, actor=UserFactory(is_staff=True), at=NOW + HOUR)

    again = plan_season(pool_id=pool.pool.pk, at=NOW + 2 * HOUR)

    assert again.pk == draft.pk
    assert SeasonPlan.objects.count() == 2


# --- what cannot wait -------------------------------------------------------------------------------------------------


def test_what_can_no_longer_be_promised_leaves_the_shop_at_once_though_the_draft_waits() -> None:
    pool = village()
    planned(pool)
    before = StockRecord.objects.filter(product=pool.product).aggregate(packs=Sum("num_in_stock"))["packs"]

    plan = held(pool, 100)

    after = StockRecord.objects.filter(product=pool.product).aggregate(packs=Sum("num_in_stock"))["packs"]
    assert before - after == plan.changes["cut"]["packs"] > 0
    # Both harvests bring 100 kg in all; no more than that is still on sale, in boxes of 2.5 kg.
    assert after * pool.product.net_weight_g <= 2 * 100 * KG


def test_what_can_still_be_kept_stays_on_sale() -> None:
    pool = village()
    planned(pool)
    before = caps(pool)

    plan = held(pool, 7100)

    assert plan.changes["cut"] == {"windows": 0, "packs": 0}
    assert caps(pool) == before


def test_a_held_draft_never_cuts_below_the_buyers_and_opens_their_case() -> None:
    pool = village()
    planned(pool)
    window = StockRecord.objects.get(
        product=pool.product, phase=Phase.FRESH, opens_at=shanghai(MONDAY + timedelta(days=7), 8)
    )
    paid_order(window, packs=window.num_in_stock)

    held(pool, 10)

    window.refresh_from_db()
    assert window.num_in_stock == window.num_allocated > 0
    assert not StockRecord.objects.filter(num_in_stock__lt=F("num_allocated")).exists()
    assert ShortfallCase.objects.filter(window=window, status=ShortfallStatus.OPEN).exists()


# --- by a person ------------------------------------------------------------------------------------------------------


def test_a_person_publishes_a_draft_hours_later_from_its_row_alone() -> None:
    pool, officer = village(), UserFactory(is_staff=True)
    first = planned(pool)
    draft = held(pool, 2000)
    lines = {line["after"]["key"]: line["after"] for line in draft.changes["lines"] if line["after"]}
    at = NOW + 9 * HOUR

    plan = draft_publish(plan_id=draft.pk, actor=officer, at=at)

    assert (plan.status, plan.published_by, plan.published_at) == (PlanStatus.PUBLISHED, officer, at)
    first.refresh_from_db()
    assert first.status == PlanStatus.SUPERSEDED
    assert lines
    for window in StockRecord.objects.filter(partner_sku__in=lines):
        told = lines[window.partner_sku]
        assert (window.num_in_stock, window.price_fen) == (told["cap"], told["price_fen"])
    assert StatusChange.objects.get(subject_id=plan.pk, to_status=PlanStatus.PUBLISHED).actor_id == officer.pk


def test_shoppers_see_a_published_draft_on_their_next_page() -> None:
    pool = village()
    planned(pool)
    draft = held(pool, 2000)
    window = StockRecord.objects.open_at(NOW + 2 * HOUR).filter(product=pool.product, num_in_stock__gt=0).first()
    opened = [line["after"] for line in draft.changes["lines"] if line["after"] and line["before"]]
    assert window is not None
    assert opened

    draft_publish(plan_id=draft.pk, actor=UserFactory(is_staff=True), at=NOW + 2 * HOUR)

    offers = {row.partner_sku: row for row in offers_at(NOW + 2 * HOUR).filter(product=pool.product)}
    on_sale = StockRecord.objects.open_at(NOW + 2 * HOUR).with_packs_left().filter(product=pool.product)
    assert set(offers) == set(on_sale.values_list("partner_sku", flat=True))
    for told in opened:
        if told["key"] in offers:
            assert offers[told["key"]].num_in_stock == told["cap"]


def test_publishing_twice_publishes_once() -> None:
    pool, officer = village(), UserFactory(is_staff=True)
    planned(pool)
    draft = held(pool)
    first = draft_publish(plan_id=draft.pk, actor=officer, at=NOW + 2 * HOUR)

    second = draft_publish(plan_id=draft.pk, actor=UserFactory(is_staff=True), at=NOW + 3 * HOUR)

    assert (second.pk, second.published_by_id, second.published_at) == (first.pk, officer.pk, NOW + 2 * HOUR)


def test_what_was_sold_since_is_not_sold_again_by_a_plan_published_later() -> None:
    pool = village()
    planned(pool)
    draft = held(pool, 3000)
    window = StockRecord.objects.filter(product=pool.product, num_in_stock__gt=F("num_allocated") + 20).earliest("pk")
    paid_order(window, packs=20)

    draft_publish(plan_id=draft.pk, actor=UserFactory(is_staff=True), at=NOW + 5 * HOUR)

    told = {line["after"]["key"]: line["after"]["cap"] for line in draft.changes["lines"] if line["after"]}
    windows = StockRecord.objects.filter(product=pool.product, closes_at__gt=NOW)
    window.refresh_from_db()
    assert window.num_in_stock == told.get(window.partner_sku, window.num_in_stock)
    assert windows.aggregate(packs=Sum("num_in_stock"))["packs"] == draft.changes["totals"]["after"]["packs"]


def test_sold_out_of_a_window_that_the_draft_withdraws_comes_out_of_the_others() -> None:
    pool = village()
    planned(pool)
    draft = held(pool, 100)
    planned_packs = draft.changes["totals"]["after"]["packs"]
    gone = StockRecord.objects.filter(product=pool.product, num_in_stock__gt=0).exclude(
        partner_sku__in=[line["after"]["key"] for line in draft.changes["lines"] if line["after"]]
    )
    window = gone.earliest("pk") if gone.exists() else StockRecord.objects.filter(num_in_stock__gte=5).earliest("pk")
    paid_order(window, packs=5)

    plan_publish(plan_id=draft.pk, at=NOW + 5 * HOUR)

    windows = StockRecord.objects.filter(product=pool.product)
    assert windows.aggregate(packs=Sum("num_in_stock"))["packs"] <= planned_packs


def test_a_draft_older_than_a_day_is_told_as_stale_and_not_published() -> None:
    pool, officer = village(), UserFactory(is_staff=True)
    planned(pool)
    draft = held(pool)
    at = NOW + HOUR + timedelta(days=1, seconds=1)
    before = caps(pool)

    trouble = draft_trouble(draft, at)
    assert trouble is not None
    with pytest.raises(UnableToPublishPlan, match="超过一天"):
        draft_publish(plan_id=draft.pk, actor=officer, at=at)

    assert trouble.code == "too_old"
    assert caps(pool) == before


def test_a_draft_whose_base_is_not_in_force_any_more_is_stale() -> None:
    pool = village()
    first = planned(pool)
    draft = held(pool)
    SeasonPlan.objects.filter(pk=first.pk).update(status=PlanStatus.SUPERSEDED)
    SeasonPlan.objects.create(
        pool=pool.pool,
        status=PlanStatus.PUBLISHED,
        input_hash="another",
        starts_on=first.starts_on,
        num_buckets=first.num_buckets,
        created_at=first.created_at,
        published_at=NOW + 2 * HOUR,
    )

    with pytest.raises(UnableToPublishPlan, match="生效的计划已经换了"):
        draft_publish(plan_id=draft.pk, actor=None, at=NOW + 3 * HOUR)


def test_a_discarded_draft_is_laid_aside_once_and_cannot_be_published() -> None:
    pool, officer = village(), UserFactory(is_staff=True)
    first = planned(pool)
    draft = held(pool)

    draft_discard(plan_id=draft.pk, actor=officer, at=NOW + 2 * HOUR)
    draft_discard(plan_id=draft.pk, actor=officer, at=NOW + 3 * HOUR)

    with pytest.raises(UnableToPublishPlan, match="已不是草案"):
        draft_publish(plan_id=draft.pk, actor=officer, at=NOW + 3 * HOUR)
    assert waiting_draft(pool.pool.pk) is None
    first.refresh_from_db()
    assert first.status == PlanStatus.PUBLISHED
    assert StatusChange.objects.filter(subject_id=draft.pk, to_status=PlanStatus.CANCELLED).count() == 1


def test_a_plan_in_force_cannot_be_discarded() -> None:
    pool = village()
    plan = planned(pool)

    with pytest.raises(UnableToPublishPlan):
        draft_discard(plan_id=plan.pk, actor=None, at=NOW + HOUR)


def test_a_plan_stored_before_answers_could_be_read_back_asks_for_a_new_one() -> None:
    pool = village()
    planned(pool)
    draft = held(pool)
    del draft.result["at_once"]
    draft.save(update_fields=["result"])

    with pytest.raises(UnableToPublishPlan, match="读不出来"):
        draft_publish(plan_id=draft.pk, actor=None, at=NOW + 2 * HOUR)


# --- near days --------------------------------------------------------------------------------------------------------


def test_this_weeks_calls_are_what_they_were_after_planning_again() -> None:
    pool = village()
    first = planned(pool)
    this_week = PlanUptake.objects.filter(plan=first, starts_on=MONDAY)
    before = dict(this_week.values_list("harvest_id", "uptake_g"))
    assert sum(before.values()) > 0
    # Ten times the fruit comes from next week on: without the freeze the plan would shift this week's picking too.
    say(pool, 12_000, "plenty", pool.harvests[1])

    second = plan_season(pool_id=pool.pool.pk, at=NOW + HOUR)

    after = dict(PlanUptake.objects.filter(plan=second, starts_on=MONDAY).values_list("harvest_id", "uptake_g"))
    assert after == pytest.approx(before, abs=2)
    assert second.frozen_until == MONDAY + timedelta(days=7)
    later = PlanUptake.objects.filter(starts_on__gt=MONDAY)
    was, now = (set(later.filter(plan=plan).values_list("starts_on", "uptake_g")) for plan in (first, second))
    assert was != now


def test_calls_that_are_out_are_not_called_again_after_planning_again() -> None:
    pool = village()
    planned(pool)
    made = pick_calls_make(hub_id=pool.hub.pk, day=TODAY, at=NOW)
    asked = sum(call.asked_g for call in made)
    say(pool, 7050, "a word", pool.harvests[0])
    worked(pool)

    pick_calls_make(hub_id=pool.hub.pk, day=TODAY, at=NOW + 2 * HOUR)

    calls = PickCall.objects.filter(pick_on=TODAY, status=PickCallStatus.CALLED)
    assert sum(call.asked_g for call in calls) == asked


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_bounds_keep_who_set_them_and_when() -> None:
    pool, officer = village(), UserFactory(is_staff=True)
    assert bounds_of(pool.pool).set_by is None

    bounds_set(pool_id=pool.pool.pk, bounds=TIGHT, actor=officer, at=NOW)

    row = bounds_of(pool.pool)
    assert (row.set_by, row.set_at, row.max_windows_withdrawn) == (officer, NOW, 0)


@pytest.mark.parametrize(
    ("field", "bounds"),
    [
        ("max_quantity_change_permille", Bounds(True, 1001, 0, 0, 0)),
        ("max_price_change_permille", Bounds(True, 0, -1, 0, 0)),
        ("max_days_moved", Bounds(True, 0, 0, 61, 0)),
        ("max_windows_withdrawn", Bounds(True, 0, 0, 0, 201)),
    ],
)
def test_bounds_that_make_no_sense_are_refused_by_name(field: str, bounds: Bounds) -> None:
    pool = village()

    with pytest.raises(UnableToSetBounds) as refused:
        bounds_set(pool_id=pool.pool.pk, bounds=bounds, actor=None, at=NOW)

    assert refused.value.field == field
    assert not PublishBounds.objects.exists()
