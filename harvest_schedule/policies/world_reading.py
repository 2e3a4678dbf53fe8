"""
A season from a file, and back. The format is described in docs/algorithms/policy_simulation.md.

Whatever is malformed is refused with the path of its field; unknown keys are left alone.
"""

from __future__ import annotations

from typing import Any

from harvest_schedule.planner.fields import MAX_BUCKETS, FieldRow, InstanceError, list_at, number_at, whole_at
from harvest_schedule.policies import world_params as params
from harvest_schedule.policies.world import (
    DAYS,
    Cooperative,
    Market,
    Report,
    Store,
    World,
    WorldHarvest,
    WorldProduce,
)

MAX_ROWS = 20_000
"""Most harvests and cooperatives taken: more than the country has counties times produce."""


def world_read(value: object) -> World:
    """
    Check a season and return it.

    Raises
    ------
    InstanceError
        With the path of the first malformed field.
    """
    root = FieldRow(value, "")
    weeks = root.whole("weeks", low=1, high=MAX_BUCKETS)
    stores = {name: _store(FieldRow(row, path)) for name, row, path in root.entries("stores")}
    produce = tuple(_produce(row, stores) for row in root.rows("produce"))
    _unique([row.id for row in produce], "produce")
    cooperatives = tuple(_cooperative(row, stores) for row in root.rows("cooperatives"))
    _unique([row.id for row in cooperatives], "cooperatives")
    kinds, coops = {row.id for row in produce}, {row.id for row in cooperatives}
    harvests = tuple(_harvest(row, kinds, coops, weeks) for row in root.rows("harvests", ()))
    return World(
        weeks=weeks,
        presale_lead=root.whole("presale_weeks", params.PRESALE_WEEKS, low=1, high=MAX_BUCKETS),
        presale_discount=root.number("presale_discount", params.PRESALE_DISCOUNT, high=1.0),
        goodwill=root.number("goodwill", params.GOODWILL),
        switching=root.number("switching", params.SWITCHING, high=1.0),
        closed=frozenset(
            whole_at(week, f"closed[{index}]", high=weeks - 1)
            for index, week in enumerate(list_at(root.raw("closed", ()), "closed"))
        ),
        stores=stores,
        produce=produce,
        cooperatives=cooperatives,
        harvests=harvests,
        demand=_demand(root, kinds, weeks),
    )


def world_to_json(world: World) -> dict[str, Any]:
    """A season in the format that ``world_read`` takes."""
    return {
        "weeks": world.weeks,
        "presale_weeks": world.presale_lead,
        "presale_discount": world.presale_discount,
        "goodwill": world.goodwill,
        "switching": world.switching,
        "closed": sorted(world.closed),
        "stores": {
            mode: {"loss": row.loss, "true_loss": row.true_loss, "hold_cost": row.hold_cost}
            for mode, row in world.stores.items()
        },
        "produce": [{"id": row.id, "life": dict(row.life), "cost": row.cost} for row in world.produce],
        "cooperatives": [
            {"id": row.id, "county": row.county, "storage": dict(row.storage)} for row in world.cooperatives
        ],
        "harvests": [_harvest_json(row) for row in world.harvests],
        "demand": [
            {
                "produce": kind,
                "week": week,
                "expected": row.expected,
                "qty": row.qty,
                "price": row.price,
                "presale_expected": row.presale_expected,
                "presale_qty": row.presale_qty,
            }
            for (kind, week), row in sorted(world.demand.items())
        ],
    }


def _harvest_json(row: WorldHarvest) -> dict[str, Any]:
    return {
        "coop": row.coop,
        "produce": row.produce,
        "declared_week": row.declared_week,
        "first_day": row.first_day,
        "end_day": row.end_day,
        "low": row.low,
        "likely": row.likely,
        "high": row.high,
        "past_factors": list(row.past_factors),
        "past_shifts": list(row.past_shifts),
        "reports": [
            {
                "week": report.week,
                "low": report.low,
                "likely": report.likely,
                "high": report.high,
                "shift_days": report.shift_days,
            }
            for report in row.reports
        ],
        "ripe": [{"week": week, "qty": qty} for week, qty in enumerate(row.ripe) if qty > 0],
    }


def _store(row: FieldRow) -> Store:
    loss = row.number("loss", 0.0, high=0.99)
    return Store(loss, row.number("true_loss", loss, high=0.99), row.number("hold_cost", 0.0))


