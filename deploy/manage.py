"""
Run a manage.py command with the addresses and secrets of the demo that runs on PORT: `make manage C=check_books`.
"""

from __future__ import annotations

import json
import os
import sys

from deploy.demo_environment import SERVICES_FILE, BadPort, given_environment, place_from, site_environment
from deploy.paths import PROJECT


def main() -> int:
    """Become manage.py; 2 when there is no demo to speak to."""
    given = given_environment()
    try:
        place = place_from(given)
    except BadPort as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    arguments = sys.argv[1:]
    services_file = place.folder / SERVICES_FILE
    if not arguments:
        print('Say which command: make manage C="check_books"', file=sys.stderr)  # noqa: T201
        return 2
    if not services_file.exists() and "DATABASE_URL" not in given:
        print(f"No demo has run on port {place.port} yet. Start it with: make demo", file=sys.stderr)  # noqa: T201
        return 2
    services = json.loads(services_file.read_text(encoding="utf-8")) if services_file.exists() else {}
    environment = site_environment(place, given=given, services=services)
    os.chdir(PROJECT)
    os.execve(sys.executable, [sys.executable, "manage.py", *arguments], environment)  # noqa: S606


if __name__ == "__main__":
    sys.exit(main())
