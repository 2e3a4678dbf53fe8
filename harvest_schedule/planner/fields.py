"""
Reading one field of an instance: type, finiteness and range, and the path of the field in every refusal.

A boolean is not a number, and a number is not an identifier.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MAX_BUCKETS = 5_000
"""Longest horizon taken: more than thirteen years of days."""
MAX_NUMBER = 1e15
"""Above this the solver's doubles no longer tell one unit from the next."""

MAX_WHOLE = 1_000_000_000
"""Largest count of buckets taken where no horizon bounds it (a life of dried goods)."""

_REQUIRED: Any = object()


class InstanceError(ValueError):
    """An instance is malformed. ``path`` names the field (``supply[3].qty``), ``reason`` says what is wrong with it."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class FieldRow:
    """One JSON object at a path, read key by key."""

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, Mapping):
            raise InstanceError(path or "$", f"must be an object, not {_kind(value)}")
        self.value: Mapping[str, Any] = value
        self.path = path

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        return self.value.get(key) is not None

    def raw(self, key: str, default: Any = _REQUIRED) -> Any:
        if key not in self.value:
            if default is _REQUIRED:
                raise InstanceError(self.at(key), "is missing")
            return default
        return self.value[key]

    def text(self, key: str, default: Any = _REQUIRED) -> str:
        return text_at(self.raw(key, default), self.at(key))

    def number(self, key: str, default: Any = _REQUIRED, *, high: float = MAX_NUMBER) -> float:
        return number_at(self.raw(key, default), self.at(key), high=high)

    def whole(self, key: str, default: Any = _REQUIRED, *, low: int = 0, high: int = MAX_WHOLE) -> int:
        return whole_at(self.raw(key, default), self.at(key), low=low, high=high)

    def rows(self, key: str, default: Any = _REQUIRED) -> Iterator[FieldRow]:
        for index, value in enumerate(list_at(self.raw(key, default), self.at(key))):
            yield FieldRow(value, f"{self.at(key)}[{index}]")

    def optional_rows(self, key: str) -> Iterator[FieldRow]:
        return self.rows(key) if self.has(key) else iter(())

    def entries(self, key: str) -> Iterator[tuple[str, Any, str]]:
        """The pairs of an optional object, each with its path."""
        if self.has(key):
            table = FieldRow(self.value[key], self.at(key))
            for name, value in table.value.items():
                yield text_at(name, table.path), value, table.at(name)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = {
        bool: "a boolean",
        str: "a text",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), type(value).__name__)


def text_at(value: object, path: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str):
        raise InstanceError(path, f"must be a text, not {_kind(value)}")
    if not value:
        raise InstanceError(path, "must not be empty")
    return value


def list_at(value: object, path: str) -> Sequence[Any]:
    """A list."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
        raise InstanceError(path, f"must be a list, not {_kind(value)}")
    return value


def number_at(value: object, path: str, *, high: float = MAX_NUMBER) -> float:
    """A finite number of zero or more."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InstanceError(path, f"must be a number, not {_kind(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise InstanceError(path, "must be a finite number")
    if value < 0:
        raise InstanceError(path, f"must not be negative, is {value:g}" if value > -MAX_NUMBER else "is negative")
    if value > high:
        raise InstanceError(path, f"must be at most {high:g}")
    return float(value)


def whole_at(value: object, path: str, *, low: int = 0, high: int = MAX_WHOLE) -> int:
    """A whole number within bounds; 3.0 counts as 3."""
    number = value if isinstance(value, int) and not isinstance(value, bool) else number_at(value, path)
    if number != int(number):
        raise InstanceError(path, f"must be a whole number, is {number:g}")
    if not low <= number <= high:
        raise InstanceError(path, f"must lie in {low} … {high}")
    return int(number)


def boolean_at(value: object, path: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise InstanceError(path, f"must be true or false, not {_kind(value)}")
    return value
