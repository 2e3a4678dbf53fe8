"""
Collect and compress the static files, when one of them changed since the last time.

Two demos may start at once; the second waits for the first and finds nothing to do.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from deploy.paths import DATA, PROJECT

STAMP = DATA / "static.stamp"
COLLECTED = PROJECT / "static_collected"
NOT_OURS = {".venv", ".data", ".git", "static_collected"}


def fingerprint(project: Path = PROJECT) -> str:
    """A hash of the packages' versions and of every static file's place, size and time."""
    digest = hashlib.sha256((project / "uv.lock").read_bytes())
    for folder in sorted(project.glob("**/static")):
        if not NOT_OURS.isdisjoint(folder.relative_to(project).parts):
            continue
        for path in sorted(folder.rglob("*")):
            status = path.stat()
            digest.update(f"{path.relative_to(project)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def main() -> int:
    """Collect if need be."""
    DATA.mkdir(exist_ok=True)
    with (DATA / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = fingerprint()
        if COLLECTED.exists() and STAMP.exists() and STAMP.read_text(encoding="ascii") == wanted:
            return 0
        STAMP.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"], cwd=PROJECT, check=False
        )
        if done.returncode == 0:
            STAMP.write_text(wanted, encoding="ascii")
        return done.returncode


if __name__ == "__main__":
    sys.exit(main())
