"""
One stylesheet from many files, without a build step: a static files finder that joins them when asked.

Authors edit ``static/fenglu/css/**.css``; the page asks for ``fenglu/css/fenglu.css`` and gets tokens, base, layout,
components by name and utilities in one request, in development as after collectstatic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

BUNDLE = "fenglu/css/fenglu.css"
_CSS = Path(__file__).parent / "static" / "fenglu" / "css"


def bundle_parts() -> list[Path]:
    """Return the files of the bundle in the order of their cascade layers."""
    return [
        _CSS / "tokens.css",
        _CSS / "base.css",
        _CSS / "layout.css",
        *sorted((_CSS / "components").glob("*.css")),
        _CSS / "utilities.css",
    ]


def bundle_text() -> str:
    """Return the joined stylesheet; comments and indents go, since a phone pays for them."""
    joined = "\n".join(path.read_text(encoding="utf-8") for path in bundle_parts())
    without_comments = re.sub(r"/\*.*?\*/", "", joined, flags=re.DOTALL)
    return "\n".join(line for raw in without_comments.splitlines() if (line := raw.strip())) + "\n"


@lru_cache(maxsize=1)
def _folder() -> TemporaryDirectory[str]:
    # Of this process and gone with it: finders must answer with a path, and the source tree stays clean.
    return TemporaryDirectory(prefix="fenglu-css-")


def _written_bundle() -> Path:
    """Write the bundle, only when it changed, so that its modification time is true."""
    path = Path(_folder().name) / BUNDLE
    text = bundle_text()
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path


class BundleFinder(BaseFinder):
    """Finds the one bundled stylesheet."""

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(  # type: ignore[override]  # the stubs overload by find_all; Django itself takes [] for "not here"
        self, path: str, find_all: bool = False, **kwargs: Any
    ) -> str | list[str]:
        if path != BUNDLE:
            return []
        found = str(_written_bundle())
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        written = _written_bundle()
        yield BUNDLE, FileSystemStorage(location=str(written.parents[2]))