def _produce(row: FieldRow, stores: dict[str, Store]) -> WorldProduce:
    life = {}
    for mode, weeks, path in row.entries("life"):
        life[_known(mode, stores, path, "store")] = whole_at(weeks, path)
    # A mode that is not named holds nothing over.
    return WorldProduce(row.text("id"), {mode: life.get(mode, 0) for mode in stores}, row.number("cost", 0.0))


def _cooperative(row: FieldRow, stores: dict[str, Store]) -> Cooperative:
    storage = {_known(mode, stores, path, "store"): number_at(qty, path) for mode, qty, path in row.entries("storage")}
    return Cooperative(row.text("id"), row.text("county"), {mode: storage.get(mode, 0.0) for mode in stores})


def _harvest(row: FieldRow, kinds: set[str], coops: set[str], weeks: int) -> WorldHarvest:
    first = row.whole("first_day", high=weeks * DAYS - 1)
    low, likely, high = _band(row)
    ripe = [0.0] * weeks
    for entry in row.rows("ripe", ()):
        ripe[entry.whole("week", high=weeks - 1)] += entry.number("qty")
    return WorldHarvest(
        coop=_known(row.text("coop"), coops, row.at("coop"), "cooperative"),
        produce=_known(row.text("produce"), kinds, row.at("produce"), "produce"),
        declared_week=row.whole("declared_week", 0, high=weeks - 1),
        first_day=first,
        end_day=row.whole("end_day", low=first + 1, high=weeks * DAYS),
        low=low,
        likely=likely,
        high=high,
        past_factors=_numbers(row, "past_factors", is_signed=False),
        past_shifts=_numbers(row, "past_shifts", is_signed=True),
        reports=tuple(_report(entry, weeks) for entry in row.rows("reports", ())),
        ripe=tuple(ripe),
    )


def _report(row: FieldRow, weeks: int) -> Report:
    low, likely, high = _band(row)
    shift = _signed_at(row.raw("shift_days", 0), row.at("shift_days"), weeks * DAYS)
    return Report(row.whole("week", high=weeks - 1), low, likely, high, shift)


def _band(row: FieldRow) -> tuple[float, float, float]:
    low, likely, high = (row.number(key) for key in ("low", "likely", "high"))
    if not low <= likely:
        raise InstanceError(row.at("low"), "must not be above likely")
    if not likely <= high:
        raise InstanceError(row.at("high"), "must not be below likely")
    return low, likely, high


def _demand(root: FieldRow, kinds: set[str], weeks: int) -> dict[tuple[str, int], Market]:
    found: dict[tuple[str, int], Market] = {}
    for row in root.rows("demand", ()):
        key = (_known(row.text("produce"), kinds, row.at("produce"), "produce"), row.whole("week", high=weeks - 1))
        if key in found:
            raise InstanceError(row.at("week"), f"is named twice for {key[0]}: {key[1]}")
        qty, ahead = row.number("qty"), row.number("presale_qty", 0.0)
        found[key] = Market(
            expected=row.number("expected", qty),
            qty=qty,
            price=row.number("price"),
            presale_expected=row.number("presale_expected", ahead),
            presale_qty=ahead,
        )
    return found


def _numbers(row: FieldRow, key: str, *, is_signed: bool) -> tuple[float, ...]:
    values = list_at(row.raw(key, ()), row.at(key))
    read = _signed_at if is_signed else _plain_at
    return tuple(read(value, f"{row.at(key)}[{index}]", 1_000) for index, value in enumerate(values))


def _plain_at(value: object, path: str, high: float) -> float:
    return number_at(value, path, high=high)


def _signed_at(value: object, path: str, high: float) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0:
        return -number_at(-value, path, high=high)
    return number_at(value, path, high=high)


def _known(value: str, known: Any, path: str, what: str) -> str:
    if value not in known:
        raise InstanceError(path, f"names an unknown {what}: {value}")
    return value


def _unique(names: list[str], key: str) -> None:
    if len(names) > MAX_ROWS:
        raise InstanceError(key, f"must have at most {MAX_ROWS} rows")
    for index, name in enumerate(names):
        if name in names[:index]:
            raise InstanceError(f"{key}[{index}].id", f"is used twice: {name}")
