"""The embedded servers come back after a hard kill, keep what was promised, and let nobody else in."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from deploy.embedded.postgres import PostgresCluster
from deploy.embedded.redis import RedisServer
from deploy.paths import PROJECT


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[PostgresCluster]:
    """
    A durable cluster that runs in a folder of the test's own.

    pytest makes its folders with mode 700: as root this is the private checkout that PostgreSQL's account must pass.
    """
    made = PostgresCluster(tmp_path / "postgres", log=tmp_path / "postgres.log")
    made.start()
    yield made
    made.stop()


def family(cluster: PostgresCluster) -> list[psutil.Process]:
    """The server and its own processes."""
    assert cluster.process is not None
    main = psutil.Process(cluster.process.pid)
    return [main, *main.children(recursive=True)]


def test_what_was_committed_before_a_hard_kill_is_there_after_it(cluster: PostgresCluster) -> None:
    with psycopg.connect(cluster.url("postgres")) as connection:
        connection.execute("CREATE TABLE kept (grams bigint)")
        connection.execute("INSERT INTO kept VALUES (500)")
    port = cluster.port

    for process in family(cluster):
        process.kill()
    assert cluster.process is not None
    cluster.process.wait()
    again = PostgresCluster(cluster.folder, log=cluster.log)
    again.start()

    try:
        assert again.port == port
        with psycopg.connect(again.url("postgres")) as connection:
            assert connection.execute("SELECT grams FROM kept").fetchall() == [(500,)]
    finally:
        again.stop()


def test_a_lock_file_with_someone_elses_number_keeps_nobody_out(cluster: PostgresCluster) -> None:
    cluster.stop()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (cluster.folder / "postmaster.pid").write_text(f"{stranger.pid}\n{cluster.folder}\n", encoding="ascii")
        cluster.start()

        assert cluster.answers()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_that_nobody_looks_after_is_ended_before_the_next_starts(cluster: PostgresCluster) -> None:
    left = family(cluster)

    again = PostgresCluster(cluster.folder, log=cluster.log)
    again.start()

    try:
        assert not [process for process in left if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
        assert again.answers()
    finally:
        again.stop()


def test_the_server_asks_everyone_for_its_password(cluster: PostgresCluster) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(cluster.url("postgres").replace(cluster.url("x").split(":")[2].split("@")[0], "guess"))

    assert cluster.folder.with_name("postgres.password").stat().st_mode & 0o077 == 0


def test_the_server_is_not_root(cluster: PostgresCluster) -> None:
    assert {process.uids().real for process in family(cluster)}.isdisjoint({0})


def test_upper_and_lower_case_are_right_beyond_ascii(cluster: PostgresCluster) -> None:
    with psycopg.connect(cluster.url("postgres")) as connection:
        assert connection.execute("SELECT lower('ÉTÉ Ж'), upper('été ж')").fetchone() == ("été ж", "ÉTÉ Ж")


def test_a_broken_off_initdb_is_made_good(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "half").write_text("of an initdb that was killed", encoding="ascii")
    cluster = PostgresCluster(folder, log=tmp_path / "postgres.log")

    cluster.start()

    try:
        assert cluster.answers()
        assert cluster.create_database("fenglu") is True
        assert cluster.create_database("fenglu") is False
    finally:
        cluster.stop()


@pytest.mark.parametrize("what", ["postgres", "redis"])
def test_a_server_does_not_outlive_who_started_it(tmp_path: Path, what: str) -> None:
    program = (
        "import sys, time; from pathlib import Path; folder = Path(sys.argv[1])\n"
        "from deploy.embedded.postgres import PostgresCluster; from deploy.embedded.redis import RedisServer\n"
        "kind = PostgresCluster if sys.argv[2] == 'postgres' else RedisServer\n"
        "server = kind(folder / 'data', log=folder / 'log'); server.start()\n"
        "print(server.process.pid, flush=True); time.sleep(60)\n"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path), what],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
    )
    assert starter.stdout is not None
    server = psutil.Process(int(starter.stdout.readline()))

    starter.kill()
    starter.wait()

    _, left = psutil.wait_procs([server], timeout=10)
    assert not left or left[0].status() == psutil.STATUS_ZOMBIE


def test_redis_comes_back_on_its_port_and_asks_for_its_password(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", log=tmp_path / "redis.log")
    server.start()
    assert server.process is not None
    port = server.port

    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    down = server.answers()
    server.start()

    try:
        assert not down
        assert server.port == port
        assert server.answers()
        assert server.version().count(".") == 2
        (tmp_path / "redis" / "password").write_text("guess", encoding="ascii")
        assert not server.answers()
    finally:
        server.stop()
