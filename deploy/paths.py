"""Where the project and its own data folder are."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

#: Everything that running the project writes (clusters, logs, secrets, media) lies here; git ignores it.
DATA = PROJECT / ".data"


def write_private(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` so that only the owner ever can read it, even while it is being written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
