"""``python -m harvest_schedule.planner INSTANCE.json``: solve one instance without database or service."""

import sys

from harvest_schedule.planner.cli import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
