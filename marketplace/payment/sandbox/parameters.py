"""
Form-encoded parameters: ``line_items[0][price_data][currency]=cny`` read as nested data and then checked name by name.
"""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from marketplace.payment.sandbox.errors import ApiError

BODY_BYTES_MAX = 256 * 1024
DEPTH_MAX = 6
FIELDS_MAX = 1000
NAME = re.compile(r"^([A-Za-z0-9_]+)((?:\[[A-Za-z0-9_\-]*\])*)$")
DECIMAL = re.compile(r"^[0-9]{1,10}(\.[0-9]{1,18})?\Z")
WHOLE = re.compile(r"^-?[0-9]{1,18}\Z")


def parse(encoded: bytes) -> dict[str, Any]:
    """
    Read an encoded form into nested dicts; a list is a dict whose names are numbers.

    Raises
    ------
    ApiError
        If it is too long or too deep, not UTF-8, or two names contradict each other.
    """
    if len(encoded) > BODY_BYTES_MAX:
        raise ApiError("The request is too long.", status=413)
    try:
        pairs = parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except (UnicodeDecodeError, ValueError) as error:
        raise ApiError("The request is not a form in UTF-8.") from error
    parsed: dict[str, Any] = {}
    for name, value in pairs:
        if "\x00" in name or "\x00" in value:
            raise ApiError("A parameter holds a NUL character.")
        _put(parsed, name, value)
    return parsed


def _put(parsed: dict[str, Any], name: str, value: str) -> None:
    match = NAME.match(name)
    if match is None:
        raise ApiError("A parameter's name cannot be read.", code="parameter_unknown", param=name[:100])
    keys = [match[1], *re.findall(r"\[([^\]]*)\]", match[2])]
    if len(keys) > DEPTH_MAX:
        raise ApiError("The parameters are nested too deep.", param=match[1])
    place = parsed
    for key in keys[:-1]:
        place = place.setdefault(key or str(len(place)), {})
        if not isinstance(place, dict):
            raise ApiError("A parameter is both a value and a group.", param=match[1])
    last = keys[-1] or str(len(place))
    if last in place:
        raise ApiError("A parameter is given twice.", param=name[:100])
    place[last] = value


def flattened(parsed: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """The same parameters as sorted pairs, to tell whether two calls are the same."""
    pairs: list[tuple[str, str]] = []
    for name in sorted(parsed):
        path = f"{prefix}[{name}]" if prefix else name
        value = parsed[name]
        pairs.extend(flattened(value, path) if isinstance(value, dict) else [(path, value)])
    return pairs


class Params:
    """Parameters being read: every name that is asked for is ticked off, and ``finish`` refuses the rest."""

    def __init__(self, parsed: dict[str, Any], path: str = "") -> None:
        self._parsed = parsed
        self._path = path
        self._read: set[str] = set()

    def _name(self, name: str) -> str:
        return f"{self._path}[{name}]" if self._path else name

    def has(self, name: str) -> bool:
        return name in self._parsed

    def text(
        self, name: str, *, default: str | None = None, longest: int = 5000, choices: tuple[str, ...] = ()
    ) -> str | None:
        self._read.add(name)
        value = self._parsed.get(name)
        if value is None or value == "":
            return default
        if not isinstance(value, str):
            raise ApiError("This must be a text.", param=self._name(name))
        if len(value) > longest:
            raise ApiError(f"This is longer than {longest} characters.", param=self._name(name))
        if choices and value not in choices:
            raise ApiError(f"This must be one of {', '.join(choices)}.", param=self._name(name))
        return value

    def needed_text(self, name: str, *, longest: int = 5000, choices: tuple[str, ...] = ()) -> str:
        value = self.text(name, longest=longest, choices=choices)
        if value is None:
            raise ApiError("A needed parameter is missing.", code="parameter_missing", param=self._name(name))
        return value

    def whole(self, name: str, *, least: int, most: int) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not WHOLE.match(value) or not least <= int(value) <= most:
            raise ApiError(
                f"This must be a whole number from {least} to {most}.",
                code="parameter_invalid_integer",
                param=self._name(name),
            )
        return int(value)

    def needed_whole(self, name: str, *, least: int, most: int) -> int:
        value = self.whole(name, least=least, most=most)
        if value is None:
            raise ApiError("A needed parameter is missing.", code="parameter_missing", param=self._name(name))
        return value

    def number(self, name: str, *, least: float, most: float) -> float | None:
        value = self.text(name, longest=30)
        if value is None:
            return None
        if not DECIMAL.match(value) or not least <= float(value) <= most:
            raise ApiError(f"This must be a number from {least} to {most}.", param=self._name(name))
        return float(value)

    def url(self, name: str) -> str | None:
        value = self.text(name)
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or any(mark in value for mark in ' \r\n\t<>"'):
            raise ApiError("This must be a whole web address.", code="url_invalid", param=self._name(name))
        return value

    def group(self, name: str) -> "Params | None":
        self._read.add(name)
        value = self._parsed.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, dict):
            raise ApiError("This must be a group of parameters.", param=self._name(name))
        return Params(value, self._name(name))

    def groups(self, name: str) -> list["Params"]:
        found = self.group(name)
        if found is None:
            return []
        return [Params(value, found._name(key)) for key, value in found._numbered() if isinstance(value, dict)]

    def texts(self, name: str, *, most: int = 100) -> list[str]:
        found = self.group(name)
        if found is None:
            return []
        values = [value for _, value in found._numbered()]
        if len(values) > most or not all(isinstance(value, str) and value for value in values):
            raise ApiError("This must be a list of texts.", param=self._name(name))
        return values

    def _numbered(self) -> list[tuple[str, Any]]:
        if not all(key.isascii() and key.isdigit() and len(key) < 5 for key in self._parsed):
            raise ApiError("This must be a list.", param=self._path)
        return sorted(self._parsed.items(), key=lambda item: int(item[0]))

    def metadata(self, name: str = "metadata") -> dict[str, str]:
        found = self.group(name)
        if found is None:
            return {}
        if len(found._parsed) > 50:
            raise ApiError("Metadata holds at most 50 names.", param=self._name(name))
        for key, value in found._parsed.items():
            if len(key) > 40 or not isinstance(value, str) or len(value) > 500:
                raise ApiError("Metadata is too long or not text.", param=found._name(key)[:100])
        return {key: value for key, value in found._parsed.items() if value}

    def skip(self, *names: str) -> None:
        """Accept parameters that are known and change nothing here."""
        self._read.update(names)

    def finish(self) -> None:
        unknown = sorted(set(self._parsed) - self._read)
        if unknown:
            raise ApiError(
                f"The parameter {self._name(unknown[0])[:100]} is not known.",
                code="parameter_unknown",
                param=self._name(unknown[0])[:100],
            )
