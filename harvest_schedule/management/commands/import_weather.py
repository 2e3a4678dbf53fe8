"""`manage.py import_weather FILE`: bring daily temperatures into the database, all of the file or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from harvest_schedule.services.weather import WeatherImported, weather_import
from harvest_schedule.services.weather_reading import MAX_BYTES, MAX_SOURCE_LENGTH, UnreadableWeather
from marketplace.foundation import clock

#: So many mistakes are printed; who mends these sees the others next time.
MISTAKES_SHOWN = 30


class Command(BaseCommand):
    """Import daily temperatures from a CSV in UTF-8 or GB18030."""

    help = "Import daily temperatures in °C from a CSV (docs/how_to/import_weather.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--region", default="", help="code of the county of all rows, if the file has no column for it"
        )
        parser.add_argument("--source", default="", help="where the figures come from; the file's name if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
            done = weather_import(
                content=content,
                at=clock.now(),
                region=options["region"],
                source=(options["source"] or path.stem)[:MAX_SOURCE_LENGTH],
            )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except UnreadableWeather as error:
            raise CommandError(f"{path}: {error}") from error
        self._refuse(path, done)
        for span in done.spans:
            missing = f", days without a figure between them: {span.num_missing}" if span.num_missing else ""
            self.stdout.write(f"{span.region}: {span.first} to {span.last}{missing}")
        same = done.num_rows - done.num_new - done.num_changed
        self.stdout.write(f"{done.num_rows} rows: {done.num_new} new, {done.num_changed} changed, {same} as they were")

    def _refuse(self, path: Path, done: WeatherImported) -> None:
        for mistake in done.mistakes[:MISTAKES_SHOWN]:
            self.stderr.write(f"{path}:{mistake.line}: {mistake.column}: {mistake.reason}")
        if done.mistakes:
            raise CommandError(f"{len(done.mistakes)} mistakes, so nothing was written. Mend them and import again.")
