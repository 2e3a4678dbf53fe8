"""
Compile every translation catalogue that is newer than its compiled file: ``python -m deploy.compile_messages``.

Django's own command needs GNU gettext, which a bare machine does not have; Babel writes the same format.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError

from deploy.catalogues import catalogue_files, read_catalogue
from deploy.paths import PROJECT


def is_stale(source: Path, compiled: Path) -> bool:
    """Whether ``source`` was written after ``compiled``, or there is no ``compiled``."""
    return not compiled.exists() or compiled.stat().st_mtime_ns < source.stat().st_mtime_ns


def compile_catalogue(source: Path) -> None:
    """Write the ``.mo`` beside ``source``; a reader sees the old or the new file, never a part."""
    partial = source.with_suffix(f".mo.{os.getpid()}")
    with partial.open("wb") as file:
        write_mo(file, read_catalogue(source))
    partial.replace(source.with_suffix(".mo"))


def main() -> int:
    """Compile what is stale; 1 when a catalogue is malformed."""
    status = 0
    for source in catalogue_files():
        if not is_stale(source, source.with_suffix(".mo")):
            continue
        name = source.relative_to(PROJECT)
        try:
            compile_catalogue(source)
        except (PoFileError, ValueError) as error:
            sys.stderr.write(f"{name}: {error}\n")
            status = 1
        else:
            sys.stdout.write(f"compiled {name}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
