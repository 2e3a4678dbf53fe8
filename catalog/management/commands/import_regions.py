"""`manage.py import_regions FILE`: bring a register of counties into the database, all of it or nothing."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.services.regions_import import MAX_BYTES, UnreadableRegister, regions_import


class Command(BaseCommand):
    """Import counties from a CSV in UTF-8, GBK or GB18030."""

    help = "Import a register of counties (CSV with code and name; UTF-8, GBK or GB18030)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--edition", default="", help="where the codes come from, for example 'MCA 2025'")
        parser.add_argument("--skip-bad-rows", action="store_true", help="take the good rows and report the others")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
            done = regions_import(
                content=content,
                edition=(options["edition"] or path.stem)[:20],
                skip_bad_rows=options["skip_bad_rows"],
            )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except UnreadableRegister as error:
            raise CommandError(f"{path}: {error}") from error
        for row in done.bad_rows:
            self.stderr.write(f"{path}:{row.line}: {row.reason}")
        if not done.was_written:
            raise CommandError(
                f"{len(done.bad_rows)} of {done.num_rows} rows are bad, so nothing was written. "
                "Correct them, or take the others with --skip-bad-rows."
            )
        self.stdout.write(
            f"{done.num_rows} rows in {done.encoding}: {done.num_created} new, {done.num_changed} changed, "
            f"{len(done.bad_rows)} left out"
        )
