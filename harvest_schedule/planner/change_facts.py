"""
What two questions and their answers say of the same harvests, weeks and stores, side by side.

Rows are found again by what they stand for: a harvest, a grade and the Monday of a week, and not by their number. The
running week is compared by the days that are left of it, so that time alone is no news.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

#: Harvest, grade, Monday.
SupplyKey = tuple[int, str, date]
#: Product, kind of sale, the Monday it is sold and the Monday it ships.
DemandKey = tuple[str, str, date, date]
_ROW = re.compile(r"^(\w+)\[(\d+)\]$")


@dataclass(frozen=True)
class Asked:
    """One plan's question as it was stored, with its answer. ``today`` is the day on which it was read."""

    problem: Mapping[str, Any]
    answer: Mapping[str, Any]
    starts_on: date
    harvest_ids: Sequence[int]
    today: date

    def monday(self, bucket: int) -> date:
        return self.starts_on + timedelta(weeks=bucket)

    @property
    def ends_on(self) -> date:
        return self.monday(self.problem["buckets"])

    @cached_property
    def qty(self) -> dict[SupplyKey, float]:
        """What is expected."""
        return {self.supply_key(index): row["qty"] for index, row in enumerate(self.problem["supply"])}

    @cached_property
    def promise(self) -> dict[SupplyKey, float]:
        """What is sure enough to promise."""
        rows = enumerate(self.problem["supply"])
        return {self.supply_key(index): row.get("promise_qty", row["qty"]) for index, row in rows}

    @cached_property
    def asked(self) -> dict[DemandKey, tuple[float, float]]:
        """Usual quantity and price of every sale that can be made."""
        rows = enumerate(self.problem["demand"])
        return {self.demand_key(i): (row["qty"], row["price"]) for i, row in rows if row.get("chance", 1) == 1}

    @cached_property
    def coop_of(self) -> dict[int, str]:
        """The cooperative of each harvest."""
        return {self.harvest_ids[index]: row["coop"] for index, row in enumerate(self.problem["supply"])}

    def supply_key(self, index: int) -> SupplyKey:
        row = self.problem["supply"][index]
        return self.harvest_ids[index], row["grade"], self.monday(row["bucket"])

    def demand_key(self, index: int) -> DemandKey:
        row = self.problem["demand"][index]
        kind = row["channel"].split("@")[0]
        return (
            row.get("product") or "",
            kind,
            self.monday(row["bucket"]),
            self.monday(row["bucket"] + row["ship_after"]),
        )

    def rows_named(self, rows: Iterable[str], kind: str) -> list[int]:
        """The numbers of the rows of a kind among names like ``supply[3]``."""
        found = (_ROW.match(row) for row in rows)
        return [int(match[2]) for match in found if match and match[1] == kind]

    def days_left(self, monday: date) -> int:
        """Days of a week that were still to come when the question was read."""
        return 7 - min(max((self.today - monday).days, 0), 7)

    def room(self, bucket: int) -> dict[str, float | None]:
        """What every store can hold in a bucket; None is unlimited."""
        found = {}
        for store in self.problem["storage"]:
            capacity = store.get("capacity")
            found[store["id"]] = capacity[bucket] if isinstance(capacity, list) else capacity
        return found

    def in_store(self, grade: str, monday: date) -> float:
        """What its plan has lying in the stores when a week begins (now, for the week it was read in)."""
        bucket = (monday - self.starts_on).days // 7
        if bucket <= 0:
            return sum(row["qty"] for row in self.problem["on_hand"] if row["grade"] == grade)
        rows = [row for row in self.answer["storage"] if row["grade"] == grade]
        return sum(row["qty"] for row in rows if row["from"] < bucket <= row["to"])

    def planned_sales(self, grade: str, until: date) -> float:
        """What its plan sells of a grade from its own day to another, the running week by its days."""
        total = 0.0
        for sale in self.answer["sales"]:
            if sale["kind"] != "spot" or sale["grade"] != grade:
                continue
            monday = self.monday(sale["bucket"])
            days = self.days_left(monday)
            past = min(max((until - max(monday, self.today)).days, 0), days)
            total += sale["qty"] * past / days if days else 0.0
        return total


def supply_moves(old: Asked, new: Asked, field: str) -> dict[SupplyKey, tuple[float, float]]:
    """Before and now of every supply row (``qty`` or ``promise``) in the weeks that both plans reach."""
    was, now = getattr(old, field), getattr(new, field)
    found = {}
    for key in {*was, *now}:
        monday = key[2]
        if not max(old.starts_on, new.starts_on) <= monday < min(old.ends_on, new.ends_on):
            continue
        before = was.get(key, 0.0)
        if old.days_left(monday):
            before *= new.days_left(monday) / old.days_left(monday)
        found[key] = (before, now.get(key, 0.0))
    return found


def days_later(old: Asked, new: Asked) -> dict[int, float]:
    """By how many days the middle of each harvest moved, over the weeks after the running one that both plans reach."""
    first, end = new.starts_on + timedelta(weeks=1), min(old.ends_on, new.ends_on)

    def middle(asked: Asked) -> dict[int, float]:
        weight: dict[int, float] = defaultdict(float)
        sums: dict[int, float] = defaultdict(float)
        for (harvest_id, _grade, monday), qty in asked.qty.items():
            if first <= monday < end:
                weight[harvest_id] += qty
                sums[harvest_id] += qty * (monday - first).days
        return {harvest_id: sums[harvest_id] / whole for harvest_id, whole in weight.items() if whole > 0}

    def has_begun(asked: Asked, harvest_id: int) -> bool:
        return any(key[0] == harvest_id and key[2] <= new.starts_on for key in asked.qty)

    was, now = middle(old), middle(new)
    return {
        harvest_id: now[harvest_id] - was[harvest_id]
        for harvest_id in {*was} & {*now}
        # Of a harvest under way only the rest is seen, whose middle moves by itself.
        if not has_begun(old, harvest_id) and not has_begun(new, harvest_id)
    }
