"""
A small program with a family, for the supervisor's tests: it starts a child, then both wait for ever.

Called with the name of a file, to which it writes its own and its child's number, and a kind: ``plain`` ends when
asked, ``stubborn`` ignores every polite signal, the child of a ``daemon`` leaves for a session of its own.
"""

import os
import signal
import sys
import time
from pathlib import Path


def main() -> None:
    """Start the child and wait for ever."""
    kind = sys.argv[2]
    if kind == "stubborn":
        for polite in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(polite, signal.SIG_IGN)
    child = os.fork()
    if child == 0:
        if kind == "daemon":
            os.setsid()
        while True:
            time.sleep(60)
    with Path(sys.argv[1]).open("a", encoding="ascii") as file:
        file.write(f"{os.getpid()} {child}\n")
    while True:
        time.sleep(60)


main()
