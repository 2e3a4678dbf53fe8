"""The environment that the demo's processes get, and the secrets that are made once for this folder."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.paths import DATA, PROJECT, write_private

SETTINGS_MODULE = "marketplace.settings.local"
#: In a demo's folder: where its servers are, for commands that are run beside it.
SERVICES_FILE = "services.json"
DEFAULT_PORT = 8000


class BadPort(Exception):
    """``PORT`` is not a port; the message says what it may be."""


@dataclass(frozen=True)
class Place:
    """Where one demo lives: its port and the folder that belongs to it."""

    port: int

    @property
    def folder(self) -> Path:
        """Two demos on two ports share nothing that is written."""
        return DATA / f"demo-{self.port}"

    @property
    def logs(self) -> Path:
        """One log for each process."""
        return self.folder / "logs"

    @property
    def address(self) -> str:
        """What to open in the browser."""
        return f"http://127.0.0.1:{self.port}"


def place_from(environment: Mapping[str, str]) -> Place:
    """
    Read ``PORT``.

    Raises
    ------
    BadPort
        If it is not a whole number from 1 to 65535.
    """
    text = environment.get("PORT", "").strip() or str(DEFAULT_PORT)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535):
        raise BadPort(f"PORT must be a whole number from 1 to 65535, not {text!r}.")
    return Place(port=int(text))


def read_dotenv(path: Path = PROJECT / ".env") -> dict[str, str]:
    """The lines ``NAME=value`` of ``.env``, if there is one; ``#`` starts a comment line."""
    if not path.exists():
        return {}
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            found[name.removeprefix("export ").strip()] = value.strip().strip("\"'")
    return found


def given_environment() -> dict[str, str]:
    """What the person who starts us set: ``.env``, overruled by the real environment; empty means not set."""
    merged = read_dotenv() | dict(os.environ)
    return {name: value for name, value in merged.items() if value != ""}


def demo_secrets(path: Path = DATA / "secrets.json") -> dict[str, str]:
    """
    The secrets of this folder, made at the first start and kept.

    They stay when the demo starts over: households are encrypted with one of them, and a browser that is signed in
    should meet a clear sign-in page rather than an error.
    """
    makers = {
        "SECRET_KEY": lambda: secrets.token_urlsafe(50),
        "HOUSEHOLD_KEY": lambda: secrets.token_urlsafe(32),
        "SANDBOX_SECRET_KEY": lambda: "sk_test_" + secrets.token_hex(24),
        "SANDBOX_WEBHOOK_SECRET": lambda: "whsec_" + secrets.token_hex(24),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as lock:
        # Two demos may start at once in a fresh folder.
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        made = {name: kept.get(name) or make() for name, make in makers.items()}
        if made != kept:
            write_private(path, json.dumps(made, indent=2) + "\n")
    return made


def site_environment(place: Place, *, given: Mapping[str, str], services: Mapping[str, str]) -> dict[str, str]:
    """The environment of every process of the site; what the person set wins over what we would choose."""
    kept_secrets = demo_secrets()
    chosen = {
        "DJANGO_SETTINGS_MODULE": SETTINGS_MODULE,
        "SECRET_KEY": kept_secrets["SECRET_KEY"],
        "HOUSEHOLD_KEY": kept_secrets["HOUSEHOLD_KEY"],
        "SITE_URL": place.address,
        "MEDIA_ROOT": str(place.folder / "media"),
        "EMAIL_FILE_PATH": str(place.folder / "outbox"),
        "PYTHONUNBUFFERED": "1",
        # Fewer pools of freed memory in processes with threads.
        "MALLOC_ARENA_MAX": "2",
    }
    return chosen | dict(services) | dict(given) | {"PORT": str(place.port)}


def sandbox_environment(place: Place, *, database_url: str, port: int, given: Mapping[str, str]) -> dict[str, str]:
    """The environment of the payment sandbox: it stands for another company, so it gets none of the site's."""
    kept_secrets = demo_secrets()
    passed_on = {name: given[name] for name in ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR") if name in given}
    return {
        **passed_on,
        **{name: value for name, value in given.items() if name.startswith("SANDBOX_")},
        "PYTHONPATH": str(PROJECT),
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": "2",
        "SANDBOX_DATABASE_URL": database_url,
        "SANDBOX_SECRET_KEY": kept_secrets["SANDBOX_SECRET_KEY"],
        "SANDBOX_WEBHOOK_SECRET": kept_secrets["SANDBOX_WEBHOOK_SECRET"],
        "SANDBOX_WEBHOOK_URL": f"{place.address}/webhooks/stripe/",
        "SANDBOX_BASE_URL": f"http://127.0.0.1:{port}",
    }
