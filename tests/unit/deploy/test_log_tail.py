from pathlib import Path

from deploy.log_tail import LINES_AT_ONCE, LogTail


def append(log: Path, text: str) -> None:
    """What a child does to its log."""
    with log.open("a", encoding="utf-8") as file:
        file.write(text)


def test_only_errors_that_come_after_we_began_are_shown(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    append(log, "ERROR of yesterday\n")
    tail = LogTail(log)

    append(log, "INFO all is well\nERROR 订单 failed\n")

    assert tail.new_errors() == ["ERROR 订单 failed"]
    assert tail.new_errors() == []


def test_a_line_is_shown_when_it_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    tail = LogTail(log)

    append(log, "FATAL: half")
    first = tail.new_errors()
    append(log, " and half\n")

    assert first == []
    assert tail.new_errors() == ["FATAL: half and half"]


def test_what_belongs_to_starting_and_ending_is_not_shown(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    tail = LogTail(log)

    append(log, "FATAL:  the database system is starting up\nERROR django.request Service Unavailable: /readyz\n")

    assert tail.new_errors() == []


def test_a_child_that_complains_without_end_does_not_fill_the_console(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    tail = LogTail(log)

    append(log, "ERROR again\n" * 1_000)

    assert len(tail.new_errors()) == LINES_AT_ONCE
    append(log, "ERROR again\n" * 1_000)
    assert tail.new_errors() == []


def test_a_log_that_was_set_aside_is_followed_from_its_new_beginning(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    append(log, "INFO a long log of an earlier day\n")
    tail = LogTail(log)

    log.unlink()
    assert tail.new_errors() == []
    append(log, "ERROR new\n")

    assert tail.new_errors() == ["ERROR new"]


def test_the_last_line_is_the_progress_of_a_step(tmp_path: Path) -> None:
    log = tmp_path / "migrate.log"
    append(log, "of an earlier run\n")
    tail = LogTail(log)

    before = tail.last_line()
    append(log, "  Applying a... OK\n  Applying b...\n\n")

    assert before == ""
    assert tail.last_line() == "Applying b..."
    assert tail.end(lines=2) == "  Applying b...\n"
