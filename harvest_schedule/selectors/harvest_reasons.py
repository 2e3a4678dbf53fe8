"""What a plan does with a harvest, week by week, and why: how much is taken, why not all, what more would be worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from catalog.models import Grade
from harvest_schedule.models import Harvest, SeasonPlan
from marketplace.foundation.bilingual import is_chinese
from marketplace.foundation.units import G_PER_KG


@dataclass(frozen=True)
class GradeWeek:
    """One grade of a harvest in one week: grams expected and taken, and why, in the active language."""

    grade_id: int
    grade_name: str
    expected_g: int
    taken_g: int
    words: str


@dataclass
class HarvestWeek:
    """One week of a harvest, all its grades."""

    monday: date
    grades: list[GradeWeek] = field(default_factory=list)

    @property
    def expected_g(self) -> int:
        return sum(row.expected_g for row in self.grades)

    @property
    def taken_g(self) -> int:
        return sum(row.taken_g for row in self.grades)

    @property
    def is_cut(self) -> bool:
        """Whether the plan leaves more than a hundredth of it."""
        return self.taken_g < 0.99 * self.expected_g


@dataclass
class HarvestReasons:
    """What is still to be picked of a harvest, as the plan takes it."""

    harvest: Harvest
    weeks: list[HarvestWeek] = field(default_factory=list)

    @property
    def expected_g(self) -> int:
        return sum(week.expected_g for week in self.weeks)

    @property
    def taken_g(self) -> int:
        return sum(week.taken_g for week in self.weeks)

    @property
    def takes_all(self) -> bool:
        return not any(week.is_cut for week in self.weeks)


def harvest_reasons(plan: SeasonPlan, harvest_ids: Collection[int] | None = None) -> list[HarvestReasons]:
    """Return what a plan says of harvests (of all where none are named), those picked first first."""
    tongue = "zh" if is_chinese() else "en"
    said: dict[str, list[str]] = defaultdict(list)
    for row in plan.result.get("reasons", ()):
        said[row["subject"]].append(row[tongue])
    taken = {row["supply"]: row["qty"] for row in plan.result.get("uptake", ())}
    # A plan of an earlier release may have been kept without its question.
    supply: list[dict[str, Any]] = plan.instance.get("problem", {}).get("supply", [])
    owners: list[int] = plan.instance.get("harvest_ids", [])
    wanted = set(owners) if harvest_ids is None else set(harvest_ids) & set(owners)
    harvests = Harvest.objects.select_related("cooperative", "produce").in_bulk(wanted)
    grades = Grade.objects.in_bulk({int(row["grade"]) for row in supply})
    found = {pk: HarvestReasons(harvest) for pk, harvest in harvests.items()}
    weeks: dict[tuple[int, int], HarvestWeek] = {}
    order = sorted(range(len(supply)), key=lambda index: (supply[index]["bucket"], _rank(grades, supply[index]), index))
    for index in order:
        row, harvest_id = supply[index], owners[index]
        if harvest_id not in found:
            continue
        place = (harvest_id, row["bucket"])
        if place not in weeks:
            weeks[place] = HarvestWeek(plan.starts_on + timedelta(days=plan.bucket_days * row["bucket"]))
            found[harvest_id].weeks.append(weeks[place])
        grade = grades.get(int(row["grade"]))
        weeks[place].grades.append(
            GradeWeek(
                grade_id=int(row["grade"]),
                grade_name=grade.name if grade is not None else "",
                expected_g=round(row["qty"] * G_PER_KG),
                taken_g=round(taken.get(index, 0.0) * G_PER_KG),
                words=("" if is_chinese() else " ").join(said[f"supply[{index}]"]),
            )
        )
    return sorted(found.values(), key=lambda row: (row.harvest.starts_on, row.harvest.pk))


def _rank(grades: dict[int, Grade], row: dict[str, Any]) -> int:
    grade = grades.get(int(row["grade"]))
    return grade.rank if grade is not None else 0


def stores_with_room(plan: SeasonPlan) -> bool:
    """Return whether no store is ever full in a plan, so that one more place would earn nothing."""
    return not any(row["key"] == "storage.binds" for row in plan.result.get("reasons", ()))
