"""
From the neutral JSON instance to a ``Problem``; whatever is malformed is refused with the path of its field.

Unknown keys are left alone, so that an instance may carry notes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from harvest_schedule.planner.fields import (
    MAX_BUCKETS,
    FieldRow,
    InstanceError,
    boolean_at,
    list_at,
    number_at,
    text_at,
    whole_at,
)
from harvest_schedule.planner.problem import (
    DEFAULT_GRADE,
    DEFAULT_HUB,
    PROMISE_RULES,
    Channel,
    Committed,
    Contract,
    Demand,
    Fairness,
    Freight,
    Listing,
    OnHand,
    OpenBefore,
    Problem,
    Produce,
    Product,
    PromiseRule,
    Replan,
    Store,
    Supply,
)

_Read = TypeVar("_Read")


def _known(value: str, known: Mapping[str, Any] | set[str], path: str, what: str) -> str:
    if value not in known:
        raise InstanceError(path, f"names an unknown {what}: {value}")
    return value


def _unique(rows: Sequence[Any], key: str) -> None:
    seen: set[str] = set()
    for index, row in enumerate(rows):
        if row.id in seen:
            raise InstanceError(f"{key}[{index}].id", f"is used twice: {row.id}")
        seen.add(row.id)


def problem_read(instance: object) -> Problem:
    """
    Check a neutral instance and return it as a ``Problem``.

    Parameters
    ----------
    instance
        What ``json.loads`` gave; the keys are those of ``docs/algorithms/harvest_planning.md``.

    Raises
    ------
    InstanceError
        With the path of the first malformed field.
    """
    root = FieldRow(instance, "")
    buckets = root.whole("buckets", low=1, high=MAX_BUCKETS)
    produce = tuple(_produce(row) for row in root.rows("produce"))
    _unique(produce, "produce")
    by_id = {row.id: row for row in produce}
    storage = tuple(_store(row, buckets) for row in root.rows("storage"))
    _unique(storage, "storage")
    products = tuple(_product(row, by_id) for row in root.optional_rows("products"))
    _unique(products, "products")
    packs = {row.id: row for row in products}
    supply = tuple(_supply(row, by_id, buckets) for row in root.rows("supply"))
    on_hand = tuple(_on_hand(row, by_id, storage) for row in root.optional_rows("on_hand"))
    hubs = {DEFAULT_HUB, *(r.hub for r in storage), *(r.hub for r in supply), *(r.hub for r in on_hand)}
    coops = {row.coop for row in supply}
    return Problem(
        buckets=buckets,
        produce=produce,
        storage=storage,
        supply=supply,
        demand=tuple(_demand(row, by_id, packs, buckets) for row in root.rows("demand")),
        contracts=tuple(_contract(row, by_id, packs, buckets) for row in root.optional_rows("contracts")),
        committed=tuple(_committed(row, by_id, buckets) for row in root.optional_rows("committed")),
        on_hand=on_hand,
        products=products,
        grade_substitution=tuple((r.text("from"), r.text("to")) for r in root.optional_rows("grade_substitution")),
        salvage=root.number("salvage") if root.has("salvage") else 0.0,
        listing=_listing(root, by_id),
        band=_band(root, by_id),
        fairness=tuple(_fairness(row, coops) for row in root.optional_rows("fairness")),
        freight=_freight(root),
        replan=_replan(root, by_id, buckets),
        channels={name: _channel(FieldRow(value, path)) for name, value, path in root.entries("channels")},
        closed=_closed(root, hubs, buckets),
        pack_capacity={
            _known(name, hubs, path, "hub"): number_at(value, path)
            for name, value, path in root.entries("pack_capacity")
        },
        initial_run={
            _known(name, by_id, path, "produce"): whole_at(value, path)
            for name, value, path in root.entries("initial_run")
        },
        open_end=boolean_at(root.value["open_end"], "open_end") if root.has("open_end") else False,
        frozen_until=root.whole("frozen_until", high=buckets) if root.has("frozen_until") else 0,
        promise_rule=_promise_rule(root),
        open_before=tuple(_open_before(row, by_id, buckets) for row in root.optional_rows("open_before")),
    )


def _produce(row: FieldRow) -> Produce:
    life = FieldRow(row.raw("life"), row.at("life"))
    return Produce(id=row.text("id"), life={mode: life.whole(mode) for mode in life.value})


def _store(row: FieldRow, buckets: int) -> Store:
    return Store(
        id=row.text("id"),
        hub=row.text("hub", DEFAULT_HUB),
        mode=row.text("mode"),
        capacity=_capacity(row, buckets),
        loss=row.number("loss", 0.0, high=1.0),
        hold_cost=row.number("hold_cost", 0.0),
    )


def _capacity(row: FieldRow, buckets: int) -> float | tuple[float, ...] | None:
    """One number for all buckets, a list with one number a bucket, or none."""
    value, path = row.raw("capacity", None), row.at("capacity")
    if not isinstance(value, list):
        return None if value is None else number_at(value, path)
    if len(value) != buckets:
        raise InstanceError(path, f"must have one entry a bucket ({buckets}), has {len(value)}")
    return tuple(number_at(entry, f"{path}[{index}]") for index, entry in enumerate(value))


def _product(row: FieldRow, produce: Mapping[str, Produce]) -> Product:
    weight = row.number("net_weight")
    packing_yield = row.number("packing_yield", 1.0, high=1.0)
    for key, value in (("net_weight", weight), ("packing_yield", packing_yield)):
        if value <= 0:
            raise InstanceError(row.at(key), "must be above zero")
    return Product(
        id=row.text("id"),
        produce=_known(row.text("produce"), produce, row.at("produce"), "produce"),
        grade=row.text("grade", DEFAULT_GRADE),
        net_weight=weight,
        packing_yield=packing_yield,
        share=row.number("share", 1.0),
    )


def _supply(row: FieldRow, produce: Mapping[str, Produce], buckets: int) -> Supply:
    qty = row.number("qty")
    return Supply(
        coop=row.text("coop"),
        hub=row.text("hub", DEFAULT_HUB),
        produce=_known(row.text("produce"), produce, row.at("produce"), "produce"),
        grade=row.text("grade", DEFAULT_GRADE),
        bucket=row.whole("bucket", high=buckets - 1),
        qty=qty,
        cost=row.number("cost", 0.0),
        promise_qty=row.number("promise_qty") if row.has("promise_qty") else qty,
        uptake_in_force=row.number("uptake_in_force") if row.has("uptake_in_force") else None,
    )


def _on_hand(row: FieldRow, produce: Mapping[str, Produce], storage: Sequence[Store]) -> OnHand:
    hub = row.text("hub", DEFAULT_HUB)
    mode = row.text("mode")
    kind = _known(row.text("produce"), produce, row.at("produce"), "produce")
    if not any(store.hub == hub and store.mode == mode for store in storage):
        raise InstanceError(row.at("mode"), f"names a mode that no store of hub {hub} has: {mode}")
    if mode not in produce[kind].life:
        raise InstanceError(row.at("mode"), f"names a mode that cannot hold {kind}: {mode}")
    return OnHand(
        hub=hub,
        produce=kind,
        grade=row.text("grade", DEFAULT_GRADE),
        mode=mode,
        age=row.whole("age"),
        qty=row.number("qty"),
        cost=row.number("cost", 0.0),
    )


def _sale(row: FieldRow, produce: Mapping[str, Produce], packs: Mapping[str, Product], buckets: int) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "produce": _known(row.text("produce"), produce, row.at("produce"), "produce"),
        "grade": row.text("grade", DEFAULT_GRADE),
        "channel": row.text("channel"),
        "bucket": row.whole("bucket", high=buckets - 1),
        "qty": row.number("qty"),
        "price": row.number("price"),
        "ship_after": row.whole("ship_after", 0),
        "ship_within": row.whole("ship_within", 0),
    }
    if row.has("product"):
        product = packs[_known(row.text("product"), packs, row.at("product"), "product")]
        if (product.produce, product.grade) != (fields["produce"], fields["grade"]):
            raise InstanceError(row.at("product"), f"is a pack of another produce or grade: {product.id}")
        fields["product"] = product.id
    return fields


def _demand(row: FieldRow, produce: Mapping[str, Produce], packs: Mapping[str, Product], buckets: int) -> Demand:
    return Demand(
        **_sale(row, produce, packs, buckets),
        chance=row.number("chance", 1.0, high=1.0),
        unsold_worth=row.number("unsold_worth", 0.0),
    )


def _contract(row: FieldRow, produce: Mapping[str, Produce], packs: Mapping[str, Product], buckets: int) -> Contract:
    return Contract(**_sale(row, produce, packs, buckets), short_penalty=row.number("short_penalty"))


def _committed(row: FieldRow, produce: Mapping[str, Produce], buckets: int) -> Committed:
    first, last = _stretch(row, buckets)
    return Committed(
        produce=_known(row.text("produce"), produce, row.at("produce"), "produce"),
        grade=row.text("grade", DEFAULT_GRADE),
        first=first,
        last=last,
        qty=row.number("qty"),
        short_penalty=row.number("short_penalty"),
        channel=row.text("channel") if row.has("channel") else None,
    )


def _stretch(row: FieldRow, buckets: int) -> tuple[int, int]:
    first = row.whole("from", high=buckets - 1)
    last = row.whole("to")
    if last < first:
        raise InstanceError(row.at("to"), f"must not lie before from ({first})")
    return first, last


def _open_before(row: FieldRow, produce: Mapping[str, Produce], buckets: int) -> OpenBefore:
    first, last = _stretch(row, buckets)
    return OpenBefore(
        produce=_known(row.text("produce"), produce, row.at("produce"), "produce"),
        grade=row.text("grade", DEFAULT_GRADE),
        first=first,
        last=last,
        qty=row.number("qty"),
    )


def _promise_rule(root: FieldRow) -> PromiseRule:
    said = root.text("promise_rule") if root.has("promise_rule") else "plan"
    for rule in PROMISE_RULES:
        if said == rule:
            return rule
    raise InstanceError("promise_rule", f"must be one of {', '.join(PROMISE_RULES)}, is {said}")


def _listing(root: FieldRow, produce: Mapping[str, Produce]) -> dict[str, Listing]:
    def rules(row: FieldRow) -> Listing:
        return Listing(
            min_run=row.whole("min_run", 1, low=1),
            min_qty=row.number("min_qty", 0.0),
            cost_start=row.number("cost_start", 0.0),
            cost_bucket=row.number("cost_bucket", 0.0),
            max_runs=row.whole("max_runs") if row.has("max_runs") else None,
        )

    if isinstance(root.value.get("listing"), list):
        return _by_produce(root, "listing", produce, rules)
    return {
        _known(name, produce, path, "produce"): rules(FieldRow(value, path))
        for name, value, path in root.entries("listing")
    }


def _band(root: FieldRow, produce: Mapping[str, Produce]) -> dict[str, float]:
    return _by_produce(root, "band", produce, lambda row: row.number("beta", high=1.0))


def _by_produce(
    root: FieldRow, key: str, produce: Mapping[str, Produce], read: Callable[[FieldRow], _Read]
) -> dict[str, _Read]:
    found: dict[str, _Read] = {}
    for row in root.optional_rows(key):
        name = _known(row.text("produce"), produce, row.at("produce"), "produce")
        if name in found:
            raise InstanceError(row.at("produce"), f"is named twice: {name}")
        found[name] = read(row)
    return found


def _fairness(row: FieldRow, coops: set[str]) -> Fairness:
    names = [
        text_at(value, f"{row.at('coops')}[{index}]")
        for index, value in enumerate(list_at(row.raw("coops"), row.at("coops")))
    ]
    # With no supply at all no cooperative can be known, and a plan of nothing is still a plan.
    for index, name in enumerate(names if coops else ()):
        _known(name, coops, f"{row.at('coops')}[{index}]", "cooperative")
    return Fairness(coops=tuple(dict.fromkeys(names)), min_uptake=row.number("min_uptake", high=1.0))


def _freight(root: FieldRow) -> Freight | None:
    if not root.has("freight"):
        return None
    row = FieldRow(root.value["freight"], "freight")
    freight = Freight(capacity=row.number("capacity"), cost=row.number("cost"))
    if freight.capacity <= 0:
        raise InstanceError("freight.capacity", "must be above zero")
    return freight


def _replan(root: FieldRow, produce: Mapping[str, Produce], buckets: int) -> Replan | None:
    if not root.has("replan"):
        return None
    row = FieldRow(root.value["replan"], "replan")
    previous: dict[str, tuple[int, ...]] = {}
    row.raw("previous")
    for name, value, path in row.entries("previous"):
        states = list_at(value, path)
        if len(states) != buckets:
            raise InstanceError(path, f"must have one entry a bucket ({buckets}), has {len(states)}")
        previous[_known(name, produce, path, "produce")] = tuple(
            whole_at(state, f"{path}[{index}]", high=1) for index, state in enumerate(states)
        )
    return Replan(previous=previous, change_cost=row.number("change_cost"))


def _channel(row: FieldRow) -> Channel:
    return Channel(transit=row.whole("transit", 0), life_at_arrival=row.whole("life_at_arrival", 0))


def _closed(root: FieldRow, hubs: set[str], buckets: int) -> dict[str, frozenset[int]]:
    return {
        _known(name, hubs, path, "hub"): frozenset(
            whole_at(bucket, f"{path}[{index}]", high=buckets - 1) for index, bucket in enumerate(list_at(value, path))
        )
        for name, value, path in root.entries("closed")
    }
