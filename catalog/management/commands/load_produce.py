"""`manage.py load_produce`: bring the fixture's divisions, produce and grades into the database."""

from typing import Any

from django.core.management.base import BaseCommand

from catalog.services.produce_load import produce_load
from marketplace.foundation import clock


class Command(BaseCommand):
    """Load the produce database; safe to run again."""

    help = "Load divisions, produce, harvest windows and grades from catalog/data. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = produce_load(at=clock.now())
        self.stdout.write(
            f"{loaded.num_regions} divisions, {loaded.num_produce} kinds of produce, {loaded.num_grades} grades"
        )
