"""
The whole site on one machine: ``make demo``, or ``python -m deploy.demo``.

Starts what the environment does not name already (PostgreSQL, Redis, the payment sandbox), prepares the database,
then runs two web processes, the worker and beat until Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Collection
from pathlib import Path

import psycopg

from deploy import demo_database
from deploy.charges import Postgres, Program, Redis
from deploy.child import die_with_parent
from deploy.console import Console
from deploy.demo_environment import (
    SERVICES_FILE,
    BadPort,
    Place,
    demo_secrets,
    given_environment,
    place_from,
    sandbox_environment,
    site_environment,
)
from deploy.demo_folder import CannotStart, reset, take_lock
from deploy.demo_port import answers, by_whom, is_our_leftover, what_readyz_says
from deploy.embedded.ports import free_port, is_free
from deploy.embedded.postgres import PostgresCluster, PostgresUnavailable
from deploy.embedded.redis import RedisServer, RedisUnavailable
from deploy.paths import PROJECT, write_private
from deploy.supervisor import StepFailed, StopRequested, Supervisor
from marketplace.payment.sandbox.control_client import SandboxControl

SITE_DATABASE = "fenglu"
SANDBOX_DATABASE = "sandbox"
READY_WITHIN_S = 120.0
#: A killed demo's watchdog may still be at work when the next one starts.
PORT_PATIENCE_S = 12.0


class Demo:
    """One run, from the first process to the last."""

    def __init__(self, place: Place, console: Console) -> None:
        self.place = place
        self.console = console
        self.supervisor = Supervisor(place.folder, console)
        self.given = given_environment()
        self.services: dict[str, str] = {}
        self._cluster: PostgresCluster | None = None

    def start(self) -> None:
        """Bring everything up; raises StepFailed or CannotStart when something does not come."""
        self.place.logs.mkdir(parents=True, exist_ok=True)
        self.supervisor.begin()
        self._wait_for_port()
        self._start_postgres()
        self._start_redis()
        self._start_sandbox()
        self._prepare()
        self._start_site()
        self._greet()

    def _wait_for_port(self) -> None:
        deadline = time.monotonic() + (PORT_PATIENCE_S if is_our_leftover(self.place.port) else 0)
        while not is_free(self.place.port):
            if time.monotonic() >= deadline:
                raise CannotStart(
                    f"Port {self.place.port} is taken{by_whom(self.place.port)}.\n"
                    f"Choose another:  PORT={self.place.port + 1} make demo"
                )
            time.sleep(0.2)

    def _start_postgres(self) -> None:
        if "DATABASE_URL" in self.given:
            self.console.say("  · PostgreSQL from DATABASE_URL")
            return
        with self.console.step("PostgreSQL"):
            cluster = PostgresCluster(self.place.folder / "postgres", log=self.place.logs / "postgres.log")
            self.supervisor.add(Postgres(cluster))
            cluster.create_database(SITE_DATABASE)
            self._cluster = cluster
            self.services["DATABASE_URL"] = cluster.url(SITE_DATABASE)
            self.console.rename(f"PostgreSQL {cluster.version()} on port {cluster.port}")

    def _start_redis(self) -> None:
        if "REDIS_URL" in self.given:
            self.console.say("  · Redis from REDIS_URL")
            return
        with self.console.step("Redis"):
            server = RedisServer(self.place.folder / "redis", log=self.place.logs / "redis.log")
            self.supervisor.add(Redis(server))
            self.services["REDIS_URL"] = server.url()
            self.console.rename(f"Redis {server.version()} on port {server.port}")

    def _start_sandbox(self) -> None:
        if "STRIPE_SECRET_KEY" in self.given:
            self.console.say("  · payments by STRIPE_SECRET_KEY")
            return
        with self.console.step("payment sandbox"):
            port_file = self.place.folder / "sandbox.port"
            last = int(port_file.read_text(encoding="ascii")) if port_file.exists() else None
            port = free_port(last)
            port_file.write_text(str(port), encoding="ascii")
            environment = sandbox_environment(
                self.place, database_url=self._sandbox_database(), port=port, given=self.given
            )
            self.supervisor.add(
                Program(
                    "sandbox",
                    [
                        *[sys.executable, "-m", "granian", "--interface", "asgi", "--workers", "1", "--no-ws"],
                        *["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"],
                        "marketplace.payment.sandbox.app:app",
                    ],
                    env=environment,
                    cwd=PROJECT,
                    log=self.place.logs / "sandbox.log",
                )
            )
            self.services |= {
                "STRIPE_SECRET_KEY": environment["SANDBOX_SECRET_KEY"],
                "STRIPE_WEBHOOK_SECRET": environment["SANDBOX_WEBHOOK_SECRET"],
                "STRIPE_API_BASE": environment["SANDBOX_BASE_URL"],
            }
            if not self.supervisor.wait_until(lambda: answers(port, "/healthz"), seconds=30):
                raise StepFailed(f"The payment sandbox does not answer; see {self.place.logs / 'sandbox.log'}")
            self.console.rename(f"payment sandbox on port {port}")

    def _forget_payments(self) -> None:
        """The same history pays with the same keys, and the sandbox would remember them."""
        if "SANDBOX_DATABASE_URL" not in self.given and "STRIPE_API_BASE" in self.services:
            control = SandboxControl(self.services["STRIPE_API_BASE"], self.services["STRIPE_SECRET_KEY"])
            control.reset()
            control.close()

    def _sandbox_database(self) -> str:
        if "SANDBOX_DATABASE_URL" in self.given:
            return self.given["SANDBOX_DATABASE_URL"]
        if self._cluster is not None:
            self._cluster.create_database(SANDBOX_DATABASE)
            return self._cluster.url(SANDBOX_DATABASE)
        try:
            return demo_database.sandbox_database_on(self.given["DATABASE_URL"])
        except psycopg.Error as error:
            raise CannotStart(
                f"The payment sandbox needs a database of its own, and none could be made ({str(error).strip()}).\n"
                "Set SANDBOX_DATABASE_URL, or STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET to use Stripe itself."
            ) from error

    def _prepare(self) -> None:
        accounts = self.place.folder / "accounts.txt"
        with self.console.step("translations"):
            self._run("messages", "-m", "deploy.compile_messages")
        with self.console.step("static files"):
            self._run("static", "-m", "deploy.collect_static")
        url = self._environment()["DATABASE_URL"]
        try:
            prepared = demo_database.is_prepared(url)
        except psycopg.OperationalError as error:
            raise CannotStart(f"The database of DATABASE_URL does not answer: {str(error).strip()}") from error
        if not prepared:
            accounts.unlink(missing_ok=True)
            if self._cluster is not None and demo_database.is_half_loaded(url):
                with self.console.step("clearing a load that was broken off"):
                    demo_database.make_anew(url)
                    self._forget_payments()
            with self.console.step("database migrations (about a minute the first time)"):
                self._run("migrate", "manage.py", "migrate", "--noinput")
            if has_command("load_demo"):
                with self.console.step("demo data (up to three minutes the first time)"):
                    self._run("load_demo", "manage.py", "load_demo")
            demo_database.mark_prepared(url)
        if not accounts.exists() and has_command("demo_accounts"):
            with self.console.step("demo accounts"):
                self._run("demo_accounts", "manage.py", "demo_accounts")
                accounts.write_bytes((self.place.logs / "demo_accounts.log").read_bytes())

    def _start_site(self) -> None:
        # For `make manage`: where this demo's servers are. Only the owner may read it, as it holds their passwords.
        write_private(self.place.folder / SERVICES_FILE, json.dumps(self.services, indent=2) + "\n")
        with self.console.step("web, worker and beat"):
            celery = [sys.executable, "-m", "celery"]
            self._add("web", [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn_conf.py", WSGI])
            self._add(
                "worker",
                [
                    *[
                        *celery,
                        "-A",
                        "marketplace",
                        "worker",
                        "--pool",
                        "prefork",
                        "--concurrency",
                        "1",
                        "--prefetch-multiplier",
                        "1",
                    ],
                    *["--without-gossip", "--without-mingle", "--loglevel", "WARNING", "--hostname", "worker@%h"],
                ],
            )
            # A schedule file that a kill broke would keep beat from starting; it holds nothing worth keeping.
            schedule = self.place.folder / "beat-schedule"
            for part in self.place.folder.glob("beat-schedule*"):
                part.unlink()
            self._add(
                "beat",
                [
                    *[*celery, "-A", "deploy.beat_app", "beat", "--schedule", str(schedule)],
                    *["--pidfile=", "--loglevel", "WARNING"],
                ],
                without={"DJANGO_SETTINGS_MODULE"},
            )
            if not self.supervisor.wait_until(lambda: answers(self.place.port, "/readyz"), seconds=READY_WITHIN_S):
                raise StepFailed(
                    f"{self.place.address}/readyz is not ready after {READY_WITHIN_S:.0f} s: "
                    f"{what_readyz_says(self.place.port)}\nThe logs are in {self.place.logs}"
                )
            self.console.rename("web (2 processes), worker and beat")

    def _greet(self) -> None:
        say = self.console.say
        say()
        say(f"Fenglu 丰路 is open at  {self.place.address}    (ready in {self.console.elapsed():.1f} s)")
        say()
        accounts = self.place.folder / "accounts.txt"
        if accounts.exists():
            say(accounts.read_text(encoding="utf-8").rstrip())
            say()
        say(f"Logs: {self.place.logs.relative_to(PROJECT)}   Memory: make memory   End: Ctrl-C")

    def _environment(self) -> dict[str, str]:
        return site_environment(self.place, given=self.given, services=self.services)

    def _run(self, name: str, *arguments: str) -> None:
        log = self.place.logs / f"{name}.log"
        log.unlink(missing_ok=True)
        self.supervisor.run(name, [sys.executable, *arguments], env=self._environment(), cwd=PROJECT, log=log)

    def _add(self, name: str, argv: list[str], *, without: Collection[str] = ()) -> None:
        log = self.place.logs / f"{name}.log"
        environment = {key: value for key, value in self._environment().items() if key not in without}
        self.supervisor.add(Program(name, argv, env=environment, cwd=PROJECT, log=log))


WSGI = "marketplace.wsgi:application"


def has_command(name: str) -> bool:
    """Whether the site has a management command of that name."""
    return any(".venv" not in path.parts for path in PROJECT.glob(f"[!.]*/**/management/commands/{name}.py"))


def run(place: Place, console: Console) -> int:
    """Run the demo until it is told to end; the exit status."""
    lock = take_lock(place)
    demo_secrets()
    console.say(f"Starting Fenglu on port {place.port}; its data is in {relative(place.folder)}")
    demo = Demo(place, console)
    status = 0
    try:
        demo.start()
        demo.supervisor.look_after()
    except StopRequested:
        console.say("Ending …")
    except (StepFailed, CannotStart, PostgresUnavailable, RedisUnavailable) as error:
        console.say()
        console.say(f"The demo could not start.\n{error}")
        status = 1
    before = time.monotonic()
    demo.supervisor.stop()
    if status == 0:
        console.say(f"Everything has ended ({time.monotonic() - before:.1f} s). The data stays; `make demo` goes on.")
    lock.close()
    return status


def relative(path: Path) -> str:
    """The path as seen from the project's folder."""
    return str(path.relative_to(PROJECT))


def main() -> int:
    """Parse the command line and do it."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description="Run the whole site on one machine.")
    parser.add_argument("--reset", action="store_true", help="forget the data of this PORT")
    options = parser.parse_args()
    console = Console()
    if "MAKELEVEL" in os.environ:
        # When make itself is killed, nobody can end us by Ctrl-C any more.
        die_with_parent(signal.SIGTERM)
    try:
        place = place_from(given_environment())
        return reset(place, console) if options.reset else run(place, console)
    except (BadPort, CannotStart) as error:
        console.say(str(error))
        return 1
    except StopRequested:
        return 1


if __name__ == "__main__":
    sys.exit(main())
