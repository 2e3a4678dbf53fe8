"""What was asked of a season, by officers and by growers, with the harvests and grades that it names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property

from catalog.models import Grade
from harvest_schedule.models import Harvest, WhatIf
from harvest_schedule.selectors.harvests import OPEN
from harvest_schedule.selectors.what_if_answers import Answer, Figure, answer_of
from harvest_schedule.states import WhatIfStatus
from marketplace.cooperatives.models import SupplyPool

SHOWN = 20


def harvests_to_change(pool: SupplyPool, today: date) -> list[Harvest]:
    """Return the open harvests of a pool that are not over."""
    rows = Harvest.objects.filter(
        produce_id=pool.produce_id,
        cooperative__pool_memberships__pool=pool,
        status__in=OPEN,
        ends_on__gte=today,
    )
    return list(rows.select_related("cooperative", "produce").order_by("starts_on", "pk"))


def pool_of_harvest(harvest: Harvest) -> SupplyPool | None:
    """Return the pool that a harvest is sold by; None while nothing of it is sold."""
    pools = SupplyPool.objects.filter(
        produce_id=harvest.produce_id, members__cooperative_id=harvest.cooperative_id, pool_products__isnull=False
    )
    return pools.select_related("produce", "hub").order_by("pk").first()


def what_ifs_of_pool(pool: SupplyPool) -> QuerySet[WhatIf]:
    """Return what officers asked of a pool, the latest first; a grower's questions are its own."""
    rows = WhatIf.objects.filter(pool=pool, cooperative=None).select_related("asked_by")
    return rows.order_by("-asked_at", "-pk")


def what_ifs_of_cooperatives(cooperative_ids: Collection[int]) -> QuerySet[WhatIf]:
    """Return what growers of some cooperatives asked, the latest first."""
    rows = WhatIf.objects.filter(cooperative_id__in=cooperative_ids).select_related("cooperative", "pool__produce")
    return rows.order_by("-asked_at", "-pk")


@dataclass(frozen=True)
class ChangeLine:
    """One change with what it names, for the page to say."""

    kind: str
    harvest: Harvest | None = None
    grade: Grade | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def days(self) -> int:
        return abs(int(self.facts.get("days", 0)))

    @property
    def is_down(self) -> bool:
        """Earlier, or less."""
        return int(self.facts.get("days", 0) or self.facts.get("permille") or 0) < 0

    @property
    def share(self) -> float | None:
        permille = self.facts.get("permille")
        return None if permille is None else abs(permille) / 1000

    @property
    def first_on(self) -> date:
        return date.fromisoformat(self.facts["from"])

    @property
    def last_on(self) -> date:
        return date.fromisoformat(self.facts["to"])


@dataclass(frozen=True)
class Question:
    """A what-if with its changes, as it stands in a list or above its answer."""

    row: WhatIf
    changes: list[ChangeLine]

    @property
    def like(self) -> str:
        """Its number as an address names it."""
        return str(self.row.pk)

    @property
    def is_waiting(self) -> bool:
        return self.row.status == WhatIfStatus.SOLVING

    @property
    def has_failed(self) -> bool:
        return self.row.status == WhatIfStatus.FAILED

    @property
    def money(self) -> Figure | None:
        """The growers' money (or one's own), when it is answered."""
        if self.row.status != WhatIfStatus.SOLVED:
            return None
        return Figure("money_fen", "money", self.row.before["money_fen"], self.row.after["money_fen"])

    @cached_property
    def answer(self) -> Answer | None:
        return answer_of(self.row) if self.row.status == WhatIfStatus.SOLVED else None


def questions_of(rows: Sequence[WhatIf]) -> list[Question]:
    """Return what-ifs with the harvests and grades that their changes name."""
    changes = [change for row in rows for change in row.changes]
    harvests = Harvest.objects.select_related("cooperative", "produce").in_bulk(
        {change["harvest"] for change in changes if "harvest" in change}
    )
    grades = Grade.objects.in_bulk({change["grade"] for change in changes if "grade" in change})
    return [
        Question(
            row,
            [
                ChangeLine(
                    kind=change["kind"],
                    harvest=harvests.get(change.get("harvest", 0)),
                    grade=grades.get(change.get("grade", 0)),
                    facts=change,
                )
                for change in row.changes
            ],
        )
        for row in rows
    ]
