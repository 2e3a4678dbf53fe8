import os
from pathlib import Path

import pytest

from deploy.child import unprivileged_account
from deploy.supervisor import describe_end, rotate

needs_root = pytest.mark.usefixtures("as_root")


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """The decision depends on who we are, not on what we may."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def test_a_normal_user_runs_servers_as_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert unprivileged_account(folder=tmp_path) is None


@needs_root
def test_root_runs_servers_as_someone_else(tmp_path: Path) -> None:
    account = unprivileged_account(folder=tmp_path / "not" / "yet" / "there")

    assert account is not None
    assert account.uid != 0


@needs_root
def test_a_folder_on_the_way_that_is_shut_is_noticed(tmp_path: Path) -> None:
    shut, inside = tmp_path / "shut", tmp_path / "shut" / "data"
    inside.mkdir(parents=True)
    shut.chmod(0o700)
    account = unprivileged_account(folder=inside)
    assert account is not None
    closed = account.passes_closed_folders

    for folder in [shut, *shut.parents]:
        if folder.owner() == shut.owner() and folder.stat().st_mode & 0o777 == 0o700:
            folder.chmod(0o755)
    opened = unprivileged_account(folder=inside)

    # To its owner a folder of mode 700 is not shut; root hands over to another.
    assert closed is (shut.stat().st_uid == 0)
    assert opened is not None
    assert opened.passes_closed_folders is False


@pytest.mark.parametrize(("returncode", "words"), [(1, "ended with status 1"), (-9, "was ended by SIGKILL")])
def test_how_a_process_ended_is_said_in_words(returncode: int, words: str) -> None:
    assert describe_end(returncode) == words


def test_a_log_that_has_grown_is_set_aside(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("x" * 11, encoding="ascii")

    rotate(log, limit=20)
    small = log.exists()
    rotate(log, limit=10)

    assert small
    assert not log.exists()
    assert (tmp_path / "web.log.1").read_text(encoding="ascii") == "x" * 11
