import json
import stat
from pathlib import Path

import pytest

from deploy import demo_environment
from deploy.demo_environment import (
    BadPort,
    demo_secrets,
    place_from,
    read_dotenv,
    sandbox_environment,
    site_environment,
)


@pytest.fixture
def secrets_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Secrets of a folder of the test's own."""
    path = tmp_path / "data" / "secrets.json"
    made = demo_secrets(path)
    monkeypatch.setattr(demo_environment, "demo_secrets", lambda: made)
    return path


@pytest.mark.parametrize(("text", "port"), [("", 8000), ("  ", 8000), ("8001", 8001), ("1", 1), ("65535", 65535)])
def test_the_port_is_read_from_the_environment(text: str, port: int) -> None:
    assert place_from({"PORT": text}).port == port


@pytest.mark.parametrize("text", ["0", "65536", "-1", "80a", "8000.0", "八千", "８０００", "1e3", "8 000"])
def test_a_bad_port_is_refused_with_what_it_may_be(text: str) -> None:
    with pytest.raises(BadPort, match="PORT must be a whole number from 1 to 65535") as refused:
        place_from({"PORT": text})

    assert repr(text) in str(refused.value)


def test_two_ports_have_two_folders() -> None:
    first, second = place_from({}), place_from({"PORT": "8001"})

    assert first.folder.name == "demo-8000"
    assert second.folder.name == "demo-8001"
    assert second.address == "http://127.0.0.1:8001"


def test_dotenv_lines_are_read_and_comments_are_not(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# PORT=1\nPORT=8005\nexport SITE_URL='https://fenglu.example/?a=b'\n\nnonsense\n", encoding="utf-8"
    )

    assert read_dotenv(file) == {"PORT": "8005", "SITE_URL": "https://fenglu.example/?a=b"}
    assert read_dotenv(tmp_path / "missing") == {}


def test_the_environment_overrules_dotenv_and_empty_means_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_environment, "read_dotenv", lambda: {"PORT": "8005", "SITE_URL": "http://from.file"})
    monkeypatch.setenv("PORT", "8006")
    monkeypatch.setenv("DATABASE_URL", "")

    given = demo_environment.given_environment()

    assert given["PORT"] == "8006"
    assert given["SITE_URL"] == "http://from.file"
    assert "DATABASE_URL" not in given


def test_secrets_are_made_once_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secrets.json"

    first = demo_secrets(path)
    second = demo_secrets(path)

    assert first == second
    assert len(set(first.values())) == 4
    assert min(len(value) for value in first.values()) >= 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_that_a_newer_version_needs_is_added_to_the_others(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(json.dumps({"SECRET_KEY": "kept"}), encoding="utf-8")

    made = demo_secrets(path)

    assert made["SECRET_KEY"] == "kept"
    assert made["HOUSEHOLD_KEY"]


def test_what_the_person_set_wins_over_what_the_demo_would_choose(secrets_file: Path) -> None:
    place = place_from({"PORT": "8010"})

    chosen = site_environment(place, given={}, services={"DATABASE_URL": "postgresql://embedded/x"})
    given = site_environment(
        place, given={"SITE_URL": "https://shop.example", "SECRET_KEY": "mine"}, services={"REDIS_URL": "redis://r"}
    )

    assert chosen["SITE_URL"] == "http://127.0.0.1:8010"
    assert chosen["DATABASE_URL"] == "postgresql://embedded/x"
    assert given["SITE_URL"] == "https://shop.example"
    assert given["SECRET_KEY"] == "mine"
    assert given["PORT"] == "8010"


def test_the_sandbox_is_told_nothing_of_the_site(secrets_file: Path) -> None:
    given = {"PATH": "/bin", "SECRET_KEY": "of the site", "DATABASE_URL": "of the site", "SANDBOX_MERCHANT": "Someone"}

    told = sandbox_environment(place_from({}), database_url="postgresql://sandbox", port=9000, given=given)

    assert "of the site" not in told.values()
    assert told["SANDBOX_MERCHANT"] == "Someone"
    assert told["SANDBOX_WEBHOOK_URL"] == "http://127.0.0.1:8000/webhooks/stripe/"
    assert told["SANDBOX_BASE_URL"] == "http://127.0.0.1:9000"
