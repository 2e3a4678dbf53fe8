"""The project's translation catalogues: where they are, and reading them."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from deploy.paths import PROJECT

#: Folders that hold text that people read; everything else is libraries, data or tests.
ROOMS = ("catalog", "harvest_schedule", "logistics", "marketplace", "templates")


def catalogue_files(project: Path = PROJECT) -> list[Path]:
    """Every ``django.po`` of the project, ours only."""
    return sorted(path for room in ROOMS for path in (project / room).glob("**/locale/*/LC_MESSAGES/django.po"))


def language_of(path: Path) -> str:
    """The locale name of a catalogue, as ``zh_Hans``."""
    return path.parent.parent.name


def read_catalogue(path: Path) -> Catalog:
    """Read a catalogue; raises ``babel.messages.pofile.PoFileError`` where the file is malformed."""
    with path.open("rb") as file:
        return read_po(file, locale=language_of(path), domain="django", abort_invalid=True)
