"""What may be asked of a season. Each rule says in words which field must change, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog.models import Grade
from harvest_schedule.planner.what_if import changes_read
from harvest_schedule.planner_io import Instance
from harvest_schedule.what_if_io import neutral_changes, store_of
from marketplace.cooperatives.models import Cooperative, SupplyPool
from marketplace.foundation.units import FEN_PER_YUAN, G_PER_KG

MOST_DAYS = 60
MOST_GRAMS = 10**9 * G_PER_KG
MOST_PERMILLE = 3000
WHOLE_PERMILLE = 1000
DEAREST_FEN = 100_000 * FEN_PER_YUAN


class WhatIfRefused(ValueError):
    """A question that cannot be asked; ``field`` names what must change (``move_12``), the text says how."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(message)


def check_changes(
    changes: Sequence[Mapping[str, Any]], instance: Instance, pool_id: int, cooperative_id: int | None
) -> None:
    """Refuse what cannot be asked, with the field and words; then the core looks at every figure again."""
    if not changes:
        raise WhatIfRefused("", _("Nothing is changed yet. Fill in at least one of the fields."))
    own = _own_harvests(instance, cooperative_id)
    for change in changes:
        kind = change["kind"]
        if kind in ("move", "lose"):
            if change["harvest"] not in own:
                raise WhatIfRefused(
                    f"{kind}_{change['harvest']}", _("Nothing of this harvest is left to pick in the plan.")
                )
            _check_harvest(change)
        elif cooperative_id is not None:
            raise WhatIfRefused("", _("A cooperative can move or lose its own harvests only."))
        elif kind == "storage":
            _check_storage(change, instance)
        elif kind == "contract":
            _check_contract(change, instance, pool_id)
        elif kind in ("demand", "price", "band"):
            _check_part(change)
        else:
            raise WhatIfRefused("", _("This kind of change is not known."))
    changes_read(neutral_changes(changes, instance), instance.problem)


def _own_harvests(instance: Instance, cooperative_id: int | None) -> set[int]:
    if cooperative_id is None:
        return set(instance.harvest_ids)
    code = Cooperative.objects.values_list("code", flat=True).get(pk=cooperative_id)
    supply = instance.problem["supply"]
    return {harvest_id for row, harvest_id in zip(supply, instance.harvest_ids, strict=True) if row["coop"] == code}


def _check_harvest(change: Mapping[str, Any]) -> None:
    field = f"{change['kind']}_{change['harvest']}"
    if change["kind"] == "move" and not -MOST_DAYS <= change["days"] <= MOST_DAYS:
        raise WhatIfRefused(
            field, _("A harvest can be moved by %(days)s days at most, either way.") % {"days": MOST_DAYS}
        )
    if change["kind"] == "lose" and not 0 <= change["permille"] <= WHOLE_PERMILLE:
        raise WhatIfRefused(field, _("Please write a share between 0 and 100 %."))


def _check_storage(change: Mapping[str, Any], instance: Instance) -> None:
    field = f"{str(change['mode']).lower()}_kg"
    if store_of(instance, change["mode"]) is None:
        raise WhatIfRefused(field, _("The station has no such store."))
    if not 0 < change["grams"] <= MOST_GRAMS:
        raise WhatIfRefused(field, _("Please write how many kilograms of room, more than zero."))


def _check_contract(change: Mapping[str, Any], instance: Instance, pool_id: int) -> None:
    pool = SupplyPool.objects.get(pk=pool_id)
    if not Grade.objects.filter(pk=change["grade"], produce_id=pool.produce_id).exists():
        raise WhatIfRefused("contract_grade", _("Choose a grade of this produce."))
    first, last = date.fromisoformat(change["from"]), date.fromisoformat(change["to"])
    end = instance.starts_on + timedelta(weeks=instance.problem["buckets"], days=-1)
    if last < first:
        raise WhatIfRefused("contract_to", _("The last week lies before the first. Change one of the two."))
    for name, day in (("from", first), ("to", last)):
        if not instance.starts_on <= day <= end:
            words = _("The plan reaches from this week to %(end)s.") % {"end": date_format(end)}
            raise WhatIfRefused(f"contract_{name}", words)
    if not 0 < change["grams"] <= MOST_GRAMS:
        raise WhatIfRefused("contract_kg", _("Please write how many kilograms a week, more than zero."))
    for name in ("price", "penalty"):
        if not 0 <= change[f"{name}_fen"] <= DEAREST_FEN:
            raise WhatIfRefused(f"contract_{name}", _("Please write yuan a kilogram, zero or more."))


def _check_part(change: Mapping[str, Any]) -> None:
    kind, permille = change["kind"], change["permille"]
    if kind == "band":
        if permille is not None and not 0 <= permille <= WHOLE_PERMILLE:
            raise WhatIfRefused("band_percent", _("Please write a share between 0 and 100 %."))
    elif not -WHOLE_PERMILLE <= permille <= MOST_PERMILLE:
        raise WhatIfRefused(
            f"{kind}_percent", _("Please write between -100 and +%(most)s %%.") % {"most": MOST_PERMILLE // 10}
        )
