"""
A Chromium for the browser tests: found, or installed where that can be done without asking.

A missing browser is an error with the command that mends it; nothing is ever skipped for want of one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
#: Chinese text in pictures needs a font; the bare machine has none.
PACKAGES = ("chromium", "fonts-noto-cjk")
PLAYWRIGHT_PATTERNS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
    "chromium_headless_shell-*/chrome-*/headless_shell",
)
#: Set by whoever knows better where the browser is.
VARIABLE = "FENGLU_BROWSER"


class BrowserMissing(Exception):
    """There is no browser and none could be installed; the message names the command that mends it."""


def find_browser() -> Path | None:
    """The first browser that really runs (Ubuntu's ``chromium-browser`` may be a shell that only asks for snap)."""
    return next((path for path in _candidates() if _runs(path)), None)


def ensure_browser() -> Path:
    """
    Find a browser, installing one without questions if need be.

    Raises
    ------
    BrowserMissing
        If there is none in the end.
    """
    found = find_browser()
    if found is None:
        _install()
        found = find_browser()
    if found is None:
        raise BrowserMissing(
            "The browser tests need Chromium, and it could be installed neither with apt-get nor by Playwright.\n"
            f"Mend it with:  sudo apt-get install -y {' '.join(PACKAGES)}\n"
            "or with:       .venv/bin/python -m playwright install --with-deps chromium\n"
            f"or point {VARIABLE} at one that you have."
        )
    return found


def _candidates() -> Iterator[Path]:
    if VARIABLE in os.environ:
        yield Path(os.environ[VARIABLE])
    for name in NAMES:
        path = shutil.which(name)
        if path is not None:
            yield Path(path)
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    for pattern in PLAYWRIGHT_PATTERNS:
        yield from sorted(folder.glob(pattern), reverse=True)


def _runs(path: Path) -> bool:
    try:
        return _quietly([str(path), "--version"], seconds=30)
    except OSError:
        return False


def _install() -> None:
    root = _root_prefix()
    if root is not None and shutil.which("apt-get"):
        sys.stdout.write(f"   installing {' and '.join(PACKAGES)} with apt-get\n")
        sys.stdout.flush()
        apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y"]
        _quietly([*apt, "update"], seconds=300)
        if _quietly([*apt, "install", "--no-install-recommends", *PACKAGES], seconds=900) and find_browser():
            return
    sys.stdout.write("   installing Playwright's own Chromium\n")
    sys.stdout.flush()
    _quietly([sys.executable, "-m", "playwright", "install", "chromium"], seconds=900)


def _root_prefix() -> list[str] | None:
    """What to write before a command that needs root; None when we cannot become it without a question."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _quietly(["sudo", "-n", "true"], seconds=10):
        return ["sudo", "-n"]
    return None


def _quietly(argv: list[str], *, seconds: float) -> bool:
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
