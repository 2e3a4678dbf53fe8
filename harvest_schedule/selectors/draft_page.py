"""A pool's draft as its screen shows it: line by line beside the plan in force, with the figures of both on top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from catalog.models import Product
from harvest_schedule.models import SeasonPlan
from harvest_schedule.planner.plan_changes import KINDS, PlannedWindow, window_read, window_told
from harvest_schedule.selectors.drafts import DraftTrouble, draft_trouble, waiting_draft
from harvest_schedule.states import PlanStatus, ReplanReason
from marketplace.cooperatives.models import SupplyPool
from marketplace.foundation.bilingual import is_chinese


@dataclass(frozen=True)
class DraftLine:
    """One window that changes: as it is in force, as the draft has it (None where it is not there), and why."""

    product: Product
    before: PlannedWindow | None
    after: PlannedWindow | None
    packs: int
    price_fen: int
    days: int
    reasons: list[str]

    @property
    def window(self) -> PlannedWindow:
        return window_told(self.before, self.after)

    @property
    def phases_differ(self) -> bool:
        """Whether what was to be fresh comes out of a store, or the other way round."""
        return bool(self.before and self.after and self.before.phase != self.after.phase)

    @property
    def dates_differ(self) -> bool:
        """Whether the two have other dates, so that both must be told."""
        return bool(self.days)


@dataclass
class DraftGroup:
    """The lines of one kind of change."""

    kind: str
    lines: list[DraftLine] = field(default_factory=list)

    @property
    def packs(self) -> int:
        return sum(line.packs for line in self.lines)


@dataclass(frozen=True)
class DraftHarvest:
    """What both plans take of a harvest from this week on, and what is expected of it, in grams."""

    cooperative: str
    starts_on: date
    ends_on: date
    before_g: int
    after_g: int
    expected_before_g: int
    expected_after_g: int


@dataclass(frozen=True)
class DraftPage:
    """Everything the screen of a draft shows. ``trouble`` says why it cannot be published any more."""

    plan: SeasonPlan
    base: SeasonPlan | None
    trouble: DraftTrouble | None
    groups: list[DraftGroup]
    harvests: list[DraftHarvest]
    asked_for: list[str]

    @property
    def before(self) -> Mapping[str, Any]:
        return self.plan.changes["totals"]["before"]

    @property
    def after(self) -> Mapping[str, Any]:
        return self.plan.changes["totals"]["after"]

    @property
    def difference(self) -> dict[str, Any]:
        """The draft's figures less those in force, where both have them."""
        return {
            name: None if value is None or self.before[name] is None else value - self.before[name]
            for name, value in self.after.items()
        }

    @property
    def worth(self) -> Mapping[str, Any]:
        return self.plan.changes["worth_fen"]

    @property
    def cut(self) -> Mapping[str, int]:
        return self.plan.changes.get("cut", {"windows": 0, "packs": 0})

    @property
    def num_lines(self) -> int:
        return sum(len(group.lines) for group in self.groups)


def draft_page(pool: SupplyPool, at: datetime) -> DraftPage | None:
    """Return the draft that waits in a pool with its comparison; None when there is none."""
    plan = waiting_draft(pool.pk)
    if plan is None or not plan.changes:
        return None
    rows = plan.changes["lines"]
    ids = {int((row["after"] or row["before"])["product"]) for row in rows}
    products = {product.pk: product for product in Product.objects.filter(pk__in=ids).select_related("grade")}
    groups = {kind: DraftGroup(kind) for kind in KINDS}
    for row in rows:
        groups[row["kind"]].lines.append(_line(row, products))
    return DraftPage(
        plan=plan,
        base=SeasonPlan.objects.filter(pk=plan.changes["base_id"]).defer("instance", "result").first(),
        trouble=draft_trouble(plan, at),
        groups=[group for group in groups.values() if group.lines],
        harvests=[_harvest(row) for row in plan.changes["harvests"]],
        asked_for=_asked_for(plan),
    )


def _asked_for(plan: SeasonPlan) -> list[str]:
    """What made the pool worth planning again, each said once."""
    labels = dict(ReplanReason.choices)
    reasons = plan.requests.order_by("asked_at", "pk").values_list("reason", flat=True)
    return list(dict.fromkeys(str(labels.get(reason, reason)) for reason in reasons))


def recent_decision(pool: SupplyPool) -> SeasonPlan | None:
    """Return the plan in force without its large parts: what an empty page tells of."""
    plans = SeasonPlan.objects.filter(pool=pool, status=PlanStatus.PUBLISHED).select_related("published_by")
    return plans.defer("instance", "result").first()


def _line(row: Mapping[str, Any], products: Mapping[int, Product]) -> DraftLine:
    before = window_read(row["before"]) if row["before"] else None
    after = window_read(row["after"]) if row["after"] else None
    tongue = "zh" if is_chinese() else "en"
    product_id = int((row["after"] or row["before"])["product"])
    return DraftLine(
        product=products[product_id],
        before=before,
        after=after,
        packs=row["packs"],
        price_fen=row["price_fen"],
        days=row["days"],
        reasons=[reason[tongue] for reason in row["reasons"]],
    )


def _harvest(row: Mapping[str, Any]) -> DraftHarvest:
    return DraftHarvest(
        cooperative=row["coop_zh"] if is_chinese() else row["coop_en"],
        starts_on=date.fromisoformat(row["starts_on"]),
        ends_on=date.fromisoformat(row["ends_on"]),
        before_g=row["before_g"],
        after_g=row["after_g"],
        expected_before_g=row["expected_before_g"],
        expected_after_g=row["expected_after_g"],
    )
