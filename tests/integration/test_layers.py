"""
Relations of models point downwards only, as imports do.

import-linter sees imports; it does not see a relation that names its model by a string. The order is read from the
contract in pyproject.toml, so that it is written down once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from logistics.models import Lot
from marketplace.payment.models import PaymentAttempt
from marketplace.shipping.models import Carrier

PROJECT = Path(__file__).resolve().parents[2]
CONTRACT = "Rooms import downwards only"


@dataclass(frozen=True)
class Relation:
    """A model of a room that points to a model of a room of ours."""

    source: str
    field: str
    room: str
    target_room: str

    def __str__(self) -> str:
        return f"{self.source}.{self.field}: {self.room} points up or sideways to {self.target_room}"


def layers() -> list[tuple[list[str], bool]]:
    """Rooms from the top downwards, and whether the rooms of a layer may know each other."""
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    rows = next(contract["layers"] for contract in contracts if contract["name"] == CONTRACT)
    return [([room.strip() for room in row.replace(":", "|").split("|")], ":" in row) for row in rows]


def room_of(model: type[models.Model]) -> str | None:
    """The room a model belongs to by its app; None for what others wrote (Django, Oscar unforked, Wagtail)."""
    module = apps.get_app_config(model._meta.app_label).name
    rooms = [room for rooms, _friends in layers() for room in rooms]
    fitting = [room for room in rooms if module == room or module.startswith(room + ".")]
    return max(fitting, key=len) if fitting else None


def may_point(room: str, target_room: str) -> bool:
    """Whether models of one room may have relations to models of another."""
    if room == target_room:
        return True
    place = {name: (depth, friends) for depth, (names, friends) in enumerate(layers()) for name in names}
    (depth, friends), (target_depth, _friends) = place[room], place[target_room]
    return target_depth > depth or (target_depth == depth and friends)


def relations(of_models: Iterable[type[models.Model]]) -> list[Relation]:
    """Foreign keys, one-to-ones and many-to-manys between rooms of ours."""
    found = []
    for model in of_models:
        room = room_of(model)
        if room is None:
            continue
        for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
            target = field.remote_field.model if field.remote_field else None
            if target is None or isinstance(target, str):
                continue
            target_room = room_of(target)
            if target_room is not None:
                found.append(Relation(model._meta.label, field.name, room, target_room))
    return found


def wrong(found: Iterable[Relation]) -> list[str]:
    return [str(relation) for relation in found if not may_point(relation.room, relation.target_room)]


def test_every_relation_of_our_models_points_downwards() -> None:
    found = relations(apps.get_models(include_auto_created=True))

    assert wrong(found) == []


def test_the_walk_sees_the_relations_that_hold_the_site_together() -> None:
    found = relations(apps.get_models(include_auto_created=True))

    pairs = {(relation.source, relation.field): relation.target_room for relation in found}
    assert pairs["logistics.Lot", "harvest"] == "harvest_schedule"
    assert pairs["harvest_schedule.PlanWindow", "window"] == "catalog"
    assert pairs["order.Line", "stockrecord"] == "catalog"
    assert pairs["payment.PaymentAttempt", "order"] == "marketplace.order"
    assert pairs["cooperatives.PoolProduct", "product"] == "catalog"
    assert pairs["cooperatives.Hub_staff", "hub"] == "marketplace.cooperatives"
    # Every room that has models takes part; were one missing from the contract, its relations would go unseen.
    ours = {config.name for config in apps.get_app_configs() if _is_written_here(config.path)}
    placed = {room for rooms, _friends in layers() for room in rooms}
    assert {name for name in ours if not any(name == room or name.startswith(room + ".") for room in placed)} == set()


def _is_written_here(path: str) -> bool:
    return Path(path).is_relative_to(PROJECT) and ".venv" not in path


@isolate_apps("marketplace.ledger")
def test_the_walk_sees_a_relation_that_points_up_in_each_of_its_shapes() -> None:
    class Entry(models.Model):  # noqa: DJ008  (never seen by anybody)
        lot = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="+")
        attempt = models.OneToOneField(PaymentAttempt, on_delete=models.CASCADE, related_name="+")
        carriers = models.ManyToManyField(Carrier, related_name="+")

        class Meta:
            app_label = "ledger"

    assert wrong(relations([Entry])) == [
        "ledger.Entry.lot: marketplace.ledger points up or sideways to logistics",
        "ledger.Entry.attempt: marketplace.ledger points up or sideways to marketplace.payment",
        "ledger.Entry.carriers: marketplace.ledger points up or sideways to marketplace.shipping",
    ]


@pytest.mark.parametrize(
    ("room", "target_room", "is_allowed"),
    [
        ("logistics", "harvest_schedule", True),
        ("harvest_schedule", "logistics", False),
        ("marketplace.payment", "marketplace.order", True),  # written with ":", they may know each other
        ("marketplace.storefront", "marketplace.cms", False),  # written with "|", they may not
        ("catalog", "marketplace.ledger", True),
        ("marketplace.foundation", "marketplace.ledger", False),
        ("marketplace.settlement", "marketplace.settlement", True),
    ],
)
def test_the_order_is_read_as_import_linter_reads_it(room: str, target_room: str, is_allowed: bool) -> None:
    assert may_point(room, target_room) is is_allowed
