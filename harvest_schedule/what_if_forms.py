"""What if, as it is typed: one form whose fields may all be left empty, into changes as they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Grade
from harvest_schedule.models import Harvest
from harvest_schedule.planner_io import week_start
from harvest_schedule.services.what_if_rules import WhatIfRefused
from marketplace.foundation.form_fields import DayField, KilogramsField, PercentField, WholeNumberField, YuanField
from marketplace.foundation.units import FEN_PER_YUAN, G_PER_KG

PERMILLE_PER_PERCENT = 10
KEEP, DROP, SET = "keep", "drop", "set"
CONTRACT = ("contract_grade", "contract_from", "contract_to", "contract_kg", "contract_price")
Change = dict[str, Any]


@dataclass(frozen=True)
class HarvestFields:
    """A harvest with the two fields that change it."""

    harvest: Harvest
    move: forms.BoundField
    lose: forms.BoundField


class HarvestChangesForm(forms.Form):
    """Moving harvests by days and losing parts of them; sent again with the same key it asks once."""

    key = forms.RegexField(r"^[\w.:-]{8,64}$", widget=forms.HiddenInput)

    def __init__(self, *args: Any, harvests: Sequence[Harvest], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid4().hex
        self.harvests = harvests
        for harvest in harvests:
            move = WholeNumberField(label=gettext_lazy("Days later (below zero: earlier)"))
            move.widget.attrs["inputmode"] = "text"
            lose = PercentField(label=gettext_lazy("Lost"))
            lose.widget.attrs["inputmode"] = "decimal"
            self.fields[f"move_{harvest.pk}"], self.fields[f"lose_{harvest.pk}"] = move, lose

    @property
    def harvest_fields(self) -> list[HarvestFields]:
        return [HarvestFields(row, self[f"move_{row.pk}"], self[f"lose_{row.pk}"]) for row in self.harvests]

    def changes(self) -> list[Change]:
        """What a valid form changes; empty fields change nothing."""
        found: list[Change] = []
        for harvest in self.harvests:
            if days := self.cleaned_data[f"move_{harvest.pk}"]:
                found.append({"kind": "move", "harvest": harvest.pk, "days": days})
            if permille := self.cleaned_data[f"lose_{harvest.pk}"]:
                found.append({"kind": "lose", "harvest": harvest.pk, "permille": permille})
        return found

    def add_refusal(self, refused: WhatIfRefused) -> None:
        """Show a refusal at the field it names, or above the form."""
        self.add_error(refused.field if refused.field in self.fields else None, refused.message)


class SeasonChangesForm(HarvestChangesForm):
    """What an officer may change: harvests, room, a contract, steadiness, demand and price."""

    cold_kg = KilogramsField(label=gettext_lazy("More cold-store room"), required=False, allow_zero=True)
    ambient_kg = KilogramsField(label=gettext_lazy("More room in the ambient store"), required=False, allow_zero=True)
    contract_from = DayField(label=gettext_lazy("From the week of"), required=False)
    contract_to = DayField(label=gettext_lazy("To the week of"), required=False)
    contract_kg = KilogramsField(label=gettext_lazy("A week"), required=False, allow_zero=True)
    contract_price = YuanField(label=gettext_lazy("Price at the station"), required=False)
    contract_penalty = YuanField(label=gettext_lazy("Penalty for what is not delivered"), required=False)
    band = forms.ChoiceField(
        label=gettext_lazy("Weekly sales"),
        required=False,
        initial=KEEP,
        choices=[
            (KEEP, gettext_lazy("As the plan has them")),
            (DROP, gettext_lazy("Free, without a steadiness band")),
            (SET, gettext_lazy("Steady: never further from a level than")),
        ],
        widget=forms.RadioSelect,
    )
    band_percent = PercentField(label=gettext_lazy("Up or down by"))
    demand_percent = WholeNumberField(label=gettext_lazy("Buyers take more (below zero: less)"))
    price_percent = WholeNumberField(label=gettext_lazy("Prices are higher (below zero: lower)"))

    def __init__(self, *args: Any, grades: Sequence[Grade], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contract_grade"] = _GradeField(label=gettext_lazy("Grade"), grades=grades)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        filled = [name for name in (*CONTRACT, "contract_penalty") if data.get(name) is not None]
        if filled:
            for name in CONTRACT:
                if data.get(name) is None and name not in self.errors:
                    self.add_error(name, _("A contract needs this too. To ask without one, empty its other fields."))
        if data.get("band") == SET and not data.get("band_percent") and "band_percent" not in self.errors:
            self.add_error("band_percent", _("How far may weekly sales be from their level? For example 20."))
        return data

    def changes(self) -> list[Change]:
        data, found = self.cleaned_data, super().changes()
        for mode in ("COLD", "AMBIENT"):
            if grams := data[f"{mode.lower()}_kg"]:
                found.append({"kind": "storage", "mode": mode, "grams": grams})
        if data["contract_grade"] is not None:
            found.append(
                {
                    "kind": "contract",
                    "grade": data["contract_grade"].pk,
                    "from": data["contract_from"].isoformat(),
                    "to": data["contract_to"].isoformat(),
                    "grams": data["contract_kg"],
                    "price_fen": data["contract_price"],
                    "penalty_fen": data["contract_penalty"] or 0,
                }
            )
        if data["band"] in (DROP, SET):
            found.append({"kind": "band", "permille": data["band_percent"] if data["band"] == SET else None})
        for kind in ("demand", "price"):
            if percent := data[f"{kind}_percent"]:
                found.append({"kind": kind, "permille": percent * PERMILLE_PER_PERCENT})
        return found


class _GradeField(forms.ModelChoiceField):
    """One of a produce's grades, or none."""

    def __init__(self, *, label: Any, grades: Sequence[Grade]) -> None:
        rows = Grade.objects.filter(pk__in=[grade.pk for grade in grades]).order_by("rank", "pk")
        super().__init__(queryset=rows, required=False, label=label, empty_label=gettext_lazy("None"))

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


def typed(changes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return kept changes as the form's fields had them, to ask again with a few of them changed."""
    found: dict[str, Any] = {}
    for change in changes:
        kind = change["kind"]
        if kind == "move":
            found[f"move_{change['harvest']}"] = change["days"]
        elif kind == "lose":
            found[f"lose_{change['harvest']}"] = _percent(change["permille"])
        elif kind == "storage":
            found[f"{change['mode'].lower()}_kg"] = f"{change['grams'] / G_PER_KG:.10g}"
        elif kind == "contract":
            found |= {
                "contract_grade": change["grade"],
                "contract_from": week_start(date.fromisoformat(change["from"])),
                "contract_to": week_start(date.fromisoformat(change["to"])),
                "contract_kg": f"{change['grams'] / G_PER_KG:.10g}",
                "contract_price": f"{change['price_fen'] / FEN_PER_YUAN:.10g}",
                "contract_penalty": f"{change['penalty_fen'] / FEN_PER_YUAN:.10g}",
            }
        elif kind == "band":
            found["band"] = DROP if change["permille"] is None else SET
            found["band_percent"] = "" if change["permille"] is None else _percent(change["permille"])
        else:
            found[f"{kind}_percent"] = change["permille"] // PERMILLE_PER_PERCENT
    return found


def _percent(permille: int) -> str:
    return f"{permille / PERMILLE_PER_PERCENT:g}"
