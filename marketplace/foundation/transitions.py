"""The one way a status changes: lock the row, look at the table of legal moves, write the row and its record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.auth.models import AbstractBaseUser
from django.db import models

from marketplace.foundation.models import StatusChange

Row = TypeVar("Row", bound=models.Model)


class IllegalMove(Exception):
    """The table does not list this move: somebody else was first, or the caller is mistaken."""

    def __init__(self, subject: models.Model, from_status: str, to_status: str) -> None:
        self.subject = subject
        self.from_status = from_status
        self.to_status = to_status
        super().__init__(f"{subject._meta.label}#{subject.pk}: {from_status} → {to_status} is not a legal move")


def move(
    row: Row,
    to_status: str,
    *,
    moves: Mapping[Any, Collection[str]],
    at: datetime,
    actor: AbstractBaseUser | None = None,
    reason: str = "",
    field: str = "status",
    **changes: Any,
) -> Row:
    """
    Move a row to a status and record it. Must run inside a transaction; the row is locked here.

    Parameters
    ----------
    changes
        Further fields of the row that change with the move.

    Raises
    ------
    IllegalMove
        If ``moves`` does not list the way from the row's present status (read under the lock).
    """
    manager = type(row)._default_manager
    locked = manager.select_for_update(of=("self",)).get(pk=row.pk)
    present = getattr(locked, field)
    if to_status not in moves.get(present, ()):
        raise IllegalMove(locked, present, to_status)
    for name, value in {field: to_status, **changes}.items():
        setattr(locked, name, value)
        setattr(row, name, value)
    locked.save(update_fields=[field, *changes])
    StatusChange.objects.create(
        subject_type=locked._meta.label,
        subject_id=locked.pk,
        from_status=present,
        to_status=to_status,
        actor_id=actor.pk if actor is not None else None,
        at=at,
        reason=reason[:400],
    )
    return locked
