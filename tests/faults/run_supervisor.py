"""
A supervisor over dummy families, as a process of its own that the tests can kill: it never loads the site.

Called with a folder and the kinds of the families.
"""

import sys
from pathlib import Path

from deploy.charges import Program
from deploy.console import Console
from deploy.supervisor import StopRequested, Supervisor


def main() -> None:
    """Run until told to end."""
    folder = Path(sys.argv[1])
    supervisor = Supervisor(folder, Console())
    supervisor.begin()
    try:
        for number, kind in enumerate(sys.argv[2:]):
            name = f"dummy{number}"
            argv = [sys.executable, str(Path(__file__).with_name("dummy_family.py")), str(folder / name), kind]
            supervisor.add(Program(name, argv, env=None, cwd=folder, log=folder / f"{name}.log"))
        supervisor.look_after()
    except StopRequested:
        pass
    supervisor.stop()


main()
