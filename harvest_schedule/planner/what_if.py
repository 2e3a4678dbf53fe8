"""
What if: changes to a season's question, so that it can be solved once as it is and once as it might be.

A change is one of a few kinds. ``changes_read`` checks plain data against the instance that it is meant for and
refuses with the path of the field (``changes[1].share``); ``changed`` carries out one after the other and gives a new
instance. Rows of supply are named by their index in the instance *before* any change, so changes do not depend on how
many rows an earlier one made; what two changes do to the same row adds up.

===========  =============================================  ====================================================
kind         keys                                           meaning
===========  =============================================  ====================================================
``move``     ``rows``, ``buckets``                          picked so many buckets later, below zero earlier
``lose``     ``rows``, ``share`` (0 … 1)                    that part of the rows does not come
``more``     ``rows``, ``qty``                              so much more comes, shared among the rows by quantity
``storage``  ``store``, ``more``                            so much more room in a store
``contract`` ``produce``, ``grade`` ["1"], ``from``,        so much is bought in each bucket of from … to
             ``to``, ``qty``, ``price``, ``short_penalty``
             [0], ``channel`` ["contract"]
``band``     ``produce``, ``beta`` [none]                   sets the steadiness band; without ``beta`` drops it
``demand``   ``produce``, ``factor`` (0 … 10)               spot buyers take so many times as much
``price``    ``produce``, ``factor`` (0 … 10)               spot buyers pay so many times as much
===========  =============================================  ====================================================

**Moving in parts of a bucket.** Where buckets are weeks, three days are ``buckets`` 3/7. The quantity is then split: of
every row 4/7 stays in its week and 3/7 goes to the next, the part that may be promised likewise. That is exact for a
picking spread evenly over its week, and an approximation for any other. Nothing can be picked before bucket 0, so what
would be is picked in it; what moves past the horizon is not picked in it and is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harvest_schedule.planner.fields import MAX_NUMBER, FieldRow, InstanceError, list_at, whole_at
from harvest_schedule.planner.problem import DEFAULT_GRADE, DEFAULT_HUB, Problem
from harvest_schedule.planner.reading import problem_read

MOST_CHANGES = 200
"""More than any form holds."""
MOST_FACTOR = 10.0
CONTRACT_CHANNEL = "contract"
_EVEN = 1e-9
"""A move that is nearer than this to whole buckets is whole."""


@dataclass(frozen=True, slots=True)
class Move:
    """Supply rows are picked ``buckets`` later (below zero: earlier)."""

    rows: frozenset[int]
    buckets: float


@dataclass(frozen=True, slots=True)
class Lose:
    """A part of supply rows does not come."""

    rows: frozenset[int]
    share: float


@dataclass(frozen=True, slots=True)
class More:
    """``qty`` more comes, shared among supply rows in proportion to what they have."""

    rows: frozenset[int]
    qty: float


@dataclass(frozen=True, slots=True)
class AddStorage:
    """``more`` room in one store. A store without a limit stays without."""

    store: str
    more: float


@dataclass(frozen=True, slots=True)
class AddContract:
    """``qty`` is bought at ``price`` in each bucket of ``first`` … ``last``; what is not delivered costs a penalty."""

    produce: str
    grade: str
    first: int
    last: int
    qty: float
    price: float
    short_penalty: float
    channel: str = CONTRACT_CHANNEL


@dataclass(frozen=True, slots=True)
class SetBand:
    """Weekly sales stay within ``beta`` of a level; None drops the band."""

    produce: str
    beta: float | None


@dataclass(frozen=True, slots=True)
class ScaleDemand:
    """Spot buyers take ``factor`` times as much."""

    produce: str
    factor: float


@dataclass(frozen=True, slots=True)
class ScalePrice:
    """Spot buyers pay ``factor`` times as much."""

    produce: str
    factor: float


Change = Move | Lose | More | AddStorage | AddContract | SetBand | ScaleDemand | ScalePrice


@dataclass(frozen=True, slots=True)
class Changed:
    """
    An instance with its changes carried out.

    ``origin`` names for each row of its supply the row that it was before: a moved row may be two.
    """

    instance: dict[str, Any]
    origin: tuple[int, ...]


def changes_read(changes: object, instance: object) -> tuple[Change, ...]:
    """
    Check changes against the instance that they are meant for.

    Parameters
    ----------
    changes
        A list of objects with the keys of the table above, as ``json.loads`` gives them.
    instance
        The instance, malformed or not.

    Raises
    ------
    InstanceError
        With the path of the first malformed field, of the changes or of the instance.
    """
    data = problem_read(instance)
    rows = list_at(changes, "changes")
    if len(rows) > MOST_CHANGES:
        raise InstanceError("changes", f"must be at most {MOST_CHANGES}, are {len(rows)}")
    return tuple(_change(FieldRow(row, f"changes[{index}]"), data) for index, row in enumerate(rows))


def changed(instance: Mapping[str, Any], changes: Sequence[Change]) -> Changed:
    """Carry out changes one after the other; the instance that is handed in stays as it is."""
    found: dict[str, Any] = {**instance, "supply": [dict(row) for row in instance["supply"]]}
    origin = list(range(len(found["supply"])))
    for change in changes:
        if isinstance(change, Move):
            found["supply"], origin = _moved(found, origin, change)
        elif isinstance(change, Lose):
            _scale(found, origin, change.rows, 1.0 - change.share)
        elif isinstance(change, More):
            there = sum(
                row["qty"] for row, source in zip(found["supply"], origin, strict=True) if source in change.rows
            )
            if there > 0:
                _scale(found, origin, change.rows, 1.0 + change.qty / there)
        elif isinstance(change, AddStorage):
            found["storage"] = [_widened(row, change) for row in found["storage"]]
        elif isinstance(change, AddContract):
            found["contracts"] = [*(found.get("contracts") or ()), *_contract_rows(found, change)]
        elif isinstance(change, SetBand):
            others = [dict(row) for row in found.get("band") or () if row["produce"] != change.produce]
            band = [] if change.beta is None else [{"produce": change.produce, "beta": change.beta}]
            found["band"] = others + band
        elif isinstance(change, ScaleDemand):
            _scale_spot(found, change.produce, "qty", change.factor)
        else:
            _scale_spot(found, change.produce, "price", change.factor)
    return Changed(found, tuple(origin))


# --- reading ---------------------------------------------------------------------------------------------------------


def _change(row: FieldRow, data: Problem) -> Change:
    kind = row.text("kind")
    if kind == "move":
        return Move(_rows(row, data), _signed(row, "buckets", data.buckets))
    if kind == "lose":
        return Lose(_rows(row, data), row.number("share", high=1.0))
    if kind == "more":
        return More(_rows(row, data), row.number("qty"))
    if kind == "storage":
        store = _named(row, "store", {store.id for store in data.storage})
        return AddStorage(store, row.number("more"))
    if kind == "contract":
        return _contract(row, data)
    if kind == "band":
        beta = row.number("beta", high=1.0) if row.has("beta") else None
        return SetBand(_produce(row, data), beta)
    if kind == "demand":
        return ScaleDemand(_produce(row, data), row.number("factor", high=MOST_FACTOR))
    if kind == "price":
        return ScalePrice(_produce(row, data), row.number("factor", high=MOST_FACTOR))
    raise InstanceError(row.at("kind"), f"is not a kind of change: {kind}")


def _rows(row: FieldRow, data: Problem) -> frozenset[int]:
    path = row.at("rows")
    values = list_at(row.raw("rows"), path)
    if not data.supply and values:
        raise InstanceError(f"{path}[0]", "names a row of supply, and there is none")
    return frozenset(
        whole_at(value, f"{path}[{index}]", high=len(data.supply) - 1) for index, value in enumerate(values)
    )


def _signed(row: FieldRow, key: str, most: int) -> float:
    """A finite number of at most so much either way."""
    value, path = row.raw(key), row.at(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InstanceError(path, "must be a number")
    if not math.isfinite(value):
        raise InstanceError(path, "must be a finite number")
    if abs(value) > most:
        raise InstanceError(path, f"must lie in {-most} … {most}")
    return float(value)


def _named(row: FieldRow, key: str, known: set[str]) -> str:
    value = row.text(key)
    if value not in known:
        raise InstanceError(row.at(key), f"names an unknown {key}: {value}")
    return value


def _produce(row: FieldRow, data: Problem) -> str:
    return _named(row, "produce", {produce.id for produce in data.produce})


def _contract(row: FieldRow, data: Problem) -> AddContract:
    first = row.whole("from", high=data.buckets - 1)
    last = row.whole("to", high=data.buckets - 1)
    if last < first:
        raise InstanceError(row.at("to"), f"must not lie before from ({first})")
    qty = row.number("qty", high=MAX_NUMBER)
    if qty <= 0:
        raise InstanceError(row.at("qty"), "must be above zero")
    return AddContract(
        produce=_produce(row, data),
        grade=row.text("grade", DEFAULT_GRADE),
        first=first,
        last=last,
        qty=qty,
        price=row.number("price"),
        short_penalty=row.number("short_penalty", 0.0),
        channel=row.text("channel", CONTRACT_CHANNEL),
    )


# --- carrying out ----------------------------------------------------------------------------------------------------


def _moved(instance: Mapping[str, Any], origin: Sequence[int], change: Move) -> tuple[list[dict[str, Any]], list[int]]:
    whole = math.floor(change.buckets + _EVEN)
    later = change.buckets - whole
    later = 0.0 if later < _EVEN else later
    parts = [(whole, 1.0 - later), (whole + 1, later)] if later else [(whole, 1.0)]
    rows: list[dict[str, Any]] = []
    sources: list[int] = []
    for row, source in zip(instance["supply"], origin, strict=True):
        if source not in change.rows or not change.buckets:
            rows.append(row)
            sources.append(source)
            continue
        for step, share in parts:
            bucket = max(row["bucket"] + step, 0)
            if bucket >= instance["buckets"]:
                continue
            part = {**_scaled(row, share), "bucket": bucket}
            # What was asked for in its old bucket is not what is asked for in the new one.
            part.pop("uptake_in_force", None)
            rows.append(part)
            sources.append(source)
    return rows, sources


def _scale(instance: dict[str, Any], origin: Sequence[int], of: frozenset[int], factor: float) -> None:
    instance["supply"] = [
        _scaled(row, factor) if source in of else row for row, source in zip(instance["supply"], origin, strict=True)
    ]


def _scaled(row: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """A supply row with so many times its quantity, and so many times what may be promised of it."""
    found = {**row, "qty": row["qty"] * factor}
    if row.get("promise_qty") is not None:
        found["promise_qty"] = row["promise_qty"] * factor
    return found


def _widened(store: Mapping[str, Any], change: AddStorage) -> dict[str, Any]:
    capacity = store.get("capacity")
    if store["id"] != change.store or capacity is None:
        return dict(store)
    if isinstance(capacity, Sequence):
        # A room of its own in every bucket: what others leave of a store that is shared.
        return {**store, "capacity": [room + change.more for room in capacity]}
    return {**store, "capacity": capacity + change.more}


def _contract_rows(instance: Mapping[str, Any], change: AddContract) -> list[dict[str, Any]]:
    """One row a bucket; what falls due while nothing ships anywhere goes out when something does again."""
    closed = _closed_everywhere(instance)
    rows = []
    for bucket in range(change.first, change.last + 1):
        within = 0
        while bucket + within in closed:
            within += 1
        if bucket + within >= instance["buckets"]:
            continue
        rows.append(
            {
                "produce": change.produce,
                "grade": change.grade,
                "channel": change.channel,
                "bucket": bucket,
                "qty": change.qty,
                "price": change.price,
                "short_penalty": change.short_penalty,
                "ship_within": within,
            }
        )
    return rows


def _closed_everywhere(instance: Mapping[str, Any]) -> set[int]:
    """Buckets in which no hub that has goods or a store ships anything."""
    rows = [*instance["supply"], *instance["storage"], *(instance.get("on_hand") or ())]
    hubs = {row.get("hub", DEFAULT_HUB) for row in rows}
    closed = instance.get("closed") or {}
    found = [set(closed.get(hub, ())) for hub in sorted(hubs)]
    return set.intersection(*found) if found else set()


def _scale_spot(instance: dict[str, Any], produce: str, key: str, factor: float) -> None:
    instance["demand"] = [
        {**row, key: row[key] * factor} if row["produce"] == produce else row for row in instance["demand"]
    ]
