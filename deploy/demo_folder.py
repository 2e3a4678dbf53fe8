"""The folder of one demo: who works in it, and forgetting it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import time
from typing import TextIO

from deploy.console import Console
from deploy.demo_environment import Place, given_environment
from deploy.embedded.postgres import PostgresCluster
from deploy.supervisor import Supervisor

STOP_WITHIN_S = 20.0


class CannotStart(Exception):
    """The demo cannot start here; the message says why and what to do."""


def take_lock(place: Place) -> TextIO:
    """
    Make sure that only one supervisor works in the folder.

    Raises
    ------
    CannotStart
        If one does already.
    """
    place.folder.mkdir(parents=True, exist_ok=True)
    lock = (place.folder / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotStart(
            f"The demo of this port runs already (process {running_supervisor(place)}): {place.address}\n"
            f"A second one needs another port:  PORT={place.port + 1} make demo"
        ) from error
    return lock


def running_supervisor(place: Place) -> int | None:
    """The process number that the running supervisor wrote down."""
    try:
        number = json.loads((place.folder / "run.json").read_text(encoding="utf-8"))["supervisor"]
    except (FileNotFoundError, ValueError, KeyError):
        return None
    return int(number)


def reset(place: Place, console: Console) -> int:
    """End the demo of this port if it runs, and forget its data."""
    try:
        lock = take_lock(place)
    except CannotStart:
        number = running_supervisor(place)
        if number is None:
            raise
        console.say(f"Ending the demo that runs on port {place.port} (process {number})")
        os.kill(number, signal.SIGTERM)
        lock = _lock_within(place, seconds=STOP_WITHIN_S)
    # Whatever a killed run left still works in the folder.
    supervisor = Supervisor(place.folder, console)
    supervisor.begin()
    PostgresCluster(place.folder / "postgres", log=place.logs / "postgres.log").stop()
    supervisor.stop()
    shutil.rmtree(place.folder)
    lock.close()
    console.say(f"The demo data of port {place.port} is gone; `make demo` starts over.")
    if "DATABASE_URL" in given_environment():
        console.say("The database of DATABASE_URL was not touched.")
    return 0


def _lock_within(place: Place, *, seconds: float) -> TextIO:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return take_lock(place)
        except CannotStart:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.2)
