"""
Reads and types every environment variable once.

`<NAME>_FILE` may name a file that holds the value (for secrets). Booleans are `True` or `False` and nothing
else. All missing or malformed names are reported together, so that an operator mends them in one go.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


class Environment:
    """A typed view of the environment that remembers what was wrong with it."""

    def __init__(self, source: dict[str, str] | None = None) -> None:
        self._source = dict(os.environ if source is None else source)
        self.problems: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """Return the variable, or the content of the file that ``<name>_FILE`` names."""
        path = self._source.get(f"{name}_FILE")
        if path:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                self.problems.append(f"{name}_FILE: {error}")
                return ""
        value = self._source.get(name, "")
        if value:
            return value
        if default is None:
            self.problems.append(f"{name} is not set")
            return ""
        return default

    def flag(self, name: str, default: bool) -> bool:
        """Return a boolean; only ``True`` and ``False`` are understood."""
        value = self.text(name, str(default))
        if value not in {"True", "False"}:
            self.problems.append(f"{name} must be True or False, not {value!r}")
            return default
        return value == "True"

    def number(self, name: str, default: int) -> int:
        """Return an integer."""
        value = self.text(name, str(default))
        try:
            return int(value)
        except ValueError:
            self.problems.append(f"{name} must be a whole number, not {value!r}")
            return default

    def words(self, name: str, default: str = "") -> list[str]:
        """Return a comma separated list without blanks."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def database(self, name: str, default: str | None = None) -> dict[str, Any]:
        """Return Django's database entry for a ``postgresql://`` address (a socket folder may be given as ?host=)."""
        url = self.text(name, default)
        if not url:
            return {}
        parts = urlsplit(url)
        if parts.scheme not in {"postgres", "postgresql"}:
            self.problems.append(f"{name} must be a postgresql:// address: Fenglu runs on PostgreSQL only")
            return {}
        query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(query.get("host", parts.hostname or "")),
            "PORT": str(parts.port or query.get("port", "")),
        }

    def check(self) -> None:
        """Raise once, naming everything that is wrong."""
        if self.problems:
            raise ImproperlyConfigured("The environment needs mending: " + "; ".join(self.problems))


env = Environment()
