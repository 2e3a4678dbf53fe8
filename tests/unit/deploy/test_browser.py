import os
from pathlib import Path

import pytest

from deploy import browser
from deploy.browser import BrowserMissing, ensure_browser, find_browser


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose PATH is one empty folder and which cannot install anything."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    monkeypatch.setattr(browser, "_install", lambda: None)
    return programs


def program(path: Path, text: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
    path.chmod(0o755)
    return path


def test_a_missing_browser_fails_with_the_commands_that_mend_it(bare_machine: Path) -> None:
    with pytest.raises(BrowserMissing) as missing:
        ensure_browser()

    assert "sudo apt-get install -y chromium fonts-noto-cjk" in str(missing.value)
    assert "playwright install --with-deps chromium" in str(missing.value)


def test_a_program_that_only_pretends_is_passed_over(bare_machine: Path) -> None:
    program(bare_machine / "chromium", "exit 1")
    real = program(bare_machine / "google-chrome", "exit 0")

    assert find_browser() == real


def test_playwrights_own_browser_is_found(bare_machine: Path) -> None:
    folder = Path(os.environ["PLAYWRIGHT_BROWSERS_PATH"])
    real = program(folder / "chromium-1200" / "chrome-linux64" / "chrome", "exit 0")

    assert find_browser() == real


def test_a_browser_that_was_named_comes_first(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare_machine / "chromium", "exit 0")
    named = program(bare_machine.parent / "mine", "exit 0")
    monkeypatch.setenv(browser.VARIABLE, str(named))

    assert find_browser() == named
