"""
Start child processes that never outlive us, under another account where they must not run as root.

Every child leads a session of its own: Ctrl-C in the terminal reaches only the supervisor, which then ends
the children in order, and a whole family (a web master and its workers) can be signalled by its group id.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE = 1
LINUX_CAPABILITY_VERSION_3 = 0x20080522

#: The variable by which a supervisor's processes are known, wherever they went.
RUN_MARK = "FENGLU_RUN"


@dataclass(frozen=True)
class Account:
    """Whom a child runs as; ``passes_closed_folders`` when a folder on the way to its files is shut to it."""

    uid: int
    gid: int
    passes_closed_folders: bool = False


def unprivileged_account(*, folder: Path, reads: Sequence[Path] = ()) -> Account | None:
    """
    The account for a server that refuses to run as root; None when we are not root.

    It is whoever owns ``folder`` (or the nearest existing folder above it), so that ``sudo make demo`` leaves
    files that the caller owns; when root owns that too, it is ``nobody``, which every system has.
    """
    if os.geteuid() != 0:
        return None
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    owner = nearest.stat()
    if owner.st_uid != 0:
        uid, gid = owner.st_uid, owner.st_gid
    else:
        nobody = pwd.getpwnam("nobody")
        uid, gid = nobody.pw_uid, nobody.pw_gid
    shut = any(_is_shut(path, uid) for target in (folder, *reads) for path in target.resolve().parents)
    return Account(uid=uid, gid=gid, passes_closed_folders=shut)


def _is_shut(folder: Path, uid: int) -> bool:
    if not folder.exists():
        return False
    status = folder.stat()
    return not status.st_mode & (0o100 if status.st_uid == uid else 0o001)


def spawn(
    argv: Sequence[str],
    *,
    log: Path | None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    on_our_death: signal.Signals | None = signal.SIGTERM,
    stdin: bytes | None = None,
    keep_stdin_open: bool = False,
) -> subprocess.Popen[bytes]:
    """
    Start ``argv`` in a session of its own, appending its output to ``log`` (None: it goes where ours goes).

    ``on_our_death`` is what Linux sends the child when we die without a word; None lets it outlive us. ``stdin`` is
    what it reads; then the pipe is closed, unless we keep it open to write more.
    """
    output = log.open("ab") if log is not None else None
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=None if env is None else dict(env) | _run_mark(),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_before_exec(account=account, on_our_death=on_our_death, parent=os.getpid()),
        )
    finally:
        if output is not None:
            output.close()
    if stdin is not None:
        assert process.stdin is not None
        process.stdin.write(stdin)
        if not keep_stdin_open:
            process.stdin.close()
    return process


def _run_mark() -> dict[str, str]:
    return {RUN_MARK: os.environ[RUN_MARK]} if RUN_MARK in os.environ else {}


def run_as(argv: Sequence[str], *, account: Account | None, cwd: Path) -> subprocess.CompletedProcess[str]:
    """
    Run ``argv`` to its end as ``account`` and return what it printed; raises CalledProcessError when it
    fails.
    """
    return subprocess.run(
        list(argv),
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=cwd,
        preexec_fn=_before_exec(account=account, on_our_death=signal.SIGTERM, parent=os.getpid()),
    )


def die_with_parent(on_death: signal.Signals = signal.SIGTERM) -> None:
    """Ask Linux to send us ``on_death`` when our parent dies; does nothing on other systems."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(on_death), 0, 0, 0)


def _before_exec(
    *, account: Account | None, on_our_death: signal.Signals | None, parent: int
) -> Callable[[], None] | None:
    # The library is looked up before the fork: between fork and exec as little as possible may happen.
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def prepare() -> None:
        if account is not None:
            _become(account, libc)
        if libc is not None and on_our_death is not None:
            # After the change of account, because the kernel forgets the wish when credentials change.
            libc.prctl(PR_SET_PDEATHSIG, int(on_our_death), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def _become(account: Account, libc: ctypes.CDLL | None) -> None:
    """
    Change to ``account`` for good.

    A private checkout (mode 700, as mktemp makes) would be shut to it. Opening the folder for everyone is not
    ours to do, so the child keeps the one capability that lets it walk through.
    """
    keep = account.passes_closed_folders and libc is not None
    if keep:
        assert libc is not None
        # Changing the account would drop every capability, and access(2), which initdb asks, would ignore the one.
        libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    if keep:
        assert libc is not None
        bit = 1 << CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
        sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
        libc.capset(header, sets)
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def wait_until_gone(process: subprocess.Popen[bytes], *, seconds: float) -> bool:
    """Wait for ``process`` to end; True when it did within ``seconds``."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def signal_group(group: int, what: signal.Signals) -> bool:
    """Send ``what`` to every process of ``group``; False when none is left."""
    try:
        os.killpg(group, what)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end_group(group: int, *, patience: float) -> None:
    """End every process of ``group``: ask, wait up to ``patience`` seconds, then kill."""
    if not signal_group(group, signal.SIGTERM):
        return
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if not group_lives(group):
            return
        time.sleep(0.05)
    signal_group(group, signal.SIGKILL)


def group_lives(group: int) -> bool:
    """Whether any process of ``group`` is left (a dead one that nobody waited for counts as left)."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
